"""The arguments of an action, checked against the org; what does not fit is refused in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadrelay.sandbox.control import BadRequest
from leadrelay.sandbox.salesforce import ids, objects
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.schema import ObjectSchema
from leadrelay.sandbox.store import Column

Done = dict[str, Any]
"""What an action answers."""


class Arguments:
    """The body of one request to `/_sandbox/act`."""

    def __init__(self, org: Org, action: str, given: Mapping[str, Any]) -> None:
        self._org = org
        self._action = action
        self._given = given

    def refuse(self, why: str) -> BadRequest:
        return BadRequest(f"{self._action}: {why}")

    def kind(self) -> ObjectType:
        """The object type."""
        return self._kind(self.text("object"))

    def column(self, kind: ObjectType, name: str = "field") -> Column:
        """A field of the object type, hidden ones too."""
        return self.field(kind, self.text(name))

    def field(self, kind: ObjectType, name: str) -> Column:
        column = self._org.store.columns(kind.name).get(name.lower())
        if column is None:
            raise self.refuse(f"{kind.name} has no field {name}")
        return column

    def key(self, name: str, kind: ObjectType) -> str:
        """The id of a record that is there, in the bin or not."""
        return self._record(self.text(name), kind)

    def keys(self, name: str, kind: ObjectType) -> list[str]:
        return [self._record(text, kind) for text in self.texts(name)]

    def text(self, name: str, default: str | None = None) -> str:
        value = self._given.get(name, default)
        if not isinstance(value, str) or not value:
            raise self.refuse(f"{name} must be a text")
        return value

    def texts(self, name: str) -> list[str]:
        value = self._given.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
            raise self.refuse(f"{name} must be a list of texts")
        return value

    def number(self, name: str, least: float, most: float, default: float | None = None) -> float:
        value = self._given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.refuse(f"{name} must be a number from {least:g} to {most:g}")
        return value

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        value = self.number(name, least, most, default)
        if not isinstance(value, int):
            raise self.refuse(f"{name} must be a whole number")
        return value

    def value(self, name: str) -> Any:
        if name not in self._given:
            raise self.refuse(f"{name} is missing")
        return self._given[name]

    def has(self, name: str) -> bool:
        return self._given.get(name) is not None

    def stored(self, kind: ObjectType, column: Column, value: Any) -> Any:
        """A value as a client sends it, in the form in which the store keeps it."""
        return ObjectSchema(self._org.store, kind.name, people=True).read({column.name: value})[column.name]

    def _kind(self, name: str) -> ObjectType:
        kind = objects.find(self._org.store, name)
        if kind is None:
            raise self.refuse(f"there is no object type {name}")
        return kind

    def _record(self, text: str, kind: ObjectType) -> str:
        key = ids.normalize(text)
        if key is None or self._org.store.get(kind.name, key) is None:
            raise self.refuse(f"there is no {kind.name} {text}")
        return key
