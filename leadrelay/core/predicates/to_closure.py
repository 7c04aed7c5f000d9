"""IR to Python closures: the tracer behind `explain`, and an oracle for the tests.

What Python does otherwise than Polars (case folding, regular expressions) is asked of Polars, one value at a time:
the same answer, and never more than linear time.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import polars as pl

from leadrelay.core.lead import Type
from leadrelay.core.predicates import dates, patterns
from leadrelay.core.predicates.ir import Node, Op, Printers, fold
from leadrelay.core.predicates.patterns import Shape
from leadrelay.core.predicates.titles import holds

Lead = Mapping[str, Any]
Closure = Callable[[Lead], Any]

_MILLISECOND = timedelta(milliseconds=1)
_MILLISECONDS_A_DAY = 86_400_000.0
# Unicode's White_Space, which Polars strips; Python's str.strip() takes four control characters more.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def to_closure(node: Node) -> Callable[[Lead], bool | None]:
    """The predicate as a function of one lead: true, false, or None where unknown.

    A field that the lead lacks is missing. Raises `ValueError` when the predicate is timed and not bound.
    """
    predicate: Callable[[Lead], bool | None] = fold(node, _PRINTERS)
    return predicate


def _known(apply: Callable[..., Any]) -> Callable[..., Closure]:
    """A printer for what is unknown as soon as one argument is missing."""

    def print_it(node: Node, *args: Closure) -> Closure:
        def run(lead: Lead) -> Any:
            values = [arg(lead) for arg in args]
            return None if any(value is None for value in values) else apply(node, *values)

        return run

    return print_it


def _plain(apply: Callable[..., Any]) -> Callable[..., Closure]:
    return _known(lambda _, *values: apply(*values))


def _field(node: Node) -> Closure:
    name = node.value
    return lambda lead: lead.get(name)


def _connective(decisive: bool) -> Callable[..., Closure]:
    """Kleene's and (a false decides) and or (a true decides)."""

    def print_it(_: Node, *args: Closure) -> Closure:
        def run(lead: Lead) -> bool | None:
            unknown = False
            for arg in args:
                value: bool | None = arg(lead)
                if value is decisive:
                    return decisive
                unknown |= value is None
            return None if unknown else not decisive

        return run

    return print_it


def _between(_: Node, value: Closure, low: Closure, high: Closure) -> Closure:
    def run(lead: Lead) -> bool | None:
        middle, least, most = value(lead), low(lead), high(lead)
        if middle is None:
            return None
        sides = [None if least is None else middle >= least, None if most is None else middle <= most]
        return False if False in sides else (None if None in sides else True)

    return run


def _coalesce(_: Node, *args: Closure) -> Closure:
    return lambda lead: next((value for arg in args if (value := arg(lead)) is not None), None)


def _case(_: Node, *args: Closure) -> Closure:
    branches, default = list(zip(args[::2], args[1::2], strict=False)), args[-1] if len(args) % 2 else None

    def run(lead: Lead) -> Any:
        for condition, value in branches:
            if condition(lead) is True:
                return value(lead)
        return default(lead) if default else None

    return run


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[..., Closure]:
    """The least or the most of what is known."""

    def print_it(_: Node, *args: Closure) -> Closure:
        def run(lead: Lead) -> Any:
            known = [value for arg in args if (value := arg(lead)) is not None]
            return choose(known) if known else None

        return run

    return print_it


def _rounded(value: float) -> float:
    below = math.floor(abs(value))
    return math.copysign(below + (abs(value) - below >= 0.5), value)


def _divide(left: float, right: float) -> float:
    return left / right if right else math.nan


def _arithmetic(apply: Callable[[float, float], float]) -> Callable[..., Closure]:
    return _plain(lambda left, right: apply(float(left), float(right)))


def _like(node: Node, text: str) -> bool:
    shape, wanted = patterns.shape(node.value)
    match shape:
        case Shape.EXACT:
            return text == wanted
        case Shape.PREFIX:
            return text.startswith(wanted)
        case Shape.SUFFIX:
            return text.endswith(wanted)
        case Shape.INNER:
            return wanted in text
    return _search(text, patterns.regex(node.value))


