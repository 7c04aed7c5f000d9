"""Numbers that grow or shrink evenly with time, such as `days_since(created_at) * 2`, and when two of them meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from leadrelay.core.predicates.dates import midnight
from leadrelay.core.predicates.hands import DAY, NEVER, milliseconds
from leadrelay.core.predicates.ir import Node, Op, bind, is_timed
from leadrelay.core.predicates.to_polars import value_to_polars

_FAR = 200.0 * 366 * DAY
"""Further ahead than any lead is kept unread; such a moment counts as never."""
_ROUNDING, _DRIFT = 1e-12, 1e-9
"""How inexact float64 may be after a predicate's steps: beside the largest number in it, and over the way."""


@dataclass(frozen=True, slots=True)
class Age:
    """A number as it is now, and by how much it grows a day. `size`: what it was computed from, for its rounding."""

    value: pl.Expr
    slope: pl.Expr
    size: pl.Expr
    steady: bool = False

    @property
    def whole(self) -> pl.Expr:
        """The size, with the number's own."""
        return self.size + self.value.abs()

    def meets(self, other: Age, now: datetime) -> pl.Expr:
        """When the two are equal next, in milliseconds since 1970: a little early, never late."""
        slope = self.slope - other.slope
        away = (other.value - self.value) / slope * DAY
        slack = 1 + away.abs() * _DRIFT + (self.size + other.size) / slope.abs() * (DAY * _ROUNDING)
        early, late = (away - slack).floor(), (away + slack).ceil()
        ahead = (late >= 0) & (early < _FAR)  # not so for what is not a number
        moment = early.clip(lower_bound=1).cast(pl.Int64, strict=False) + milliseconds(now)
        return pl.when(ahead).then(moment).otherwise(NEVER)


_NOTHING = pl.lit(0.0)


def age(node: Node, now: datetime) -> Age | None:
    """A number of a predicate; None where it does not change evenly."""
    if not is_timed(node):
        return Age(value_to_polars(node).cast(pl.Float64), _NOTHING, _NOTHING, steady=True)
    if node.op is Op.DAYS:
        end, start = map(_pace, node.args)
        evenly = end is not None and start is not None
        return Age(value_to_polars(bind(node, now)), pl.lit((end or 0) - (start or 0)), _NOTHING) if evenly else None
    parts = [part for arg in node.args if (part := age(arg, now))]
    return _EVEN[node.op](*parts) if node.op in _EVEN and len(parts) == len(node.args) else None


def _pace(node: Node) -> float | None:
    """By how much a moment goes on in a day, in days."""
    if not is_timed(node):
        return 0.0
    evenly = node.op is Op.NOW and not any(step.months for step in node.value)
    return 1.0 if evenly else None


def _add(left: Age, right: Age) -> Age:
    return Age(left.value + right.value, left.slope + right.slope, left.whole + right.whole)


def _negated(one: Age) -> Age:
    return Age(-one.value, -one.slope, one.size)


def _multiply(left: Age, right: Age) -> Age | None:
    if not (left.steady or right.steady):
        return None
    one, by = (left, right.value) if right.steady else (right, left.value)
    return Age(one.value * by, one.slope * by, one.whole * by.abs())


def _divide(left: Age, right: Age) -> Age | None:
    if not right.steady:
        return None
    return Age(left.value / right.value, left.slope / right.value, left.whole / right.value.abs())


_EVEN: Mapping[Op, Callable[..., Age | None]] = {
    Op.ADD: _add,
    Op.SUB: lambda left, right: _add(left, _negated(right)),
    Op.NEG: _negated,
    Op.MUL: _multiply,
    Op.DIV: _divide,
    Op.FINITE: lambda one: one,
}


def weekdays_meet(counted: Node, other: Node, now: datetime) -> pl.Expr | None:
    """When a count of weekdays comes to a number or leaves it, at the earliest: it grows by one a day at most.

    None where this is something else.
    """
    if counted.op is not Op.BUSINESS_DAYS or is_timed(other):
        return None
    end, start = counted.args
    if _is_today(end) == _is_today(start) or is_timed(end) == is_timed(start):
        return None
    left = value_to_polars(other).cast(pl.Float64) - value_to_polars(bind(counted, now)).cast(pl.Float64)
    days = (left if is_timed(end) else -left).ceil()
    moment = days.clip(lower_bound=1).cast(pl.Int64, strict=False) * DAY + milliseconds(midnight(now.date()))
    return pl.when((days >= 0) & (days < _FAR / DAY)).then(moment).otherwise(NEVER)


def _is_today(node: Node) -> bool:
    return node.op is Op.TODAY and not node.value
