"""Single records: `sobjects/{object}/`, `sobjects/{object}/{id}` and `sobjects/{object}/{external id}/{value}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leadrelay.sandbox.salesforce import conditions, ids, objects, query
from leadrelay.sandbox.salesforce.errors import (
    SalesforceError,
    bad,
    entity_deleted,
    json_error,
    no_external_id,
    not_found,
)
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.writes import Caller, Writer, caller_of, result
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, Response, Router

_ALLOW_SAVE = re.compile(r"\ballowSave\s*=\s*true\b", re.IGNORECASE)
"""https://developer.salesforce.com/docs/platform/api-rest/guide/headers-duplicaterules.html"""
_BASE = "/services/data/v{version}/sobjects/{object}"


class Sobjects:
    """The sObject Basic Information (POST), Rows, and Rows by External ID resources."""

    def __init__(self, org: Org, writer: Writer) -> None:
        self._org = org
        self._writer = writer

    def add_routes(self, router: Router) -> None:
        """To be added after more special paths below `sobjects/`, such as describe."""
        router.add("POST", _BASE, self._create)
        router.add("GET HEAD", _BASE + "/{id}", self._get)
        router.add("PATCH", _BASE + "/{id}", self._update)
        router.add("DELETE", _BASE + "/{id}", self._delete)
        router.add("GET HEAD", _BASE + "/{field}/{value}", self._get_by)
        router.add("PATCH POST", _BASE + "/{field}/{value}", self._upsert)
        router.add("DELETE", _BASE + "/{field}/{value}", self._delete_by)

    # -- by id ------------------------------------------------------------------------------------------------------

    def _create(self, request: Request) -> Response:
        kind = kind_of(self._org.store, request)
        return self._created(request, kind, self._values(kind, request), {})

    def _get(self, request: Request) -> Response:
        return self._show(request, kind_of(self._org.store, request), _key_of(self._org.store, request))

    def _update(self, request: Request) -> Response:
        kind, key = kind_of(self._org.store, request), _key_of(self._org.store, request)
        values = self._values(kind, request)
        if "Id" in values:
            raise _in_address("Id")
        self._change(request, kind, key, values)
        return Response(204)

    def _delete(self, request: Request) -> Response:
        self._writer.delete(
            kind_of(self._org.store, request), _key_of(self._org.store, request), caller(self._org, request)
        )
        return Response(204)

    # -- by external id -----------------------------------------------------------------------------------------------

    def _get_by(self, request: Request) -> Response:
        kind = kind_of(self._org.store, request)
        keys = self._keys(request, kind)
        if len(keys) > 1:
            return _several(request, kind, keys)
        if not keys:
            raise not_found()
        return self._show(request, kind, keys[0])

    def _upsert(self, request: Request) -> Response:
        kind = kind_of(self._org.store, request)
        rule = self._writer.schemas.of(kind.name).rules.get(request.parts["field"].lower())
        keys = self._keys(request, kind)
        if len(keys) > 1:
            return _several(request, kind, keys)
        values = self._values(kind, request)
        if rule and rule.column.name in values:
            raise _in_address(rule.column.name)
        if keys:
            self._change(request, kind, keys[0], values)
            # https://developer.salesforce.com/docs/platform/api-rest/guide/dome-upsert.html: 204 before version 46
            return Response(204) if _version(request) < 46 else Response(200, result(keys[0], created=False))
        if rule is None or rule.column.name == "Id" or request.query.get("updateOnly", "").lower() == "true":
            raise not_found()
        identity = self._writer.schemas.of(kind.name).read({rule.column.name: request.parts["value"]})
        return self._created(request, kind, {**values, **identity}, {"created": True})

    def _delete_by(self, request: Request) -> Response:
        kind = kind_of(self._org.store, request)
        keys = self._keys(request, kind)
        if len(keys) > 1:
            return _several(request, kind, keys)
        if not keys:
            raise not_found()
        self._writer.delete(kind, keys[0], caller(self._org, request))
        return Response(204)

    def _keys(self, request: Request, kind: ObjectType) -> list[str]:
        return list(self._writer.keys_by(kind, request.parts["field"], request.parts["value"]))

    # -- shared -----------------------------------------------------------------------------------------------------

    def _values(self, kind: ObjectType, request: Request) -> dict[str, Any]:
        return self._writer.schemas.of(kind.name).read(json_object(request), request.body)

    def _created(self, request: Request, kind: ObjectType, values: dict[str, Any], more: Mapping[str, Any]) -> Response:
        with self._org.store.transaction():
            key = self._writer.create(kind, values, caller(self._org, request))
        return Response(201, result(key, **more), {"Location": _address(request, kind, key)})

    def _change(self, request: Request, kind: ObjectType, key: str, values: dict[str, Any]) -> None:
        row = self._writer.existing(kind, key)
        if row.get("IsDeleted"):
            raise entity_deleted()
        conditions.refuse_if_modified(request, row, writing=True)
        with self._org.store.transaction():
            self._writer.update(kind, key, values, caller(self._org, request), row)

    def _show(self, request: Request, kind: ObjectType, key: str) -> Response:
        asked = request.query.get("fields")
        fields = [field.strip() for field in asked.split(",") if field.strip()] if asked else None
        record = query.record(self._org, request.parts["version"], kind.name, key, fields)
        row = self._writer.existing(kind, key)
        headers = conditions.last_modified(row)
        if conditions.is_unmodified(request, row):
            return Response(304, None, headers)
        conditions.refuse_if_modified(request, row, writing=False)
        return Response(200, record, headers)


def kind_of(store: Store, request: Request) -> ObjectType:
    """The object type in the path; 404 where there is none."""
    kind = objects.find(store, request.parts["object"])
    if kind is None:
        raise not_found()
    return kind


def caller(org: Org, request: Request) -> Caller:
    """Who writes, as the headers say it."""
    duplicates = request.headers.get("sforce-duplicate-rule-header", "")
    return replace(
        caller_of(org, request.actor, request.headers.get("sforce-auto-assign")),
        allow_save=bool(_ALLOW_SAVE.search(duplicates)),
    )


def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object."""
    if not request.body:
        raise json_error("The HTTP entity body is required, but this request has no entity body.")
    try:
        body = request.json()
    except ValueError as error:
        raise json_error(str(error)) from None
    if not isinstance(body, dict):
        raise json_error("Unexpected parameter encountered during deserialization: root at [line:1, column:1]")
    return body


def _key_of(store: Store, request: Request) -> str:
    text = request.parts["id"]
    key = ids.normalize(text)
    if key is None:
        raise no_external_id(text)
    if not key.startswith(kind_of(store, request).prefix):
        raise not_found()
    return key


def _address(request: Request, kind: ObjectType, key: str) -> str:
    return f"/services/data/v{request.parts['version']}/sobjects/{kind.name}/{key}"


def _several(request: Request, kind: ObjectType, keys: list[str]) -> Response:
    return Response(300, [_address(request, kind, key) for key in keys])


def _version(request: Request) -> float:
    return float(request.parts["version"])


def _in_address(name: str) -> SalesforceError:
    return bad("INVALID_FIELD", f"The {name} field should not be specified in the sobject data.")
