"""When a predicate's answer may change by itself: for each lead the next moment after the run's.

Comparisons with the clock are turned around: `x >= now() - interval '7 days'` changes 7 days after x. A moment that is
too early costs a reading of the lead; one that is too late would be a wrong verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from math import prod

import polars as pl

from leadrelay.core.lead import Type
from leadrelay.core.predicates.ages import age
from leadrelay.core.predicates.agree import TIMES
from leadrelay.core.predicates.dates import to_the_millisecond
from leadrelay.core.predicates.hands import DAY, Hand, next_hour, now_hand, today_hand
from leadrelay.core.predicates.ir import Node, Op, is_timed, walk
from leadrelay.core.predicates.to_polars import value_to_polars

_COMPARED = frozenset({Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN, Op.IN})
_NEVER_MISSING = frozenset({Op.FIELD, Op.VALUE, Op.NOW, Op.TODAY, Op.MOMENT, Op.DAYS, Op.COALESCE})
"""Whether these have a value does not depend on the time."""
_MOST = 64
"""Ways in which a comparison's sides are followed one by one; of more, only the hour is known."""
_MOMENT = pl.Datetime("ms", "UTC")

Pair = tuple[Node, Node]


class Flips:
    """Turns predicates around, for one `now`. Moments are whole milliseconds since 1970; null: never."""

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
        elif not (node.op is Op.NULL and all(part.op in _NEVER_MISSING for part in walk(node.args[0]))):
            yield self._soon(node)

    def _compared(self, node: Node) -> Iterator[pl.Expr]:
        for pair in _pairs(node):
            chosen = _choices(pair)
            if chosen is None:
                yield self._soon(node)
                continue
            for left, right in chosen:
                if is_timed(left) or is_timed(right):
                    yield from self._meeting(left, right)

    def _meeting(self, left: Node, right: Node) -> Iterator[pl.Expr]:
        """When one side is about to be more, or less, than the other."""
        if left.type in TIMES:
            yield self._hands_meeting(left, right)
        else:
            yield from self._numbers_meeting(left, right)

    def _hands_meeting(self, left: Node, right: Node) -> pl.Expr:
        moving, still = (left, right) if is_timed(left) else (right, left)
        hand = self._hand(moving)
        if hand is None or is_timed(still):
            return self._soon(left, right)
        return hand.meets(value_to_polars(still).cast(_MOMENT).to_physical(), whole=still.type is Type.DATE)

    def _hand(self, node: Node) -> Hand | None:
        match node.op:
            case Op.MOMENT:
                return self._hand(node.args[0])
            case Op.NOW:
                return now_hand(self._now, node.value)
            case Op.TODAY:
                return today_hand(self._now.date(), node.value)
        return None

    def _numbers_meeting(self, left: Node, right: Node) -> Iterator[pl.Expr]:
        pairs = _without_division(left, right) or _without_division(right, left) or [(left, right)]
        for one, other in pairs:
            ages = age(one, self._now), age(other, self._now)
            yield self._soon(left, right) if ages[0] is None or ages[1] is None else ages[0].meets(ages[1], self._now)

    def _soon(self, *nodes: Node) -> pl.Expr:
        """What cannot be turned around is asked every hour, or where only the day counts, every day."""
        hourly = any(part.op is Op.NOW for node in nodes for part in walk(node))
        tomorrow = today_hand(self._now.date(), ()).at + DAY
        return pl.lit(next_hour(self._now) if hourly else tomorrow)


def _pairs(node: Node) -> Iterator[Pair]:
    """What is compared with what."""
    first = node.args[0]
    if node.op is Op.IN:
        yield from ((first, Node(Op.VALUE, first.type, value=member)) for member in node.value)
    else:
        yield from ((first, other) for other in node.args[1:])


def _choices(pair: Pair) -> list[Pair] | None:
    """Both sides without `coalesce`: which of its arguments speaks does not depend on the time."""
    if prod(map(_ways, pair)) > _MOST:
        return None
    return [(left, right) for left in _spelled_out(pair[0]) for right in _spelled_out(pair[1])]


def _ways(node: Node) -> int:
    if not is_timed(node):
        return 1
    ways = [_ways(arg) for arg in node.args]
    return sum(ways) if node.op is Op.COALESCE else prod(ways)


def _spelled_out(node: Node) -> Iterator[Node]:
    if not is_timed(node):
        yield node
    elif node.op is Op.COALESCE:
        for arg in node.args:
            yield from _spelled_out(arg)
    else:
        yield from (replace(node, args=args) for args in product(*map(_spelled_out, node.args)))


def _without_division(ratio: Node, other: Node) -> list[Pair] | None:
    """`a / b = c` where a = b * c, and where b is nothing: what is divided by an age does not change evenly."""
    if ratio.op is Op.FINITE:
        return _without_division(ratio.args[0], other)
    if ratio.op is not Op.DIV or not is_timed(ratio.args[1]):
        return None
    above, below = ratio.args
    nothing = Node(Op.VALUE, Type.NUMBER, value=0.0)
    return [(above, Node(Op.MUL, Type.NUMBER, (below, other))), (below, nothing)]
