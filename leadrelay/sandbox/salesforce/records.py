"""Writes of one record among many, as collections and bulk jobs make them: what identifies it came as sent."""

from __future__ import annotations

from typing import Any

from leadrelay.sandbox.salesforce import ids, objects
from leadrelay.sandbox.salesforce.errors import bad
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.schema import Values
from leadrelay.sandbox.salesforce.writes import Caller, Writer, result
from leadrelay.sandbox.store import Row, Store

Result = dict[str, Any]


class Records:
    """Each method gives the record's result, or raises SalesforceError and leaves nothing behind."""

    def __init__(self, store: Store, writer: Writer) -> None:
        self._store = store
        self._writer = writer

    def create(self, kind: ObjectType, values: Values, who: Caller) -> Result:
        return result(self._writer.create(kind, values, who))

    def update(self, kind: ObjectType, key: str, values: Values, who: Caller, old: Row | None) -> tuple[Result, Row]:
        """The result, and the record as it is now. `old`: as it was, None when there is none."""
        if old is None:
            raise bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
        return result(key), self._writer.update(kind, key, values, who, old)

    def upsert(self, kind: ObjectType, field: str, value: Any, values: Values, who: Caller) -> Result:
        """Update what `field` identifies, or create it with that value. An upsert by `Id` without one creates."""
        if value is None and field == "Id":
            return result(self._writer.create(kind, values, who), created=True)
        if value is None:
            raise bad("MISSING_ARGUMENT", f"{field} not specified", [])
        keys = self._writer.keys_by(kind, field, str(value))
        if len(keys) > 1:
            message = f"{field}: more than one record found for external id field: {list(keys)}"
            raise bad("DUPLICATE_EXTERNAL_ID", message, [field])
        if keys:
            self._writer.update(kind, keys[0], values, who)
            return result(keys[0], created=False)
        if field == "Id":
            raise bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
        return result(self._writer.create(kind, {**values, field: value}, who), created=True)

    def delete(self, sent: Any, who: Caller) -> Result:
        """The id says which object type it is."""
        key = ids.normalize(sent)
        kind = objects.find(self._store, objects.of_record(self._store, key) or "") if key else None
        if key is None or kind is None:
            raise bad("MALFORMED_ID", f"malformed id {sent}", [])
        if self._store.get(kind.name, key) is None:
            raise bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
        self._writer.delete(kind, key, who)
        return result(key)


def own_key(kind: ObjectType, sent: Any) -> str:
    """The id of a record that is to be updated."""
    if sent is None:
        raise bad("MISSING_ARGUMENT", "Id not specified in an update call", [])
    key = ids.normalize(sent)
    if key is None or not key.startswith(kind.prefix):
        raise bad("MALFORMED_ID", f"{kind.label} ID: id value of incorrect type: {sent}", ["Id"])
    return key
