"""The search index: a record as it was, until a change of it has reached the index.

The filters go by what the index has, the answer shows the record as it is now:
https://github.com/estuary/connectors/pull/2210
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from zlib import crc32

from leadrelay.sandbox.hubspot.objecttypes import ALL, ObjectType, custom
from leadrelay.sandbox.hubspot.portal import Portal, behind
from leadrelay.sandbox.hubspot.settings import Settings
from leadrelay.sandbox.store import stamp


class Index:
    """Per object type a table of old rows: the first of a record is what the index has of it."""

    def __init__(self, portal: Portal, settings: Settings) -> None:
        self.portal = portal
        self.store = portal.store
        self.settings = settings
        self._late = 0.0

    @contextmanager
    def late(self, seconds: float) -> Iterator[None]:
        """What changes in here reaches the index so much later than it otherwise would."""
        self._late = seconds
        try:
            yield
        finally:
            self._late = 0.0

    def before(self, kind: ObjectType, keys: Sequence[int]) -> None:
        """To be called before records change, come or go: keeps what the index has of them."""
        if not (self._late or self.settings.index_lag_seconds or self._behind(kind)):
            return
        now, names = self.store.clock.now(), self._columns(kind)
        for key in keys:
            lag = self._lag(kind, key) + self._late
            self._keep(kind, key, names, stamp(now + timedelta(seconds=lag)) if lag else "")

    def settle(self, kind: ObjectType) -> None:
        """Let the index take in what has reached it by now."""
        self.store.db.execute(f'DELETE FROM "{behind(kind)}" WHERE _seen_at <= ?', (self.store.clock.stamp(),))

    def source(self, kind: ObjectType) -> str:
        """What stands after FROM in a search: the records as the index has them."""
        if not self._behind(kind):
            return f'"{kind.name}"'
        key, names, old = self.store.key, self._columns(kind), behind(kind)
        changed = f'EXISTS (SELECT 1 FROM "{old}" AS b WHERE b."{key}" = live."{key}")'
        return (
            f'(SELECT {names} FROM "{kind.name}" AS live WHERE NOT {changed} '
            f'UNION ALL SELECT {names} FROM "{old}" AS was WHERE {self._first(kind)}) AS "{kind.name}"'
        )

    def rows(self, kind: ObjectType, select: str, keys: Sequence[int]) -> list[Sequence[object]]:
        """What the index has of records that are gone."""
        where = f'"{self.store.key}" IN (SELECT value FROM json_each(?)) AND {self._first(kind)}'
        sql = f'SELECT {select} FROM "{behind(kind)}" AS was WHERE {where}'
        return list(self.store.db.execute(sql, (json.dumps(list(keys)),)))

    def reset(self) -> None:
        """Forget all old rows: the index is up to date."""
        for kind in (*ALL, *custom(self.store)):
            self.store.db.execute(f'DROP TABLE IF EXISTS "{behind(kind)}"')

    def _behind(self, kind: ObjectType) -> bool:
        return self.store.db.execute(f'SELECT 1 FROM "{behind(kind)}" LIMIT 1').fetchone() is not None

    def _first(self, kind: ObjectType) -> str:
        key = self.store.key
        earlier = f'SELECT 1 FROM "{behind(kind)}" AS e WHERE e."{key}" = was."{key}" AND e.rowid < was.rowid'
        return f"NOT EXISTS ({earlier})"

    def _lag(self, kind: ObjectType, key: int) -> float:
        share = crc32(f"{kind.name} {key}".encode()) / 2**32 if self.settings.index_lag_random else 1.0
        return self.settings.index_lag_seconds * share

    def _keep(self, kind: ObjectType, key: int, names: str, seen_at: str) -> None:
        """A record is taken in as a whole: with a change, what was changed before it arrives too."""
        old, own = behind(kind), self.store.key
        if not seen_at:
            self.store.db.execute(f'DELETE FROM "{old}" WHERE "{own}" = ?', (key,))
            return
        self.store.db.execute(f'UPDATE "{old}" SET _seen_at = min(_seen_at, ?) WHERE "{own}" = ?', (seen_at, key))
        copied = f'INSERT INTO "{old}" (_seen_at, {names}) SELECT ?, {names} FROM "{kind.name}" WHERE "{own}" = ?'
        if not self.store.db.execute(copied, (seen_at, key)).rowcount:
            absent = f'INSERT INTO "{old}" (_seen_at, "{own}", _archived) VALUES (?, ?, 1)'
            self.store.db.execute(absent, (seen_at, key))

    def _columns(self, kind: ObjectType) -> str:
        return ", ".join(f'"{column.name}"' for column in self.store.columns(kind.name).values())
