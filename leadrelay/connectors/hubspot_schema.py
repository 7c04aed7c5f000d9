"""A portal's properties and groups as they stand, and how one of ours would look among them.

https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from hubspot.crm.properties import BatchApi, CoreApi, GroupsApi

from leadrelay.connectors.base import JsonValue
from leadrelay.connectors.customising import OwnField
from leadrelay.connectors.hubspot_wire import Portal
from leadrelay.connectors.transport import Answer
from leadrelay.core.lead import Type
from leadrelay.core.references import Reference

GROUP, LABEL = "leadrelay", "leadrelay"
"""The group that our properties stand in, of every object that has any."""

LONGEST_LINE = 255
"""A longer text is shown on several lines; HubSpot limits neither."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}", re.ASCII)
_FORMS = {
    Type.TEXT: ("string", "text"),
    Type.LIST: ("string", "textarea"),
    Type.INTEGER: ("number", "number"),
    Type.NUMBER: ("number", "number"),
    Type.BOOLEAN: ("bool", "booleancheckbox"),
    Type.DATE: ("date", "date"),
    Type.DATETIME: ("datetime", "date"),
}
_YES_NO = [
    {"label": label, "value": value, "displayOrder": order, "hidden": False}
    for order, (label, value) in enumerate((("Yes", "true"), ("No", "false")))
]
_WORDS = {"string": "text", "bool": "yes or no", "datetime": "date and time"}


class _Restrictions(msgspec.Struct, rename="camel"):
    archivable: bool = True
    read_only_value: bool = False


class Defined(msgspec.Struct, rename="camel"):
    """A property as HubSpot describes it."""

    name: str
    type: str = ""
    field_type: str = ""
    label: str = ""
    group_name: str = ""
    has_unique_value: bool = False
    hubspot_defined: bool = False
    calculated: bool = False
    modification_metadata: _Restrictions | None = None

    @property
    def writable(self) -> bool:
        """Whether the API may put values in."""
        restrictions = self.modification_metadata or _Restrictions()
        return not (self.calculated or restrictions.read_only_value)

    @property
    def ours_to_remove(self) -> bool:
        """Whether an API may take it away at all."""
        restrictions = self.modification_metadata or _Restrictions()
        return restrictions.archivable and not self.hubspot_defined


class _Group(msgspec.Struct):
    name: str


class _Listed(msgspec.Struct):
    results: list[Defined] = []


class _Groups(msgspec.Struct):
    results: list[_Group] = []


@dataclass(frozen=True, slots=True)
class Schema:
    """What one object type has: properties, those that were archived, names of groups."""

    properties: Mapping[str, Defined]
    archived: Mapping[str, Defined]
    groups: frozenset[str]


class Schemas:
    """The calls for definitions."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        client = portal.properties.api_client
        self._core, self._batch, self._groups = CoreApi(client), BatchApi(client), GroupsApi(client)

    def look(self, kind: str) -> Schema:
        """Everything of one object type; three calls."""
        groups = self._portal.call(self._groups.get_all, _group_names, kind)
        there, gone = (self._all(kind, archived=archived) for archived in ("false", "true"))
        return Schema(there, gone, groups)

    def property(self, kind: str, name: str) -> Defined:
        """One property; raises `Rejection` where there is none."""
        return self._portal.call(self._core.get_by_name, _one, kind, name)

    def add_group(self, kind: str) -> None:
        """Our group."""
        self._portal.call(self._groups.create, _nothing, kind, {"name": GROUP, "label": LABEL, "displayOrder": -1})

    def drop_group(self, kind: str) -> None:
        """Take our group away; raises `Rejection` while a property stands in it."""
        self._portal.call(self._groups.archive, _nothing, kind, GROUP)

    def add(self, kind: str, definition: Mapping[str, Any]) -> Defined:
        """Create one property."""
        return self._portal.call(self._core.create, _one, kind, definition)

    def add_all(self, kind: str, definitions: list[Mapping[str, Any]]) -> Mapping[str, Defined]:
        """Create up to a hundred; gives those that it says it created."""
        return self._portal.call(self._batch.create, _by_name, kind, {"inputs": definitions})

    def drop(self, kind: str, name: str) -> None:
        """Archive one property."""
        self._portal.call(self._core.archive, _nothing, kind, name)

    def holding(self, kind: str, names: list[str]) -> int:
        """How many records hold a value in any of these, at most five."""
        groups = [{"filters": [{"propertyName": name, "operator": "HAS_PROPERTY"}]} for name in names]
        return self._portal.find(kind, {"filterGroups": groups, "limit": 1, "properties": []}, _total)

    def _all(self, kind: str, archived: str) -> Mapping[str, Defined]:
        # As text: the library would send Python's "True".
        return self._portal.call(self._core.get_all, _by_name, kind, archived=archived)


def definition(field: OwnField) -> dict[str, JsonValue | list[dict[str, Any]]]:
    """A property as HubSpot takes it to create."""
    type_, form = _FORMS[field.type]
    if field.reference is Reference.OWNER:
        return _plain(field, "enumeration", "select") | {"externalOptions": True, "referencedObjectType": "OWNER"}
    if type_ == "string" and (field.length or 0) > LONGEST_LINE:
        form = "textarea"
    options = {"options": _YES_NO} if field.type is Type.BOOLEAN else {}
    return _plain(field, type_, form) | options


def _plain(field: OwnField, type_: str, form: str) -> dict[str, JsonValue | list[dict[str, Any]]]:
    return {
        "name": field.name,
        "label": field.label,
        "description": field.description,
        "groupName": GROUP,
        "type": type_,
        "fieldType": form,
        "hasUniqueValue": field.unique,
        "formField": False,
    }


def named_badly(field: OwnField) -> bool:
    """Whether HubSpot cannot have a property of this name."""
    return not _NAME.fullmatch(field.name)


def clash(field: OwnField, found: Defined) -> str:
    """Why a property of that name cannot serve as ours; "" where it can.

    An enumeration can hold what we write as text, if it has the options: `check` looks at them one by one.
    """
    wanted = _FORMS[field.type][0]
    if not found.writable:
        return "its values cannot be written: HubSpot computes or keeps them"
    if found.type != wanted and (wanted, found.type) not in _TAKEN_TOO:
        return f"it holds {shown(found.type)}, not {shown(wanted)}"
    if field.unique and not found.has_unique_value:
        return "its values are not unique, and HubSpot does not change that afterwards"
    return ""


_TAKEN_TOO = {("string", "enumeration"), ("bool", "enumeration"), ("string", "phone_number")}


def shown(type_: str) -> str:
    """HubSpot's type in a word that people know."""
    return _WORDS.get(type_, type_)


def kind_of(field: OwnField) -> str:
    """What a field of ours holds, in such a word."""
    if field.reference is Reference.OWNER:
        return "HubSpot user"
    unique = ", unique" if field.unique else ""
    return f"{shown(_FORMS[field.type][0])}{unique}"


def _one(answer: Answer) -> Defined:
    return msgspec.json.decode(answer.body, type=Defined)


def _by_name(answer: Answer) -> Mapping[str, Defined]:
    return {found.name: found for found in msgspec.json.decode(answer.body, type=_Listed).results}


def _group_names(answer: Answer) -> frozenset[str]:
    return frozenset(group.name for group in msgspec.json.decode(answer.body, type=_Groups).results)


def _nothing(_: Answer) -> None:
    return None


class _Counted(msgspec.Struct):
    total: int


def _total(answer: Answer) -> int:
    return msgspec.json.decode(answer.body, type=_Counted).total
