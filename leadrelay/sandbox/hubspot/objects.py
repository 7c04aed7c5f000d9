"""`/crm/v3/objects/{type}`: list, create, get, update, archive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal, missing
from leadrelay.sandbox.hubspot.objecttypes import ObjectType, object_type
from leadrelay.sandbox.hubspot.query import at_most, body, flag, paging, record_id, words
from leadrelay.sandbox.hubspot.writes import Writer
from leadrelay.sandbox.wire import Request, Response


class ObjectsApi:
    """Single records and the list."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.records = writer.records
        self.associations = writer.associations
        self.store = writer.store

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        base = "/crm/v3/objects/{type}"
        return (
            ("GET", base, self.index),
            ("POST", base, self.create),
            ("GET", base + "/{id}", self.get),
            ("PATCH", base + "/{id}", self.update),
            ("DELETE", base + "/{id}", self.archive),
        )

    def index(self, request: Request) -> Response:
        """A page in order of id; `after` is the last id of the page before."""
        kind = object_type(self.store, request.parts["type"])
        limit = at_most(request, "limit", 10, 50 if words(request, "propertiesWithHistory") else 100)
        after = record_id(request.query.get("after") or "0")
        if after is None:
            raise Refusal(400, "Invalid value for query parameter 'after'.")
        view = self.records.view(kind, self._names(request))
        key = self.store.key
        rest = f'WHERE "{key}" > ? AND "_archived" IS ? ORDER BY "{key}" LIMIT ?'
        found = self.records.rows(kind, view, rest, (after, flag(request, "archived") or None, limit + 1))
        answer: dict[str, Any] = {"results": self._completed(kind, found[:limit], request)}
        if len(found) > limit:
            answer["paging"] = paging(found[limit - 1]["id"], request)
        return Response(200, answer)

    def create(self, request: Request) -> Response:
        kind = object_type(self.store, request.parts["type"])
        key = self.writer.create(kind, body(request), request.actor)
        record = self.records.by_id(kind, [key], self.records.full_view(kind))[0]
        return Response(201, record, {"Location": f"/crm/v3/objects/{kind.name}/{key}"})

    def get(self, request: Request) -> Response:
        kind = object_type(self.store, request.parts["type"])
        archived = flag(request, "archived")
        view = self.records.view(kind, self._names(request))
        record = self.records.by_id(kind, [self._key(kind, request, archived=archived)], view, archived=archived)[0]
        return Response(200, self._completed(kind, [record], request)[0])

    def update(self, request: Request) -> Response:
        """Answers what was written, and what always comes."""
        kind = object_type(self.store, request.parts["type"])
        key = self._key(kind, request)
        properties = body(request).get("properties")
        self.writer.update(kind, self.records.row(kind, key), properties, request.actor)
        return Response(200, self.records.by_id(kind, [key], self.records.view(kind, properties))[0])

    def archive(self, request: Request) -> Response:
        """An unknown id is as good as archived: 204 too."""
        kind = object_type(self.store, request.parts["type"])
        key = self.records.resolve(kind, request.parts["id"])
        if key is not None:
            self.writer.archive(kind, key, request.actor)
        return Response(204)

    def _key(self, kind: ObjectType, request: Request, *, archived: bool = False) -> int:
        given = request.parts["id"]
        found = self.records.resolve(kind, given, request.query.get("idProperty", ""), archived=archived)
        if found is None:
            raise missing(given)
        return found

    def _names(self, request: Request) -> Iterable[str] | None:
        history = words(request, "propertiesWithHistory")
        return [*words(request, "properties"), *history] or None

    def _completed(self, kind: ObjectType, records: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
        """Add the past values and the associations that were asked for."""
        if names := words(request, "propertiesWithHistory"):
            self.records.history.add(kind, records, names)
        if targets := words(request, "associations"):
            for record in records:
                if linked := self.associations.inline(kind, int(record["id"]), targets):
                    record["associations"] = linked
        return records
