"""Undoing a run: every field that still holds what the run wrote gets back what it held before.

A later change stays, whoever made it. Tasks that nobody touched are taken back. The undoing is a run of its own: its
effects are promised, guarded, settled and audited like any other, so it can be killed, resumed and looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl

from leadrelay.connectors.base import Claim, Page, Standing, Update
from leadrelay.core.casts import Caster, Target, spelled_or_null, texts_of
from leadrelay.core.change_rules import as_one
from leadrelay.core.changes import JsonValue, Withheld
from leadrelay.core.effects import UNDO
from leadrelay.core.lead import Type
from leadrelay.jobs.desk import Job
from leadrelay.jobs.guards import expect_same_organisation
from leadrelay.jobs.intents import blank, patch
from leadrelay.jobs.outbox import Effects, Outbox
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.qualify import recorded
from leadrelay.jobs.reading import in_pieces, leftovers
from leadrelay.jobs.recovery import Recovery
from leadrelay.jobs.summary import Summary
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.state.store import Store
from leadrelay.state.values import Assignment, Intent

KIND = "rollback"
_TOGETHER = 1_000
_LATER = "changed since"
_PLAIN = frozenset(kind.dtype for kind in (Type.NUMBER, Type.INTEGER, Type.BOOLEAN))
_FIELD_ACTIONS = frozenset({"write", "restore", "unknown"})


@dataclass(slots=True)
class _Written:
    """What a run did to one lead: by field what it held before and what we left there; its tasks and notes by key."""

    fields: dict[str, tuple[str | None, JsonValue]] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


@dataclass
class Rollback:
    """Undo one run. `target`: its id. `kept`: what was left alone, and why. `tasks`: how many were taken back."""

    job: Job
    store: Store
    run: str
    target: str
    around: Surroundings
    kept: list[Withheld] = field(default_factory=list)
    tasks: int = 0

    def __call__(self, *, dry: bool = False) -> Summary:
        """Undo, or with `dry` only count what would be undone."""
        self._summary = Summary(run=self.run, job=self.job.name, kind=KIND)
        self._outbox = Outbox(self.job, self.store, self.around, self._summary)
        if dry:
            expect_same_organisation(self.job, self.store)
            self._undo(dry=True)
            return self._summary
        with recorded(self._summary, self.store, self.job, self.around):
            expect_same_organisation(self.job, self.store)
            self._settle_doubts()
            self._undo(dry=False)
        return self._summary

    def to_json(self, summary: Summary) -> dict[str, Any]:
        """As `rollback --json` prints it."""
        kept = [{"lead": entry.id, "field": entry.field, "why": entry.why} for entry in self.kept]
        return {**summary.to_json(), "target": self.target, "tasks": self.tasks, "kept": kept}

    def _settle_doubts(self) -> None:
        """What a run or rollback that was cut off wrote is known before it is undone."""
        recovery = Recovery(self.job, self.store, self.around, self.run, self._assigning)
        for page, _ in leftovers(self.job, self.store.outbox.leads_unfinished(self.job.name)):
            recovery(page)

    def _undo(self, *, dry: bool) -> None:
        written = self._written()
        self._notes = frozenset(key for lead in written.values() for key in lead.notes)
        self.around.watch.expect(len(written))
        for piece in in_pieces(written, _TOGETHER):
            if self.around.stopping():
                break
            self._piece({lead: written[lead] for lead in piece}, dry=dry)
        else:
            self._summary.complete = True
        # Some leads are looked at more than once.
        self.kept = list(dict.fromkeys([*self.kept, *self._outbox.ignored]))
        self._summary.withheld = len(self.kept)

    def _written(self) -> dict[str, _Written]:
        found: dict[str, _Written] = {}
        for row in self.store.audit.of_run(self.target):
            lead = found.setdefault(row.lead, _Written())
            if row.action == "task":
                lead.tasks[row.key] = row.task
            elif row.action == "note":
                lead.notes[row.key] = row.task
            elif row.action in _FIELD_ACTIONS:
                for name, (old, new) in row.fields.items():
                    first = lead.fields[name][0] if name in lead.fields else old
                    lead.fields[name] = (spelled_or_null(first), new)
        return found

    def _piece(self, written: Mapping[str, _Written], *, dry: bool) -> None:
        """A number of records, and once more those that change under our hands."""
        page, updates = self._look(written)
        self._summary.read += len(written)
        self._summary.changed += len(updates)
        if dry:
            self.tasks += sum(len(lead.tasks) for lead in written.values())
            self._summary.unchanged += len(updates)
            return

        def again(leads: Sequence[str]) -> list[str]:
            return self._send(*self._look({lead: written[lead] for lead in leads}))

        self._summary.pending += len(self.around.once_more(self._send(page, updates), again))
        tasks = {lead: {**found.notes, **found.tasks} for lead, found in written.items() if found.tasks}
        back = self._withdraw(tasks) if tasks else []
        self._disown(frozenset(back), frozenset(update.id for update in updates if self._owner in update.fields))

    # -- fields -------------------------------------------------------------------------------------------------------

    def _look(self, written: Mapping[str, _Written]) -> tuple[Page, list[Update]]:
        """The records as they are, and what is to go back."""
        names = sorted({name for lead in written.values() for name in lead.fields})
        page = self.job.connector.fetch(list(written), names)
        updates = list(self._restored(page, written, names))
        self._summary.unchanged += len(written) - len(updates)
        return page, updates

    def _restored(self, page: Page, written: Mapping[str, _Written], names: Sequence[str]) -> Iterator[Update]:
        """The old values of those fields that hold what we wrote."""
        records = page.records.select("id", "modified", *names)
        old, new = (_texts_of(records, written, names, which) for which in (0, 1))
        caster = Caster({name: Target(self.job.mapping.type_of(name)) for name in names})
        was, ours, now = (caster.cast(texts).frame for texts in (old, new, records.select(names)))
        # As the CRM takes them: numbers and booleans as themselves, all else as it stood there.
        payloads = {name: (was if was.schema[name] in _PLAIN else old)[name] for name in names}
        same = {name: as_one(now[name]).eq_missing(as_one(ours[name])).to_list() for name in names}
        for row, record in enumerate(records.iter_rows(named=True)):
            fields = written[record["id"]].fields
            back = {name: payloads[name][row] for name in fields if same[name][row]}
            self.kept += [
                Withheld(record["id"], name, _LATER)
                for name, (before, _) in fields.items()
                if not same[name][row] and record[name] != before
            ]
            if back:
                guarded = {name: record[name] for name in back}
                yield Update(record["id"], back, record["modified"] or "", guarded, frozenset(back))

    def _send(self, page: Page, updates: Sequence[Update]) -> list[str]:
        """The leads that changed after they were read."""
        records = {row["id"]: row for row in page.records.iter_rows(named=True)}
        effects = Effects([(self._intent(update, records[update.id]), update) for update in updates])
        promise = replace(blank(self.job, self.run), intents=effects.intents)
        self.store.outbox.promise(promise, self.around.now())
        return self._outbox.send(effects, page.as_of)

    def _intent(self, update: Update, record: Mapping[str, str | None]) -> Intent:
        old = {name: record[name] for name in update.fields}
        return patch(self.job, self.run, update, old, f"rollback of {self.target}", UNDO)

    # -- tasks --------------------------------------------------------------------------------------------------------

    def _withdraw(self, tasks: Mapping[str, Mapping[str, str]]) -> Sequence[str]:
        """Take back what nobody worked on, and give the keys; what is gone already counts as taken back.

        A note that has no key of its own goes with its task. Where tasks cannot be found by a key, those are taken that
        we know by their ids.
        """
        leads = {key: lead for lead, found in tasks.items() for key in found}
        known = {key: Claim(key, task) for found in tasks.values() for key, task in found.items() if task}
        claims = {**known, **self.job.connector.claims(list(leads))}
        back = [claim.key for claim in claims.values() if claim.deleted]
        for outcome in self.job.connector.withdraw([claim for claim in claims.values() if not claim.deleted]):
            if outcome.standing in {Standing.DONE, Standing.VOID}:
                back.append(outcome.id)
            else:
                self.kept.append(Withheld(leads[outcome.id], "task", outcome.message or "somebody worked on it"))
        lost = [key for key in leads.keys() - claims.keys() if key not in self._notes]
        self.kept += [Withheld(leads[key], "task", "it cannot be found") for key in lost]
        self.tasks += sum(key not in self._notes for key in back)
        self.store.outbox.withdrawn(back, self.run, self.around.now())
        return back

    # -- owners -------------------------------------------------------------------------------------------------------

    def _disown(self, keys: Collection[str], leads: Collection[str]) -> None:
        """End the assignments whose hand-off (`keys`), or whose owner (`leads`), was taken back, and their credit.

        Who had a lead before it was reassigned has it again.
        """
        undone = [one for one in self._assigned if one.is_open and (one.key in keys if one.key else one.lead in leads)]
        if undone:
            given = self._assigning.undo(undone, self.around.now())
            promise = replace(blank(self.job, self.run), assignments=given.assignments, ledger=given.ledger)
            self.store.outbox.promise(promise, self.around.now())

    @cached_property
    def _assigned(self) -> Sequence[Assignment]:
        return self.store.assignments.of_run(self.job.name, self.target)

    @cached_property
    def _assigning(self) -> Assigning:
        return Assigning(self.job, self.store, self.run, self.around.now())

    @property
    def _owner(self) -> str:
        return self.job.mapping.task.owner if self.job.mapping.task else ""


def _texts_of(records: pl.DataFrame, written: Mapping[str, _Written], names: Sequence[str], which: int) -> pl.DataFrame:
    """Of each record, as text: what its fields held before (`which` 0), or what we left there (1)."""
    fields = [written[lead].fields for lead in records["id"]]
    return texts_of([{name: pair[which] for name, pair in given.items()} for given in fields], names)
