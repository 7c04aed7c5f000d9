"""When a predicate's answer may change by itself: for each lead the next moment after the run's.

Comparisons with the clock are turned around: `x >= now() - interval '7 days'` changes 7 days after x. A moment that is
too early costs a reading of the lead; one that is too late would be a wrong verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from leadrelay.core.lead import Type
from leadrelay.core.predicates.ages import age, weekdays_meet
from leadrelay.core.predicates.agree import TIMES
from leadrelay.core.predicates.branches import Pair, conditions, pairs, spelled_out, timed_parts
from leadrelay.core.predicates.dates import Shift, midnight, to_the_millisecond
from leadrelay.core.predicates.hands import Hand, milliseconds, next_hour, now_hand, today_hand
from leadrelay.core.predicates.ir import Node, Op, bind, fields, is_timed, walk
from leadrelay.core.predicates.to_closure import to_closure
from leadrelay.core.predicates.to_polars import value_to_polars

_COMPARED = frozenset({Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN, Op.IN})
_MAY_BE_MISSING = frozenset({Op.DIV, Op.LIKE, Op.ILIKE, Op.MATCHES})
"""Whether any other has a value does not depend on the time."""
_MOMENT = pl.Datetime("ms", "UTC")
_YEAR = 366


class Flips:
    """Turns predicates around, for one `now`. Moments are whole milliseconds since 1970, or `NEVER`."""

    def __init__(self, now: datetime) -> None:
        self._now = to_the_millisecond(now)

    def __call__(self, node: Node) -> Iterator[pl.Expr]:
        """For each part of a predicate that time changes, the next moment at which it may answer otherwise."""
        if not is_timed(node):
            return
        if node.op in _COMPARED and node.args[0].type is not Type.BOOLEAN:
            yield from self._compared(node)
        elif all(arg.type is Type.BOOLEAN for arg in node.args):
            for arg in node.args:
                yield from self(arg)
        else:
            yield from self._asked(node)

    def _asked(self, node: Node) -> Iterator[pl.Expr]:
        """Of a value that is not compared, such as `x is null`."""
        for condition in conditions(node):
            yield from self(condition)
        timed = [part.op for part in timed_parts(node)]
        steady = node.op is Op.NULL and _MAY_BE_MISSING.isdisjoint(timed)
        if not steady and {Op.NOW, Op.TODAY}.intersection(timed):
            yield self._soon(node)

    def _compared(self, node: Node) -> Iterator[pl.Expr]:
        for condition in conditions(node):
            yield from self(condition)
        for pair in pairs(node):
            ways = spelled_out(pair)
            if ways is None:
                yield self._soon(*pair)
                continue
            for left, right in ways:
                if is_timed(left) or is_timed(right):
                    yield from self._meeting(left, right)

    def _meeting(self, left: Node, right: Node) -> Iterator[pl.Expr]:
        """When one side is about to be more, or less, than the other."""
        if left.type in TIMES:
            yield self._hands_meeting(left, right)
            return
        for one, other in _simpler(left, right) or _simpler(right, left) or [(left, right)]:
            yield self._numbers_meeting(one, other)

    def _hands_meeting(self, left: Node, right: Node) -> pl.Expr:
        moving, still = (left, right) if is_timed(left) else (right, left)
        hand = self._hand(moving)
        if hand is None or is_timed(still):
            return self._soon(left, right)
        return hand.meets(value_to_polars(still).cast(_MOMENT).to_physical(), whole=still.type is Type.DATE)

    def _hand(self, node: Node) -> Hand | None:
        inner = node.args[0] if node.op is Op.MOMENT else node
        steps: tuple[Shift, ...] = ()
        while inner.op is Op.SHIFT:
            inner, steps = inner.args[0], (inner.value, *steps)
        if inner.op is Op.TODAY:
            return today_hand(self._now.date(), (*inner.value, *steps))
        if inner.op is Op.NOW and node.op is not Op.MOMENT:
            return now_hand(self._now, (*inner.value, *steps))
        return None

    def _numbers_meeting(self, left: Node, right: Node) -> pl.Expr:
        for one, other in ((left, right), (right, left)):
            weekdays = weekdays_meet(one, other, self._now)
            if weekdays is not None:
                return weekdays
        ages = age(left, self._now), age(right, self._now)
        return self._soon(left, right) if ages[0] is None or ages[1] is None else ages[0].meets(ages[1], self._now)

    def _soon(self, *nodes: Node) -> pl.Expr:
        """What cannot be turned around is asked every hour; where only days count, when the next day makes a change."""
        parts = [part for node in nodes for part in _without_fields(node)]
        if any(inner.op is Op.NOW for part in parts for inner in walk(part)):
            return pl.lit(next_hour(self._now))
        return pl.lit(min(map(self._other_day, parts)))

    def _other_day(self, part: Node) -> int:
        """The beginning of the next day on which a value of the calendar is another, or a year is over."""
        today = midnight(self._now.date())
        days = (today + timedelta(days=days) for days in range(1, _YEAR))
        value = to_closure(bind(part, today))({})
        other = (day for day in days if to_closure(bind(part, day))({}) != value)
        return milliseconds(next(other, today + timedelta(days=_YEAR)))


def _without_fields(node: Node) -> Iterator[Node]:
    """The largest parts that look at the clock and at no field."""
    if is_timed(node) and not fields(node):
        yield node
    elif is_timed(node):
        for arg in node.args:
            yield from _without_fields(arg)


def _simpler(one: Node, other: Node) -> list[Pair] | None:
    """What meets when these do, where the first is not even: `a / b = c` where a = b * c, and changes sign with b.

    `floor(a) >= c` where a reaches the whole number above c; `floor(a) > c` where it reaches the next one.
    """
    if not is_timed(one):
        return None
    if one.op is Op.FINITE:
        return _simpler(one.args[0], other)
    if one.op is Op.DIV and is_timed(one.args[1]):
        above, below = one.args
        return [(above, Node(Op.MUL, Type.NUMBER, (below, other))), (below, _number(0.0))]
    steps = _STEPS.get(one.op)
    if steps is None:
        return None
    return [(one.args[0], _plus(Node(op, Type.NUMBER, (other,)), more)) for op, more in steps]


_STEPS = {
    Op.FLOOR: ((Op.CEIL, 0.0), (Op.FLOOR, 1.0)),
    Op.CEIL: ((Op.FLOOR, 0.0), (Op.CEIL, -1.0)),
    Op.ROUND: ((Op.CEIL, -0.5), (Op.FLOOR, 0.5)),
}
"""Where a rounded number passes another: at the other number, rounded so, and so much more."""


def _number(value: float) -> Node:
    return Node(Op.VALUE, Type.NUMBER, value=value)


def _plus(node: Node, more: float) -> Node:
    return Node(Op.ADD, Type.NUMBER, (node, _number(more)))
