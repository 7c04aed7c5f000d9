"""How the jobs stand: what `status` shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from leadrelay.config import Job, trigger
from leadrelay.core.hours import ALWAYS
from leadrelay.core.playbook.loading import Playbook
from leadrelay.state.plans import PlanState
from leadrelay.state.store import Store
from leadrelay.state.values import Promised, RunRecord


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job as of `now`: its schedule, its last run, what waits. `due`: None for a job that is started by hand.

    `overdue`: by stage of `[ageing]`, the leads that are there for too long. `promised`: first responses of `[sla]`.
    Both are None where the playbook has no such part, or cannot be read. `plans`: those that wait for approval.
    """

    now: datetime
    job: str
    connection: str
    schedule: str | None
    due: datetime | None
    last: RunRecord | None
    pending: int
    parked: int
    overdue: Mapping[str, int] | None = None
    promised: Promised | None = None
    plans: int = 0

    def to_json(self) -> dict[str, Any]:
        """As `status --json` prints it."""
        return {name: value for name, value in asdict(self).items() if name != "now"}


def overview(
    jobs: Mapping[str, Job], store: Store, now: datetime, playbook: Callable[[str], Playbook | None]
) -> list[JobStatus]:
    """The status of every job. `playbook`: that of a job, None where it cannot be read."""
    return [_status(name, job, store, now, playbook(name)) for name, job in jobs.items()]


def _status(name: str, job: Job, store: Store, now: datetime, playbook: Playbook | None) -> JobStatus:
    counts = store.outbox.counts(name)
    last = store.runs.last(name)
    due = trigger(job.schedule).get_next_fire_time(last.started_at if last else None, now) if job.schedule else None
    return JobStatus(
        now=now,
        job=name,
        connection=job.connection,
        schedule=job.schedule,
        due=due,
        last=last,
        pending=sum(count for state, count in counts.items() if state != "parked"),
        parked=counts.get("parked", 0),
        plans=len(store.plans.of(name, {PlanState.OPEN})) if job.approval else 0,
        overdue=_overdue(name, store, playbook, now) if playbook and playbook.ageing.limits else None,
        promised=store.assignments.promised(name, now) if playbook and playbook.sla else None,
    )


def _overdue(job: str, store: Store, playbook: Playbook, now: datetime) -> dict[str, int]:
    """By stage, in order. Days are those of the team that has the lead: only the CRM knows its members."""
    ageing, teams = playbook.ageing, playbook.roster.teams
    shortest = timedelta(days=min(ageing.limits.values()), hours=-1)  # a day may have 23 hours
    found = store.memory.stages(job, ageing.limits, now - shortest)
    timed = any(team.calendar != ALWAYS for team in teams.values())
    latest = store.assignments.latest(job, [lead for lead, _, _ in found]) if timed else {}
    counts: Counter[str] = Counter()
    for lead, stage, since in found:
        team = teams.get(one.team) if (one := latest.get(lead)) and one.is_open else None
        counts[stage] += ageing.days_over(stage, since, now, team.calendar if team else ALWAYS) > 0
    return {stage.name: counts[stage.name] for stage in playbook.stages if stage.name in ageing.limits}
