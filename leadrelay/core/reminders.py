"""What the tasks say that a promise of a first response leads to, and those of topics: plain text, a line each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from leadrelay.core.handoff.context import Contexts
from leadrelay.core.handoff.markup import Block, blocks, to_html, to_text
from leadrelay.core.handoff.plain import filled, plain
from leadrelay.core.handoff.templates import TemplateFailureError, render
from leadrelay.core.handoff.values import Around, Row
from leadrelay.core.hours import Calendar
from leadrelay.core.playbook.intervals import told
from leadrelay.core.playbook.values import Playbook
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


@dataclass(frozen=True, slots=True)
class TopicText:
    """`trouble`: why its text could not be told, without values; "" where it could."""

    subject: str
    text: str
    html: str
    trouble: str = ""


def step_task(rules: SlaRules, step: SlaStep, waiting: Waiting, calendar: Calendar) -> tuple[str, str]:
    """Subject and text of the task that a step makes."""
    return filled(SUBJECTS[step.do], waiting.row), "\n".join(_step_lines(rules, step, waiting, calendar))


class TopicTexts:
    """What the tasks of topics say, for one run."""

    def __init__(self, playbook: Playbook, now: datetime) -> None:
        self._contexts = Contexts(playbook, now)

    def of(self, topic: Topic, row: Row, link: str, due: datetime, calendar: Calendar) -> TopicText:
        """One lead's. `due`, `calendar`: of who gets the task."""
        subject, about, trouble = filled(topic.subject, {**row, "topic": topic.name}), _about(row, link), ""
        found: list[Block] = []
        if topic.text:
            try:
                found = blocks(render(topic.text.source, self._contexts.of(row, row, Around(calendar=calendar), due)))
            except TemplateFailureError as error:
                trouble = f"{topic.text.place} {error} It is left out."
        text = "\n".join([*([to_text(found), ""] if found else []), *about])
        markup = f"{to_html(found)}<p>{'<br>'.join(map(escape, about))}</p>"
        return TopicText(subject, text, markup, trouble)


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


def _when(moment: datetime, calendar: Calendar) -> str:
    return f"{moment.astimezone(ZoneInfo(calendar.zone)):%Y-%m-%d %H:%M} ({calendar.zone})"
