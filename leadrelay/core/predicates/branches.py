"""What a value can turn out to be: without `case`, `coalesce` and their like, one way after another.

Whatever is true of the value is decided by what is true of its ways, and by the conditions of its `case`s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod

from leadrelay.core.lead import Type
from leadrelay.core.predicates.ir import Node, Op, is_timed

MOST = 64
"""Ways that are followed one by one."""

_ONE_OF = frozenset({Op.CASE, Op.COALESCE, Op.LEAST, Op.GREATEST})

Pair = tuple[Node, Node]


def pairs(node: Node) -> Iterator[Pair]:
    """What a comparison compares with what."""
    first = node.args[0]
    if node.op is Op.IN:
        yield from ((first, Node(Op.VALUE, first.type, value=member)) for member in node.value)
    else:
        yield from ((first, other) for other in node.args[1:])


def spelled_out(pair: Pair) -> list[Pair] | None:
    """Both sides in all their ways; None where these are too many."""
    if prod(map(_count, pair)) > MOST:
        return None
    return [(left, right) for left in _ways(pair[0]) for right in _ways(pair[1])]


def conditions(node: Node) -> Iterator[Node]:
    """The conditions of every `case` within a value."""
    if node.op is Op.CASE:
        yield from node.args[: len(node.args) // 2 * 2 : 2]
    for arg in chosen(node):
        yield from conditions(arg)


def chosen(node: Node) -> tuple[Node, ...]:
    """What a value is made from, the conditions of a `case` aside."""
    if node.op is not Op.CASE:
        return node.args
    default = node.args[-1:] if len(node.args) % 2 else ()
    return (*node.args[1::2], *default)


def timed_parts(node: Node) -> Iterator[Node]:
    """The operations of a value that change with the time, the conditions of a `case` aside."""
    if is_timed(node):
        yield node
        for arg in chosen(node):
            yield from timed_parts(arg)


def _count(node: Node) -> int:
    if not is_timed(node):
        return 1
    counts = [_count(arg) for arg in chosen(node)]
    return sum(counts) if node.op in _ONE_OF else prod(counts) * (2 if node.op is Op.ABS else 1)


def _ways(node: Node) -> Iterator[Node]:
    if not is_timed(node):
        yield node
    elif node.op in _ONE_OF:
        for arg in chosen(node):
            yield from _ways(arg)
    elif node.op is Op.ABS:
        for arg in _ways(node.args[0]):
            yield from (arg, Node(Op.NEG, Type.NUMBER, (arg,)))
    else:
        yield from (replace(node, args=args) for args in product(*map(_ways, node.args)))
