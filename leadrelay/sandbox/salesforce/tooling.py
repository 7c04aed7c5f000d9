"""The part of the Tooling API that makes, shows, changes and removes custom fields."""

from __future__ import annotations

from typing import Any

from leadrelay.sandbox.salesforce import custom_fields, ids, objects, setup_rules, setup_state
from leadrelay.sandbox.salesforce.custom_fields import CustomField
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, no_external_id, not_found
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.sobjects import json_object
from leadrelay.sandbox.salesforce.tooling_query import answer, shown
from leadrelay.sandbox.store import Column
from leadrelay.sandbox.wire import Request, Response, Router

_BASE = "/services/data/v{version}/tooling"
_ACCESS = ("granted", "createable", "updateable", "by_permission")


class Tooling:
    """`tooling/sobjects/CustomField` and `tooling/query`."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._store = org.store

    def add_routes(self, router: Router) -> None:
        router.add("GET", _BASE, _resources)
        router.add("GET", _BASE + "/query", self._query)
        router.add("POST", _BASE + "/sobjects/CustomField", self._create)
        router.add("GET", _BASE + "/sobjects/CustomField/{id}", self._get)
        router.add("PATCH", _BASE + "/sobjects/CustomField/{id}", self._update)
        router.add("DELETE", _BASE + "/sobjects/CustomField/{id}", self._delete)

    def _query(self, request: Request) -> Response:
        return answer(request.query.get("q", ""), list(custom_fields.every(self._store)), request.parts["version"])

    def _create(self, request: Request) -> Response:
        self._expect_permitted()
        body = json_object(request)
        table, name = custom_fields.named(self._store, body.get("FullName"))
        column = custom_fields.column_of(self._store, name, _metadata(body))
        made = CustomField("", table, column)
        if any(name.lower() in self._store.columns(owner) for owner in made.objects):
            message = f"There is already a field named {made.developer_name} on {table}."
            raise bad("DUPLICATE_DEVELOPER_NAME", message, ["DeveloperName"])
        setup_rules.check_room(self._store, made.objects, column)
        with self._store.transaction():
            for owner in made.objects:
                self._store.add_column(owner, column)
                objects.add_index(self._store, owner, column)
            key = next(field.id for field in custom_fields.every(self._store) if field.full_name == made.full_name)
            self._store.note(request.actor, "create", "CustomField", key, "FullName", None, made.full_name)
        body = {"id": key, "success": True, "errors": [], "warnings": [], "infos": []}
        return Response(
            201, body, {"Location": f"/services/data/v{request.parts['version']}/tooling/sobjects/CustomField/{key}"}
        )

    def _get(self, request: Request) -> Response:
        return Response(200, shown(self._found(request), request.parts["version"]))

    def _update(self, request: Request) -> Response:
        self._expect_permitted()
        field, body = self._found(request), json_object(request)
        if "Id" in body:
            raise bad("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
        column = custom_fields.column_of(self._store, field.column.name, _metadata(body))
        _check_change(field.column, column)
        kept = {name: field.column.meta[name] for name in _ACCESS if name in field.column.meta}
        with self._store.transaction():
            for owner in field.objects:
                self._store.change_column(owner, Column(column.name, column.kind, {**column.meta, **kept}))
                objects.add_index(self._store, owner, column)
            self._store.note(
                request.actor, "update", "CustomField", field.id, "FullName", field.full_name, field.full_name
            )
        return Response(204)

    def _delete(self, request: Request) -> Response:
        self._expect_permitted()
        field = self._found(request)
        with self._store.transaction():
            custom_fields.drop(self._store, field)
            self._store.note(request.actor, "delete", "CustomField", field.id, "FullName", field.full_name, None)
        return Response(204)

    def _expect_permitted(self) -> None:
        setup_state.expect(self._store, "CustomizeApplication", "CustomField")

    def _found(self, request: Request) -> CustomField:
        key = ids.normalize(request.parts["id"])
        if key is None:
            raise no_external_id(request.parts["id"])
        field = next((field for field in custom_fields.every(self._store) if field.id == key), None)
        if field is None:
            raise not_found()
        return field


def _metadata(body: dict[str, Any]) -> dict[str, Any]:
    metadata = body.get("Metadata")
    if not isinstance(metadata, dict):
        raise bad("REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", ["Metadata"])
    return metadata


def _check_change(old: Column, new: Column) -> None:
    if old.meta["type"] != new.meta["type"]:
        raise _cannot("the type of a field")
    if new.meta["length"] < old.meta["length"] or new.meta["precision"] < old.meta["precision"]:
        raise _cannot("the length or precision of a field to less than it was")


def _cannot(what: str) -> SalesforceError:
    return bad("FIELD_INTEGRITY_EXCEPTION", f"Cannot change {what}", [])


def _resources(request: Request) -> Response:
    base = f"/services/data/v{request.parts['version']}/tooling"
    return Response(200, {name: f"{base}/{name}" for name in ("query", "sobjects")})
