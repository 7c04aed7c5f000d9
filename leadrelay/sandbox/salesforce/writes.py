"""The one way in: every create, update, upsert and delete, whichever resource it came by, and a person's edits too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadrelay.sandbox.salesforce import ids, lead_history, setup_state
from leadrelay.sandbox.salesforce.assignment import Assignment
from leadrelay.sandbox.salesforce.automation import Automation
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, entity_deleted, no_external_id, not_found
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.schema import ObjectSchema, Schemas, Values
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.salesforce.validation import RecordRefused
from leadrelay.sandbox.store import Row, stamp

_STAMPS = ("SystemModstamp", "LastModifiedDate", "LastModifiedById")
CHILDREN = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Note", "ParentId")),
    "Contact": (("Task", "WhoId"), ("Event", "WhoId"), ("Note", "ParentId")),
    "Lead": (("Task", "WhoId"), ("Event", "WhoId"), ("Note", "ParentId")),
    "Opportunity": (("Note", "ParentId"), ("OpportunityContactRole", "OpportunityId")),
}
"""What goes into the bin with its parent, and to the master when the parent is merged."""
_OF_CUSTOM = (("Task", "WhatId"), ("Event", "WhatId"), ("Note", "ParentId"))
FLOW = "automation"
"""Who did it, in the history, where a flow did."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who writes, and which lead assignment rule is to run (None: none).

    `asked`: the client itself named the rule. `allow_save`: alerts of duplicate rules are passed. `api`: it is the API
    user, not a person in the pages. `made`: when a transaction began that ends only now; it held its records since.
    """

    actor: str
    user_id: str
    rule: str | None = None
    asked: bool = True
    allow_save: bool = False
    api: bool = True
    made: datetime | None = None


class Writer:
    """Writes to the records of an org. A refusal is a SalesforceError and leaves nothing behind."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._store = org.store
        self._automation = Automation(org.store)
        self._assignment = Assignment(org.store)
        self.schemas = Schemas(org.store)

    def create(self, kind: ObjectType, values: Values, caller: Caller) -> str:
        """Add a record and give its id."""
        if "Id" in values:
            raise bad("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
        if not kind.writable:
            raise _not_supported("create", kind)
        self._expect_permitted(kind, caller)
        schema = self.schemas.of(kind.name, people=not caller.api)
        kept = schema.checked(values, creating=True)
        if "OwnerId" in schema.has and "ownerid" in schema.rules:
            kept.setdefault("OwnerId", caller.user_id)
        self._automation.before(kind.name, None, kept)
        self._obey_rules(kind.name, None, kept, caller)
        self._check_unique(schema, kept, None)
        key = ids.take_of(self._store, kind.prefix)[0]
        row = {name: value for name, value in kept.items() if value is not None}
        row.update(self._birth(schema, caller))
        self._store.insert(kind.name, [{"Id": key, **row}], caller.actor)
        self._automation.after(kind.name)
        self._assign(kind, key, row, caller)
        self._run_flows(kind.name, key, kept, row, caller)
        return key

    def _expect_permitted(self, kind: ObjectType, caller: Caller) -> None:
        """What is part of the set-up takes a permission of its own."""
        if caller.api and kind.name in setup_state.TAKES:
            setup_state.expect(self._store, setup_state.TAKES[kind.name], kind.name)

    def update(self, kind: ObjectType, key: str, values: Values, caller: Caller, old: Row | None = None) -> Row:
        """Change a record, and give it as it is now. `old`: how it is, where that is known already."""
        if not kind.writable:
            raise _not_supported("update", kind)
        self._expect_permitted(kind, caller)
        old = old or self.existing(kind, key)
        self._admit(kind.name, key, caller)
        if old.get("IsDeleted"):
            raise entity_deleted()
        schema = self.schemas.of(kind.name, people=not caller.api)
        kept = schema.checked(values, creating=False)
        self._automation.before(kind.name, old, kept)
        self._obey_rules(kind.name, old, kept, caller)
        if schema.unique:
            self._check_unique(schema, kept, key)
        stamps = self.touched(kind.name, caller)
        self._store.update(kind.name, key, {**kept, **stamps}, caller.actor, old)
        self._automation.after(kind.name)
        now = {**old, **kept, **stamps}
        assigns = caller.asked or setting(self._org, "auto_assign_on_update")
        assigned = self._assign(kind, key, now, caller) if assigns else {}
        flowed = self._run_flows(kind.name, key, kept, now, caller)
        self.track(kind.name, key, old, {**kept, **assigned, **flowed}, caller)
        return {**now, **flowed}

    def delete(self, kind: ObjectType, key: str, caller: Caller) -> None:
        """Put a record, and what hangs on it, into the bin; what has no bin is gone."""
        if not kind.deletable:
            raise _not_supported("delete", kind)
        self._expect_permitted(kind, caller)
        old = self.existing(kind, key)
        self._admit(kind.name, key, caller)
        if old.get("IsDeleted"):
            raise entity_deleted()
        if "IsDeleted" not in old:
            self._automation.leaving(kind.name, key)
            self._store.db.execute(f'DELETE FROM "{kind.name}" WHERE Id = ?', (key,))
            self._store.note(caller.actor, "delete", kind.name, key)
            self._automation.after(kind.name)
            return
        self._bin(kind.name, key, caller, deleted=True)
        gone: dict[str, list[str]] = {}
        for name, field in children(kind):
            sql = f'SELECT Id FROM "{name}" WHERE "{field}" = ? AND IsDeleted = 0'
            gone[name] = [child for (child,) in self._store.db.execute(sql, (key,)).fetchall()]
            for child in gone[name]:
                self._bin(name, child, caller, deleted=True)
        if any(gone.values()):
            self._store.remember(f"bin:{key}", gone)

    def restore(self, kind: ObjectType, key: str, caller: Caller) -> None:
        """Take a record out of the bin, with what went there with it."""
        if not self.existing(kind, key).get("IsDeleted"):
            raise bad("UNDELETE_FAILED", "Entity is not in the recycle bin")
        self._unbin(kind.name, key, caller)
        for name, children in self._store.recall(f"bin:{key}", {}).items():
            for child in self._store.get_many(name, children).values():
                if child["IsDeleted"]:
                    self._unbin(name, child["Id"], caller)
        self._store.remember(f"bin:{key}", {})

    def touched(self, name: str, caller: Caller) -> Values:
        """The stamps that a write leaves on a record."""
        has, now = self.schemas.of(name).has, whole_second(caller.made or self._org.now())
        values = {"SystemModstamp": now, "LastModifiedDate": now, "LastModifiedById": caller.user_id}
        return {name: values[name] for name in _STAMPS if name in has}

    def existing(self, kind: ObjectType, key: str) -> Row:
        """A record by id, deleted or not; 404 where there is none."""
        row = self._store.get(kind.name, key)
        if row is None:
            raise not_found()
        return row

    def keys_by(self, kind: ObjectType, field: str, value: str) -> Sequence[str]:
        """The ids of the records that a field identifies; the field must be an external id."""
        rule = self.schemas.of(kind.name).rules.get(field.lower())
        if rule is None or not (rule.column.meta["externalId"] or rule.column.name == "Id"):
            raise no_external_id(field)
        if rule.column.name == "Id":
            key = ids.normalize(value)
            return [key] if key and self._store.get(kind.name, key) else []
        live = " AND IsDeleted = 0" if "IsDeleted" in self.schemas.of(kind.name).has else ""
        sql = f'SELECT Id FROM "{kind.name}" WHERE "{rule.column.name}" = ? COLLATE NOCASE{live}'
        return [row["Id"] for row in self._store.select(sql, (value.strip(),))]

    def track(self, name: str, key: str, old: Row, new: Values, caller: Caller) -> None:
        """Put into a lead's history what its tracked fields became."""
        if name == "Lead":
            lead_history.track(self._org, key, old, new, caller.user_id, whole_second(caller.made or self._org.now()))

    # -- inside -----------------------------------------------------------------------------------------------------

    def _birth(self, schema: ObjectSchema, caller: Caller) -> Values:
        touched = self.touched(schema.name, caller)
        if "CreatedDate" in schema.has:
            touched |= {"CreatedDate": touched["LastModifiedDate"], "CreatedById": caller.user_id}
        booleans = {c.name: 0 for c in schema.source.values() if c.kind == "boolean" and not c.meta["createable"]}
        return {**booleans, **touched}

    def _bin(self, name: str, key: str, caller: Caller, *, deleted: bool) -> None:
        values: Values = {"IsDeleted": int(deleted), **self.touched(name, caller)}
        if not deleted and "MasterRecordId" in self.schemas.of(name).has:
            values["MasterRecordId"] = None
        self._store.update(name, key, values, caller.actor)
        self._store.note(caller.actor, "delete" if deleted else "undelete", name, key)
        if name == "Lead":
            lead_history.bin_with(self._org, key, deleted=deleted)

    def _unbin(self, name: str, key: str, caller: Caller) -> None:
        schema = self.schemas.of(name)
        if schema.unique:
            self._check_unique(schema, self._store.get(name, key) or {}, key)
        self._bin(name, key, caller, deleted=False)

    def _admit(self, name: str, key: str, caller: Caller) -> None:
        """Refuse the write of a record that the API user has no access to, or that another transaction holds."""
        if caller.api:
            self._org.hidden.refuse(name, key)
        if caller.made is None:
            self._org.rules.check_lock(key, self._org.now())

    def _obey_rules(self, name: str, old: Row | None, kept: Values, caller: Caller) -> None:
        """Validation rules come before duplicate rules, and both before the record is saved.

        https://developer.salesforce.com/docs/atlas.en-us.apexcode.meta/apexcode/apex_triggers_order_of_execution.htm
        """
        rules = self._org.rules
        if rules.validations and (broken := rules.broken(name, {**(old or {}), **kept})):
            raise RecordRefused(broken)
        if rules.duplicates:
            alerts = caller.allow_save or not caller.api
            rules.check_duplicates(self._store, name, old, kept, pass_alerts=alerts)

    def _run_flows(self, name: str, key: str, written: Values, row: Row, caller: Caller) -> Values:
        """What flows change after a write by the API. They run as its user, so the record does not tell them apart."""
        changed: Values = {}
        for flow in self._org.rules.flows_after(name, key, written) if caller.api else ():
            changed[flow.name] = flow.value
        if changed:
            values = {**changed, **self.touched(name, caller)}
            self._store.update(name, key, values, FLOW, {**row, "Id": key})
        return changed

    def _check_unique(self, schema: ObjectSchema, kept: Values, key: str | None) -> None:
        for name in schema.unique:
            value = kept.get(name)
            if value is None:
                continue
            sql = f'SELECT Id FROM "{schema.name}" WHERE "{name}" = ? COLLATE NOCASE AND Id IS NOT ?'
            if "IsDeleted" in schema.has and not setting(self._org, "bin_keeps_unique"):
                sql += " AND IsDeleted = 0"
            other = self._store.db.execute(sql, (value, key)).fetchone()
            if other:
                message = f"duplicate value found: {name} duplicates value on record with id: {other[0][:15]}"
                raise bad("DUPLICATE_VALUE", message, [])

    def _assign(self, kind: ObjectType, key: str, row: Row, caller: Caller) -> Values:
        owner = self._assignment.run(key, row, caller.rule) if kind.name == "Lead" and caller.rule else None
        return {"OwnerId": owner} if owner else {}


def caller_of(org: Org, actor: str, header: str | None = None) -> Caller:
    """The API user; `header` is `Sforce-Auto-Assign`, whose default lets the active assignment rule run."""
    rule = Assignment(org.store).named(header or "TRUE")
    return Caller(actor, org.user_id(), rule, asked=header is not None)


def children(kind: ObjectType) -> Sequence[tuple[str, str]]:
    """What goes into the bin with a record."""
    return _OF_CUSTOM if kind.custom else CHILDREN.get(kind.name, ())


def whole_second(moment: datetime) -> str:
    """Salesforce's stamps know no milliseconds, so that records often share one."""
    return stamp(moment.replace(microsecond=0))


def _not_supported(action: str, kind: ObjectType) -> SalesforceError:
    message = f"entity type {kind.label} does not support {action}"
    return bad(
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" if action != "delete" else "INSUFFICIENT_ACCESS_OR_READONLY", message, []
    )


def result(key: str, **more: Any) -> dict[str, Any]:
    """What a successful write of one record answers."""
    return {"id": key, "success": True, "errors": [], **more}
