"""The part of a playbook that says who gets a lead: `[assignment]`, and `[handoff] owners` as one team of equals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from leadrelay.core.assign.values import COUNTS, HANDOFF_TEAM, STEPS, AssignmentRules, Territory, Via
from leadrelay.core.lead import Type
from leadrelay.core.playbook.rules import Rules, read_name
from leadrelay.core.predicates import Node, Op
from leadrelay.core.roster import Member, Roster, Team
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

MOST_BACK = 20
NOT_BACK_TO = 2

_OWNED = 'Such as: fallback = "sales.manager@acme.example"'


def read_assignment(top: Table, rules: Rules, roster: Roster) -> AssignmentRules:
    """The rules of `[assignment]`. `roster`: with the owners of `[handoff]` as a team."""
    table, teams = top.table("assignment"), list(roster.teams)
    tables = table.tables("rules")
    territories = tuple(_territory(one, rules, teams) for one in tables)
    _check_order(tables, territories)
    usual = "" if territories else _usual(top, table, teams)
    order = _order(table)
    found = AssignmentRules(
        territories=territories,
        usual=usual,
        when=rules.condition(table, "when", rules.before_assignment),
        order=order,
        not_back_to=_not_back_to(table),
        count=table.choice("count", COUNTS) or COUNTS[0],
        value=_value(table, rules),
        fallback=table.text("fallback") or "",
        place=table.place("fallback"),
    )
    if found.count == "value" and "value" not in table:
        table.problem("count", "nothing says what a lead is worth.", 'Name a lead field: value = "revenue"')
    if territories and not found.fallback:
        message = "nothing says who gets a lead that nobody can be found for."
        table.problem("", message, f"Name a user by e-mail, or a queue. {_OWNED}")
    table.close()
    rules.know("territory", [rule.name for rule in territories])
    rules.know("team", found.goals)
    return replace(found, asks=tuple(_asked(found, roster)))


def with_owners(roster: Roster, owners: Sequence[str]) -> Roster:
    """With the owners that `[handoff]` names as a team of equals."""
    if not owners:
        return roster
    team = Team(HANDOFF_TEAM, tuple(Member(email) for email in owners))
    return replace(roster, teams={**roster.teams, HANDOFF_TEAM: team})


def _asked(found: AssignmentRules, roster: Roster) -> Iterator[str]:
    """The lead fields that the choice looks at."""
    members = [member for _, member in roster.members()] if Via.EXPERTISE in found.order else []
    yield from ["language"] if any(member.languages for member in members) else []
    yield from ["industry"] if any(member.industries for member in members) else []
    yield from [found.value] if found.value else []


def _usual(top: Table, table: Table, teams: Sequence[str]) -> str:
    """The team that gets all leads where no rule says which; "" for none."""
    if HANDOFF_TEAM in teams:
        return HANDOFF_TEAM
    if "assignment" not in top:
        return ""
    if len(teams) != 1:
        cure = "Add a rule: [[assignment.rules]] with a name and a team." if teams else "Add a team: [teams.sales]"
        table.problem("", "no rule says which team gets a lead.", cure)
    return teams[0] if len(teams) == 1 else ""


def _territory(table: Table, rules: Rules, teams: Sequence[str]) -> Territory:
    table.needs("name")
    name, team, queue = read_name(table, "name") or "", table.text("team") or "", table.text("queue") or ""
    when = rules.condition(table, "when", rules.before_assignment)
    if ("team" in table) == ("queue" in table):
        table.problem("", "a rule names either a team or a queue.", "Keep one: team = ... or queue = ...")
    if team and team not in teams:
        cure = nearest(team, teams) or f"Add the table: [teams.{team}]"
        table.problem("team", f"there is no team '{team}'.", cure)
    if queue in teams:
        table.problem("queue", f"'{queue}' is a team.", f"Write: team = '{queue}'")
    table.close()
    return Territory(name, when, team, queue, table.place())


def _check_order(tables: Sequence[Table], territories: Sequence[Territory]) -> None:
    """Names stand once, and nothing stands behind a rule that takes every lead."""
    taken: set[str] = set()
    catch_all = ""
    for table, rule in zip(tables, territories, strict=True):
        if rule.name and rule.name in taken:
            table.problem("name", f"a rule '{rule.name}' is there already.", "Rename one of them.")
        if catch_all:
            message = f"no lead comes to this rule: '{catch_all}' stands before it, and takes every lead."
            table.problem("", message, "Let it stand first, or give the other one a 'when'.")
        elif _takes_all(rule, table):
            catch_all = rule.name
        taken.add(rule.name)


def _takes_all(rule: Territory, table: Table) -> bool:
    return "when" not in table or (rule.when is not None and _always(rule.when.node))


def _always(node: Node) -> bool:
    return node.op is Op.VALUE and node.value is True


def _order(table: Table) -> tuple[str, ...]:
    words, known = table.texts("order"), [str(step) for step in STEPS]
    if words is None:
        return tuple(STEPS)
    for place, word in enumerate(words):
        if word not in known:
            cure = nearest(word, known) or f"Known: {', '.join(known)}."
            table.problem("order", f"unknown step '{word}'.", cure)
        elif word in words[:place]:
            table.problem("order", f"'{word}' stands there twice.", "Name each step once.")
    if not words or words[-1] != Via.FAIR:
        table.problem("order", "the last step is always 'fair': somebody has to get the lead.", "Let it stand last.")
    return words


def _not_back_to(table: Table) -> int:
    count = table.integer("not_back_to")
    if count is not None and not 0 <= count <= MOST_BACK:
        table.problem("not_back_to", f"must be between 0 and {MOST_BACK}.")
    return NOT_BACK_TO if count is None else count


def _value(table: Table, rules: Rules) -> str:
    name = table.text("value") or ""
    numbers = [field.name for field in rules.schema.values() if field.type in {Type.INTEGER, Type.NUMBER}]
    if name and name not in numbers:
        what = "is no number" if name in rules.schema else "is unknown"
        table.problem("value", f"lead field '{name}' {what}.", nearest(name, numbers) or "Name a field of numbers.")
    return name
