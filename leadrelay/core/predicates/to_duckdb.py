"""IR to DuckDB SQL: the judge of the other printers in the tests.

Moments are compared as milliseconds, so that no time zone of a session has a say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leadrelay.core.lead import Type
from leadrelay.core.predicates import dates
from leadrelay.core.predicates.ir import Node, Op, Printers, fold
from leadrelay.core.predicates.titles import CUT, Titles
from leadrelay.core.predicates.to_closure import WHITE_SPACE


def to_duckdb(node: Node) -> str:
    r"""The predicate as a condition over a table with a column for each field.

    DuckDB folds the case of some letters outside ASCII otherwise, and its `\b \d \s \w` know only ASCII. Raises
    `ValueError` when the predicate is timed and not bound.
    """
    return fold(node, _PRINTERS)


def _field(node: Node) -> str:
    name = '"' + node.value.replace('"', '""') + '"'
    return f"epoch_ms({name})" if node.type is Type.DATETIME else name


def _value(node: Node) -> str:
    return _constant(node.value, node.type)


def _constant(value: Any, kind: Type) -> str:
    if value is None:
        return "NULL"
    match kind:
        case Type.TEXT:
            return _quoted(value)
        case Type.DATE:
            return f"DATE '{value.isoformat()}'"
        case Type.DATETIME:
            return f"epoch_ms(TIMESTAMP '{value.replace(tzinfo=None).isoformat(sep=' ')}')"
        case Type.NUMBER:
            return f"CAST('{value!r}' AS DOUBLE)"
    return str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _infix(node: Node, *args: str) -> str:
    return "(" + f" {node.op.upper()} ".join(args) + ")"


def _arithmetic(node: Node, *args: str) -> str:
    return "(" + f" {node.op} ".join(f"CAST({arg} AS DOUBLE)" for arg in args) + ")"


def _finite(_: Node, value: str) -> str:
    for bad in ("inf", "-inf", "nan"):
        value = f"nullif({value}, CAST('{bad}' AS DOUBLE))"
    return value


def _in(node: Node, value: str) -> str:
    kind = Type.NUMBER if any(isinstance(member, float) for member in node.value) else node.args[0].type
    return f"({value} IN ({', '.join(_constant(member, kind) for member in node.value)}))"


def _like(node: Node, value: str) -> str:
    return f"({value} {node.op.upper()} {_quoted(node.value)} ESCAPE '\\')"


def _members(joint: str) -> Callable[..., str]:
    def print_it(node: Node, value: str) -> str:
        each = (f"list_contains({value}, {_quoted(member)})" for member in node.value)
        return "(" + joint.join(each) + ")"

    return print_it


def _lower(node: Node, value: str) -> str:
    return f"list_transform({value}, lambda m: lower(m))" if node.type is Type.LIST else f"lower({value})"


def _case(_: Node, *args: str) -> str:
    branches = [f"WHEN {when} THEN {then}" for when, then in zip(args[::2], args[1::2], strict=False)]
    return f"(CASE {' '.join(branches)}{f' ELSE {args[-1]}' if len(args) % 2 else ''} END)"


def _of_double(node: Node, value: str) -> str:
    return f"{node.op}(CAST({value} AS DOUBLE))"


def _shift(node: Node, value: str) -> str:
    months, hours = node.value
    step = f"INTERVAL ({months}) MONTH" if months else f"INTERVAL ({hours}) HOUR"
    moved = f"CAST({value} + {step} AS DATE)"
    if node.type is Type.DATETIME:
        moved = f"epoch_ms(epoch_ms({value}) + {step})"
    least, most = (_constant(limit, node.type) for limit in dates.LIMITS[node.type])
    return f"list_filter([{moved}], lambda v: v BETWEEN {least} AND {most})[1]"


def _holds_title(node: Node, value: str) -> str:
    asked: Titles = node.value
    ways = [f"regexp_matches(t, {_quoted(asked.whole)})"] if asked.whole else []
    if asked.held:
        own = f"regexp_replace(t, {_quoted(asked.cut)}, {_quoted(CUT)}, 'g')"
        ways.append(f"regexp_matches(t, {_quoted(asked.held)}) AND regexp_matches({own}, {_quoted(asked.held)})")
    return f"list_transform([{value}], lambda t: {' OR '.join(ways)})[1]"


def _weekdays(day: str) -> str:
    number = f"({day} - DATE '1970-01-01' + {dates.MONDAY})"
    return f"list_transform([{number}], lambda n: n // 7 * 5 + least(n % 7 + 1, 5))[1]"


def _unbound(node: Node) -> str:
    raise ValueError(f"{node.op}() has no value before bind()")


_PRINTERS: Printers[str] = {
    Op.FIELD: _field,
    Op.VALUE: _value,
    Op.NOW: _unbound,
    Op.TODAY: _unbound,
    Op.AND: _infix,
    Op.OR: _infix,
    Op.NOT: lambda _, value: f"(NOT {value})",
    Op.EQ: _infix,
    Op.NE: _infix,
    Op.LT: _infix,
    Op.LE: _infix,
    Op.GT: _infix,
    Op.GE: _infix,
    Op.BETWEEN: lambda _, value, low, high: f"({value} BETWEEN {low} AND {high})",
    Op.IN: _in,
    Op.NULL: lambda _, value: f"({value} IS NULL)",
    Op.TRUE: lambda _, value: f"coalesce({value}, FALSE)",
    Op.FALSE: lambda _, value: f"coalesce(NOT {value}, FALSE)",
    Op.LIKE: _like,
    Op.ILIKE: _like,
    Op.MATCHES: lambda node, value: f"regexp_matches({value}, {_quoted(node.value)}, 'i')",
    Op.ANY_OF: _members(" OR "),
    Op.ALL_OF: _members(" AND "),
    Op.ADD: _arithmetic,
    Op.SUB: _arithmetic,
    Op.MUL: _arithmetic,
    Op.DIV: _arithmetic,
    Op.NEG: lambda _, value: f"(-CAST({value} AS DOUBLE))",
    Op.FINITE: _finite,
    Op.MOMENT: lambda _, value: f"epoch_ms(CAST({value} AS TIMESTAMP))",
    Op.DAYS: lambda _, end, start: f"(({end} - {start}) / 86400000.0::DOUBLE)",
    Op.LOWER: _lower,
    Op.TRIM: lambda _, value: f"trim({value}, {_quoted(WHITE_SPACE)})",
    Op.LENGTH: lambda _, value: f"length({value})",
    Op.COALESCE: lambda _, *args: f"coalesce({', '.join(args)})",
    Op.CASE: _case,
    Op.ABS: _of_double,
    Op.ROUND: _of_double,
    Op.FLOOR: _of_double,
    Op.CEIL: _of_double,
    Op.LEAST: lambda node, *args: f"{node.op}({', '.join(args)})",
    Op.GREATEST: lambda node, *args: f"{node.op}({', '.join(args)})",
    Op.SHIFT: _shift,
    Op.DAY: lambda _, value: f"CAST(epoch_ms({value}) AS DATE)",
    Op.BUSINESS_DAYS: lambda _, end, start: f"({_weekdays(end)} - {_weekdays(start)})",
    Op.YEAR: lambda _, value: f"year({value})",
    Op.MONTH: lambda _, value: f"month({value})",
    Op.WEEKDAY: lambda _, value: f"isodow({value})",
    Op.HOLDS_TITLE: _holds_title,
}
