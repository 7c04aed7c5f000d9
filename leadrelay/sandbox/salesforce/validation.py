"""What may stand in a field: every check that Salesforce makes of a single value, with its own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from leadrelay.sandbox.salesforce import ids, objects
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad
from leadrelay.sandbox.store import Column, Store

Check = Callable[[Any], Any]
"""Gives the value as it is kept, or raises SalesforceError."""

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")
_POLYMORPHIC = {"WhatId", "WhoId"}
_NUMBERS = {"double", "currency", "percent"}


class RecordRefused(SalesforceError):
    """Several refusals of one record."""

    def __init__(self, errors: Sequence[SalesforceError]) -> None:
        first = errors[0]
        super().__init__(first.status, first.code, first.message, first.fields)
        self.errors = tuple(errors)

    def body(self) -> list[dict[str, Any]]:
        return [entry for error in self.errors for entry in error.body()]


def each(error: SalesforceError) -> Sequence[SalesforceError]:
    """The refusals of one record, one by one."""
    return error.errors if isinstance(error, RecordRefused) else (error,)


def check_of(column: Column, store: Store, object_name: str) -> Check:
    """The check for values of a field."""
    type_ = column.meta["type"]
    if type_ == "boolean":
        return _boolean(column)
    if type_ in _NUMBERS:
        return _decimal(column)
    if type_ == "reference":
        return _reference(column, store, object_name)
    if type_ in _MAKERS:
        return _MAKERS[type_](column)
    return _unchanged if type_ in {"date", "datetime"} else _string(column)


def _unchanged(value: Any) -> Any:
    return value


def _boolean(column: Column) -> Check:
    def check(value: int | None) -> int:
        if value is None:
            message = f"{column.meta['label']}: value not of required type: "
            raise bad("INVALID_TYPE_ON_FIELD_IN_RECORD", message, [column.name])
        return value

    return check


def _string(column: Column) -> Check:
    """Text is kept without spaces around it; nothing but spaces is nothing."""
    longest = column.meta["length"]

    def check(value: str | None) -> str | None:
        value = value.strip() if value else None
        if value and len(value) > longest:
            message = f"{column.meta['label']}: data value too large: {value} (max length={longest})"
            raise bad("STRING_TOO_LONG", message, [column.name])
        return value or None

    return check


def _email(column: Column) -> Check:
    string = _string(column)

    def check(value: str | None) -> Any:
        value = string(value)
        if value and not _EMAIL.fullmatch(value):
            message = f"{column.meta['label']}: invalid email address: {value}"
            raise bad("INVALID_EMAIL_ADDRESS", message, [column.name])
        return value

    return check


def _picklist(column: Column) -> Check:
    string = _string(column)
    if not column.meta["restrictedPicklist"]:
        return string
    allowed = frozenset(column.meta["picklistValues"])

    def check(value: str | None) -> Any:
        value = string(value)
        if value and value not in allowed:
            raise _not_in_picklist(column, value)
        return value

    return check


def _multipicklist(column: Column) -> Check:
    """Values come back in the picklist's own order, each once."""
    string = _string(column)
    places = {value: place for place, value in enumerate(column.meta["picklistValues"])}

    def check(value: str | None) -> Any:
        if not (value := string(value)):
            return None
        chosen = list(dict.fromkeys(part for piece in value.split(";") if (part := piece.strip())))
        unknown = [part for part in chosen if part not in places]
        if unknown and column.meta["restrictedPicklist"]:
            raise _not_in_picklist(column, ";".join(unknown))
        return ";".join(sorted(chosen, key=lambda part: places.get(part, len(places)))) or None

    return check


def _not_in_picklist(column: Column, value: str) -> SalesforceError:
    message = f"{column.meta['label']}: bad value for restricted picklist field: {value}"
    return bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [column.name])


def _integer(column: Column) -> Check:
    beyond = 10 ** column.meta["digits"]

    def check(value: int | None) -> int | None:
        if value is not None and abs(value) >= beyond:
            raise _out_of_range(column, value)
        return value

    return check


def _decimal(column: Column) -> Check:
    """More decimals than the field has are rounded, half up."""
    beyond = 10.0 ** (column.meta["precision"] - column.meta["scale"])
    step = Decimal(1).scaleb(-column.meta["scale"])

    def check(value: float | None) -> float | None:
        if value is None:
            return None
        if not -beyond < value < beyond:
            raise _out_of_range(column, value)
        if value.is_integer():
            return value
        rounded = float(Decimal(repr(value)).quantize(step, ROUND_HALF_UP))
        if abs(rounded) >= beyond:
            raise _out_of_range(column, value)
        return rounded

    return check


def _out_of_range(column: Column, value: float) -> SalesforceError:
    message = f"{column.meta['label']}: value outside of valid range on numeric field: {value}"
    return bad("NUMBER_OUTSIDE_VALID_RANGE", message, [column.name])


def _reference(column: Column, store: Store, object_name: str) -> Check:
    label, targets = column.meta["label"], frozenset(column.meta["referenceTo"])

    def check(value: str | None) -> str | None:
        if not value:
            if column.name == "OwnerId":
                raise bad("INVALID_CROSS_REFERENCE_KEY", f"{label}: owner cannot be blank", [column.name])
            return None
        key = ids.normalize(value)
        target = objects.of_record(store, key) if key else None
        if key is None or target is None or target not in targets:
            # https://github.com/jsforce/jsforce/issues/1006
            code = "FIELD_INTEGRITY_EXCEPTION" if target and column.name in _POLYMORPHIC else "MALFORMED_ID"
            raise bad(code, f"{label}: id value of incorrect type: {value}", [column.name])
        _check_target(store, target, key)
        if column.name == "OwnerId":
            _check_owner(store, target, key, object_name)
        return key

    return check


def _check_target(store: Store, target: str, key: str) -> None:
    deleted = "IsDeleted" if "isdeleted" in store.columns(target) else "0"
    found = store.db.execute(f'SELECT {deleted} FROM "{target}" WHERE Id = ?', (key,)).fetchone()
    if found is None:
        raise bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    if found[0]:
        raise bad("ENTITY_IS_DELETED", "entity is deleted", [])


def _check_owner(store: Store, target: str, key: str, object_name: str) -> None:
    if target == "User":
        (active,) = store.db.execute('SELECT IsActive FROM "User" WHERE Id = ?', (key,)).fetchone()
        if not active:
            message = f"operation performed with inactive user [{key[:15]}] as owner of {object_name.lower()}"
            raise bad("INACTIVE_OWNER_OR_USER", message, [])
    else:
        (kind,) = store.db.execute('SELECT Type FROM "Group" WHERE Id = ?', (key,)).fetchone()
        if kind != "Queue":
            raise bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])


_MAKERS: dict[str, Callable[[Column], Check]] = {
    "email": _email,
    "int": _integer,
    "multipicklist": _multipicklist,
    "picklist": _picklist,
}
