"""When a verdict can change though nobody touches the lead: `recheck_at`, null where time changes nothing any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import polars as pl

from leadrelay.core.decay import fading
from leadrelay.core.layers import Layers
from leadrelay.core.lookup import gather
from leadrelay.core.playbook.values import Playbook, Rule
from leadrelay.core.predicates import Flips, Node
from leadrelay.core.predicates.hands import DAY, NEVER, milliseconds
from leadrelay.core.scores import age_column, points_column
from leadrelay.core.stages import FREE, HERE, TAKEN

RECHECK = "recheck_at"
"""The column with the moment, to be asked for among the outputs."""

_MOMENT = pl.Datetime("ms", "UTC")
_DAYS, _NO_DAY = pl.Int32(), 2**31 - 1
_FAR = 100 * 366 * DAY
"""A moment further ahead is none: no date of a lead that is so far off is meant."""


def lay_recheck(layers: Layers, playbook: Playbook, now: datetime, also: Iterable[Node]) -> None:
    """The earliest moment after `now` at which anything may be otherwise. `also`: predicates beside the playbook's."""
    flips = Flips(now)
    nodes = dict.fromkeys([*(condition.node for condition in playbook.conditions()), *also])
    moments = [moment for node in nodes for moment in flips(node)]
    moments += [*_faded(playbook), *_decided(playbook, milliseconds(now))]
    layers.add_last(RECHECK, near(pl.min_horizontal(pl.lit(NEVER), *moments), now))


def near(moment: pl.Expr, now: datetime) -> pl.Expr:
    """A moment from milliseconds; null where it is so far ahead that nobody means it."""
    return pl.when(moment < milliseconds(now) + _FAR).then(moment).cast(_MOMENT)


def sooner(one: pl.Series, other: pl.Series | None) -> pl.Series:
    """Row by row the earlier of two moments, where one is known."""
    if other is None:
        return one
    both = pl.DataFrame([one.alias("one"), other.cast(one.dtype).alias("other")])
    return both.select(pl.min_horizontal("one", "other").alias(one.name)).to_series()


def _faded(playbook: Playbook) -> Iterator[pl.Expr]:
    """When the points of a rule that speaks become fewer: so many days after the moment that they fade from."""
    rules = [(rule, rule.decay.since, _lasting(fading(rule))) for rule in playbook.rules if rule.decay]
    for since in dict.fromkeys(since for _, since, _ in rules):
        mine = [(rule, lasting) for rule, name, lasting in rules if name == since]
        longest = max(len(lasting) for _, lasting in mine)
        never = pl.lit(_NO_DAY, _DAYS)
        days = pl.min_horizontal(
            never,
            *(pl.when(_speaks(rule)).then(_until(lasting, since, longest)).otherwise(never) for rule, lasting in mine),
        )
        begun = pl.col(since).cast(_MOMENT).to_physical()
        yield pl.when(days < never).then(begun + days.cast(pl.Int64) * DAY).otherwise(NEVER)


def _speaks(rule: Rule) -> pl.Expr:
    return pl.col(points_column(rule)) != 0


def _until(lasting: list[int], since: str, longest: int) -> pl.Expr:
    return gather([*lasting, *[_NO_DAY] * (longest + 1 - len(lasting))], pl.col(age_column(since)), _DAYS)


def _decided(playbook: Playbook, now: int) -> Iterator[pl.Expr]:
    """What follows from what is decided now: the day of a lead that is recycled, and its next step between stages."""
    if playbook.recycling.rules:
        day = pl.col("reengage_on").cast(_MOMENT).to_physical()
        yield pl.when(pl.col("recycled")).then(day.fill_null(NEVER)).otherwise(NEVER)
    if playbook.transitions:
        moved, held = pl.col(TAKEN) != pl.col(HERE), pl.col(TAKEN) != pl.col(FREE)
        yield pl.when(moved & held).then(pl.lit(now + 1)).otherwise(NEVER)


def _lasting(points: list[int]) -> list[int]:
    """For each age in days at which there are points: the age from which on they are others."""
    until = list(range(1, len(points) + 1))
    for days in reversed(range(len(points) - 1)):
        if points[days] == points[days + 1]:
            until[days] = until[days + 1]
    return until
