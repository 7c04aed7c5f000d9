"""Planning: what a run would do, decided by the same steps, kept as a value, and sent nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from leadrelay.connectors.base import Cursor
from leadrelay.core.effects import HANDOFF
from leadrelay.core.forecast import applying
from leadrelay.jobs import drift
from leadrelay.jobs.deciding import Deciding
from leadrelay.jobs.desk import Desk, Job
from leadrelay.jobs.drafting import Drafter
from leadrelay.jobs.enriching.asking import Asking
from leadrelay.jobs.enriching.enriching import Enriching
from leadrelay.jobs.enriching.foretold import foretold
from leadrelay.jobs.enriching.tally import Tally
from leadrelay.jobs.guards import Meter, expect_meant_organisation
from leadrelay.jobs.neighbours import Neighbours
from leadrelay.jobs.past import past
from leadrelay.jobs.plans.collecting import uncollected
from leadrelay.jobs.plans.file import signed
from leadrelay.jobs.plans.rows import Rows, Shared, remembered
from leadrelay.jobs.plans.values import (
    FORMAT,
    Bookkeeping,
    Calls,
    Plan,
    Remembered,
    Row,
    Someone,
    Tallied,
)
from leadrelay.jobs.preview import foreseen_json, with_doubts
from leadrelay.jobs.reading import Watch, foreseen
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.state.people import Acquaintance
from leadrelay.state.store import Store

DUE = "Tasks are due as they were planned. This file holds values of records."
NOTE = f"Planning asks no provider: what a run would find out there is not in this plan. {DUE}"
_TOGETHER = 10_000
"""Records decided together, so that many small pages know of each other."""

_SOON = timedelta(seconds=1)


@dataclass
class _Gathered:
    """What page after page comes to."""

    shared: Shared = field(default_factory=Shared)
    rows: list[Row] = field(default_factory=list)
    stand: list[Remembered] = field(default_factory=list)
    people: list[Acquaintance] = field(default_factory=list)
    stages: Counter[str] = field(default_factory=Counter)
    asks: dict[str, Tally] = field(default_factory=dict)
    reached: Cursor | None = None
    read: int = 0


@dataclass
class Planning:
    """Plans one job. `run`: the id under which the plan is applied. `asks`: whoever asks providers; None: nobody."""

    job: Job
    store: Store
    run: str
    now: datetime
    watch: Watch
    asks: Surroundings | None = None

    def __call__(self, *, everything: bool = False) -> Plan:
        """Read and decide all that a run would; nothing is written, neither in the CRM nor in the store."""
        missing: list[str] = []
        expect_meant_organisation(self.job)
        return drift.endured(self.job, self.store, missing, lambda job: self._plan(job, missing, everything=everything))

    def _plan(self, job: Job, missing: Sequence[str], *, everything: bool) -> Plan:
        cursor = None if everything else self.store.cursors.get(job.name, job.fingerprint)
        found = _Gathered()
        self._gather(job, cursor, found)
        counted = tallied(found.rows, found.read)
        known = max(found.read, self.store.memory.known(job.name))
        drafted = Plan(
            leadrelay_plan=FORMAT,
            run=self.run,
            job=job.name,
            connection=job.connection,
            organisation=job.organisation,
            object=job.mapping.object,
            made_at=self.now,
            mapping=job.mapping.fingerprint,
            playbook=job.playbook.fingerprint,
            rules=job.fingerprint,
            note=NOTE if self.asks is None else DUE,
            tallied=counted,
            calls=_calls(job, counted),
            brake=job.brake.broken(counted.counts, known),
            owner_field=job.mapping.task.owner if job.mapping.task else "",
            missing=list(missing),
            stages=dict(found.stages),
            asks={name: foreseen_json(tally) for name, tally in found.asks.items()},
            owners=self._owners(job, found.rows),
            steps=list(found.shared.steps),
            reasons=list(found.shared.reasons),
            pools=list(found.shared.pools),
            books=_books(cursor, found),
            rows=found.rows,
        )
        return signed(drafted)

    def _gather(self, job: Job, cursor: Cursor | None, found: _Gathered) -> None:
        desk = Desk(job, self.now)
        drafter = Drafter(job, self.store, self.run, self.now, notes=True)
        deciding = self._deciding(desk, found)
        had: set[str] = set()

        def reached(at: Cursor) -> None:
            found.reached = at

        for records in _together(foreseen(job, self.store, cursor, self.now, self.watch, reached)):
            fresh = records.filter(~pl.col("id").is_in(list(had))) if had else records
            had.update(fresh["id"])
            if self.asks:
                Meter(job).expect_room_to_read(self.asks.now())
            found.read += fresh.height
            with uncollected():
                self._page(deciding, drafter, fresh, found, everything=cursor is None)
            self.watch.advance(fresh.height)

    def _deciding(self, desk: Desk, found: _Gathered) -> Deciding:
        """Answers of providers are kept in the store, and paid for, as a run's are."""
        job, now = desk.job, self.now
        neighbours = Neighbours(job, self.store, now, asks=True)  # it is the CRM that is asked, as a run asks it
        if self.asks is None:
            return Deciding(desk, foretold(job, self.store, now, found.asks), neighbours)
        asking = Asking(self.store, self.asks, job.name, self.run)
        return Deciding(desk, Enriching(job, self.store, now, asking, found.asks), neighbours)

    def _page(
        self, deciding: Deciding, drafter: Drafter, records: pl.DataFrame, found: _Gathered, *, everything: bool
    ) -> None:
        """As a run does: what is parked or stands as we left it is set aside."""
        job, store, desk = drafter.job, self.store, deciding.desk
        known = store.memory.recall(job.name, records["id"].to_list())
        unfinished = store.outbox.unfinished(job.name, records["id"].to_list(), parked=True)
        watched = drafter.carer.due(records["id"], self.now)
        if not everything:
            records = self._without_parked(desk, records, known)
            busy = {intent.lead for intent in unfinished} | watched.keys()
            records = records.filter(~desk.untouched(records, known) | records["id"].is_in(list(busy)))
        if records.is_empty():
            return
        leads = frozenset(records["id"])
        unfinished = [intent for intent in unfinished if intent.lead in leads]
        before = past(job, store, records, known)
        enriched, decision = deciding(records, replace(before, seen=with_doubts(job, store, records, before.seen)))
        draft = drafter(decision, records, unfinished, watched, self.now)
        promise = drafter.promise(draft, unfinished, None, self.now)
        history = store.assignments.of(job.name, list(leads))
        by_lead = {row["id"]: row for row in records.iter_rows(named=True)}
        rows = Rows(desk, found.shared, draft, promise, by_lead, unfinished, history)
        waiting = enriched.waiting - decision.left_alone
        found.rows += [self._asked_later(row, waiting) for row in rows()]
        found.stand += [self._soon(remembered(one), waiting) for one in promise.remember if one.lead not in rows.leads]
        found.people.append(promise.people)
        found.stages += decision.stages

    def _without_parked(self, desk: Desk, records: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        stamps = self.store.outbox.parked(desk.job.name, records["id"].to_list())
        for lead in desk.due(known) if stamps else ():
            stamps.pop(lead, None)
        if not stamps:
            return records
        parked = pl.DataFrame({"id": list(stamps), "modified": list(stamps.values())})
        return records.join(parked, on=["id", "modified"], how="anti", maintain_order="left")

    def _asked_later(self, row: Row, waiting: frozenset[str]) -> Row:
        return replace(row, memory=self._soon(row.memory, waiting))

    def _soon(self, memory: Remembered, waiting: frozenset[str]) -> Remembered:
        """Whom providers are to be asked about is decided anew by the next run, which asks them."""
        return replace(memory, recheck_at=self.now + _SOON) if memory.lead in waiting else memory

    def _owners(self, job: Job, rows: Sequence[Row]) -> dict[str, str]:
        """The names of all who have or get a lead or a task."""
        named = {row.owner for row in rows} | {str(one.task.get("owner", "")) for row in rows for one in row.effects}
        named.discard("")
        users = {one.id: one.name for one in job.connector.owners()} if named else {}
        return {owner: users.get(owner, "") for owner in sorted(named)}


def _calls(job: Job, counted: Tallied) -> Calls:
    usage, needed = job.connector.usage, applying(job.kind, counted.changed, counted.tasks)
    return Calls(needed, usage.used, usage.total) if usage else Calls(needed)


def _together(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Pages joined, so that a lead that is on two of them is on one, as it was read last."""
    waiting: list[pl.DataFrame] = []
    for frame in frames:
        waiting.append(frame)
        if sum(one.height for one in waiting) >= _TOGETHER:
            yield _joined(waiting)
            waiting = []
    if waiting:
        yield _joined(waiting)


def _joined(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames).unique("id", keep="last", maintain_order=True)


def tallied(rows: Sequence[Row], read: int) -> Tallied:
    """What these come to."""
    sending = [row for row in rows if row.sends]
    effects = [effect for row in sending for effect in row.effects]
    hand_offs = sum(effect.kind == HANDOFF for effect in effects)
    return Tallied(
        read=read,
        changed=len(sending),
        fields=sum(len(row.changes) for row in sending),
        hand_offs=hand_offs,
        tasks=sum(_tasks_of(effect.task) for effect in effects),
        owners=sum(any(one.field == _place(row) for one in row.changes) for row in sending),
        cleared=sum(any(one.new is None and (one.old or "").strip() for one in row.changes) for row in sending),
        withheld=sum(len(row.withheld) for row in rows),
    )


def _place(row: Row) -> str:
    """The field for the owner, where this row writes it."""
    return str(row.effect.task.get("owner_field") or "") if row.effect else ""


def _tasks_of(task: Any) -> int:
    return 1 + len(task.get("more") or ()) if task.get("subject") else 0


def _books(cursor: Cursor | None, found: _Gathered) -> Bookkeeping:
    people = [
        Someone(one.lead, one.keys, one.account, one.role, one.created_at, one.told, one.grouped)
        for some in found.people
        for one in some.members
    ]
    return Bookkeeping(
        before=cursor.to_json() if cursor else None,
        reached=found.reached.to_json() if found.reached else None,
        stand=found.stand,
        people=people,
        gone=[lead for some in found.people for lead in some.gone],
        due=sorted({lead for some in found.people for lead in some.due}),
        grouped={account: digest for some in found.people for account, digest in some.grouped.items()},
        asked={account: asked for some in found.people for account, asked in some.asked.items()},
    )
