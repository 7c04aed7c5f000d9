"""What a template is told from: names for a lead, its verdict, its answers, its company, and who gets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadrelay.core import bant
from leadrelay.core.handoff.grammar import BLOCKS, Each, Shape
from leadrelay.core.handoff.parts import parts_of
from leadrelay.core.handoff.plain import plain
from leadrelay.core.handoff.templates import MOST_TURNS, Context, Rendered, Web, as_text
from leadrelay.core.handoff.values import Around, Fellow, Row
from leadrelay.core.lead import Field, Schema, Type
from leadrelay.core.playbook.values import VERDICT_WORDS, Criterion, Playbook
from leadrelay.core.reasons import BETWEEN

_T, _D = Type.TEXT, Type.DATE
_WEB = frozenset({"website"})
"""The lead fields whose addresses may become links."""

_LABELS = {"email": "E-mail", "cmdb_status": "CMDB", "need_summary": "Need", "meeting_at": "Meeting"}
_FACTS: Shape = Each({"name": _T, "label": _T, "value": _T})
_CRITERION: Shape = {
    "name": _T,
    "label": _T,
    "verdict": _T,
    "by": Each(_T),
    "evidence": Each(_T),
    "asked": _D,
    "age": _T,
    "expired": Type.BOOLEAN,
    "until": _D,
    "question": _T,
}
_FELLOW: Shape = {"name": _T, "title": _T, "role": _T, "email": _T, "phone": _T}


def shape(fields: Schema, outputs: Schema) -> dict[str, Shape]:
    """Every name that talk tracks, answers and the texts of a cadence may use."""
    return {
        "lead": {name: _of(field) for name, field in fields.items()},
        "verdict": {name: _of(field) for name, field in outputs.items() if name not in fields},
        "bant": Each(_CRITERION),
        "questions": Each(_T),
        "reasons": Each(_T),
        "gate": {"passed": Type.BOOLEAN, "missing": Each(_T)},
        "contact": _FACTS,
        "requirements": _FACTS,
        "company": _FACTS,
        "technology": _FACTS,
        "colleagues": Each(_FELLOW),
        "account": {"name": _T},
        "owner": {"name": _T, "why": _T},
        "due": Type.DATETIME,
        "now": Type.DATETIME,
        "today": _D,
    }


def shape_of_body(fields: Schema, outputs: Schema) -> dict[str, Shape]:
    """What the body may use as well: what the other templates have made."""
    return {
        **shape(fields, outputs),
        "talk_track": {"name": _T, "text": BLOCKS},
        "answers": Each({"objection": _T, "text": BLOCKS}),
    }


def _of(field: Field) -> Shape:
    return Each(_T) if field.type is Type.LIST else field.type


# -- samples -----------------------------------------------------------------------------------------------------------

_SAMPLES: Mapping[Any, Any] = {
    Type.TEXT: "Sample",
    Type.INTEGER: 7,
    Type.NUMBER: 7.5,
    Type.BOOLEAN: True,
    Type.DATE: date(2026, 1, 31),
    Type.DATETIME: datetime(2026, 1, 31, 12, tzinfo=UTC),
    BLOCKS: Rendered("Sample\n- sample"),
}


def sample(names: Shape, *, full: bool) -> Any:
    """What a template finds for a lead of which everything is known, or nothing."""
    if isinstance(names, Each):
        return [sample(names.of, full=full)] * 2 if full else []
    if isinstance(names, Mapping):
        return {name: sample(part, full=full) for name, part in names.items()}
    return _SAMPLES.get(names) if full else None


# -- a lead ------------------------------------------------------------------------------------------------------------


class Contexts:
    """What is told of each lead of a run."""

    def __init__(self, playbook: Playbook, now: datetime) -> None:
        self._playbook, self._now = playbook, now
        self._parts = parts_of(playbook.schema)

    def of(self, lead: Row, verdict: Row, around: Around, due: datetime) -> dict[str, Any]:
        """Every name of `shape`."""
        here = _in_zone(ZoneInfo(around.calendar.zone))
        fields = {name: _value(field, lead.get(name), here) for name, field in self._playbook.schema.items()}
        heard = [_heard(verdict, criterion) for criterion in self._playbook.criteria]
        return {
            "lead": fields,
            "verdict": {name: value for name, value in verdict.items() if name != "id"},
            "bant": [self._criterion(lead, *pair) for pair in zip(self._playbook.criteria, heard, strict=True)],
            "questions": list(self._questions(heard)),
            "reasons": _parts(verdict.get("reasons")),
            "gate": {"passed": verdict.get("gate_passed"), "missing": _parts(verdict.get("gate_missing"))},
            **{part.name: list(_facts(part.fields, fields)) for part in self._parts},
            "colleagues": [_fellow(one) for one in around.colleagues],
            "account": {"name": around.account or lead.get("company")},
            "owner": {"name": around.owner, "why": around.why},
            "due": here(due),
            "now": here(self._now),
            "today": here(self._now).date(),
        }

    def _criterion(self, lead: Row, criterion: Criterion, found: bant.Heard) -> Context:
        known = {name: plain(as_text(value)) for name in criterion.evidence if (value := lead.get(name)) is not None}
        day = bant.day_of(lead.get(criterion.expiry.as_of if criterion.expiry else "bant_checked_at"))
        asked = day if known else None
        return {
            "name": criterion.name,
            "label": criterion.label,
            "verdict": found.word,
            "by": list(found.by),
            "evidence": [f"{self._within(name)} {fact}" for name, fact in known.items() if fact],
            "asked": asked,
            "age": _age(asked, self._now.date()) if asked else None,
            "expired": found.expired,
            "until": criterion.expiry.until(asked) if found.expired and criterion.expiry and asked else None,
            "question": next(iter(criterion.questions), None) if not found.known else None,
        }

    def _within(self, name: str) -> str:
        """A field's name within a sentence."""
        words = label(self._playbook.schema[name])
        return words if words[:2].isupper() else words[:1].lower() + words[1:]

    def _questions(self, found: Sequence[bant.Heard]) -> Iterator[str]:
        """The first question of each criterion that is open."""
        verdicts = [heard.verdict for heard in found]
        still_open = bant.still_open(self._playbook.criteria, self._playbook.asking, verdicts)
        yield from (criterion.questions[0] for criterion in still_open if criterion.questions)


