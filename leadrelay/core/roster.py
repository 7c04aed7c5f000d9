"""Who takes leads: teams and their members, when they work, and when they are away; bound to the CRM's users."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from leadrelay.core.hours import ALWAYS, Calendar

__all__ = ["NO_ROSTER", "Absence", "Member", "Rep", "Roster", "Staff", "Team", "User", "bound"]

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
"""By which a member is bound to a user of the CRM."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which somebody is away, the first and the last among them; local days of her calendar."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a team. `weight`: her share of the fair choice. `capacity`: open leads at most, None for no limit.

    What she knows stands in small letters. `place`: where the playbook names her.
    """

    email: str
    weight: float = 1
    capacity: int | None = None
    languages: frozenset[str] = frozenset()
    industries: frozenset[str] = frozenset()
    calendar: Calendar = ALWAYS
    absences: tuple[Absence, ...] = ()
    place: str = field(default="", compare=False)

    def present(self, moment: datetime) -> bool:
        """Whether she is not away on the day which that moment is where she works; her hours do not matter."""
        day = moment.astimezone(ZoneInfo(self.calendar.zone)).date()
        return not any(absence.holds(day) for absence in self.absences)

    def speaks(self, language: str) -> bool:
        """Whether she has that language."""
        return language.strip().lower() in self.languages

    def knows(self, industry: str) -> bool:
        """Whether that industry is one of hers."""
        return industry.strip().lower() in self.industries


@dataclass(frozen=True, slots=True)
class Team:
    """Members in the playbook's order. `manager`: the e-mail address where a breach climbs first, "" for none.

    `absences`: a file beside the playbook that says who is away when, "" for none. `place`: where it stands.
    """

    name: str
    members: tuple[Member, ...]
    manager: str = ""
    calendar: Calendar = ALWAYS
    absences: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class Roster:
    """Every team and every calendar, by name."""

    teams: Mapping[str, Team] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)

    def members(self) -> Iterator[tuple[Team, Member]]:
        """Every member with her team; who is in two teams comes twice."""
        for team in self.teams.values():
            yield from ((team, member) for member in team.members)

    def member(self, email: str) -> Member | None:
        """The member with that address, of the first team that has her."""
        wanted = email.lower()
        return next((member for _, member in self.members() if member.email.lower() == wanted), None)

    def with_absences(self, absences: Mapping[str, Sequence[Absence]]) -> Roster:
        """The same with further absences, by e-mail address."""
        by_email = {email.lower(): tuple(found) for email, found in absences.items()}
        teams = {name: replace(team, members=_away(team.members, by_email)) for name, team in self.teams.items()}
        return replace(self, teams=teams)


def _away(members: Sequence[Member], absences: Mapping[str, tuple[Absence, ...]]) -> tuple[Member, ...]:
    return tuple(
        replace(member, absences=member.absences + further)
        if (further := absences.get(member.email.lower()))
        else member
        for member in members
    )


NO_ROSTER = Roster()


class User(Protocol):
    """A user or an owner of the CRM, as far as binding asks: `connectors.base.Owner` is one."""

    @property
    def id(self) -> str:
        """The CRM's."""
        ...

    @property
    def email(self) -> str:
        """By which members are bound."""
        ...

    @property
    def active(self) -> bool:
        """Whether the CRM lets this user own leads."""
        ...

    @property
    def queue(self) -> bool:
        """Whether it is a queue, and nobody."""
        ...


SomeUser = TypeVar("SomeUser", bound=User)


@dataclass(frozen=True, slots=True)
class Rep:
    """A member of a team, bound to the CRM's id."""

    owner: str
    team: str
    member: Member
    active: bool = True

    def present(self, moment: datetime) -> bool:
        """Whether she may get leads at that moment: active in the CRM, and not away."""
        return self.active and self.member.present(moment)


@dataclass(frozen=True)
class Staff:
    """The roster, bound: the reps of each team in its order. `users`: the CRM's id of every address that it knows."""

    roster: Roster = NO_ROSTER
    teams: Mapping[str, tuple[Rep, ...]] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)

    def reps(self) -> Iterator[Rep]:
        """Every rep; who is in two teams comes twice."""
        for team in self.teams.values():
            yield from team

    def rep(self, owner: str) -> Rep | None:
        """Who has that id in the CRM, of the first team that has her."""
        return self._by_owner.get(owner)

    @cached_property
    def _by_owner(self) -> Mapping[str, Rep]:
        return {rep.owner: rep for rep in reversed(list(self.reps()))}

    def calendar(self, owner: str) -> Calendar:
        """When the owner works; who is in no team always does."""
        rep = self.rep(owner)
        return rep.member.calendar if rep else ALWAYS

    def owner(self, email: str) -> str:
        """The CRM's id of the active user with that address, "" where there is none."""
        user = self.users.get(email.lower())
        return user.id if user and user.active else ""


def bound(roster: Roster, owners: Sequence[User]) -> Staff:
    """The roster's members as users of the CRM. Whom the CRM does not know is left out; `check` names them."""
    users = by_email(owners)
    teams: dict[str, list[Rep]] = defaultdict(list)
    for team, member in roster.members():
        if user := users.get(member.email.lower()):
            teams[team.name].append(Rep(user.id, team.name, member, user.active))
    return Staff(roster, {name: tuple(teams[name]) for name in roster.teams}, users)


def by_email(owners: Iterable[SomeUser]) -> Mapping[str, SomeUser]:
    """Users by their address in small letters; an active one before others of the same address, then the first.

    A queue may have the address of a person, and is none.
    """
    found: dict[str, SomeUser] = {}
    for user in sorted(owners, key=lambda user: not user.active):
        if user.email and not user.queue:
            found.setdefault(user.email.lower(), user)
    return found
