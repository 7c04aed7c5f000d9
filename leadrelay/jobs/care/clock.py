"""The clock of one lead, for `explain`: who got it when, whether it was answered, and what happens next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from leadrelay.core.playbook.intervals import told
from leadrelay.core.sla import SlaRules
from leadrelay.jobs.desk import Job
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.state.store import Store
from leadrelay.state.values import Assignment


@dataclass(frozen=True, slots=True)
class Clock:
    """What is known of the latest assignment of a lead.

    `owner`: as the CRM names it. `taken`: the steps so far; `next`: what comes then, "" for nothing.
    `ended`: why the lead is not theirs any more, "" while it is.
    """

    owner: str
    assigned_at: datetime
    due_at: datetime | None
    responded_at: datetime | None
    response: str
    taken: tuple[str, ...]
    next: str
    next_at: datetime | None
    ended: str

    def lines(self) -> Iterator[str]:
        """A line each, times in UTC."""
        yield f"given to {self.owner or 'somebody whom the CRM does not name'} {_when(self.assigned_at)}"
        if self.ended:
            yield f"not theirs any more: {self.ended}"
        if self.responded_at:
            late = self.due_at and self.responded_at > self.due_at
            yield f"answered {_when(self.responded_at)} ({self.response}), {'late' if late else 'in time'}"
        elif self.due_at:
            yield f"an answer is due {_when(self.due_at)}"
        yield from (f"taken: {step}" for step in self.taken)
        if self.next_at:
            yield f"next: {self.next} {_when(self.next_at)}"

    def to_json(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        moments = ("assigned_at", "due_at", "responded_at", "next_at")
        stamps = {name: moment.isoformat() if (moment := getattr(self, name)) else None for name in moments}
        return {**asdict(self), **stamps}


def clock(job: Job, store: Store, assigning: Assigning, lead: str) -> Clock | None:
    """None for a lead that nobody got, as far as this store knows."""
    one = store.assignments.latest(job.name, [lead]).get(lead)
    if one is None:
        return None
    steps = [*_steps(job.playbook.sla)] if job.playbook.sla else []
    return Clock(
        owner=assigning.name(one.owner) or one.owner,
        assigned_at=one.at,
        due_at=one.due_at,
        responded_at=one.responded_at,
        response=one.response,
        taken=tuple(steps[: one.step]),
        next=_next(one, steps),
        next_at=one.next_at,
        ended=one.ended,
    )


def _next(one: Assignment, steps: list[str]) -> str:
    if one.next_at is None:
        return ""
    return f"{steps[one.step]}, if nobody answers," if one.step < len(steps) else "an answer is looked for"


def _steps(rules: SlaRules) -> Iterator[str]:
    yield from (f"{step.do} after {told(step.after)}" for step in rules.steps)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
