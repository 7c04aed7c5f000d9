"""How the definitions of properties are written down."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from leadrelay.sandbox.hubspot.properties import Option, Property


def choices(*values: str) -> tuple[Option, ...]:
    """Options from `value` or `value=label` words."""
    pairs = (value.partition("=") for value in values)
    return tuple(Option(value, label or value, order) for order, (value, _, label) in enumerate(pairs))


BOOLEAN = choices("true=Yes", "false=No")
_FORMS = {"string": "text", "number": "number", "bool": "booleancheckbox", "enumeration": "select"}


def group(name: str, *properties: Property) -> list[Property]:
    return [replace(prop, group=name) for prop in properties]


def of(type_: str, name: str, label: str, form: str = "", **more: Any) -> Property:
    options = BOOLEAN if type_ == "bool" else ()
    made = Property(name, label, type_, form or _FORMS.get(type_, "date"), "", options)
    return replace(made, **more)


def enum(name: str, label: str, *values: str, **more: Any) -> Property:
    return of("enumeration", name, label, options=choices(*values), **more)


def read_only(prop: Property, *, calculated: bool = False) -> Property:
    return replace(prop, read_only=True, calculated=calculated)
