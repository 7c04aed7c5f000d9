"""What a hand-off brings: the task with its document, a note, the follow-ups; promised in full before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.connectors.base import HandOff, Update
from leadrelay.connectors.moments import stamp
from leadrelay.connectors.people import Note, TaskDraft
from leadrelay.core.effects import CADENCE, NOTE
from leadrelay.core.handoff.documents import Documents
from leadrelay.core.handoff.values import Around, Document, Fellow
from leadrelay.jobs.desk import Decision, Job
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.owners.given import Given, Owned, firm
from leadrelay.state.values import Intent


class Telling:
    """Writes the documents of one run."""

    def __init__(self, job: Job, assigning: Assigning) -> None:
        self._job, self._assigning = job, assigning

    def __call__(
        self, decision: Decision, intents: Sequence[Intent], given: Given, now: datetime
    ) -> tuple[dict[str, dict[str, Any]], list[str]]:
        """By lead, its task as an intent keeps it; and the templates that failed, once for each lead."""
        if not intents:
            return {}, []
        leads = [intent.lead for intent in intents]
        around = self._around(decision, leads, given)
        found = decision.documents(leads, Documents(self._job.playbook, now), around)
        tasks = {one.lead: self._task(one, found[one.lead], given.owned[one.lead]) for one in intents}
        return tasks, [trouble for told in found.values() for trouble in told.troubles]

    def _around(self, decision: Decision, leads: Sequence[str], given: Given) -> dict[str, Around]:
        fellows = self._fellows(decision, leads)
        return {lead: self._known(given.owned[lead], fellows.get(lead, ())) for lead in leads}

    def _known(self, owned: Owned, fellows: Sequence[Fellow]) -> Around:
        owner, calendar = self._assigning.told(owned.owner)
        return Around(colleagues=tuple(fellows), owner=owner, why=owned.why, calendar=calendar)

    def _fellows(self, decision: Decision, leads: Sequence[str]) -> dict[str, Sequence[Fellow]]:
        """Who else is known at each company, asked for in one go."""
        names = [name for name in ("company", "website", "email") if name in decision.leads.columns]
        rows = decision.leads.filter(pl.col("id").is_in(leads)).select("id", *names).iter_rows(named=True)
        firms = [one for row in rows if (one := firm(row))]
        found = self._job.connector.colleagues(firms) if firms else {}
        return {
            lead: [Fellow(one.name, one.title, one.email, one.phone, one.role) for one in several]
            for lead, several in found.items()
        }

    def _task(self, intent: Intent, told: Document, owned: Owned) -> dict[str, Any]:
        line = {owned.reason: owned.why} if owned.reason and owned.why else {}
        return {
            "subject": told.subject,
            "body": told.text,
            "html": told.html,
            "due": stamp(told.due),
            "remind": stamp(told.remind) if told.remind else "",
            "owner": owned.owner,
            "owner_field": owned.field,
            "told": line,
            "note": asdict(note) if (note := self._note(intent, told)) else None,
            "more": [asdict(one) for one in self._follow_ups(intent, told, owned.owner)],
        }

    def _note(self, intent: Intent, told: Document) -> Note | None:
        if not told.note_text:
            return None
        return Note(self._job.key(intent.lead, NOTE, intent.epoch), told.note_title, told.note_text, told.note_html)

    def _follow_ups(self, intent: Intent, told: Document, owner: str) -> list[TaskDraft]:
        return [
            TaskDraft(
                key=self._job.key(intent.lead, CADENCE, f"{intent.epoch}.{number}"),
                subject=one.subject,
                body=one.text,
                html=one.html,
                due=stamp(one.due),
                owner=owner,
                kind=one.kind,
            )
            for number, one in enumerate(told.follow_ups, 1)
        ]


def draft(key: str, update: Update, task: Mapping[str, Any], owner_field: str) -> HandOff:
    """A hand-off as the connector sends it. What an older leadrelay promised has fewer parts."""
    return HandOff(
        key=key,
        update=update,
        subject=task["subject"],
        body=task["body"],
        due=task["due"],
        owner=task["owner"],
        owner_field=owner_field,
        html=task.get("html", ""),
        remind=task.get("remind", ""),
        note=Note(**task["note"]) if task.get("note") else None,
        more=tuple(TaskDraft(**one) for one in task.get("more", ())),
    )
