"""What CRM fields hold, as the types of leads, and which of those can be read from or written to which."""

from __future__ import annotations

from collections.abc import Mapping

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.lead import Type

NUMBERS = frozenset({Type.INTEGER, Type.NUMBER})
READABLE: Mapping[Type, frozenset[Type]] = {
    Type.TEXT: frozenset(Type),
    Type.INTEGER: NUMBERS | {Type.TEXT},
    Type.NUMBER: NUMBERS | {Type.TEXT},
    Type.BOOLEAN: NUMBERS | {Type.TEXT, Type.BOOLEAN},
    Type.DATE: frozenset({Type.DATE, Type.DATETIME, Type.TEXT}),
    Type.DATETIME: frozenset({Type.DATE, Type.DATETIME, Type.TEXT}),
    Type.LIST: frozenset({Type.LIST, Type.TEXT}),
}
"""What a lead field of a type can be read from."""

WRITABLE: Mapping[Type, frozenset[Type]] = {
    Type.TEXT: frozenset({Type.TEXT, Type.LIST}),
    Type.INTEGER: NUMBERS | {Type.TEXT},
    Type.NUMBER: NUMBERS | {Type.TEXT},
    Type.BOOLEAN: frozenset({Type.BOOLEAN, Type.TEXT}),
    Type.DATE: frozenset({Type.DATE, Type.TEXT}),
    Type.DATETIME: frozenset({Type.DATETIME, Type.TEXT}),
    Type.LIST: frozenset({Type.LIST, Type.TEXT}),
}
"""Where a value of a type can be written."""

_SALESFORCE: Mapping[str, Type | None] = {
    "int": Type.INTEGER,
    "long": Type.INTEGER,
    "double": Type.NUMBER,
    "currency": Type.NUMBER,
    "percent": Type.NUMBER,
    "boolean": Type.BOOLEAN,
    "date": Type.DATE,
    "datetime": Type.DATETIME,
    "multipicklist": Type.LIST,
    "address": None,
    "location": None,
    "base64": None,
}
_HUBSPOT: Mapping[str, Type] = {
    "number": Type.NUMBER,
    "bool": Type.BOOLEAN,
    "date": Type.DATE,
    "datetime": Type.DATETIME,
}


def held(info: FieldInfo, kind: str) -> Type | None:
    """What a CRM field holds; None for what is made up of other fields."""
    if kind == "salesforce":
        return _SALESFORCE.get(info.type, Type.TEXT)
    if info.extra.get("field_type") == "checkbox":
        return Type.LIST
    return _HUBSPOT.get(info.type, Type.TEXT)
