"""Associations between records: kept once a direction, read and written over v4 and inside records.

Forms: https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from leadrelay.sandbox.hubspot.association_types import (
    CATEGORY,
    TYPES,
    AssociationType,
    by_id,
    inline_name,
    of_source,
    types_between,
)
from leadrelay.sandbox.hubspot.errors import Refusal, bad_input
from leadrelay.sandbox.hubspot.objecttypes import ObjectType, object_type
from leadrelay.sandbox.hubspot.query import record_id
from leadrelay.sandbox.hubspot.records import Records
from leadrelay.sandbox.store import Row, Store

_THIS = "from_type = ? AND from_id = ? AND to_type = ? AND to_id = ? AND type_id = ?"


class Associations:
    """The links of the portal."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.store = records.store

    def link(self, source: int, target: int, types: Sequence[AssociationType], actor: str) -> None:
        """Associate two records both ways. What is there already stays, and leaves no trace in the history.

        A labelled association is an unlabelled one besides: https://github.com/HubSpot/hubspot-api-ruby/issues/262.
        """
        for found in dict.fromkeys(each for given in types for each in (self._unlabelled(given), given)):
            if self._insert(source, target, found):
                self._insert(target, source, found.turned)
                self.store.note(actor, "associate", found.source, str(source), _field(found), None, str(target))
                self._take_from_others(source, target, found, actor)

    def default_types(self, source: ObjectType, target: ObjectType) -> list[AssociationType]:
        """What an association without a type gets."""
        return types_between(self.store, source, target)[:1]

    def unlink(
        self, source: ObjectType, key: int, target: ObjectType, other: int, actor: str, type_id: int = 0
    ) -> None:
        """Remove the associations of two records, or those of one label; without the unlabelled one there is none."""
        types = types_between(self.store, source, target)
        for found in types:
            if type_id in {0, types[0].type_id, found.type_id} and self._delete(found, key, other):
                self.store.note(actor, "dissociate", source.name, str(key), _field(found), str(other), None)

    def of(self, kind: ObjectType, key: int, target: ObjectType) -> dict[int, list[AssociationType]]:
        """What a record is associated with: for each record the types, in order of id."""
        rows = self.store.db.execute(
            "SELECT to_id, type_id FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ? "
            "ORDER BY to_id, type_id",
            (kind.name, key, target.name),
        )
        found: dict[int, list[AssociationType]] = {}
        for other, type_id in rows:
            found.setdefault(other, []).append(by_id(self.store, kind, target, type_id))
        return found

    def inline(self, kind: ObjectType, key: int, words: Sequence[str]) -> dict[str, Any]:
        """The `associations` of one record in an answer; object types without any are left out."""
        answer: dict[str, Any] = {}
        for target in (object_type(self.store, word) for word in words):
            linked = self.of(kind, key, target)
            results = [{"id": str(o), "type": inline_name(t)} for o, types in linked.items() for t in types]
            if results:
                answer[target.name] = {"results": results}
        return answer

    def link_inline(self, kind: ObjectType, key: int, associations: object, actor: str) -> set[str]:
        """Carry out the `associations` of a create; gives the object types that were reached."""
        reached: set[str] = set()
        for entry in _entries(associations):
            for type_id, category in _type_ids(entry.get("types")):
                found = of_source(self.store, kind, type_id, category)
                other = entry.get("to")
                target = self.existing(
                    object_type(self.store, found.target), other.get("id") if isinstance(other, dict) else None
                )
                self.link(key, target, [found], actor)
                reached.add(found.target)
        return reached

    def existing(self, kind: ObjectType, key: object) -> int:
        """The id of a record that must be there."""
        found = self.records.resolve(kind, str(key)) if isinstance(key, str | int) else None
        if found is None:
            # https://github.com/HubSpot/hubspot-api-nodejs/issues/646
            word = kind.singular.upper()
            context = {"INVALID_OBJECT_IDS": [f"{word}={key} is not valid"]}
            context |= {"objectId": [str(key)], "objectType": [word]}
            raise Refusal(400, "One or more associations are invalid", context=context)
        return found

    def move(self, kind: ObjectType, old: int, new: int) -> None:
        """Give all associations of one record to another, as a merge does. What the other has once, it keeps."""
        for found in TYPES:
            if found.single and found.source == kind.name and self._linked(found, new):
                for one in self._linked(found, old):
                    self._delete(found, old, one)
        for side, other in (("from", "to"), ("to", "from")):
            self.store.db.execute(
                f"DELETE FROM associations WHERE {side}_type = ?1 AND {side}_id = ?2 AND EXISTS (SELECT 1 FROM "
                f"associations AS a WHERE a.{side}_type = ?1 AND a.{side}_id = ?3 AND "
                f"a.{other}_id = associations.{other}_id AND a.type_id = associations.type_id)",
                (kind.name, old, new),
            )
            self.store.db.execute(
                f"UPDATE associations SET {side}_id = ? WHERE {side}_type = ? AND {side}_id = ?", (new, kind.name, old)
            )

    def put_away(self, kind: ObjectType, key: int) -> None:
        """Drop all associations of a record that goes into the recycling bin; it has them again when it comes back."""
        links = self.store.select(
            "SELECT * FROM associations WHERE (from_type = ?1 AND from_id = ?2) OR (to_type = ?1 AND to_id = ?2)",
            (kind.name, key),
        )
        if links:
            self.store.remember(_bin(kind.name, key), [{**link, self.store.key: None} for link in links])
            self.forget(kind, key)

    def bring_back(self, kind: ObjectType, key: int) -> None:
        """Associate a restored record as before; with what is in the bin itself once that comes back."""
        kept: list[Row] = self.store.recall(_bin(kind.name, key), [])
        for link in kept:
            own = (link["from_type"], link["from_id"]) == (kind.name, key)
            name, other = (link["to_type"], link["to_id"]) if own else (link["from_type"], link["from_id"])
            if self.records.resolve(object_type(self.store, name), str(other)) == other:
                self.store.insert("associations", [link], "", silent=True)
            else:
                waiting = self.store.recall(_bin(name, other), [])
                self.store.remember(_bin(name, other), [*waiting, link])
        self.store.remember(_bin(kind.name, key), [])

    def forget(self, kind: ObjectType, key: int) -> None:
        """Drop all associations of a record that goes for good."""
        self.store.db.execute(
            "DELETE FROM associations WHERE (from_type = ?1 AND from_id = ?2) OR (to_type = ?1 AND to_id = ?2)",
            (kind.name, key),
        )

    def _take_from_others(self, source: int, target: int, found: AssociationType, actor: str) -> None:
        """A new primary company takes the label from the one before."""
        one, key, kept = (found, source, target) if found.single else (found.turned, target, source)
        if one.single:
            for other in self._linked(one, key):
                if other != kept:
                    self._delete(one, key, other)
                    self.store.note(actor, "dissociate", one.source, str(key), _field(one), str(other), None)

    def _unlabelled(self, found: AssociationType) -> AssociationType:
        source, target = (object_type(self.store, name) for name in (found.source, found.target))
        return types_between(self.store, source, target)[0]

    def _linked(self, found: AssociationType, key: int) -> list[int]:
        """What a record has an association of this type with."""
        rows = self.store.db.execute(
            "SELECT to_id FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ? AND type_id = ?",
            (found.source, key, found.target, found.type_id),
        )
        return [other for (other,) in rows]

    def _insert(self, source: int, target: int, found: AssociationType) -> bool:
        values = (found.source, source, found.target, target, found.type_id)
        if self.store.db.execute(f"SELECT 1 FROM associations WHERE {_THIS}", values).fetchone():
            return False
        self.store.db.execute(
            "INSERT INTO associations (from_type, from_id, to_type, to_id, type_id, category, label) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*values, CATEGORY, found.label),
        )
        return True

    def _delete(self, found: AssociationType, source: int, target: int) -> bool:
        sql = f"DELETE FROM associations WHERE {_THIS}"
        gone = self.store.db.execute(sql, (found.source, source, found.target, target, found.type_id)).rowcount
        self.store.db.execute(sql, (found.target, target, found.source, source, found.inverse))
        return bool(gone)


