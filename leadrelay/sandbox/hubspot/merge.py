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
        kind, given = object_type(self.store, request.parts["type"]), body(request)
        keys = [self._key(kind, given.get(name)) for name in ("primaryObjectId", "objectIdToMerge")]
        if keys[0] == keys[1]:
            raise Refusal(400, "A record cannot be merged with itself.")
        new = self.join(kind, *keys, actor=request.actor)
        view = self.records.full_view(kind)
        return Response(200, self.records.by_id(kind, [new], view)[0])

    def purge(self, request: Request) -> Response:
        kind, given = object_type(self.store, request.parts["type"]), body(request)
        key = self.records.resolve(kind, str(given.get("objectId") or ""), text(given.get("idProperty"), "idProperty"))
        if key is not None:
            self.writer.purge(kind, key, request.actor)
        return Response(204)

    def _key(self, kind: ObjectType, given: object) -> int:
        if not isinstance(given, str | int):
            raise bad_input("Some required fields were not set: [primaryObjectId, objectIdToMerge]")
        found = self.records.resolve(kind, str(given))
        if found is None:
            raise missing(str(given))
        return found

    def join(self, kind: ObjectType, first: int, second: int, *, actor: str) -> int:
        """Make one record of two, and give its id; `merge_answer` says which."""
        primary, other = self.records.row(kind, first), self.records.row(kind, second)
        kept, fresh = self.writer.settings.merge_answer, self.writer.settings.merge_answer == "new-id"
        key = self.portal.new_ids(1)[0] if fresh else first
        gone = [first, second] if fresh else [second]
        losers = [*_losers(primary), *([str(first)] if fresh else []), *_losers(other), str(second)]
        if len(losers) > MOST_IDENTITIES:
            raise Refusal(414, f"Cannot have more than {MOST_IDENTITIES} identities")
        values = {column: other[column] if value is None else value for column, value in primary.items()}
        values |= {self.store.key: key, kind.created: min(primary[kind.created], other[kind.created])}
        values |= {kind.modified: self.store.clock.stamp(), "hs_merged_object_ids": ";".join(losers)}
        for parent in gone:
            self._lose(kind, parent, key, actor)
            if kept != "gone":
                self.portal.set_alias(str(parent), str(key))
        self._keep(kind, values, primary, actor)
        return key

    def _lose(self, kind: ObjectType, parent: int, heir: int, actor: str) -> None:
        """In the history a loser has an entry that says who survives it."""
        self.writer.associations.move(kind, parent, heir)
        self.writer.take_away(kind, parent)
        self.store.note(actor, "merge", kind.name, str(parent), new=str(heir))

    def _keep(self, kind: ObjectType, values: Row, primary: Row, actor: str) -> None:
        """Write the survivor; what it has otherwise than the primary is in the history as an effect of the merge."""
        key = values[self.store.key]
        self.writer.index.before(kind, [key])
        if key != primary[self.store.key]:
            self.store.insert(kind.name, [{c: v for c, v in values.items() if v is not None}], actor, silent=True)
        for column, value in values.items():
            old = primary[column] if key == primary[self.store.key] else None
            if value != old:
                self.store.note(actor, "merge", kind.name, str(key), column, old, value)
        if key == primary[self.store.key]:
            sets = ", ".join(f'"{column}" = ?' for column in values)
            sql = f'UPDATE "{kind.name}" SET {sets} WHERE "{self.store.key}" = ?'
            self.store.db.execute(sql, [*values.values(), key])


def _losers(row: Row) -> list[str]:
    return options_in(str(row["hs_merged_object_ids"] or ""))
