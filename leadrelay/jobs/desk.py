"""Where a page of records becomes a decision. Built once per run, so that `now` and the rules stay the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

import polars as pl

from leadrelay.connectors.base import Connector
from leadrelay.core.casts import spelled
from leadrelay.core.changes import PagePlan, Planner
from leadrelay.core.explain import Tracer
from leadrelay.core.playbook import Playbook
from leadrelay.core.predicates import bind, to_polars
from leadrelay.core.qualify import Decider
from leadrelay.core.trace import Trace
from leadrelay.mappings.mapping import Mapping as FieldMapping
from leadrelay.mappings.mapping import Reader, Writer


@dataclass(frozen=True)
class Job:
    """A connection, a mapping and a playbook under a name."""

    name: str
    connector: Connector
    mapping: FieldMapping
    playbook: Playbook

    @property
    def fingerprint(self) -> str:
        """Changes when the mapping or the playbook does: then every lead has to be decided anew."""
        return sha256(f"{self.playbook.fingerprint} {self.mapping.fingerprint}".encode()).hexdigest()


@dataclass(frozen=True)
class Decision:
    """What is to be done about one page: its plan, and how its leads stand. `left`: leads that are never written."""

    plan: PagePlan
    leads: pl.DataFrame
    verdicts: pl.DataFrame
    left: int

    @property
    def unchanged(self) -> int:
        """How many leads of the page need no write."""
        return self.plan.unchanged + self.left

    @property
    def qualified(self) -> int:
        """How many leads of the page are qualified."""
        return int(self.verdicts["qualified"].sum())

    @property
    def stages(self) -> Counter[str]:
        """How many leads of the page stand in each stage."""
        counted = self.verdicts.group_by("stage").len()
        return Counter(dict(counted.iter_rows()))

    @property
    def misfits(self) -> int:
        """How many leads have a value that does not fit its field's type, and so counts as not given."""
        return int((self.leads["bad_values"] != 0).sum())


class Desk:
    """Map, qualify, compare: the pure middle of a job."""

    def __init__(self, job: Job, now: datetime) -> None:
        self.job = job
        self.now = now
        self._reader = Reader(job.mapping, job.playbook)
        self._decider = Decider(job.playbook, now, job.mapping.outputs)
        self._writer = Writer(job.mapping)
        self._planner = Planner(job.mapping.writes)
        leave = job.mapping.leave
        self._leave = to_polars(bind(leave, now)).fill_null(value=False) if leave else pl.lit(value=False)

    def decide(self, records: pl.DataFrame, seen: pl.DataFrame) -> Decision:
        """The plan for these records. `seen`: what we wrote last into the fields that people may edit too."""
        leads = self._reader.read(records)
        verdicts = self._decider(leads)
        left = leads.select(pl.repeat(value=False, n=pl.len()) | self._leave).to_series()
        wanted = self._writer.wanted(leads, verdicts).filter(~left)
        return Decision(self._planner.plan(records, wanted, seen), leads, verdicts, int(left.sum()))

    def trace(self, lead: Mapping[str, Any]) -> Trace:
        """Why one lead stands where it stands."""
        return self._tracer(lead)

    @cached_property
    def _tracer(self) -> Tracer:
        return Tracer(self.job.playbook, self.now)


def shared_values(decision: Decision, shared: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """By lead: what the plan writes into fields that people may edit too, as text, to know our own hand later."""
    names = frozenset(shared)
    return {
        update.id: {
            field: None if value is None else spelled(value) for field, value in update.fields.items() if field in names
        }
        for update in decision.plan.updates
        if names & update.fields.keys()
    }
