"""One CRM's state in SQLite: tables whose columns can grow, and an append-only history of every acknowledged effect."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

Row = dict[str, Any]

_AFFINITY = {"integer": "INTEGER", "boolean": "INTEGER", "real": "REAL"}


class Clock:
    """The CRM's own clock: the machine's, moved by `advance`. Never runs backwards, millisecond grain."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        moment = datetime.fromtimestamp(time.time(), UTC) + self.offset
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def stamp(self) -> str:
        """Now, as `2026-01-31T12:00:00.000Z`: the only form in which the store keeps moments."""
        return stamp(self.now())

    def advance(self, seconds: float) -> None:
        self.offset += timedelta(seconds=seconds)


def stamp(moment: datetime) -> str:
    """A moment as `2026-01-31T12:00:00.000Z`; such texts sort by time."""
    at = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{at.isoformat(timespec='milliseconds')[:23]}Z"


@dataclass(frozen=True, slots=True)
class Column:
    """A field: `kind` is text, integer, real, boolean, date or datetime; `meta` is the CRM's own description of it."""

    name: str
    kind: str = "text"
    meta: Mapping[str, Any] = field(default_factory=dict)


class Store:
    """Tables of records. Names are case-insensitive, as both CRMs have them. Not thread-safe: one event loop owns it.

    `path` is a file, or ":memory:". `key` is the column that identifies a record.
    """

    def __init__(self, path: str = ":memory:", clock: Clock | None = None, key: str = "Id") -> None:
        self.clock = clock or Clock()
        self.key = key
        self.db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self.db.executescript(_SCHEMA)
        except sqlite3.Error:
            self.db.close()
            raise
        self._columns: dict[str, dict[str, Column]] = {}
        self._depth = 0
        self._changes = 0
        self._reload()

    # -- schema -----------------------------------------------------------------------------------------------------

    def objects(self) -> list[str]:
        """The names of all object types, as created."""
        return [name for (name,) in self.db.execute("SELECT DISTINCT object FROM _columns")]

    def create(self, name: str, columns: Iterable[Column], indexes: Sequence[str] = ()) -> None:
        """Add an object type, unless it is there (a state file that is opened again)."""
        if name.lower() in self._columns:
            return
        columns = list(columns)
        parts = ", ".join(self._definition(column) for column in columns)
        self.db.execute(f'CREATE TABLE "{name}" ({parts})')
        for index in indexes:
            self.db.execute(f'CREATE INDEX "{name}:{index}" ON "{name}" ({index})')
        for column in columns:
            self._remember(name, column)
        self._reload(name)

    def add_column(self, name: str, column: Column) -> None:
        """Add a field to an object type."""
        self.db.execute(f'ALTER TABLE "{name}" ADD COLUMN {self._definition(column)}')
        self._remember(name, column)
        self._changes += 1
        # Not read anew: a table of 600 new fields would be read 600 times. A new dict tells others that it changed.
        made = Column(column.name, column.kind, json.loads(json.dumps(dict(column.meta))))
        self._columns[name.lower()] = {**self.columns(name), column.name.lower(): made}

    def change_column(self, name: str, column: Column) -> None:
        """Replace what is known of a field; its values stay."""
        self.db.execute(
            "UPDATE _columns SET name = ?1, kind = ?2, meta = ?3 WHERE object = ?4 AND name = ?1",
            (column.name, column.kind, json.dumps(dict(column.meta)), name),
        )
        self._reload(name)

    def drop_column(self, name: str, column: str) -> None:
        """Remove a field with its values."""
        self.db.execute(f'ALTER TABLE "{name}" DROP COLUMN "{column}"')
        self.db.execute("DELETE FROM _columns WHERE object = ? AND name = ?", (name, column))
        self._reload(name)

    def drop(self, name: str) -> None:
        """Remove an object type with its records."""
        self.db.execute(f'DROP TABLE "{name}"')
        self.db.execute("DELETE FROM _columns WHERE object = ?", (name,))
        self._reload(name)

    def columns(self, name: str) -> dict[str, Column]:
        """The fields of an object type by lower-case name, in order; empty when there is no such type."""
        return self._columns.get(name.lower(), {})

    # -- records ----------------------------------------------------------------------------------------------------

    def insert(self, name: str, rows: Sequence[Mapping[str, Any]], actor: str, *, silent: bool = False) -> None:
        """Add records; each row names its key. `silent`: no history (it was always there)."""
        if not rows:
            return
        used = set().union(*rows)
        columns = [column.name for column in self.columns(name).values() if column.name in used]
        marks = ", ".join("?" * len(columns))
        names = ", ".join(f'"{column}"' for column in columns)
        self.db.executemany(
            f'INSERT INTO "{name}" ({names}) VALUES ({marks})',
            [[row.get(column) for column in columns] for row in rows],
        )
        if not silent:
            self._record(actor, "create", name, ((row[self.key], f, None, v) for row in rows for f, v in row.items()))

    def get(self, name: str, key: str) -> Row | None:
        """One record with all its fields, deleted ones too."""
        rows = self.select(f'SELECT * FROM "{name}" WHERE "{self.key}" = ?', (key,))
        return rows[0] if rows else None

    def get_many(self, name: str, keys: Sequence[str]) -> dict[str, Row]:
        """Records by key; absent keys are absent."""
        found = self.select(
            f'SELECT * FROM "{name}" WHERE "{self.key}" IN (SELECT value FROM json_each(?))', (json.dumps(list(keys)),)
        )
        return {row[self.key]: row for row in found}

    def update(self, name: str, key: str, values: Mapping[str, Any], actor: str, old: Row | None = None) -> Row:
        """Change fields of one record and give the record as it was. Only what differs reaches the history.

        `old` is the record, where the caller has it at hand. An unknown key is a KeyError.
        """
        old = old or self.get(name, key)
        if old is None:
            raise KeyError(key)
        changed = {f: v for f, v in values.items() if old.get(f) != v}
        if changed:
            sets = ", ".join(f'"{f}" = ?' for f in changed)
            self.db.execute(f'UPDATE "{name}" SET {sets} WHERE "{self.key}" = ?', [*changed.values(), key])
            self._record(actor, "update", name, ((key, f, old.get(f), v) for f, v in changed.items()))
        return old

    def note(
        self, actor: str, action: str, name: str, key: str, field: str = "", old: Any = None, new: Any = None
    ) -> None:
        """Put an effect into the history that is not a change of a field (delete, restore, merge, association)."""
        self._record(actor, action, name, [(key, field, old, new)])

    def select(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Rows of a query as dicts."""
        cursor = self.db.execute(sql, params)
        names = [description[0] for description in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nests. An exception undoes what happened inside."""
        self._depth += 1
        name = f"level{self._depth}"
        changes = self._changes
        self.db.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self.db.execute(f"ROLLBACK TO {name}")
            if changes != self._changes:
                self._reload()
            raise
        finally:
            self.db.execute(f"RELEASE {name}")
            self._depth -= 1

    # -- history ----------------------------------------------------------------------------------------------------

    def history(self, record: str | None = None, after: int = 0, limit: int = 10_000) -> list[Row]:
        """Acknowledged effects in order: seq, at, actor, action, object, record, field, old, new."""
        where = "seq > ?1" if record is None else "seq > ?1 AND record = ?2"
        rows = self.select(f"SELECT * FROM _history WHERE {where} ORDER BY seq LIMIT ?3", (after, record, limit))
        return [{**row, "old": json.loads(row["old"]), "new": json.loads(row["new"])} for row in rows]

    # -- small things that outlive a restart --------------------------------------------------------------------------

    def remember(self, key: str, value: Any) -> None:
        """Keep a JSON value under a key."""
        self.db.execute("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (key, json.dumps(value)))

    def recall(self, key: str, default: Any = None) -> Any:
        """The value kept under a key."""
        found = self.db.execute("SELECT value FROM _meta WHERE key = ?", (key,)).fetchone()
        return json.loads(found[0]) if found else default

    def wipe(self) -> None:
        """Forget everything: records, fields, history."""
        for name in self.objects():
            self.db.execute(f'DROP TABLE "{name}"')
        for table in ("_columns", "_history", "_meta"):
            self.db.execute(f"DELETE FROM {table}")
        self._reload()

    def close(self) -> None:
        self.db.close()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _definition(self, column: Column) -> str:
        kind = _AFFINITY.get(column.kind, "TEXT")
        return f'"{column.name}" {kind}' + (" PRIMARY KEY" if column.name == self.key else "")

    def _remember(self, name: str, column: Column) -> None:
        self.db.execute(
            "INSERT INTO _columns VALUES (?, ?, ?, ?)", (name, column.name, column.kind, json.dumps(dict(column.meta)))
        )

    def _reload(self, name: str | None = None) -> None:
        """Read the fields of one object type anew, or of all."""
        self._changes += 1
        if name is None:
            self._columns.clear()
        else:
            self._columns.pop(name.lower(), None)
        rows = self.db.execute("SELECT * FROM _columns WHERE ?1 IS NULL OR object = ?1 ORDER BY rowid", (name,))
        for owner, column, kind, meta in rows:
            self._columns.setdefault(owner.lower(), {})[column.lower()] = Column(column, kind, json.loads(meta))

    def _record(self, actor: str, action: str, name: str, effects: Iterable[tuple[str, str, Any, Any]]) -> None:
        at = self.clock.stamp()
        self.db.executemany(
            "INSERT INTO _history (at, actor, action, object, record, field, old, new) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(at, actor, action, name, key, f, _json(old), _json(new)) for key, f, old, new in effects],
        )


def _json(value: Any) -> str:
    """As json.dumps, in a third of the time: the history is most of what a write costs."""
    return orjson.dumps(value).decode()


_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF; -- a sandbox outlives its process, but need not outlive a power cut
PRAGMA cache_size = -65536; -- 64 MB
CREATE TABLE IF NOT EXISTS _columns (object TEXT COLLATE NOCASE, name TEXT COLLATE NOCASE, kind TEXT, meta TEXT);
CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS _history (
    seq INTEGER PRIMARY KEY, at TEXT, actor TEXT, action TEXT, object TEXT, record TEXT, field TEXT, old TEXT, new TEXT
);
CREATE INDEX IF NOT EXISTS _history_record ON _history (record);
"""
