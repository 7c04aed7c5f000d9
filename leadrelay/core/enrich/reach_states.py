"""The states that leads can still come to, and which of their open sources can change the outcome.

A state is sums of points and codes of answers; what can be added to it by one cluster after the other makes the next.
Leads that are alike in everything that counts are one kind, and asked about once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from leadrelay.core.enrich.reach_clusters import Effects
from leadrelay.core.enrich.reach_tail import Tail

MOST_STATES = 4_000
"""States of one kind of leads that are looked at; beyond it every field may matter."""

AT_ONCE = 400_000
"""States that are held in memory together."""

LEAD, FIXED = "~lead", "~fixed"
"""The kind of a lead, and what its states have in common."""

SUM = pl.Int32()

NOTHING = 0
"""The kind of a cluster with nothing to add."""


@dataclass(frozen=True)
class Spread:
    """Clusters by number, and the columns of a state that each adds to."""

    effects: Mapping[int, Effects]
    adds: Mapping[int, tuple[str, ...]]
    columns: tuple[str, ...]

    def kind(self, number: int) -> str:
        """The column with the kind of a lead in a cluster."""
        return f"~kind {number}"

    def over(self, states: pl.DataFrame, number: int, *, keep: bool = False) -> pl.DataFrame:
        """Each state with each effect of its kind added. `keep`: tell which effect it was, and keep those that meet."""
        name, adds = self.kind(number), self.adds[number]
        added = self.effects[number].all.select(
            pl.col("kind").alias(name), *(pl.col(add).alias(f"+{add}") for add in adds), *(["effect"] if keep else [])
        )
        sums = [(pl.col(add) + pl.col(f"+{add}")).alias(add) for add in adds]
        found = states.join(added, on=name).with_columns(sums).drop(f"+{add}" for add in adds)
        return found if keep else found.drop(name).unique()


class States:
    """For kinds of leads: what is relevant, and what can be reached. `fixed`: columns of a state by `FIXED`."""

    def __init__(self, tail: Tail, spread: Spread, fixed: pl.DataFrame) -> None:
        self._tail, self._spread, self._fixed = tail, spread, fixed
        self.too_many: set[int] = set()

    def chunks(self, kinds: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Kinds of leads, so many that their states fit into memory."""
        sizes = pl.lit(1.0)
        for number, effects in self._spread.effects.items():
            counts = effects.all.group_by("kind").agg(pl.len().cast(pl.Float64).alias("n"))
            sizes = sizes * pl.col(self._spread.kind(number)).replace_strict(counts["kind"], counts["n"])
        sized = kinds.with_columns(sizes.clip(1, MOST_STATES).alias("size")).sort("size")
        part = (sized["size"].cum_sum() / AT_ONCE).cast(pl.Int32)
        yield from sized.drop("size").with_columns(part.alias("part")).partition_by("part", include_key=False)

    def relevant(self, kinds: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """`~lead`, source: which sources can change the outcome of which kinds of leads."""
        for number in self._spread.effects:
            choices = self._spread.effects[number].choices
            name = self._spread.kind(number)
            chosen = kinds.filter(pl.col(name).is_in(choices["kind"].unique().implode()))
            if chosen.height and choices.height:
                yield self._decisive(self._others(chosen, number), number)

    def reachable(self, kinds: pl.DataFrame) -> pl.DataFrame:
        """`~lead`, every outcome that a kind of leads can come to, and the score."""
        states = self._spread_all(kinds, list(self._spread.effects))
        return pl.concat([states.select(LEAD), self._outcomes(states)], how="horizontal").unique()

    def _others(self, kinds: pl.DataFrame, number: int) -> pl.DataFrame:
        return self._spread_all(kinds, [other for other in self._spread.effects if other != number])

    def _spread_all(self, kinds: pl.DataFrame, numbers: Sequence[int]) -> pl.DataFrame:
        states = kinds
        for number in numbers:
            states = self._bounded(self._spread.over(states, number))
        return states

    def _bounded(self, states: pl.DataFrame) -> pl.DataFrame:
        counts = states.group_by(LEAD).len().filter(pl.col("len") > MOST_STATES)
        if not counts.height:
            return states
        self.too_many.update(counts[LEAD])
        return states.filter(~pl.col(LEAD).is_in(counts[LEAD].implode()))

    def _decisive(self, states: pl.DataFrame, number: int) -> pl.DataFrame:
        """Where effects of one group lead to different outcomes from the same state."""
        name = self._spread.kind(number)
        states = states.with_row_index("~state")
        spread = self._spread.over(states, number, keep=True)
        outcomes = self._outcomes(spread).select(_as_one(self._tail.outcome))
        found = spread.select(LEAD, "~state", "effect", pl.col(name).alias("kind")).hstack(outcomes)
        told = found.join(self._spread.effects[number].choices, on=["kind", "effect"])
        apart = told.group_by(LEAD, "source", "~state", "group").agg(pl.col("outcome").n_unique().alias("n"))
        return apart.filter(pl.col("n") > 1).select(LEAD, "source").unique()

    def _outcomes(self, states: pl.DataFrame) -> pl.DataFrame:
        return self._tail(states.join(self._fixed, on=FIXED, how="left", maintain_order="left"))


def _as_one(names: Sequence[str]) -> pl.Expr:
    told = [pl.col(name).cast(pl.String).fill_null("-") for name in names]
    return pl.concat_str(told, separator="\x00").rank("dense").alias("outcome")
