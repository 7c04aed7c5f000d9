"""What fields Salesforce's objects have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.transport import Answer, Rejection


class _Picklist(msgspec.Struct, rename="camel"):
    value: str
    label: str | None = None
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
    default_value: bool | str | None = None
    default_value_formula: str | None = None
    inline_help_text: str | None = None
    compound_field_name: str | None = None
    controller_name: str | None = None
    encrypted: bool = False

    @property
    def default(self) -> str:
        """The picklist's value for records that come without one."""
        return next((entry.value for entry in self.picklist_values if entry.default_value), "")

    @property
    def _given(self) -> str | None:
        """What a new record gets; a formula as it stands."""
        if self.default_value is not None:
            return str(self.default_value).lower() if isinstance(self.default_value, bool) else self.default_value
        return self.default or self.default_value_formula

    @property
    def _words(self) -> dict[str, str]:
        active = [entry for entry in self.picklist_values if entry.active]
        return {entry.value: entry.label for entry in active if entry.label and entry.label != entry.value}

    def takes(self, object_type: str) -> bool:
        """Whether it may hold the id of such a record."""
        return object_type.lower() in {name.lower() for name in self.reference_to}

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
            createable=self.createable,
            nillable=self.nillable,
            calculated=self.calculated,
            custom=self.custom,
            external_id=self.external_id,
            encrypted=self.encrypted or self.type == "encryptedstring",
            default=self._given,
            help=self.inline_help_text or "",
            part_of=self.compound_field_name if self.compound_field_name not in {None, self.name} else "",
            controller=self.controller_name or "",
            words=self._words,
        )


class Description(msgspec.Struct):
    """An object as describe tells it, and what this user may do with its records."""

    fields: list[Field]
    queryable: bool = False
    createable: bool = False
    updateable: bool = False
    deletable: bool = False

    @property
    def by_name(self) -> dict[str, Field]:
        """The object's fields by name."""
        return {field.name: field for field in self.fields}

    def access(self, name: str) -> frozenset[str]:
        """What may be done with it, in the words of Salesforce's object permissions: `Lead.Read` and the like."""
        granted = {"Read": self.queryable, "Create": self.createable, "Edit": self.updateable, "Delete": self.deletable}
        return frozenset(f"{name}.{verb}" for verb, may in granted.items() if may)

    def infos(self) -> dict[str, FieldInfo]:
        """The fields as our own values."""
        return {field.name: field.info() for field in self.fields}


def described(account: Account, object_type: str) -> Mapping[str, Field]:
    """The object's fields by name."""
    path = f"sobjects/{object_type}/describe"
    try:
        fields = account.call(lambda client: client.restful(path), _fields)
    except Rejection as no:
        raise undescribed(account, object_type, no) from None
    return {field.name: field for field in fields}


def undescribed(account: Account, object_type: str, no: Rejection) -> Rejection:
    """The refusal to describe an object in words: one that is not there, and one that is hidden, are told alike."""
    if no.code != "NOT_FOUND":
        return no
    settings = account.settings
    message = (
        f"{settings.place} has no object {object_type}, or hides it from the API user ({no.code})."
        f" Grant the user Read on {object_type} in its permission set."
    )
    return Rejection(message, no.status, no.code, no.fields)


def _fields(answer: Answer) -> list[Field]:
    return msgspec.json.decode(answer.body, type=Description).fields
