"""The verbs of a connector, and the values that go in and out of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

import polars as pl

from leadrelay.connectors.people import Note, People, TaskDraft
from leadrelay.core.changes import JsonValue, Update

__all__ = [
    "CHANGED_JUST_NOW",
    "CHANGED_MEANWHILE",
    "EMPTIED",
    "MERGED_MEANWHILE",
    "UNKNOWN",
    "Claim",
    "Connector",
    "Cursor",
    "FieldInfo",
    "Guarantee",
    "HandOff",
    "JsonValue",
    "Once",
    "Outcome",
    "Owner",
    "Page",
    "Standing",
    "Update",
    "Usage",
]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a walk over changed records stands, in the CRM's own clock. ISO 8601 UTC with milliseconds.

    `stamp`, `after_id`: up to where the walk has delivered; which pairs that covers is the connector's own affair.
    `started`: the CRM's clock when this walk began ("" when no walk is under way); the next walk starts there, less
    the overlap.
    """

    stamp: str
    after_id: str = ""
    started: str = ""

    def to_json(self) -> dict[str, str]:
        """As the state store keeps it."""
        return {"stamp": self.stamp, "after_id": self.after_id, "started": self.started}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> Cursor:
        """From what `to_json` gave; raises `KeyError` where there is no stamp."""
        return cls(data["stamp"], data.get("after_id", ""), data.get("started", ""))


@dataclass(frozen=True, slots=True)
class Page:
    """A frame of records and the cursor that holds once they are committed.

    `records`: all columns text (`pl.String`), null where unset: `id`, `modified`, then the CRM fields asked for, under
    the names asked for. Numbers, booleans and times are text as the CRM wrote them.
    `cursor`: None means that the cursor must not move yet (no record of the page tells how far the walk is).
    `total`: how many records this walk expects, where the CRM says so (for progress bars).
    `as_of`: a moment of the CRM's own clock, in whole seconds, that is certainly not after the reading of any of these
    records. What carries an earlier stamp cannot have changed unseen since.
    `hidden`: of ids asked for, those that did not come and yet may be there, out of the API user's sight.
    """

    records: pl.DataFrame
    cursor: Cursor | None
    total: int | None = None
    as_of: str = ""
    hidden: frozenset[str] = frozenset()


class Standing(StrEnum):
    """How an update stands once it was sent."""

    DONE = "done"
    PENDING = "pending"  # not known, or a passing fault outlasted the retries: try in a later run
    PARKED = "parked"  # the CRM said no for this record, and would say no again
    VOID = "void"  # the record is gone (deleted, merged away): there is nothing to do any more


CHANGED_MEANWHILE = "CHANGED_MEANWHILE"
"""The code of a pending outcome: the record changed after it was read; read it again and decide anew."""

EMPTIED = "EMPTIED"
"""The code of a pending outcome: a field was emptied so that it may go back, and has not got its value yet."""

UNKNOWN = "UNKNOWN"
"""The code of a pending outcome: an answer was lost, and what is there now does not tell whether it was carried out."""

MERGED_MEANWHILE = "MERGED_MEANWHILE"
"""The code of a void outcome: the record was merged into another, which may have taken what was written."""

CHANGED_JUST_NOW = "CHANGED_JUST_NOW"
"""The code of a pending outcome: the record was read within the second of its last change; come again after one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the CRM said to one update or hand-off (`id`: the lead). `message` names fields, never their values.

    `kept`: guarded fields in which our write had crossed a person's; the person's value, which was put back.
    `ignored`: fields that the CRM left as they were, though it said that it is done.
    `task`, `owner`: of a hand-off that is done, the task and whom it belongs to. `adopted`: the task was there before.
    `along`: of a hand-off that has no task, the keys of what was created to go along with it.
    """

    id: str
    standing: Standing
    code: str = ""
    message: str = ""
    kept: Mapping[str, str | None] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    task: str = ""
    owner: str = ""
    adopted: bool = False
    along: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class HandOff:
    """A lead that is passed on: a task that is created at most once under `key`, and the lead's own changes with it.

    `key`: deterministic; lower-case letters, digits and `-`, at most 40. `update`: what goes into the lead's record.
    `body`: plain text. `due`: ISO 8601 UTC. `owner`: the CRM's id of who gets the task; "" leaves it to the CRM.
    `owner_field`: the field of `update` that is to hold the task's owner, also where the task was there before and
    belongs to somebody else; "" when the lead's owner is not ours to set.
    `html`: the body for a CRM that shows HTML; "" stands for the text. `remind`: ISO 8601 UTC, "" for no reminder.
    `kind`: call, email, linkedin or todo. `note`, `more`: what comes with the task, wherever the task is a new one.
    """

    key: str
    update: Update
    subject: str
    body: str
    due: str
    owner: str = ""
    owner_field: str = ""
    html: str = ""
    remind: str = ""
    kind: str = "todo"
    note: Note | None = None
    more: tuple[TaskDraft, ...] = ()

    @property
    def keys_along(self) -> frozenset[str]:
        """Of what comes with the task."""
        return frozenset([*(draft.key for draft in self.more), *([self.note.key] if self.note else [])])

    def update_for(self, owner: str) -> Update:
        """The lead's changes where its task belongs to `owner` ("": not known): whoever has the task gets the lead."""
        if not self.owner_field or not owner:
            return self.update
        return replace(self.update, fields={**self.update.fields, self.owner_field: owner})


