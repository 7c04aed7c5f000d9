"""The small tree that every predicate becomes: checked, typed, free of engines.

Printers turn it into Polars, Python, SQL and text; each is a table with one row an operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from leadrelay.core.lead import Type
from leadrelay.core.predicates.dates import Shift, shifted, to_the_millisecond


class Op(StrEnum):
    """What a node does with its arguments. `value` holds what is not a node: a name, a constant, a pattern, members."""

    FIELD = "field"
    VALUE = "value"
    NOW = "now"
    TODAY = "today"
    AND = "and"
    OR = "or"
    NOT = "not"
    EQ = "="
    NE = "<>"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    BETWEEN = "between"
    IN = "in"
    NULL = "is null"
    TRUE = "is true"
    FALSE = "is false"
    LIKE = "like"
    ILIKE = "ilike"
    MATCHES = "matches"
    ANY_OF = "any_of"
    ALL_OF = "all_of"
    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"
    NEG = "negative"
    FINITE = "finite"
    MOMENT = "moment"
    DAYS = "days"
    LOWER = "lower"
    TRIM = "trim"
    LENGTH = "length"
    COALESCE = "coalesce"
    CASE = "case"
    ABS = "abs"
    ROUND = "round"
    FLOOR = "floor"
    CEIL = "ceil"
    LEAST = "least"
    GREATEST = "greatest"
    SHIFT = "shift"
    DAY = "day"
    BUSINESS_DAYS = "business days"
    YEAR = "year"
    MONTH = "month"
    WEEKDAY = "weekday"
    HOLDS_TITLE = "holds_title"


class Span(NamedTuple):
    """Where a node stands in its text: from `start` up to, not including, `end`."""

    start: int
    end: int

    def union(self, other: Span) -> Span:
        """The stretch that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. Two nodes are equal when they mean the same, wherever they stand."""

    op: Op
    type: Type
    args: tuple[Node, ...] = ()
    value: Any = None
    span: Span = field(default=Span(0, 0), compare=False, repr=False)


T = TypeVar("T")
Printers = Mapping[Op, Callable[..., T]]


def fold(node: Node, printers: Printers[T]) -> T:
    """Print bottom-up: each row gets its node and the printed arguments."""
    return printers[node.op](node, *(fold(arg, printers) for arg in node.args))


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text."""
    yield node
    for arg in node.args:
        yield from walk(arg)


def evidence(node: Node) -> tuple[str, ...]:
    """The fields that decide, in order of appearance, each once."""
    return tuple(dict.fromkeys(part.value for part in walk(node) if part.op is Op.FIELD))


def fields(node: Node) -> frozenset[str]:
    """The fields that a lead must bring."""
    return frozenset(evidence(node))


def is_timed(node: Node) -> bool:
    """Whether the answer depends on the time of the run."""
    return any(part.op in (Op.NOW, Op.TODAY) for part in walk(node))


def bind(node: Node, now: datetime) -> Node:
    """Pin `now()` and `today()`: the same answer on resume, in a back-test, on a worker."""
    return _bound(node, to_the_millisecond(now))


def _bound(node: Node, now: datetime) -> Node:
    shifts: tuple[Shift, ...] = node.value if node.op in (Op.NOW, Op.TODAY) else ()
    if node.op is Op.NOW:
        return replace(node, op=Op.VALUE, value=shifted(now, shifts))
    if node.op is Op.TODAY:
        return replace(node, op=Op.VALUE, value=shifted(now.date(), shifts))
    args = tuple(_bound(arg, now) for arg in node.args)
    return node if args == node.args else replace(node, args=args)
