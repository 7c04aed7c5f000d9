"""The part of a playbook that says who takes leads: `[teams.*]` with their members, after `[calendars.*]`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from leadrelay.core.assign.values import HANDOFF_TEAM
from leadrelay.core.hours import ALWAYS, Calendar
from leadrelay.core.playbook.calendars import known_calendar, read_calendars, read_day
from leadrelay.core.playbook.rules import LONGEST_NAME
from leadrelay.core.roster import EMAIL, Absence, Member, Roster, Team
from leadrelay.core.toml_table import Table

MOST_WEIGHT = 1_000_000

_BY_EMAIL = "Name a user of the CRM by her e-mail address."


def read_roster(top: Table) -> Roster:
    """Every calendar and every team."""
    calendars = read_calendars(top.table("calendars"))
    teams = {name: _team(name, table, calendars) for name, table in top.table("teams").children()}
    return Roster(teams, calendars)


def _team(name: str, table: Table, calendars: Mapping[str, Calendar]) -> Team:
    if trouble := _name_trouble(name):
        table.problem("", trouble, "Choose another name.")
    calendar = known_calendar(table, calendars, ALWAYS)
    manager, absences = table.text("manager") or "", table.text("absences") or ""
    if manager and not EMAIL.fullmatch(manager):
        table.problem("manager", "is no e-mail address.", _BY_EMAIL)
    members = tuple(_members(table, calendars, calendar))
    table.close()
    return Team(name, members, manager, calendar, absences, table.place())


def _name_trouble(name: str) -> str:
    if name == HANDOFF_TEAM:
        return f"'{HANDOFF_TEAM}' is the team of the owners in [handoff]."
    if not name.strip() or len(name) > LONGEST_NAME or "\n" in name:
        return f"a name has one line of at most {LONGEST_NAME} characters."
    return ""


def _members(team: Table, calendars: Mapping[str, Calendar], usual: Calendar) -> Iterator[Member]:
    tables = team.tables("members")
    if not tables and not isinstance(team.value("members"), dict):
        team.problem("", "has no members.", f"Add one: [[{team.path}.members]] with a line email = ...")
    seen: set[str] = set()
    for table in tables:
        email = _email(table, seen)
        yield _member(table, email, known_calendar(table, calendars, usual))


def _email(table: Table, seen: set[str]) -> str:
    table.needs("email")
    email = table.text("email")
    if email is None:
        return ""
    if not EMAIL.fullmatch(email):
        table.problem("email", "is no e-mail address.", _BY_EMAIL)
    elif email.lower() in seen:
        table.problem("email", "stands in this team already.", "Name each member once; her 'weight' gives her more.")
    seen.add(email.lower())
    return email


def _member(table: Table, email: str, calendar: Calendar) -> Member:
    member = Member(
        email=email,
        weight=_weight(table),
        capacity=_capacity(table),
        languages=_words(table, "languages"),
        industries=_words(table, "industries"),
        calendar=calendar,
        absences=tuple(_absences(table.tables("absent"))),
        place=table.place("email"),
    )
    table.close()
    return member


def _weight(table: Table) -> float:
    weight = table.number("weight")
    if weight is None:
        return 1
    if not (math.isfinite(weight) and 0 < weight <= MOST_WEIGHT):
        cure = "Who is to get none is taken out, or has capacity = 0."
        table.problem("weight", f"must be more than 0, and at most {MOST_WEIGHT:,}.", cure)
    return weight


def _capacity(table: Table) -> int | None:
    capacity = table.integer("capacity")
    if capacity is not None and capacity < 0:
        table.problem("capacity", "must not be less than 0.", "Leave it out where there is no limit.")
    return capacity


def _words(table: Table, key: str) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in table.texts(key) or ())


def _absences(tables: Sequence[Table]) -> Iterator[Absence]:
    for table in tables:
        table.needs("from", "to")
        first, last = read_day(table, "from"), read_day(table, "to")
        table.close()
        if first and last and first > last:
            table.problem("from", f"{first} comes after {last}.", "An absence begins before it ends.")
        elif first and last:
            yield Absence(first, last)
