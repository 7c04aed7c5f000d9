"""How the jobs stand: what `status` shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from leadrelay.config import Job, trigger
from leadrelay.state.store import Store
from leadrelay.state.values import RunRecord


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job as of `now`: its schedule, its last run, what waits. `due`: None for a job that is started by hand."""

    now: datetime
    job: str
    connection: str
    schedule: str | None
    due: datetime | None
    last: RunRecord | None
    pending: int
    parked: int

    def to_json(self) -> dict[str, Any]:
        """As `status --json` prints it."""
        return {name: value for name, value in asdict(self).items() if name != "now"}


def overview(jobs: Mapping[str, Job], store: Store, now: datetime) -> list[JobStatus]:
    """The status of every job."""
    return [_status(name, job, store, now) for name, job in jobs.items()]


def _status(name: str, job: Job, store: Store, now: datetime) -> JobStatus:
    counts = store.outbox.counts(name)
    last = store.runs.last(name)
    due = trigger(job.schedule).get_next_fire_time(last.started_at if last else None, now) if job.schedule else None
    waiting = sum(count for state, count in counts.items() if state != "parked")
    return JobStatus(now, name, job.connection, job.schedule, due, last, waiting, counts.get("parked", 0))
