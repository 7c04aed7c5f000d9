"""What the store remembers of a page's leads, as a decision needs it."""

from __future__ import annotations

import polars as pl

from leadrelay.jobs.desk import Job, Past
from leadrelay.state.store import Store


def past(job: Job, store: Store, records: pl.DataFrame, known: pl.DataFrame | None = None) -> Past:
    """What we wrote last, and how each was left. `known`: where it was recalled already."""
    leads = records["id"].to_list()
    seen = store.memory.seen(job.name, leads, job.mapping.shared_fields)
    return Past(seen, store.memory.recall(job.name, leads) if known is None else known)
