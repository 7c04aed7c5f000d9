"""`/crm/v3/properties/{type}` and its groups: read, create, change, archive, and the batch forms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal, bad_input, multi_status, too_many
from leadrelay.sandbox.hubspot.objecttypes import ObjectType, object_type
from leadrelay.sandbox.hubspot.portal import Portal
from leadrelay.sandbox.hubspot.properties import CUSTOMISABLE, FIELD_TYPES, Option, Property
from leadrelay.sandbox.hubspot.query import body, flag, text
from leadrelay.sandbox.hubspot.standard_properties import choices
from leadrelay.sandbox.wire import Request, Response

MOST_UNIQUE = 10
MOST = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}", re.ASCII)
_FORMS = {
    **dict.fromkeys(("name", "label", "type", "fieldType", "groupName", "description", "value"), str),
    **dict.fromkeys(("hasUniqueValue", "hidden", "formField"), bool),
    "displayOrder": int,
    "options": list,
}
_REQUIRED = ("name", "label", "type", "fieldType", "groupName")


class PropertiesApi:
    """Property definitions."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        base = "/crm/v3/properties/{type}"
        return (
            ("GET", base, self.index),
            ("POST", base, self.create),
            ("POST", base + "/batch/read", self.batch_read),
            ("POST", base + "/batch/create", self.batch_create),
            ("POST", base + "/batch/archive", self.batch_archive),
            ("GET", base + "/{name}", self.get),
            ("PATCH", base + "/{name}", self.update),
            ("DELETE", base + "/{name}", self.archive),
        )

    def index(self, request: Request) -> Response:
        kind = object_type(request.parts["type"])
        found = [] if flag(request, "archived") else self.portal.properties(kind).values()
        return Response(200, {"results": [prop.to_json() for prop in found]})

    def get(self, request: Request) -> Response:
        return Response(200, self._find(request).to_json())

    def create(self, request: Request) -> Response:
        kind = object_type(request.parts["type"])
        return Response(201, self._create(kind, _formed(body(request))).to_json())

    def update(self, request: Request) -> Response:
        kind, prop, given = object_type(request.parts["type"]), self._find(request), _formed(body(request))
        if prop.built_in and not (prop.name in CUSTOMISABLE and set(given) <= {"options"}):
            raise _locked(prop)
        changed = replace(
            prop,
            label=given.get("label", prop.label),
            description=given.get("description", prop.description),
            group=self._group(kind, given.get("groupName", prop.group)),
            type=given.get("type", prop.type),
            field_type=given.get("fieldType", prop.field_type),
            options=_options(given) if "options" in given else prop.options,
            order=given.get("displayOrder", prop.order),
            hidden=given.get("hidden", prop.hidden),
            form_field=given.get("formField", prop.form_field),
        )
        _expect_pair(changed)
        if changed.kind != prop.kind:
            raise Refusal(400, f"Property {prop.name} cannot change its type from {prop.type} to {changed.type}.")
        return Response(200, self.portal.change(kind, changed).to_json())

    def archive(self, request: Request) -> Response:
        self._archive(object_type(request.parts["type"]), self._find(request))
        return Response(204)

    def batch_read(self, request: Request) -> Response:
        kind = object_type(request.parts["type"])
        known = self.portal.properties(kind)
        names = _names(body(request))
        found = [known[name].to_json() for name in names if name in known]
        absent = [_unknown(name).entry(name=[name]) for name in names if name not in known]
        return self._answer(200, found, absent)

    def batch_create(self, request: Request) -> Response:
        kind = object_type(request.parts["type"])
        made: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for given in _inputs(body(request)):
            try:
                made.append(self._create(kind, _formed(given)).to_json())
            except Refusal as refusal:
                errors.append(refusal.entry(name=[str(given.get("name"))]))
        return self._answer(201, made, errors)

    def batch_archive(self, request: Request) -> Response:
        kind = object_type(request.parts["type"])
        known = dict(self.portal.properties(kind))
        for name in _names(body(request)):
            if name in known:
                self._archive(kind, known[name])
        return Response(204)

    def _find(self, request: Request) -> Property:
        known = self.portal.properties(object_type(request.parts["type"]))
        found = known.get(request.parts["name"])
        if found is None or flag(request, "archived"):
            raise _unknown(request.parts["name"])
        return found

    def _create(self, kind: ObjectType, given: dict[str, Any]) -> Property:
        absent = [name for name in _REQUIRED if not given.get(name)]
        if absent:
            raise bad_input(f"Some required fields were not set: [{', '.join(absent)}]")
        name = given["name"]
        if not _NAME.fullmatch(name):
            raise Refusal(400, f"Property name {name} must begin with a letter and hold a-z, 0-9 and _ only.")
        known = self.portal.properties(kind)
        if name in known:
            raise Refusal(409, f"A property named '{name}' already exists.", "CONFLICT")
        prop = self._made(kind, given)
        _expect_pair(prop)
        if prop.unique and sum(p.unique and not p.built_in for p in known.values()) >= MOST_UNIQUE:
            raise Refusal(400, f"An object can have at most {MOST_UNIQUE} properties with unique values.")
        return self.portal.add(kind, prop)

    def _made(self, kind: ObjectType, given: dict[str, Any]) -> Property:
        options = choices("true=Yes", "false=No") if given["type"] == "bool" else ()
        return Property(
            name=given["name"],
            label=given["label"],
            type=given["type"],
            field_type=given["fieldType"],
            group=self._group(kind, given["groupName"]),
            options=_options(given) or options,
            description=given.get("description") or "",
            order=given.get("displayOrder", -1),
            unique=bool(given.get("hasUniqueValue")),
            built_in=False,
            hidden=bool(given.get("hidden")),
            form_field=bool(given.get("formField")),
        )

    def _group(self, kind: ObjectType, name: str) -> str:
        if name not in self.portal.groups(kind):
            raise Refusal(400, f"There is no property group named '{name}'.", context={"groupName": [name]})
        return name

    def _archive(self, kind: ObjectType, prop: Property) -> None:
        if prop.built_in:
            raise _locked(prop)
        self.portal.drop(kind, prop)

    def _answer(self, status: int, results: list[dict[str, Any]], errors: list[dict[str, Any]]) -> Response:
        return multi_status(status, self.portal.store.clock.stamp(), results, errors)


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
        groups = self.portal.groups(object_type(request.parts["type"]))
        return Response(200, {"results": [_group_json(name, label) for name, label in groups.items()]})

    def create(self, request: Request) -> Response:
        kind, given = object_type(request.parts["type"]), body(request)
        groups = self.portal.groups(kind)
        name, label = text(given.get("name"), "name"), text(given.get("label"), "label")
        if not name or not label:
            raise bad_input("Some required fields were not set: [name, label]")
        if name in groups:
            raise Refusal(409, f"A property group named '{name}' already exists.", "CONFLICT")
        self.portal.set_groups(kind, {**groups, name: label})
        return Response(201, _group_json(name, label))

    def get(self, request: Request) -> Response:
        return Response(200, _group_json(*self._find(request)))

    def update(self, request: Request) -> Response:
        kind, (name, label) = object_type(request.parts["type"]), self._find(request)
        label = _formed(body(request)).get("label", label)
        self.portal.set_groups(kind, {**self.portal.groups(kind), name: label})
        return Response(200, _group_json(name, label))

    def archive(self, request: Request) -> Response:
        kind, (name, _) = object_type(request.parts["type"]), self._find(request)
        if any(prop.group == name for prop in self.portal.properties(kind).values()):
            raise Refusal(400, f"Property group '{name}' still has properties.")
        self.portal.set_groups(kind, {n: label for n, label in self.portal.groups(kind).items() if n != name})
        return Response(204)

    def _find(self, request: Request) -> tuple[str, str]:
        name = request.parts["name"]
        groups = self.portal.groups(object_type(request.parts["type"]))
        if name not in groups:
            raise Refusal(404, f"There is no property group named '{name}'.", "OBJECT_NOT_FOUND")
        return name, groups[name]


