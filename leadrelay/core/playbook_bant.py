"""The part of a playbook that says when each criterion of BANT is met or unmet, and what to ask."""

from __future__ import annotations

from leadrelay.core.playbook_rules import Rules
from leadrelay.core.playbook_values import CRITERIA, Condition, Criterion
from leadrelay.core.predicates import evidence
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

LONGEST_QUESTION = 255


def read_criteria(table: Table, rules: Rules) -> dict[str, Criterion]:
    """The four criteria by name, those that are written first; the others are always unknown."""
    written = {name: _criterion(name, entry, rules) for name, entry in table.children(CRITERIA)}
    table.close(*CRITERIA)
    return {**written, **{name: Criterion(name) for name in CRITERIA if name not in written}}


def _criterion(name: str, table: Table, rules: Rules) -> Criterion:
    met, unmet = (rules.condition(table, side, rules.schema) for side in ("met", "unmet"))
    if "met" not in table and "unmet" not in table:
        table.problem("", "has neither 'met' nor 'unmet'.", "Say what makes it met, or leave the criterion out.")
    criterion = Criterion(name, met, unmet, _evidence(table, rules, met, unmet), _questions(table))
    table.close()
    return criterion


def _evidence(table: Table, rules: Rules, *conditions: Condition | None) -> tuple[str, ...]:
    named = table.texts("evidence")
    if named is None:
        found = [name for condition in conditions if condition for name in evidence(condition.node)]
        return tuple(dict.fromkeys(found))
    for name in (name for name in named if name not in rules.schema):
        table.problem("evidence", f"unknown lead field '{name}'.", nearest(name, list(rules.schema)))
    return named


def _questions(table: Table) -> tuple[str, ...]:
    questions = table.texts("question") or ()
    for question in questions:
        if len(question) > LONGEST_QUESTION or "\n" in question:
            table.problem("question", f"a question has one line of at most {LONGEST_QUESTION} characters.")
    return questions
