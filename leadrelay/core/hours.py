"""Business hours: when a calendar is open, how long it was open between two moments, and when so much of it is over.

A calendar's hours are local wall-clock time: an hour that a change of the clocks repeats counts twice, one that it
leaves out not at all. Each year is laid out once, in UTC, so that a question costs a look-up and not a walk.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from leadrelay.errors import ConfigError, Problem

__all__ = ["ALWAYS", "Calendar", "Interval", "Week", "holidays_of", "interval"]

Week = tuple[tuple[tuple[time, time], ...], ...]
"""From Monday to Sunday, from when until when it is open, in order. An end of 00:00 is the end of the day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_SECOND = 1_000_000
_DAY = 86_400
_FIRST_DAY = date(1970, 1, 1).toordinal()
_THURSDAY = 3
_YEARS = range(2, 9998)
"""Years whose days can be laid out in every zone."""
_IDLE_YEARS = 3
"""After so many years without an open day a calendar is taken never to open."""

_INTERVAL = re.compile(r"\s*(\d{1,5})\s+(minute|hour|day)s?\s*", re.IGNORECASE)


class Interval(NamedTuple):
    """A step of business time: open days, or time of open hours."""

    days: int
    time: timedelta

    @property
    def is_nothing(self) -> bool:
        """Whether it leads nowhere."""
        return not self.days and not self.time


def interval(text: str) -> Interval | None:
    """`15 minutes`, `1 hour` or `2 days`; None where the text is nothing of the kind."""
    found = _INTERVAL.fullmatch(text)
    if not found:
        return None
    count, unit = int(found[1]), found[2].lower()
    return Interval(count, timedelta(0)) if unit == "day" else Interval(0, timedelta(**{f"{unit}s": count}))


def holidays_of(name: str, year: int) -> frozenset[date]:
    """The holidays of a country, or of a part of it (`DE-BE`), in one year; raises NotImplementedError for others."""
    from holidays import country_holidays

    country, _, subdivision = name.partition("-")
    return frozenset(country_holidays(country, subdiv=subdivision or None, years=year, expand=False))


class _Span(NamedTuple):
    """A stretch without closing, in seconds since 1970 UTC, and the local day it belongs to, counted from 1970 too."""

    day: int
    start: int
    end: int


class _Year:
    """The open stretches of one year of UTC, in microseconds, with how much was open before each."""

    def __init__(self, spans: Sequence[_Span]) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        for span in spans:
            if self.ends and self.ends[-1] == span.start * _SECOND:
                self.ends[-1] = span.end * _SECOND
            else:
                self.starts.append(span.start * _SECOND)
                self.ends.append(span.end * _SECOND)
        self.before = [0]
        for start, end in zip(self.starts, self.ends, strict=True):
            self.before.append(self.before[-1] + end - start)
        self.total = self.before.pop()

    def upto(self, at: int) -> int:
        """How much was open in this year before a moment."""
        place = bisect_right(self.starts, at) - 1
        return 0 if place < 0 else self.before[place] + min(at, self.ends[place]) - self.starts[place]

    def earliest(self, worked: int) -> int:
        """The first moment before which so much was open: more than nothing, at most the whole year."""
        place = bisect_left(self.before, worked) - 1
        return self.starts[place] + worked - self.before[place]

    def latest(self, worked: int) -> int:
        """The last moment before which no more was open: less than the whole year."""
        place = bisect_right(self.before, worked) - 1
        return self.starts[place] + worked - self.before[place]


class _OpenDays:
    """The local days of one year on which it is open, and when."""

    def __init__(self, spans: Sequence[_Span], days: range) -> None:
        self.spans: dict[int, list[_Span]] = {}
        for span in spans:
            if span.day in days:
                self.spans.setdefault(span.day, []).append(span)
        self.days = sorted(self.spans)

    def since(self, day: int) -> int:
        """How many of them come after a day."""
        return len(self.days) - bisect_right(self.days, day)