def _heard(verdict: Row, criterion: Criterion) -> bant.Heard:
    code = verdict.get(bant.said(criterion))
    if code is None:
        return bant.Heard(VERDICT_WORDS.index(verdict[criterion.output]))
    return bant.decoded(criterion, code)


def _in_zone(zone: Any) -> Callable[[datetime], datetime]:
    return lambda moment: moment.astimezone(zone)


def _value(field: Field, value: Any, here: Callable[[datetime], datetime]) -> Any:
    if field.type is Type.LIST:
        return tuple(filter(None, map(plain, (value or ())[:MOST_TURNS])))
    if isinstance(value, datetime):
        return _within_calendar(value, here)
    if isinstance(value, str):
        text = plain(value)
        return Web(text) if text and field.name in _WEB else text
    return value


def _within_calendar(moment: datetime, here: Callable[[datetime], datetime]) -> datetime:
    try:
        return here(moment)
    except OverflowError:  # the first and last hours of the calendar
        return moment


def _parts(text: str | None) -> list[str]:
    return text.split(BETWEEN) if text else []


def _facts(fields: Sequence[Field], values: Mapping[str, Any]) -> Iterator[Context]:
    for field in fields:
        if text := as_text(values[field.name]):
            told = f"{text}{_unit(field)}"
            value = values[field.name] if isinstance(values[field.name], Web) else told
            yield {"name": field.name, "label": label(field), "value": value}


def _fellow(one: Fellow) -> Context:
    return {"name": one.name, "title": one.title, "role": one.role, "email": one.email, "phone": one.phone}


def _age(asked: date, today: date) -> str:
    days = (today - asked).days
    if days < 0:
        return "a day to come"
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days:,} days ago"


def label(field: Field) -> str:
    """A field's name as people read it, such as `Network devices`."""
    return _LABELS.get(field.name, field.name.replace("_", " ").capitalize())


def _unit(field: Field) -> str:
    one_word = field.unit and " " not in field.unit
    return f" {field.unit}" if one_word and field.unit not in field.name else ""
