"""The guards of a run: how much it may change, and how many API calls it may take."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from leadrelay.connectors.base import Once
from leadrelay.core.changes import PagePlan
from leadrelay.core.limits import Counts
from leadrelay.core.organisations import same
from leadrelay.errors import ConfigError, Paused, Problem, Stopped
from leadrelay.jobs.desk import Decision, Job, before
from leadrelay.state.store import Store

_WAIT = timedelta(hours=1)
"""When to look again: Salesforce frees calls hour by hour, and HubSpot's day ends at a midnight of its own."""


def expect_meant_organisation(job: Job) -> None:
    """Raise `Stopped` where the connection leads to another organisation than the configuration means."""
    if job.meant:
        expect_organisation(job.connection, job.meant, job.organisation)


def expect_organisation(connection: str, meant: str, found: str) -> None:
    """The same for any connection."""
    if not same(meant, found):
        where = f"the connection {connection} leads to organisation {found}"
        raise Stopped(f"{where}, but the configuration means {meant}. Mend its credentials, or `organisation`.")


def expect_same_organisation(job: Job, store: Store) -> None:
    """The same, and raise `Stopped` where credentials of another organisation would meet the memory of this one."""
    expect_meant_organisation(job)
    before = store.pins.pin(job.connection, job.organisation)
    if before is not None:
        where = f"the connection {job.connection} leads to organisation {job.organisation}"
        cure = "Mend its credentials, or give the other organisation a connection or a state store of its own."
        raise Stopped(f"{where}, but this state store was made with {before}. {cure}")


class Ahead(NamedTuple):
    """The quota as it will be."""

    used: int
    total: int


class Meter:
    """Watches the quota of API calls, which belongs to everybody who works with the CRM."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def expect_room_to_read(self, now: datetime) -> None:
        """Raise `Paused` when a run should not read on: what it promised then may still be written."""
        if not self._job.quota.may_read(self._job.connector.usage, self._job.connector.calls):
            raise self._paused("reading on", now)

    def expect_room_to_write(self, now: datetime) -> None:
        """Raise `Paused` when even what is promised has to wait."""
        if not self._job.quota.may_write(self._job.connector.usage, self._job.connector.calls):
            raise self._paused("writing on", now)

    def expect_room_for(self, calls: int, now: datetime) -> None:
        """Raise `Paused` when so many calls more are certainly more than may be taken: before the first one."""
        usage, made = self._job.connector.usage, self._job.connector.calls
        ahead = Ahead(usage.used + calls, usage.total) if usage else None
        if not self._job.quota.may_write(ahead, made + calls):
            raise self._paused(f"taking some {calls:,} calls to apply a plan", now)

    def _paused(self, what: str, now: datetime) -> Paused:
        usage, calls = self._job.connector.usage, self._job.connector.calls
        used = f"{usage.used:,} of {usage.total:,} API calls of the day" if usage else "the API calls of the day"
        cure = f"See quota_per_run, quota_per_day and quota_reserve of the connection {self._job.connection}."
        until = now + _WAIT
        stand = f"{used} are used up, {calls:,} of them by this run"
        message = f"{self._job.name} is paused until {until:%Y-%m-%d %H:%M} UTC, before {what}: {stand}. {cure}"
        return Paused(message, until)


def expect_once(job: Job) -> None:
    """Raise `ConfigError` where it cannot be made sure that a task is created once."""
    found = job.connector.guarantee()
    if found.once is Once.NEVER:
        raise ConfigError([Problem(f"{job.name}: tasks", found.message, found.cure)])


def counts(decision: Decision, others: Collection[str], owned: Collection[str]) -> Counts:
    """What a page would change, in leads. `others`: those with more than a patch; `owned`: those that change hands."""
    changed = {update.id for update in decision.plan.updates}
    return Counts(changes=len(changed | set(others)), owners=len(owned), cleared=_cleared(decision.plan))


def _cleared(plan: PagePlan) -> int:
    """Leads that lose a value."""
    return sum(
        any(new is None and (old[name] or "").strip() for name, new in update.fields.items())
        for update, old in zip(plan.updates, before(plan), strict=True)
    )
