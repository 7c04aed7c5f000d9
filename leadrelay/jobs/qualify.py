"""The one loop: read changes, decide, promise, deliver. Resumable at any instant.

Every effect is kept in the store before it is sent. Whatever is not settled when a run dies is read again by the next
one, told from the record or found under its key, and decided anew, so that no stale value is ever sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import polars as pl

from leadrelay.connectors.base import Page
from leadrelay.core.examples import expect_proof
from leadrelay.errors import Paused, Stopped, Unavailable, Unexpected
from leadrelay.jobs import drift
from leadrelay.jobs.care.tasks import Care
from leadrelay.jobs.deciding import Deciding
from leadrelay.jobs.desk import DAY, Decision, Desk, Job
from leadrelay.jobs.drafting import Draft, Drafter
from leadrelay.jobs.enriching.asking import Asking
from leadrelay.jobs.enriching.enriching import Enriching
from leadrelay.jobs.guards import Meter, expect_same_organisation
from leadrelay.jobs.handoff.passing import Passing
from leadrelay.jobs.intents import blank
from leadrelay.jobs.neighbours import Neighbours
from leadrelay.jobs.outbox import Effects, Outbox
from leadrelay.jobs.past import past
from leadrelay.jobs.reading import leftovers, pages
from leadrelay.jobs.recovery import Recovery
from leadrelay.jobs.rehearsal import Rehearsal
from leadrelay.jobs.summary import Summary
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.state.store import Store

__all__ = ["Run", "Summary", "Surroundings"]

_SOON = timedelta(seconds=1)


class Run:
    """One execution of a job."""

    def __init__(self, job: Job, store: Store, run: str, around: Surroundings) -> None:
        self.store = store
        self.around = around
        self.started = around.now()
        self.summary = Summary(run=run, job=job.name)
        self._use(job)
        self._everything = self._typed = False
        self._tried: set[str] = set()

    def _use(self, job: Job) -> None:
        self.job = job
        self.desk = Desk(job, self.started)
        self._drafter = Drafter(job, self.store, self.summary.run, self.started)
        self._assigning = self._drafter.assigning
        shared = job.mapping.noted_fields
        self._outbox = Outbox(job, self.store, self.around, self.summary, shared, self._assigning)
        self._meter = Meter(job)
        asking = Asking(self.store, self.around, job.name, self.summary.run)
        enriching = Enriching(job, self.store, self.started, asking, self.summary.enrichment)
        self._deciding = Deciding(self.desk, enriching, Neighbours(job, self.store, self.started, asks=True))
        self._recovery = Recovery(job, self.store, self.around, self.summary.run, self._assigning)

    def __call__(self, *, everything: bool = False, brake: bool = True) -> Summary:
        """Carry out the job. `everything`: all leads, not only those that changed since the last run.

        `brake`: stop before the first write where the job would change more than its limits allow.
        Raises `ConfigError` where the playbook decides otherwise than its own examples say.
        """
        expect_proof(self.job.playbook, self.started)
        with recorded(self.summary, self.store, self.job, self.around):
            expect_same_organisation(self.job, self.store)
            self._meter.expect_room_to_read(self.started)
            self.summary.complete = self._walk_all(everything=everything, brake=brake)
        return self.summary

    # -- the walk -----------------------------------------------------------------------------------------------------

    def _walk_all(self, *, everything: bool, brake: bool) -> bool:
        """Work through every page; whether the end was reached. Fields that are gone are left out, and told."""

        def walk(job: Job) -> bool:
            if job is not self.job:
                self._use(job)
                self.summary.read = self.summary.accounted  # what is not comes again
            return self._walk(everything=everything, brake=brake)

        return drift.endured(self.job, self.store, self.summary.missing, walk)

    def _walk(self, *, everything: bool, brake: bool) -> bool:
        cursor = None if everything else self.store.cursors.get(self.job.name, self.job.fingerprint)
        self._everything = cursor is None
        if brake:
            Rehearsal(self.job, self.store, self.desk, self._drafter)(cursor, self.around.watch)
        for page in pages(self.job, cursor, self.around.watch):
            self._meter.expect_room_to_read(self.around.now())
            self._expect_same_types(page)
            self._take(page)
            if self.around.stopping():
                return False
        if not self._fetched(self._left_over()):
            return False
        if not (self._fetched(self._due(), due=True) and self._fetched(self._unanswered(), due=True)):
            return False
        if not self.summary.balanced:
            raise Unexpected("the run cannot account for every lead that it read; nothing is lost, run it again.")
        return True

    def _fetched(self, leads: Iterable[str], *, due: bool = False) -> bool:
        """Work through leads that did not change as well; whether the end was reached."""
        for page, gone in leftovers(self.job, leads):
            self._meter.expect_room_to_read(self.around.now())
            self._expect_same_types(page)
            self._forget(gone)
            self._pass_over(page.hidden, due=due)
            self._take(page)
            self.summary.due += page.records.height if due else 0
            if self.around.stopping():
                return False
        return True

    def _expect_same_types(self, page: Page) -> None:
        """Before the first record of a run is decided."""
        if page.records.height and not self._typed:
            drift.expect_same_types(self.job, self.store)
            self._typed = True

    def _forget(self, gone: Sequence[str]) -> None:
        self.store.outbox.forget(self.job.name, gone, self.around.now(), self._assigning.vanished(gone))

    def _pass_over(self, hidden: Collection[str], *, due: bool) -> None:
        """Leads out of our sight may come back unchanged: what was promised to them stays promised, what is due due."""
        if hidden:
            self.store.outbox.postpone(self.job.name, sorted(hidden), self.started + DAY)
        self.summary.read += len(hidden)
        if due:
            self.summary.unchanged += len(hidden)
        else:
            self.summary.pending += len(hidden)

    def _left_over(self) -> Iterator[str]:
        """Leads with an effect that an earlier run did not settle, and that did not come up in this one."""
        for lead in self.store.outbox.leads_unfinished(self.job.name):
            if lead not in self._tried:
                yield lead

    def _due(self) -> Iterator[str]:
        """Leads about which time may have changed something, less those that this run decided already."""
        return self.store.memory.due(self.job.name, self.started)

    def _unanswered(self) -> Iterator[str]:
        """Leads whose first response is to be looked at, though nobody touched them."""
        return self.store.assignments.due(self.job.name, self.started) if self.job.playbook.sla else iter(())

    def _take(self, page: Page) -> None:
        """One page, and once more those of its leads that change under our hands."""
        self.summary.read += page.records.height
        settled, doubted = self._recovery(page)
        left = self._work(settled)
        if doubted is not None:
            left += self._doubted(doubted, page.records.height - settled.records.height)
        left = self.around.once_more(left, self._again)  # which counts what waits by itself
        self.summary.pending += len(left)

    def _doubted(self, page: Page, expected: int) -> list[str]:
        """Records whose last write was in doubt; those that are gone meanwhile need nothing any more."""
        self.summary.unchanged += expected - page.records.height - len(page.hidden)
        self.summary.pending += len(page.hidden)
        return self._work(page)

    def _again(self, leads: Sequence[str]) -> list[str]:
        """Read these once more, and decide anew."""
        left: list[str] = []
        for fresh, gone in leftovers(self.job, leads):
            self._forget(gone)
            self.summary.unchanged += len(gone)
            self.summary.pending += len(fresh.hidden)
            self._recovery.told_late(fresh)
            left += self._work(fresh, again=True)
        return left

    # -- one page -----------------------------------------------------------------------------------------------------

    def _work(self, page: Page, *, again: bool = False) -> list[str]:
        """Decide about records, promise and deliver; the leads that have to be read again."""
        known = self.store.memory.recall(self.job.name, page.records["id"].to_list())
        records = self._without_parked(page.records, known)
        unfinished = self.store.outbox.unfinished(self.job.name, records["id"].to_list(), parked=True)
        in_the_air = frozenset(intent.lead for intent in unfinished)
        watched = self._drafter.carer.due(records["id"], self.started)
        records = self._without_untouched(records, known, in_the_air | watched.keys())
        if records.is_empty():
            nothing = replace(blank(self.job, self.summary.run), cursor=page.cursor)
            self.store.outbox.promise(nothing, self.around.now())
            return []
        enriched, decision = self._deciding(records, past(self.job, self.store, records, known))
        draft = self._drafter(decision, records, unfinished, watched, self.around.now())
        self._count(draft, again=again)
        self.summary.conflicts += 0 if again else enriched.conflicts
        promise = self._drafter.promise(draft, unfinished, page.cursor, self.around.now())
        self.store.outbox.promise(promise, self.around.now())
        self._tried.update(intent.lead for intent in draft.effects.intents)
        return self._outbox.send(draft.effects, page.as_of)

    def _without_parked(self, records: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        """Set aside what the CRM refused and nobody touched since; other rules and time give it another chance."""
        stamps = self.store.outbox.parked(self.job.name, records["id"].to_list()) if not self._everything else {}
        for lead in self.desk.due(known) if stamps else ():
            stamps.pop(lead, None)
        if not stamps:
            return records
        known = pl.DataFrame({"id": list(stamps), "modified": list(stamps.values())})
        fresh = records.join(known, on=["id", "modified"], how="anti", maintain_order="left")
        self.summary.parked += records.height - fresh.height
        self.around.watch.advance(records.height - fresh.height)
        return fresh

    def _without_untouched(
        self, records: pl.DataFrame, known: pl.DataFrame, in_the_air: Collection[str]
    ) -> pl.DataFrame:
        """Set aside what stands exactly as we left it: the echo of our own writes."""
        if self._everything or records.is_empty() or known.is_empty():
            return records
        echo = self.desk.untouched(records, known) & ~records["id"].is_in(list(in_the_air))
        self.summary.unchanged += int(echo.sum())
        self.around.watch.advance(int(echo.sum()))
        return records.filter(~echo)

    def _count(self, draft: Draft, *, again: bool) -> None:
        """`again`: what is decided was counted before, when its leads were read first."""
        self._count_idle(draft.decision, draft.passing, draft.care, draft.effects)
        self.summary.assigned += draft.given.assigned
        self.summary.returned += draft.given.returned
        self.summary.answered += draft.care.answered
        self.summary.withheld += draft.withheld
        if not again:
            self._count_decided(draft.decision, draft.effects)

    def _count_idle(self, decision: Decision, passing: Passing, care: Care, effects: Effects) -> None:
        waiting = (passing.waiting | care.waiting) - effects.leads
        idle = decision.leads.height - len(effects) - len(waiting)
        self.summary.unchanged += idle
        self.summary.pending += len(waiting)
        self.summary.tasks_found += len(passing.found) + len(care.found)
        self.summary.failed_templates.update(passing.failed_templates)
        self.around.watch.advance(idle)

    def _count_decided(self, decision: Decision, effects: Effects) -> None:
        self.summary.changed += len(effects)
        self.summary.qualified += decision.qualified
        self.summary.misfits += decision.misfits
        self.summary.duplicates += decision.duplicates
        self.summary.stages += decision.stages


@contextmanager
def recorded(summary: Summary, store: Store, job: Job, around: Surroundings) -> Iterator[None]:
    """Keep a run's beginning and its end, however it ends. A CRM that asks for patience makes the run `paused`."""
    began = around.now()
    store.runs.begin(summary.run, summary.job, began, summary.kind)
    outcome, until = "failed", None
    try:
        yield
        outcome = "attention" if summary.attention else "done"
    except Paused as pause:
        outcome, until = "paused", pause.until
        raise
    except Unavailable as fault:
        if fault.retry_after is None:
            raise
        outcome, until = "paused", around.now() + timedelta(seconds=fault.retry_after)
        raise Paused(f"{fault} {summary.job} is paused until {until:%Y-%m-%d %H:%M} UTC.", until) from None
    except Stopped:
        outcome = "stopped"
        raise
    finally:
        ended = around.now()
        summary.api_calls = job.connector.calls
        summary.seconds = round((ended - began).total_seconds(), 3)
        store.runs.end(summary.run, ended, outcome, summary.to_json(), until)
        store.audit.forget(job.name, ended - timedelta(days=job.audit_days))
        store.lookups.forget(ended - timedelta(days=job.answer_days))
