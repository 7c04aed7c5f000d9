"""What a task says about a lead that is passed on: its qualification, contact, requirements and company, as plain text.

Whatever comes from outside is one line without control characters, and no longer than it needs to be.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.core import bant, template
from leadrelay.core.handoff.due import due, remind
from leadrelay.core.handoff.values import NOTHING, Around, Document, HandOffRules, Part, Row
from leadrelay.core.lead import Field
from leadrelay.core.playbook.values import VERDICT_WORDS, Criterion, Playbook
from leadrelay.core.shown import shortened, shown

LONGEST_SUBJECT = 255
LONGEST_BODY = 30_000
LONGEST_VALUE = 1_000
LONGEST_REASONS = 4_000
UNNAMED = "Qualified lead"

# Controls, line and paragraph separators, and what turns the direction of writing or hides: a value must not look like
# another line of the document. https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_LABELS = {"email": "E-mail", "cmdb_status": "CMDB", "need_summary": "Need", "meeting_at": "Meeting"}
_STANDING = ("score", "grade", "qualification", "stage")


class Documents:
    """What is told about the leads of a run that are handed off."""

    def __init__(self, playbook: Playbook, now: datetime) -> None:
        if playbook.handoff is None:
            raise ValueError("nothing is told without [handoff]")
        self._playbook, self._rules, self._now = playbook, playbook.handoff, now

    def of(self, leads: pl.DataFrame, verdicts: pl.DataFrame, around: Mapping[str, Around]) -> list[Document]:
        """One for each lead, in order. Both frames hold the same leads in the same order.

        The text names the reasons and what the gate lacks when the verdicts hold them.
        """
        pairs = zip(leads.iter_rows(named=True), verdicts.iter_rows(named=True), strict=True)
        return [self._document(lead, verdict, around.get(lead["id"], NOTHING)) for lead, verdict in pairs]

    def subjects(self, leads: pl.DataFrame, verdicts: pl.DataFrame) -> dict[str, str]:
        """By lead, the subject of its task."""
        pairs = zip(leads.iter_rows(named=True), verdicts.iter_rows(named=True), strict=True)
        return {lead["id"]: _subject(lead, verdict, self._rules) for lead, verdict in pairs}

    def _document(self, lead: Row, verdict: Row, around: Around) -> Document:
        text = _body(lead, verdict, self._playbook, self._rules)
        moment = due(self._rules, self._now, around.calendar)
        markup = html.escape(text).replace("\n", "<br>")
        return Document(
            lead["id"],
            _subject(lead, verdict, self._rules),
            text,
            markup,
            moment,
            remind(self._rules, self._now, moment),
        )


def plain(value: Any, longest: int = LONGEST_VALUE) -> str | None:
    """A value as one line of text; None for what is missing."""
    text = shown(value, LONGEST_BODY)
    line = " ".join(_UNSEEN.sub(" ", text).split()) if text else ""
    return shortened(line, longest) if line else None


def _subject(lead: Row, verdict: Row, rules: HandOffRules) -> str:
    known = {**lead, **verdict}
    values = {name: plain(known.get(name)) for name in template.places(rules.subject)}
    return shortened(template.fill(rules.subject, values), LONGEST_SUBJECT) or UNNAMED


def _body(lead: Row, verdict: Row, playbook: Playbook, rules: HandOffRules) -> str:
    blocks = [_qualification(lead, verdict, playbook), *(_part(lead, part) for part in rules.parts)]
    text = "\n\n".join("\n".join([heading, *lines]) for heading, lines in blocks if lines)
    return shortened(text, LONGEST_BODY)


def _qualification(lead: Row, verdict: Row, rules: Playbook) -> tuple[str, list[str]]:
    found = [_heard(verdict, criterion) for criterion in rules.criteria]
    told = [_criterion(lead, *pair) for pair in zip(rules.criteria, found, strict=True)]
    return "Qualification", [*_standing(verdict), *told, *_lacking(verdict), *_asking(rules, found)]


def _heard(verdict: Row, criterion: Criterion) -> bant.Heard:
    code = verdict.get(bant.said(criterion))
    if code is None:
        return bant.Heard(VERDICT_WORDS.index(verdict[criterion.output]))
    return bant.decoded(criterion, code)


def _criterion(lead: Row, criterion: Criterion, found: bant.Heard) -> str:
    """Such as `Budget met by Amount named: budget amount 50000, budget status approved (asked 2026-05-01)`."""
    facts = [f"{name.replace('_', ' ')} {fact}" for name in criterion.evidence if (fact := plain(lead.get(name)))]
    asked = bant.day_of(lead.get(criterion.expiry.as_of)) if criterion.expiry else None
    return bant.told(criterion, found, facts, asked)


def _lacking(verdict: Row) -> Iterator[str]:
    if missing := plain(verdict.get("gate_missing"), LONGEST_REASONS):
        yield f"The gate lacks: {missing}"


def _asking(rules: Playbook, found: Sequence[bant.Heard]) -> Iterator[str]:
    """The first question of each criterion that is open, a line each."""
    still_open = bant.still_open(rules.criteria, rules.asking, [heard.verdict for heard in found])
    asked = [criterion.questions[0] for criterion in still_open if criterion.questions]
    yield from (f"{'Then ask' if place else 'Ask next'}: {question}" for place, question in enumerate(asked))


def _standing(verdict: Row) -> Iterator[str]:
    known = [f"{name} {told}" for name in _STANDING if (told := plain(verdict.get(name)))]
    yield f"Verdict: {', '.join(known)}"
    if reasons := plain(verdict.get("reasons"), LONGEST_REASONS):
        yield f"Reasons: {reasons}"


def _part(lead: Row, part: Part) -> tuple[str, Sequence[str]]:
    told = ((field, plain(lead.get(field.name))) for field in part.fields)
    return part.heading, [f"{label(field)}: {text}{_unit(field)}" for field, text in told if text]


def label(field: Field) -> str:
    """A field's name as people read it, such as `Network devices`."""
    return _LABELS.get(field.name, field.name.replace("_", " ").capitalize())


def _unit(field: Field) -> str:
    one_word = field.unit and " " not in field.unit
    return f" {field.unit}" if one_word and field.unit not in field.name else ""
