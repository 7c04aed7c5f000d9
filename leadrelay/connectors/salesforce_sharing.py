"""Whether the API user sees every record of an object, or only its own and those that are shared with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from leadrelay.connectors.people import Lack
from leadrelay.connectors.salesforce_batch import Found
from leadrelay.connectors.transport import Rejection

_DEFAULTS: Mapping[str, str] = {"lead": "DefaultLeadAccess", "contact": "DefaultContactAccess"}
"""https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_organization.htm"""
_PRIVATE = "None"
_ALL = ("ViewAllRecords", "ModifyAllRecords")
_OF_ALL_OBJECTS = frozenset({"ViewAllData", "ModifyAllData"})


def questions(object_type: str, user: str) -> tuple[str, ...]:
    """What to ask of an object: how it is shared, and what the user's permission sets add; none of other objects."""
    default = _DEFAULTS.get(object_type.lower())
    if not default:
        return ()
    sets = f"SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '{user}'"
    flags = ", ".join(f"Permissions{name}" for name in _ALL)
    where = f"SobjectType = '{object_type}' AND ParentId IN ({sets})"
    return f"SELECT {default} FROM Organization", f"SELECT {flags} FROM ObjectPermissions WHERE {where}"


def added(object_type: str, answers: Sequence[Found | None]) -> frozenset[str]:
    """What permission sets add, as `Lead.ViewAllRecords`."""
    rows = _rows(answers[1]) if len(answers) > 1 else ()
    return frozenset(f"{object_type}.{name}" for row in rows for name in _ALL if row.get(f"Permissions{name}") is True)


def lack(object_type: str, answers: Sequence[Found | None], granted: Collection[str]) -> Lack | None:
    """What follows where records are private and nothing is known that lets this user see them all."""
    default = _DEFAULTS.get(object_type.lower(), "")
    private = any(row.get(default) == _PRIVATE for row in _rows(answers[0] if answers else None))
    if not private or _OF_ALL_OBJECTS & set(granted) or any(f"{object_type}.{name}" in granted for name in _ALL):
        return None
    message = f"records of {object_type} are private here: the API user sees its own, and those shared with it, only."
    return Lack(message, f"Give it View All Records on {object_type}, in its permission set, or share them with it.")


def _rows(found: Found | None) -> list[dict[str, object]]:
    if found is None or isinstance(found, Rejection):
        return []
    return [msgspec.json.decode(row, type=dict[str, object]) for row in found]
