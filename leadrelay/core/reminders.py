"""What the tasks say that a promise of a first response leads to, and those of topics: plain text, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadrelay.core import template
from leadrelay.core.handoff.documents import LONGEST_SUBJECT
from leadrelay.core.handoff.plain import plain
from leadrelay.core.hours import Calendar
from leadrelay.core.playbook.intervals import told
from leadrelay.core.shown import shortened
from leadrelay.core.sla import ESCALATE, REASSIGN, REMIND, SlaRules, SlaStep, Topic

SUBJECTS = {
    REMIND: "Answer now: {first_name} {last_name}, {company}",
    ESCALATE: "No answer yet: {first_name} {last_name}, {company}",
    REASSIGN: "Yours now, nobody answered: {first_name} {last_name}, {company}",
}
_ASKS = {
    REMIND: "Please answer this lead: call, write, or set its status.",
    ESCALATE: "Please see to it that this lead is answered.",
    REASSIGN: "The lead is yours now. Please answer it: call, write, or set its status.",
}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead that nobody answered. `owner`: the name of who has it, `link`: where it stands in the CRM.

    `taken`: the steps before this one.
    """

    row: Row
    owner: str
    link: str
    assigned: datetime
    due: datetime
    taken: int


def step_task(rules: SlaRules, step: SlaStep, waiting: Waiting, calendar: Calendar) -> tuple[str, str]:
    """Subject and text of the task that a step makes."""
    return _line(SUBJECTS[step.do], waiting.row), "\n".join(_step_lines(rules, step, waiting, calendar))


def topic_task(topic: Topic, row: Row, link: str) -> tuple[str, str]:
    """Subject and text of a topic's task."""
    known = {**row, "topic": topic.name}
    lines = [_line(line, known) for line in topic.text.splitlines()]
    return _line(topic.subject, known), "\n".join([*lines, "", *_about(row, link)] if lines else _about(row, link))


def _step_lines(rules: SlaRules, step: SlaStep, waiting: Waiting, calendar: Calendar) -> Iterator[str]:
    yield _ASKS[step.do]
    yield ""
    promised = told(rules.first_response)
    yield f"A first response was due {_when(waiting.due, calendar)}, {promised} of business time after the assignment."
    yield f"Assigned: {_when(waiting.assigned, calendar)}{f', to {waiting.owner}' if waiting.owner else ''}"
    yield f"Step {waiting.taken + 1} of {len(rules.steps)}: {step.do} after {told(step.after)}"
    yield from _about(waiting.row, waiting.link)


def _about(row: Row, link: str) -> list[str]:
    verdict = ", ".join(f"{name} {value}" for name in ("stage", "score") if (value := plain(row.get(name))))
    return [f"Verdict: {verdict}", f"Record: {link}"]


def _line(text: str, row: Row) -> str:
    values = {name: plain(row.get(name)) for name in template.places(text)}
    return shortened(template.fill(text, values), LONGEST_SUBJECT)


def _when(moment: datetime, calendar: Calendar) -> str:
    return f"{moment.astimezone(ZoneInfo(calendar.zone)):%Y-%m-%d %H:%M} ({calendar.zone})"
