"""The portal: its object types with their properties and groups, and the ids it hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from leadrelay.sandbox.hubspot.objecttypes import ALL, CONTACTS, ObjectType
from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.hubspot.standard_properties import built_in, groups_of
from leadrelay.sandbox.store import Column, Store, stamp

FIRST_ID = 100_451
INTEGRATION = "integration"
"""Who the API's writes are by."""
AUTOMATION = "automation"
"""Who a workflow's writes are by; any other actor is a person in the user interface."""
APP_ID = "1512050"
OWN = "leadrelay"
TASK_KEY = "leadrelay_key"
FOUNDED = "2024-02-05T09:00:00.114Z"
ARCHIVED_FOR = timedelta(days=90)


class Portal:
    """What the store holds, as HubSpot understands it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._properties: dict[str, tuple[Mapping[str, Column], Mapping[str, Property]]] = {}

    def prepare(self, *, bare: bool = False) -> None:
        """Create the org. A state file that has it already stays as it is, and gets what is new in HubSpot.

        `bare`: without the properties and the group that leadrelay owns.
        """
        if not self.store.columns(CONTACTS.name):
            self.store.create("associations", self._association_columns(), ("from_type, from_id, to_type",))
        for kind in ALL:
            there = bool(self.store.columns(kind.name))
            if not there:
                self._create(kind, bare=bare)
            self._create_behind(kind)
            if there:
                self._add_new(kind)

    def properties(self, kind: ObjectType) -> Mapping[str, Property]:
        """The properties of an object type by name, in order of name."""
        columns = self.store.columns(kind.name)
        known = self._properties.get(kind.name)
        # The store makes new dicts whenever fields change, by a transaction that is undone too.
        if known is None or known[0] is not columns:
            found = [Property.from_meta(column.meta) for column in columns.values() if column.meta]
            found += [prop for prop in _founding(kind) if self.column(kind, prop.name) != prop.name]
            known = columns, {prop.name: prop for prop in sorted(found, key=lambda p: p.name)}
            self._properties[kind.name] = known
        return known[1]

    def column(self, kind: ObjectType, name: str) -> str:
        """The column that holds a property. The record's id and a contact's two modification times are kept once."""
        if name == "hs_object_id":
            return self.store.key
        if name == self.store.key.lower():
            return f"_{name}"
        return kind.modified if name == "hs_lastmodifieddate" else name

    def add(self, kind: ObjectType, prop: Property) -> Property:
        """Create a property. One of an archived one's name is that one again, as it is defined now."""
        now = self.store.clock.stamp()
        archive = self._archive(kind)
        before = archive.pop(prop.name, {})
        prop = replace(prop, created_at=before.get("created_at", now), updated_at=now)
        self.store.remember(f"archived:{kind.name}", archive)
        self.store.add_column(kind.name, self._column(kind, prop))
        affinity = {"real": "REAL", "boolean": "INTEGER"}.get(prop.kind, "TEXT")
        self.store.db.execute(f'ALTER TABLE "{behind(kind)}" ADD COLUMN "{self.column(kind, prop.name)}" {affinity}')
        self._index(kind, prop)
        return prop

    def change(self, kind: ObjectType, prop: Property) -> Property:
        """Replace the definition of a property; the values stay."""
        prop = replace(prop, updated_at=self.store.clock.stamp())
        self.store.change_column(kind.name, self._column(kind, prop))
        self._index(kind, prop)
        return prop

    def drop(self, kind: ObjectType, prop: Property) -> None:
        """Remove a property with its values; its definition stays in the archive."""
        gone = {**prop.to_meta(), "archived_at": self.store.clock.stamp()}
        self.store.remember(f"archived:{kind.name}", {**self._archive(kind), prop.name: gone})
        column = self.column(kind, prop.name)
        self.store.db.execute(f'DROP INDEX IF EXISTS "{kind.name}:{prop.name}"')
        self.store.drop_column(kind.name, column)
        self.store.db.execute(f'ALTER TABLE "{behind(kind)}" DROP COLUMN "{column}"')

    def retype(self, kind: ObjectType, prop: Property, values: Mapping[int, str | float | int | None]) -> None:
        """Give a property another type, and its records the values that fit it."""
        self.drop(kind, prop)
        self.add(kind, prop)
        column = self.column(kind, prop.name)
        self.store.db.executemany(
            f'UPDATE "{kind.name}" SET "{column}" = ? WHERE "{self.store.key}" = ?',
            [(value, key) for key, value in values.items()],
        )

    def archived(self, kind: ObjectType) -> dict[str, Property]:
        """The properties that were removed, by name."""
        return {name: Property.from_meta(meta) for name, meta in self._archive(kind).items()}

    def groups(self, kind: ObjectType) -> dict[str, dict[str, Any]]:
        """Property groups by name: label and displayOrder."""
        found: dict[str, dict[str, Any]] = self.store.recall(f"groups:{kind.name}", {})
        return found

    def set_groups(self, kind: ObjectType, groups: Mapping[str, Mapping[str, Any]]) -> None:
        self.store.remember(f"groups:{kind.name}", dict(groups))

    def new_ids(self, count: int) -> range:
        """Record ids that were never used, of any object type."""
        first: int = self.store.recall("next id", FIRST_ID)
        self.store.remember("next id", first + count)
        return range(first, first + count)

    def alias(self, old: str) -> str | None:
        """The record that a merged record's id leads to."""
        found: str | None = self.store.recall(f"merged:{old}")
        return found

    def set_alias(self, old: str, new: str) -> None:
        self.store.remember(f"merged:{old}", new)

    def add_kind(self, kind: ObjectType) -> None:
        """Make room for an object of the portal's own."""
        self._create(kind, bare=False)
        self._create_behind(kind)

    def drop_kind(self, kind: ObjectType) -> None:
        """Take it away."""
        self.store.drop(kind.name)
        self.store.db.execute(f'DROP TABLE IF EXISTS "{behind(kind)}"')

    def _archive(self, kind: ObjectType) -> dict[str, Any]:
        """https://knowledge.hubspot.com/properties/organize-and-export-properties: for so many days."""
        found: dict[str, Any] = self.store.recall(f"archived:{kind.name}", {})
        since = stamp(self.store.clock.now() - ARCHIVED_FOR)
        return {name: gone for name, gone in found.items() if gone["archived_at"] > since}

    def _create(self, kind: ObjectType, *, bare: bool) -> None:
        key, modified = self.store.key, kind.modified
        columns = [Column(key, "integer"), Column("_archived", "boolean"), Column("_archived_at", "datetime")]
        properties = [prop for prop in _founding(kind) if not (bare and is_own(prop.name))]
        columns += [self._column(kind, p) for p in properties if self.column(kind, p.name) == p.name]
        # Both orders: a walk by id over what changed, and a walk by time, read an index and no record.
        indexes = [f"{modified}, _archived", f"{key}, {modified}, _archived"]
        self.store.create(kind.name, columns, indexes)
        for prop in properties:
            self._index(kind, prop)
        groups = {name: label for name, label in groups_of(kind).items() if not (bare and is_own(name))}
        self.set_groups(kind, {name: {"label": label, "displayOrder": -1} for name, label in groups.items()})

    def _add_new(self, kind: ObjectType) -> None:
        """HubSpot's own properties that were not there when the org was created."""
        known = self.properties(kind)
        for prop in _founding(kind):
            if prop.built_in and prop.name not in known:
                self.add(kind, prop)

    def _column(self, kind: ObjectType, prop: Property) -> Column:
        return Column(self.column(kind, prop.name), prop.kind, prop.to_meta())

    def _index(self, kind: ObjectType, prop: Property) -> None:
        if prop.unique:
            column = self.column(kind, prop.name)
            name = f"{kind.name}:{prop.name}"
            self.store.db.execute(f'CREATE INDEX IF NOT EXISTS "{name}" ON "{kind.name}" ("{column}")')

    def _create_behind(self, kind: ObjectType) -> None:
        """Where the records are kept that the search index has not taken in yet, as it has them."""
        name = behind(kind)
        self.store.db.execute(
            f'CREATE TABLE IF NOT EXISTS "{name}" AS SELECT NULL AS _seen_at, * FROM "{kind.name}" WHERE 0'
        )
        for number, index in enumerate(("_seen_at", f'"{self.store.key}"', f"{kind.modified}, _archived")):
            self.store.db.execute(f'CREATE INDEX IF NOT EXISTS "{name}:{number}" ON "{name}" ({index})')

    def _association_columns(self) -> list[Column]:
        texts = ("from_type", "to_type", "category", "label")
        numbers = ("from_id", "to_id", "type_id")
        return [
            Column(self.store.key, "integer"),
            *(Column(name) for name in texts),
            *(Column(name, "integer") for name in numbers),
        ]


def is_own(name: str) -> bool:
    """Whether a property or a group is one of leadrelay's."""
    return name.startswith(OWN)


def behind(kind: ObjectType) -> str:
    """The table of the records that the search index has not taken in yet."""
    return f"behind:{kind.name}"


def _founding(kind: ObjectType) -> list[Property]:
    return [replace(prop, created_at=FOUNDED, updated_at=FOUNDED) for prop in built_in(kind)]
