"""Records that the API user has no access to, as after its permissions were narrowed."""

from __future__ import annotations

from collections.abc import Iterable

from leadrelay.sandbox.salesforce.errors import SalesforceError, bad
from leadrelay.sandbox.store import Store


class Hidden:
    """Kept beside the records, for as long as the process lives: nobody's edit, nothing in the history."""

    def __init__(self, store: Store) -> None:
        self._db = store.db
        self._objects: set[str] = set()
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS _hidden (id TEXT PRIMARY KEY, object TEXT) WITHOUT ROWID")

    def hide(self, name: str, keys: Iterable[str]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO _hidden VALUES (?, ?)", [(key, name) for key in keys])
        self._objects.add(name)

    def show(self, name: str) -> None:
        self._db.execute("DELETE FROM _hidden WHERE object = ?", (name,))
        self._objects.discard(name)

    def clear(self) -> None:
        for name in list(self._objects):
            self.show(name)

    def clause(self, name: str, alias: str) -> list[str]:
        """The SQL conditions, if any, under which a record is seen."""
        return [f'{alias}."Id" NOT IN (SELECT id FROM _hidden)'] if name in self._objects else []

    def has(self, name: str, key: str) -> bool:
        if name not in self._objects:
            return False
        return self._db.execute("SELECT 1 FROM _hidden WHERE id = ?", (key,)).fetchone() is not None

    def refuse(self, name: str, key: str) -> None:
        """Refuse a write to a record that is not seen."""
        if self.has(name, key):
            raise no_access()


def no_access() -> SalesforceError:
    message = "insufficient access rights on cross-reference id"
    return bad("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, [])
