"""The measures of R7 over facts, for any group of them. Exact, from counts; what is not known yet is told beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from leadrelay.core.trial.measures import Share

KEY = "~key"
"""The column that tells which group a row belongs to."""
HOUR = timedelta(hours=1)
"""R11: within so much business time a lead is to be answered."""
_QUANTILES = (0.5, 0.9)
_HAIR = 1e-9
"""A product of fractions that is a half may miss it by so much."""

NOTHING = Share(0, 0)
_JUDGED = ("accepted", "rejected")
_OVER = ("held", "missed", "cancelled")


@dataclass(frozen=True)
class Response:
    """How soon turns are answered, in business time.

    `waiting`: turns that are not answered (`open`: and still may be). `median`, `p90`: the time by which half, or nine
    tenths, had an answer, with those that wait counted as waiting (Kaplan-Meier); None where it was not reached.
    `within`: by limit, the share that was answered in time. Who waits longer has missed it; who waits less long is not
    judged yet: `early` counts them by limit. A turn that ended before is never judged.
    """

    turns: int = 0
    answered: int = 0
    open: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None
    within: Mapping[timedelta, Share] = field(default_factory=dict)
    early: Mapping[timedelta, int] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """Turns without an answer."""
        return self.turns - self.answered


@dataclass(frozen=True, slots=True)
class Conversion:
    """How many leads became an opportunity: of all, and of those that are as old as leads need for it (`ripe`)."""

    all: Share = NOTHING
    ripe: Share = NOTHING

    @property
    def young(self) -> int:
        """Leads of which it is too early to say."""
        return self.all.whole - self.ripe.whole


@dataclass(frozen=True)
class Accuracy:
    """How many hand-offs sales accepted, of those it judged. `reasons`: why others were rejected."""

    accepted: Share = NOTHING
    unjudged: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Meetings:
    """How many meetings were held, of those whose day has come. `unknown`: of which nobody noted how they went."""

    held: Share = NOTHING
    planned: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Recycled:
    """How many leads went back to nurture, how many of them came back, and how many of these were won."""

    leads: int = 0
    back: int = 0
    won: int = 0


def responses(turns: pl.DataFrame, limits: Sequence[timedelta]) -> dict[str, Response]:
    """By group. `turns` has `KEY`, `took` (up to the answer, or up to now), `answered` and `open`."""
    if turns.is_empty():
        return {}
    ordered = turns.select(KEY, "took", "answered", "open").sort("took", ~pl.col("answered"))
    at_risk = pl.len() - pl.int_range(pl.len())
    survival = (1 - pl.col("answered").cast(pl.Float64) / at_risk).cum_prod().over(KEY)
    reached = [
        pl.col("took").filter(pl.col("~left") <= 1 - part + _HAIR).first().alias(f"~{part}") for part in _QUANTILES
    ]
    counted = (
        ordered.with_columns(survival.alias("~left"))
        .group_by(KEY)
        .agg(pl.len().alias("turns"), pl.col("answered", "open").sum(), *reached, *_within(limits))
    )
    return {row[KEY]: _response(row, limits) for row in counted.iter_rows(named=True)}


def _within(limits: Sequence[timedelta]) -> Iterator[pl.Expr]:
    for place, limit in enumerate(limits):
        met, missed = pl.col("answered") & (pl.col("took") <= limit), pl.col("took") > limit
        yield met.sum().alias(f"~met {place}")
        yield (met | missed).sum().alias(f"~judged {place}")
        yield (pl.col("open") & ~missed).sum().alias(f"~early {place}")


def _response(row: Mapping[str, Any], limits: Sequence[timedelta]) -> Response:
    return Response(
        turns=row["turns"],
        answered=row["answered"],
        open=row["open"],
        median=row["~0.5"],
        p90=row["~0.9"],
        within={limit: Share(row[f"~met {at}"], row[f"~judged {at}"]) for at, limit in enumerate(limits)},
        early={limit: row[f"~early {at}"] for at, limit in enumerate(limits)},
    )


def time_to_convert(leads: pl.DataFrame) -> timedelta | None:
    """The median time from a lead's creation to its opportunity; None without any."""
    took = (leads["opportunity_at"] - leads["created_at"]).drop_nulls().sort()
    found: timedelta | None = took[(len(took) - 1) // 2] if len(took) else None
    return found


def conversions(leads: pl.DataFrame, now: datetime, needed: timedelta | None) -> dict[str, Conversion]:
    """By group. `needed`: how old a lead has to be before it is judged."""
    won = pl.col("opportunity_at").is_not_null()
    ripe = pl.col("created_at") <= now - (needed or timedelta())
    counted = leads.group_by(KEY).agg(
        won.sum().alias("won"), pl.len().alias("all"), (won & ripe).sum().alias("ripe won"), ripe.sum().alias("ripe")
    )
    return {key: Conversion(Share(won, of), Share(part, whole)) for key, won, of, part, whole in counted.iter_rows()}


def accuracies(turns: pl.DataFrame) -> dict[str, Accuracy]:
    """By group, of turns that were handed off."""
    judged = pl.col("verdict").is_in(_JUDGED)
    rejected = pl.col("verdict") == "rejected"
    counted = turns.group_by(KEY).agg(
        (pl.col("verdict") == "accepted").sum().alias("accepted"),
        judged.sum().alias("judged"),
        pl.len().alias("turns"),
        pl.col("verdict_reason").filter(rejected).fill_null("").alias("reasons"),
    )
    return {
        key: Accuracy(Share(accepted, of), turns - of, _counted(reasons))
        for key, accepted, of, turns, reasons in counted.iter_rows()
    }


def _counted(words: Sequence[str]) -> dict[str, int]:
    """Each with how often it occurs, the most frequent first."""
    return dict(sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0])))


def meetings(leads: pl.DataFrame) -> dict[str, Meetings]:
    """By group, of leads that have a meeting."""
    over, planned = pl.col("meeting").is_in(_OVER), pl.col("meeting") == "planned"
    counted = leads.group_by(KEY).agg(
        (pl.col("meeting") == "held").sum().alias("held"),
        over.sum().alias("over"),
        planned.sum().alias("planned"),
        pl.len().alias("all"),
    )
    return {key: Meetings(Share(held, of), ahead, whole - of - ahead) for key, held, of, ahead, whole in counted.rows()}


def recycled(leads: pl.DataFrame) -> dict[str, Recycled]:
    """By group, of leads that were recycled."""
    back = pl.col("reengaged_at") >= pl.col("recycled_at")
    won = back & (pl.col("opportunity_at") >= pl.col("reengaged_at"))
    counted = leads.group_by(KEY).agg(pl.len().alias("all"), back.sum().alias("back"), won.sum().alias("won"))
    return {key: Recycled(*row) for key, *row in counted.rows()}
