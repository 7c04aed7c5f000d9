"""Reading records: which columns an answer needs, the record's form, and where an id leads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal
from leadrelay.sandbox.hubspot.history import History
from leadrelay.sandbox.hubspot.objecttypes import ObjectType
from leadrelay.sandbox.hubspot.portal import Portal
from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.hubspot.query import record_id
from leadrelay.sandbox.hubspot.values import Stored, show_time, shower
from leadrelay.sandbox.store import Row

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """A choice of properties: the SQL list that fetches them, and what makes a record of a row."""

    select: str
    fields: Sequence[tuple[str, Callable[[Stored], str] | None]]
    sparse: bool = False

    def record(self, row: Sequence[Any]) -> Record:
        """`sparse`: only what is set, as after a create."""
        key, created, modified, archived, archived_at, *values = row
        properties = {
            name: (value if how is None or value is None else how(value))
            for (name, how), value in zip(self.fields, values, strict=True)
        }
        if self.sparse:
            properties = {name: value for name, value in properties.items() if value is not None}
        if "hs_object_id" in properties:
            properties["hs_object_id"] = str(key)
        record = {
            "id": str(key),
            "properties": properties,
            "createdAt": show_time(created),
            "updatedAt": show_time(modified),
            "archived": bool(archived),
        }
        if archived:
            record["archivedAt"] = show_time(archived_at)
        return record


class Records:
    """Reads the portal's records."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.store = portal.store
        self.history = History(portal)

    def view(self, kind: ObjectType, names: Iterable[str] | None = None) -> View:
        """The properties asked for (the defaults, when None) and those that always come; unknown ones are left out."""
        known = self.portal.properties(kind)
        wanted = {*(kind.defaults if names is None else names), *kind.always}
        return self._view(kind, [known[name] for name in sorted(wanted) if _shown(known.get(name))], sparse=False)

    def full_view(self, kind: ObjectType) -> View:
        """Everything that is set."""
        return self._view(kind, [prop for prop in self.portal.properties(kind).values() if _shown(prop)], sparse=True)

    def rows(self, kind: ObjectType, view: View, rest: str, params: Sequence[Any]) -> list[Record]:
        """Records of a query that begins after FROM."""
        rows = self.store.db.execute(f'SELECT {view.select} FROM "{kind.name}" {rest}', params)
        return [view.record(row) for row in rows]

    def by_id(self, kind: ObjectType, keys: Sequence[int], view: View, *, archived: bool = False) -> list[Record]:
        """Records in the order of the keys; those that are not there are left out."""
        rest = f'WHERE "{self.store.key}" IN (SELECT value FROM json_each(?)) AND "_archived" IS ?'
        found = {r["id"]: r for r in self.rows(kind, view, rest, (json.dumps(list(keys)), archived or None))}
        return [found[str(key)] for key in keys if str(key) in found]

    def resolve(self, kind: ObjectType, key: str, id_property: str = "", *, archived: bool = False) -> int | None:
        """The id of the record that a key means, if there is one."""
        if id_property and id_property != "hs_object_id":
            return self._by_unique(kind, key, id_property, archived=archived)
        number = record_id(key)
        if number is None:
            return None
        found = self._find(kind, self.store.key, number, archived=archived)
        heir = None if found else self.portal.alias(key)
        return self.resolve(kind, heir, archived=archived) if heir else found

    def row(self, kind: ObjectType, key: int) -> Row:
        """All columns of a record."""
        found = self.store.get(kind.name, str(key))
        if found is None:
            raise Refusal(404, "resource not found", "OBJECT_NOT_FOUND")
        return found

    def _view(self, kind: ObjectType, properties: Sequence[Property], *, sparse: bool) -> View:
        columns = [self.store.key, kind.created, kind.modified, "_archived", "_archived_at"]
        columns += [self.portal.column(kind, prop.name) for prop in properties]
        select = ", ".join(f'"{column}"' for column in columns)
        return View(select, [(prop.name, shower(prop)) for prop in properties], sparse)

    def _find(self, kind: ObjectType, column: str, value: Stored, *, archived: bool) -> int | None:
        sql = f'SELECT "{self.store.key}" FROM "{kind.name}" WHERE "{column}" = ? AND "_archived" IS ?'
        found = self.store.db.execute(sql, (value, archived or None)).fetchone()
        return found[0] if found else None

    def _by_unique(self, kind: ObjectType, key: str, name: str, *, archived: bool) -> int | None:
        prop = self.portal.properties(kind).get(name)
        if prop is None or not prop.unique:
            raise Refusal(400, f"Unable to look up records by non-unique {kind.type_id} property {name}")
        value: Stored = key.strip().lower() if name == "email" else key
        return self._find(kind, self.portal.column(kind, name), value, archived=archived)


def _shown(prop: Property | None) -> bool:
    """Whether the app may read the values of a property, which must be there."""
    return prop is not None and not prop.sensitive