@dataclass(frozen=True)
class Calendar:
    """When somebody works. `zone`: an IANA name. `closed`: days of one's own. `holidays`: country[-subdivision].

    Moments have to know their zone; what is answered is UTC.
    """

    name: str
    zone: str
    week: Week
    closed: frozenset[date] = frozenset()
    holidays: str = ""
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)
    _days: dict[int, _OpenDays] = field(default_factory=dict, init=False, repr=False, compare=False)
    _shut: dict[int, frozenset[date]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_open(self, moment: datetime) -> bool:
        """Whether the moment lies in its hours; the end of an hour does not."""
        at, year = _micros(moment), self._year(_in_utc(moment).year)
        place = bisect_right(year.starts, at) - 1
        return place >= 0 and at < year.ends[place]

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """How long it was open from one moment to another; nothing where the other is not later."""
        since, until = _micros(start), _micros(end)  # in one zone, datetimes compare by the clock on the wall
        if until <= since:
            return timedelta(0)
        first, last = _in_utc(start).year, _in_utc(end).year
        open_for = self._year(last).upto(until) - self._year(first).upto(since)
        open_for += sum(self._year(year).total for year in range(first, last)) if first < last else 0
        return timedelta(microseconds=open_for)

    def after(self, start: datetime, duration: timedelta) -> datetime:
        """The first moment by which it was open for so long since `start`."""
        if duration <= timedelta(0):
            return _in_utc(start)
        number = _in_utc(start).year
        left = duration // _MICRO + self._year(number).upto(_micros(start))
        for year in self._while_it_opens(number, 1):
            if left <= year.total:
                return _moment(year.earliest(left))
            left -= year.total
        raise self._never_opens(start)

    def before(self, end: datetime, duration: timedelta) -> datetime:
        """The last moment from which on it was open for so long until `end`."""
        if duration <= timedelta(0):
            return _in_utc(end)
        number = _in_utc(end).year
        left = self._year(number).upto(_micros(end)) - duration // _MICRO
        if left >= 0:
            return _moment(self._year(number).latest(left))
        for year in self._while_it_opens(number - 1, -1):
            left += year.total
            if left >= 0:
                return _moment(year.latest(left))
        raise self._never_opens(end)

    def opens(self, moment: datetime) -> datetime:
        """The moment itself where it is open, else when it opens next."""
        if self.is_open(moment):
            return _in_utc(moment)
        at = _micros(moment)
        for year in self._while_it_opens(_in_utc(moment).year, 1):
            place = bisect_left(year.starts, at)
            if place < len(year.starts):
                return _moment(year.starts[place])
        raise self._never_opens(moment)

    def open_days(self, start: datetime, end: datetime) -> int:
        """How many open days have begun since the day of `start`, the day of `end` among them; local days."""
        first, last = self._local_day(start), self._local_day(end)
        if last <= first:
            return 0
        years = range(max(_year_of(first), _YEARS.start), min(_year_of(last) + 1, _YEARS.stop))
        return sum(days.since(first) - days.since(last) for days in map(self._open_days, years))

    def days_after(self, start: datetime, days: int) -> datetime:
        """The same time of day on the open day that comes so many after.

        Where it is closed then: when it opens next on that day, else when it has closed.
        """
        if days <= 0:
            return _in_utc(start)
        spans = self._nth_day(start, days)
        wall = start.astimezone(self._zone).time()
        at = _micros(datetime.combine(_date_of(spans[0].day), wall, self._zone))
        for span in spans:
            if at < span.end * _SECOND:
                return _moment(max(at, span.start * _SECOND))
        return _moment(spans[-1].end * _SECOND)

    def later(self, start: datetime, step: Interval) -> datetime:
        """When an interval of its time is over."""
        return self.days_after(start, step.days) if step.days else self.after(start, step.time)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def _nth_day(self, start: datetime, count: int) -> Sequence[_Span]:
        """When it is open on the day that comes so many open ones after."""
        first, idle = self._local_day(start), 0
        for year in range(max(_year_of(first), _YEARS.start), _YEARS.stop):
            found = self._open_days(year)
            left = found.since(first)
            if count <= left:
                return found.spans[found.days[count - left - 1]]
            count -= left
            idle = 0 if found.days else idle + 1
            if idle == _IDLE_YEARS:
                break
        raise self._never_opens(start)

    def _while_it_opens(self, number: int, step: int) -> Iterator[_Year]:
        """One year after the other, until several together have no open day."""
        idle = 0
        while number in _YEARS and idle < _IDLE_YEARS:
            year = self._year(number)
            idle = 0 if year.total else idle + 1
            yield year
            number += step

    def _never_opens(self, moment: datetime) -> ConfigError:
        message = f"is never open in the {_IDLE_YEARS} years around {moment.year}."
        cure = "Give it hours on days that are neither holidays nor closed."
        return ConfigError([Problem(f"[calendars.{self.name}]", message, cure)])

    def _year(self, number: int) -> _Year:
        year = self._years.get(number)
        if year is None:
            spans = self._spans(_new_year(number), _new_year(number + 1)) if number in _YEARS else ()
            year = self._years[number] = _Year(spans)
        return year

    def _open_days(self, number: int) -> _OpenDays:
        found = self._days.get(number)
        if found is None:
            spans = self._spans(_new_year(number) - _DAY, _new_year(number + 1) + _DAY)
            days = range(_new_year(number) // _DAY, _new_year(number + 1) // _DAY)
            found = self._days[number] = _OpenDays(spans, days)
        return found

    def _spans(self, start: int, end: int) -> list[_Span]:
        """Every open stretch between two moments, in order."""
        spans: list[_Span] = []
        for since, until, offset in self._steady(start, end):
            for day in range((since + offset) // _DAY, (until + offset - 1) // _DAY + 1):
                midnight = day * _DAY - offset
                spans.extend(
                    _Span(day, max(midnight + opening, since), min(midnight + closing, until))
                    for opening, closing in self._hours_of(day)
                    if midnight + opening < until and midnight + closing > since
                )
        return spans

    def _steady(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The stretches in which the zone keeps its distance from UTC, with that distance in seconds."""
        since, offset = start, self._offset(start)
        for noon in range(start + _DAY, end + _DAY, _DAY):
            probe = min(noon, end)
            if (there := self._offset(probe)) != offset:
                change = self._change(probe - _DAY, probe, offset)
                yield since, change, offset
                since, offset = change, there
        if since < end:
            yield since, end, offset

    def _change(self, before: int, after: int, offset: int) -> int:
        """The second of a day in which the distance from UTC ceases to be what it was."""
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, second: int) -> int:
        distance = datetime.fromtimestamp(second, self._zone).utcoffset() or timedelta(0)
        return distance // timedelta(seconds=1)

    def _hours_of(self, day: int) -> Sequence[tuple[int, int]]:
        if _date_of(day) in self._closed_in(_year_of(day)):
            return ()
        return self._seconds[(day + _THURSDAY) % 7]

    @cached_property
    def _seconds(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        return tuple(tuple((_clock(start), _clock(end) or _DAY) for start, end in day) for day in self.week)

    def _closed_in(self, year: int) -> frozenset[date]:
        if year not in self._shut:
            self._shut[year] = self.closed | (holidays_of(self.holidays, year) if self.holidays else frozenset())
        return self._shut[year]

    def _local_day(self, moment: datetime) -> int:
        return moment.astimezone(self._zone).toordinal() - _FIRST_DAY


def _clock(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICRO


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _new_year(year: int) -> int:
    return (date(year, 1, 1).toordinal() - _FIRST_DAY) * _DAY


def _date_of(day: int) -> date:
    return date.fromordinal(day + _FIRST_DAY)


def _year_of(day: int) -> int:
    return _date_of(day).year


ALWAYS = Calendar("always", "UTC", ((((time(0), time(0))),),) * 7)
"""Open day and night."""
