"""What a hand-off of one lead would say, whether or not it is due: for whoever writes the templates."""

from __future__ import annotations

from datetime import datetime

from leadrelay.core.handoff.documents import Documents
from leadrelay.core.handoff.values import Document
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs import drift
from leadrelay.jobs.deciding import Deciding
from leadrelay.jobs.desk import Desk, Job
from leadrelay.jobs.past import past
from leadrelay.jobs.reading import one_record
from leadrelay.state.store import Store


def draft(job: Job, store: Store, lead: str, now: datetime) -> Document:
    """The document of a lead that the CRM has; who gets it, and whom else the CRM knows, is left open."""
    return drift.endured(job, store, [], lambda left: _draft(left, store, lead, now))


def _draft(job: Job, store: Store, lead: str, now: datetime) -> Document:
    if job.playbook.handoff is None:
        cure = "Add the table [handoff]: docs/rules.md."
        raise ConfigError([Problem(f"explain {job.name}", "the playbook hands no lead off.", cure)])
    records = one_record(job, lead)
    _, decision = Deciding.ahead(Desk(job, now), store)(records, past(job, store, records))
    [found] = decision.documents(records["id"].to_list(), Documents(job.playbook, now), {}).values()
    return found
