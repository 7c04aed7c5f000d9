"""Days and moments of a time zone, as columns: where a day begins, and in which day a moment lies.

A midnight that the clocks leap over is the first moment after it; one that they strike twice is the first of the two.
https://peps.python.org/pep-0495/ has the same with `fold=0`.
"""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import polars as pl

UTC = "UTC"
_DAY = pl.duration(days=1)


@cache
def known() -> frozenset[str]:
    """The IANA names of time zones."""
    return frozenset(available_timezones())


def midnight(day: pl.Expr, zone: str) -> pl.Expr:
    """The moment at which a day begins there."""
    return moment(day.cast(pl.Datetime("ms")), zone)


def moment(wall: pl.Expr, zone: str) -> pl.Expr:
    """A time of the clocks there, without a zone, as a moment in UTC."""
    if zone == UTC:
        return wall.dt.replace_time_zone(UTC)
    return pl.coalesce(_struck(wall, zone), _struck(wall - _DAY, zone) + _DAY)


def _struck(wall: pl.Expr, zone: str) -> pl.Expr:
    there = wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return there.dt.convert_time_zone(UTC)


def day(moments: pl.Expr, zone: str) -> pl.Expr:
    """The day there in which a moment lies."""
    return clock(moments, zone).dt.date()


def clock(moments: pl.Expr, zone: str) -> pl.Expr:
    """What the clocks there show at a moment, without a zone."""
    there = moments if zone == UTC else moments.dt.convert_time_zone(zone)
    return there.dt.replace_time_zone(None)
