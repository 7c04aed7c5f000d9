"""How long leads have been in their stage, and which of them are overdue (R13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from leadrelay.core.report.clocks import Clocks


@dataclass(frozen=True, slots=True)
class StageAge:
    """The leads that are in a stage now. `median`, `p90`: open days in it. `limit`: None where none is set."""

    stage: str
    leads: int
    median: int
    p90: int
    limit: int | None
    overdue: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """A lead that has been in its stage for too long."""

    lead: str
    owner: str
    stage: str
    days: int
    limit: int


def ages(
    facts: pl.DataFrame,
    now: datetime,
    clocks: Clocks,
    limits: Mapping[str, int],
    order: Sequence[str],
    shown: int,
) -> tuple[list[StageAge], list[Overdue]]:
    """By stage in `order`, and the leads that are overdue the longest. What became an opportunity ages no more."""
    here = facts.filter(pl.col("last") & pl.col("stage_since").is_not_null() & pl.col("opportunity_at").is_null())
    here = here.filter(pl.col("stage_since") <= now)
    here = here.with_columns(pl.lit(now, here.schema["stage_since"]).alias("~now"))
    known = {stage: days for stage, days in limits.items() if stage in here["stage"]}
    aged = here.with_columns(
        days=clocks.open_days(here, "stage_since", "~now"),
        limit=pl.col("stage").replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Int64),
    )
    late = aged.filter(pl.col("days") > pl.col("limit"))
    rows = aged.group_by("stage").agg(
        pl.len().alias("leads"),
        pl.col("days").quantile(0.5, "lower").cast(pl.Int64).alias("median"),
        pl.col("days").quantile(0.9, "higher").cast(pl.Int64).alias("p90"),
        pl.col("limit").first(),
        (pl.col("days") > pl.col("limit")).sum().alias("overdue"),
    )
    ranks = {stage: rank for rank, stage in enumerate(order)}
    stages = sorted((StageAge(*row) for row in rows.iter_rows()), key=lambda one: ranks.get(one.stage, len(ranks)))
    return stages, list(_longest(late, shown))


def _longest(late: pl.DataFrame, shown: int) -> list[Overdue]:
    over = late.sort(pl.col("limit") - pl.col("days"), "lead").head(shown)
    rows = over.select("lead", pl.col("owner").fill_null(""), "stage", "days", "limit")
    return [Overdue(*row) for row in rows.iter_rows()]
