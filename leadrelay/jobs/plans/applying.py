"""Applying a plan: exactly what stands in it, for the rows that still stand, over the same outbox as a run.

All of it is one run, under the plan's own id, however often it is begun: it can be killed, gone on with, looked at and
rolled back like any other, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from leadrelay.connectors.base import Cursor
from leadrelay.core.changes import Withheld
from leadrelay.core.effects import TASKS
from leadrelay.core.forecast import applying
from leadrelay.core.identity import Member
from leadrelay.errors import Stopped
from leadrelay.jobs import drift
from leadrelay.jobs.care.carer import Carer
from leadrelay.jobs.desk import Job
from leadrelay.jobs.guards import Meter, expect_once, expect_same_organisation
from leadrelay.jobs.intents import blank
from leadrelay.jobs.outbox import Outbox
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.plans.making import tallied
from leadrelay.jobs.plans.sending import Sending, memory
from leadrelay.jobs.plans.standing import GONE, Judge, Verdicts
from leadrelay.jobs.plans.values import Plan, Remembered, Row, Tallied
from leadrelay.jobs.qualify import recorded
from leadrelay.jobs.reading import in_pieces, leftovers
from leadrelay.jobs.recovery import Recovery
from leadrelay.jobs.summary import Summary
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.state.people import Acquaintance
from leadrelay.state.plans import PlanState
from leadrelay.state.store import Store
from leadrelay.state.values import Intent

KIND = "apply"
_TOGETHER = 1_000
_SOON = timedelta(seconds=1)


@dataclass
class Apply:
    """Apply one plan. `recheck`: values count instead of stamps.

    `refused`: rows that do not stand any more, and why. `before`: how many an earlier application did already.
    """

    whole: Job
    store: Store
    plan: Plan
    around: Surroundings
    recheck: bool = False
    refused: list[Withheld] = field(default_factory=list)
    before: int = 0

    def __call__(self, *, brake: bool = True) -> Summary:
        """Send what stands. Raises `Stopped` where the brake, or the quota, says no before anything is sent."""
        self._summary = Summary(run=self.plan.run, job=self.job.name, kind=KIND)
        known = self.store.plans.get(self.plan.run)
        if known and known.state is PlanState.APPLIED:
            self._summary.complete = True
            return self._summary
        with recorded(self._summary, self.store, self.job, self.around):
            expect_same_organisation(self.job, self.store)
            self._expect_room(brake=brake)
            if not self.store.plans.began(self.plan.run) and known:
                raise Stopped(f"{self.job.name}: the plan was rejected or replaced meanwhile. See: leadrelay plans")
            self._settle_doubts()
            self._everything()
        return self._summary

    def to_json(self, summary: Summary) -> dict[str, Any]:
        """As `apply --json` prints it."""
        refused = [{"lead": entry.id, "why": entry.why} for entry in self.refused]
        return {**summary.to_json(), "before": self.before, "refused": refused}

    @cached_property
    def job(self) -> Job:
        """Without the fields that were gone when it was planned."""
        return drift.without(self.whole, self.plan.missing) if self.plan.missing else self.whole

    @cached_property
    def _assigning(self) -> Assigning:
        return Assigning(self.job, self.store, self.plan.run, self.around.now())

    @cached_property
    def _carer(self) -> Carer:
        return Carer(self.job, self.store, self.plan.run, self._assigning)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.job, self.store, self.plan.run, self._assigning, by_values=self.recheck)

    @cached_property
    def _recovery(self) -> Recovery:
        return Recovery(self.job, self.store, self.around, self.plan.run, self._assigning)

    @cached_property
    def _outbox(self) -> Outbox:
        shared = self.job.mapping.noted_fields
        return Outbox(self.job, self.store, self.around, self._summary, shared, self._assigning)

    # -- before anything is sent --------------------------------------------------------------------------------------

    def _expect_room(self, *, brake: bool) -> None:
        if any(effect.kind in TASKS for row in self.plan.rows for effect in row.effects):
            expect_once(self.job)
        known = max(self.plan.tallied.read, self.store.memory.known(self.job.name))
        if brake and (broken := self.job.brake.broken(self._tallied.counts, known)):
            way_out = "Look at it: leadrelay show FILE; to let it through: leadrelay apply FILE --no-brake"
            raise Stopped(f"{self.job.name}: this plan would {broken}. {way_out}")
        needed = applying(self.job.kind, self._tallied.changed, self._tallied.tasks)
        Meter(self.job).expect_room_for(needed, self.around.now())

    @cached_property
    def _tallied(self) -> Tallied:
        """Of the rows as they stand in the file, which may have been edited."""
        return tallied(self.plan.rows, self.plan.tallied.read)

    def _settle_doubts(self) -> None:
        """What was cut off is known before a record is looked at."""
        for page, _ in leftovers(self.job, self.store.outbox.leads_unfinished(self.job.name)):
            self._recovery(page)

    # -- the rows -----------------------------------------------------------------------------------------------------

    def _everything(self) -> None:
        self.around.watch.expect(len(self.plan.rows))
        for rows in in_pieces(self.plan.rows, _TOGETHER):
            if self.around.stopping():
                return
            self._summary.read += len(rows)
            by_lead = {row.lead: row for row in rows}

            def again(leads: Sequence[str], rows: Mapping[str, Row] = by_lead) -> list[str]:
                return self._piece([rows[lead] for lead in leads], again=True)

            left = self.around.once_more(self._piece(rows), again)  # which counts what waits by itself
            self._summary.pending += len(left)
        self._close()
        self._summary.complete = True
        if not self._summary.pending:
            self.store.plans.applied(self.plan.run, self.around.now())

    def _piece(self, rows: Sequence[Row], *, again: bool = False) -> list[str]:
        """Look, promise, send; those that changed under our hands."""
        meter = Meter(self.job)
        meter.expect_room_to_read(self.around.now())
        page = self.job.connector.fetch([row.lead for row in rows], self.job.mapping.crm_fields())
        if again:
            self._recovery.told_late(page)
        records = {record["id"]: record for record in page.records.iter_rows(named=True)}
        verdicts = self._judge(rows, records, page.hidden)
        made = Sending(
            self._judge, self.plan, self._carer, self.around.now(), records, verdicts, self._unfinished(rows)
        )
        for row in rows:
            made.add(row)
        self._tell(rows, verdicts, made)
        self.store.outbox.promise(made.promise(), self.around.now())
        gone = [lead for lead, why in verdicts.refused.items() if why == GONE]
        self.store.outbox.forget(self.job.name, gone, self.around.now(), self._assigning.vanished(gone))
        return self._outbox.send(made.effects, page.as_of)

    def _unfinished(self, rows: Sequence[Row]) -> dict[str, list[Intent]]:
        found: dict[str, list[Intent]] = {}
        for intent in self.store.outbox.unfinished(self.job.name, [row.lead for row in rows], parked=True):
            found.setdefault(intent.lead, []).append(intent)
        return found

    def _tell(self, rows: Sequence[Row], verdicts: Verdicts, made: Sending) -> None:
        """What is not sent is counted here; the outbox counts the rest."""
        sent = made.effects.leads
        for row in rows:
            if row.lead in sent:
                continue
            if row.lead in verdicts.refused:
                self.refused.append(Withheld(row.lead, "", verdicts.refused[row.lead]))
                self._summary.withheld += 1
                self._summary.unchanged += 1
            elif row.lead in made.parked:
                self._summary.parked += 1
            elif row.lead in made.waiting:
                self._summary.pending += 1
            elif row.lead in verdicts.done:
                self.before += 1
                self._summary.done += 1
            else:
                self._summary.unchanged += 1
        self.around.watch.advance(len(rows) - len(sent))

    # -- what is kept at the end --------------------------------------------------------------------------------------

    def _close(self) -> None:
        """How far was read, and what stood as it is: where no other run has been there since."""
        books, now = self.plan.books, self.around.now()
        cursor = self.store.cursors.get(self.job.name, self.job.fingerprint)
        before = dict(books.before) if books.before is not None else None
        known = self.store.plans.get(self.plan.run)
        edited = known is not None and known.sha256 != self.plan.sha256  # a lead that was taken out is read again
        here = not edited and (cursor.to_json() if cursor else None) == before
        reached = Cursor.from_json(books.reached) if here and books.reached else None
        members = [
            Member(one.lead, one.keys, one.account, one.role, one.created_at, one.told, one.grouped)
            for one in books.people
        ]
        people = Acquaintance(members, books.gone, books.due, books.grouped, books.asked) if here else Acquaintance()
        stand = [memory(one, now) for one in self._untouched(books.stand)]
        closing = replace(blank(self.job, self.plan.run), remember=stand, people=people, cursor=reached)
        self.store.outbox.promise(closing, now)

    def _untouched(self, stand: Sequence[Remembered]) -> Iterator[Remembered]:
        known = self.store.memory.recall(self.job.name, [one.lead for one in stand])
        later = set(known.filter(known["decided_at"] > self.plan.made_at)["id"])
        yield from (one for one in stand if one.lead not in later)
