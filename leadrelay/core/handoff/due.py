"""When a task of a hand-off is due: by the clock, or in the business time of who gets it."""

from __future__ import annotations

from datetime import datetime, timedelta

from leadrelay.core.handoff.values import HandOffRules
from leadrelay.core.hours import Calendar


def due(rules: HandOffRules, now: datetime, calendar: Calendar) -> datetime:
    """When a lead that is handed off now has to be taken up."""
    return calendar.later(now, rules.due) if rules.due else now + timedelta(hours=rules.due_hours)


def remind(rules: HandOffRules, now: datetime, moment: datetime, calendar: Calendar) -> datetime | None:
    """When to remind of what is due at that moment, in hours of work; never before now."""
    if rules.remind is None:
        return None
    return max(now, calendar.before(moment - timedelta(days=rules.remind.days), rules.remind.time))
