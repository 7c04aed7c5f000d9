"""When a task of a hand-off is due: by the clock, or in the business time of who gets it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadrelay.core.handoff.values import HandOffRules, Hours, Span

_SPAN = re.compile(r"\s*(\d{1,4})\s+(minute|hour|day)s?\s*", re.IGNORECASE)
_DAY = timedelta(days=1)
MOST_DAYS = 366


def span(text: str) -> Span | None:
    """`1 hour`, `15 minutes` or `2 days` of business time; None for what is none, or too long to wait for."""
    found = _SPAN.fullmatch(text)
    if not found:
        return None
    number, unit = int(found[1]), found[2].lower()
    written = " ".join(text.split())
    if unit == "day":
        return Span(written, days=number) if number <= MOST_DAYS else None
    return Span(written, timedelta(**{f"{unit}s": number}))


def after(start: datetime, wait: Span, hours: Hours | None) -> datetime:
    """The moment at which a stretch of business time has gone by.

    Days are open ones: the same time of day, or the next opening where that is not within the working hours.
    """
    if hours is None:
        return start + wait.time + wait.days * _DAY
    return hours.after(_days_later(start, wait.days, hours), wait.time) if wait.time else _opening(start, wait, hours)


def due(rules: HandOffRules, now: datetime, hours: Hours | None) -> datetime:
    """When a lead that is handed off now has to be taken up."""
    return after(now, rules.due, hours) if rules.due else now + timedelta(hours=rules.due_hours)


def remind(rules: HandOffRules, now: datetime, moment: datetime) -> datetime | None:
    """When to remind of what is due at that moment; never before now."""
    if rules.remind is None:
        return None
    return max(now, moment - rules.remind.time - rules.remind.days * _DAY)


def _opening(start: datetime, wait: Span, hours: Hours) -> datetime:
    return hours.opens(_days_later(start, wait.days, hours))


def _days_later(start: datetime, days: int, hours: Hours) -> datetime:
    """The same time of the day, so many open days later. A calendar that never opens is not waited for."""
    zone = ZoneInfo(hours.zone)
    local = start.astimezone(zone)
    for _ in range(2 * MOST_DAYS + days):
        if not days:
            break
        local = datetime.combine(local.date() + _DAY, local.timetz().replace(tzinfo=None), zone)
        midnight = datetime.combine(local.date(), time(), zone)
        days -= bool(hours.worked(midnight.astimezone(UTC), (midnight + _DAY).astimezone(UTC)))
    return local.astimezone(UTC)
