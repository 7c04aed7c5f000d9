"""What a task says about a lead that is passed on: its qualification, contact, requirements and company, as plain text.

Whatever comes from outside is one line without control characters, and no longer than it needs to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from leadrelay.core import bant, template
from leadrelay.core.lead import Field
from leadrelay.core.playbook.values import VERDICT_WORDS, Criterion, HandOffRules, Part
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

Row = Mapping[str, Any]


def documents(leads: pl.DataFrame, verdicts: pl.DataFrame, rules: HandOffRules) -> pl.DataFrame:
    """`id`, `subject` and `body` of each lead. Both frames hold the same leads in the same order.

    The body names the reasons and what the gate lacks when the verdicts hold them.
    """
    pairs = zip(leads.iter_rows(named=True), verdicts.iter_rows(named=True), strict=True)
    rows = [(lead["id"], _subject(lead, verdict, rules), _body(lead, verdict, rules)) for lead, verdict in pairs]
    return pl.DataFrame(rows, schema=dict.fromkeys(("id", "subject", "body"), pl.String), orient="row")


def plain(value: Any, longest: int = LONGEST_VALUE) -> str | None:
    """A value as one line of text; None for what is missing."""
    text = shown(value, LONGEST_BODY)
    line = " ".join(_UNSEEN.sub(" ", text).split()) if text else ""
    return shortened(line, longest) if line else None


def _subject(lead: Row, verdict: Row, rules: HandOffRules) -> str:
    known = {**lead, **verdict}
    values = {name: plain(known.get(name)) for name in template.places(rules.subject)}
    return shortened(template.fill(rules.subject, values), LONGEST_SUBJECT) or UNNAMED


def _body(lead: Row, verdict: Row, rules: HandOffRules) -> str:
    blocks = [_qualification(lead, verdict, rules), *(_part(lead, part) for part in rules.parts)]
    text = "\n\n".join("\n".join([heading, *lines]) for heading, lines in blocks if lines)
    return shortened(text, LONGEST_BODY)


def _qualification(lead: Row, verdict: Row, rules: HandOffRules) -> tuple[str, list[str]]:
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


def _asking(rules: HandOffRules, found: Sequence[bant.Heard]) -> Iterator[str]:
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
