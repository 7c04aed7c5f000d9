"""The three verbs of a connector, and the values that go in and out of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import polars as pl

from leadrelay.core.changes import JsonValue, Update

__all__ = [
    "Connector",
    "Cursor",
    "FieldInfo",
    "JsonValue",
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
    """

    records: pl.DataFrame
    cursor: Cursor | None
    total: int | None = None


class Standing(StrEnum):
    """How an update stands once it was sent."""

    DONE = "done"
    PENDING = "pending"  # not known, or a passing fault outlasted the retries: try in a later run
    PARKED = "parked"  # the CRM said no for this record, and would say no again


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the CRM said to one update. `message` names fields, never their values."""

    id: str
    standing: Standing
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A CRM field as the API user sees it. `type` is the CRM's own word for it."""

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


class Connector(Protocol):
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

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> pl.DataFrame:
        """The records of these ids, in the form of `Page.records`; ids that are gone are absent."""
        ...

    def write(self, updates: Sequence[Update]) -> Iterator[Outcome]:
        """Write, and give one outcome per update, in order.

        Updates without an outcome when it raises were perhaps written, perhaps not; writing them again is harmless.
        """
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
