"""What people did for leads in HubSpot, and what became of them: from the associations and the records themselves.

What the token may not see is not known, and no reason to stop: `lacks` of the connector tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from leadrelay.connectors.hubspot_batch import Found, Version, look
from leadrelay.connectors.hubspot_links import links
from leadrelay.connectors.hubspot_wire import Forbidden, Paging, Portal
from leadrelay.connectors.people import Activity, Milestones
from leadrelay.connectors.transport import Answer, Rejection

_MOST = 200
"""So many of the newest activities of one kind are looked at for one lead."""

_OWNER, _CREATED, _AT = "hubspot_owner_id", "hs_createdate", "hs_timestamp"
_STATUS: Mapping[str, str] = {"contacts": "hs_lead_status", "companies": "hs_lead_status"}
_STAGE = "hs_pipeline_stage"
"""What people move as they work on a record: its status, or where it has none the stage in its pipeline."""
_SOURCE, _OPENED = "hs_object_source", "createdate"
_TASK_STATUS = "hs_task_status"
_AUTOMATIC = frozenset({"AUTOMATION_PLATFORM", "BOT", "IMPORT", "MIGRATION", "WORKFLOWS"})
_VISITORS = frozenset({"FORM", "MEETINGS"})
"""A meeting that comes from a page to book meetings is the lead's own doing."""
_APPS = frozenset({"API", "INTEGRATION", "INTEGRATIONS_PLATFORM"})
_OPPORTUNITY = ("hs_v2_date_entered_opportunity", "hs_lifecyclestage_opportunity_date")
_OUTCOMES = {
    "COMPLETED": "held",
    "NO_SHOW": "missed",
    "CANCELED": "cancelled",
    "SCHEDULED": "planned",
    "RESCHEDULED": "planned",
}


def _email_went_out(one: Found) -> bool:
    direction, status = (one.properties.get(name) or "" for name in ("hs_email_direction", "hs_email_status"))
    return direction in {"", "EMAIL"} and status in {"", "SENT"}


def _call_was_made(one: Found) -> bool:
    return (one.properties.get("hs_call_status") or "") not in {"CANCELED", "FAILED", "QUEUED"}


def _always(_: Found) -> bool:
    return True


_LOGGED: Mapping[str, tuple[str, tuple[str, ...], Callable[[Found], bool]]] = {
    "calls": ("call", ("hs_call_status",), _call_was_made),
    "emails": ("e-mail", ("hs_email_direction", "hs_email_status"), _email_went_out),
    "meetings": ("event", (), _always),
    "communications": ("message", (), _always),
}
"""By object type: what it is called, what else has to be known of it, and whether it counts."""


