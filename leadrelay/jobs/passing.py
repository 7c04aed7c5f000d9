"""Which leads of a page are handed off now, to whom, under which key: each at most once, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from leadrelay.connectors.base import HandOff, Once, Standing
from leadrelay.core import effects
from leadrelay.core.assign.rota import Rota
from leadrelay.core.changes import Update, Withheld
from leadrelay.core.effects import HANDOFF
from leadrelay.core.handoff.documents import Documents
from leadrelay.core.handoff.values import HandOffRules
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.desk import Decision, Job
from leadrelay.jobs.guards import expect_once
from leadrelay.mappings.mapping_values import TaskMapping
from leadrelay.state.store import Store
from leadrelay.state.values import IN_DOUBT, Applied, Intent, Result

_FIRST = "1"
_DONE = frozenset({"done", "undone"})


@dataclass
class Passing:
    """What is to be done about hand-offs on one page.

    `made`: new or open ones, to be sent. `applied`: open ones that are done under another key; `void`: or not due now.
    `found`: new ones that are done for a record that was merged into this one: noted, never sent; `adopted`: what
    settles them.
    `withheld`: held back. `waiting`: leads whose hand-off may still take effect, so that it must not be sent again yet.
    """

    made: list[tuple[Intent, HandOff]] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)
    void: list[str] = field(default_factory=list)
    found: list[Intent] = field(default_factory=list)
    adopted: list[Result] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    turns: Mapping[str, int] = field(default_factory=dict)

    @property
    def leads(self) -> frozenset[str]:
        """Those that are handed off, or may be."""
        return frozenset([*(intent.lead for intent, _ in self.made), *(one.lead for one in self.found), *self.waiting])


@dataclass(frozen=True)
class _Page:
    """What a hand-off needs to know of its page."""

    now: datetime
    run: str
    records: Mapping[str, Mapping[str, str | None]]
    updates: Mapping[str, Update]
    whys: Mapping[str, str]


class Passer:
    """Plans the hand-offs of one run."""

    def __init__(self, job: Job, store: Store, run: str) -> None:
        self._job, self._store, self._run = job, store, run

    @property
    def sets_owners(self) -> bool:
        """Whether a hand-off gives the lead another owner."""
        task, rules = self._job.mapping.task, self._job.playbook.handoff
        return bool(task and task.owner and rules and rules.owners)

    def due(self, decision: Decision) -> list[str]:
        """The leads of the page that ought to have been handed off, and were not, as far as this store knows."""
        if self._job.mapping.task is None or not decision.due:
            return []
        handed = self._store.outbox.handed(self._job.organisation, self._job.mapping.object, decision.due)
        return [lead for lead in decision.due if lead not in handed or self._is_open(handed[lead])]

    def _is_open(self, intent: Intent) -> bool:
        """Whether this job has yet to bring it to its end; another job's is that job's affair."""
        return intent.state not in _DONE and intent.job == self._job.name

    def plan(self, decision: Decision, records: pl.DataFrame, unfinished: Iterable[Intent], now: datetime) -> Passing:
        """`unfinished`: hand-offs that an earlier run did not settle."""
        open_ = {intent.lead: intent for intent in unfinished}
        due = self.due(decision)
        passing = Passing()
        if not due and not open_:
            return passing
        expect_once(self._job)
        wanted = records.filter(pl.col("id").is_in([*due, *open_]))
        page = _Page(
            now=now,
            run=self._run,
            records={row["id"]: row for row in wanted.iter_rows(named=True)},
            updates={update.id: update for update in decision.plan.updates},
            whys=decision.whys,
        )
        known = self._already(due, [lead for lead in due if lead not in open_], page)
        self._drop(passing, [intent for lead, intent in open_.items() if lead not in due])
        self._resend(passing, [open_[lead] for lead in due if lead in open_], page, known)
        self._begin(passing, decision, [lead for lead in due if lead not in open_], page, known)
        return passing

    # -- open ones ----------------------------------------------------------------------------------------------------

    def _drop(self, passing: Passing, intents: Sequence[Intent]) -> None:
        """The lead is not due any more, and no task of it is there: the hand-off is called off."""
        passing.void += [intent.key for intent in intents]

    def _resend(self, passing: Passing, intents: Sequence[Intent], page: _Page, known: Mapping[str, str]) -> None:
        """Under the same key, with the same task and for the same owner."""
        for intent in intents:
            if intent.lead in known:
                passing.applied.append(Applied(intent.key, (), known[intent.lead], adopted=True))
            elif self._may_still_happen(intent, page.now):
                passing.waiting.add(intent.lead)
            else:
                passing.made.append(self._made(page, intent.lead, intent, dict(intent.task)))

    def _may_still_happen(self, intent: Intent, now: datetime) -> bool:
        """Whether a request without an answer may yet be carried out, and no unique key would stop the second one."""
        if intent.state not in IN_DOUBT or intent.at is None:
            return False
        return now < intent.at + timedelta(seconds=self._job.connector.guarantee().wait_seconds)

    # -- new ones -----------------------------------------------------------------------------------------------------

    def _begin(
        self, passing: Passing, decision: Decision, leads: Sequence[str], page: _Page, known: Mapping[str, str]
    ) -> None:
        if not leads:
            return
        people = self._people(decision, leads)
        held = self._held(people, leads)
        texts = self._texts(decision, leads, page.now)
        rota = self._new_rota()
        for lead in leads:
            intent = self._intent(page, lead, people.get(lead, ""))
            if lead in known:
                passing.found.append(intent)
                passing.adopted.append(Result(intent.key, Standing.DONE, task=known[lead], adopted=True))
            elif lead in held:
                passing.withheld.append(Withheld(lead, "task", f"{held[lead]} has the same e-mail and was handed off"))
            else:
                task = {**texts[lead], **self._owner(page.records[lead], rota)}
                passing.made.append(self._made(page, lead, intent, task))
        passing.turns = rota.turns if rota else {}

    def _already(self, leads: Sequence[str], fresh: Sequence[str], page: _Page) -> dict[str, str]:
        """By lead: the task of a record that was merged into it, or its own where the lead's part is done as well.

        Other keys are looked up when they are sent.
        """
        keys = {lead: [self.key(lead)] for lead in fresh if self._may_be_done(lead, page)}
        for lead, members in self._job.connector.families(leads).items():
            keys[lead] = [*keys.get(lead, ()), *map(self.key, members)]
        if not keys:
            return {}
        claims = self._job.connector.claims([key for family in keys.values() for key in family])
        return {
            lead: next(claims[key].task for key in family if key in claims)
            for lead, family in keys.items()
            if any(key in claims for key in family)
        }

    def _may_be_done(self, lead: str, page: _Page) -> bool:
        """Whether a state that is lost may have handed this lead on, wholly: then its owner is a person's choice."""
        field = self._task.owner
        if not field or not self._owners or page.records[lead].get(field) in self._owners:
            return False
        return self._job.connector.guarantee().once is Once.ATOMIC or lead not in page.updates

    def _people(self, decision: Decision, leads: Sequence[str]) -> dict[str, str]:
        if not self._job.hold_duplicates or "email" not in decision.leads.columns:
            return {}
        found = decision.leads.filter(pl.col("id").is_in(leads)).select("id", "email")
        return {lead: effects.person(email) for lead, email in found.iter_rows() if email}

    def _held(self, people: Mapping[str, str], leads: Sequence[str]) -> dict[str, str]:
        """By lead that has to wait: who has its e-mail and was handed off, or goes first on this page."""
        first = dict(self._store.outbox.handed_people(self._job.name, set(people.values())))
        held = {}
        for lead in leads:
            if lead in people and first.setdefault(people[lead], lead) != lead:
                held[lead] = first[people[lead]]
        return held

    def _texts(self, decision: Decision, leads: Sequence[str], now: datetime) -> dict[str, dict[str, Any]]:
        found = decision.documents(leads, Documents(self._job.playbook, now), {})
        return {
            lead: {"subject": told.subject, "body": told.text, "html": told.html, "due": _stamp(told.due)}
            for lead, told in found.items()
        }

    def _intent(self, page: _Page, lead: str, person: str) -> Intent:
        return Intent(
            key=self.key(lead),
            job=self._job.name,
            lead=lead,
            kind=HANDOFF,
            epoch=_FIRST,
            run=page.run,
            state="planned",
            modified="",
            before={},
            after={},
            task={},
            why=page.whys.get(lead, ""),
            person=person,
        )

    def key(self, lead: str) -> str:
        """What the CRM holds to be unique: the same for every installation, today and in a year."""
        return effects.key(self._job.organisation, self._job.mapping.object, lead, HANDOFF, _FIRST)

    # -- owners -------------------------------------------------------------------------------------------------------

    def _owner(self, record: Mapping[str, str | None], rota: Rota | None) -> dict[str, str]:
        """The task's owner; a lead that belongs to one of the rota already stays with him."""
        field = self._task.owner
        present = (record.get(field) if field else None) or ""
        if rota is None or present in self._owners:
            return {"owner": present, "owner_field": ""}
        return {"owner": rota.next(), "owner_field": field}

    def _new_rota(self) -> Rota | None:
        """Goes on where the last page, or the last run, left off."""
        return Rota(self._owners, self._store.turns.given(self._job.name)) if self._owners else None

    @cached_property
    def _owners(self) -> tuple[str, ...]:
        """The CRM's ids of the playbook's owners who are active."""
        if not self._rules.owners:
            return ()
        known = {owner.email.lower(): owner.id for owner in self._job.connector.owners() if owner.active}
        found = tuple(known[email.lower()] for email in self._rules.owners if email.lower() in known)
        if not found:
            message = "none of the owners that [handoff] names is an active user of the CRM."
            raise ConfigError([Problem("playbook", message, "Name the e-mail addresses of active users.")])
        return found

    # -- what is sent -------------------------------------------------------------------------------------------------

    def _made(self, page: _Page, lead: str, intent: Intent, task: dict[str, Any]) -> tuple[Intent, HandOff]:
        record, planned = page.records[lead], page.updates.get(lead)
        owner_field = task["owner_field"] if task["owner_field"] in record else ""  # it may be gone by now
        if owner_field and intent.before and record[owner_field] != intent.before.get(owner_field):
            owner_field = ""  # a person chose another owner meanwhile
        chosen = {owner_field: task["owner"]} if owner_field else {}
        shared = {owner_field: record[owner_field]} if owner_field else {}
        fields = {**(planned.fields if planned else {}), **chosen}
        guarded = {**(planned.guarded if planned else {}), **shared}
        task.setdefault("due", _stamp(page.now + timedelta(hours=self._rules.due_hours)))
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
        return promised, HandOff(
            key=intent.key,
            update=update,
            subject=task["subject"],
            body=task["body"],
            due=task["due"],
            html=task.get("html", ""),
            owner=task["owner"],
            owner_field=owner_field,
        )

    @property
    def _rules(self) -> HandOffRules:
        if self._job.playbook.handoff is None:
            raise ValueError("nothing is due without [handoff]")
        return self._job.playbook.handoff

    @property
    def _task(self) -> TaskMapping:
        if self._job.mapping.task is None:
            raise ValueError("nothing is due without [task]")
        return self._job.mapping.task


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
