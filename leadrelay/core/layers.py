"""Named expressions, laid so that each stands in the first `with_columns` after all that it looks at.

A Polars call costs about as much for one lead as for a hundred: few calls make few leads cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

import polars as pl

from leadrelay.core.lookup import WORTH_COUNTING, once_per_text


@dataclass(frozen=True, slots=True)
class Laid:
    """A named expression: the columns that it looks at, and how many layers lie below it.

    `text`: the one text column of the frame that it looks at, where texts may repeat.
    """

    name: str
    expr: pl.Expr
    looks_at: tuple[str, ...]
    depth: int
    text: str | None = None


class Layers:
    """A program over one frame: columns that are computed from its columns and from each other."""

    def __init__(self) -> None:
        self._laid: dict[str, Laid] = {}
        self._layers: list[list[pl.Expr]] = []
        self._last: dict[str, pl.Expr] = {}
        self._made_for_many: dict[str, Callable[[], pl.Expr]] = {}
        self._repeating: dict[str, list[pl.Expr]] = {}

    def add(self, name: str, expr: pl.Expr, repeating: str | None = None) -> pl.Expr:
        """Lay an expression under a name, once; what it looks at has to be laid before, or to be in the frame.

        `repeating`: the one text column of the frame that a costly expression looks at, where texts may repeat.
        """
        if name in self._laid:
            return pl.col(name)
        laid = self._lay(name, expr, repeating)
        if repeating:
            self._repeating.setdefault(repeating, []).append(laid.expr)
        else:
            self._layer(laid.depth).append(laid.expr)
        return pl.col(name)

    def add_last(self, name: str, expr: pl.Expr, many: Callable[[], pl.Expr] | None = None) -> None:
        """Lay an expression that no other looks at: the costly ones stand side by side, one for each processor.

        `many` makes one that gives the same, and pays where there are many leads.
        """
        self._last[name] = self._lay(name, expr).expr
        if many:
            self._made_for_many[name] = cache(lambda: many().alias(name))

    def _lay(self, name: str, expr: pl.Expr, text: str | None = None) -> Laid:
        roots = tuple(expr.meta.root_names())
        depth = max((self._laid[root].depth + 1 for root in roots if root in self._laid), default=0)
        laid = self._laid[name] = Laid(name, expr.alias(name), roots, depth, text)
        return laid

    def _layer(self, depth: int) -> list[pl.Expr]:
        while depth >= len(self._layers):
            self._layers.append([])
        return self._layers[depth]

    def __call__(self, frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """Compute everything, and keep the columns of these names."""
        plain, once = once_per_text(frame, self._repeating)
        frame = frame.with_columns(plain).hstack(once)
        for layer in self._layers:
            frame = frame.with_columns(layer)
        last = self._last
        if frame.height >= WORTH_COUNTING:
            last = {**last, **{name: make() for name, make in self._made_for_many.items()}}
        return frame.select(last.get(name, pl.col(name)) for name in names)

    @property
    def laid(self) -> Mapping[str, Laid]:
        """Every laid expression by its name, after all that it looks at."""
        return self._laid

    def keys(self) -> Mapping[str, bytes]:
        """What each laid column means, whatever else is laid: equal keys on equal frames are equal columns."""
        keys: dict[str, bytes] = {}
        for laid in self._laid.values():
            digest = blake2b(laid.expr.meta.serialize(), digest_size=16)
            for root in laid.looks_at:
                digest.update(keys.get(root, b"-"))
            keys[laid.name] = digest.digest()
        return keys
