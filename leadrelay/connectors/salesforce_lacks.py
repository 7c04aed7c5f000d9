"""What the API user of an organisation cannot see or write, of what hand-offs and first responses need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadrelay.connectors.people import Lack
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_describe import Field, described
from leadrelay.connectors.salesforce_notes import NOTE_CURE, Notes
from leadrelay.connectors.salesforce_records import about
from leadrelay.connectors.transport import Rejection


@dataclass(frozen=True, slots=True)
class _Need:
    """Fields of an object that have to be seen, or written, and what follows where they cannot.

    `of`: the only object type of which that is needed, in lower case.
    """

    object_type: str
    fields: tuple[str, ...]
    follows: str
    cure: str = "Give the API user read access to {object} and these fields, in its permission set."
    writes: bool = False
    of: str = ""


_NEEDS = (
    _Need("Task", ("CompletedDateTime",), "a task counts as done when it was last changed"),
    _Need(
        "Task",
        ("IsReminderSet", "ReminderDateTime", "TaskSubtype"),
        "tasks are created without reminder or sort of work",
        "Let the API user edit these fields of tasks, in its permission set.",
        writes=True,
    ),
    _Need("Event", ("{about}", "StartDateTime"), "no meeting is known, and a job with an [sla] stops"),
    _Need(
        "LeadHistory",
        ("LeadId", "Field", "CreatedById", "CreatedDate"),
        "a change of status does not count as a response",
        "In Setup, Object Manager, Lead, Fields & Relationships, Set History Tracking: tick Lead Status.",
        of="lead",
    ),
    _Need("Account", ("Name", "Website", "OwnerId"), "no lead finds its account, nor that account's owner"),
    _Need("Contact", ("Name", "Title", "Email", "Phone", "AccountId"), "no colleagues of a lead are known"),
    _Need("Opportunity", ("CreatedDate",), "an opportunity counts from the day of the lead's conversion", of="lead"),
    _Need(
        "OpportunityContactRole", ("ContactId", "OpportunityId"), "no opportunity of a contact is known", of="contact"
    ),
)


_DETAIL = "records of {} have no owner of their own: nobody can be made the owner, nor is anybody's workload counted."
_DETAIL_CURE = (
    "Map no OwnerId: the tasks still go to their owners. Or make the master-detail relationship a lookup, which gives"
    " the object an owner."
)


OBJECTS = ("Note", *dict.fromkeys(need.object_type for need in _NEEDS))
"""What is looked at."""


class Sight:
    """Looks at one organisation with the eyes of its API user."""

    def __init__(self, account: Account, object_type: str, notes: Notes) -> None:
        self._account = account
        self._type = object_type
        self._notes = notes
        self._known: dict[str, Mapping[str, Field] | None] = {}

    def lacks(self) -> Iterator[Lack]:
        """Everything that is missing; one call for each object type."""
        if why := self._notes.lacks():
            yield Lack(f"no note can be written: {why}.", NOTE_CURE)
        if self._type.lower().endswith("__c") and "OwnerId" not in (self._fields(self._type) or {"OwnerId"}):
            yield Lack(_DETAIL.format(self._type), _DETAIL_CURE)
        for need in _NEEDS:
            if need.of in {"", self._type.lower()} and (missing := self._missing(need)):
                yield Lack(f"{missing}: {need.follows}.", need.cure.format(object=need.object_type))

    def learn(self, object_type: str, fields: Mapping[str, Field] | None) -> None:
        """What was told of an object meanwhile; None where the API user may not see it."""
        self._known[object_type] = fields

    def _missing(self, need: _Need) -> str:
        fields = self._fields(need.object_type)
        if fields is None:
            return f"the API user may not see {need.object_type}"
        verb = "write" if need.writes else "see"
        names = [name.format(about=about(self._type)) for name in need.fields]
        missing = [name for name in names if name not in fields or (need.writes and not fields[name].createable)]
        return f"the API user may not {verb} {', '.join(missing)} of {need.object_type}" if missing else ""

    def _fields(self, object_type: str) -> Mapping[str, Field] | None:
        if object_type not in self._known:
            try:
                self._known[object_type] = described(self._account, object_type)
            except Rejection:
                self._known[object_type] = None
        return self._known[object_type]
