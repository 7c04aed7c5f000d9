"""`/crm/v3/properties/{type}`: read, create, change, archive, and the batch forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from leadrelay.sandbox.hubspot.conduct import Conduct, fact_name
from leadrelay.sandbox.hubspot.errors import Refusal, bad_input, multi_status, too_many
from leadrelay.sandbox.hubspot.objecttypes import ObjectType, object_type
from leadrelay.sandbox.hubspot.portal import Portal
from leadrelay.sandbox.hubspot.properties import CUSTOMISABLE, FIELD_TYPES, Option, Property
from leadrelay.sandbox.hubspot.query import body, flag
from leadrelay.sandbox.hubspot.settings import Settings
from leadrelay.sandbox.wire import Request, Response

MOST_UNIQUE = 10
MOST = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}", re.ASCII)
_FORMS = {
    **dict.fromkeys(
        ("name", "label", "type", "fieldType", "groupName", "description", "value", "referencedObjectType"), str
    ),
    **dict.fromkeys(("hasUniqueValue", "hidden", "formField", "externalOptions", "showCurrencySymbol"), bool),
    "displayOrder": int,
    "options": list,
}
_REQUIRED = ("name", "label", "type", "fieldType", "groupName")


class PropertiesApi:
    """Property definitions."""

    def __init__(self, portal: Portal, settings: Settings, conduct: Conduct) -> None:
        self.portal = portal
        self.settings = settings
        self.conduct = conduct

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
        kind = self._kind(request)
        found = self.portal.archived(kind) if flag(request, "archived") else self.portal.properties(kind)
        wanted = request.query.get("dataSensitivity") or "non_sensitive"
        listed = [prop.to_json() for prop in found.values()]
        return Response(200, {"results": [prop for prop in listed if prop["dataSensitivity"] == wanted]})

    def get(self, request: Request) -> Response:
        archived = self.portal.archived(self._kind(request)) if flag(request, "archived") else {}
        found = archived.get(request.parts["name"])
        return Response(200, (found or self._find(request)).to_json())

    def create(self, request: Request) -> Response:
        kind = self._kind(request)
        made = self.define(kind, formed(body(request)))
        return Response(201, made.to_json(), {"Location": f"/crm/v3/properties/{kind.name}/{made.name}"})

    def update(self, request: Request) -> Response:
        kind, prop, given = (
            self._kind(request),
            self._find(request),
            formed(body(request)),
        )
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
        self._archive(self._kind(request), self._find(request))
        return Response(204)

    def batch_read(self, request: Request) -> Response:
        kind = self._kind(request)
        known = self.portal.properties(kind)
        names = _names(body(request))
        found = [known[name].to_json() for name in names if name in known]
        absent = [_unknown(name).entry(name=[name]) for name in names if name not in known]
        return self._answer(200, found, absent)

    def batch_create(self, request: Request) -> Response:
        kind = self._kind(request)
        made: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for given in _inputs(body(request)):
            try:
                made.append(self.define(kind, formed(given)).to_json())
            except Refusal as refusal:
                errors.append(refusal.entry(name=[str(given.get("name"))]))
        return self._answer(201, made, errors)

    def batch_archive(self, request: Request) -> Response:
        kind = self._kind(request)
        known = dict(self.portal.properties(kind))
        for name in _names(body(request)):
            if name in known:
                self._archive(kind, known[name])
        return Response(204)

    def _kind(self, request: Request) -> ObjectType:
        return object_type(self.portal.store, request.parts["type"])

    def _find(self, request: Request) -> Property:
        known = self.portal.properties(self._kind(request))
        found = known.get(request.parts["name"])
        if found is None or flag(request, "archived"):
            raise _unknown(request.parts["name"])
        return found

    def define(self, kind: ObjectType, given: dict[str, Any]) -> Property:
        """Create a property as the body describes it."""
        absent = [name for name in _REQUIRED if not given.get(name)]
        if absent:
            raise bad_input(f"Some required fields were not set: [{', '.join(absent)}]")
        name = given["name"]
        if not _NAME.fullmatch(name):
            raise Refusal(400, f"Property name {name} must begin with a letter and hold a-z, 0-9 and _ only.")
        known = self.portal.properties(kind)
        if name in known:
            why = f"A property named '{name}' already exists."
            raise Refusal(409, why, "OBJECT_ALREADY_EXISTS", subCategory="Properties.PROPERTY_WITH_NAME_EXISTS")
        prop = self._made(kind, given)
        _expect_pair(prop)
        _expect_options(prop)
        if prop.unique and not self.settings.unique(kind.name):
            raise Refusal(400, f"Properties of {kind.type_id} objects cannot have unique values.")
        if prop.unique and sum(p.unique and not p.built_in for p in known.values()) >= MOST_UNIQUE:
            raise Refusal(400, f"An object can have at most {MOST_UNIQUE} properties with unique values.")
        most = self.settings.custom_properties
        if most is not None and sum(not p.built_in for p in known.values()) >= most:
            raise Refusal(400, f"An object can have at most {most} custom properties.")
        return self.portal.add(kind, prop)

    def _made(self, kind: ObjectType, given: dict[str, Any]) -> Property:
        return Property(
            name=given["name"],
            label=given["label"],
            type=given["type"],
            field_type=given["fieldType"],
            group=self._group(kind, given["groupName"]),
            options=_options(given),
            description=given.get("description") or "",
            order=given.get("displayOrder", -1),
            unique=bool(given.get("hasUniqueValue")),
            built_in=False,
            hidden=bool(given.get("hidden")),
            form_field=bool(given.get("formField")),
            external="owners" if _of_owners(given) else "",
            amount=bool(given.get("showCurrencySymbol")),
            currency_property=given.get("currencyPropertyName", ""),
        )

    def _group(self, kind: ObjectType, name: str) -> str:
        if name not in self.portal.groups(kind):
            raise Refusal(400, f"There is no property group named '{name}'.", context={"groupName": [name]})
        return name

    def _archive(self, kind: ObjectType, prop: Property) -> None:
        if prop.built_in:
            raise _locked(prop)
        if users := self.conduct.facts("use").get(fact_name(kind, prop.name)):
            raise _in_use(kind, prop, users)
        self.portal.drop(kind, prop)

    def _answer(self, status: int, results: list[dict[str, Any]], errors: list[dict[str, Any]]) -> Response:
        return multi_status(status, self.portal.store.clock.stamp(), results, errors)


def formed(given: dict[str, Any]) -> dict[str, Any]:
    """A definition without what is null, each of its parts of the type it must have."""
    given = {name: value for name, value in given.items() if value is not None}
    for name, form in _FORMS.items():
        if name in given and type(given[name]) is not form:
            raise bad_input(f"{name} must be of type {form.__name__}")
    return given


def _of_owners(given: dict[str, Any]) -> bool:
    """Whether the values are the portal's users; of no other list may a property be."""
    if not given.get("externalOptions"):
        return False
    if given.get("referencedObjectType") != "OWNER" or given["type"] != "enumeration":
        raise Refusal(400, "externalOptions takes the type enumeration and the referencedObjectType OWNER.")
    return True


