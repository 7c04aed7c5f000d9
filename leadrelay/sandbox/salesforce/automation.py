"""What Salesforce does by itself around a write: rules of single object types, and who may see which field."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from leadrelay.sandbox.salesforce import objects, setup_rules
from leadrelay.sandbox.salesforce.errors import bad, required_missing
from leadrelay.sandbox.salesforce.org import user_id
from leadrelay.sandbox.salesforce.schema import Values
from leadrelay.sandbox.store import Column, Row, Store, stamp

_GRANTING = {"FieldPermissions", "PermissionSetAssignment"}


class Automation:
    """Hooks of the write path."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def before(self, name: str, old: Row | None, values: Values) -> None:
        """Refuse, or add to, what is about to be kept. `old` is None for a new record."""
        if name == "Lead" and old and old.get("IsConverted"):
            raise bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
        if name in {"Task", "Event"}:
            self._activity(name, old, values)
        elif name == "FieldPermissions":
            self._field_permissions(old, values)
        elif name == "PermissionSetAssignment" and old is None:
            self._permission_set_assignment(values)
        elif name == "PermissionSet" and "Name" in values:
            setup_rules.check_name(self._store, values["Name"], old["Id"] if old else None)

    def leaving(self, name: str, key: str) -> None:
        """Refuse, or add to, the end of a record that goes without a bin."""
        if name == "PermissionSet":
            setup_rules.leave(self._store, key)

    def after(self, name: str) -> None:
        """Bring in line what depends on records of this type."""
        if name in _GRANTING:
            self._grant()

    # -- activities -------------------------------------------------------------------------------------------------

    def _activity(self, name: str, old: Row | None, values: Values) -> None:
        known = {**(old or {}), **values}
        who = known.get("WhoId") or ""
        if who.startswith(objects.OBJECTS["Lead"].prefix):
            if values.get("WhoId"):
                self._refuse_converted(who)
            if known.get("WhatId"):
                message = "Related To ID: a task or event of a lead cannot be related to another record"
                raise bad("FIELD_INTEGRITY_EXCEPTION", message, ["WhatId"])
        if name == "Event":
            _span(old, values)
        if name == "Task" and "Status" in values:
            done = values["Status"] == "Completed"
            was_done = bool(old) and known.get("CompletedDateTime") is not None
            if done != was_done:
                values["CompletedDateTime"] = self._store.clock.stamp()[:-4] + "000Z" if done else None

    def _refuse_converted(self, lead: str) -> None:
        converted = self._store.db.execute('SELECT IsConverted FROM "Lead" WHERE Id = ?', (lead,)).fetchone()
        if converted and converted[0]:
            raise bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])

    # -- permissions ------------------------------------------------------------------------------------------------

    def _field_permissions(self, old: Row | None, values: Values) -> None:
        known = {**(old or {}), **values}
        if known.get("PermissionsEdit") and not known.get("PermissionsRead"):
            raise bad("FIELD_INTEGRITY_EXCEPTION", "Permission Edit depends on permission(s): Read", [])
        if old is not None:
            return
        column = self._permissionable(str(known.get("Field")), str(known.get("SobjectType")))
        if column is None:
            message = f"Field Name: bad value for restricted picklist field: {known.get('Field')}"
            raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["Field"])
        kind = objects.find(self._store, str(known["SobjectType"]))
        values["SobjectType"] = kind.name if kind else known["SobjectType"]
        values["Field"] = f"{values['SobjectType']}.{column.name}"
        sql = "SELECT Id FROM FieldPermissions WHERE ParentId = ? AND Field = ?"
        if self._store.db.execute(sql, (values["ParentId"], values["Field"])).fetchone():
            raise bad(
                "DUPLICATE_VALUE", "duplicate value found: <unknown> duplicates value on record with id: <unknown>", []
            )

    def _permissionable(self, field: str, object_name: str) -> Column | None:
        owner, _, name = field.partition(".")
        column = self._store.columns(object_name).get(name.lower())
        fits = owner.lower() == object_name.lower() and column is not None and setup_rules.permissionable(column)
        return column if fits else None

    def _permission_set_assignment(self, values: Values) -> None:
        assignee, permission_set = values.get("AssigneeId"), values.get("PermissionSetId")
        sql = "SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = ? AND PermissionSetId = ?"
        if self._store.db.execute(sql, (assignee, permission_set)).fetchone():
            message = f"Duplicate PermissionSetAssignment. Assignee: {assignee}; Permission Set: {permission_set}"
            raise bad("DUPLICATE_VALUE", message, [])

    def _grant(self) -> None:
        """A field that was made by API is seen only where a permission set of the API user says so."""
        rows = self._store.select(
            "SELECT Field, max(PermissionsRead) AS reads, max(PermissionsEdit) AS edits FROM FieldPermissions"
            " WHERE ParentId IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ?)"
            " GROUP BY Field",
            (user_id(self._store),),
        )
        said = {row["Field"].lower(): row for row in rows}
        for name in self._store.objects():
            for column in list(self._store.columns(name).values()):
                if column.meta.get("by_permission"):
                    self._set_access(name, column, said.get(f"{name}.{column.name}".lower(), {}))

    def _set_access(self, name: str, column: Column, said: dict[str, Any]) -> None:
        edits = bool(said.get("edits")) and not column.meta["calculated"]
        access = {"granted": bool(said.get("reads")), "createable": edits, "updateable": edits}
        if any(column.meta[key] != value for key, value in access.items()):
            self._store.change_column(name, replace(column, meta={**column.meta, **access}))


def _span(old: Row | None, values: Values) -> None:
    """When an event is: its start and either its end or its length; each says the others.

    https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-event.html
    """
    start = values.get("StartDateTime") or values.get("ActivityDateTime")
    known = {**(old or {}), **values}
    if start is None and old is None:
        raise required_missing(
            ["StartDateTime"] if known.get("EndDateTime") else ["DurationInMinutes", "StartDateTime"]
        )
    begins = datetime.fromisoformat(start or known["StartDateTime"])
    minutes = values.get("DurationInMinutes")
    if minutes is None and values.get("EndDateTime"):
        minutes = int((datetime.fromisoformat(values["EndDateTime"]) - begins).total_seconds() // 60)
    minutes = known.get("DurationInMinutes") if minutes is None else minutes
    if minutes is None:
        raise required_missing(["DurationInMinutes"])
    if minutes < 0:
        raise bad("FIELD_INTEGRITY_EXCEPTION", "End Date/Time: the end is before the start", ["EndDateTime"])
    at = stamp(begins)
    values.update(StartDateTime=at, ActivityDateTime=at, ActivityDate=at[:10], DurationInMinutes=minutes)
    values["EndDateTime"] = stamp(begins + timedelta(minutes=minutes))
