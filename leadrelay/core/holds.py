"""Predicates as columns: each once, those on the same texts together, and apart what an edit leaves as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import polars as pl

from leadrelay.core.layers import Layers
from leadrelay.core.lead import Type
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import Node, Op, bind, fields, text, to_polars, walk

WORTH_CODING = 4
"""What the predicates on one text field have to cost together for each of its texts to be looked at once."""

_COSTS = {Op.MATCHES: 4, Op.LIKE: 4, Op.ILIKE: 4, Op.LOWER: 3, Op.IN: 2}
_CONNECTIVES = (Op.AND, Op.OR, Op.NOT)


class Holds:
    """Gives the column of a condition, which is computed once however many ask for it."""

    def __init__(self, layers: Layers, playbook: Playbook, now: datetime) -> None:
        self._layers = layers
        self._schema = playbook.schema
        self._now = now
        self._columns: dict[Node, str] = {}
        costs: Counter[str] = Counter()
        for node in {part for condition in playbook.conditions() for part in _parts(condition.node, self._text)}:
            costs[self._text(node) or ""] += sum(_COSTS.get(part.op, 1) for part in walk(node) if part.args)
        self._coded = {name for name, cost in costs.items() if name and cost >= WORTH_CODING}

    def __call__(self, condition: Condition | None) -> pl.Expr:
        """The column of a condition; without one, nothing holds."""
        if condition is None:
            return pl.lit(value=False)
        return pl.col(self._column(condition.node, condition.text))

    def _column(self, node: Node, words: str) -> str:
        if node not in self._columns:
            self._columns[node] = self._lay(node, f"~holds {words}")
        return self._columns[node]

    def _lay(self, node: Node, name: str) -> str:
        """An edited playbook gives the same names; texts that look alike may differ in the blanks of a constant."""
        known = name if name not in self._columns.values() else f"{name} {len(self._columns)}"
        coded = self._text(node)
        whole = node if coded in self._coded else self._divided(node)
        self._layers.add(known, to_polars(bind(whole, self._now)), coded if coded in self._coded else None)
        return known

    def _divided(self, node: Node) -> Node:
        """The same, asking for the columns of its parts: one text field each, or nothing that is decided."""
        mixed = not fields(node) <= self._schema.keys()
        apart = self._apart_when_mixed if mixed else self._apart
        return _replaced(node, lambda part: self._named(part) if apart(part) else None)

    def _apart(self, node: Node) -> bool:
        return self._text(node) in self._coded

    def _apart_when_mixed(self, node: Node) -> bool:
        return bool(asked := fields(node)) and asked <= self._schema.keys()

    def _named(self, node: Node) -> Node:
        return Node(Op.FIELD, Type.BOOLEAN, value=self._column(node, text(node)))

    def _text(self, node: Node) -> str | None:
        """The text field that a predicate looks at, where it looks at no other field."""
        asked = fields(node)
        name = min(asked) if len(asked) == 1 else ""
        return name if name in self._schema and self._schema[name].type is Type.TEXT else None


def _parts(node: Node, chosen: Callable[[Node], object]) -> Iterator[Node]:
    """The largest parts that are chosen."""
    if chosen(node):
        yield node
    elif node.op in _CONNECTIVES:
        for arg in node.args:
            yield from _parts(arg, chosen)


def _replaced(node: Node, other: Callable[[Node], Node | None]) -> Node:
    """With another node for each of the largest parts that has one."""
    if node.op is Op.FIELD:
        return node
    if found := other(node):
        return found
    return replace(node, args=tuple(_replaced(arg, other) for arg in node.args)) if node.op in _CONNECTIVES else node
