"""What a SOQL query says, as values; `at` is where in the text it says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Field:
    """A field, perhaps of a parent: `Owner.Name`."""

    path: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a field: COUNT(Id), MAX(CreatedDate), CALENDAR_YEAR(CreatedDate), FIELDS(ALL)."""

    function: str
    field: Field | None
    at: int


Expression: TypeAlias = Field | Call


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: `kind` is string, number, date, datetime, boolean, null or macro (`LAST_N_DAYS:7`)."""

    kind: str
    value: str | int | float | bool | None
    at: int
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition on one field: =, !=, <, <=, >, >=, like, in, not in, includes, excludes."""

    left: Expression
    operator: str
    values: tuple[Literal, ...]
    at: int


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """`Id [NOT] IN (SELECT WhoId FROM Task ...)`."""

    left: Field
    negated: bool
    query: Query
    at: int


@dataclass(frozen=True, slots=True)
class Logical:
    """Conditions joined by `and` or `or`."""

    operator: str
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: Condition


Condition: TypeAlias = Comparison | SemiJoin | Logical | Not


@dataclass(frozen=True, slots=True)
class Item:
    """A selected expression and its alias, if any."""

    expression: Expression
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    expression: Expression
    descending: bool
    nulls: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query. `count_only` is `SELECT COUNT()`."""

    text: str
    items: tuple[Item, ...]
    object: str
    object_at: int
    alias: str | None = None
    count_only: bool = False
    where: Condition | None = None
    group: tuple[Expression, ...] = ()
    having: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0


AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})


def is_aggregate(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function in AGGREGATES


def semi_joins(condition: Condition | None) -> Iterator[SemiJoin]:
    """All semi-joins in a condition."""
    match condition:
        case SemiJoin():
            yield condition
        case Logical(items=items):
            for item in items:
                yield from semi_joins(item)
        case Not(item=item):
            yield from semi_joins(item)
