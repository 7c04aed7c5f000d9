"""Custom fields as the Metadata and Tooling APIs describe them, and as columns of the org.

https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/customfield.htm
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leadrelay.sandbox.salesforce import fields, ids, objects, setup_rules
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad
from leadrelay.sandbox.salesforce.objects import ACTIVITIES
from leadrelay.sandbox.store import Column, Store

ACTIVITY = "Activity"
"""Where the custom fields of tasks and events are defined."""

_DEVELOPER_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_LONGEST_NAME = 40
_NAME_RULE = (
    "The Field Name field can only contain underscores and alphanumeric characters. It must be unique, begin with a "
    "letter, not include spaces, not end with an underscore, and not contain two consecutive underscores."
)
_TYPES = {
    "Checkbox": "boolean",
    "Currency": "currency",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "Html": "textarea",
    "LongTextArea": "textarea",
    "Lookup": "reference",
    "MultiselectPicklist": "multipicklist",
    "Number": "double",
    "Percent": "percent",
    "Phone": "phone",
    "Picklist": "picklist",
    "Text": "string",
    "TextArea": "textarea",
    "Url": "url",
}
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "Checkbox": ("defaultValue",),
    "Currency": ("precision", "scale"),
    "Html": ("length", "visibleLines"),
    "LongTextArea": ("length", "visibleLines"),
    "Lookup": ("referenceTo",),
    "MultiselectPicklist": ("valueSet", "visibleLines"),
    "Number": ("precision", "scale"),
    "Percent": ("precision", "scale"),
    "Picklist": ("valueSet",),
    "Text": ("length",),
}
_LENGTHS = {"Text": (1, 255), "LongTextArea": (256, 131_072), "Html": (256, 131_072)}

Metadata = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field: the object it is defined on (`Activity` for tasks), and its column.

    `entity`: how the Tooling API knows the object; one that an admin made goes by an id there.
    """

    id: str
    table: str
    column: Column
    entity: str = ""

    @property
    def developer_name(self) -> str:
        return self.column.name.removesuffix("__c")

    @property
    def full_name(self) -> str:
        return f"{self.table}.{self.column.name}"

    @property
    def objects(self) -> tuple[str, ...]:
        """The object types that have it."""
        return ACTIVITIES if self.table == ACTIVITY else (self.table,)


def every(store: Store) -> Iterator[CustomField]:
    """All custom fields of the org, granted or not."""
    for name in store.objects():
        if name == ACTIVITIES[1]:
            continue
        table = ACTIVITY if name == ACTIVITIES[0] else name
        kind = objects.find(store, name)
        entity = objects.definition_of(kind) if kind and kind.custom else table
        for column in store.columns(name).values():
            if column.meta["custom"]:
                yield CustomField(_id(store, table, column.name), table, column, entity)


def _id(store: Store, table: str, name: str) -> str:
    key = f"customfield:{table}.{name}"
    known = store.recall(key)
    if known is None:
        known = ids.take(store, "CustomField")[0]
        store.remember(key, known)
    return str(known)


def drop(store: Store, field: CustomField) -> None:
    """Remove a custom field from the objects that have it, with its values and its permissions."""
    for owner in field.objects:
        objects.drop_index(store, owner, field.column.name)
        store.drop_column(owner, field.column.name)
        setup_rules.bury(store, owner)
        store.db.execute("DELETE FROM FieldPermissions WHERE Field = ?", (f"{owner}.{field.column.name}",))
    store.remember(f"customfield:{field.full_name}", None)


def named(store: Store, full_name: object) -> tuple[str, str]:
    """The table and the field name of `Lead.Score__c`; raises SalesforceError."""
    table, _, name = str(full_name or "").partition(".")
    kind = objects.find(store, table)
    if table.lower() == ACTIVITY.lower():
        table = ACTIVITY
    elif kind is None or kind.name in ACTIVITIES or kind.name not in store.objects():
        message = f"Entity Enumeration Or ID: bad value for restricted picklist field: {table}"
        raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["TableEnumOrId"])
    else:
        table = kind.name
    base = name.removesuffix("__c")
    if base == name or not _DEVELOPER_NAME.fullmatch(base):
        raise bad("FIELD_INTEGRITY_EXCEPTION", _NAME_RULE, ["FullName"])
    if len(base) > _LONGEST_NAME:
        message = f"Field Name: data value too large: {base} (max length={_LONGEST_NAME})"
        raise bad("STRING_TOO_LONG", message, ["FullName"])
    return table, name


