"""Points that fade: whole points for whole days, so that the frame and the tracer agree to the last point.

A value halves with every half-life and is rounded half away from zero. A date to come counts as today; without a date
nothing is known of the age, and the rule does not speak.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import count, takewhile

from leadrelay.core.playbook.values import Rule


def half_away(value: float) -> int:
    """Round to the nearest whole number, halves away from zero: 7.5 is 8, -7.5 is -8."""
    whole = int(value)
    if abs(value - whole) < 0.5:
        return whole
    return whole + 1 if value > 0 else whole - 1


def points_at(rule: Rule, days: int | None) -> int:
    """What a rule that holds is worth when its date is so many days old."""
    if rule.decay is None:
        return rule.points
    return 0 if days is None else half_away(rule.points * 0.5 ** (days / rule.decay.half_life_days))


def fading(rule: Rule) -> list[int]:
    """The points after 0, 1, 2, ... days, as long as anything is left of them."""
    return list(takewhile(bool, (points_at(rule, days) for days in count())))


def age_in_days(now: datetime, since: date | datetime | None) -> int | None:
    """Whole days from `since` to `now`, at least 0; days of dates begin at midnight UTC."""
    if since is None:
        return None
    passed = now - since if isinstance(since, datetime) else now.date() - since
    return max(passed.days, 0)
