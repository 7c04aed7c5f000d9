"""Who is away when, from an iCalendar file (RFC 5545): all-day events, timed ones that fill a day, recurring ones.

An event is about the e-mail address in its SUMMARY, else about its ATTENDEEs, else about its ORGANIZER.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadrelay.core.roster import EMAIL, Absence
from leadrelay.errors import Problem

if TYPE_CHECKING:
    from icalendar import Component, Event, vRecur

    from leadrelay.absences import Found

PAST, AHEAD = timedelta(days=31), timedelta(days=731)
"""How far recurring events are followed."""

FILLS_A_DAY = timedelta(hours=4)
"""A timed event of fewer hours on a day is an appointment, and no absence."""

_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\"']+@[^@\s<>()\[\],;:\"']+\.[^@\s<>()\[\],;:\"'.]+")
_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
_BEGIN = re.compile(rb"^BEGIN:VEVENT[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_LONGEST_INTERVAL = 1000
_MEND = "Mend it in the calendar, or take it out."
_EXPORT = "Export the calendar once more as iCalendar."

Moment = date | datetime
Wall = datetime
"""What clock and calendar on the wall show, without a zone."""


class _Span(NamedTuple):
    """When an event is, as its own wall shows it. `zone`: of a timed event; None for whole days."""

    start: Wall
    length: timedelta
    zone: tzinfo | None

    def days(self) -> Absence | None:
        """The days that it fills; None where there are none."""
        if self.zone is None:
            more = max(self.length - timedelta(days=1), timedelta(0))
            return Absence(self.start.date(), (self.start + more).date())
        first, last = self.start.date(), (self.start + self.length).date()
        filled = [day for day in _between(first, last) if self._on(day) >= FILLS_A_DAY]
        return Absence(filled[0], filled[-1]) if filled else None

    def _on(self, day: date) -> timedelta:
        midnight = datetime.combine(day, time())
        return min(self.start + self.length, midnight + timedelta(days=1)) - max(self.start, midnight)


class _Frame(NamedTuple):
    """What an event is looked at in: the moment, the calendar's zone, and its times that stand elsewhere."""

    now: datetime
    zone: tzinfo
    moved: Sequence[Moment]

    def zone_of(self, start: datetime) -> tzinfo:
        """The zone of the wall that a timed event is planned on."""
        in_utc = start.tzinfo is None or start.tzname() == "UTC"
        return self.zone if in_utc or start.tzinfo is None else start.tzinfo

    def since(self, zone: tzinfo | None) -> Wall:
        """From when on recurring events are followed."""
        return _wall(self.now - PAST, zone)

    def until(self, zone: tzinfo | None) -> Wall:
        """Until when."""
        return _wall(self.now + AHEAD, zone)


def events(data: bytes, name: str, now: datetime) -> Found:
    """Every absence of an iCalendar file."""
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(data, multiple=True)
        found = [(event, _zone(calendar)) for calendar in calendars for event in calendar.events]
    except (ValueError, KeyError, IndexError, AttributeError):  # of the library's, at what is no calendar
        yield Problem(name, "is no iCalendar file.", _EXPORT)
        return
    lines = [data.count(b"\n", 0, begin.start()) + 1 for begin in _BEGIN.finditer(data)]
    moved = _moved([event for event, _ in found])
    for number, (event, zone) in enumerate(found):
        place = f"{name}:{lines[number]}" if len(lines) == len(found) else f"{name} event {number + 1}"
        yield from _absences(event, place, _Frame(now, zone, moved.get(str(event.uid), ())))


def _zone(calendar: Component) -> tzinfo:
    """The zone that its moments in UTC are meant in; no standard has the property, but exporters write it."""
    try:
        return ZoneInfo(str(calendar.get("X-WR-TIMEZONE", "UTC")))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _moved(found: Sequence[Event]) -> Mapping[str, Sequence[Moment]]:
    """By event, which of its times stand for themselves, moved or called off."""
    moved: dict[str, list[Moment]] = defaultdict(list)
    for event in found:
        with suppress(ValueError):  # that event will say so
            if event.RECURRENCE_ID is not None:
                moved[str(event.uid)].append(event.RECURRENCE_ID)
    return moved


