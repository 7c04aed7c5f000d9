"""How far an org may grow, what permission sets are called, and of which fields they can speak.

https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-permissionset.html
https://help.salesforce.com/s/articleView?id=sf.overview_limits_general.htm
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from leadrelay.sandbox.salesforce.errors import bad
from leadrelay.sandbox.store import Column, Store, stamp

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_LONGEST_NAME = 80
_BURIED, _KEPT = "deleted fields:", timedelta(days=15)
_MOST_FIELDS, _MOST_EXTERNAL_IDS, _MOST_LONG_TEXT = 500, 25, 1_638_400


def check_name(store: Store, name: object, key: str | None = None) -> None:
    """Refuse a permission set whose name cannot be one, or is taken by another than `key`."""
    if not _NAME.fullmatch(str(name)) or len(str(name)) > _LONGEST_NAME:
        message = (
            "Permission Set Name: the name can only contain underscores and alphanumeric characters, must begin with a "
            "letter, not end with an underscore, and not contain two consecutive underscores"
        )
        raise bad("FIELD_INTEGRITY_EXCEPTION", message, ["Name"])
    sql = 'SELECT Id FROM "PermissionSet" WHERE Name = ? COLLATE NOCASE AND Id IS NOT ?'
    if store.db.execute(sql, (name, key)).fetchone():
        message = "The name you entered is already in use. Enter a unique name."
        raise bad("DUPLICATE_DEVELOPER_NAME", message, ["Name"])


def leave(store: Store, key: str) -> None:
    """A permission set goes with all that it grants, and not while anybody has it.

    https://help.salesforce.com/s/articleView?id=000386289
    """
    if store.db.execute("SELECT 1 FROM PermissionSetAssignment WHERE PermissionSetId = ?", (key,)).fetchone():
        raise bad("DELETE_FAILED", "This permission set is assigned to users and cannot be deleted.", [])
    store.db.execute("DELETE FROM FieldPermissions WHERE ParentId = ?", (key,))


def check_room(store: Store, objects: Sequence[str], column: Column) -> None:
    """Refuse a custom field more than an object of Enterprise Edition may have; deleted ones count for 15 days."""
    for name in objects:
        there = [known for known in store.columns(name).values() if known.meta["custom"]]
        if len(there) + _buried(store, name) >= _MOST_FIELDS:
            raise bad("CUSTOM_ENTITY_OR_FIELD_LIMIT", "You have reached the limit of custom fields for the object.", [])
        marked = sum(bool(known.meta["externalId"]) for known in there)
        if column.meta["externalId"] and marked >= _MOST_EXTERNAL_IDS:
            message = "You have reached the maximum number of external id fields for the object."
            raise bad("CUSTOM_FIELD_INDEX_LIMIT_EXCEEDED", message, [])
        if sum(map(_long_text, [*there, column])) > _MOST_LONG_TEXT:
            message = "The total length of the long text area fields of the object is too large."
            raise bad("CUSTOM_CLOB_FIELD_LIMIT_EXCEEDED", message, [])


def bury(store: Store, name: str) -> None:
    """A field of the object was deleted. Its name is free, since `_del` is put to the end of it.

    https://help.salesforce.com/s/articleView?id=platform.fields_managing_deleted_fields.htm
    """
    store.remember(f"{_BURIED}{name}", [*store.recall(f"{_BURIED}{name}", []), store.clock.stamp()])


def _buried(store: Store, name: str) -> int:
    since = stamp(store.clock.now() - _KEPT)
    return sum(at > since for at in store.recall(f"{_BURIED}{name}", []))


def _long_text(column: Column) -> int:
    long = column.meta["type"] == "textarea" and column.meta["length"] > 255
    return int(column.meta["length"]) if long else 0


def permissionable(column: Column) -> bool:
    """Whether a permission set can say who sees a field: of a required one, or one of the system's, it cannot."""
    meta = column.meta
    if meta["custom"]:
        return bool(meta["nillable"]) or meta["type"] == "boolean"
    return bool(meta["nillable"]) and meta["type"] not in {"boolean", "id"}
