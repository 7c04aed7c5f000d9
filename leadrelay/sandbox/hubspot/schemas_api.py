"""`/crm-object-schemas`: objects that the portal defines itself.

https://developers.hubspot.com/docs/api-reference/latest/crm/objects/schemas/guide
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from leadrelay.sandbox.hubspot import association_types, objecttypes
from leadrelay.sandbox.hubspot.association_types import AssociationType
from leadrelay.sandbox.hubspot.errors import PORTAL_ID, Refusal, bad_input
from leadrelay.sandbox.hubspot.objecttypes import ENGAGEMENTS, NOTES, TASKS, ObjectType, object_type
from leadrelay.sandbox.hubspot.portal import FOUNDED, Portal
from leadrelay.sandbox.hubspot.properties_api import PropertiesApi
from leadrelay.sandbox.hubspot.query import body, strings, text
from leadrelay.sandbox.wire import Request, Response

MOST = 10
"""Custom objects in a portal of the sandbox's subscription."""

_NAME = re.compile(r"[A-Za-z]\w{0,99}", re.ASCII)
_FIRST_ID = 3_465_404
_DEFAULTS = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")
_ALWAYS_ASSOCIATED = (TASKS, NOTES, *ENGAGEMENTS)
_FORM = {"type": "string", "fieldType": "text"}


class SchemasApi:
    """Reads, creates and deletes them."""

    def __init__(self, portal: Portal, properties: PropertiesApi) -> None:
        self.portal = portal
        self.store = portal.store
        self._properties = properties

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        for base in ("/crm-object-schemas/v3/schemas", "/crm/v3/schemas"):
            yield "GET", base, self.index
            yield "POST", base, self.create
            yield "GET", base + "/{type}", self.get
            yield "DELETE", base + "/{type}", self.delete

    def index(self, _: Request) -> Response:
        """Custom objects only."""
        return Response(200, {"results": [self._schema(kind) for kind in objecttypes.custom(self.store)]})

    def get(self, request: Request) -> Response:
        return Response(200, self._schema(object_type(self.store, request.parts["type"])))

    def create(self, request: Request) -> Response:
        given = body(request)
        kind = self._kind(given)
        targets = [
            object_type(self.store, word) for word in strings(given.get("associatedObjects"), "associatedObjects")
        ]
        objecttypes.keep(self.store, [*objecttypes.custom(self.store), kind])
        self.portal.add_kind(kind)
        for prop in _properties(given):
            self._properties.define(kind, {**_FORM, "groupName": f"{kind.singular}_information", **prop})
        self._expect_known(kind)
        linked = dict.fromkeys(found.name for found in (*targets, *_ALWAYS_ASSOCIATED))
        association_types.add(self.store, kind.name, list(linked))
        return Response(201, self._schema(kind))

    def delete(self, request: Request) -> Response:
        """Once all its records are gone."""
        kind = object_type(self.store, request.parts["type"])
        if kind not in objecttypes.custom(self.store):
            raise Refusal(400, f"{kind.singular} is no custom object and cannot be deleted.")
        if self.store.db.execute(f'SELECT 1 FROM "{kind.name}" LIMIT 1').fetchone():
            raise Refusal(400, f"Unable to delete object type {kind.type_id} because it has existing records.")
        objecttypes.keep(self.store, [one for one in objecttypes.custom(self.store) if one != kind])
        association_types.forget(self.store, kind.name)
        self.portal.drop_kind(kind)
        return Response(204)

    def _kind(self, given: Mapping[str, Any]) -> ObjectType:
        absent = [name for name in ("name", "labels", "properties", "requiredProperties") if not given.get(name)]
        if absent:
            raise bad_input(f"Some required fields were not set: [{', '.join(absent)}]")
        name, known = text(given["name"], "name"), objecttypes.custom(self.store)
        if not _NAME.fullmatch(name):
            raise Refusal(400, f"Object name {name} must begin with a letter and hold letters, numbers and _ only.")
        if any(name.lower() == kind.singular.lower() for kind in known):
            raise Refusal(409, f"An object type named '{name}' already exists.", "OBJECT_ALREADY_EXISTS")
        if len(known) >= MOST:
            raise Refusal(400, f"The limit of {MOST} custom object definitions was reached.")
        required = tuple(strings(given["requiredProperties"], "requiredProperties"))
        number = self.store.recall("next object type", _FIRST_ID)
        self.store.remember("next object type", number + 1)
        return ObjectType(
            name=f"p{PORTAL_ID}_{name}",
            singular=name,
            type_id=f"2-{number}",
            display=text(given.get("primaryDisplayProperty"), "primaryDisplayProperty") or required[0],
            defaults=_DEFAULTS,
            searchable=tuple(strings(given.get("searchableProperties"), "searchableProperties")) or required,
            created="hs_createdate",
            required=required,
            labels=_labels(given["labels"], name),
        )

    def _expect_known(self, kind: ObjectType) -> None:
        known = self.portal.properties(kind)
        unknown = [name for name in (*kind.required, kind.display, *kind.searchable) if name not in known]
        if unknown:
            raise Refusal(400, f"Properties are not defined: {', '.join(dict.fromkeys(unknown))}")

    def _schema(self, kind: ObjectType) -> dict[str, Any]:
        word = kind.singular if kind.labels else kind.singular.upper()
        one, many = kind.labels or (kind.singular.capitalize(), kind.name.capitalize())
        found = [found for found in association_types.every(self.store) if found.source == kind.name]
        return {
            "id": kind.type_id.removeprefix("2-"),
            "objectTypeId": kind.type_id,
            "name": word,
            "fullyQualifiedName": kind.name if kind.labels else word,
            "labels": {"singular": one, "plural": many},
            "requiredProperties": list(kind.required),
            "searchableProperties": list(kind.searchable),
            "secondaryDisplayProperties": [],
            "primaryDisplayProperty": kind.display,
            "properties": [prop.to_json() for prop in self.portal.properties(kind).values()],
            "associations": [self._definition(one) for one in found],
            "archived": False,
            "createdAt": FOUNDED,
            "updatedAt": FOUNDED,
        }

    def _definition(self, found: AssociationType) -> dict[str, Any]:
        source, target = (object_type(self.store, name) for name in (found.source, found.target))
        return {
            "id": str(found.type_id),
            "fromObjectTypeId": source.type_id,
            "toObjectTypeId": target.type_id,
            "name": f"{source.singular}_to_{target.singular}".upper(),
            "category": found.category,
        }


def _labels(given: object, name: str) -> tuple[str, str]:
    labels = given if isinstance(given, dict) else {}
    one, many = (text(labels.get(key), key) for key in ("singular", "plural"))
    if not one and not many:
        raise bad_input("Some required fields were not set: [labels]")
    return one or name, many or one


def _properties(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = given["properties"]
    if not isinstance(listed, list) or not all(isinstance(prop, dict) for prop in listed):
        raise bad_input("properties must be a list of objects")
    return listed