def specs(store: Store, source: ObjectType, target: ObjectType, types: object) -> list[AssociationType]:
    """The association types that a body names."""
    return [by_id(store, source, target, type_id, category) for type_id, category in _type_ids(types)]


def searched(store: Store, kind: ObjectType, target: str, keys: Sequence[str]) -> tuple[str, list[Any]]:
    """The SQL condition of the search's pseudo-property `associations.{objectType}`."""
    sql = (
        f'"{store.key}" IN (SELECT from_id FROM associations WHERE from_type = ? AND to_type = ? '
        "AND to_id IN (SELECT value FROM json_each(?)))"
    )
    numbers = [number for key in keys if (number := record_id(key)) is not None]
    return sql, [kind.name, object_type(store, target).name, json.dumps(numbers)]


def _bin(name: str, key: int) -> str:
    """Under what the associations of a record in the recycling bin are kept."""
    return f"links:{name}:{key}"


def _field(found: AssociationType) -> str:
    return f"{found.target}:{found.type_id}"


def _entries(associations: object) -> list[dict[str, Any]]:
    if associations is None:
        return []
    if not isinstance(associations, list) or not all(isinstance(entry, dict) for entry in associations):
        raise bad_input("associations must be a list of objects")
    return associations


def _type_ids(types: object) -> list[tuple[int, str]]:
    """Each with the category that is named, "" where none is."""
    listed = types if isinstance(types, list) else []
    specified = [spec for spec in listed if isinstance(spec, dict)]
    found = [(spec.get("associationTypeId"), str(spec.get("associationCategory") or "")) for spec in specified]
    if not found or len(found) != len(listed) or not all(isinstance(type_id, int) for type_id, _ in found):
        raise bad_input("Some required fields were not set: [associationCategory, associationTypeId]")
    return found  # type: ignore[return-value]
