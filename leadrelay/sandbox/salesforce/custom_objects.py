"""Objects that an admin of the org made, as the pages of Setup let one do.

https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/customobject.htm
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from leadrelay.sandbox.salesforce import fields, objects
from leadrelay.sandbox.salesforce.errors import bad
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.standard_fields import SYSTEM
from leadrelay.sandbox.store import Store

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_LONGEST = 43
_COLUMNS = f"""
Id id "Record ID"
IsDeleted boolean readonly "Deleted"
Name string(80)
{SYSTEM.strip()}
"""
_OWNER = 'OwnerId reference(Group,User) required as=Owner "Owner ID"'
_ACTIVITY = 'LastActivityDate date readonly "Last Activity Date"'
_RELATED = (("Task", "WhatId"), ("Event", "WhatId"))
_NOTED = (("Note", "ParentId"),)


@dataclass(frozen=True, slots=True)
class Definition:
    """What an admin says. `master`: whose detail its records are, which then have no owner of their own.

    `activities`: whether tasks and events may be about it.
    """

    name: str
    label: str
    plural: str
    activities: bool = True
    master: ObjectType | None = None


def create(store: Store, given: Definition) -> ObjectType:
    """Add the object with the fields that every one has; raises SalesforceError."""
    if not _NAME.fullmatch(given.name) or len(given.name) > _LONGEST:
        message = "The Object Name field can only contain underscores and alphanumeric characters, and ends with __c."
        raise bad("FIELD_INTEGRITY_EXCEPTION", message, ["FullName"])
    if objects.find(store, given.name):
        message = f"There is already an object named {given.name.removesuffix('__c')}."
        raise bad("DUPLICATE_DEVELOPER_NAME", message, ["DeveloperName"])
    prefix = f"{objects.CUSTOM_PREFIX}{len(objects.custom(store)):02}"
    kind = ObjectType(given.name, given.label, given.plural, key_prefix=prefix)
    objects.keep_custom(store, kind)
    lines = [_COLUMNS.strip(), _related_to(given), *([_ACTIVITY] if given.activities else [])]
    store.create(kind.name, fields.parse("\n".join(lines)), ["SystemModstamp, Id, IsDeleted"])
    for name, field in (*(_RELATED if given.activities else ()), *_NOTED):
        _refer(store, name, field, kind.name)
    store.note("person", "create", "CustomObject", objects.definition_of(kind), "FullName", None, kind.name)
    return kind


def _related_to(given: Definition) -> str:
    """Who owns a record, or its master, whose owner then counts.

    https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/relationships_among_objects.htm
    """
    if given.master is None:
        return _OWNER
    base = given.master.name.removesuffix("__c")
    return f"{base}__c reference({given.master.name}) required as={base}__r"


def _refer(store: Store, name: str, field: str, target: str) -> None:
    column = store.columns(name)[field.lower()]
    meta = {**column.meta, "referenceTo": [*column.meta["referenceTo"], target]}
    store.change_column(name, replace(column, meta=meta))
