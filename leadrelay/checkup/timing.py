"""When a job runs, and how many API calls that takes of what is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from leadrelay import config
from leadrelay.checkup.values import Sight, Subject
from leadrelay.core.forecast import COSTS, Forecast, of_job
from leadrelay.core.limits import Quota
from leadrelay.findings import Finding, Level

_DAY = timedelta(days=1)
_MOST = 86_400


def schedule(section: str, subject: Subject, now: datetime) -> Finding:
    """When it runs next, and how often."""
    told = subject.job.schedule
    if not told:
        return Finding(section, Level.OK, f"started by hand: leadrelay run {subject.name}")
    runs = runs_a_day(told, now)
    first = config.trigger(told).get_next_fire_time(None, now)
    if first is None:
        message, cure = f"{told} never comes.", "Name a day that exists."
        return Finding(section, Level.ERROR, message, subject.place(f"jobs.{subject.name}.schedule"), cure)
    return Finding(section, Level.OK, f"{told} (UTC): {runs:,} runs a day, the next at {first:%Y-%m-%d %H:%M} UTC")


def pace(section: str, subject: Subject, now: datetime) -> Iterator[Finding]:
    """Whether the job comes round often enough for what its [sla] promises."""
    sla, told = subject.playbook.sla, subject.job.schedule
    first = sla.steps[0].after if sla and sla.steps else None
    gap = _shortest_gap(told, now) if told else None
    if first is None or gap is None or first.days or gap <= first.time:
        return
    message = f"{told} is slower than the first of [[sla.steps]], which is due {_minutes(first.time)} after assignment."
    cure = f"Run it every {_minutes(first.time)} or oftener, or give the step more time."
    yield Finding(section, Level.WARNING, message, subject.place(f"jobs.{subject.name}.schedule"), cure)


def _minutes(time: timedelta) -> str:
    hours, rest = divmod(int(time.total_seconds()), 3600)
    return f"{hours} hours" if hours > 1 and not rest else f"{int(time.total_seconds()) // 60} minutes"


def _shortest_gap(told: str, now: datetime) -> timedelta | None:
    """Of the next few runs; None where there are no two."""
    trigger = config.trigger(told)
    found = [trigger.get_next_fire_time(None, now)]
    while found[-1] is not None and len(found) <= _LOOKED:
        found.append(trigger.get_next_fire_time(found[-1], found[-1] + timedelta(microseconds=1)))
    known = [one for one in found if one is not None]
    return min((later - earlier for earlier, later in pairwise(known)), default=None)


_LOOKED = 50


def runs_a_day(told: str | None, now: datetime) -> int:
    """How often a schedule starts on a day on which it does."""
    if not told:
        return 0
    trigger, found, at = config.trigger(told), 0, None
    first = at = trigger.get_next_fire_time(None, now)
    while at is not None and first is not None and at < first + _DAY and found < _MOST:
        found += 1
        at = trigger.get_next_fire_time(at, at + timedelta(microseconds=1))
    return found


def forecast(subject: Subject, sight: Sight, quota: Quota, now: datetime) -> Forecast | None:
    """None where the CRM does not tell how many records it has."""
    found = sight.inspection
    if found.records is None or found.kind not in COSTS:
        return None
    runs = runs_a_day(subject.job.schedule, now)
    tasks = subject.mapping.task is not None and subject.playbook.handoff is not None
    rehearsed = bool(subject.job.brake)
    return of_job(found.kind, found.records, runs, quota, found.usage, hands_off=tasks, rehearsed=rehearsed)


def calls(section: str, subject: Subject, sight: Sight, quota: Quota, now: datetime) -> Iterator[Finding]:
    """What the job will take of the day's API calls."""
    found = forecast(subject, sight, quota, now)
    if found is None:
        message = f"no forecast: the CRM does not tell how many records of {subject.mapping.object} there are"
        yield Finding(section, Level.HINT, message)
        return
    place = subject.place(f"connections.{sight.connection}")
    cure = "Let it run less often, or raise quota_per_run and quota_per_day; see docs/operations.md."
    for never, message in found.troubles():
        yield Finding(section, Level.ERROR if never else Level.WARNING, message, place, cure)
    yield Finding(section, Level.OK, _told(found, sight))


def _told(found: Forecast, sight: Sight) -> str:
    first = f"about {found.first:,} for the first run over {sight.inspection.records:,} records"
    day = f", so {found.a_day:,} a day at least" if found.runs else ""
    told = f"{first}; {found.idle} for a run that finds nothing{day}"
    if found.usage is None or found.left is None:
        return f"{told}; the CRM does not tell its quota"
    if sight.saved:
        return f"{told}; {found.allowed:,} a day may be taken, what others take of them is not known"
    room = f", enough for about {found.changes:,} changed leads" if (found.changes or 0) < _FEW else ""
    return f"{told}; {found.left:,} of {found.allowed:,} that may be taken are left today{room}"


_FEW = 100_000
"""Room for more changed leads than that in a day is not worth a word."""
