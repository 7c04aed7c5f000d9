"""Whose working hours count for which row: the owner's, else the team's, else day and night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from leadrelay.core.hours import ALWAYS, Calendar


@dataclass(frozen=True)
class Clocks:
    """Calendars by the owner's id in the CRM, and by the team's name."""

    owners: Mapping[str, Calendar] = field(default_factory=dict)
    teams: Mapping[str, Calendar] = field(default_factory=dict)

    def of(self, owner: str | None, team: str | None) -> Calendar:
        """The calendar of a turn."""
        return self.owners.get(owner or "") or self.teams.get(team or "") or ALWAYS

    def worked(self, rows: pl.DataFrame, start: str, end: str) -> pl.Series:
        """Business time from one moment to another, row by row."""
        if not self.owners and not self.teams:
            took = rows.select(pl.max_horizontal(pl.col(end) - pl.col(start), pl.duration())).to_series()
            return took.cast(pl.Duration("us"))
        found = [
            self.of(owner, team).worked(since, until)
            for owner, team, since, until in rows.select("owner", "team", start, end).iter_rows()
        ]
        return pl.Series(found, dtype=pl.Duration("us"))

    def open_days(self, rows: pl.DataFrame, start: str, end: str) -> pl.Series:
        """Open days from one moment to another, row by row."""
        found = [
            self.of(owner, team).open_days(since, until)
            for owner, team, since, until in rows.select("owner", "team", start, end).iter_rows()
        ]
        return pl.Series(found, dtype=pl.Int64)