@dataclass(frozen=True, slots=True)
class Claim:
    """A task, or a note, that exists or existed under a key. `touched`: somebody else worked on it since."""

    key: str
    task: str
    owner: str = ""
    deleted: bool = False
    touched: bool = False


class Once(StrEnum):
    """How it is made sure that a task is created once."""

    ATOMIC = "atomic"  # the task and the lead's changes are one transaction under a unique key
    CLAIM = "claim"  # the task comes first, under a unique key; the lead's changes follow it
    MARKER = "marker"  # no unique key: the lead's tasks are searched for a marker first
    NEVER = "never"  # it cannot be made sure: no task is created


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What holds for tasks in this CRM as it is set up, in words for an admin; `cure`: how to get a better one.

    `wait_seconds`: how long a hand-off whose answer was lost must not be sent again, since it may still take effect.
    """

    once: Once
    message: str
    cure: str = ""
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A CRM field as the API user sees it. `type` is the CRM's own word for it.

    `updateable`, `createable`: whether this user may write it, into records that are there and into new ones.
    `required`: a new record must come with it. `nillable`: it may be emptied. `calculated`: the CRM computes it.
    `default`: what a record gets that comes without one. `part_of`: the compound field that it is a part of.
    `controller`: the field on whose value its options depend. `encrypted`: of what the CRM keeps apart, and may mask.
    `words`: what people read for an option, where that is another text.
    """

    name: str
    label: str
    type: str
    length: int | None = None
    picklist: tuple[str, ...] = ()
    restricted: bool = False
    updateable: bool = True
    required: bool = False
    unique: bool = False
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    createable: bool = True
    nillable: bool = True
    calculated: bool = False
    custom: bool = False
    external_id: bool = False
    encrypted: bool = False
    default: str | None = None
    help: str = ""
    part_of: str = ""
    controller: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Owner:
    """Someone, or a queue, that records can belong to."""

    id: str
    name: str
    email: str
    active: bool
    queue: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of the CRM's daily quota of API calls is used up, by everybody."""

    used: int
    total: int


class Connector(People, Protocol):
    """A CRM connection bound to one object type.

    Every method raises `Refused`, `Unavailable` or `Unexpected` when the connection fails; one record that fails is an
    `Outcome`.
    """

    def changes(self, fields: Sequence[str], since: Cursor | None) -> Iterator[Page]:
        """Every record modified at or after `since` (all, when None), at least once.

        A walk that is resumed may leave what changed after its beginning to the next one, which starts before that. A
        cursor ahead of the CRM's clock stands for the clock, less the overlap. The last page's cursor starts the next
        walk. A walk that found nothing still yields one empty page, for its cursor.
        """
        ...

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Page:
        """The records of these ids, without a cursor; ids that are gone are absent, and hidden ones are told."""
        ...

    def write(self, updates: Sequence[Update], as_of: str = "") -> Iterator[Outcome]:
        """Write, and give one outcome per update, in order. `as_of`: of the page that the updates were decided on.

        An update with `guarded` fields is written only while nobody changed them since; else its outcome is pending,
        with `CHANGED_MEANWHILE` or `CHANGED_JUST_NOW`. Without `as_of` nothing is taken to have been read too freshly.
        Updates without an outcome when it raises were perhaps written, perhaps not; writing them again is harmless.
        """
        ...

    def hand_off(self, hand_offs: Sequence[HandOff], as_of: str = "") -> Iterator[Outcome]:
        """Create tasks, each at most once whatever happens, write the leads, and give one outcome each, in order.

        A task that is there already, under its key, is adopted: it stays as it is, deleted ones stay deleted. The
        lead's own part is guarded as `write` guards it.
        """
        ...

    def claims(self, keys: Sequence[str]) -> Mapping[str, Claim]:
        """The tasks of these keys, deleted ones too, from the records themselves; keys without a task are absent.

        Notes are found as tasks are, where the CRM can find them by a key.
        """
        ...

    def families(self, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """The records that were merged into each of these, directly or not; ids without any are absent."""
        ...

    def withdraw(self, claims: Sequence[Claim]) -> Iterator[Outcome]:
        """Delete what nobody touched; `Outcome.id` is the claim's key. A touched one stays: it is parked."""
        ...

    def guarantee(self) -> Guarantee:
        """How it is made sure here that a task is created once. Asks the CRM at most once per connector."""
        ...

    def describe(self) -> Mapping[str, FieldInfo]:
        """The object's fields by name."""
        ...

    def owners(self) -> Sequence[Owner]:
        """Users and queues, inactive ones too."""
        ...

    def organisation(self) -> str:
        """The organisation's or portal's id, a check that sign-in works."""
        ...

    def link(self, record_id: str) -> str:
        """The address of the record's page in the CRM."""
        ...

    @property
    def one_way(self) -> frozenset[str]:
        """The fields that the CRM itself only moves forward in the order of their options, unless they are emptied."""
        ...

    @property
    def calls(self) -> int:
        """API calls made so far, retries and sign-in included."""
        ...

    @property
    def usage(self) -> Usage | None:
        """The quota as the CRM's last answer told it; None while it has told nothing."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
