"""Dates and intervals, computed by us so that every engine gets the same constant."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from leadrelay.core.lead import Type

Moment = TypeVar("Moment", date, datetime)

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")
_INTERVAL = re.compile(r"\s*(\d{1,6})\s+(hour|day|week|month|year)s?\s*", re.IGNORECASE)


class Shift(NamedTuple):
    """A step in time: calendar months and fixed hours."""

    months: int
    hours: int

    def __neg__(self) -> Shift:
        return Shift(-self.months, -self.hours)


_EPOCH = date(1970, 1, 1)
MONDAY = 1_400_003
"""Days from a Monday, well before the year 1, to 1970-01-01, which was a Thursday."""

LIMITS: Mapping[Type, tuple[Any, Any]] = {
    Type.DATE: (date.min, date.max),
    Type.DATETIME: (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC, microsecond=999_000)),
}
"""The first and the last day and moment of the calendar."""

_UNITS = {"hour": Shift(0, 1), "day": Shift(0, 24), "week": Shift(0, 168), "month": Shift(1, 0), "year": Shift(12, 0)}
_CENTURY = Shift(1200, 100 * 8766)


def interval(text: str) -> Shift | None:
    """`30 days` as a step, or nothing when the text is not an interval."""
    found = _INTERVAL.fullmatch(text)
    if not found:
        return None
    unit = _UNITS[found[2].lower()]
    return Shift(unit.months * int(found[1]), unit.hours * int(found[1]))


def within_a_century(shifts: Iterable[Shift]) -> bool:
    """Whether all steps together stay where every calendar can follow."""
    steps = list(shifts)
    months, hours = sum(abs(step.months) for step in steps), sum(abs(step.hours) for step in steps)
    return months <= _CENTURY.months and hours <= _CENTURY.hours


def in_reach(moment: date) -> bool:
    """Whether leads can be judged at this moment: whatever is counted from it stays in the calendar."""
    return _FIRST_YEAR <= moment.year <= _LAST_YEAR


_FIRST_YEAR, _LAST_YEAR = 1000, 8999


def shifted(moment: Moment, shifts: Iterable[Shift]) -> Moment:
    """Take the steps one by one; a day that a month does not have becomes its last day."""
    for step in shifts:
        moment = _months_later(moment, step.months) + timedelta(hours=step.hours)
    return moment


def shifted_within(moment: Moment, step: Shift) -> Moment | None:
    """One step from a lead's own time; nothing where it leaves the calendar that every engine has."""
    try:
        return shifted(moment, (step,))
    except (ValueError, OverflowError):
        return None


def weekdays(day: date) -> int:
    """How many weekdays, Monday to Friday, there were up to and with a day, counted from a Monday long ago."""
    weeks, days = divmod((day - _EPOCH).days + MONDAY, 7)
    return weeks * 5 + min(days + 1, 5)


def _months_later(moment: Moment, months: int) -> Moment:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def read(text: str) -> date | datetime | None:
    """An ISO date, or an ISO moment in UTC to the millisecond; nothing when the text is neither."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        if _DATETIME.fullmatch(text):
            return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
    return None


NO_SUGGESTION = "Write '2026-01-31' or '2026-01-31T12:00:00Z'."


def suggestion(text: str) -> str:
    """How to write a date that stands in another order or with other signs."""
    numbers = re.findall(r"\d+", text)[:3]
    orders = ((2, 0, 1), (2, 1, 0)) if "/" in text else ((2, 1, 0), (2, 0, 1))
    if len(numbers) == 3 and len(numbers[0]) == 4:
        orders = ((0, 1, 2), (0, 2, 1))
    known = (read("-".join(numbers[at].zfill(2) for at in order)) for order in orders if len(numbers) == 3)
    found = list(dict.fromkeys(f"'{day.isoformat()}'" for day in known if day))
    if not found:
        return NO_SUGGESTION
    return f"Write {' or '.join(found)}: year, month, day, in quotes."


def midnight(day: date) -> datetime:
    """The moment at which a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def to_the_millisecond(moment: datetime) -> datetime:
    """The moment in UTC as leads keep theirs; what is finer is cut off."""
    known = moment.astimezone(UTC)
    return known.replace(microsecond=known.microsecond // 1000 * 1000)


def _in_utc(moment: datetime) -> datetime:
    return to_the_millisecond(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)