def column_of(store: Store, name: str, metadata: Metadata) -> Column:
    """The column that metadata describes; raises SalesforceError where it is incomplete or out of bounds."""
    type_ = str(metadata.get("type"))
    if type_ not in _TYPES:
        message = f"Type: bad value for restricted picklist field: {type_}"
        raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["Type"])
    if metadata.get("formula"):
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION", "the leadrelay sandbox does not model custom formula fields", ["Formula"]
        )
    for needed in ("label", *_NEEDS.get(type_, ())):
        if metadata.get(needed) is None:
            raise bad("FIELD_INTEGRITY_EXCEPTION", f"Must specify '{needed}' for a CustomField of type {type_}", [])
    known: dict[str, Any] = {
        "unique": bool(metadata.get("unique")),
        "externalId": bool(metadata.get("externalId")),
        "nillable": not metadata.get("required"),
        **(_lookup(store, metadata) if type_ == "Lookup" else _SHAPES.get(type_, _nothing)(metadata)),
    }
    # Nobody sees a new field until a permission set says so, but a required one cannot be hidden.
    granted = bool(metadata.get("required"))
    access = {"createable": granted, "updateable": granted, "by_permission": not granted}
    made = fields.custom(name, _TYPES[type_], str(metadata["label"]), granted=granted, **known, **access)
    return Column(made.name, made.kind, {**made.meta, "metadata": dict(metadata)})


def metadata_of(column: Column) -> dict[str, Any]:
    """Metadata that describes a column; for a field of the sample org, what its column tells."""
    kept = column.meta.get("metadata")
    if kept is not None:
        return dict(kept)
    meta = column.meta
    type_ = next(
        name for name, api in _TYPES.items() if api == meta["type"] and not (name in _LENGTHS and name == "Html")
    )
    if meta["type"] == "textarea":
        type_ = "LongTextArea" if fields.is_long_text(column) else "TextArea"
    known = {"label": meta["label"], "type": type_, "required": not meta["nillable"], "externalId": meta["externalId"]}
    if "precision" in _NEEDS.get(type_, ()):
        known |= {"precision": meta["precision"], "scale": meta["scale"]}
    if type_ in _LENGTHS:
        known["length"] = meta["length"]
    if meta["picklistValues"]:
        values = [{"fullName": value, "label": value, "default": False} for value in meta["picklistValues"]]
        known["valueSet"] = {"restricted": meta["restrictedPicklist"], "valueSetDefinition": {"value": values}}
    return known


# -- what each type brings --------------------------------------------------------------------------------------------


def _nothing(_: Metadata) -> dict[str, Any]:
    return {}


def _number(metadata: Metadata) -> dict[str, Any]:
    precision, scale = _whole(metadata, "precision"), _whole(metadata, "scale")
    if not 1 <= precision <= 18 or not 0 <= scale <= precision:
        message = "Precision must be between 1 and 18, and scale between 0 and precision"
        raise bad("NUMBER_OUTSIDE_VALID_RANGE", message, ["Precision"])
    return {"precision": precision, "scale": scale}


def _length(metadata: Metadata) -> dict[str, Any]:
    length = _whole(metadata, "length")
    least, most = _LENGTHS[metadata["type"]]
    if not least <= length <= most:
        raise bad("NUMBER_OUTSIDE_VALID_RANGE", f"Length must be between {least} and {most}", ["Length"])
    return {"length": length}


def _checkbox(metadata: Metadata) -> dict[str, Any]:
    return {"defaultValue": str(metadata["defaultValue"]).lower() == "true"}


def _picklist(metadata: Metadata) -> dict[str, Any]:
    value_set = metadata["valueSet"]
    definition = value_set.get("valueSetDefinition") if isinstance(value_set, dict) else None
    values = definition.get("value") if isinstance(definition, dict) else None
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise _bad_value_set()
    names = [str(value.get("fullName") or value.get("valueName") or value.get("label") or "") for value in values]
    if not all(names) or len(set(names)) < len(names):
        raise _bad_value_set()
    default = next((name for name, value in zip(names, values, strict=True) if value.get("default")), None)
    return {
        "picklistValues": names,
        "restrictedPicklist": bool(value_set.get("restricted")),
        "defaultValue": default,
        "defaultedOnCreate": default is not None,
    }


def _bad_value_set() -> SalesforceError:
    return bad("FIELD_INTEGRITY_EXCEPTION", "valueSet must define a list of values, each with its own fullName", [])


def _lookup(store: Store, metadata: Metadata) -> dict[str, Any]:
    target = objects.find(store, str(metadata["referenceTo"]))
    if target is None:
        message = f"referenceTo value of '{metadata['referenceTo']}' does not resolve to a valid sObject type"
        raise bad("FIELD_INTEGRITY_EXCEPTION", message, [])
    relation = metadata.get("relationshipName")
    return {"referenceTo": [target.name], "relationshipName": f"{relation}__r" if relation else None}


def _whole(metadata: Metadata, name: str) -> int:
    try:
        return int(metadata[name])
    except (TypeError, ValueError):
        raise bad("JSON_PARSER_ERROR", f"{name} must be a whole number") from None


_SHAPES: Mapping[str, Callable[[Metadata], dict[str, Any]]] = {
    "Checkbox": _checkbox,
    "Currency": _number,
    "Html": _length,
    "LongTextArea": _length,
    "MultiselectPicklist": _picklist,
    "Number": _number,
    "Percent": _number,
    "Picklist": _picklist,
    "Text": _length,
}
