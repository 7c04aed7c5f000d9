"""Associations as v3 has them: by the name of their type, `contact_to_company`, or by its id.

Forms: https://developers.hubspot.com/docs/api-reference/crm-associations-v3/guide
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from leadrelay.sandbox.hubspot.association_types import AssociationType, by_name, inline_name, types_between
from leadrelay.sandbox.hubspot.associations import Associations
from leadrelay.sandbox.hubspot.associations_api import MOST_READ, MOST_WRITTEN, inputs, kinds, linked, none_found, sides
from leadrelay.sandbox.hubspot.errors import multi_status
from leadrelay.sandbox.hubspot.objecttypes import ObjectType
from leadrelay.sandbox.hubspot.query import at_most, page, record_id, text
from leadrelay.sandbox.wire import Request, Response

MOST_A_RECORD = 100
"""A batch read gives so many of each record, then where the others are."""


class AssociationsV3Api:
    """What v4 replaced, and the client libraries still offer."""

    def __init__(self, associations: Associations) -> None:
        self.associations = associations
        self.records = associations.records
        self.store = associations.store

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        one = "/crm/v3/objects/{source}/{id}/associations/{target}"
        many = "/crm/v3/associations/{source}/{target}/"
        return (
            ("GET", one, self.index),
            ("PUT", one + "/{other}/{type}", self.put),
            ("DELETE", one + "/{other}/{type}", self.delete),
            ("GET", many + "types", self.types),
            ("POST", many + "batch/read", self.batch_read),
            ("POST", many + "batch/create", self.batch_create),
            ("POST", many + "batch/archive", self.batch_archive),
        )

    def index(self, request: Request) -> Response:
        found = [{"id": str(other), "types": types} for other, types in linked(self.associations, request).items()]
        return Response(200, _flat(page(found, request, at_most(request, "limit", 500, 500), "id")))

    def put(self, request: Request) -> Response:
        """Answers the record that the association starts from."""
        source, target = kinds(self.store, request)
        found = by_name(self.store, source, target, request.parts["type"])
        key, other = (
            self.associations.existing(kind, request.parts[part]) for kind, part in sides(self.store, request)
        )
        self.associations.link(key, other, [found], request.actor)
        record = self.records.by_id(source, [key], self.records.view(source))[0]
        return Response(200, {**record, "associations": self.associations.inline(source, key, [target.name])})

    def delete(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        found = by_name(self.store, source, target, request.parts["type"])
        key, other = (self.records.resolve(kind, request.parts[part]) for kind, part in sides(self.store, request))
        if key is not None and other is not None:
            self.associations.unlink(source, key, target, other, request.actor, found.type_id)
        return Response(204)

    def types(self, request: Request) -> Response:
        found = [
            {"id": str(each.type_id), "name": inline_name(each)}
            for each in types_between(self.store, *kinds(self.store, request))
        ]
        return Response(200, {"results": found})

    def batch_read(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        results, errors = [], []
        for given in inputs(request, MOST_READ):
            key = str(given.get("id") or "")
            number = record_id(key)
            found = self.associations.of(source, number, target) if number is not None else {}
            if found:
                results.append({"from": {"id": key}, **_first(source, key, target, found, request)})
            else:
                errors.append(none_found(source, target, key))
        return multi_status(200, self.records.store.clock.stamp(), results, errors)

    def batch_create(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        results = []
        for given in inputs(request, MOST_WRITTEN):
            found = by_name(self.store, source, target, text(given.get("type"), "type"))
            key = self.associations.existing(source, _id(given.get("from")))
            other = self.associations.existing(target, _id(given.get("to")))
            self.associations.link(key, other, [found], request.actor)
            results.append({"from": {"id": str(key)}, "to": {"id": str(other)}, "type": inline_name(found)})
        return multi_status(201, self.records.store.clock.stamp(), results)

    def batch_archive(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        for given in inputs(request, MOST_WRITTEN):
            found = by_name(self.store, source, target, text(given.get("type"), "type"))
            key, other = record_id(_id(given.get("from"))), record_id(_id(given.get("to")))
            if key is not None and other is not None:
                self.associations.unlink(source, key, target, other, request.actor, found.type_id)
        return Response(204)


def _first(
    source: ObjectType, key: str, target: ObjectType, found: dict[int, list[AssociationType]], request: Request
) -> dict[str, Any]:
    """What a batch read gives of one record, and where the rest is."""
    path = f"/crm/v3/objects/{source.type_id}/{key}/associations/{target.type_id}"
    listed = [{"id": str(other), "types": types} for other, types in found.items()]
    first = _flat(page(listed, replace(request, path=path, query={}), MOST_A_RECORD, "id"))
    return {"to" if name == "results" else name: value for name, value in first.items()}


def _id(side: object) -> object:
    return side.get("id") if isinstance(side, dict) else None


def _flat(found: dict[str, Any]) -> dict[str, Any]:
    """A page of records as a page of associations: a record that is associated twice is there twice."""
    listed = [
        {"id": record["id"], "type": inline_name(each)} for record in found["results"] for each in record["types"]
    ]
    return {**found, "results": listed}
