"""Which leads of a page are handed off now, to whom, under which key: each at most once, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from leadrelay.connectors.base import Claim, HandOff, Once, Standing
from leadrelay.core.changes import Update, Withheld
from leadrelay.core.effects import HANDOFF
from leadrelay.jobs.desk import Decision, Job
from leadrelay.jobs.guards import expect_once
from leadrelay.jobs.handoff.held import addresses, held
from leadrelay.jobs.handoff.telling import Telling, draft
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.owners.given import Given, HandedOff
from leadrelay.jobs.owners.review import Review
from leadrelay.mappings.mapping_values import TaskMapping
from leadrelay.state.store import Store
from leadrelay.state.values import Applied, Intent, Result

_FIRST = "1"
_DONE = frozenset({"done", "undone"})


@dataclass
class Passing:
    """What is to be done about hand-offs on one page.

    `made`: new or open ones, to be sent. `applied`: open ones that are done under another key; `void`: or not due now.
    `found`: new ones that are done for a record that was merged into this one, or by a store that is lost: noted, never
    sent; `adopted`: what settles them.
    `withheld`: held back. `waiting`: leads whose hand-off may still take effect, so that it must not be sent again yet.
    """

    made: list[tuple[Intent, HandOff]] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)
    void: list[str] = field(default_factory=list)
    found: list[Intent] = field(default_factory=list)
    adopted: list[Result] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    failed_templates: list[str] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)

    @property
    def leads(self) -> frozenset[str]:
        """Those that are handed off, or may be."""
        return frozenset([*(intent.lead for intent, _ in self.made), *(one.lead for one in self.found), *self.waiting])


class Known(NamedTuple):
    """A task that is there already. `over`: nothing is left to be done, so that its owner is a person's choice."""

    epoch: str
    task: str
    over: bool


@dataclass(frozen=True)
class Due:
    """The hand-offs of a page before owners are chosen. `open`: promised ones by lead; `due`: epochs by lead.

    `fresh`: leads without a promise. `past`: by lead, its last hand-off. `known`: by lead, the task that is there
    already. `people`: by lead, who it is. `held`: leads that have to wait for somebody else, and why.
    """

    now: datetime
    run: str
    records: Mapping[str, Mapping[str, str | None]]
    updates: Mapping[str, Update]
    whys: Mapping[str, str]
    open: Mapping[str, Intent] = field(default_factory=dict)
    due: Mapping[str, str] = field(default_factory=dict)
    fresh: Sequence[str] = ()
    past: Mapping[str, Intent] = field(default_factory=dict)
    known: Mapping[str, Known] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)

    def epoch(self, lead: str) -> str:
        """The epoch under which the lead is handed off, or turned out to have been."""
        return self.known[lead].epoch if lead in self.known else self.due[lead]

    def is_over(self, lead: str) -> bool:
        """Whether its task is there and nothing is left to be done with it."""
        return lead in self.known and self.known[lead].over


