"""The part of a playbook about BANT: when a criterion is met or unmet, how long that counts, what to ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadrelay.core.lead import Type
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.rules import LONGEST_NAME, Rules
from leadrelay.core.playbook.values import CRITERIA, Criterion, Expiry, Saying
from leadrelay.core.predicates import Node, Op, PredicateError, evidence, parse
from leadrelay.core.predicates.dates import Shift, interval, within_a_century
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

LONGEST_QUESTION = 255
MOST_SAYINGS = 6
"""Named predicates of a side: which of them hold makes a number, and each number has its text."""

_SUCH_AS = 'Such as: expires_after = "180 days"'


def read_criteria(table: Table, rules: Rules) -> dict[str, Criterion]:
    """The four criteria by name, those that are written first; the others are always unknown."""
    written = {name: _criterion(name, entry, rules) for name, entry in table.children(CRITERIA)}
    table.close(*CRITERIA)
    return {**written, **{name: Criterion(name) for name in CRITERIA if name not in written}}


def _criterion(name: str, table: Table, rules: Rules) -> Criterion:
    met, unmet = (tuple(_side(table, side, rules)) for side in ("met", "unmet"))
    if "met" not in table and "unmet" not in table:
        table.problem("", "has neither 'met' nor 'unmet'.", "Say what makes it met, or leave the criterion out.")
    for saying in unmet:
        if saying.name and saying.name in {other.name for other in met}:
            table.problem("unmet", f"'{saying.name}' stands under 'met' too.", "The evidence needs names that differ.")
    criterion = Criterion(
        name=name,
        met=_any_of(met),
        unmet=_any_of(unmet),
        evidence=_evidence(table, rules, (*met, *unmet)),
        questions=_questions(table),
        met_by=met,
        unmet_by=unmet,
        expiry=_expiry(table, rules),
    )
    table.close()
    return criterion


def _side(table: Table, side: str, rules: Rules) -> Iterator[Saying]:
    """One predicate without a name, or a table of those with one."""
    if not isinstance(table.value(side), Mapping):
        condition = rules.condition(table, side, rules.schema)
        yield from (Saying("", condition),) if condition else ()
        return
    named = table.table(side)
    names = named.names()
    if not names:
        table.problem(side, "names no predicate.", 'Such as: met = { "Amount named" = "budget_amount >= 25000" }')
    if len(names) > MOST_SAYINGS:
        table.problem(side, f"has more than {MOST_SAYINGS} predicates.", "Join some of them with 'or'.")
    for name in names:
        if not name.strip() or len(name) > LONGEST_NAME or "\n" in name:
            named.problem(name, f"a name has one line of at most {LONGEST_NAME} characters.")
        if condition := rules.condition(named, name, rules.schema):
            yield Saying(name, condition)


def _any_of(sayings: Sequence[Saying]) -> Condition | None:
    """One condition for all predicates of a side."""
    conditions = [saying.when for saying in sayings]
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    args = [arg for found in conditions for arg in (found.node.args if found.node.op is Op.OR else (found.node,))]
    text = " or ".join(f"({condition.text})" for condition in conditions)
    return Condition(text, Node(Op.OR, Type.BOOLEAN, tuple(args)))


def _evidence(table: Table, rules: Rules, sayings: Sequence[Saying]) -> tuple[str, ...]:
    named = table.texts("evidence")
    if named is None:
        return tuple(dict.fromkeys(name for saying in sayings for name in evidence(saying.when.node)))
    for name in (name for name in named if name not in rules.schema):
        table.problem("evidence", f"unknown lead field '{name}'.", nearest(name, list(rules.schema)))
    return named


def _questions(table: Table) -> tuple[str, ...]:
    questions = table.texts("question") or ()
    for question in questions:
        if len(question) > LONGEST_QUESTION or "\n" in question:
            table.problem("question", f"a question has one line of at most {LONGEST_QUESTION} characters.")
    return questions


def _expiry(table: Table, rules: Rules) -> Expiry | None:
    after, as_of = table.text("expires_after"), table.text("as_of")
    if ("expires_after" in table) != ("as_of" in table):
        cure = "Write both, or none: as_of is the date field that says when the answers were given."
        table.problem("", "'expires_after' and 'as_of' belong together.", cure)
    shift = _shift(table, after) if after else None
    if after is None or as_of is None or not rules.is_moment(table, "as_of", as_of) or shift is None:
        return None
    # Whole days: an hour of the day on which somebody asked means nothing, and by the hour, months of different
    # lengths would make an answer that has expired count again at the month's end.
    text = f"{as_of} is null or {as_of} >= today() - interval '{after}'"
    try:
        fresh = Condition(text, parse(text, rules.schema, table.place("as_of")))
    except PredicateError:
        table.problem("as_of", f"no predicate can ask for '{as_of}', which is a word of SQL.", "Rename the field.")
        return None
    return Expiry(as_of, after, shift, fresh)


def _shift(table: Table, after: str) -> Shift | None:
    shift = interval(after)
    if shift is None:
        table.problem("expires_after", f"'{after}' is not an interval.", _SUCH_AS)
    elif "hour" in after.lower():
        table.problem("expires_after", "answers expire by the day.", _SUCH_AS)
    elif not any(shift) or not within_a_century([shift]):
        table.problem("expires_after", "must be at least 1 day and at most 100 years.", _SUCH_AS)
    else:
        return shift
    return None
