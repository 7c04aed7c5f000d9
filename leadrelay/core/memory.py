"""A record's state as one number: the same again means that there is nothing to decide, and our own echo is known.

Equal numbers mean equal states but for one chance in 2^64. Unequal ones may be the same state, spelled anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import polars as pl

from leadrelay.core.change_rules import as_set
from leadrelay.core.changes import PagePlan, Planner


class Recogniser:
    """Numbers the states of records, by what is read of them and by the values of what is written.

    `inputs`: the CRM fields that are read. `fingerprint`: of everything that decides (playbook, mapping): another one
    gives other numbers.
    """

    def __init__(self, inputs: Sequence[str], planner: Planner, fingerprint: str = "") -> None:
        self._inputs = [name for name in dict.fromkeys(inputs) if name not in planner.fields]
        self._planner = planner
        self._seed = int.from_bytes(sha256(fingerprint.encode()).digest()[:8])

    def of(self, records: pl.DataFrame) -> pl.Series:
        """The state of each record as it is now."""
        return self._hashed(records, self._planner.typed(records))

    def after(self, records: pl.DataFrame, plan: PagePlan) -> pl.Series:
        """The state of each record once the plan is done; those that it does not decide stay as they are."""
        if plan.after["id"].equals(records["id"]):
            return self._hashed(records, plan.after)
        now = self._planner.typed(records)
        return self._hashed(records, now.update(plan.after, on="id", how="left", include_nulls=True))

    def _hashed(self, records: pl.DataFrame, values: pl.DataFrame) -> pl.Series:
        """Both frames hold the same records in the same order."""
        lists = [name for name, dtype in values.schema.items() if dtype == pl.List]
        written = values.drop("id").with_columns(as_set(pl.col(name)) for name in lists)
        state = pl.DataFrame([*(records[name] for name in self._inputs), *written])
        return state.hash_rows(seed=self._seed).reinterpret(signed=True).alias("state")
