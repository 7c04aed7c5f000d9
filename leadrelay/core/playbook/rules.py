"""What the readers of a playbook's parts share: predicates, what each may ask for, and names that stand once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from leadrelay.core.lead import Schema, Type
from leadrelay.core.outputs import (
    ASSIGNMENT,
    GATE,
    OUTPUTS,
    QUALIFICATION,
    QUALIFIED,
    RECYCLING,
    SCORES,
    STAGE,
    VERDICTS,
)
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import CRITERIA, DIGITS, LETTERS, VERDICT_WORDS
from leadrelay.core.predicates import Node, Op, PredicateError, parse, walk
from leadrelay.core.reasons import BETWEEN
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest
from leadrelay.errors import Problem

LONGEST_NAME = 80
STEP_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""The name of a stage or a status: what mappings and other predicates call it."""

_WORDS: Mapping[str, tuple[str, ...]] = {
    **{f"bant_{name}": VERDICT_WORDS for name in CRITERIA},
    "grade": tuple(letter + digit for letter in LETTERS for digit in DIGITS),
}
"""Outputs of which every value is known."""


class Rules:
    """Reads predicates one after the other. Each may ask for what is decided before it, and for nothing later."""

    def __init__(self, schema: Schema, problems: list[Problem]) -> None:
        self.schema = schema
        self._problems = problems
        self._names: dict[str, str] = {}
        self._words = dict(_WORDS)
        self.after_bant = schema.extended(VERDICTS.values())
        self.after_scores = self.after_bant.extended(SCORES.values())
        self.after_qualified = self.after_scores.extended(QUALIFIED.values())
        self.after_qualification = self.after_scores.extended(QUALIFICATION.values())
        self.after_gate = self.after_qualification.extended(GATE.values())
        self.after_recycling = self.after_gate.extended(RECYCLING.values())
        self.before_assignment = self.after_recycling.extended(STAGE.values())
        self.after_stages = self.before_assignment.extended(ASSIGNMENT.values())

    def know(self, output: str, words: Sequence[str]) -> None:
        """From here on, what an output is compared with has to be one of these words."""
        self._words[output] = tuple(words)

    def name(self, table: Table) -> str | None:
        """The name of what a reason tells."""
        name = read_name(table, "name")
        if name is None:
            return None
        if first := self._names.get(name):
            table.problem("name", f"'{name}' is taken already, at {first}.", "Reasons need names that differ.")
        self._names.setdefault(name, table.place("name"))
        return name

    def is_moment(self, table: Table, key: str, name: str) -> bool:
        """Whether the lead field that a key names holds a date; a problem where it does not."""
        moments = [field.name for field in self.schema.values() if field.type in {Type.DATE, Type.DATETIME}]
        if name not in moments:
            what = "is not a date" if name in self.schema else "is unknown"
            table.problem(key, f"lead field '{name}' {what}.", nearest(name, moments))
        return name in moments

    def condition(self, table: Table, key: str, schema: Schema) -> Condition | None:
        """The predicate of a key, which may ask for the fields of a schema; None when it is absent or wrong."""
        text = table.text(key)
        if text is None:
            return None
        try:
            node = parse(text, schema, table.written(key))
        except PredicateError as error:
            self._problems.extend(_timely(problem, schema) for problem in error.problems)
            return None
        for word, known in _foreign_words(node, self._words):
            table.problem(key, f"'{word}' is never among the words compared here.", nearest(word, known))
        return Condition(" ".join(text.split()), node, table.place(key))


def read_name(table: Table, key: str) -> str | None:
    """A name of one line; None where there is none."""
    name = table.text(key)
    if name and (len(name) > LONGEST_NAME or "\n" in name):
        table.problem(key, f"a name has one line of at most {LONGEST_NAME} characters.")
    return name


def check_among_others(table: Table, name: str, longest: int = LONGEST_NAME) -> None:
    """A problem for a name that cannot stand in one line with others and be told apart from them."""
    if len(name) > longest or "\n" in name or BETWEEN in name or name != name.strip():
        table.problem("name", f"a name has one line of at most {longest} characters, without '{BETWEEN.strip()}'.")


def _timely(problem: Problem, schema: Schema) -> Problem:
    """Says so where a predicate asks for an output that is decided only after it."""
    unknown = re.match(r"(?:line \d+, column \d+: )?unknown field '(\w+)'", problem.message)
    name = unknown[1].lower() if unknown else ""
    if name not in OUTPUTS or name in schema:
        return problem
    return replace(problem, cure=f"What is decided later cannot be asked for: {name}.")


def _foreign_words(node: Node, words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Texts that an output is compared with and can never be."""
    for part in walk(node):
        known = next((words[arg.value] for arg in part.args if arg.op is Op.FIELD and arg.value in words), ())
        given = [arg.value for arg in part.args if arg.op is Op.VALUE]
        if part.op is Op.IN:
            given = list(part.value)
        if part.op in {Op.EQ, Op.NE, Op.IN}:
            yield from ((word, known) for word in given if known and word not in known)
