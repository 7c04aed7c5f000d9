"""What Salesforce knows of a field: built from one line of a table, or from the parts that a custom field is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
_LONG = 255
_LINE = re.compile(r"(\w+)\s+(\w+)(?:\(([^)]*)\))?\s*(.*)")
_FLAGS = {"required", "readonly", "unique", "externalid", "restricted", "nofilter", "nosort", "noupdate", "default"}


def column(name: str, type_: str, **known: Any) -> Column:
    """A field with everything that `Column.meta` holds; `known` replaces the defaults of its type.

    Keys: type, label, length, precision, scale, picklistValues (texts), restrictedPicklist, defaultValue,
    defaultedOnCreate, nillable, createable, updateable, filterable, sortable, groupable, unique, externalId,
    calculated, custom, granted, referenceTo, relationshipName, formula (SQL over `{t}`, for computed values).
    """
    length = known.get("length", LENGTHS.get(type_, 0))
    long_text = type_ == "textarea" and length > _LONG
    computed = type_ in ("id", "address")
    meta: dict[str, Any] = {
        "type": type_,
        "label": _label(name),
        "length": length,
        "precision": 18 if type_ in ("double", "currency", "percent") else 0,
        "scale": 2 if type_ in ("currency", "percent") else 0,
        "picklistValues": [],
        "restrictedPicklist": False,
        "defaultValue": False if type_ == "boolean" else None,
        "defaultedOnCreate": type_ in ("boolean", "id"),
        "nillable": type_ not in ("boolean", "id"),
        "createable": not computed,
        "updateable": not computed,
        "filterable": not long_text and type_ != "address",
        "sortable": not long_text and type_ not in ("address", "multipicklist"),
        "groupable": type_ not in ("address", "multipicklist", "double", "currency", "percent", "datetime", "textarea"),
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
    return column(name, type_, label=label, custom=True, granted=granted, **known)


def parse(table: str) -> list[Column]:
    """Fields from lines `Name type(detail) flags`, as standard_fields.py has them."""
    return [_parse_line(line.strip()) for line in table.strip().splitlines()]


def visible(store: Store, object_name: str) -> dict[str, Column]:
    """The fields of an object that the API user may see, by lower-case name, in order."""
    return {name: field for name, field in store.columns(object_name).items() if field.meta["granted"]}


def is_long_text(field: Column) -> bool:
    return field.meta["type"] == "textarea" and field.meta["length"] > _LONG


def _parse_line(line: str) -> Column:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a field: {line}")
    name, type_, detail, rest = match.groups()
    words, _, values = rest.partition(": ")
    known: dict[str, Any] = _detail(type_, detail, words.split())
    flags = {word for word in words.split() if word in _FLAGS}
    known.update(_flagged(type_, flags))
    if values:
        known["picklistValues"] = [value.strip() for value in values.split("|")]
    if "default" in flags:
        known.update(defaultValue=known["picklistValues"][0], defaultedOnCreate=True)
    label = re.search(r'"([^"]+)"', words)
    return column(name, type_, **known, **({"label": label.group(1)} if label else {}))


def _detail(type_: str, detail: str | None, words: Sequence[str]) -> dict[str, Any]:
    if type_ == "reference":
        targets = (detail or "").split(",")
        relation = next((word[3:] for word in words if word.startswith("as=")), None)
        return {"referenceTo": targets, "relationshipName": relation}
    if not detail:
        return {}
    numbers = [int(part) for part in detail.split(",")]
    if len(numbers) == 2:
        return {"precision": numbers[0], "scale": numbers[1]}
    return {"length": numbers[0]} if type_ != "int" else {"digits": numbers[0]}


def _flagged(type_: str, flags: set[str]) -> Mapping[str, Any]:
    known: dict[str, Any] = {}
    if "required" in flags:
        known["nillable"] = False
    if "readonly" in flags:
        known.update(createable=False, updateable=False, defaultedOnCreate=type_ in ("id", "boolean"))
    if "noupdate" in flags:
        known["updateable"] = False
    if "nofilter" in flags:
        known["filterable"] = False
    if "nosort" in flags or "nofilter" in flags:
        known["sortable"] = False
    if "unique" in flags:
        known["unique"] = True
    if "externalid" in flags:
        known["externalId"] = True
    if "restricted" in flags:
        known["restrictedPicklist"] = True
    return known


def _label(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return words.removesuffix(" Id") + (" ID" if words.endswith(" Id") else "")
