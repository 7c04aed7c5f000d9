"""The object types of the portal: what they are called, which properties hold their times, what they always return.

Default and searchable properties: https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal
from leadrelay.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One kind of record. `created` and `modified` name the properties that hold its times.

    `labels`: one and many of a custom one, whose `name` is the fully qualified one.
    """

    name: str
    singular: str
    type_id: str
    display: str
    defaults: tuple[str, ...]
    searchable: tuple[str, ...]
    created: str = "createdate"
    modified: str = "hs_lastmodifieddate"
    required: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What a path may call a custom one: `2-345`, `p123_prospects`, `p_prospects`, `prospects`."""
        return tuple(word.lower() for word in (self.type_id, self.name, f"p_{self.singular}", self.singular))

    @property
    def always(self) -> tuple[str, ...]:
        """What comes back whether it was asked for or not."""
        return ("hs_object_id", self.created, self.modified)


CONTACTS = ObjectType(
    "contacts",
    "contact",
    "0-1",
    "email",
    ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    ("firstname", "lastname", "email", "phone", "fax", "mobilephone", "company"),
    modified="lastmodifieddate",
)
COMPANIES = ObjectType(
    "companies",
    "company",
    "0-2",
    "name",
    ("name", "domain", "createdate", "hs_lastmodifieddate", "hs_object_id"),
    ("website", "phone", "name", "domain"),
)
DEALS = ObjectType(
    "deals",
    "deal",
    "0-3",
    "dealname",
    (
        "dealname",
        "amount",
        "closedate",
        "pipeline",
        "dealstage",
        "createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
    ),
    ("dealname", "pipeline", "dealstage", "description", "dealtype"),
)
LEADS = ObjectType(
    "leads",
    "lead",
    "0-136",
    "hs_lead_name",
    ("createdate", "hs_lastmodifieddate", "hs_object_id"),
    ("hs_lead_name",),
    required=("hs_lead_name",),
)
TASKS = ObjectType(
    "tasks",
    "task",
    "0-27",
    "hs_task_subject",
    ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    ("hs_task_body", "hs_task_subject"),
    created="hs_createdate",
    required=("hs_timestamp",),
)
NOTES = ObjectType(
    "notes",
    "note",
    "0-46",
    "hs_note_body",
    ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    ("hs_note_body",),
    created="hs_createdate",
    required=("hs_timestamp",),
)


def _engagement(name: str, type_id: str, display: str, body: str, *required: str) -> ObjectType:
    """Something that was done with a contact, at `hs_timestamp`."""
    always = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")
    return ObjectType(name, name[:-1], type_id, display, always, (display, body), "hs_createdate", required=required)


CALLS = _engagement("calls", "0-48", "hs_call_title", "hs_call_body", "hs_timestamp")
EMAILS = _engagement("emails", "0-49", "hs_email_subject", "hs_email_text", "hs_timestamp")
MEETINGS = _engagement("meetings", "0-47", "hs_meeting_title", "hs_meeting_body", "hs_timestamp")
COMMUNICATIONS = _engagement(
    "communications",
    "0-18",
    "hs_communication_body",
    "hs_communication_body",
    "hs_communication_channel_type",
    "hs_communication_logged_from",
)
ENGAGEMENTS = (CALLS, EMAILS, MEETINGS, COMMUNICATIONS)

ALL = (CONTACTS, COMPANIES, DEALS, LEADS, TASKS, NOTES, *ENGAGEMENTS)

_BY_WORD = {word: kind for kind in ALL for word in (kind.name, kind.singular, kind.type_id)}


def object_type(store: Store, word: str) -> ObjectType:
    """The object type that a path names: `contacts`, `contact` or `0-1`; a custom one by any of its names."""
    found = _BY_WORD.get(word.lower()) or next((kind for kind in custom(store) if word.lower() in kind.words), None)
    if found is None:
        raise Refusal(400, f"Unable to infer object type from: {word}", None)
    return found


def custom(store: Store) -> list[ObjectType]:
    """The object types that admins of the portal defined."""
    return [_kept(known) for known in store.recall(_CUSTOM, [])]


def keep(store: Store, kinds: Sequence[ObjectType]) -> None:
    """Remember which they are."""
    store.remember(_CUSTOM, [asdict(kind) for kind in kinds])


_CUSTOM = "custom objects"


def _kept(known: Mapping[str, Any]) -> ObjectType:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    return ObjectType(**values)
