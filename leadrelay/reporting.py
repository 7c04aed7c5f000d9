"""What a report goes by: the CRM, and what was kept of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadrelay.core.report.report import Basis
from leadrelay.jobs.reading import Watch
from leadrelay.jobs.report import Reading
from leadrelay.jobs.report_facts import basis
from leadrelay.state.store import Store
from leadrelay.wiring import House


@dataclass(frozen=True)
class Known:
    """What the report goes by, and what was read for it. `names`: of owners, by their id in the CRM."""

    basis: Basis
    names: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    read: int = 0
    calls: int = 0


def online(house: House, store: Store, name: str, now: Callable[[], datetime], watch: Watch) -> Known:
    """With what changed in the CRM since the last report."""
    with house.job(name) as job:
        reading = Reading(job, store, now, watch)
        read = reading()
        owners, load = job.connector.owners(), reading.workload()
        known = basis(job.playbook, store, name, owners, load)
        names = {owner.id: owner.name for owner in owners}
        notes = [f"The CRM has no field {gone} any more: what it told is left out." for gone in reading.missing]
        return Known(known, names, notes, read, job.connector.calls)


def offline(house: House, store: Store, name: str) -> Known:
    """As far as the last report read. Whose calendar is whose, only the CRM's addresses tell."""
    _, playbook = house.rules(name, offline=True)
    notes = ["Offline: as far as the last report read. Reps go by their ids, and by the calendar of their team."]
    return Known(basis(playbook, store, name, None, store.assignments.load(name)), notes=notes)