class Passer:
    """Plans the hand-offs of one run."""

    def __init__(self, job: Job, store: Store, run: str, assigning: Assigning) -> None:
        self._job, self._store, self._run, self._assigning = job, store, run, assigning
        self._telling = Telling(job, assigning)

    @property
    def sets_owners(self) -> bool:
        """Whether a hand-off gives the lead another owner."""
        return bool(self._job.mapping.task and self._job.mapping.task.owner and self._assigning.chooses)

    def due(self, decision: Decision, review: Review) -> dict[str, str]:
        """The leads of the page that ought to be handed off, as far as this store knows, each with its epoch."""
        return self._due(decision, review, self._past(decision))

    def _past(self, decision: Decision) -> dict[str, Intent]:
        if self._job.mapping.task is None or not decision.due:
            return {}
        return self._store.outbox.handed(self._job.organisation, self._job.mapping.object, decision.due)

    def _due(self, decision: Decision, review: Review, past: Mapping[str, Intent]) -> dict[str, str]:
        if self._job.mapping.task is None:
            return {}
        return {lead: epoch for lead in decision.due if (epoch := self._epoch(review, lead, past.get(lead)))}

    def _epoch(self, review: Review, lead: str, last: Intent | None) -> str:
        """The next one where sales gave the lead back; "" where it was handed off, or another job has it."""
        if last is None:
            return _FIRST
        if last.job != self._job.name:
            return ""
        if last.state not in _DONE:
            return last.epoch
        again = last.state == "done" and review.came_back(lead, last.epoch)
        return str(int(last.epoch) + 1) if again else ""

    def look(
        self, decision: Decision, records: pl.DataFrame, unfinished: Iterable[Intent], review: Review, now: datetime
    ) -> Due:
        """What is due on a page. `unfinished`: hand-offs that an earlier run did not settle."""
        open_ = {intent.lead: intent for intent in unfinished}
        past = self._past(decision)
        due = self._due(decision, review, past)
        updates = {update.id: update for update in decision.plan.updates}
        if not due and not open_:
            return Due(now, self._run, {}, updates, decision.whys)
        expect_once(self._job)
        wanted = records.filter(pl.col("id").is_in([*due, *open_]))
        rows = {row["id"]: row for row in wanted.iter_rows(named=True)}
        fresh = [lead for lead in due if lead not in open_]
        page = Due(now, self._run, rows, updates, decision.whys, open_, due, fresh, past)
        if not due:
            return page
        circle = decision.circle
        people = addresses(self._job, circle, fresh)
        waiting = held(self._job, self._store, circle, fresh)
        return replace(page, known=self._already(page, decision), people=people, held=waiting)

    def handing(self, page: Due) -> dict[str, HandedOff]:
        """The leads that need an owner for their hand-off, or turn out to have one by it."""
        return {
            lead: HandedOff(page.epoch(lead), self.key(lead, page.epoch(lead)), found=page.is_over(lead))
            for lead in page.fresh
            if lead in page.known or lead not in page.held
        }

    def plan(self, page: Due, decision: Decision, given: Given) -> Passing:
        """`given`: the owners of those that are handed off now."""
        passing = Passing()
        passing.void += [intent.key for lead, intent in page.open.items() if lead not in page.due]
        self._resend(passing, [page.open[lead] for lead in page.due if lead in page.open], page)
        self._begin(passing, page, decision, given)
        return passing

    # -- open ones ----------------------------------------------------------------------------------------------------

    def _resend(self, passing: Passing, intents: Sequence[Intent], page: Due) -> None:
        """Under the same key, with the same task and for the same owner."""
        for intent in intents:
            if intent.lead in page.known:
                passing.applied.append(Applied(intent.key, (), page.known[intent.lead].task, adopted=True))
            elif self._job.may_still_happen(intent, page.now):
                passing.waiting.add(intent.lead)
            else:
                passing.made.append(self._made(page, intent.lead, intent, dict(intent.task)))

    # -- new ones -----------------------------------------------------------------------------------------------------

    def _begin(self, passing: Passing, page: Due, decision: Decision, given: Given) -> None:
        sent: list[Intent] = []
        for lead in page.fresh:
            intent = self._intent(page, lead)
            if page.is_over(lead):
                passing.found.append(intent)
                passing.adopted.append(Result(intent.key, Standing.DONE, task=page.known[lead].task, adopted=True))
            elif lead in page.held and lead not in page.known:
                passing.withheld.append(Withheld(lead, "task", page.held[lead]))
            elif lead not in given.withheld:
                sent.append(intent)
        tasks, passing.failed_templates = self._telling(decision, sent, given, page.now)
        passing.made += [self._made(page, intent.lead, intent, tasks[intent.lead]) for intent in sent]

    def _already(self, page: Due, decision: Decision) -> dict[str, Known]:
        """By lead: the task of a record that was merged into it, or its own where another store created it.

        Whoever finds a later one is behind, as a store that was restored is: the last one counts.
        """
        asked = {lead: page.due[lead] for lead in page.fresh if self._may_be_there(page, lead, decision)}
        families = self._job.connector.families(list(page.due))
        members = {lead: [self.key(one) for one in several] for lead, several in families.items()}
        keys = [self.key(lead, epoch) for lead, epoch in asked.items()]
        claims = self._claims([*keys, *(key for several in members.values() for key in several)])
        known: dict[str, Known] = {}
        while asked:
            there = {lead: epoch for lead, epoch in asked.items() if self.key(lead, epoch) in claims}
            for lead, epoch in there.items():
                known[lead] = Known(epoch, claims[self.key(lead, epoch)].task, self._is_whole(page, lead))
            asked = {lead: str(int(epoch) + 1) for lead, epoch in there.items()}
            claims |= self._claims([self.key(lead, epoch) for lead, epoch in asked.items()])
        return {**known, **dict(self._merged(page, members, claims))}

    def _claims(self, keys: Sequence[str]) -> dict[str, Claim]:
        return dict(self._job.connector.claims(keys)) if keys else {}

    def _merged(
        self, page: Due, members: Mapping[str, Sequence[str]], claims: Mapping[str, Claim]
    ) -> Iterator[tuple[str, Known]]:
        """Tasks of records that were merged into these; not the one that the last hand-off adopted."""
        for lead, keys in members.items():
            before = page.past[lead].task_id if lead in page.past else ""
            tasks = [claims[key].task for key in keys if key in claims and claims[key].task != before]
            if tasks:
                yield lead, Known(page.due[lead], tasks[0], over=True)

    def _may_be_there(self, page: Due, lead: str, decision: Decision) -> bool:
        """Whether another store may have handed this lead on. Other keys are looked up when they are sent."""
        owner = self._task.owner
        if page.due[lead] != _FIRST:
            return True
        if not owner or not self._assigning.chooses:
            return False
        lost = lead in decision.strange
        return lost or (self._is_whole(page, lead) and not self._assigning.is_active(page.records[lead][owner] or ""))

    def _is_whole(self, page: Due, lead: str) -> bool:
        """Whether a task that is there means that the lead's part is done as well."""
        return self._job.connector.guarantee().once is Once.ATOMIC or lead not in page.updates

    def held(self, decision: Decision, review: Review) -> dict[str, str]:
        """Of the leads that ought to be handed off, those that have to wait for somebody else, and why."""
        return held(self._job, self._store, decision.circle, list(self.due(decision, review)))

    def _intent(self, page: Due, lead: str) -> Intent:
        epoch = page.epoch(lead)
        return Intent(
            key=self.key(lead, epoch),
            job=self._job.name,
            lead=lead,
            kind=HANDOFF,
            epoch=epoch,
            run=page.run,
            state="planned",
            modified="",
            before={},
            after={},
            task={},
            why=page.whys.get(lead, ""),
            person=page.people.get(lead, ""),
        )

    def key(self, lead: str, epoch: str = _FIRST) -> str:
        """Of the task itself."""
        return self._job.key(lead, HANDOFF, epoch)

    # -- what is sent -------------------------------------------------------------------------------------------------

    def _made(self, page: Due, lead: str, intent: Intent, task: dict[str, Any]) -> tuple[Intent, HandOff]:
        record, planned = page.records[lead], page.updates.get(lead)
        owner_field = task["owner_field"] if task["owner_field"] in record else ""  # it may be gone by now
        if owner_field and intent.before and record[owner_field] != intent.before.get(owner_field):
            owner_field = ""  # a person chose another owner meanwhile
        told = {name: line for name, line in task.get("told", {}).items() if name in record}
        chosen = {owner_field: task["owner"], **told} if owner_field else {}
        shared = {owner_field: record[owner_field]} if owner_field else {}
        fields = {**(planned.fields if planned else {}), **chosen}
        guarded = {**(planned.guarded if planned else {}), **shared}
        promised = replace(
            intent,
            run=page.run,
            state="planned",
            modified=record["modified"] or "",
            before={name: record[name] for name in fields},
            after=fields,
            task=task,
            why=page.whys.get(lead, intent.why),
        )
        back = planned.back if planned else frozenset()
        update = Update(lead, fields, record["modified"] or "", guarded, back)
        return promised, draft(intent.key, update, task, owner_field)

    @property
    def _task(self) -> TaskMapping:
        if self._job.mapping.task is None:
            raise ValueError("nothing is due without [task]")
        return self._job.mapping.task
