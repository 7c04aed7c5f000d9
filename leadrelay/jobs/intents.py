"""A page's plan as intents: what is to be promised before it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import polars as pl

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


def patches(
    job: Job, run: str, decision: Decision, records: pl.DataFrame, owned: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Intent, Update]]:
    """Every update of the plan, and of leads that get another owner. `owned`: by lead, the fields that tell it."""
    place = job.mapping.task.owner if job.mapping.task else ""
    rows = {row["id"] or "": row for row in _rows(records, list(owned))}
    planned = zip(decision.plan.updates, before(decision.plan), strict=True)
    alone: Iterator[tuple[Update, dict[str, str | None]]]
    alone = ((Update(lead, {}, row["modified"] or ""), {}) for lead, row in rows.items())
    updates = {update.id for update in decision.plan.updates}
    for update, old in chain(planned, (pair for pair in alone if pair[0].id not in updates)):
        if update.id in rows:
            row, fields = rows[update.id], owned[update.id]
            whole = replace(update, fields={**update.fields, **fields}, guarded={**update.guarded, place: row[place]})
            was = {**old, **{name: row[name] for name in fields}}
            made = patch(job, run, whole, was, decision.whys.get(update.id, ""))
            yield replace(made, task={"owner_field": place}), whole
        else:
            yield patch(job, run, update, old, decision.whys.get(update.id, "")), update


def _rows(records: pl.DataFrame, leads: Sequence[str]) -> Iterator[dict[str, str | None]]:
    if leads:
        yield from records.filter(pl.col("id").is_in(leads)).iter_rows(named=True)


def patch(
    job: Job, run: str, update: Update, old: dict[str, str | None], why: str, kind: str = effects.FIELDS
) -> Intent:
    """One update. Its key tells this change of this version of the record."""
    epoch = effects.digest(update.modified, update.fields)
    return Intent(
        key=job.key(update.id, kind, epoch),
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
