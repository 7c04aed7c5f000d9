"""What the portal's users do in a day's work: tasks, calls, meetings, deals, owners, the verdict of sales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadrelay.sandbox.control import BadRequest
from leadrelay.sandbox.hubspot.acting import Act, Arguments, Done, actor_of
from leadrelay.sandbox.hubspot.association_types import CATEGORY, types_between
from leadrelay.sandbox.hubspot.objecttypes import (
    CALLS,
    COMMUNICATIONS,
    CONTACTS,
    DEALS,
    EMAILS,
    MEETINGS,
    TASKS,
    ObjectType,
    object_type,
)
from leadrelay.sandbox.hubspot.owners import OWNERS
from leadrelay.sandbox.hubspot.pipelines import STAGE_IDS
from leadrelay.sandbox.hubspot.writes import Writer

LOGGED: Mapping[str, tuple[ObjectType, Mapping[str, Any]]] = {
    "call": (CALLS, {"hs_call_direction": "OUTBOUND", "hs_call_status": "COMPLETED"}),
    "email": (EMAILS, {"hs_email_direction": "EMAIL", "hs_email_status": "SENT"}),
    "meeting": (MEETINGS, {"hs_meeting_outcome": "SCHEDULED"}),
    "linkedin": (
        COMMUNICATIONS,
        {"hs_communication_channel_type": "LINKEDIN_MESSAGE", "hs_communication_logged_from": "CRM"},
    ),
}
"""What can be logged, and with which values."""


class Colleagues:
    """Their actions. Each is done by `actor`, who may be an owner's id or e-mail address."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._store = writer.store

    def acts(self) -> Mapping[str, Act]:
        """By name."""
        return {
            "complete_task": Act(self._complete_task, ("task",), ("actor",)),
            "log": Act(self._log, ("kind", "contact"), ("at", "owner", "fields", "actor")),
            "change_owner": Act(self._change_owner, ("object", "id", "owner"), ("actor",)),
            "verdict": Act(self._verdict, ("contact", "verdict"), ("reason", "actor")),
            "open_deal": Act(self._open_deal, ("contact",), ("fields", "actor")),
        }

    def _complete_task(self, given: Arguments) -> Done:
        key = self._key(TASKS, given["task"])
        self._change(TASKS, key, {"hs_task_status": "COMPLETED"}, given)
        return {"id": str(key)}

    def _log(self, given: Arguments) -> Done:
        """A call, an e-mail, a meeting or a message on LinkedIn, at a moment or now. `fields`: any more properties."""
        if given["kind"] not in LOGGED:
            raise BadRequest(f"kind must be one of {', '.join(LOGGED)}")
        kind, values = LOGGED[given["kind"]]
        at = str(given.get("at") or self._store.clock.stamp())
        own = {"hs_timestamp": at, **({"hs_meeting_start_time": at} if kind is MEETINGS else {})}
        owner = {"hubspot_owner_id": _owner(given["owner"])} if given.get("owner") else {}
        return {"id": self._create(kind, {**own, **values, **owner}, given)}

    def _change_owner(self, given: Arguments) -> Done:
        kind = object_type(self._store, str(given["object"]))
        key = self._key(kind, given["id"])
        self._change(kind, key, {"hubspot_owner_id": _owner(given["owner"]) if given["owner"] else ""}, given)
        return {"id": str(key)}

    def _verdict(self, given: Arguments) -> Done:
        """What sales says of a lead: accepted, or rejected and why."""
        key = self._key(CONTACTS, given["contact"])
        told = {"sales_verdict": given["verdict"], "sales_reason": given.get("reason") or ""}
        self._change(CONTACTS, key, {**told, "sales_verdict_at": self._store.clock.stamp()}, given)
        return {"id": str(key)}

    def _open_deal(self, given: Arguments) -> Done:
        """A contact with a deal is an opportunity: HubSpot sets that by itself unless an admin switched it off."""
        deal = self._create(DEALS, {"dealname": "New deal", "dealstage": STAGE_IDS["deals"][0]}, given)
        self._change(CONTACTS, self._key(CONTACTS, given["contact"]), {"lifecyclestage": "opportunity"}, given)
        return {"id": deal}

    def _create(self, kind: ObjectType, values: Mapping[str, Any], given: Arguments) -> str:
        fields = given.get("fields") or {}
        if not isinstance(fields, dict):
            raise BadRequest("fields must be an object: {property: value}")
        contact = self._key(CONTACTS, given["contact"])
        type_id = types_between(self._store, kind, CONTACTS)[0].type_id
        link = {"associationCategory": CATEGORY, "associationTypeId": type_id}
        record = {
            "properties": {**values, **fields},
            "associations": [{"to": {"id": str(contact)}, "types": [link]}],
        }
        return str(self._writer.create(kind, record, actor_of(given)))

    def _change(self, kind: ObjectType, key: int, values: Mapping[str, Any], given: Arguments) -> None:
        self._writer.update(kind, self._writer.records.row(kind, key), values, actor_of(given))

    def _key(self, kind: ObjectType, given: object) -> int:
        found = self._writer.records.resolve(kind, str(given))
        if found is None:
            raise BadRequest(f"there is no {kind.singular} {given}")
        return found


def _owner(named: object) -> str:
    """An owner's id, by id or e-mail address."""
    for owner in OWNERS:
        if named in (owner["id"], owner["email"]):
            return str(owner["id"])
    raise BadRequest("there is no such owner; name one of /crm/v3/owners by id or e-mail")
