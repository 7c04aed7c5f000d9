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

SOME_STATES = (12, 150)
"""States of one kind of leads that are looked at first."""

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
        """Each state with each effect of its kind added. `keep`: tell which effect it was."""
        name, adds = self.kind(number), self.adds[number]
        added = self.effects[number].all.select(
            pl.col("kind").alias(name), *(pl.col(add).alias(f"+{add}") for add in adds), *(["effect"] if keep else [])
        )
        sums = [(pl.col(add) + pl.col(f"+{add}")).alias(add) for add in adds]
        return states.join(added, on=name).with_columns(sums).drop(f"+{add}" for add in adds)


def _some(states: pl.DataFrame, most: int) -> pl.DataFrame:
    """Evenly chosen of each lead's states."""
    place, count = pl.int_range(pl.len()).over(LEAD), pl.len().over(LEAD)
    return states.filter((count <= most) | (place * most % count < most))


class States:
    """For kinds of leads: what is relevant, and what can be reached. `fixed`: columns of a state by `FIXED`."""

    def __init__(self, tail: Tail, spread: Spread, fixed: pl.DataFrame) -> None:
        self._tail, self._spread, self._fixed = tail, spread, fixed

    def relevant(self, kinds: pl.DataFrame) -> pl.DataFrame:
        """`LEAD`, about: what can change the outcome of which kinds of leads.

        Some states of each are mostly enough to show that it can; only for the others all have to be looked at.
        """
        asked = pl.concat([_NONE, *(self._asked(kinds, number) for number in self._spread.effects)])
        shown = _NONE.select(LEAD, "about")
        for most in (*SOME_STATES, 0):
            left = asked.join(shown, on=[LEAD, "about"], how="anti")
            chosen = kinds.filter(pl.col(LEAD).is_in(left[LEAD].implode()))
            for chunk in self._chunks(chosen, most or MOST_STATES):
                shown = pl.concat([shown, self._decisive(chunk, left, most)])
        return shown.unique()

    def reachable(self, kinds: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """`LEAD`, every outcome that a kind of leads can come to, and the score; nothing of those with too many."""
        for chunk in self._chunks(kinds, MOST_STATES):
            states = self._after(chunk, list(self._spread.effects), 0)
            yield pl.concat([states.select(LEAD), self._outcomes(states)], how="horizontal").unique()

    def _chunks(self, kinds: pl.DataFrame, most: int) -> Iterator[pl.DataFrame]:
        """Kinds of leads, so many that their states fit into memory."""
        sizes = pl.lit(1.0)
        for number, effects in self._spread.effects.items():
            counts = effects.all.group_by("kind").agg(pl.len().cast(pl.Float64).alias("n"))
            sizes = sizes * pl.col(self._spread.kind(number)).replace_strict(counts["kind"], counts["n"])
        sized = kinds.with_columns(sizes.clip(1, most).alias("size")).sort("size")
        part = (sized["size"].cum_sum() / AT_ONCE).cast(pl.Int32)
        yield from sized.drop("size").with_columns(part.alias("part")).partition_by("part", include_key=False)

    def _asked(self, kinds: pl.DataFrame, number: int) -> pl.DataFrame:
        """What a cluster leaves open."""
        choices = self._spread.effects[number].choices.select("kind", "about").unique()
        found = kinds.select(LEAD, pl.col(self._spread.kind(number)).alias("kind")).join(choices, on="kind")
        return found.select(LEAD, "about", pl.lit(number, pl.Int32()).alias("cluster"))

    def _decisive(self, kinds: pl.DataFrame, asked: pl.DataFrame, most: int) -> pl.DataFrame:
        """What is shown to matter, and, where all states are to be looked at and are too many, what may."""
        shown = _NONE.select(LEAD, "about")
        for number in asked["cluster"].unique().sort():
            mine = asked.filter(pl.col("cluster") == number).join(shown, on=[LEAD, "about"], how="anti")
            chosen = kinds.filter(pl.col(LEAD).is_in(mine[LEAD].implode()))
            if chosen.height:
                others = self._after(chosen, [other for other in self._spread.effects if other != number], most)
                mine = mine.join(chosen, on=LEAD, how="semi")
                too_many = mine.join(others, on=LEAD, how="anti").select(LEAD, "about")
                shown = pl.concat([shown, self._apart(others, number), too_many])
        return shown

    def _after(self, kinds: pl.DataFrame, numbers: Sequence[int], most: int) -> pl.DataFrame:
        """After one cluster and the other. Those that meet are one.

        `most`: so many states of each lead; 0 for all, and none of one that has too many.
        """
        states, told = kinds, [LEAD]
        for number in numbers:
            may = states[self._spread.kind(number)] != NOTHING
            if not may.any():
                continue
            told += [add for add in self._spread.adds[number] if add not in told]
            added = self._spread.over(states.filter(may), number).unique(told, keep="first", maintain_order=bool(most))
            added = _some(added, most) if most else added.filter(pl.len().over(LEAD) <= MOST_STATES)
            states = pl.concat([states.filter(~may), added])
        return states

    def _apart(self, states: pl.DataFrame, number: int) -> pl.DataFrame:
        """Where effects of one group lead to different outcomes from the same state."""
        most = max(self._spread.effects[number].all["kind"].value_counts()["count"].to_list())
        size = max(1, AT_ONCE // most)
        parts = [self._apart_in(part, number) for part in states.iter_slices(size)]
        return pl.concat([_NONE.select(LEAD, "about"), *parts]).unique()

    def _apart_in(self, states: pl.DataFrame, number: int) -> pl.DataFrame:
        name = self._spread.kind(number)
        spread = self._spread.over(states.with_row_index("~state"), number, keep=True)
        outcomes = self._outcomes(spread).select(_as_one(self._tail.outcome))
        found = spread.select(LEAD, "~state", "effect", pl.col(name).alias("kind")).hstack(outcomes)
        told = found.join(self._spread.effects[number].choices, on=["kind", "effect"])
        apart = told.group_by(LEAD, "about", "~state", "group").agg(
            (pl.col("outcome").min() != pl.col("outcome").max()).alias("apart")
        )
        return apart.filter("apart").select(LEAD, "about").unique()

    def _outcomes(self, states: pl.DataFrame) -> pl.DataFrame:
        return self._tail(states.join(self._fixed, on=FIXED, how="left", maintain_order="left"))


_NONE = pl.DataFrame(schema={LEAD: pl.UInt32(), "about": pl.String(), "cluster": pl.Int32()})


def _as_one(names: Sequence[str]) -> pl.Expr:
    told = [pl.col(name).cast(pl.String).fill_null("-") for name in names]
    return pl.concat_str(told, separator="\x00").rank("dense").alias("outcome")