def _group_json(name: str, label: str) -> dict[str, Any]:
    return {"name": name, "label": label, "displayOrder": -1, "archived": False}


def _formed(given: dict[str, Any]) -> dict[str, Any]:
    """A definition without what is null, each of its parts of the type it must have."""
    given = {name: value for name, value in given.items() if value is not None}
    for name, form in _FORMS.items():
        if name in given and type(given[name]) is not form:
            raise bad_input(f"{name} must be of type {form.__name__}")
    return given


def _options(given: dict[str, Any]) -> tuple[Option, ...]:
    listed = [_formed(o) if isinstance(o, dict) else {} for o in given.get("options", ())]
    if not all(o.get("value") and o.get("label") for o in listed) or len({o["value"] for o in listed}) < len(listed):
        raise Refusal(400, "Options need a label and a value each, and no value twice.")
    return tuple(
        Option(o["value"], o["label"], o.get("displayOrder", order), o.get("hidden", False), o.get("description", ""))
        for order, o in enumerate(listed)
    )


def _expect_pair(prop: Property) -> None:
    if prop.type not in FIELD_TYPES:
        raise Refusal(400, f"Property type {prop.type} is not one of [{', '.join(FIELD_TYPES)}].")
    if prop.field_type not in FIELD_TYPES[prop.type]:
        fits = ", ".join(sorted(FIELD_TYPES[prop.type]))
        raise Refusal(400, f"fieldType {prop.field_type} does not go with type {prop.type}; it takes [{fits}].")
    if prop.unique and prop.type not in {"string", "number"}:
        raise Refusal(400, f"A property of type {prop.type} cannot have unique values.")


def _inputs(given: dict[str, Any]) -> list[dict[str, Any]]:
    inputs = given.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
        raise bad_input("Some required fields were not set: [inputs]")
    if len(inputs) > MOST:
        raise too_many(MOST)
    return inputs


def _names(given: dict[str, Any]) -> list[str]:
    return [str(item.get("name")) for item in _inputs(given)]


def _unknown(name: str) -> Refusal:
    return Refusal(404, f"There is no property named '{name}'.", "OBJECT_NOT_FOUND")


def _locked(prop: Property) -> Refusal:
    return Refusal(400, f"Property {prop.name} is defined by HubSpot; its definition cannot be changed.")
