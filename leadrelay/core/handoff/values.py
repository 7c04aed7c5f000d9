"""The values of a hand-off: what the playbook says about it, what is known around a lead, and what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leadrelay.core.hours import ALWAYS, Calendar, Interval
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.predicates import fields
from leadrelay.core.template import places

KINDS = ("email", "call", "linkedin", "todo")
"""What a task may ask for."""

LONGEST_SUBJECT = 255
"""Letters of a task's subject: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_task.htm"""


@dataclass(frozen=True, slots=True)
class Text:
    """A template of the admin's, or a shipped one. `fields`: the lead fields that it tells."""

    source: str
    place: str = field(default="", compare=False)
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TalkTrack:
    """What to say to leads of one kind. The first whose `when` holds is told; one without it takes the rest."""

    name: str
    when: Condition | None
    text: Text


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer to an objection. Every one whose `when` holds is told."""

    objection: str
    when: Condition
    text: Text


@dataclass(frozen=True, slots=True)
class Step:
    """A task of the follow-up cadence. `subject` has places such as `{company}`."""

    kind: str
    after: Interval
    subject: str
    text: Text


@dataclass(frozen=True, slots=True)
class HandOffRules:
    """Which leads are passed on, under which subject, to whom in turn, by when, and what is told.

    `subject` has places such as `{company}`. `owners`: e-mail addresses of CRM users; without any, a lead stays with
    the owner that it has. `due`: business time of the owner's calendar; without it `due_hours` by the clock.
    `remind`: so much of that calendar's open hours before it is due.
    `body`: None stands for the shipped template.
    """

    when: Condition
    subject: str
    owners: tuple[str, ...] = ()
    due_hours: int = 24
    due: Interval | None = None
    remind: timedelta | None = None
    note: bool = False
    body: Text | None = None
    talk_tracks: tuple[TalkTrack, ...] = ()
    answers: tuple[Answer, ...] = ()
    cadence: tuple[Step, ...] = ()

    def conditions(self) -> Iterator[Condition]:
        """Every predicate but `when`: they choose words, and decide about no lead."""
        yield from (track.when for track in self.talk_tracks if track.when)
        yield from (answer.when for answer in self.answers)

    @property
    def fields(self) -> frozenset[str]:
        """The names of what is told, and asked for, beside `when`."""
        subjects = [self.subject, *(step.subject for step in self.cadence)]
        asked = {name for subject in subjects for name in places(subject)}
        asked.update(*(text.fields for text in self.texts()))
        return frozenset(asked.union(*(fields(condition.node) for condition in self.conditions())))

    def texts(self) -> Iterator[Text]:
        """Every template."""
        yield from [self.body] if self.body else []
        yield from (track.text for track in self.talk_tracks)
        yield from (answer.text for answer in self.answers)
        yield from (step.text for step in self.cadence)


@dataclass(frozen=True, slots=True)
class Fellow:
    """Somebody else whom the CRM knows at the lead's company. `role`: in the decision group, where it is known."""

    name: str
    title: str = ""
    email: str = ""
    phone: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around one lead. `account`: the CRM's name of its company; `owner`: name of who gets the lead.

    `why`: one line, why this owner. `calendar`: the owner's.
    """

    colleagues: tuple[Fellow, ...] = ()
    account: str = ""
    owner: str = ""
    why: str = ""
    calendar: Calendar = ALWAYS


NOTHING = Around()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A task of the cadence for one lead. `due`: UTC."""

    kind: str
    subject: str
    text: str
    html: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """What a lead's task, note and follow-ups say. `due`, `remind`: UTC; the note's parts are empty without one.

    `troubles`: what could not be told as the playbook wants it, so that shipped words stand there; without values.
    """

    lead: str
    subject: str
    text: str
    html: str
    due: datetime
    remind: datetime | None = None
    note_title: str = ""
    note_text: str = ""
    note_html: str = ""
    follow_ups: tuple[FollowUp, ...] = ()
    troubles: tuple[str, ...] = ()


Row = Mapping[str, Any]
