"""Rows of a plan as promise and effects: with keys that are made anew, under guards that are those of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from leadrelay.connectors.base import Standing, Update
from leadrelay.core.assign.values import Credit
from leadrelay.core.effects import CADENCE, HANDOFF, NOTE, TASKS
from leadrelay.jobs.care.carer import Carer
from leadrelay.jobs.handoff.telling import draft
from leadrelay.jobs.intents import blank
from leadrelay.jobs.outbox import Effects
from leadrelay.jobs.plans.standing import Judge, Verdicts
from leadrelay.jobs.plans.values import Effect, Plan, Remembered, Row
from leadrelay.state.values import Applied, Assignment, Intent, Memory, Promise, Result

_SOON = timedelta(seconds=1)


class Sending:
    """Rows on their way to a promise."""

    def __init__(
        self,
        judge: Judge,
        plan: Plan,
        carer: Carer,
        now: datetime,
        records: Mapping[str, Mapping[str, str | None]],
        verdicts: Verdicts,
        unfinished: Mapping[str, Sequence[Intent]],
    ) -> None:
        self._judge, self._plan, self._carer, self._now = judge, plan, carer, now
        self._job, self._records, self._verdicts, self._unfinished = judge.job, records, verdicts, unfinished
        self.effects = Effects()
        self.parked: set[str] = set()
        self.waiting: set[str] = set()
        self._intents: list[Intent] = []
        self._void: list[str] = []
        self._applied: list[Applied] = []
        self._settled: list[Result] = []
        self._memories: list[Memory] = []
        self._assignments: list[Assignment] = []
        self._credits: list[Credit] = []
        self._lost: dict[str, Mapping[str, str | None]] = {}

    def add(self, row: Row) -> None:
        """Refused, done, or to be promised and sent."""
        refused = row.lead in self._verdicts.refused
        if refused:
            self._refuse(row)
            return
        if row.lead not in self._verdicts.promised | self._verdicts.ours:
            self._keep(row)
        if row.sends:
            self._send(row)

    def promise(self) -> Promise:
        """All that is kept in one transaction, before anything is sent."""
        return replace(
            blank(self._job, self._plan.run),
            intents=[*self.effects.intents, *self._intents],
            void=self._void,
            applied=self._applied,
            settled=self._settled,
            written=self._lost,
            remember=self._memories,
            assignments=self._assignments,
            ledger=self._judge.assigning.replay(self._credits) if self._credits else {},
            shared=self._job.mapping.noted_fields,
        )

    # -- one row ------------------------------------------------------------------------------------------------------

    def _refuse(self, row: Row) -> None:
        """What was promised of it and certainly not sent is called off; the next run decides it anew."""
        ours = self._judge.keys(row)
        for intent in self._unfinished.get(row.lead, ()):
            if intent.key in ours and intent.run == self._plan.run and intent.state in {"planned", "retry"}:
                self._void.append(intent.key)
        if row.lead in self._records:
            self._memories.append(memory(row.memory, self._now, soon=True))

    def _keep(self, row: Row) -> None:
        """What goes into the store with it, once."""
        keys = self._judge.keys(row)
        self._void += [self._job.key(row.lead, kind, epoch) for kind, epoch in row.over]
        self._void += [
            one.key for one in self._unfinished.get(row.lead, ()) if one.kind not in TASKS and one.key not in keys
        ]
        for effect in row.noted:
            self._note(row, effect)
        self._memories.append(memory(row.memory, self._now))
        fresh = [self._assignment(one, row) for one in row.assignments]
        self._assignments += self._carer.timed(fresh)
        pools = self._plan.pools
        self._credits += [
            Credit(one.team, one.owner, tuple(pools[one.pool]), one.value, one.leads, one.chosen) for one in row.booked
        ]
        if row.lost:
            self._lost[row.lead] = dict(row.lost)

    def _note(self, row: Row, effect: Effect) -> None:
        """A task that is there already: of an open intent, or of a new one."""
        key = self._job.key(row.lead, effect.kind, effect.epoch)
        intent = self._intent(row, key, effect, self._records[row.lead])
        known = {one.key for one in self._unfinished.get(row.lead, ())}
        if intent.key in known:
            self._applied.append(Applied(intent.key, (), effect.done, adopted=True))
        else:
            self._intents.append(intent)
            self._settled.append(Result(intent.key, Standing.DONE, task=effect.done, adopted=True))

    def _assignment(self, one: Assignment, row: Row) -> Assignment:
        """As of now: what was to begin or to end when the plan was made begins or ends when it is applied."""
        made = replace(one, job=self._job.name, run=self._plan.run if one.number > row.base.number else one.run)
        if one.number > row.base.number:
            made = replace(made, at=self._now, due_at=None, next_at=None)
        return replace(made, ended_at=self._now) if one.ended_at else made

    def _send(self, row: Row) -> None:
        record, done = self._records[row.lead], self._verdicts.done.get(row.lead, set())
        open_ = {one.key: one for one in self._unfinished.get(row.lead, ())}
        for key, effect in self._judge.keys(row).items():
            waits = open_.get(key)
            if key in done:
                continue
            if waits and waits.state == "parked" and waits.run == self._plan.run:
                self.parked.add(row.lead)
                return
            if waits and self._job.may_still_happen(waits, self._now):
                self.waiting.add(row.lead)
                return
            self._made(row, key, effect, record)

    def _made(self, row: Row, key: str, effect: Effect, record: Mapping[str, str | None]) -> None:
        intent = self._intent(row, key, effect, record)
        if effect is not row.effect:
            task = effect.task
            bare = Update(row.lead, {}, intent.modified)
            self.effects.more.append((intent, draft(intent.key, bare, {**intent.task, "owner": task["owner"]}, "")))
            return
        update = self._update(intent, record)
        if effect.kind == HANDOFF:
            place = str(effect.task.get("owner_field") or "")
            self.effects.hand_offs.append((intent, draft(intent.key, update, intent.task, place)))
        else:
            self.effects.patches.append((intent, update))

    def _update(self, intent: Intent, record: Mapping[str, str | None]) -> Update:
        """Under the same guards as a run's: what people edit too is written only while it holds what it does now."""
        mapping = self._job.mapping
        shared = {*mapping.noted_fields, *mapping.backward_fields, intent.task.get("owner_field")}
        guarded = {name: record[name] for name in intent.after if name in shared}
        back = mapping.backward_fields & intent.after.keys()
        return Update(intent.lead, intent.after, intent.modified, guarded, frozenset(back))

    def _intent(self, row: Row, key: str, effect: Effect, record: Mapping[str, str | None]) -> Intent:
        mine = effect is row.effect
        return Intent(
            key=key,
            job=self._job.name,
            lead=row.lead,
            kind=effect.kind,
            epoch=effect.epoch,
            run=self._plan.run,
            state="planned",
            modified=record["modified"] or "",
            before={change.field: change.old for change in row.changes} if mine else {},
            after={change.field: change.new for change in row.changes} if mine else {},
            task=self._task(row.lead, effect),
            why=effect.why,
            person=effect.person,
        )

    def _task(self, lead: str, effect: Effect) -> dict[str, Any]:
        """With the keys of what goes along, which no file tells."""
        task = dict(effect.task)
        if task.get("note"):
            task["note"] = {"key": self._job.key(lead, NOTE, effect.epoch), **task["note"]}
        if task.get("more"):
            task["more"] = [
                {"key": self._job.key(lead, CADENCE, f"{effect.epoch}.{number}"), **one}
                for number, one in enumerate(task["more"], 1)
            ]
        return task


def memory(one: Remembered, now: datetime, *, soon: bool = False) -> Memory:
    """`soon`: it is decided anew by whoever comes next."""
    again = now if one.repaired else None
    due = now + _SOON if soon else one.recheck_at
    return Memory(one.lead, int(one.state), int(one.wanted), now, again, due, one.stage)
