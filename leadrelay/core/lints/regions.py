"""Every kind of lead that some predicates tell apart, a row each, so that never, always and whenever can be read off.

What cannot be enumerated (a pattern, a field against another) may be anything. So there are rows for all leads that can
be, and for some that cannot: what holds in every row holds for every lead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import prod
from typing import Any

import polars as pl

from leadrelay.core.lints.regions_opened import Opened
from leadrelay.core.lints.regions_values import MOST_ROWS, Row, TooManyError, kinds, told_apart
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.predicates import Node, bind, evidence, to_closure, to_polars, walk

MANY_ROWS = 500
"""From here on a frame answers faster than closures do."""


@dataclass(frozen=True, slots=True)
class Joint:
    """Outputs that depend on each other, and every combination of values that they can have."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]

    def of(self, names: Sequence[str]) -> list[Row]:
        """The combinations of some of them, each once."""
        places = [self.names.index(name) for name in names]
        return list(dict.fromkeys(tuple(row[place] for place in places) for row in self.rows))


@dataclass(frozen=True, slots=True)
class Range:
    """A whole number that is always there."""

    least: int
    most: int


@dataclass(frozen=True)
class Cases:
    """The rows, and for each predicate in which of them it holds."""

    columns: Mapping[str, Sequence[Any]]
    holds: Sequence[Sequence[bool]]

    def row(self, number: int) -> dict[str, Any]:
        """One row, by the names of its fields; what stands for a part of a predicate is left out."""
        return {name: values[number] for name, values in self.columns.items() if not name.startswith("~")}


@dataclass(frozen=True)
class World:
    """What is known of the fields: the joints and ranges of outputs by name, and the moment of the check."""

    now: datetime
    joints: Mapping[str, Joint]
    ranges: Mapping[str, Range]
    memo: dict[tuple[tuple[Node, ...], frozenset[str], int], Cases | None] = field(default_factory=dict, compare=False)

    def cases(
        self, nodes: Sequence[Node], missing: frozenset[str] = frozenset(), most: int = MOST_ROWS
    ) -> Cases | None:
        """The cases that these predicates tell apart; None where there are more. `missing`: fields never given.

        Rules over the same fields are asked about more than once, of worlds that differ in outputs alone.
        """
        if any(name in OUTPUTS for node in nodes for name in evidence(node)):
            return self._cases(nodes, missing, most)
        key = (tuple(nodes), missing, most)
        if key not in self.memo:
            self.memo[key] = self._cases(nodes, missing, most)
        return self.memo[key]

    def _cases(self, nodes: Sequence[Node], missing: frozenset[str], most: int) -> Cases | None:
        opened = Opened(frozenset(self.joints), {name: (r.least, r.most) for name, r in self.ranges.items()})
        asked = [opened.node(bind(node, self.now)) for node in nodes]
        parts = [part for node in asked for part in walk(node)]
        try:
            groups = [(names, told_apart(names, rows, parts)) for names, rows in self._groups(asked, opened, missing)]
        except TooManyError:
            return None
        if prod(len(rows) for _, rows in groups) > most:
            return None
        columns = _product(groups)
        return Cases(columns, _answers(asked, columns, opened))

    def _groups(
        self, nodes: Sequence[Node], opened: Opened, missing: frozenset[str]
    ) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
        """The fields, those together that depend on each other, with their values."""
        used = list(dict.fromkeys(name for node in nodes for name in evidence(node)))
        for joint in dict.fromkeys(self.joints[name] for name in used if name in self.joints):
            names = tuple(name for name in joint.names if name in used)
            yield names, joint.of(names)
        parts = [part for node in nodes for part in walk(node)]
        for name in used:
            if name not in self.joints and name not in opened.owner:
                patterns = [free for free, owner in opened.owner.items() if owner == name]
                yield (name, *patterns), kinds(name, patterns, parts, opened, gone=name in missing)
        for owner in dict.fromkeys(owner for owner in opened.owner.values() if owner not in used):
            patterns = [free for free, other in opened.owner.items() if other == owner]
            yield tuple(patterns), [row[1:] for row in kinds(owner, patterns, parts, opened, gone=owner in missing)]


def _product(groups: Sequence[tuple[tuple[str, ...], list[Row]]]) -> dict[str, list[Any]]:
    """Every row of each group with every row of the others, by column: the last group changes fastest."""
    columns: dict[str, list[Any]] = {}
    outer, inner = 1, prod(len(rows) for _, rows in groups)
    for names, rows in groups:
        inner //= len(rows) or 1
        for name, values in zip(names, zip(*rows, strict=True), strict=bool(rows)):
            columns[name] = [value for value in values for _ in range(inner)] * outer
        outer *= len(rows)
    return columns


def _answers(nodes: Sequence[Node], columns: Mapping[str, Sequence[Any]], opened: Opened) -> list[list[bool]]:
    size = len(next(iter(columns.values()), [None]))
    if size <= MANY_ROWS:
        names = list(columns)
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)] or [{}]
        return [[closure(row) is True for row in rows] for closure in map(to_closure, nodes)]
    kinds_of = {name: opened.type_of(name, nodes) for name in columns}
    frame = pl.DataFrame({name: pl.Series(values, dtype=kinds_of[name].dtype) for name, values in columns.items()})
    found = frame.select(to_polars(node).fill_null(value=False).alias(str(n)) for n, node in enumerate(nodes))
    return [found[str(number)].to_list() for number in range(len(nodes))]