def _absences(event: Event, place: str, frame: _Frame) -> Found:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    try:
        days = [absence for span in _spans(event, frame) if (absence := span.days())]
        who = list(_who(event))
    except _NotFollowed as error:
        yield Problem(place, f"the event {error}", _MEND)
        return
    except (ValueError, TypeError, OverflowError, AttributeError):  # the library's, at broken properties
        yield Problem(place, "the event has dates, or a rule of recurrence, that cannot be understood.", _MEND)
        return
    if days and not who:
        cure = "Invite who is away, or write her e-mail address into the title."
        yield Problem(place, "the event does not say by e-mail address who is away.", cure)
    yield from ((email, absence) for email in who for absence in days)


def _who(event: Event) -> Iterator[str]:
    titled = _ADDRESS.findall(str(event.get("SUMMARY", "")))
    invited = [_mail(one) for one in event.attendees if one.params.get("PARTSTAT", "").upper() != "DECLINED"]
    by = [_mail(event.organizer)] if event.organizer else []
    named = titled or [mail for mail in invited if mail] or [mail for mail in by if mail]
    yield from dict.fromkeys(mail.lower() for mail in named)


def _mail(address: str) -> str:
    scheme, _, mail = str(address).partition(":")
    return mail if scheme.lower() == "mailto" and EMAIL.fullmatch(mail) else ""


# -- when --------------------------------------------------------------------------------------------------------------


class _NotFollowed(ValueError):
    """What is understood, but not followed; its text says why."""


def _spans(event: Event, frame: _Frame) -> Iterator[_Span]:
    """When it is, each time, without the times that were called off or moved."""
    start = event.start
    zone = frame.zone_of(start) if isinstance(start, datetime) else None
    first, length = _wall(start, zone), event.end - start
    if length < timedelta(0):
        raise _NotFollowed("ends before it begins.")
    if event.RECURRENCE_ID is not None:
        if event["RECURRENCE-ID"].params.get("RANGE"):
            raise _NotFollowed("changes all later times of another one at once, which is not followed.")
        yield _Span(first, length, zone)
        return
    off = {_wall(moment, zone) for moment in (*event.exdates, *frame.moved)}
    since, until = frame.since(zone) - length, frame.until(zone)
    listed = [_wall(begin, zone) for begin, _ in event.rdates]
    recurring = [begin for rule in event.rrules for begin in _recurring(rule, first, since, until, zone)]
    for begin in sorted({first, *listed, *recurring} - off):
        if since <= begin <= until:
            yield _Span(begin, length, zone)


def _recurring(rule: vRecur, first: Wall, since: Wall, until: Wall, zone: tzinfo | None) -> Sequence[Wall]:
    """When a rule says, counted on the wall: nine o'clock stays nine o'clock."""
    from dateutil.rrule import rrulestr

    if rule.get("FREQ", [""])[0].upper() in _OFTEN:
        raise _NotFollowed("recurs more often than once a day, which is not followed.")
    if not 1 <= rule.get("INTERVAL", [1])[0] <= _LONGEST_INTERVAL:
        raise _NotFollowed("recurs at an interval that is not followed.")
    written: bytes = rule.to_ical()  # type: ignore[no-untyped-call]  # the library types most of itself
    parts = [part for part in written.decode().split(";") if not part.startswith("UNTIL=")]
    last = min([until, *(_last(end, zone) for end in rule.get("UNTIL", []))])
    found: Sequence[Wall] = rrulestr(";".join(parts), dtstart=first).between(since, last, inc=True)
    return found


def _last(end: Moment, zone: tzinfo | None) -> Wall:
    """The last moment of a rule; a day counts to its end."""
    return _wall(end, zone) if isinstance(end, datetime) else datetime.combine(end, time.max)


def _wall(moment: Moment, zone: tzinfo | None) -> Wall:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    return moment.astimezone(zone or UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _between(first: date, last: date) -> Iterator[date]:
    yield from (first + timedelta(days=number) for number in range((last - first).days + 1))
