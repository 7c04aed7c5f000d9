"""A property's definition: what it holds, who may write it, and how the API describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

KINDS = {"number": "real", "bool": "boolean", "date": "date", "datetime": "datetime"}
"""The store's kind of column for a property type; text for all others."""

FIELD_TYPES = {
    "bool": {"booleancheckbox", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "enumeration": {"booleancheckbox", "checkbox", "radio", "select", "calculation_equation"},
    "number": {"number", "calculation_equation"},
    "string": {"file", "html", "phonenumber", "text", "textarea", "calculation_equation"},
    "phone_number": {"phonenumber"},
}
"""Which forms a type may be shown in; https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide."""


@dataclass(frozen=True, slots=True)
class Option:
    """One allowed value of an enumeration."""

    value: str
    label: str
    order: int = 0
    hidden: bool = False
    description: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "value": self.value,
            "description": self.description,
            "displayOrder": self.order,
            "hidden": self.hidden,
        }


@dataclass(frozen=True, slots=True)
class Property:
    """A property. `external` names the list outside of the definition that its values come from (owners, stages).

    `amount`: it is shown with a currency's symbol, that which `currency_property` names, else the company's.
    `sensitive`: the app has no scope for its values, neither to read nor to write them:
    https://developers.hubspot.com/docs/api-reference/latest/crm/properties/sensitive-data
    """

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: tuple[Option, ...] = ()
    description: str = ""
    order: int = -1
    unique: bool = False
    read_only: bool = False
    calculated: bool = False
    built_in: bool = True
    hidden: bool = False
    form_field: bool = False
    external: str = ""
    created_at: str = ""
    updated_at: str = ""
    archived_at: str = ""
    sensitive: bool = False
    amount: bool = False
    currency_property: str = ""

    @property
    def kind(self) -> str:
        """The store's kind of column."""
        return KINDS.get(self.type, "text")

    @property
    def several(self) -> bool:
        """Whether it holds several options, separated by semicolons."""
        return self.field_type == "checkbox"

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(option.value for option in self.options)

    def to_meta(self) -> dict[str, Any]:
        """All of it, as the store keeps it."""
        return asdict(self)

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any]) -> Property:
        return cls(**{**meta, "options": tuple(Option(**option) for option in meta["options"])})

    def with_options(self, values: list[str]) -> Property:
        """The same with further options, at the end."""
        fresh = [value for value in dict.fromkeys(values) if value not in self.values]
        start = len(self.options)
        added = tuple(Option(value, value, start + i) for i, value in enumerate(fresh))
        return replace(self, options=self.options + added)

    def to_json(self) -> dict[str, Any]:
        """As the properties API describes it."""
        body: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [option.to_json() for option in self.options],
            "displayOrder": self.order,
            "calculated": self.calculated,
            "externalOptions": bool(self.external),
            "archived": bool(self.archived_at),
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.built_in,
            "formField": self.form_field,
            "dataSensitivity": "sensitive" if self.sensitive else "non_sensitive",
            "modificationMetadata": {
                "archivable": not self.built_in,
                "readOnlyDefinition": self.built_in,
                "readOnlyOptions": self.built_in and self.name not in CUSTOMISABLE,
                "readOnlyValue": self.read_only,
            },
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }
        if self.archived_at:
            body["archivedAt"] = self.archived_at
        if self.amount:
            body["showCurrencySymbol"] = True
        if self.currency_property:
            body["currencyPropertyName"] = self.currency_property
        if self.external == "owners":
            body["referencedObjectType"] = "OWNER"
        return body


CUSTOMISABLE = {"lifecyclestage", "hs_lead_status"}
"""Built-in enumerations whose options an admin may change."""
