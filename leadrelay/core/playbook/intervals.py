"""Intervals of business time, as the parts of a playbook read, compare and tell them."""

from __future__ import annotations

from datetime import timedelta

from leadrelay.core.hours import Interval, interval
from leadrelay.core.toml_table import Table

_MOST = timedelta(days=366)
_SHORTEST_DAY, _LONGEST_DAY = timedelta(hours=6), timedelta(hours=24)


def read_interval(table: Table, key: str) -> Interval | None:
    """The interval of a key, more than nothing; None when it is absent or was found wrong."""
    text = table.text(key)
    if text is None:
        return None
    found = interval(text)
    if found is None or found.is_nothing or _lasts(found, _LONGEST_DAY) > _MOST:
        cure = "Such as: '15 minutes', '4 hours' or '2 days'; at most a year."
        table.problem(key, f"'{text}' is no interval of business time.", cure)
        return None
    return found


def read_time(table: Table, key: str) -> timedelta | None:
    """The same where only time of open hours has a meaning, and a number of days none."""
    found = read_interval(table, key)
    if found and found.days:
        cure = "Count in hours of work, such as: '8 hours'."
        table.problem(key, f"'{told(found)}' is a number of business days, which differ in length.", cure)
        return None
    return found.time if found else None


def exceeds(one: Interval, other: Interval) -> bool:
    """Whether it is longer than the other, however long a business day lasts."""
    return all(_lasts(one, day) > _lasts(other, day) for day in (_SHORTEST_DAY, _LONGEST_DAY))


def told(one: Interval) -> str:
    """As a playbook writes it."""
    minutes = one.time // timedelta(minutes=1)
    count, unit = (one.days, "day") if one.days else (minutes, "minute")
    if minutes and minutes % 60 == 0:
        count, unit = minutes // 60, "hour"
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _lasts(one: Interval, day: timedelta) -> timedelta:
    return one.days * day + one.time
