"""What properties HubSpot's objects have."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.hubspot_wire import Portal
from leadrelay.connectors.transport import Answer


class _Option(msgspec.Struct, rename="camel"):
    value: str
    label: str | None = None
    display_order: int = -1

    @property
    def place(self) -> tuple[bool, int]:
        """Where HubSpot shows it; -1 comes last."""
        return self.display_order < 0, self.display_order


class _Restrictions(msgspec.Struct, rename="camel"):
    read_only_value: bool = False


class _Property(msgspec.Struct, rename="camel"):
    name: str
    type: str
    label: str = ""
    field_type: str = ""
    description: str | None = None
    options: list[_Option] = []
    external_options: bool = False
    calculated: bool = False
    has_unique_value: bool = False
    hubspot_defined: bool = False
    hidden: bool = False
    data_sensitivity: str | None = None
    show_currency_symbol: bool | None = None
    number_display_hint: str | None = None
    currency_property_name: str | None = None
    modification_metadata: _Restrictions | None = None

    def info(self) -> FieldInfo:
        """As our own value. Options that live elsewhere (owners, pipeline stages) come empty and restrict nothing."""
        restrictions = self.modification_metadata or _Restrictions()
        writable = not (self.calculated or restrictions.read_only_value)
        options = sorted(self.options, key=lambda option: option.place)
        return FieldInfo(
            name=self.name,
            label=self.label,
            type=self.type,
            picklist=tuple(option.value for option in options),
            restricted=self.type == "enumeration" and not self.external_options and bool(self.options),
            updateable=writable,
            createable=writable,
            unique=self.has_unique_value,
            external_id=self.has_unique_value,
            calculated=self.calculated,
            custom=not self.hubspot_defined,
            encrypted=(self.data_sensitivity or "non_sensitive") != "non_sensitive",
            help=self.description or "",
            words={option.value: option.label for option in options if option.label and option.label != option.value},
            extra={
                "field_type": self.field_type,
                "external_options": self.external_options,
                "hidden": self.hidden,
                "amount": self._is_amount,
                "currency_property": self.currency_property_name,
            },
        )

    @property
    def _is_amount(self) -> bool:
        return self.type == "number" and (bool(self.show_currency_symbol) or self.number_display_hint == "currency")


class _Properties(msgspec.Struct):
    results: list[_Property]


def described(portal: Portal, object_type: str) -> Mapping[str, FieldInfo]:
    """The object's properties by name."""
    return portal.call(portal.properties.get_all, _described, object_type)


def one_described(answer: Answer) -> FieldInfo:
    """A property as an answer defines it."""
    return msgspec.json.decode(answer.body, type=_Property).info()


def _described(answer: Answer) -> dict[str, FieldInfo]:
    return {one.name: one.info() for one in msgspec.json.decode(answer.body, type=_Properties).results}
