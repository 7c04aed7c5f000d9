"""The one loop: read changes, decide, promise, deliver. Resumable at any instant.

A promise is kept in the store before it is sent. Whatever is not settled when a run dies is read and decided anew by
the next run, so that no stale value is ever sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.connectors.base import Cursor, Outcome, Standing
from leadrelay.core.changes import PagePlan
from leadrelay.errors import Unexpected
from leadrelay.jobs.desk import Decision, Desk, Job, shared_values
from leadrelay.jobs.hand import seen
from leadrelay.jobs.reading import Nobody, Watch, pages
from leadrelay.state.store import Fields, Promise, Store

_SETTLE_EVERY = 500


@dataclass(slots=True)
class Summary:
    """What a run did, in leads (`withheld` in fields). read = unchanged + done + pending + parked, always."""

    run: str
    job: str
    read: int = 0
    unchanged: int = 0
    qualified: int = 0
    changed: int = 0
    done: int = 0
    pending: int = 0
    parked: int = 0
    withheld: int = 0
    misfits: int = 0
    tasks_created: int = 0
    api_calls: int = 0
    seconds: float = 0.0
    complete: bool = False
    stages: Counter[str] = field(default_factory=Counter)

    @property
    def balanced(self) -> bool:
        """The law of conservation: every lead that was read is accounted for."""
        return self.read == self.unchanged + self.done + self.pending + self.parked

    @property
    def attention(self) -> bool:
        """Something waits for a person or for a later run."""
        return bool(self.parked or self.pending or self.withheld or not self.complete)

    def to_json(self) -> dict[str, Any]:
        """As `run --json` prints it."""
        return {**asdict(self), "stages": dict(self.stages)}


@dataclass(frozen=True)
class Surroundings:
    """What a run may not take from the air: the time, a wish to stop, and who looks on."""

    now: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False
    watch: Watch = field(default_factory=Nobody)


class Run:
    """One execution of a job."""

    def __init__(self, job: Job, store: Store, run: str, around: Surroundings) -> None:
        self.job = job
        self.store = store
        self.around = around
        self.started = around.now()
        self.desk = Desk(job, self.started)
        self.summary = Summary(run=run, job=job.name)
        self._waiting = {waiting.lead: waiting for waiting in store.waiting(job.name)}
        self._everything = False

    def __call__(self, *, everything: bool = False) -> Summary:
        """Carry out the job. `everything`: all leads, not only those that changed since the last run."""
        cursor = None if everything else self.store.cursor(self.job.name, self.job.fingerprint)
        self._everything = cursor is None
        self.store.begin_run(self.summary.run, self.job.name, self.started)
        outcome = "failed"
        try:
            self.summary.complete = self._walk(cursor)
            outcome = "attention" if self.summary.attention else "done"
        finally:
            self._close(outcome)
        return self.summary

    def _walk(self, cursor: Cursor | None) -> bool:
        """Work through every page; whether the end was reached."""
        gone = set(self.store.unsettled(self.job.name))
        for page in pages(self.job, cursor, gone, self.around.watch):
            gone.difference_update(page.records["id"])
            self._work(page.records, page.cursor)
            if self.around.stopping():
                return False
        self.store.forget(self.job.name, sorted(gone))
        if not self.summary.balanced:
            raise Unexpected("the run cannot account for every lead that it read; nothing is lost, run it again.")
        return True

    def _work(self, records: pl.DataFrame, cursor: Cursor | None) -> None:
        records, parked = self._without_parked(records)
        decision = self.desk.decide(records, seen(self.job, self.store, records))
        shared = shared_values(decision, self.job.mapping.shared_fields)
        self._count(decision, parked)
        self._promise(records, decision.plan, shared, cursor)
        self._deliver(decision.plan, shared)
        self.around.watch.advance(decision.unchanged + parked)

    def _without_parked(self, records: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Set aside what the CRM refused and nobody touched since; other rules give it another chance."""
        stamps = {w.lead: w.modified for w in self._waiting.values() if w.state == Standing.PARKED.value}
        if not stamps or self._everything:
            return records, 0
        known = pl.DataFrame({"id": list(stamps), "modified": list(stamps.values())})
        fresh = records.join(known, on=["id", "modified"], how="anti", maintain_order="left")
        return fresh, records.height - fresh.height

    def _count(self, decision: Decision, parked: int) -> None:
        summary, plan = self.summary, decision.plan
        summary.read += decision.leads.height + parked
        summary.parked += parked
        summary.unchanged += decision.unchanged
        summary.changed += len(plan.updates)
        summary.withheld += len(plan.withheld)
        summary.qualified += decision.qualified
        summary.misfits += decision.misfits
        summary.stages += decision.stages

    def _promise(
        self, records: pl.DataFrame, plan: PagePlan, shared: Mapping[str, Fields], cursor: Cursor | None
    ) -> None:
        ids = {update.id for update in plan.updates}
        stamps = dict(records.select("id", pl.col("modified").fill_null("")).iter_rows())
        promise = Promise(
            job=self.job.name,
            run=self.summary.run,
            sending={update.id: stamps[update.id] for update in plan.updates},
            settled=[lead for lead in stamps if lead in self._waiting and lead not in ids],
            cursor=cursor,
            fingerprint=self.job.fingerprint,
            shared=shared,
        )
        self.store.promise(promise, self.around.now())

    def _deliver(self, plan: PagePlan, shared: Mapping[str, Fields]) -> None:
        left = len(plan.updates)
        if not left:
            return
        for outcomes in _batches(self.job.connector.write(plan.updates), _SETTLE_EVERY):
            self.store.settle(self.job.name, outcomes, shared, self.around.now())
            self._count_outcomes(outcomes)
            self.around.watch.advance(len(outcomes))
            left -= len(outcomes)
            if left and self.around.stopping():
                self.summary.pending += left
                return

    def _count_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        found = Counter(outcome.standing for outcome in outcomes)
        self.summary.done += found[Standing.DONE]
        self.summary.pending += found[Standing.PENDING]
        self.summary.parked += found[Standing.PARKED]

    def _close(self, outcome: str) -> None:
        ended = self.around.now()
        self.summary.api_calls = self.job.connector.calls
        self.summary.seconds = round((ended - self.started).total_seconds(), 3)
        self.store.end_run(self.summary.run, ended, outcome, self.summary.to_json())


def _batches(outcomes: Iterator[Outcome], size: int) -> Iterator[list[Outcome]]:
    batch: list[Outcome] = []
    for outcome in outcomes:
        batch.append(outcome)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
