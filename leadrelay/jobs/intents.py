"""A page's plan as intents: what is to be promised before it is sent."""

from __future__ import annotations

from collections.abc import Iterator

from leadrelay.core import effects
from leadrelay.core.changes import Update
from leadrelay.jobs.desk import Decision, Job, before
from leadrelay.state.values import Intent, Promise


def blank(job: Job, run: str) -> Promise:
    """A promise of nothing yet: whose it is, and under which rules."""
    return Promise(
        job=job.name,
        run=run,
        organisation=job.organisation,
        object=job.mapping.object,
        fingerprint=job.fingerprint,
    )


def patches(job: Job, run: str, decision: Decision) -> Iterator[tuple[Intent, Update]]:
    """Every update of the plan."""
    for update, old in zip(decision.plan.updates, before(decision.plan), strict=True):
        yield patch(job, run, update, old, decision.whys.get(update.id, "")), update


def patch(
    job: Job, run: str, update: Update, old: dict[str, str | None], why: str, kind: str = effects.FIELDS
) -> Intent:
    """One update. Its key tells this change of this version of the record."""
    epoch = effects.digest(update.modified, update.fields)
    return Intent(
        key=effects.key(job.organisation, job.mapping.object, update.id, kind, epoch),
        job=job.name,
        lead=update.id,
        kind=kind,
        epoch=epoch,
        run=run,
        state="planned",
        modified=update.modified,
        before=old,
        after=update.fields,
        task={},
        why=why,
    )
