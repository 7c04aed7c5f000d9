"""The parts of a playbook that hold predicates: criteria, score rules, disqualifiers, qualification, stages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from leadrelay.core.lead import Axis, Schema, Type
from leadrelay.core.outputs import GATE, OUTPUTS, SCORES, STAGE, VERDICTS
from leadrelay.core.playbook_values import (
    CRITERIA,
    DIGITS,
    LETTERS,
    SCORE_OF,
    VERDICT_WORDS,
    Condition,
    Criterion,
    Decay,
    Disqualifier,
    Rule,
    Stage,
)
from leadrelay.core.predicates import Node, Op, PredicateError, evidence, parse, walk
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest
from leadrelay.errors import Problem

SIDES = ("lead-generation", "sales")
MOST_POINTS = 1_000
LONGEST_HALF_LIFE = 3_650
LONGEST_QUESTION = 255
LONGEST_NAME = 80

_STAGE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_AXES: Mapping[str, Axis | None] = {
    "fit": None,
    "engagement": Axis.ENGAGEMENT,
    "intent": Axis.INTENT,
    "bant": Axis.BANT,
}
_WORDS: Mapping[str, tuple[str, ...]] = {
    **{f"bant_{name}": VERDICT_WORDS for name in CRITERIA},
    "grade": tuple(letter + digit for letter in LETTERS for digit in DIGITS),
}
"""Outputs of which every value is known."""

_ABOUT = {"contact": Axis.CONTACT, "organisation": Axis.ORGANISATION}


class Rules:
    """Reads them one after the other. Each kind may ask for what is decided before it, and for nothing later."""

    def __init__(self, schema: Schema, problems: list[Problem]) -> None:
        self.schema = schema
        self._problems = problems
        self._names: dict[str, str] = {}
        self._after_bant = schema.extended(VERDICTS.values())
        self._after_scores = self._after_bant.extended(SCORES.values())
        self._after_gate = self._after_scores.extended(GATE.values())
        self.after_stages = self._after_gate.extended(STAGE.values())

    def criteria(self, table: Table) -> dict[str, Criterion]:
        """The four criteria by name, those that are written first; the others are always unknown."""
        written = {name: self._criterion(name, entry) for name, entry in table.children(CRITERIA)}
        table.close(*CRITERIA)
        return {**written, **{name: Criterion(name) for name in CRITERIA if name not in written}}

    def _criterion(self, name: str, table: Table) -> Criterion:
        met, unmet = self._condition(table, "met", self.schema), self._condition(table, "unmet", self.schema)
        if "met" not in table and "unmet" not in table:
            table.problem("", "has neither 'met' nor 'unmet'.", "Say what makes it met, or leave the criterion out.")
        criterion = Criterion(name, met, unmet, self._evidence(table, met, unmet), self._questions(table))
        table.close()
        return criterion

    def _evidence(self, table: Table, *conditions: Condition | None) -> tuple[str, ...]:
        named = table.texts("evidence")
        if named is None:
            found = [name for condition in conditions if condition for name in evidence(condition.node)]
            return tuple(dict.fromkeys(found))
        for name in (name for name in named if name not in self.schema):
            table.problem("evidence", f"unknown lead field '{name}'.", nearest(name, list(self.schema)))
        return named

    def _questions(self, table: Table) -> tuple[str, ...]:
        questions = table.texts("question") or ()
        for question in questions:
            if len(question) > LONGEST_QUESTION or "\n" in question:
                table.problem("question", f"a question has one line of at most {LONGEST_QUESTION} characters.")
        return questions

    def score(self, table: Table) -> tuple[Rule, ...]:
        """Every score rule, by group, those that fade last, then as written."""
        found = [rule for key, axis in _AXES.items() for entry in table.tables(key) for rule in self._rule(entry, axis)]
        table.close()
        return tuple(sorted(found, key=lambda rule: (tuple(SCORE_OF).index(rule.group), rule.decay is not None)))

    def _rule(self, table: Table, axis: Axis | None) -> Iterator[Rule]:
        complete = table.needs("name", "when", "points")
        name, points = self._name(table), self._points(table)
        when, decay = self._condition(table, "when", self._after_bant), self._decay(table)
        group = axis or self._about(table)
        table.close()
        if complete and name and when and points and group:
            yield Rule(name, group, when, points, decay)

    def _about(self, table: Table) -> Axis | None:
        if not table.needs("about"):
            return None
        about = table.choice("about", _ABOUT)
        return _ABOUT[about] if about else None

    def _name(self, table: Table) -> str | None:
        name = table.text("name")
        if name is None:
            return None
        if first := self._names.get(name):
            table.problem("name", f"'{name}' is taken already, at {first}.", "Reasons need names that differ.")
        if len(name) > LONGEST_NAME or "\n" in name:
            table.problem("name", f"a name has one line of at most {LONGEST_NAME} characters.")
        self._names.setdefault(name, table.place("name"))
        return name

    def _points(self, table: Table) -> int | None:
        points = table.integer("points")
        if points is not None and (points == 0 or abs(points) > MOST_POINTS):
            table.problem("points", f"must be between 1 and {MOST_POINTS}, or between -{MOST_POINTS} and -1.")
        return points

    def _decay(self, table: Table) -> Decay | None:
        since, half_life = table.text("since"), table.number("half_life_days")
        if ("since" in table) != ("half_life_days" in table):
            table.problem("", "'since' and 'half_life_days' belong together.", "Write both, or none.")
        if half_life is not None and not 0 < half_life <= LONGEST_HALF_LIFE:
            table.problem("half_life_days", f"must be above 0 and at most {LONGEST_HALF_LIFE}.")
            return None
        if since is None or half_life is None or not self._is_moment(table, since):
            return None
        return Decay(since, half_life)

    def _is_moment(self, table: Table, name: str) -> bool:
        moments = [field.name for field in self.schema.values() if field.type in {Type.DATE, Type.DATETIME}]
        if name not in moments:
            what = "is not a date" if name in self.schema else "is unknown"
            table.problem("since", f"lead field '{name}' {what}.", nearest(name, moments))
        return name in moments

    def disqualifiers(self, tables: Sequence[Table]) -> tuple[Disqualifier, ...]:
        """Everything that shuts a lead out."""
        return tuple(found for table in tables for found in self._disqualifier(table))

    def _disqualifier(self, table: Table) -> Iterator[Disqualifier]:
        table.needs("name", "when")
        name, when = self._name(table), self._condition(table, "when", self._after_scores)
        table.close()
        if name and when:
            yield Disqualifier(name, when)

    def qualification(self, table: Table) -> Condition | None:
        """What makes a lead qualified."""
        if "when" not in table:
            table.problem("", "lacks 'when'.", 'Such as: when = "bant_met >= 3 and bant_unmet = 0"')
        condition = self._condition(table, "when", self._after_scores)
        table.close()
        return condition

    def stages(self, tables: Sequence[Table]) -> tuple[Stage, ...]:
        """The funnel, from the stage that is tried first to the one that takes the rest."""
        stages = [self._stage(table, last=table is tables[-1]) for table in tables]
        for place, stage in enumerate(stages):
            if stage.name in {earlier.name for earlier in stages[:place]}:
                tables[place].problem("name", f"a stage '{stage.name}' is there already.", "Rename one of them.")
        return tuple(stages)

    def _stage(self, table: Table, *, last: bool) -> Stage:
        table.needs("name", "side") if last else table.needs("name", "side", "when")
        name, label, side = table.text("name") or "", table.text("label"), table.choice("side", SIDES)
        if name and not _STAGE_NAME.fullmatch(name):
            table.problem("name", f"'{name}' is not a name of small letters, digits, '-' and '_', at most 40.")
        if last and "when" in table:
            table.problem("when", "the last stage takes every lead that no other takes.", "Remove its 'when'.")
        stage = Stage(name, label or name, side or "", self._condition(table, "when", self._after_gate))
        table.close()
        return stage

    def handoff(self, table: Table, stages: Sequence[Stage]) -> Condition | None:
        """Which leads are passed on; those that are qualified where nothing else is said."""
        condition = self._condition(table, "when", self.after_stages, tuple(stage.name for stage in stages))
        return condition if "when" in table else Condition("qualified", parse("qualified", self.after_stages, ""))

    def _condition(self, table: Table, key: str, schema: Schema, stages: Sequence[str] = ()) -> Condition | None:
        text = table.text(key)
        if text is None:
            return None
        try:
            node = parse(text, schema, table.place(key))
        except PredicateError as error:
            self._problems.extend(_timely(problem, text, schema) for problem in error.problems)
            return None
        for word, known in _foreign_words(node, {**_WORDS, "stage": tuple(stages)}):
            table.problem(key, f"'{word}' is never among the words compared here.", nearest(word, known))
        return Condition(" ".join(text.split()), node)


def _timely(problem: Problem, text: str, schema: Schema) -> Problem:
    """Says so where a predicate asks for an output that is decided only after it."""
    later = sorted(name for name in set(re.findall(r"\w+", text)) & set(OUTPUTS) if name not in schema)
    if not later:
        return problem
    return replace(
        problem, cure=f"{problem.cure} What is decided later cannot be asked for: {', '.join(later)}.".strip()
    )


def _foreign_words(node: Node, words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Texts that an output is compared with and can never be."""
    for part in walk(node):
        known = next((words[arg.value] for arg in part.args if arg.op is Op.FIELD and arg.value in words), ())
        given = [arg.value for arg in part.args if arg.op is Op.VALUE]
        if part.op is Op.IN:
            given = list(part.value)
        if part.op in {Op.EQ, Op.NE, Op.IN}:
            yield from ((word, known) for word in given if known and word not in known)
