"""IR to Polars expressions: the evaluator. One expression serves one lead and ten million."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import Any

import polars as pl

from leadrelay.core.lead import Type
from leadrelay.core.predicates import dates, patterns
from leadrelay.core.predicates.ir import Node, Op, Printers, fields, fold
from leadrelay.core.predicates.patterns import Shape
from leadrelay.core.predicates.titles import CUT, Titles
from leadrelay.core.predicates.to_closure import to_closure

_MILLISECONDS_A_DAY = 86_400_000.0


def to_polars(node: Node) -> pl.Expr:
    """The predicate as a nullable boolean column, as long as the frame; `ValueError` when it is timed and not bound."""
    if not fields(node):
        return pl.repeat(to_closure(node)({}), pl.len(), dtype=pl.Boolean)
    return fold(node, _PRINTERS)


def value_to_polars(node: Node) -> pl.Expr:
    """A part of a bound predicate as a column; one that looks at no field is one value."""
    return fold(node, _PRINTERS)


def _value(node: Node) -> pl.Expr:
    return pl.lit(node.value, dtype=node.type.dtype)


def _binary(apply: Callable[[Any, Any], Any]) -> Callable[..., pl.Expr]:
    def print_it(_: Node, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        expression: pl.Expr = apply(left, right)
        return expression

    return print_it


def _arithmetic(apply: Callable[[Any, Any], Any]) -> Callable[..., pl.Expr]:
    def print_it(_: Node, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        expression: pl.Expr = apply(left.cast(pl.Float64), right.cast(pl.Float64))
        return expression

    return print_it


def _once(value: pl.Expr, build: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    # Named once inside a struct: written twice, what is nested would double the work at every level.
    return pl.struct(v=value).struct.with_fields(build(pl.field("v")).alias("v")).struct.field("v")


def _finite(_: Node, value: pl.Expr) -> pl.Expr:
    return _once(value, lambda known: pl.when(known.is_finite()).then(known))


def _case(node: Node, *args: pl.Expr) -> pl.Expr:
    branches, default = list(zip(args[::2], args[1::2], strict=False)), args[-1] if len(args) % 2 else pl.lit(None)
    found = default.cast(node.type.dtype)
    for condition, value in reversed(branches):
        found = pl.when(condition).then(value.cast(node.type.dtype)).otherwise(found)
    return found


def _shift(node: Node, value: pl.Expr) -> pl.Expr:
    step = node.value
    moved = value.dt.offset_by(f"{step.months}mo" if step.months else _hours(node))
    least, most = (pl.lit(limit, dtype=node.type.dtype) for limit in dates.LIMITS[node.type])
    return _once(moved, lambda known: pl.when(known.is_between(least, most)).then(known))


def _hours(node: Node) -> str:
    hours = node.value.hours
    return f"{hours // 24}d" if node.type is Type.DATE else f"{hours}h"


def _holds_title(node: Node, value: pl.Expr) -> pl.Expr:
    asked: Titles = node.value

    def held(text: pl.Expr) -> pl.Expr:
        ways = [text.str.contains(asked.whole)] if asked.whole else []
        ways += [text.str.replace_all(asked.cut, CUT).str.contains(asked.held)] if asked.held else []
        return pl.any_horizontal(ways)

    return held(value) if node.args[0].op is Op.FIELD else _once(value, held)


def _weekdays(day: pl.Expr) -> pl.Expr:
    def counted(number: pl.Expr) -> pl.Expr:
        return number // 7 * 5 + pl.min_horizontal(number % 7 + 1, pl.lit(5, dtype=pl.Int64))

    return _once(day.cast(pl.Int64) + dates.MONDAY, counted)


def _in(node: Node, value: pl.Expr) -> pl.Expr:
    kind = Type.NUMBER if any(isinstance(member, float) for member in node.value) else node.args[0].type
    members = pl.lit(pl.Series(node.value, dtype=kind.dtype)).implode()
    return value.cast(pl.Float64).is_in(members) if kind is Type.NUMBER else value.is_in(members)


def _like(node: Node, value: pl.Expr) -> pl.Expr:
    shape, text = patterns.shape(node.value)
    match shape:
        case Shape.EXACT:
            return value == pl.lit(text)
        case Shape.PREFIX:
            return value.str.starts_with(text)
        case Shape.SUFFIX:
            return value.str.ends_with(text)
        case Shape.INNER:
            return value.str.contains(text, literal=True)
    return value.str.contains(patterns.regex(node.value))


def _ilike(node: Node, value: pl.Expr) -> pl.Expr:
    shape, text = patterns.shape(node.value)
    if shape is Shape.INNER and "|" not in text:
        return _search(value, patterns.quoted(text), patterns.alternatives(text))
    return value.str.contains(patterns.ignoring_case(patterns.regex(node.value)))


def _matches(node: Node, value: pl.Expr) -> pl.Expr:
    return _search(value, node.value, patterns.alternatives(node.value))


def _search(value: pl.Expr, regex: str, texts: list[str] | None) -> pl.Expr:
    if texts:
        return value.str.contains_any(texts, ascii_case_insensitive=True)
    return value.str.contains(patterns.ignoring_case(regex))


def _any_of(node: Node, value: pl.Expr) -> pl.Expr:
    if len(node.value) == 1:
        return value.list.contains(node.value[0])
    return value.list.eval(pl.element().is_in(list(node.value))).list.any()


def _all_of(node: Node, value: pl.Expr) -> pl.Expr:
    return reduce(lambda all_, member: all_ & value.list.contains(member), node.value[1:], _first(node, value))


def _first(node: Node, value: pl.Expr) -> pl.Expr:
    return value.list.contains(node.value[0])


def _lower(node: Node, value: pl.Expr) -> pl.Expr:
    if node.type is Type.LIST:
        return value.list.eval(pl.element().str.to_lowercase())
    return value.str.to_lowercase()


def _length(node: Node, value: pl.Expr) -> pl.Expr:
    return value.list.len() if node.args[0].type is Type.LIST else value.str.len_chars()


def _days(_: Node, end: pl.Expr, start: pl.Expr) -> pl.Expr:
    return (end - start).dt.total_milliseconds() / _MILLISECONDS_A_DAY


def _null(node: Node, value: pl.Expr) -> pl.Expr:
    """Whether all of several values are missing is asked of each: that makes no texts."""
    (asked,) = node.args
    return (
        pl.all_horizontal(fold(arg, _PRINTERS).is_null() for arg in asked.args)
        if asked.op is Op.COALESCE
        else value.is_null()
    )


def _unbound(node: Node) -> pl.Expr:
    raise ValueError(f"{node.op}() has no value before bind()")


_PRINTERS: Printers[pl.Expr] = {
    Op.FIELD: lambda node: pl.col(node.value),
    Op.VALUE: _value,
    Op.NOW: _unbound,
    Op.TODAY: _unbound,
    Op.AND: lambda _, *args: pl.all_horizontal(args),
    Op.OR: lambda _, *args: pl.any_horizontal(args),
    Op.NOT: lambda _, value: ~value,
    Op.EQ: _binary(eq),
    Op.NE: _binary(ne),
    Op.LT: _binary(lt),
    Op.LE: _binary(le),
    Op.GT: _binary(gt),
    Op.GE: _binary(ge),
    Op.BETWEEN: lambda _, value, low, high: (value >= low) & (value <= high),
    Op.IN: _in,
    Op.NULL: _null,
    Op.TRUE: lambda _, value: value.fill_null(value=False),
    Op.FALSE: lambda _, value: (~value).fill_null(value=False),
    Op.LIKE: _like,
    Op.ILIKE: _ilike,
    Op.MATCHES: _matches,
    Op.ANY_OF: _any_of,
    Op.ALL_OF: _all_of,
    Op.ADD: _arithmetic(add),
    Op.SUB: _arithmetic(sub),
    Op.MUL: _arithmetic(mul),
    Op.DIV: _arithmetic(truediv),
    Op.NEG: lambda _, value: -value.cast(pl.Float64),
    Op.FINITE: _finite,
    Op.MOMENT: lambda _, value: value.cast(pl.Datetime("ms", "UTC")),
    Op.DAYS: _days,
    Op.LOWER: _lower,
    Op.TRIM: lambda _, value: value.str.strip_chars(),
    Op.LENGTH: _length,
    Op.COALESCE: lambda _, *args: pl.coalesce(args),
    Op.CASE: _case,
    Op.ABS: lambda _, value: value.cast(pl.Float64).abs(),
    Op.ROUND: lambda _, value: value.cast(pl.Float64).round(mode="half_away_from_zero"),
    Op.FLOOR: lambda _, value: value.cast(pl.Float64).floor(),
    Op.CEIL: lambda _, value: value.cast(pl.Float64).ceil(),
    Op.LEAST: lambda node, *args: pl.min_horizontal(arg.cast(node.type.dtype) for arg in args),
    Op.GREATEST: lambda node, *args: pl.max_horizontal(arg.cast(node.type.dtype) for arg in args),
    Op.SHIFT: _shift,
    Op.DAY: lambda _, value: value.dt.date(),
    Op.BUSINESS_DAYS: lambda _, end, start: _weekdays(end) - _weekdays(start),
    Op.YEAR: lambda _, value: value.dt.year().cast(pl.Int64),
    Op.MONTH: lambda _, value: value.dt.month().cast(pl.Int64),
    Op.WEEKDAY: lambda _, value: value.dt.weekday().cast(pl.Int64),
    Op.HOLDS_TITLE: _holds_title,
}
