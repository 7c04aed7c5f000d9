"""`/crm/v4/associations` and `/crm/v4/objects/…/associations`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadrelay.sandbox.hubspot.association_types import AssociationType, types_between
from leadrelay.sandbox.hubspot.associations import Associations, specs
from leadrelay.sandbox.hubspot.errors import Refusal, bad_input, missing, multi_status, too_many
from leadrelay.sandbox.hubspot.objecttypes import ObjectType, object_type
from leadrelay.sandbox.hubspot.query import any_body, at_most, body, page, record_id
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, Response

MOST_READ = 1_000
MOST_WRITTEN = 2_000

Input = dict[str, Any]


class AssociationsApi:
    """Labelled associations between two records, single and in batches."""

    def __init__(self, associations: Associations) -> None:
        self.associations = associations
        self.store = associations.store

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        one = "/crm/v4/objects/{source}/{id}/associations/"
        many = "/crm/v4/associations/{source}/{target}/"
        return (
            ("PUT", one + "default/{target}/{other}", self.put_default),
            ("PUT", one + "{target}/{other}", self.put),
            ("DELETE", one + "{target}/{other}", self.delete),
            ("GET", one + "{target}", self.index),
            ("GET", many + "labels", self.labels),
            ("POST", many + "batch/read", self.batch_read),
            ("POST", many + "batch/create", self.batch_create),
            ("POST", many + "batch/associate/default", self.batch_default),
            ("POST", many + "batch/archive", self.batch_archive),
            ("POST", many + "batch/labels/archive", self.batch_archive_labels),
        )

    def put_default(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        types = self.associations.default_types(source, target)
        key, other = self._pair(request)
        self.associations.link(key, other, types, request.actor)
        return self._answer(200, [_default(key, other, types[0]), _default(other, key, types[0].turned)])

    def put(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        types = specs(self.store, source, target, any_body(request))
        key, other = self._pair(request)
        self.associations.link(key, other, types, request.actor)
        return Response(201, _labels(source, key, target, other, types))

    def delete(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        key, other = (
            self.associations.records.resolve(kind, request.parts[part]) for kind, part in sides(self.store, request)
        )
        if key is not None and other is not None:
            self.associations.unlink(source, key, target, other, request.actor)
        return Response(204)

    def index(self, request: Request) -> Response:
        items = [
            {"toObjectId": str(other), "associationTypes": [found.to_json() for found in types]}
            for other, types in linked(self.associations, request).items()
        ]
        return Response(200, page(items, request, at_most(request, "limit", 500, 500), "toObjectId"))

    def labels(self, request: Request) -> Response:
        return Response(
            200, {"results": [found.to_json() for found in types_between(self.store, *kinds(self.store, request))]}
        )

    def batch_read(self, request: Request) -> Response:
        """Records without any association are errors of their own, and the status 207."""
        source, target = kinds(self.store, request)
        results: list[Input] = []
        errors: list[Input] = []
        for given in inputs(request, MOST_READ):
            key = str(given.get("id") or "")
            number = self.associations.records.resolve(source, key)
            found = self.associations.of(source, number, target) if number is not None else {}
            if found:
                to = [{"toObjectId": str(o), "associationTypes": [t.to_json() for t in ts]} for o, ts in found.items()]
                results.append({"from": {"id": str(number)}, "to": to})
            else:
                errors.append(none_found(source, target, key))
        return self._answer(200, results, errors)

    def batch_create(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        results = []
        for given in inputs(request, MOST_WRITTEN):
            types = specs(self.store, source, target, given.get("types"))
            key, other = self._named(source, given.get("from")), self._named(target, given.get("to"))
            self.associations.link(key, other, types, request.actor)
            results.append(_labels(source, key, target, other, types))
        return self._answer(201, results)

    def batch_default(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        types = self.associations.default_types(source, target)
        results = []
        for given in inputs(request, MOST_WRITTEN):
            key, other = self._named(source, given.get("from")), self._named(target, given.get("to"))
            self.associations.link(key, other, types, request.actor)
            results.append(_default(key, other, types[0]))
        return self._answer(200, results)

    def batch_archive(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        for given in inputs(request, MOST_WRITTEN):
            others = given.get("to")
            for other in others if isinstance(others, list) else [others]:
                self._unlink(source, given.get("from"), target, other, request.actor)
        return Response(204)

    def batch_archive_labels(self, request: Request) -> Response:
        source, target = kinds(self.store, request)
        for given in inputs(request, MOST_WRITTEN):
            for found in specs(self.store, source, target, given.get("types")):
                self._unlink(source, given.get("from"), target, given.get("to"), request.actor, found.type_id)
        return Response(204)

    def _unlink(
        self, source: ObjectType, key: object, target: ObjectType, other: object, actor: str, type_id: int = 0
    ) -> None:
        first, second = (record_id(side.get("id")) if isinstance(side, dict) else None for side in (key, other))
        if first is not None and second is not None:
            self.associations.unlink(source, first, target, second, actor, type_id)

    def _pair(self, request: Request) -> list[int]:
        return [self.associations.existing(kind, request.parts[part]) for kind, part in sides(self.store, request)]

    def _named(self, kind: ObjectType, side: object) -> int:
        return self.associations.existing(kind, side.get("id") if isinstance(side, dict) else None)

    def _answer(self, status: int, results: list[Input], errors: list[Input] | None = None) -> Response:
        return multi_status(status, self.store.clock.stamp(), results, errors)


def linked(associations: Associations, request: Request) -> dict[int, list[AssociationType]]:
    """What the record of the address is associated with."""
    source, target = kinds(associations.store, request)
    key = associations.records.resolve(source, request.parts["id"])
    if key is None:
        raise missing(request.parts["id"])
    types_between(associations.store, source, target)
    return associations.of(source, key, target)


def kinds(store: Store, request: Request) -> tuple[ObjectType, ObjectType]:
    return object_type(store, request.parts["source"]), object_type(store, request.parts["target"])


def sides(store: Store, request: Request) -> list[tuple[ObjectType, str]]:
    return list(zip(kinds(store, request), ("id", "other"), strict=True))


def _default(key: int, other: int, found: AssociationType) -> Input:
    spec = {"associationCategory": found.category, "associationTypeId": found.type_id}
    return {"from": {"id": str(key)}, "to": {"id": str(other)}, "associationSpec": spec}


def _labels(source: ObjectType, key: int, target: ObjectType, other: int, types: list[AssociationType]) -> Input:
    return {
        "fromObjectTypeId": source.type_id,
        "fromObjectId": str(key),
        "toObjectTypeId": target.type_id,
        "toObjectId": str(other),
        "labels": [found.label for found in types if found.label],
    }


def inputs(request: Request, most: int) -> list[Input]:
    inputs = body(request).get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
        raise bad_input("Some required fields were not set: [inputs]")
    if len(inputs) > most:
        raise too_many(most)
    return inputs


def none_found(source: ObjectType, target: ObjectType, key: str) -> Input:
    refusal = Refusal(
        404,
        f"No {target.singular} is associated with {source.singular} {key}.",
        "OBJECT_NOT_FOUND",
        subCategory="crm.associations.NO_ASSOCIATIONS_FOUND",
    )
    return refusal.entry(fromObjectId=[key], fromObjectType=[source.singular], toObjectType=[target.singular])
