"""What Salesforce knows of a field: built from a line of a table, or from the parts of a custom field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from leadrelay.sandbox.store import Column, Store

KINDS = {
    "boolean": "boolean",
    "currency": "real",
    "date": "date",
    "datetime": "datetime",
    "double": "real",
    "int": "integer",
    "percent": "real",
}
"""The store's kind of each API type that is not text."""

LENGTHS = {
    "combobox": 255,
    "email": 80,
    "id": 18,
    "multipicklist": 4099,
    "phone": 40,
    "picklist": 255,
    "reference": 18,
    "string": 255,
    "textarea": 255,
    "url": 255,
}
_SHORT = 255
_UNGROUPED = {"address", "currency", "datetime", "double", "multipicklist", "percent", "textarea"}
_LINE = re.compile(r"(\w+) +(\w+)(?:\(([^)]*)\))?(?: +([\w= ]+?))?(?: *\"([^\"]+)\")?(?: *: (.+))?")
_READONLY = {"createable": False, "updateable": False}
_FLAGS: Mapping[str, Mapping[str, Any]] = {
    "externalid": {"externalId": True},
    "nofilter": {"filterable": False, "sortable": False, "groupable": False},
    "noupdate": {"updateable": False},
    "readonly": _READONLY,
    "required": {"nillable": False},
    "restricted": {"restrictedPicklist": True},
    "unique": {"unique": True},
}


def column(name: str, type_: str, **known: Any) -> Column:
    """A field with everything that `Column.meta` holds; `known` replaces the defaults of its type.

    Keys: type, label, length, digits, precision, scale, picklistValues (texts), restrictedPicklist, defaultValue,
    defaultedOnCreate, nillable, createable, updateable, filterable, sortable, groupable, unique, externalId,
    calculated, custom, granted, referenceTo, relationshipName, formula (SQL over `{t}`, for computed values).
    """
    length = known.get("length", LENGTHS.get(type_, 0))
    long_text = type_ == "textarea" and length > _SHORT
    computed = type_ in {"id", "address"}
    meta: dict[str, Any] = {
        "type": type_,
        "label": _label(name),
        "length": length,
        "digits": 8 if type_ == "int" else 0,
        "precision": 18 if type_ in {"double", "currency", "percent"} else 0,
        "scale": 2 if type_ in {"currency", "percent"} else 0,
        "picklistValues": [],
        "restrictedPicklist": False,
        "defaultValue": False if type_ == "boolean" else None,
        "defaultedOnCreate": type_ in {"boolean", "id"},
        "nillable": type_ not in {"boolean", "id"},
        "createable": not computed,
        "updateable": not computed,
        "filterable": not long_text and type_ != "address",
        "sortable": not long_text and type_ not in {"address", "multipicklist"},
        "groupable": type_ not in _UNGROUPED,
        "unique": False,
        "externalId": False,
        "calculated": False,
        "custom": False,
        "granted": True,
        "referenceTo": [],
        "relationshipName": None,
        "formula": None,
    }
    return Column(name, KINDS.get(type_, "text"), {**meta, **known})


def custom(name: str, type_: str, label: str | None = None, *, granted: bool, **known: Any) -> Column:
    """A field that an admin added. Until it is `granted`, the API user does not see it."""
    label = label or name.removesuffix("__c").replace("_", " ")
    return column(name, type_, **{"label": label, "custom": True, "granted": granted, **known})


def parse(table: str, **known: Any) -> list[Column]:
    """Fields from lines `Name type(detail) flags "Label": value | *default`, as standard_fields.py has them."""
    return [_parse_line(line.strip(), known) for line in table.strip().splitlines()]


def visible(store: Store, object_name: str) -> dict[str, Column]:
    """The fields of an object that the API user may see, by lower-case name, in order."""
    return {name: field for name, field in store.columns(object_name).items() if field.meta["granted"]}


def is_long_text(field: Column) -> bool:
    return bool(field.meta["type"] == "textarea" and field.meta["length"] > _SHORT)


def _parse_line(line: str, shared: Mapping[str, Any]) -> Column:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a field: {line}")
    name, type_, detail, flags, label, values = match.groups()
    known: dict[str, Any] = {**shared, **_detail(type_, detail)}
    for flag in (flags or "").split():
        known.update({"relationshipName": flag[3:]} if flag.startswith("as=") else _FLAGS[flag])
    if values:
        known.update(_picklist(value.strip() for value in values.split("|")))
    return column(name, type_, **known, **({"label": label} if label else {}))


def _detail(type_: str, detail: str | None) -> dict[str, Any]:
    if not detail:
        return {}
    if type_ == "reference":
        return {"referenceTo": detail.split(",")}
    numbers = [int(part) for part in detail.split(",")]
    return {"precision": numbers[0], "scale": numbers[1]} if len(numbers) == 2 else {"length": numbers[0]}


def _picklist(values: Iterable[str]) -> dict[str, Any]:
    values = list(values)
    default = next((value[1:] for value in values if value.startswith("*")), None)
    names = [value.removeprefix("*") for value in values]
    return {"picklistValues": names, "defaultValue": default, "defaultedOnCreate": default is not None}


def _label(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return words.removesuffix(" Id") + (" ID" if words.endswith(" Id") else "")
