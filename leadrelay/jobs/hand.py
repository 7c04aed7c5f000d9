"""Telling our own hand from a person's: what we wrote last into the fields that both may edit."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from leadrelay.core.casts import Caster, Target
from leadrelay.jobs.desk import Job
from leadrelay.state.store import Fields, Store


def seen(job: Job, store: Store, records: pl.DataFrame) -> pl.DataFrame:
    """What we wrote last: `id` and one text column a shared field.

    A write whose answer was lost may have been done. It was when the CRM now holds what was promised; then it is noted.
    """
    promised = store.promised(job.name)
    if promised and job.mapping.shared_fields:
        store.remember(job.name, _held(job, records, promised))
    return store.seen(job.name, records["id"].to_list(), job.mapping.shared_fields)


def _held(job: Job, records: pl.DataFrame, promised: Mapping[str, Fields]) -> dict[str, Fields]:
    """By lead: the promised values that its record holds, compared as what they mean, not as they are spelled."""
    names = job.mapping.shared_fields
    present = records.filter(pl.col("id").is_in(list(promised))).select("id", *names)
    given = [promised[lead] for lead in present["id"]]
    texts = pl.DataFrame(
        {name: [fields.get(name) for fields in given] for name in names}, dict.fromkeys(names, pl.String)
    )
    caster = Caster({write.field: Target(write.type) for write in job.mapping.writes if write.field in names})
    ours, theirs = caster.cast(texts).frame, caster.cast(present.select(names)).frame
    same = {name: ours[name].eq_missing(theirs[name]).to_list() for name in names}
    return {
        lead: {name: given[row][name] for name in names if name in given[row] and same[name][row]}
        for row, lead in enumerate(present["id"])
    }
