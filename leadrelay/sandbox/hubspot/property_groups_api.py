"""`/crm/v3/properties/{type}/groups`: read, create, change, archive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal, bad_input
from leadrelay.sandbox.hubspot.objecttypes import object_type
from leadrelay.sandbox.hubspot.portal import Portal
from leadrelay.sandbox.hubspot.properties_api import formed
from leadrelay.sandbox.hubspot.query import body, text
from leadrelay.sandbox.wire import Request, Response


class GroupsApi:
    """Property groups."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        base = "/crm/v3/properties/{type}/groups"
        return (
            ("GET", base, self.index),
            ("POST", base, self.create),
            ("GET", base + "/{name}", self.get),
            ("PATCH", base + "/{name}", self.update),
            ("DELETE", base + "/{name}", self.archive),
        )

    def index(self, request: Request) -> Response:
        groups = self.portal.groups(object_type(self.portal.store, request.parts["type"]))
        return Response(200, {"results": [_json(name, group) for name, group in groups.items()]})

    def create(self, request: Request) -> Response:
        kind, given = object_type(self.portal.store, request.parts["type"]), body(request)
        groups = self.portal.groups(kind)
        name, label = text(given.get("name"), "name"), text(given.get("label"), "label")
        if not name or not label:
            raise bad_input("Some required fields were not set: [name, label]")
        if name in groups:
            raise Refusal(409, f"A property group named '{name}' already exists.", "CONFLICT")
        group = {"label": label, "displayOrder": formed(given).get("displayOrder", -1)}
        self.portal.set_groups(kind, {**groups, name: group})
        return Response(201, _json(name, group))

    def get(self, request: Request) -> Response:
        return Response(200, _json(*self._find(request)))

    def update(self, request: Request) -> Response:
        kind, (name, group) = object_type(self.portal.store, request.parts["type"]), self._find(request)
        given = formed(body(request))
        group |= {part: given[part] for part in ("label", "displayOrder") if part in given}
        self.portal.set_groups(kind, {**self.portal.groups(kind), name: group})
        return Response(200, _json(name, group))

    def archive(self, request: Request) -> Response:
        kind, (name, _) = object_type(self.portal.store, request.parts["type"]), self._find(request)
        if any(prop.group == name for prop in self.portal.properties(kind).values()):
            why = f"Property group '{name}' still has properties."
            raise Refusal(400, why, subCategory="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES")
        self.portal.set_groups(kind, {n: group for n, group in self.portal.groups(kind).items() if n != name})
        return Response(204)

    def _find(self, request: Request) -> tuple[str, dict[str, Any]]:
        name = request.parts["name"]
        groups = self.portal.groups(object_type(self.portal.store, request.parts["type"]))
        if name not in groups:
            raise Refusal(404, f"There is no property group named '{name}'.", "OBJECT_NOT_FOUND")
        return name, groups[name]


def _json(name: str, group: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, **group, "archived": False}
