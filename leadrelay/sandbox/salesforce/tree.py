"""sObject Tree: records with their children in one call, up to 200, all or nothing.

https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobject-tree.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leadrelay.sandbox.salesforce import objects
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, json_error
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.sobjects import caller, json_object, kind_of
from leadrelay.sandbox.salesforce.validation import each
from leadrelay.sandbox.salesforce.writes import Writer
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, Response, Router

_MOST = 200


@dataclass(frozen=True, slots=True)
class _Node:
    kind: ObjectType
    name: str
    fields: Mapping[str, Any]
    parent: str | None


class SobjectTree:
    """`POST composite/tree/{object}`."""

    def __init__(self, org: Org, writer: Writer) -> None:
        self._org = org
        self._writer = writer

    def add_routes(self, router: Router) -> None:
        router.add("POST", "/services/data/v{version}/composite/tree/{object}", self._create)

    def _create(self, request: Request) -> Response:
        nodes = list(
            _nodes(self._org.store, json_object(request).get("records"), kind_of(self._org.store, request), None)
        )
        if not 0 < len(nodes) <= _MOST:
            raise bad("INVALID_INPUT", f"A tree takes 1 to {_MOST} records")
        if len({node.name for node in nodes}) < len(nodes):
            raise bad("INVALID_INPUT", "Each record needs a referenceId of its own in its attributes")
        keys: dict[str, str] = {}
        try:
            with self._org.store.transaction():
                for node in nodes:
                    keys[node.name] = self._one(node, keys, request)
        except _Refused as refused:
            return Response(400, {"hasErrors": True, "results": [refused.result]})
        results = [{"referenceId": name, "id": key} for name, key in keys.items()]
        return Response(201, {"hasErrors": False, "results": results})

    def _one(self, node: _Node, keys: Mapping[str, str], request: Request) -> str:
        schema = self._writer.schemas.of(node.kind.name)
        try:
            values = schema.read(node.fields, request.body)
            if node.parent:
                values[self._link(node, keys[node.parent])] = keys[node.parent]
            return self._writer.create(node.kind, values, caller(self._org, request))
        except SalesforceError as error:
            raise _Refused({"referenceId": node.name, "errors": [one.item() for one in each(error)]}) from None

    def _link(self, node: _Node, parent: str) -> str:
        """The child's field that points to the parent."""
        for rule in self._writer.schemas.of(node.kind.name).rules.values():
            meta = rule.column.meta
            if meta["createable"] and objects.of_record(self._org.store, parent) in meta["referenceTo"]:
                return rule.column.name
        raise bad("INVALID_FIELD", f"{node.kind.name} is no child of this record", [])


class _Refused(Exception):
    """Carries the result of the record that was refused out of the transaction."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__()
        self.result = result


def _nodes(store: Store, records: object, kind: ObjectType, parent: str | None) -> Iterator[_Node]:
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise json_error("records must be a list of records at [line:1, column:1]")
    for record in records:
        attributes = record.get("attributes")
        known = attributes if isinstance(attributes, dict) else {}
        name = str(known.get("referenceId") or "")
        found = objects.find(store, str(known.get("type")))
        if not name or found is None or (parent is None and found != kind):
            raise bad("INVALID_INPUT", "Each record needs its type and a referenceId in its attributes")
        children = {key: value for key, value in record.items() if isinstance(value, dict) and "records" in value}
        yield _Node(found, name, {key: value for key, value in record.items() if key not in children}, parent)
        for value in children.values():
            yield from _nodes(store, value["records"], found, name)
