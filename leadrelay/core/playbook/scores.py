"""The part of a playbook that gives points: score rules, the caps of their sums, grades, bands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from leadrelay.core.lead import Axis
from leadrelay.core.playbook.rules import LONGEST_NAME, Rules
from leadrelay.core.playbook.values import DIGITS, LETTERS, SCORE_OF, Bands, Cap, Caps, Decay, Grades, Rule
from leadrelay.core.reasons import in_words
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

MOST_POINTS = 1_000
LONGEST_BAND = 40
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
_SUMS = frozenset(map(in_words, _CAPS.values()))


def read_score(table: Table, rules: Rules) -> tuple[Rule, ...]:
    """Every score rule, by axis, within it by group, those that fade last, then as written."""
    groups = _Groups()
    entries = [(entry, axis) for key, axis in _AXES.items() for entry in table.tables(key)]
    found = [rule for entry, axis in entries for rule in _rule(entry, axis, rules, groups)]
    table.close()
    axes, places = tuple(SCORE_OF), ("", *groups.axes)
    order = {rule.name: (axes.index(rule.axis), places.index(rule.group), rule.decay is not None) for rule in found}
    return tuple(sorted(found, key=lambda rule: order[rule.name]))


class _Groups:
    """The groups that rules name, each of one axis; `axes`: of which, and where it was named first."""

    def __init__(self) -> None:
        self.axes: dict[str, tuple[Axis, str]] = {}

    def read(self, table: Table, axis: Axis | None) -> str:
        """The group of a rule, "" without one."""
        group = table.text("group") or ""
        if not group or axis is None:
            return ""
        first, place = self.axes.setdefault(group, (axis, table.place("group")))
        if first is not axis:
            message = f"group '{group}' belongs to {in_words(SCORE_OF[first])}, by {place}."
            table.problem("group", message, "Give each axis groups of its own.")
        if in_words(group.lower()) in _SUMS:
            table.problem("group", f"'{group}' is an axis, with a cap of its own.", "Choose another name.")
        if len(group) > LONGEST_NAME or "\n" in group:
            table.problem("group", f"a name has one line of at most {LONGEST_NAME} characters.")
        return group


def _rule(table: Table, axis: Axis | None, rules: Rules, groups: _Groups) -> Iterator[Rule]:
    complete = table.needs("name", "when", "points")
    name, points = rules.name(table), _points(table)
    when, decay = rules.condition(table, "when", rules.after_bant), _decay(table, rules)
    axis = axis or _about(table)
    group = groups.read(table, axis)
    table.close()
    if complete and name and when and points and axis:
        yield Rule(name, axis, when, points, decay, group)


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


def read_caps(table: Table, score: Sequence[Rule]) -> Caps:
    """What each sum, and each group of rules, may at least and at most be."""
    caps = {output: _cap(table.table(key)) for key, output in _CAPS.items()}
    groups = _group_caps(table.table("groups"), list(dict.fromkeys(rule.group for rule in score if rule.group)))
    table.close()
    return Caps({output: cap for output, cap in caps.items() if cap != Cap()}, groups)


def _group_caps(table: Table, known: Sequence[str]) -> dict[str, Cap]:
    for name in table.names():
        if name not in known:
            cure = nearest(name, known) or "Write it into the rules that it is to limit: group = ..."
            table.problem(name, f"no score rule names the group '{name}'.", cure)
    return {name: _cap(entry) for name, entry in table.children()}


def _cap(table: Table) -> Cap:
    cap = Cap(table.integer("min"), table.integer("max"))
    table.close()
    if cap.least is not None and cap.most is not None and cap.least > cap.most:
        table.problem("", f"the least, {cap.least}, is above the most, {cap.most}.", "Exchange them.")
    return cap


def read_bands(table: Table, rules: Rules) -> Bands:
    """From how many points on each band begins."""
    begins = {name: table.integer(name) for name in table.names()}
    steps = sorted(((name, least) for name, least in begins.items() if least is not None), key=lambda step: -step[1])
    for name in begins:
        if not name.strip() or len(name) > LONGEST_BAND or "\n" in name:
            table.problem(name, f"the name of a band has one line of at most {LONGEST_BAND} characters.")
    for (name, least), (other, same) in pairwise(steps):
        if least == same:
            table.problem(other, f"begins where '{name}' does, at {least}.", "Let each begin at points of its own.")
    bands = Bands(tuple(steps))
    rules.know("band", bands.names)
    return bands


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
