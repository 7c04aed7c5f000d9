"""The properties of what is done with contacts: tasks, notes, calls, e-mails, meetings, other messages.

https://developers.hubspot.com/docs/api-reference/latest/crm/activities/tasks/guide, and the guides beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.hubspot.property_forms import enum, group, of, read_only

_KEY = of("string", "leadrelay_key", "leadrelay key", unique=True, built_in=False)
"""What a hand-off creates its tasks and its note under, once: an admin of the sample org has added it."""

_TASK = group(
    "task_information",
    of("datetime", "hs_timestamp", "Due date"),
    of("string", "hs_task_subject", "Task title"),
    of("string", "hs_task_body", "Notes", "html"),
    enum(
        "hs_task_status",
        "Task status",
        "NOT_STARTED=Not started",
        "IN_PROGRESS=In progress",
        "WAITING=Waiting",
        "COMPLETED=Completed",
        "DEFERRED=Deferred",
    ),
    enum("hs_task_priority", "Priority", "NONE=None", "LOW=Low", "MEDIUM=Medium", "HIGH=High"),
    enum(
        "hs_task_type",
        "Task type",
        "EMAIL=Email",
        "CALL=Call",
        "TODO=To-do",
        "MEETING=Meeting",
        "LINKED_IN=LinkedIn",
        "LINKED_IN_CONNECT=LinkedIn connection",
        "LINKED_IN_MESSAGE=LinkedIn message",
    ),
    of("string", "hs_task_reminders", "Reminders"),
    read_only(of("datetime", "hs_task_completion_date", "Completed at")),
    _KEY,
)
_NOTE = group(
    "note_information",
    of("datetime", "hs_timestamp", "Activity date"),
    of("string", "hs_note_body", "Note body", "html"),
    of("string", "hs_attachment_ids", "Attached file IDs"),
    _KEY,
)
_CALL = group(
    "call_information",
    of("datetime", "hs_timestamp", "Activity date"),
    of("string", "hs_call_title", "Call title"),
    of("string", "hs_call_body", "Call notes", "html"),
    enum("hs_call_direction", "Call direction", "INBOUND=Inbound", "OUTBOUND=Outbound"),
    # Ids of their own; these six are the same in every portal.
    enum(
        "hs_call_disposition",
        "Call outcome",
        "9d9162e7-6cf3-4944-bf63-4dff82258764=Busy",
        "f240bbac-87c9-4f6e-bf70-924b57d47db7=Connected",
        "a4c4c377-d246-4b32-a13b-75a56a4cd0ff=Left live message",
        "b2cf5968-551e-4856-9783-52b3da59a7d0=Left voicemail",
        "73a0d17f-1163-4015-bdd5-ec830791da20=No answer",
        "17b47fee-58de-441e-a44c-c6300d46f273=Wrong number",
    ),
    of("number", "hs_call_duration", "Call duration"),
    enum(
        "hs_call_status",
        "Call status",
        *("BUSY", "CALLING_CRM_USER", "CANCELED", "COMPLETED", "CONNECTING", "FAILED", "IN_PROGRESS"),
        *("NO_ANSWER", "QUEUED", "RINGING"),
    ),
)
_EMAIL = group(
    "email_information",
    of("datetime", "hs_timestamp", "Activity date"),
    of("string", "hs_email_subject", "Email subject"),
    of("string", "hs_email_text", "Text body", "textarea"),
    of("string", "hs_email_html", "HTML body", "html"),
    enum("hs_email_direction", "Email direction", "EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"),
    enum("hs_email_status", "Email send status", "BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT"),
)
_MEETING = group(
    "meeting_information",
    of("datetime", "hs_timestamp", "Activity date"),
    of("string", "hs_meeting_title", "Meeting name"),
    of("string", "hs_meeting_body", "Meeting description", "html"),
    of("datetime", "hs_meeting_start_time", "Meeting start time"),
    of("datetime", "hs_meeting_end_time", "Meeting end time"),
    enum(
        "hs_meeting_outcome",
        "Meeting outcome",
        "SCHEDULED=Scheduled",
        "COMPLETED=Completed",
        "RESCHEDULED=Rescheduled",
        "NO_SHOW=No show",
        "CANCELED=Canceled",
    ),
)
_COMMUNICATION = group(
    "communication_information",
    of("datetime", "hs_timestamp", "Activity date"),
    enum(
        "hs_communication_channel_type",
        "Channel type",
        "WHATS_APP=WhatsApp",
        "LINKEDIN_MESSAGE=LinkedIn message",
        "SMS",
    ),
    enum("hs_communication_logged_from", "Logged from", "CRM"),
    of("string", "hs_communication_body", "Communication body", "html"),
)

ENGAGEMENTS: Mapping[str, list[Property]] = {
    "tasks": _TASK,
    "notes": _NOTE,
    "calls": _CALL,
    "emails": _EMAIL,
    "meetings": _MEETING,
    "communications": _COMMUNICATION,
}
"""By object type."""
