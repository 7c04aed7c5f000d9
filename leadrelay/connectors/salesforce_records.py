"""What a hand-off consists of in Salesforce: its task, the note on the record, and the tasks that follow.

The note is a `Note`: one record, in the transaction of its task, in the bin with its lead, and in the related list
"Notes & Attachments" of every edition. A `ContentNote` is a file with a link, which an organisation may have switched
off, which outlives its lead, and whose text loses its line breaks.
https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_objects_contentnote.htm
https://help.salesforce.com/s/articleView?id=sales.notes_del.htm
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from leadrelay.connectors.base import HandOff, JsonValue
from leadrelay.connectors.people import Note, TaskDraft
from leadrelay.connectors.salesforce_describe import Field

Record = tuple[str, dict[str, JsonValue]]
"""An object type and the fields of a new record."""

_PEOPLE = frozenset({"lead", "contact"})
_DAY = len("2026-01-31")
_TITLE, _BODY = 80, 32_000
_SUBTYPES = {"call": "Call", "email": "Email", "linkedin": "LinkedIn"}


def about(object_type: str) -> str:
    """The field of tasks and events that names a record: people have one of their own."""
    return "WhoId" if object_type.lower() in _PEOPLE else "WhatId"


@dataclass(frozen=True, slots=True)
class Records:
    """Makes the records of hand-offs. `key`: the field of Task that holds the key; `task`: Task's fields in lower case.

    What a task cannot say in this organisation, a reminder or the sort of work, it is created without.
    """

    object_type: str
    key: str
    task: Mapping[str, Field]

    def of(self, hand_off: HandOff, there: Container[str] = ()) -> Iterator[Record]:
        """The hand-off's own task first. `there`: keys of tasks that exist already, and so are left out."""
        yield "Task", self._task(hand_off, hand_off.update.id)
        if hand_off.note:
            yield "Note", noted(hand_off.note, hand_off)
        yield from (
            ("Task", self._task(draft, hand_off.update.id)) for draft in hand_off.more if draft.key not in there
        )

    def _task(self, given: HandOff | TaskDraft, lead: str) -> dict[str, JsonValue]:
        optional: dict[str, JsonValue] = {
            "ActivityDate": given.due[:_DAY],
            "OwnerId": given.owner,
            "TaskSubtype": self._subtype(given.kind),
            **self._reminder(given.remind),
        }
        return {
            self.key: given.key,
            about(self.object_type): lead,
            "Subject": given.subject,
            "Description": given.body,
            **{name: value for name, value in optional.items() if value},
        }

    def _subtype(self, kind: str) -> str:
        field, wanted = self.task.get("tasksubtype"), _SUBTYPES.get(kind, "")
        offered = {entry.value for entry in field.picklist_values if entry.active} if field and field.createable else ()
        return wanted if wanted in offered else ""

    def _reminder(self, moment: str) -> dict[str, JsonValue]:
        fields = [self.task.get(name) for name in ("isreminderset", "reminderdatetime")]
        if not moment or not all(field and field.createable for field in fields):
            return {}
        return {"IsReminderSet": True, "ReminderDateTime": moment}


def noted(note: Note, hand_off: HandOff) -> dict[str, JsonValue]:
    """A note that ends with the key of its hand-off's task, by which it is known again: notes have no unique field."""
    mark, title = _mark(hand_off.key), note.title or hand_off.subject
    body = note.body[: _BODY - len(mark)].rstrip()
    return {"ParentId": hand_off.update.id, "Title": title[:_TITLE].rstrip(), "Body": body + mark}


def is_note_of(body: str, key: str) -> bool:
    """Whether a note with this text came with the task of that key."""
    return body.rstrip().endswith(_mark(key).strip())


def _mark(key: str) -> str:
    return f"\n\nReference: {key}"
