"""The part of a playbook that says when people work: `[calendars.*]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from itertools import pairwise
from zoneinfo import available_timezones

from leadrelay.core.hours import Calendar, Week, holidays_of
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SUCH_AS = "Such as: 'mon-fri 09:00-12:30 13:30-17:30'."
_OVER_NIGHT = "Hours over midnight are two: 'mon 22:00-24:00' and 'tue 00:00-06:00'."
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
_ANY_YEAR = 2026

Hours = tuple[int, int]
"""From when until when, in minutes since midnight."""


def read_calendars(table: Table) -> dict[str, Calendar]:
    """Every calendar by its name; also those in which something is wrong, so that who names them is no problem too."""
    return {name: _calendar(name, entry) for name, entry in table.children()}


def read_day(table: Table, key: str) -> date | None:
    """The day of a key; None when it is absent or was found wrong."""
    value = table.value(key)
    if value is None or _is_day(value):
        return value if value is None else date(value.year, value.month, value.day)
    table.problem(key, "is no day.", "Write it without quotes, such as 2026-12-24.")
    return None


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _calendar(name: str, table: Table) -> Calendar:
    table.needs("zone", "hours")
    zone, week, closed, holidays = _zone(table), _week(table), _closed(table), _holidays(table)
    table.close()
    return Calendar(name, zone, week, closed, holidays)


def _zone(table: Table) -> str:
    zone = table.text("zone")
    if zone is None or zone in _zones():
        return zone or "UTC"
    table.problem("zone", f"unknown time zone '{zone}'.", nearest(zone, _zones()) or "Such as: 'Europe/Berlin'.")
    return "UTC"


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def _closed(table: Table) -> frozenset[date]:
    days = table.value("closed")
    if days is None:
        return frozenset()
    if not isinstance(days, list) or not all(map(_is_day, days)):
        table.problem("closed", "must be a list of days.", "Write them without quotes, such as [2026-12-24].")
        return frozenset()
    return frozenset(days)


def _holidays(table: Table) -> str:
    name = table.text("holidays")
    if name and (trouble := _holiday_trouble(name)):
        table.problem("holidays", *trouble)
        return ""
    return name or ""


def _holiday_trouble(name: str) -> tuple[str, str] | None:
    """What is wrong with the name of a country or of a part of it, and the way out."""
    from holidays import list_supported_countries

    country, _, part = name.partition("-")
    countries = list_supported_countries(include_aliases=True)
    if country not in countries:
        cure = nearest(country, list(countries)) or "Write its ISO 3166 code, such as 'DE', or 'DE-BE' for a part."
        return f"no holidays are known of country '{country}'.", cure
    try:
        holidays_of(name, _ANY_YEAR)
    except NotImplementedError:
        parts = countries[country]
        cure = nearest(part, parts) or (f"Known: {', '.join(parts)}." if parts else f"Write '{country}' alone.")
        return f"no holidays are known of '{part}' in '{country}'.", cure
    return None


def _week(table: Table) -> Week:
    """The hours of each day; a problem for whatever is no hour, and for a week without any."""
    lines = table.texts("hours")
    found: list[list[Hours]] = [[] for _ in DAYS]
    for line in lines or ():
        days, *texts = line.lower().split()
        hours = _hours(table, line, texts)
        for day in _days(table, days):
            found[day] += hours
    if lines is not None and not lines:
        table.problem("hours", "holds no hours: the calendar would never open.", _SUCH_AS)
    return tuple(_day(table, number, hours) for number, hours in enumerate(found))


def _days(table: Table, text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.partition("-")
        unknown = next((word for word in (first, last or first) if word not in DAYS), None)
        if unknown is not None:
            table.problem("hours", f"'{unknown}' is no day of the week.", nearest(unknown, DAYS) or _SUCH_AS)
        elif DAYS.index(last or first) < DAYS.index(first):
            table.problem("hours", f"'{part}' runs backwards.", f"Write '{first}-sun,mon-{last}'.")
        else:
            yield from range(DAYS.index(first), DAYS.index(last or first) + 1)


def _hours(table: Table, line: str, texts: Sequence[str]) -> list[Hours]:
    if not texts:
        table.problem("hours", f"'{line}' names no hours.", _SUCH_AS)
    return [hours for text in texts if (hours := _stretch(table, text))]


def _stretch(table: Table, text: str) -> Hours | None:
    start, end = (_minutes(part) for part in text.partition("-")[::2])
    if start is None or end is None:
        table.problem("hours", f"'{text}' are no hours.", _SUCH_AS)
    elif start >= end:
        table.problem("hours", f"'{text}' runs backwards.", _OVER_NIGHT)
    else:
        return start, end
    return None


def _minutes(text: str) -> int | None:
    if not (found := _CLOCK.fullmatch(text)):
        return None
    return int(found[1]) * 60 + int(found[2]) if found[1] else 24 * 60


def _day(table: Table, number: int, hours: list[Hours]) -> tuple[tuple[time, time], ...]:
    ordered = sorted(hours)
    for earlier, later in pairwise(ordered):
        if later[0] < earlier[1]:
            message = f"{DAYS[number]} {_told(earlier)} and {_told(later)} overlap."
            table.problem("hours", message, "Join them, or end the first before the second begins.")
    return tuple((_time(start), _time(end)) for start, end in ordered)


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _told(hours: Hours) -> str:
    return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in hours)


def known_calendar(table: Table, calendars: Mapping[str, Calendar], usual: Calendar) -> Calendar:
    """The calendar that a table names; the usual one where it names none, or none that is known."""
    name = table.text("calendar")
    if name is None or name in calendars:
        return calendars[name] if name else usual
    cure = nearest(name, list(calendars)) or f"Add the table: [calendars.{name}]"
    table.problem("calendar", f"there is no calendar '{name}'.", cure)
    return usual
