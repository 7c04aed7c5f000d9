"""The brake: the whole job is thought through before its first write, and stopped where it would change too much."""

from __future__ import annotations

from dataclasses import dataclass

from leadrelay.connectors.base import Cursor
from leadrelay.core.limits import Counts
from leadrelay.errors import Stopped
from leadrelay.jobs.deciding import Deciding
from leadrelay.jobs.desk import Desk, Job
from leadrelay.jobs.drafting import Drafter
from leadrelay.jobs.guards import counts
from leadrelay.jobs.past import past
from leadrelay.jobs.reading import Watch, foreseen
from leadrelay.state.store import Store


@dataclass(frozen=True)
class Rehearsal:
    """Reads and decides all that a run would, and writes nothing. A lead about which somebody is asked may change."""

    job: Job
    store: Store
    desk: Desk
    drafter: Drafter

    def __call__(self, cursor: Cursor | None, watch: Watch) -> None:
        """Raise `Stopped` when the limits of the job do not allow what it would do."""
        if not self.job.brake:
            return
        total, read = Counts(), 0
        deciding = Deciding.ahead(self.desk, self.store)
        for records in foreseen(self.job, self.store, cursor, self.desk.now, watch):
            enriched, decision = deciding(records, past(self.job, self.store, records))
            passer, review = self.drafter.passer, self.drafter.reviewer(decision, records)
            due = set(passer.due(decision, review)).difference(passer.held(decision, review))
            owned = self.drafter.assigning.wanted(decision, review) + (list(due) if passer.sets_owners else [])
            others = due | set(owned) | self.drafter.carer.touched(decision) | (enriched.waiting - decision.left_alone)
            total += counts(decision, others, set(owned))
            read += records.height
        name = self.job.name
        known = max(read, self.store.memory.known(name))  # a first run that was cut off knows few of them yet
        if message := self.job.brake.verdict(total, known, name):
            raise Stopped(f"{name}: {message}")
