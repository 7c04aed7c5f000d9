"""The clock's hands in a predicate: `now()` and `today()` with their intervals, and when one of them meets a moment.

All in whole milliseconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from leadrelay.core.predicates.dates import Shift, midnight, shifted

DAY = 86_400_000
NEVER = 2**62
"""A moment that does not come. No column of moments has nulls, which would make the least of many ten times as slow."""
_HOUR = DAY // 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTH = 30.436875 * DAY
_SWAY = 4 * DAY
"""How far any number of months is from so many times the Gregorian calendar's average month, and a little more."""


def milliseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Sway:
    """What months add is not always the same: between `least` and `most`, and unchanged until `breaks`."""

    least: int
    most: int
    breaks: int


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand stands at `at`, then at `next`; with its intervals it shows `ahead` more. `step`: by how much it moves."""

    at: int
    next: int
    step: int
    ahead: int
    sway: Sway | None = None

    def meets(self, moment: pl.Expr, *, whole: bool = False) -> pl.Expr:
        """When what the hand shows comes to a moment, or leaves it: what is compared with it may change then.

        `whole`: all of these moments are midnights.
        """
        if self.step > 1 and not whole:
            moment = -(-moment // self.step) * self.step
        exact = moment - self.ahead
        met = pl.when(exact >= self.at).then(exact.clip(lower_bound=self.next)).otherwise(NEVER)
        if self.sway is None:
            return met
        first, last = moment - self.sway.most, moment - self.sway.least
        # Days never go backwards; an hour of the 30th can come before the same hour of the 29th, a month later.
        open_ = exact if self.step > 1 else last
        near = pl.when(open_ >= self.at).then(met.clip(upper_bound=self.sway.breaks)).otherwise(NEVER)
        return pl.when(first > self.at).then(first).otherwise(near)


def now_hand(now: datetime, shifts: Sequence[Shift]) -> Hand:
    """`now()` with its intervals."""
    at = milliseconds(now)
    ahead = milliseconds(shifted(now, shifts)) - at
    return Hand(at, at + 1, 1, ahead, _sway(shifts, _breaks(now, shifts)))


def today_hand(today: date, shifts: Sequence[Shift]) -> Hand:
    """`today()` with its intervals; a day is the moment at which it begins."""
    at = milliseconds(midnight(today))
    ahead = milliseconds(midnight(shifted(today, shifts))) - at
    return Hand(at, at + DAY, DAY, ahead, _sway(shifts, at + DAY))


def next_hour(now: datetime) -> int:
    """The next moment at which a full hour begins or has begun."""
    hours, passed = divmod(milliseconds(now), _HOUR)
    return (hours + 1) * _HOUR if passed else milliseconds(now) + 1


def _sway(shifts: Sequence[Shift], breaks: int) -> Sway | None:
    months = [step.months for step in shifts if step.months]
    if not months:
        return None
    sway = len(months) * _SWAY
    middle = round(sum(months) * _MONTH / DAY) * DAY + sum(step.hours for step in shifts) * _HOUR
    return Sway(middle - sway, middle + sway, breaks)


def _breaks(now: datetime, shifts: Sequence[Shift]) -> int:
    """The first midnight at which a month is counted from another day."""
    moment, first = now, now + timedelta(days=1)
    for step in shifts:
        if step.months:
            first = min(first, now + (midnight(moment.date()) + timedelta(days=1) - moment))
        moment = shifted(moment, (step,))
    return milliseconds(first)
