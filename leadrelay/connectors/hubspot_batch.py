"""Batch reads of records as they are in HubSpot itself, not in its search index: values, and what they were before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from leadrelay.connectors.hubspot_wire import Complaint, Portal
from leadrelay.connectors.transport import Answer
from leadrelay.errors import FieldsGone

MOST, MOST_WITH_HISTORY = 100, 50

_MACHINES = frozenset(
    {
        "ANALYTICS",
        "API",
        "ASSOCIATIONS",
        "AUTOMATION_PLATFORM",
        "BATCH_UPDATE",
        "BOT",
        "CALCULATED",
        "COMPANY_FAMILIES",
        "DATA_ENRICHMENT",
        "INTEGRATION",
        "INTEGRATIONS_PLATFORM",
        "INTEGRATIONS_SYNC",
        "INTERNAL_PROCESSING",
        "MERGE_COMPANIES",
        "MERGE_CONTACTS",
        "MERGE_OBJECTS",
        "MIGRATION",
        "SALESFORCE",
        "WORKFLOWS",
    }
)
"""Sources of values that are no person's doing; what is not listed may be, and is treated as if it were."""


_AT_WORK = frozenset(
    {
        "COMPANIES",
        "CONTACTS",
        "CONTACTS_WEB",
        "CONVERSATIONS",
        "CRM_UI",
        "CRM_UI_BULK_ACTION",
        "DEALS",
        "EMAIL_INTEGRATION",
        "EXTENSION",
        "GMAIL_INTEGRATION",
        "MOBILE_ANDROID",
        "MOBILE_IOS",
        "SALES",
        "SIDEKICK",
        "TASK",
    }
)
"""Where the portal's own users work; visitors, who fill in forms and book meetings, do not."""

_CLIENTS = frozenset({"API", "BATCH_UPDATE", "INTEGRATION", "INTEGRATIONS_PLATFORM"})
"""Those of them that a client of the API may be."""


class Version(msgspec.Struct, rename="camel"):
    """A value that a property had."""

    value: str | None = None
    timestamp: str = ""
    source_type: str | None = None
    updated_by_user_id: int | None = None

    @property
    def by_person(self) -> bool:
        """Whether somebody, and not something, set it."""
        return (self.source_type or "").upper() not in _MACHINES

    @property
    def by_user(self) -> bool:
        """Whether certainly one of the portal's users set it."""
        return (self.source_type or "").upper() in _AT_WORK

    @property
    def by_client(self) -> bool:
        """Whether it may be ours."""
        return (self.source_type or "").upper() in _CLIENTS


class Found(msgspec.Struct, rename="camel"):
    """A record."""

    id: str
    properties: dict[str, str | None] = {}
    properties_with_history: dict[str, list[Version]] = {}
    object_write_trace_id: str | None = None


class Report(msgspec.Struct):
    """The answer to a batch; with `errors` where only some of it was done."""

    results: list[Found]
    errors: list[Complaint] = []


@dataclass(slots=True)
class Look:
    """What a batch read gave: records by their own id; what is gone, as it was asked for.

    `strangers`: whether records came that nobody asked for. An id of before a merge leads to the survivor.
    """

    records: dict[str, Found] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    strangers: bool = False


def look(
    portal: Portal,
    kind: str,
    ids: Sequence[str],
    names: Sequence[str],
    *,
    history: Sequence[str] = (),
    id_property: str = "",
    archived: bool = False,
    lenient: bool = False,
) -> Look:
    """The records of these ids, or of these values of a unique property.

    `lenient`: properties that HubSpot does not know are left out; else they are told.
    """
    found = Look()
    asked = list(dict.fromkeys(ids))
    size = MOST_WITH_HISTORY if history else MOST
    for start in range(0, len(asked), size):
        inputs = [{"id": one} for one in asked[start : start + size]]
        body = {"inputs": inputs, "properties": list(names), "propertiesWithHistory": list(history)}
        body |= {"idProperty": id_property} if id_property else {}
        options = {"archived": "true"} if archived else {}
        report = portal.call(portal.batch.read, report_of, kind, body, **options)
        found.records |= {record.id: record for record in report.results}
        found.gone |= {one for error in report.errors for one in error.ids}
    if not lenient:
        refuse_missing(portal, kind, found, names)
    found.strangers = not id_property and not found.records.keys() <= set(asked)
    return found


def refuse_missing(portal: Portal, kind: str, found: Look, names: Sequence[str]) -> None:
    """HubSpot leaves out what it does not know; that must not pass for empty."""
    for record in found.records.values():
        if missing := [name for name in names if name not in record.properties]:
            raise FieldsGone.of(portal.settings.place, missing, kind)


def report_of(answer: Answer) -> Report:
    """The answer to any batch verb."""
    return msgspec.json.decode(answer.body, type=Report)
