"""IR back to the text of a predicate, in one spelling, with no more brackets than are needed."""

from __future__ import annotations

from typing import Any, NamedTuple

from leadrelay.core.lead import Type
from leadrelay.core.predicates.dates import Shift
from leadrelay.core.predicates.grammar import RESERVED
from leadrelay.core.predicates.ir import Node, Op, Printers, fold

_OR, _AND, _NOT, _COMPARED, _SUM, _PRODUCT, _NEGATIVE, _ATOM = range(8)
_LEVELS = {Op.OR: _OR, Op.AND: _AND, Op.ADD: _SUM, Op.SUB: _SUM, Op.MUL: _PRODUCT, Op.DIV: _PRODUCT}


class _Printed(NamedTuple):
    text: str
    binds: int = _ATOM
    negated: str = ""

    def within(self, level: int) -> str:
        return self.text if self.binds >= level else f"({self.text})"


def text(node: Node) -> str:
    """The predicate as an admin would write it; loading it again gives an equal tree."""
    return fold(node, _PRINTERS).text


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _constant(value: Any, kind: Type) -> str:
    if value is None:
        return "null"
    match kind:
        case Type.TEXT:
            return _quoted(value)
        case Type.DATE:
            return _quoted(value.isoformat())
        case Type.DATETIME:
            return _quoted(value.replace(tzinfo=None).isoformat() + "Z")
    return str(value).lower()


def _field(node: Node) -> _Printed:
    name = node.value
    plain = name.isidentifier() and name.isascii() and name.lower() not in RESERVED
    return _Printed(name if plain else '"' + name.replace('"', '""') + '"')


def _value(node: Node) -> _Printed:
    shown = _constant(node.value, node.type)
    return _Printed(shown, _NEGATIVE if shown.startswith("-") else _ATOM)


def _clock(node: Node) -> _Printed:
    return _Printed(f"{node.op}()" + "".join(_step(step) for step in node.value), _SUM if node.value else _ATOM)


def _step(step: Shift) -> str:
    sign = "-" if step.months < 0 or step.hours < 0 else "+"
    months, hours = abs(step.months), abs(step.hours)
    count, unit = (months, "month") if months else (hours, "hour") if hours % 24 else (hours // 24, "day")
    return f" {sign} interval '{count} {unit}{'' if count == 1 else 's'}'"


def _joined(node: Node, *args: _Printed) -> _Printed:
    level = _LEVELS[node.op]
    first, *others = args
    shown = [first.within(level), *(other.within(level + 1) for other in others)]
    return _Printed(f" {node.op} ".join(shown), level)


def _compared(node: Node, left: _Printed, right: _Printed) -> _Printed:
    return _Printed(f"{left.within(_SUM)} {node.op} {right.within(_SUM)}", _COMPARED)


def _is(node: Node, value: _Printed) -> _Printed:
    subject, wanted = value.within(_SUM), node.op.removeprefix("is ")
    return _Printed(f"{subject} is {wanted}", _COMPARED, f"{subject} is not {wanted}")


def _tested(node: Node, value: _Printed, rest: str) -> _Printed:
    subject = value.within(_SUM)
    return _Printed(f"{subject} {node.op} {rest}", _COMPARED, f"{subject} not {node.op} {rest}")


def _between(node: Node, value: _Printed, low: _Printed, high: _Printed) -> _Printed:
    return _tested(node, value, f"{low.within(_SUM)} and {high.within(_SUM)}")


def _in(node: Node, value: _Printed) -> _Printed:
    members = ", ".join(_constant(member, node.args[0].type) for member in node.value)
    return _tested(node, value, f"({members})")


def _like(node: Node, value: _Printed) -> _Printed:
    escape = r" escape '\'" if "\\" in node.value else ""
    return _tested(node, value, _quoted(node.value) + escape)


def _matches(node: Node, value: _Printed) -> _Printed:
    return _tested(node, value, _quoted(node.value))


def _not(_: Node, value: _Printed) -> _Printed:
    return _Printed(value.negated, _COMPARED) if value.negated else _Printed(f"not {value.within(_NOT)}", _NOT)


def _members(node: Node, value: _Printed) -> _Printed:
    if node.op is Op.ANY_OF and len(node.value) == 1:
        return _Printed(f"{_quoted(node.value[0])} = any({value.text})", _COMPARED)
    return _Printed(f"{node.op}({value.text}, {', '.join(map(_quoted, node.value))})")


def _call(node: Node, *args: _Printed) -> _Printed:
    return _Printed(f"{node.op}({', '.join(arg.text for arg in args)})")


def _days(node: Node, end: _Printed, start: _Printed) -> _Printed:
    return _Printed(f"{node.value}({(start if node.value.endswith('since') else end).text})")


def _case(_: Node, *args: _Printed) -> _Printed:
    branches = [f"when {when.text} then {then.text}" for when, then in zip(args[::2], args[1::2], strict=False)]
    default = f" else {args[-1].text}" if len(args) % 2 else ""
    return _Printed(f"case {' '.join(branches)}{default} end")


def _unchanged(_: Node, value: _Printed) -> _Printed:
    return value


_PRINTERS: Printers[_Printed] = {
    Op.FIELD: _field,
    Op.VALUE: _value,
    Op.NOW: _clock,
    Op.TODAY: _clock,
    Op.AND: _joined,
    Op.OR: _joined,
    Op.NOT: _not,
    Op.EQ: _compared,
    Op.NE: _compared,
    Op.LT: _compared,
    Op.LE: _compared,
    Op.GT: _compared,
    Op.GE: _compared,
    Op.BETWEEN: _between,
    Op.IN: _in,
    Op.NULL: _is,
    Op.TRUE: _is,
    Op.FALSE: _is,
    Op.LIKE: _like,
    Op.ILIKE: _like,
    Op.MATCHES: _matches,
    Op.ANY_OF: _members,
    Op.ALL_OF: _members,
    Op.ADD: _joined,
    Op.SUB: _joined,
    Op.MUL: _joined,
    Op.DIV: _joined,
    Op.NEG: lambda _, value: _Printed(f"-{value.within(_ATOM)}", _NEGATIVE),
    Op.FINITE: _unchanged,
    Op.MOMENT: _unchanged,
    Op.DAYS: _days,
    Op.LOWER: _call,
    Op.TRIM: _call,
    Op.LENGTH: _call,
    Op.COALESCE: _call,
    Op.CASE: _case,
    Op.ABS: _call,
    Op.ROUND: _call,
    Op.FLOOR: _call,
    Op.CEIL: _call,
    Op.LEAST: _call,
    Op.GREATEST: _call,
    Op.SHIFT: lambda node, value: _Printed(value.within(_SUM) + _step(node.value), _SUM),
    Op.DAY: _unchanged,
    Op.BUSINESS_DAYS: _days,
    Op.YEAR: _call,
    Op.MONTH: _call,
    Op.WEEKDAY: _call,
    Op.HOLDS_TITLE: lambda node, value: _Printed(
        f"{node.op}({value.text}, {', '.join(map(_quoted, node.value.asked))})"
    ),
}
