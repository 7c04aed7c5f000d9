"""What a report is made from: a frame with one row a turn, and nothing personal in it.

A turn is the time that a lead spends with one owner. A lead that nobody was chosen for has one turn, from its creation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

_MOMENT = pl.Datetime("ms", "UTC")

FACTS: Mapping[str, pl.DataType] = {
    "lead": pl.String(),
    "number": pl.Int64(),
    "last": pl.Boolean(),
    "source": pl.String(),
    "team": pl.String(),
    "owner": pl.String(),
    "created_at": _MOMENT,
    "assigned_at": _MOMENT,
    "handed_at": _MOMENT,
    "responded_at": _MOMENT,
    "ended_at": _MOMENT,
    "verdict": pl.String(),
    "verdict_reason": pl.String(),
    "verdict_at": _MOMENT,
    "opportunity_at": _MOMENT,
    "meeting_at": _MOMENT,
    "meeting": pl.String(),
    "stage": pl.String(),
    "stage_since": _MOMENT,
    "recycled_at": _MOMENT,
    "reengaged_at": _MOMENT,
    "value": pl.Float64(),
}
"""`last`: the lead's latest turn; what is true of the lead and not of the turn is counted there.

`assigned_at`: when the turn began, from which on a response is awaited; null where none is. `ended_at`: when the turn
ended otherwise than by a response. `verdict`: accepted or rejected. `meeting`: held, missed, cancelled, planned, "".
"""


def frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as facts; what a row leaves out is null."""
    return pl.DataFrame([[row.get(name) for name in FACTS] for row in rows], schema=dict(FACTS), orient="row")
