"""Actions of admins on fields: deleted, retyped, hidden, made read-only, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from leadrelay.sandbox.salesforce import custom_fields, fields, objects, payload
from leadrelay.sandbox.salesforce.acts_arguments import Arguments, Done
from leadrelay.sandbox.salesforce.custom_fields import CustomField
from leadrelay.sandbox.salesforce.errors import SalesforceError
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.schema import WITHHELD
from leadrelay.sandbox.store import Column

_ADMIN = "person"
_KINDS = (
    *("boolean", "currency", "date", "datetime", "double", "email", "multipicklist", "percent", "phone", "picklist"),
    *("string", "textarea", "url"),
)
_ACCESS = ("createable", "updateable")
_KEPT = ("label", "granted", "by_permission", *_ACCESS)


class FieldActs:
    """What changes the schema is in the history under CustomField; permissions are not."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._store = org.store

    def acts(self) -> Mapping[str, Any]:
        return {
            "drop_field": (self._drop, "object field"),
            "retype_field": (self._retype, "object field kind"),
            "hide_field": (self._visibility(granted=False), "object field"),
            "show_field": (self._visibility(granted=True), "object field"),
            "read_only": (self._read_only, "object field"),
            "writable": (self._writable, "object field"),
            "formula": (self._formula, "object field"),
        }

    def _drop(self, given: Arguments) -> Done:
        field = self._custom(given)
        custom_fields.drop(self._store, field)
        self._store.note(_ADMIN, "delete", "CustomField", field.id, "FullName", field.full_name, None)
        return {"dropped": field.full_name}

    def _retype(self, given: Arguments) -> Done:
        """Values that the new type cannot hold are lost, as the real org warns."""
        field, kind = self._custom(given), given.text("kind")
        if kind not in _KINDS:
            raise given.refuse(f"kind must be one of {', '.join(_KINDS)}")
        lost = sum(self._converted(name, field.column, kind) for name in field.objects)
        was = field.column.meta["type"]
        self._store.note(_ADMIN, "update", "CustomField", field.id, "Type", was, kind)
        return {"field": field.full_name, "was": was, "lost": lost}

    def _converted(self, name: str, old: Column, kind: str) -> int:
        """Give the field its new type in one object; how many values were lost."""
        store = self._store
        kept = {key: store.columns(name)[old.name.lower()].meta.get(key) for key in _KEPT}
        new = fields.column(old.name, kind, custom=True, **{key: v for key, v in kept.items() if v is not None})
        rows = store.db.execute(f'SELECT Id, "{old.name}" FROM "{name}" WHERE "{old.name}" IS NOT NULL').fetchall()
        objects.drop_index(store, name, old.name)
        store.drop_column(name, old.name)
        store.add_column(name, new)
        values = [(key, value, _as(new, value)) for key, value in rows]
        store.db.executemany(f'UPDATE "{name}" SET "{old.name}" = ? WHERE Id = ?', [(v, key) for key, _, v in values])
        lost = [(key, value) for key, value, converted in values if converted is None]
        for key, value in lost:
            store.note(_ADMIN, "update", name, key, old.name, value, None)
        return len(lost)

    def _visibility(self, *, granted: bool) -> Callable[[Arguments], Done]:
        """Field-level security of the API user; people go on with the field."""

        def act(given: Arguments) -> Done:
            return self._changed(given, {"granted": granted})

        return act

    def _read_only(self, given: Arguments) -> Done:
        meta = given.column(given.kind()).meta
        kept = meta.get(WITHHELD) or {name: meta[name] for name in _ACCESS}
        return self._changed(given, {**dict.fromkeys(_ACCESS, False), WITHHELD: kept})

    def _formula(self, given: Arguments) -> Done:
        """A formula took the field's place: an admin deletes a field and makes one of the same name."""
        self._custom(given)
        return self._changed(given, {**dict.fromkeys(_ACCESS, False), "calculated": True})

    def _writable(self, given: Arguments) -> Done:
        kept = given.column(given.kind()).meta.get(WITHHELD)
        if kept is None:
            raise given.refuse("that field was not made read_only")
        return self._changed(given, kept)

    def _changed(self, given: Arguments, access: Mapping[str, Any]) -> Done:
        kind = given.kind()
        column = given.column(kind)
        name = f"{kind.name}.{column.name}"
        if not column.meta["nillable"]:
            raise given.refuse(f"{name} is required, so everybody may read and write it")
        self._store.change_column(kind.name, replace(column, meta={**column.meta, **access}))
        return {"field": name}

    def _custom(self, given: Arguments) -> CustomField:
        kind = given.kind()
        name = given.column(kind).name
        for field in custom_fields.every(self._store):
            if kind.name in field.objects and field.column.name == name:
                return field
        raise given.refuse(f"{kind.name}.{name} is a standard field; hide_field takes it away from the API user")


def _as(column: Column, value: Any) -> Any:
    """A value of another type as the column keeps it, None where it cannot."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    try:
        converted = payload.from_csv(column.meta["type"], column.name, text, 0)
    except SalesforceError:
        return None
    return converted[: column.meta["length"]] if isinstance(converted, str) and column.kind == "text" else converted