def _search(text: str, regex: str) -> bool:
    return bool(pl.Series([text], dtype=pl.String).str.contains(regex)[0])


def _lower(node: Node, value: Any) -> Any:
    if node.type is Type.LIST:
        return [None if member is None else _small(member) for member in value]
    return _small(value)


def _small(text: str) -> str:
    # The two know different editions of Unicode, so that 55 rare capitals differ.
    return text.lower() if text.isascii() else str(pl.Series([text]).str.to_lowercase()[0])


def _unbound(node: Node) -> Closure:
    raise ValueError(f"{node.op}() has no value before bind()")


def _constant(node: Node) -> Closure:
    value = node.value
    return lambda _: value


_PRINTERS: Printers[Closure] = {
    Op.FIELD: _field,
    Op.VALUE: _constant,
    Op.NOW: _unbound,
    Op.TODAY: _unbound,
    Op.AND: _connective(decisive=False),
    Op.OR: _connective(decisive=True),
    Op.NOT: _plain(operator.not_),
    Op.EQ: _plain(operator.eq),
    Op.NE: _plain(operator.ne),
    Op.LT: _plain(operator.lt),
    Op.LE: _plain(operator.le),
    Op.GT: _plain(operator.gt),
    Op.GE: _plain(operator.ge),
    Op.BETWEEN: _between,
    Op.IN: _known(lambda node, value: value in node.value),
    Op.NULL: lambda _, arg: lambda lead: arg(lead) is None,
    Op.TRUE: lambda _, arg: lambda lead: arg(lead) is True,
    Op.FALSE: lambda _, arg: lambda lead: arg(lead) is False,
    Op.LIKE: _known(_like),
    Op.ILIKE: _known(lambda node, text: _search(text, patterns.ignoring_case(patterns.regex(node.value)))),
    Op.MATCHES: _known(lambda node, text: _search(text, patterns.ignoring_case(node.value))),
    Op.ANY_OF: _known(lambda node, members: any(wanted in members for wanted in node.value)),
    Op.ALL_OF: _known(lambda node, members: all(wanted in members for wanted in node.value)),
    Op.ADD: _arithmetic(operator.add),
    Op.SUB: _arithmetic(operator.sub),
    Op.MUL: _arithmetic(operator.mul),
    Op.DIV: _arithmetic(_divide),
    Op.NEG: _plain(lambda value: -float(value)),
    Op.FINITE: _plain(lambda value: value if math.isfinite(value) else None),
    Op.MOMENT: _plain(dates.midnight),
    Op.DAYS: _plain(lambda end, start: ((end - start) // _MILLISECOND) / _MILLISECONDS_A_DAY),
    Op.LOWER: _known(_lower),
    Op.TRIM: _plain(lambda text: text.strip(WHITE_SPACE)),
    Op.LENGTH: _plain(len),
    Op.COALESCE: _coalesce,
    Op.CASE: _case,
    Op.ABS: _plain(lambda value: abs(float(value))),
    Op.ROUND: _plain(_rounded),
    Op.FLOOR: _plain(lambda value: float(math.floor(value))),
    Op.CEIL: _plain(lambda value: float(math.ceil(value))),
    Op.LEAST: _extreme(min),
    Op.GREATEST: _extreme(max),
    Op.SHIFT: _known(lambda node, time: dates.shifted_within(time, node.value)),
    Op.DAY: _plain(lambda moment: moment.date()),
    Op.BUSINESS_DAYS: _plain(lambda end, start: dates.weekdays(end) - dates.weekdays(start)),
    Op.YEAR: _plain(lambda day: day.year),
    Op.MONTH: _plain(lambda day: day.month),
    Op.WEEKDAY: _plain(lambda day: day.isoweekday()),
    Op.HOLDS_TITLE: _known(lambda node, text: holds(node.value, text)),
}
