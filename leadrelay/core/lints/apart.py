"""Predicates that can never both hold, since they want other words of the same thing: told without looking at leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leadrelay.core.predicates import Node, Op

Wanted = Mapping[Node, frozenset[Any]]
"""What a predicate compares, and the words of which that has to be one, wherever the predicate holds."""


def wanted(node: Node) -> Wanted:
    """The words that a predicate insists on: `country in ('Germany', 'Austria') and ...`."""
    found: dict[Node, frozenset[Any]] = {}
    for asked, words in _comparisons(node):
        found[asked] = found.get(asked, words) & words
    return found


def apart(one: Wanted, other: Wanted) -> bool:
    """Whether both never hold for the same lead."""
    return any(words.isdisjoint(other[asked]) for asked, words in one.items() if asked in other)


def _comparisons(node: Node) -> Iterator[tuple[Node, frozenset[Any]]]:
    if node.op is Op.AND:
        for part in node.args:
            yield from _comparisons(part)
    elif node.op is Op.IN:
        yield node.args[0], frozenset(node.value)
    elif node.op is Op.EQ:
        asked = [arg for arg in node.args if arg.op is not Op.VALUE]
        words = [arg.value for arg in node.args if arg.op is Op.VALUE]
        if len(asked) == len(words) == 1:
            yield asked[0], frozenset(words)
