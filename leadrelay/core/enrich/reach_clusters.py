"""Rules and predicates that hang together by fields that may be unknown, and every effect that such a cluster can have.

An effect is what is added to a state: points to sums, and the codes of answers. Leads of one kind have the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod

import polars as pl

from leadrelay.core.enrich.reach_atoms import CODE, Source, with_answers

OPEN = -1
"""The code of what may be anything."""

MOST_EFFECTS = 20_000
"""Combinations of values that are looked at for one kind of leads; beyond it every field may matter."""


@dataclass(frozen=True, slots=True)
class Item:
    """What is computed from answers: the points of a rule, or the code of a predicate's answer.

    `column`: the sum that the points are added to, or the column of the code. `value`: over the columns of `looks_at`.
    """

    column: str
    value: pl.Expr
    looks_at: frozenset[str]


@dataclass(frozen=True)
class Effects:
    """What kinds of leads have in store. `all`: kind, effect, and what it adds. `choices`: kind, about, group, effect.

    Of one group is what one source alone can make of a lead, whatever the rest of it may be. `too_many`: kinds of which
    nothing is known.
    """

    all: pl.DataFrame
    choices: pl.DataFrame
    too_many: frozenset[int]


@dataclass(frozen=True)
class Cluster:
    """`loose`: sources that may be open. `columns`: all that is looked at, codes of answers and of ages."""

    loose: tuple[Source, ...]
    columns: tuple[str, ...]
    items: tuple[Item, ...]
    adds: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "adds", tuple(dict.fromkeys(item.column for item in self.items)))

    def masked(self, opened: pl.DataFrame) -> Iterator[pl.Expr]:
        """The columns, with `OPEN` where a source is. `opened`: has a column for each loose source that ever is."""
        source_of = {column: source for source in self.loose for column in source.columns}
        for column in self.columns:
            source = source_of.get(column)
            if source and source.name in opened.columns:
                yield pl.when(opened[source.name]).then(pl.lit(OPEN, CODE)).otherwise(pl.col(column)).alias(column)
            else:
                yield pl.col(column)

    def effects(self, kinds: pl.DataFrame) -> Effects:
        """`kinds`: column `kind`, and each different row of `columns`."""
        sizes = kinds.select("kind", size=self._size())
        fits = sizes["size"] <= MOST_EFFECTS
        rows = kinds.filter(fits)
        for source in self.loose:
            rows = _spread(rows, source)
        rows = rows.select("kind", *(place(source) for source in self.loose), *summed(rows, self.items))
        found = rows.select("kind", *self.adds).unique(maintain_order=True).with_row_index("effect")
        rows = rows.join(found, on=["kind", *self.adds])
        choices = [_choices(rows, self.loose, number) for number in range(len(self.loose))]
        return Effects(found, pl.concat(choices), frozenset(sizes["kind"].filter(~fits)))

    def _size(self) -> pl.Expr:
        sizes = ((source.columns[0], float(len(source.rows))) for source in self.loose)
        factors = [pl.when(pl.col(column) == OPEN).then(size).otherwise(1.0) for column, size in sizes]
        return prod(factors[1:], start=factors[0])


def place(source: Source) -> str:
    """The column with the number of the row that a source has in a combination."""
    return f"~row {source.name}"


def _spread(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Where the source is open, once for each of its rows."""
    is_open = rows[source.columns[0]] == OPEN
    table = pl.DataFrame(source.rows, dict.fromkeys(source.columns, CODE), orient="row")
    table = table.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias(place(source)))
    opened = rows.filter(is_open).drop(source.columns).join(table, how="cross")
    closed = rows.filter(~is_open).with_columns(pl.lit(OPEN, pl.Int32).alias(place(source)))
    return pl.concat([closed, opened.select(closed.columns)])


def summed(rows: pl.DataFrame, items: Sequence[Item]) -> Iterator[pl.Series]:
    """For each column that items add to, what they add."""
    codes = {name for item in items for name in item.looks_at}
    known = with_answers(rows.select(sorted(codes)), codes) if codes else rows
    values: dict[str, list[pl.Expr]] = {}
    for item in items:
        values.setdefault(item.column, []).append(item.value)
    kind = pl.Int32()
    return iter(known.select(pl.sum_horizontal(found).cast(kind).alias(name) for name, found in values.items()))


def _choices(rows: pl.DataFrame, loose: Sequence[Source], number: int) -> pl.DataFrame:
    """The sets of effects between which a source alone decides, each once."""
    source, others = loose[number], [place(other) for other in loose if other != loose[number]]
    sets = (
        rows.filter(pl.col(place(source)) != OPEN)
        .group_by("kind", *others)
        .agg(pl.col("effect").unique().sort())
        .filter(pl.col("effect").list.len() > 1)
    )
    words = pl.col("effect").cast(pl.List(pl.String)).list.join(",")
    sets = (
        sets.select("kind", "effect", words.alias("words"))
        .unique(["kind", "words"])
        .with_row_index("group", offset=number << 24)
    )
    return sets.select("kind", pl.lit(source.about).alias("about"), "group", "effect").explode("effect")


def clusters(items: Sequence[Item], sources: Iterable[Source], loose: Collection[str]) -> Iterator[Cluster]:
    """Items joined by what may be open: as few together as can be. Those that look at nothing open are left out."""
    found = {column: source for source in sources if source.owners & set(loose) for column in source.columns}
    groups: list[tuple[set[str], list[Item]]] = []
    for item in items:
        names = {found[column].name for column in item.looks_at if column in found}
        if not names:
            continue
        same = [group for group in groups if group[0] & names]
        groups = [group for group in groups if not group[0] & names]
        groups.append((names.union(*(group[0] for group in same)), [i for group in same for i in group[1]] + [item]))
    by_name = {source.name: source for source in found.values()}
    for names, mine in groups:
        chosen = tuple(by_name[name] for name in sorted(names))
        own = dict.fromkeys(column for source in chosen for column in source.columns)
        columns = (*own, *sorted({column for item in mine for column in item.looks_at} - own.keys()))
        yield Cluster(chosen, columns, tuple(mine))
