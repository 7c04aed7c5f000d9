"""A CRM in memory: all that a connector must do, and nothing else. For tests and for trying things out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import polars as pl

from leadrelay.connectors.base import (
    CHANGED_JUST_NOW,
    CHANGED_MEANWHILE,
    Claim,
    Cursor,
    FieldInfo,
    Guarantee,
    HandOff,
    JsonValue,
    Once,
    Outcome,
    Owner,
    Page,
    Standing,
    Update,
    Usage,
)
from leadrelay.connectors.delivery import batches, parked
from leadrelay.connectors.inspection import Inspection
from leadrelay.connectors.memory_people import MemoryPeople, MemoryTask, Record
from leadrelay.connectors.moments import before, stamp
from leadrelay.connectors.people import TaskDraft
from leadrelay.errors import FieldsGone, Refused, Unavailable

T = TypeVar("T")

_BATCH = 100
_SECOND = len("2026-01-31T12:00:00")


class MemoryConnector(MemoryPeople):
    """Records of one object type, by id; `tasks` and `notes` by key; `merged`: the ids that a survivor took in.

    Faults for tests: `lose_requests` and `lose_replies` are asked once per call that writes, before and after its
    effect. `meanwhile` is called just before an effect, for what others do between our reading and our writing;
    `between` after a task was created and before its lead is written, where that is not one transaction. `seen`: what
    `inspect` tells beside the memory's own fields, owners and records.
    """

    def __init__(
        self,
        fields: Iterable[FieldInfo],
        owners: Sequence[Owner] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        page_size: int = 1_000,
        overlap: timedelta = timedelta(minutes=10),
        task_key: str = "key",
        once: Once = Once.ATOMIC,
        owner_field: str = "Owner",
    ) -> None:
        super().__init__(owner_field=owner_field)
        self.bin: dict[str, Record] = {}
        self.merged: dict[str, list[str]] = {}
        self.tasks: dict[str, MemoryTask] = {}
        self.notes: dict[str, MemoryTask] = {}
        self.usage: Usage | None = None
        self.one_way: frozenset[str] = frozenset()
        self.seen = Inspection("memory", "", "memory")
        self.overlap = overlap
        self.once = once if task_key else Once.NEVER
        self.lose_requests: Callable[[], bool] = lambda: False
        self.lose_replies: Callable[[], bool] = lambda: False
        self.meanwhile: Callable[[], None] = lambda: None
        self.between: Callable[[], None] = lambda: None
        self._fields = {field.name: field for field in fields}
        self._owners = owners
        self._now, self._page_size = now, page_size

    # -- what people do -----------------------------------------------------------------------------------------------

    def put(self, record_id: str, values: Mapping[str, JsonValue]) -> None:
        """Create or change a record, as a person would."""
        record = self.records.setdefault(record_id, dict.fromkeys(self._fields))
        record |= {name: _text(value) for name, value in values.items()}
        record["modified"] = stamp(self._now())

    def delete(self, record_id: str) -> None:
        """Put a record into the bin."""
        self.bin[record_id] = self.records.pop(record_id)

    def restore(self, record_id: str) -> None:
        """Take it out again, also out of the record that it was merged into; that changes it."""
        for losers in self.merged.values():
            losers[:] = [loser for loser in losers if loser != record_id]
        self.records[record_id] = self.bin.pop(record_id)
        self.put(record_id, {})

    def merge(self, survivor: str, loser: str) -> None:
        """Merge one record into another, which keeps its id and its values; tasks go along."""
        self.delete(loser)
        self.merged.setdefault(survivor, []).append(loser)
        for task in (*self.tasks.values(), *self.notes.values()):
            task.lead = survivor if task.lead == loser else task.lead
        self.put(survivor, {})

    def add_field(self, field: FieldInfo) -> None:
        """Add a field, empty in every record, as an admin would."""
        self._fields[field.name] = field
        for record in self.records.values():
            record.setdefault(field.name, None)

    def drop_field(self, name: str) -> FieldInfo:
        """Remove a field with its values."""
        for record in self.records.values():
            record.pop(name, None)
        return self._fields.pop(name)

    # -- reading ------------------------------------------------------------------------------------------------------

    def changes(self, fields: Sequence[str], since: Cursor | None) -> Iterator[Page]:
        """By (modified, id), a page at a time. What changes during the walk belongs to the next one."""
        now, overlap = stamp(self._now()), self.overlap.total_seconds()
        at = since or Cursor("")
        if at.stamp > now:
            at = Cursor(before(now, overlap))
        at = replace(at, started=min(at.started or now, now))
        while True:
            self.calls += 1
            due = sorted(((r["modified"] or "", key) for key, r in self.records.items()))
            left = [pair for pair in due if pair > (at.stamp, at.after_id) and pair[0] <= at.started]
            if len(left) <= self._page_size:
                break
            at = Cursor(*left[self._page_size - 1], at.started)
            yield self._page([key for _, key in left[: self._page_size]], fields, at, len(left))
        end = Cursor(before(at.started, overlap))
        yield self._page([key for _, key in left], fields, end, len(left))

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Page:
        """The records of these ids."""
        self.calls += 1
        return self._page([key for key in dict.fromkeys(ids) if key in self.records], fields)

    def families(self, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """What was merged into each, directly or not."""
        self.calls += 1
        return {survivor: list(self._losers(survivor)) for survivor in ids if survivor in self.merged}

    def claims(self, keys: Sequence[str]) -> Mapping[str, Claim]:
        """The tasks and notes of these keys, deleted ones too."""
        self.calls += 1
        found = {**self.notes, **self.tasks}
        return {key: found[key].claim(key) for key in keys if key in found}

    # -- writing ------------------------------------------------------------------------------------------------------

    def write(self, updates: Sequence[Update], as_of: str = "") -> Iterator[Outcome]:
        """A call for each hundred. A guarded update is written only while the record's stamp is the one it carries."""
        for batch in batches(updates, _BATCH):
            yield from self._called(partial(self._written, as_of=as_of), batch)

    def hand_off(self, hand_offs: Sequence[HandOff], as_of: str = "") -> Iterator[Outcome]:
        """A call for each hundred."""
        if self.once is Once.NEVER:
            raise Refused(self.guarantee().message)
        for start in range(0, len(hand_offs), _BATCH):
            batch = hand_offs[start : start + _BATCH]
            yield from self._called(partial(self._handed_off, as_of=as_of), batch)

    def withdraw(self, claims: Sequence[Claim]) -> Iterator[Outcome]:
        """One call for all of them."""
        yield from self._called(self._withdrawn, claims)

    # -- the rest -----------------------------------------------------------------------------------------------------

    def guarantee(self) -> Guarantee:
        """What `once` says."""
        if self.once is Once.NEVER:
            return Guarantee(self.once, "the memory has no key for tasks: none is created.", "Name one with task_key.")
        return Guarantee(self.once, f"tasks of the memory are created once ({self.once}).")

    def describe(self) -> Mapping[str, FieldInfo]:
        """The fields it was made with."""
        return self._fields

    def owners(self) -> Sequence[Owner]:
        """The owners it was made with."""
        return self._owners

    def inspect(self, parts: Collection[str], related: Sequence[str] = ()) -> Inspection:
        """One call. Of what it is not made with it tells nothing; `related` are the company's fields."""
        self.calls += 1
        found = replace(
            self.seen,
            kind="memory",
            organisation=self.organisation(),
            fields=dict(self._fields),
            owners=tuple(self._owners),
            guarantee=self.guarantee(),
            related={name: self.company_fields() for name in related},
            usage=self.usage,
            records=len(self.records),
            taken_at=stamp(self._now()),
        )
        return found.only(parts)

    def sample(self, fields: Sequence[str], count: int) -> pl.DataFrame:
        """The latest."""
        self.calls += 1
        latest = sorted(self.records, key=lambda one: self.records[one]["modified"] or "", reverse=True)
        return self._page(latest[:count], fields).records.drop("modified")

    def organisation(self) -> str:
        """There is but one."""
        return "memory"

    def link(self, record_id: str) -> str:
        """An address that leads nowhere."""
        return f"memory:{record_id}"

    def close(self) -> None:
        """Nothing to let go of."""

    def _page(
        self, ids: Sequence[str], fields: Sequence[str], at: Cursor | None = None, total: int | None = None
    ) -> Page:
        if missing := [name for name in fields if name not in self._fields]:
            raise FieldsGone(f"the memory has no field {', '.join(missing)}.", missing)
        rows = [{"id": key, **self.records[key]} for key in ids]
        names = ["id", "modified", *fields]
        frame = pl.DataFrame({name: pl.Series([row[name] for row in rows], dtype=pl.String) for name in names})
        return Page(frame, at, total if at else None, stamp(self._now().replace(microsecond=0)))

    def _losers(self, survivor: str) -> Iterator[str]:
        for loser in self.merged.get(survivor, ()):
            yield loser
            yield from self._losers(loser)

    def _called(self, effect: Callable[[T], Outcome], batch: Sequence[T]) -> list[Outcome]:
        self.calls += 1
        if self.lose_requests():
            raise Unavailable("the memory did not get the request.")
        self.meanwhile()
        outcomes = [effect(one) for one in batch]
        if self.lose_replies():
            raise Unavailable("the memory's answer got lost.")
        return outcomes

    def _handed_off(self, one: HandOff, as_of: str) -> Outcome:
        task = self.tasks.get(one.key)
        adopted = task is not None
        if task is None:
            refusal = self._refused(one.update, as_of)
            if refusal:
                return refusal
            task = self._brought(one)
            if self.once is not Once.ATOMIC:
                self.between()
        outcome = self._written(one.update_for(task.owner), as_of)
        return replace(outcome, task=task.id, owner=task.owner, adopted=adopted)

    def _brought(self, one: HandOff) -> MemoryTask:
        """The task, and what goes along with it."""
        lead = one.update.id
        tasks: list[HandOff | TaskDraft] = [one, *one.more]
        for task in tasks:
            text = (task.subject, task.body, task.due, task.owner, task.html, task.remind, task.kind)
            self.tasks[task.key] = MemoryTask(f"task-{len(self.tasks) + 1}", lead, *text)
        if note := one.note:
            number = len(self.notes) + 1
            self.notes[note.key] = MemoryTask(f"note-{number}", lead, note.title, note.body, html=note.html)
        return self.tasks[one.key]

    def _withdrawn(self, claim: Claim) -> Outcome:
        task = self.tasks.get(claim.key) or self.notes.get(claim.key)
        if task is None or task.deleted:
            return Outcome(claim.key, Standing.VOID, "NOT_FOUND", "the task is gone")
        if task.touched:
            return Outcome(claim.key, Standing.PARKED, "TOUCHED", "somebody worked on the task")
        task.deleted = True
        return Outcome(claim.key, Standing.DONE)

    def _written(self, update: Update, as_of: str) -> Outcome:
        if refusal := self._refused(update, as_of):
            return refusal
        self.put(update.id, update.fields)
        return Outcome(update.id, Standing.DONE)

    def _refused(self, update: Update, as_of: str) -> Outcome | None:
        record = self.records.get(update.id)
        if record is None:
            merged = any(update.id in losers for losers in self.merged.values())
            code, message = ("MERGED", "merged into another record") if merged else ("NOT_FOUND", "the record is gone")
            return Outcome(update.id, Standing.VOID, code, message)
        for name, value in update.fields.items():
            if refusal := _refusal(self._fields.get(name), value):
                return parked(update, refusal, (name,))
        if update.guarded and (code := _conflict(update, record, as_of)):
            return Outcome(update.id, Standing.PENDING, code, "the record changed after it was read")
        return None


def _conflict(update: Update, record: Record, as_of: str) -> str:
    """Nothing is in the way of what stands there already: our own write, whose answer got lost."""
    if all(record[name] == _text(value) for name, value in update.fields.items()):
        return ""
    if record["modified"] != update.modified:
        return CHANGED_MEANWHILE
    return CHANGED_JUST_NOW if as_of and update.modified[:_SECOND] >= as_of[:_SECOND] else ""


def _refusal(field: FieldInfo | None, value: JsonValue) -> str:
    if field is None:
        return "INVALID_FIELD"
    if not field.updateable:
        return "INVALID_FIELD_FOR_INSERT_UPDATE"
    if field.length is not None and len(_text(value) or "") > field.length:
        return "STRING_TOO_LONG"
    return ""


def _text(value: JsonValue) -> str | None:
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
