"""Merging and purging. A merged record gets an id of its own, and the ids of both parents lead to it from then on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal, bad_input, missing
from leadrelay.sandbox.hubspot.objecttypes import ObjectType, object_type
from leadrelay.sandbox.hubspot.query import body, text
from leadrelay.sandbox.hubspot.values import options_in
from leadrelay.sandbox.hubspot.writes import Writer
from leadrelay.sandbox.store import Row
from leadrelay.sandbox.wire import Request, Response

MOST_IDENTITIES = 250
"""https://developers.hubspot.com/docs/api-reference/error-handling: beyond, the answer is 414."""


class MergeApi:
    """`/merge` and `/gdpr-delete`."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.records = writer.records
        self.portal = writer.portal
        self.store = writer.store

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        return (
            ("POST", "/crm/v3/objects/{type}/merge", self.merge),
            ("POST", "/crm/v3/objects/{type}/gdpr-delete", self.purge),
        )

    def merge(self, request: Request) -> Response:
        """The primary record's values win; what it lacks comes from the other."""
        kind, given = object_type(request.parts["type"]), body(request)
        keys = [self._key(kind, given.get(name)) for name in ("primaryObjectId", "objectIdToMerge")]
        if keys[0] == keys[1]:
            raise Refusal(400, "A record cannot be merged with itself.")
        new = self._join(kind, *(self.records.row(kind, key) for key in keys), actor=request.actor)
        view = self.records.full_view(kind)
        return Response(200, self.records.by_id(kind, [new], view)[0])

    def purge(self, request: Request) -> Response:
        kind, given = object_type(request.parts["type"]), body(request)
        key = self.records.resolve(kind, str(given.get("objectId") or ""), text(given.get("idProperty"), "idProperty"))
        if key is not None:
            self.writer.remove(kind, key, request.actor, "purge")
        return Response(204)

    def _key(self, kind: ObjectType, given: object) -> int:
        if not isinstance(given, str | int):
            raise bad_input("Some required fields were not set: [primaryObjectId, objectIdToMerge]")
        found = self.records.resolve(kind, str(given))
        if found is None:
            raise missing(str(given))
        return found

    def _join(self, kind: ObjectType, primary: Row, other: Row, *, actor: str) -> int:
        key, now = self.portal.new_ids(1)[0], self.store.clock.stamp()
        old = [primary[self.store.key], other[self.store.key]]
        losers = [str(k) for row, k in zip((primary, other), old, strict=True) for k in (*_losers(row), k)]
        if len(losers) > MOST_IDENTITIES:
            raise Refusal(414, f"Cannot have more than {MOST_IDENTITIES} identities")
        values = {column: other[column] if value is None else value for column, value in primary.items()}
        values |= {self.store.key: key, kind.created: min(primary[kind.created], other[kind.created])}
        values |= {kind.modified: now, "hs_merged_object_ids": ";".join(losers)}
        for parent in old:
            self.writer.associations.move(kind, parent, key)
            self.writer.remove(kind, parent, actor, "merge")
            self.portal.set_alias(str(parent), str(key))
        self.store.insert(kind.name, [{c: v for c, v in values.items() if v is not None}], actor)
        return key


def _losers(row: Row) -> list[str]:
    return options_in(str(row["hs_merged_object_ids"] or ""))
