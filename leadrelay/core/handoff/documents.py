"""What a task says about a lead that is handed off: once as plain text and once as HTML, from one template.

A template that fails for a lead is no reason to keep the lead back: the shipped words stand there, and it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from leadrelay.core.handoff.context import Contexts
from leadrelay.core.handoff.markup import Block, blocks, to_html, to_text
from leadrelay.core.handoff.plain import filled
from leadrelay.core.handoff.shipped import BODY
from leadrelay.core.handoff.templates import Rendered, TemplateFailureError, render
from leadrelay.core.handoff.values import LONGEST_SUBJECT, NOTHING, Around, Document, FollowUp, Row, Step, Text
from leadrelay.core.hours import Calendar
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import bind, to_closure
from leadrelay.core.shown import shortened

UNNAMED = "Qualified lead"
NOTE_TITLE = "Hand-off: "
SHIPPED = Text(BODY, "the shipped template")


class Documents:
    """What is told about the leads of a run that are handed off."""

    def __init__(self, playbook: Playbook, now: datetime) -> None:
        if playbook.handoff is None:
            raise ValueError("nothing is told without [handoff]")
        self._rules, self._now = playbook.handoff, now
        self._contexts = Contexts(playbook, now)
        self._nothing = dict.fromkeys(playbook.schema)
        self._holds = {when: to_closure(bind(when.node, now)) for when in self._rules.conditions()}

    def of(self, leads: pl.DataFrame, verdicts: pl.DataFrame, around: Mapping[str, Around]) -> list[Document]:
        """One for each lead, in order. Both frames hold the same leads in the same order.

        The text names the reasons and what the gate lacks when the verdicts hold them.
        """
        pairs = zip(leads.iter_rows(named=True), verdicts.iter_rows(named=True), strict=True)
        return [self._document(lead, verdict, around.get(lead["id"], NOTHING)) for lead, verdict in pairs]

    def subjects(self, leads: pl.DataFrame, verdicts: pl.DataFrame) -> dict[str, str]:
        """By lead, the subject of its task."""
        pairs = zip(leads.iter_rows(named=True), verdicts.iter_rows(named=True), strict=True)
        return {lead["id"]: _subject(self._rules.subject, {**lead, **verdict}) for lead, verdict in pairs}

    def _document(self, lead: Row, verdict: Row, around: Around) -> Document:
        moment = self._due(around.calendar)
        known = {**self._nothing, **lead, **verdict}
        told = _Told(self._contexts.of(lead, verdict, around, moment))
        told.words.update(self._words(told, known))
        body = told.body(self._rules.body)
        text, markup, subject = to_text(body), to_html(body), _subject(self._rules.subject, known)
        note = self._rules.note
        return Document(
            lead=lead["id"],
            subject=subject,
            text=text,
            html=markup,
            due=moment,
            remind=self._remind(moment, around.calendar),
            note_title=shortened(NOTE_TITLE + subject, LONGEST_SUBJECT) if note else "",
            note_text=text if note else "",
            note_html=markup if note else "",
            follow_ups=tuple(self._follow_up(step, told, known, around) for step in self._rules.cadence),
            troubles=tuple(dict.fromkeys(told.troubles)),
        )

    def _due(self, calendar: Calendar) -> datetime:
        """When a lead that is handed off now has to be taken up."""
        rules = self._rules
        return calendar.later(self._now, rules.due) if rules.due else self._now + timedelta(hours=rules.due_hours)

    def _remind(self, moment: datetime, calendar: Calendar) -> datetime | None:
        """When to remind of what is due at that moment; never before now."""
        return None if self._rules.remind is None else max(self._now, calendar.before(moment, self._rules.remind))

    def _words(self, told: _Told, known: Row) -> Iterator[tuple[str, Any]]:
        """What there is to say to such a lead, for the body."""
        track = next((one for one in self._rules.talk_tracks if self._speaks(one.when, known)), None)
        text = told.part(track.text) if track else None
        yield "talk_track", {"name": track.name if track and text else None, "text": text}
        answers = [(one, told.part(one.text)) for one in self._rules.answers if self._speaks(one.when, known)]
        yield "answers", [{"objection": one.objection, "text": text} for one, text in answers if text]

    def _speaks(self, when: Condition | None, known: Row) -> bool:
        return when is None or self._holds[when](known) is True

    def _follow_up(self, step: Step, told: _Told, known: Row, around: Around) -> FollowUp:
        part = told.part(step.text)
        body = blocks(part.text) if part else []
        moment = around.calendar.later(self._now, step.after)
        return FollowUp(step.kind, _subject(step.subject, known), to_text(body), to_html(body), moment)


@dataclass
class _Told:
    """The templates of one lead, and which of them failed."""

    words: dict[str, Any]
    troubles: list[str] = field(default_factory=list)

    def part(self, text: Text) -> Rendered | None:
        """A talk track, an answer or a step of the cadence; nothing where it fails."""
        try:
            return Rendered(render(text.source, self.words))
        except TemplateFailureError as error:
            self.troubles.append(f"{text.place} {error} It is left out.")
            return None

    def body(self, text: Text | None) -> list[Block]:
        """The body; the shipped one where it fails."""
        try:
            return blocks(render((text or SHIPPED).source, self.words))
        except TemplateFailureError as error:
            self.troubles.append(f"{(text or SHIPPED).place} {error} The shipped text stands there.")
        return blocks(render(SHIPPED.source, self.words))


def _subject(subject: str, known: Row) -> str:
    return filled(subject, known) or UNNAMED
