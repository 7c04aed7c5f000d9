"""The part of a playbook that gives points: score rules, the caps of their sums, grades."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadrelay.core.lead import Axis
from leadrelay.core.playbook_rules import Rules
from leadrelay.core.playbook_values import DIGITS, LETTERS, SCORE_OF, Cap, Caps, Decay, Grades, Rule
from leadrelay.core.toml_table import Table

MOST_POINTS = 1_000
LONGEST_HALF_LIFE = 3_650

_AXES: Mapping[str, Axis | None] = {
    "fit": None,
    "engagement": Axis.ENGAGEMENT,
    "intent": Axis.INTENT,
    "bant": Axis.BANT,
}
_ABOUT = {"contact": Axis.CONTACT, "organisation": Axis.ORGANISATION}
_CAPS = {
    "contact": "contact_fit",
    "organisation": "organisation_fit",
    "fit": "fit",
    "engagement": "engagement",
    "intent": "intent",
    "bant": "bant_score",
    "score": "score",
}


def read_score(table: Table, rules: Rules) -> tuple[Rule, ...]:
    """Every score rule, by group, those that fade last, then as written."""
    found = [rule for key, axis in _AXES.items() for entry in table.tables(key) for rule in _rule(entry, axis, rules)]
    table.close()
    return tuple(sorted(found, key=lambda rule: (tuple(SCORE_OF).index(rule.group), rule.decay is not None)))


def _rule(table: Table, axis: Axis | None, rules: Rules) -> Iterator[Rule]:
    complete = table.needs("name", "when", "points")
    name, points = rules.name(table), _points(table)
    when, decay = rules.condition(table, "when", rules.after_bant), _decay(table, rules)
    group = axis or _about(table)
    table.close()
    if complete and name and when and points and group:
        yield Rule(name, group, when, points, decay)


def _about(table: Table) -> Axis | None:
    if not table.needs("about"):
        return None
    about = table.choice("about", _ABOUT)
    return _ABOUT[about] if about else None


def _points(table: Table) -> int | None:
    points = table.integer("points")
    if points is not None and (points == 0 or abs(points) > MOST_POINTS):
        table.problem("points", f"must be between 1 and {MOST_POINTS}, or between -{MOST_POINTS} and -1.")
    return points


def _decay(table: Table, rules: Rules) -> Decay | None:
    since, half_life = table.text("since"), table.number("half_life_days")
    if ("since" in table) != ("half_life_days" in table):
        table.problem("", "'since' and 'half_life_days' belong together.", "Write both, or none.")
    if half_life is not None and not 0 < half_life <= LONGEST_HALF_LIFE:
        table.problem("half_life_days", f"must be above 0 and at most {LONGEST_HALF_LIFE}.")
        return None
    if since is None or half_life is None or not rules.is_moment(table, "since", since):
        return None
    return Decay(since, half_life)


def read_caps(table: Table) -> Caps:
    """What each sum may at least and at most be."""
    caps = {output: _cap(table.table(key)) for key, output in _CAPS.items()}
    table.close()
    return Caps({output: cap for output, cap in caps.items() if cap != Cap()})


def _cap(table: Table) -> Cap:
    cap = Cap(table.integer("min"), table.integer("max"))
    table.close()
    if cap.least is not None and cap.most is not None and cap.least > cap.most:
        table.problem("", f"the least, {cap.least}, is above the most, {cap.most}.", "Exchange them.")
    return cap


def read_grades(table: Table) -> Grades:
    """From how many points on each grade is given."""
    table.needs("fit", "interest")
    grades = Grades(_steps(table.table("fit"), LETTERS), _steps(table.table("interest"), DIGITS))
    table.close()
    return grades


def _steps(table: Table, names: tuple[str, ...]) -> tuple[int, int, int]:
    """From how many points on each name but the last is given."""
    first, second, third = (table.integer(name) or 0 for name in names[:3])
    complete = table.needs(*names[:3])
    table.close()
    if complete and not first > second > third:
        table.problem("", f"{names[0]}, {names[1]} and {names[2]} must each begin lower than the one before.")
    return first, second, third
