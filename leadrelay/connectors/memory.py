"""A CRM in memory: all that a connector must do, and nothing else. For tests and for trying things out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl

from leadrelay.connectors.base import Cursor, FieldInfo, JsonValue, Outcome, Owner, Page, Standing, Update, Usage
from leadrelay.connectors.delivery import parked
from leadrelay.connectors.moments import before, stamp
from leadrelay.errors import Refused

Record = dict[str, str | None]


class MemoryConnector:
    """Records of one object type, by id."""

    def __init__(
        self,
        fields: Iterable[FieldInfo],
        owners: Sequence[Owner] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        page_size: int = 1_000,
        overlap: timedelta = timedelta(minutes=10),
    ) -> None:
        self.records: dict[str, Record] = {}
        self.calls = 0
        self.usage: Usage | None = None
        self.overlap = overlap
        self._fields = {field.name: field for field in fields}
        self._owners = owners
        self._now, self._page_size = now, page_size

    def put(self, record_id: str, values: Mapping[str, JsonValue]) -> None:
        """Create or change a record, as a person would."""
        record = self.records.setdefault(record_id, dict.fromkeys(self._fields))
        record |= {name: _text(value) for name, value in values.items()}
        record["modified"] = stamp(self._now())

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
            yield Page(self._frame([key for _, key in left[: self._page_size]], fields), at, len(left))
        end = Cursor(before(at.started, overlap))
        yield Page(self._frame([key for _, key in left], fields), end, len(left))

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> pl.DataFrame:
        """The records of these ids."""
        self.calls += 1
        return self._frame([key for key in dict.fromkeys(ids) if key in self.records], fields)

    def write(self, updates: Sequence[Update]) -> Iterator[Outcome]:
        """One call for all of them."""
        self.calls += 1
        return (self._written(update) for update in updates)

    def describe(self) -> Mapping[str, FieldInfo]:
        """The fields it was made with."""
        return self._fields

    def owners(self) -> Sequence[Owner]:
        """The owners it was made with."""
        return self._owners

    def organisation(self) -> str:
        """There is but one."""
        return "memory"

    def link(self, record_id: str) -> str:
        """An address that leads nowhere."""
        return f"memory:{record_id}"

    def close(self) -> None:
        """Nothing to let go of."""

    def _frame(self, ids: Sequence[str], fields: Sequence[str]) -> pl.DataFrame:
        if missing := [name for name in fields if name not in self._fields]:
            raise Refused(f"the memory has no field {', '.join(missing)}.")
        rows = [{"id": key, **self.records[key]} for key in ids]
        names = ["id", "modified", *fields]
        return pl.DataFrame({name: pl.Series([row[name] for row in rows], dtype=pl.String) for name in names})

    def _written(self, update: Update) -> Outcome:
        if update.id not in self.records:
            return parked(update, "NOT_FOUND", ())
        for name, value in update.fields.items():
            if refusal := _refusal(self._fields.get(name), value):
                return parked(update, refusal, (name,))
        self.put(update.id, update.fields)
        return Outcome(update.id, Standing.DONE)


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
