"""The lead's fields that follow a hand-off task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.people import Closed
from leadrelay.core.assign.values import LONGEST_WHY
from leadrelay.core.lead import Type
from leadrelay.core.toml_text import nearest
from leadrelay.mappings.crm_types import held
from leadrelay.mappings.doctor.references import may_own
from leadrelay.mappings.doctor.values import Finding, missing
from leadrelay.mappings.mapping_values import TaskMapping


def of_owner(task: TaskMapping, schema: Mapping[str, FieldInfo], kind: str) -> Iterator[Finding]:
    """The lead's field that gets the task's owner. The task's own fields are no part of this schema."""
    info = schema.get(task.owner)
    if info is None:
        yield missing(task.place, task.owner, schema)
    elif not may_own(info, kind):
        cure = f"Name the field of the record's owner: {_OWNERS.get(kind, 'OwnerId')}."
        yield Finding("error", task.place, f"'{task.owner}' holds no owner: its type is {info.type}.", cure)
    elif not info.updateable:
        message = f"'{task.owner}' cannot be written by this user, so leads could not follow their tasks."
        yield Finding("error", task.place, message, "Grant edit access, or remove 'owner' from [task].")


_OWNERS = {"salesforce": "OwnerId", "hubspot": "hubspot_owner_id"}


def of_reason(task: TaskMapping, schema: Mapping[str, FieldInfo], kind: str) -> Iterator[Finding]:
    """The lead's field for the line that says why this owner."""
    info = schema.get(task.reason)
    if info is None:
        message = f"the CRM has no field '{task.reason}', or hides it from this user: owners come without a reason."
        cure = f"Create it, as a text of {LONGEST_WHY} characters, grant access to it, or remove 'reason' from [task]."
        yield Finding("warning", task.place, message, cure)
    elif info.picklist or info.type == "reference" or held(info, kind) is not Type.TEXT:
        message = f"'{task.reason}' takes no free text, such as the line, why this owner: its type is {info.type}."
        yield Finding("error", task.place, message, f"Name a text of {LONGEST_WHY} characters.")
    elif not info.updateable:
        message = f"'{task.reason}' cannot be written by this user, so no lead could get an owner."
        yield Finding("error", task.place, message, "Grant edit access, or remove 'reason' from [task].")
    elif info.length is not None and info.length < LONGEST_WHY:
        message = f"'{task.reason}' takes {info.length} characters; the line, why this owner, may have {LONGEST_WHY}."
        yield Finding("error", task.place, message, f"Make it a text of {LONGEST_WHY} characters.")


def of_closed(place: str, closed: Closed, schema: Mapping[str, FieldInfo], kind: str) -> Iterator[Finding]:
    """The statuses of leads that are nobody's work."""
    if kind == "hubspot":
        message = "'closed' changes nothing: HubSpot cannot count by owner, so the leads that were given are counted."
        yield Finding("warning", place, message, "Remove 'closed' from [task].")
        return
    known = schema[closed.field].picklist if closed.field in schema else ()
    for value in closed.values if known else ():
        if value not in known:
            yield Finding(
                "warning", place, f"'{value}' in 'closed' is no value of '{closed.field}'.", nearest(value, known)
            )