def _options(given: dict[str, Any]) -> tuple[Option, ...]:
    listed = [formed(o) if isinstance(o, dict) else {} for o in given.get("options", ())]
    if not all(o.get("value") and o.get("label") for o in listed) or len({o["value"] for o in listed}) < len(listed):
        raise Refusal(400, "Options need a label and a value each, and no value twice.")
    return tuple(
        Option(o["value"], o["label"], o.get("displayOrder", order), o.get("hidden", False), o.get("description", ""))
        for order, o in enumerate(listed)
    )


def _expect_options(prop: Property) -> None:
    if prop.field_type == "calculation_equation":
        return
    if prop.type == "bool" and set(prop.values) != {"true", "false"}:
        why = "A boolean property must have exactly the options true and false."
        raise Refusal(400, why, subCategory="PropertyValidationError.INVALID_BOOLEAN_OPTION")
    if prop.type == "enumeration" and not prop.options and not prop.external:
        raise Refusal(400, "An enumeration property must have options.")


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


def _in_use(kind: ObjectType, prop: Property, users: Iterable[Mapping[str, str]]) -> Refusal:
    """The code and the contexts are those that users of the API met; the words vary."""
    users = list(users)
    name = f"{prop.name} of object type {kind.type_id}"
    contexts = [{"parentDisplayType": [user["type"]], "parentName": [user["name"]]} for user in users]
    return Refusal(
        400,
        f"Property: {name} is currently used in {len(users)} places and cannot be deleted",
        subCategory="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
        errors=[{"message": f"{prop.name} is in use", "context": context} for context in contexts],
    )


def _locked(prop: Property) -> Refusal:
    return Refusal(400, f"Property {prop.name} is defined by HubSpot; its definition cannot be changed.")