class Activities:
    """What was done for the leads of one object type."""

    def __init__(self, portal: Portal, object_type: str) -> None:
        self._portal = portal
        self._type = object_type
        self._status = _STATUS.get(object_type, _STAGE)
        self._users: dict[int, str] | None = None

    def responses(self, since: Mapping[str, str]) -> dict[str, Activity]:
        """By lead, the first thing that a person did for it at or after that moment."""
        start = {lead: _moment(moment) for lead, moment in since.items()}
        first: dict[str, tuple[datetime, Activity]] = {}
        for activity in self._all(list(since)):
            at = _moment(activity.at)
            if at >= start[activity.lead] and (activity.lead not in first or at < first[activity.lead][0]):
                first[activity.lead] = at, activity
        return {lead: activity for lead, (_, activity) in first.items()}

    def milestones(self, ids: Sequence[str]) -> dict[str, Milestones]:
        """What became of each of these leads: its first deal, and its first meeting."""
        deals, meetings = self._deals(ids), self._meetings(ids)
        entered = self._entered([lead for lead in ids if lead not in deals])
        return {
            lead: Milestones(deals.get(lead) or entered.get(lead, ""), *meetings.get(lead, ("", ""))) for lead in ids
        }

    # -- responses ----------------------------------------------------------------------------------------------------

    def _all(self, leads: Sequence[str]) -> Iterator[Activity]:
        yield from self._completed(leads)
        for kind in _LOGGED:
            yield from self._logged(kind, leads)
        yield from self._moved(leads)
        yield from self._opened(leads)

    def _completed(self, leads: Sequence[str]) -> Iterator[Activity]:
        """Tasks whose status a user set to completed."""
        about = self._linked("tasks", leads)
        done = self._read("tasks", list(about), (_TASK_STATUS,))
        ids = [one.id for one in done if one.properties.get(_TASK_STATUS) == "COMPLETED"]
        for one in look(self._portal, "tasks", ids, (_TASK_STATUS,), history=(_TASK_STATUS,)).records.values():
            for version in one.properties_with_history.get(_TASK_STATUS, ()):
                if version.value == "COMPLETED" and version.by_user:
                    yield from (
                        Activity(lead, version.timestamp, "task", self._user(version)) for lead in about[one.id]
                    )

    def _logged(self, kind: str, leads: Sequence[str]) -> Iterator[Activity]:
        """What is logged for later (a meeting that is planned) was done when it was logged."""
        word, more, counts = _LOGGED[kind]
        about = self._linked(kind, leads)
        for one in self._read(kind, list(about), (_AT, _CREATED, _OWNER, _SOURCE, *more)):
            if counts(one) and _by_person(one):
                at = min((one.properties.get(name) or "" for name in (_AT, _CREATED)), key=_or_late)
                owner = one.properties.get(_OWNER) or ""
                yield from (Activity(lead, at, word, owner) for lead in about[one.id])

    def _moved(self, leads: Sequence[str]) -> Iterator[Activity]:
        """Changes of the lead status, or of the stage in the pipeline, by users."""
        found = look(self._portal, self._type, leads, (), history=(self._status,), lenient=True).records
        for lead in leads:
            for version in found[lead].properties_with_history.get(self._status, ()) if lead in found else ():
                if version.by_user:
                    yield Activity(lead, version.timestamp, "status", self._user(version))

    def _opened(self, leads: Sequence[str]) -> Iterator[Activity]:
        """Deals that people opened: whoever sells already has answered."""
        about = self._linked("deals", leads)
        for one in self._read("deals", list(about), (_OPENED, _OWNER, _SOURCE)):
            at = one.properties.get(_OPENED) or ""
            if at and _by_person(one):
                yield from (Activity(lead, at, "deal", one.properties.get(_OWNER) or "") for lead in about[one.id])

    # -- milestones ---------------------------------------------------------------------------------------------------

    def _deals(self, ids: Sequence[str]) -> dict[str, str]:
        about = self._linked("deals", ids)
        found: dict[str, str] = {}
        for deal in self._read("deals", list(about), (_OPENED,)):
            for lead in about[deal.id]:
                found[lead] = min((found.get(lead, ""), deal.properties.get(_OPENED) or ""), key=_or_late)
        return {lead: at for lead, at in found.items() if at}

    def _entered(self, ids: Sequence[str]) -> dict[str, str]:
        """When the lifecycle stage was first one of an opportunity."""
        found = look(self._portal, self._type, ids, _OPPORTUNITY, lenient=True).records
        entered = {
            lead: min((found[lead].properties.get(name) or "" for name in _OPPORTUNITY), key=_or_late)
            for lead in ids
            if lead in found
        }
        return {lead: at for lead, at in entered.items() if at}

    def _meetings(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """By lead its first meeting and what came of it. One that was put off counts where there is no other."""
        about = self._linked("meetings", ids)
        names = ("hs_meeting_start_time", _AT, "hs_meeting_outcome")
        held: dict[str, list[tuple[bool, datetime, str, str]]] = {}
        for one in self._read("meetings", list(about), names):
            outcome = one.properties.get("hs_meeting_outcome") or ""
            at = one.properties.get("hs_meeting_start_time") or one.properties.get(_AT) or ""
            for lead in about[one.id] if at else ():
                held.setdefault(lead, []).append((outcome == "RESCHEDULED", _moment(at), at, outcome))
        first = {lead: min(some) for lead, some in held.items()}
        return {lead: (at, _OUTCOMES.get(outcome, "")) for lead, (_, _, at, outcome) in first.items()}

    # -- reading ------------------------------------------------------------------------------------------------------

    def _linked(self, kind: str, leads: Sequence[str]) -> dict[str, list[str]]:
        """The leads of each activity."""
        try:
            linked = links(self._portal, self._type, kind, leads)
        except Forbidden:
            return {}
        except Rejection as no:
            if no.status != 400:
                raise
            return {}  # an object of the portal's own that is not associated with these
        about: dict[str, list[str]] = {}
        for lead in leads:
            for one in sorted(linked.get(lead, ()), key=int)[-_MOST:]:
                about.setdefault(one, []).append(lead)
        return about

    def _read(self, kind: str, ids: Sequence[str], names: Sequence[str]) -> list[Found]:
        try:
            return list(look(self._portal, kind, ids, names, lenient=True).records.values())
        except Forbidden:
            return []

    def _user(self, version: Version) -> str:
        """The owner's id of who set a value; HubSpot tells the user's."""
        user = version.updated_by_user_id
        if user is None:
            return ""
        if self._users is None:
            self._users = self._asked()
        return self._users.get(user, "")

    def _asked(self) -> dict[int, str]:
        users: dict[int, str] = {}
        after = ""
        while True:
            page = {"limit": 500, "archived": "false"} | ({"after": after} if after else {})
            try:
                found = self._portal.call(self._portal.owners.get_page, _owners, **page)
            except Forbidden:
                return users
            users |= {one.user_id: one.id for one in found.results if one.user_id is not None}
            following = found.paging.after if found.paging else ""
            if not following or following == after:
                return users
            after = following


def _by_person(one: Found) -> bool:
    """What an app logged counts where it names the user who did it, as telephone systems do."""
    source = (one.properties.get(_SOURCE) or "").upper()
    if source in _AUTOMATIC | _VISITORS:
        return False
    return source not in _APPS or bool(one.properties.get(_OWNER))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _or_late(text: str) -> datetime:
    """For the earliest of some moments, where some are not known."""
    return _moment(text) if text else _LATE


_LATE = datetime.max.replace(tzinfo=UTC)


class _Owner(msgspec.Struct, rename="camel"):
    id: str
    user_id: int | None = None


class _Owners(msgspec.Struct):
    results: list[_Owner]
    paging: Paging | None = None


def _owners(answer: Answer) -> _Owners:
    return msgspec.json.decode(answer.body, type=_Owners)
