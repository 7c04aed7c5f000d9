"""What one run does beside qualifying and handing off: it watches first responses, and sees to topics."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import polars as pl

from leadrelay.core.effects import HANDOFF, STEP, TOPIC
from leadrelay.core.sla import Topic
from leadrelay.jobs.care.escalating import Escalator
from leadrelay.jobs.care.tasks import Care, TaskPage
from leadrelay.jobs.care.topics import Topics
from leadrelay.jobs.desk import Decision, Job
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.owners.given import Given, HandedOff
from leadrelay.jobs.owners.review import Review
from leadrelay.state.store import Store
from leadrelay.state.values import Assignment, Intent


@dataclass(frozen=True)
class Carer:
    """Plans the care for page after page of one run."""

    job: Job
    store: Store
    run: str
    assigning: Assigning

    def due(self, leads: Collection[str], now: datetime) -> dict[str, Assignment]:
        """Of these leads, those whose first response is to be looked at now."""
        return self._escalator.due(leads, now) if self._escalator else {}

    def timed(self, assignments: Sequence[Assignment]) -> list[Assignment]:
        """The same, each that begins with its clock."""
        return self._escalator.timed(assignments) if self._escalator else list(assignments)

    def __call__(
        self,
        decision: Decision,
        records: pl.DataFrame,
        watched: Mapping[str, Assignment],
        review: Review,
        handing: Mapping[str, HandedOff],
        unfinished: Sequence[Intent],
        now: datetime,
    ) -> tuple[Care, Given]:
        """What is to be done about late first responses and topics, and about owners.

        `watched`: those to look at; not while their owner is in question. `handing`: leads that are handed off.
        `unfinished`: what is promised and not settled.
        """
        promised = (intent.lead for intent in unfinished if intent.kind == HANDOFF)
        busy = review.unsettled.union(promised, handing)
        due = {lead: one for lead, one in watched.items() if lead not in busy}
        care = self._plan(decision, records, due, review, unfinished, now)
        given = self.assigning(decision, records, review, handing, now)
        self._give(care, decision, records, given, now)
        return care, given

    def touched(self, decision: Decision) -> frozenset[str]:
        """The leads of the page for which a topic's task would be made."""
        return frozenset(self._fresh(decision))

    def _plan(
        self,
        decision: Decision,
        records: pl.DataFrame,
        due: Mapping[str, Assignment],
        review: Review,
        unfinished: Sequence[Intent],
        now: datetime,
    ) -> Care:
        """Leads that their owner loses are told to `review`, before owners are chosen."""
        care = Care()
        steps = [intent for intent in unfinished if intent.kind == STEP]
        topics = [intent for intent in unfinished if intent.kind == TOPIC]
        fresh = self._fresh(decision)
        if due or steps or topics or fresh:
            leads = [*due, *(intent.lead for intent in (*steps, *topics)), *fresh]
            page = self._page(decision, records, leads, now)
            if self._escalator:
                self._escalator.plan(care, page, due, review, steps)
            else:
                care.void += [intent.key for intent in steps]
            self._topics.plan(care, page, fresh, topics)
        return care

    def _fresh(self, decision: Decision) -> dict[str, list[Topic]]:
        return self._topics.fresh(decision) if self.job.mapping.task else {}

    def _give(self, care: Care, decision: Decision, records: pl.DataFrame, given: Given, now: datetime) -> None:
        """Once owners are chosen, see to those who get what somebody else did not answer."""
        if care.taken and self._escalator:
            page = self._page(decision, records, [one.lead for one in care.taken], now)
            self._escalator.give(care, page, given)

    def _page(self, decision: Decision, records: pl.DataFrame, leads: Collection[str], now: datetime) -> TaskPage:
        chosen = pl.col("id").is_in(list(leads))
        lead_rows = decision.leads.filter(chosen).iter_rows(named=True)
        verdicts = {row["id"]: row for row in decision.verdicts.filter(chosen).iter_rows(named=True)}
        return TaskPage(
            now=now,
            run=self.run,
            records={row["id"]: row for row in records.filter(chosen).iter_rows(named=True)},
            rows={row["id"]: {**row, **verdicts[row["id"]]} for row in lead_rows},
            decision=decision,
        )

    @cached_property
    def _escalator(self) -> Escalator | None:
        """None where no first response is promised, or no task can tell of it."""
        rules = self.job.playbook.sla
        return Escalator(self.job, self.store, self.assigning, rules) if rules and self.job.mapping.task else None

    @cached_property
    def _topics(self) -> Topics:
        return Topics(self.job, self.store, self.assigning)
