"""The type check between operands: numbers with numbers, text with text, dates with dates and moments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from leadrelay.core.lead import Type
from leadrelay.core.predicates import dates
from leadrelay.core.predicates.ir import Node, Op
from leadrelay.core.predicates.source import PredicateError, Source

NUMERIC = frozenset({Type.INTEGER, Type.NUMBER})
TIMES = frozenset({Type.DATE, Type.DATETIME})
_COMPARISONS = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})
WORDS = {
    Type.TEXT: "text",
    Type.INTEGER: "a number",
    Type.NUMBER: "a number",
    Type.BOOLEAN: "true or false",
    Type.DATE: "a date",
    Type.DATETIME: "a date with time",
    Type.LIST: "a list",
}


def agreed(source: Source, nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The operands brought to one type, or the error that says why not."""
    if any(node.type in TIMES for node in nodes):
        nodes = [_time_from_text(source, node) for node in nodes]
    if {node.type for node in nodes} == TIMES:
        nodes = [moment(node) for node in nodes]
    for node in nodes[1:]:
        if _kind(node) != _kind(nodes[0]):
            raise _disagree(source, nodes[0], node)
    return tuple(nodes)


def joint_type(nodes: Sequence[Node]) -> Type:
    """The type of operands that agree: a fraction among whole numbers makes them all numbers."""
    return Type.NUMBER if Type.NUMBER in {node.type for node in nodes} else nodes[0].type


def as_moment(source: Source, node: Node) -> Node:
    """A date, a moment or a text that spells one, as a moment."""
    time = _time_from_text(source, node)
    _check_time(source, time)
    return moment(time)


def as_day(source: Source, node: Node) -> Node:
    """A date, a moment or a text that spells one, as the day in UTC."""
    time = _time_from_text(source, node)
    _check_time(source, time)
    if time.type is Type.DATE:
        return time
    if time.op is Op.VALUE:
        return replace(time, type=Type.DATE, value=time.value.date())
    return Node(Op.DAY, Type.DATE, (time,), span=node.span)


def moment(node: Node) -> Node:
    """A date is the moment at which it begins, in UTC."""
    if node.type is Type.DATETIME:
        return node
    if node.op is Op.VALUE:
        return replace(node, type=Type.DATETIME, value=dates.midnight(node.value))
    return Node(Op.MOMENT, Type.DATETIME, (node,), span=node.span)


def _check_time(source: Source, node: Node) -> None:
    if node.type not in TIMES:
        raise source.error(node.span, f"{source.snippet(node.span)} is {WORDS[node.type]}, not a date.")


def _time_from_text(source: Source, node: Node) -> Node:
    if node.op is not Op.VALUE or node.type is not Type.TEXT:
        return node
    time = dates.read(node.value)
    if time is None:
        raise source.error(node.span, f"{source.snippet(node.span)} is not a date.", dates.suggestion(node.value))
    return replace(node, type=Type.DATETIME if isinstance(time, datetime) else Type.DATE, value=time)


def _kind(node: Node) -> Type:
    return Type.NUMBER if node.type in NUMERIC else node.type


def _disagree(source: Source, first: Node, second: Node) -> PredicateError:
    shown = [f"{source.snippet(node.span)} is {WORDS[node.type]}" for node in (first, second)]
    message = f"{shown[0]}, but {shown[1]}."
    return source.error(first.span.union(second.span), message, _cure(source, first, second))


def _cure(source: Source, first: Node, second: Node) -> str:
    by_type = {node.type: node for node in (second, first)}
    if Type.LIST in by_type:
        name = source.snippet(by_type[Type.LIST].span)
        return f"Write 'a' = any({name}), or any_of({name}, 'a', 'b')."
    text = by_type.get(Type.TEXT)
    number = next((node for node in (first, second) if node.type in NUMERIC), None)
    compared = next((node for node in (first, second) if node.op in _COMPARISONS), None)
    if number and compared and compared.args[0].type in NUMERIC:
        return f"Write {source.snippet(compared.span)} and {source.snippet(compared.args[1].span)} ..., each by itself."
    if text and number and text.op is Op.VALUE and re.fullmatch(r"-?\d+(\.\d+)?", text.value):
        return f"Write {text.value} without quotes."
    if text and number and number.op is Op.VALUE:
        return f"Write '{source.snippet(number.span)}' in quotes."
    if number and TIMES & set(by_type):
        time = source.snippet(next(node for node in (first, second) if node.type in TIMES).span)
        spelled = dates.suggestion(source.snippet(number.span))
        if number.op is not Op.VALUE and spelled != dates.NO_SUGGESTION:
            return spelled
        return f"A date is written '2026-01-31'; days_since({time}) is a number of days."
    if number and text and text.op is Op.VALUE:
        return "Write a number, without quotes and without a unit."
    if (text or number) and Type.BOOLEAN in by_type:
        name = source.snippet(by_type[Type.BOOLEAN].span)
        return f"Write {name}, or not {name}."
    return ""
