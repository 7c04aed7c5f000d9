"""What fields Salesforce's objects have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.transport import Answer


class _Picklist(msgspec.Struct, rename="camel"):
    value: str
    active: bool = True
    default_value: bool = False


class Field(msgspec.Struct, rename="camel"):
    """A field as describe tells it."""

    name: str
    type: str
    label: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    updateable: bool = False
    createable: bool = False
    nillable: bool = True
    defaulted_on_create: bool = False
    unique: bool = False
    external_id: bool = False
    calculated: bool = False
    custom: bool = False
    filterable: bool = True
    sortable: bool = True
    restricted_picklist: bool = False
    picklist_values: list[_Picklist] = []
    reference_to: list[str] = []
    relationship_name: str | None = None

    @property
    def default(self) -> str:
        """The picklist's value for records that come without one."""
        return next((entry.value for entry in self.picklist_values if entry.default_value), "")

    def info(self) -> FieldInfo:
        """As our own value."""
        extra: dict[str, Any] = {
            key: getattr(self, key)
            for key in ("precision", "scale", "digits", "calculated", "custom", "filterable", "sortable")
        }
        return FieldInfo(
            name=self.name,
            label=self.label,
            type=self.type,
            length=self.length or None,
            picklist=tuple(entry.value for entry in self.picklist_values if entry.active),
            restricted=self.restricted_picklist,
            updateable=self.updateable,
            required=self.createable and not self.nillable and not self.defaulted_on_create,
            unique=self.unique,
            extra=extra | {"reference_to": ",".join(self.reference_to), "relationship": self.relationship_name},
        )


class _Description(msgspec.Struct):
    fields: list[Field]


def described(account: Account, object_type: str) -> Mapping[str, Field]:
    """The object's fields by name."""
    path = f"sobjects/{object_type}/describe"
    fields = account.call(lambda client: client.restful(path), _fields)
    return {field.name: field for field in fields}


def _fields(answer: Answer) -> list[Field]:
    return msgspec.json.decode(answer.body, type=_Description).fields
