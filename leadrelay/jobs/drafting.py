"""What one page of decided records leads to, as a value: nothing is promised yet, and nothing sent.

A run promises and sends it at once; a plan keeps it in a file, and `apply` promises and sends it later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from leadrelay.connectors.base import Cursor
from leadrelay.core.changes import Update
from leadrelay.core.effects import HANDOFF, TASKS
from leadrelay.jobs.care.carer import Carer
from leadrelay.jobs.care.tasks import Care
from leadrelay.jobs.desk import Decision, Job
from leadrelay.jobs.guards import expect_once
from leadrelay.jobs.handoff.passing import Passer, Passing
from leadrelay.jobs.intents import blank, patches
from leadrelay.jobs.outbox import Effects
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.owners.given import Given
from leadrelay.jobs.owners.review import Reviewer
from leadrelay.state.store import Store
from leadrelay.state.values import Assignment, Intent, Memory, Promise

_SOON = timedelta(seconds=1)


@dataclass(frozen=True)
class Draft:
    """What one page leads to."""

    decision: Decision
    passing: Passing
    given: Given
    care: Care
    effects: Effects

    @property
    def withheld(self) -> int:
        """How many changes, tasks and owners are not made, for a reason that is told."""
        parts = (self.decision.plan.withheld, self.passing.withheld, self.care.withheld, self.given.withheld)
        return sum(len(part) for part in parts)


class Drafter:
    """Drafts page after page of one run. `started`: the run's own beginning, by which all that has a time is due.

    `notes`: whether what each lead does to the ledger is noted.
    """

    def __init__(self, job: Job, store: Store, run: str, started: datetime, *, notes: bool = False) -> None:
        self.job, self.run, self._started = job, run, started
        self.assigning = Assigning(job, store, run, started, notes=notes)
        self.reviewer = Reviewer(job, store)
        self.passer = Passer(job, store, run, self.assigning)
        self.carer = Carer(job, store, run, self.assigning)

    def __call__(
        self,
        decision: Decision,
        records: pl.DataFrame,
        unfinished: Sequence[Intent],
        watched: Mapping[str, Assignment],
        now: datetime,
    ) -> Draft:
        """`unfinished`: what is promised for these and not settled. `watched`: first responses to be looked at."""
        hand_offs = [intent for intent in unfinished if intent.kind == HANDOFF]
        review = self.reviewer(decision, records, frozenset(intent.lead for intent in hand_offs))
        due = self.passer.look(decision, records, hand_offs, review, now)
        handing = self.passer.handing(due)
        care, given = self.carer(decision, records, watched, review, handing, unfinished, now)
        if care.made or care.taken:
            expect_once(self.job)
        passing = self.passer.plan(due, decision, given)
        effects = self._effects(decision, records, passing, given, care)
        return Draft(decision, passing, given, care, effects)

    def _effects(
        self, decision: Decision, records: pl.DataFrame, passing: Passing, given: Given, care: Care
    ) -> Effects:
        """A lead that is handed off takes its own changes along, and so does one that gets another owner."""
        handed = {intent.lead for intent, _ in passing.made} | passing.waiting
        owned = {lead: owned.fields for lead, owned in given.owned.items() if lead not in handed and owned.fields}
        pairs = patches(self.job, self.run, decision, records, owned)
        made: list[tuple[Intent, Update]] = [pair for pair in pairs if pair[0].lead not in handed]
        return Effects(made, passing.made, care.made)

    def promise(self, draft: Draft, unfinished: Sequence[Intent], cursor: Cursor | None, now: datetime) -> Promise:
        """`unfinished`: what of it carries no task is decided anew."""
        passing, given, care = draft.passing, draft.given, draft.care
        repaired = draft.decision.repaired.difference(intent.lead for intent in unfinished)
        return replace(
            blank(self.job, self.run),
            intents=[*draft.effects.intents, *passing.found, *care.found],
            void=[*passing.void, *care.void, *(intent.key for intent in unfinished if intent.kind not in TASKS)],
            applied=passing.applied,
            settled=[*passing.adopted, *care.adopted],
            written=draft.decision.lost,
            remember=list(self._memories(draft.decision, repaired, given.withheld, now)),
            assignments=[*self.carer.timed(given.assignments), *care.assignments],
            ledger=given.ledger,
            people=draft.decision.circle.new,
            cursor=cursor,
            shared=self.job.mapping.noted_fields,
        )

    def _memories(
        self, decision: Decision, repaired: Collection[str], unowned: Collection[str], now: datetime
    ) -> Iterator[Memory]:
        """What was never confirmed counts as no repair: it may be that we never wrote it.

        For whom nobody could be found, somebody is looked for again by the next run.
        """
        soon = self._started + _SOON
        columns = (decision.leads["id"], decision.state, decision.recheck, decision.verdicts["stage"])
        for lead, state, recheck, stage in zip(*(column.to_list() for column in columns), strict=True):
            again = now if lead in repaired else None
            due = soon if lead in unowned else recheck
            yield Memory(lead, state, decision.wanted.get(lead, 0), now, again, due, stage)
