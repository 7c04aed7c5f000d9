"""Whether a plan is of its form, beyond types: whatever a file says, nothing else is ever written or kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from leadrelay.core.effects import FIELDS, HANDOFF, TASKS
from leadrelay.errors import Problem
from leadrelay.jobs.desk import Job
from leadrelay.jobs.plans.values import Bookkeeping, Plan, Remembered, Row

_TASK = ("subject", "body", "due", "owner")
_NOTE = ("title", "body")
_FOLLOW_UP = ("subject", "body", "html", "due")
_SPARE = ("owner", "kind", "remind", "html")
_NO_NOTE = {"title": "", "body": ""}
_LARGEST = 1 << 63
_MOST_NEW, _MOST_STEPS = 3, 1_000


def forms(plan: Plan, path: Path, job: Job) -> Iterator[Problem]:
    """What is wrong with it, with place and cure."""
    cure = f"Make a new one: leadrelay plan {plan.job} --out FILE"
    task = job.mapping.task
    allowed = {write.field for write in job.mapping.writes} | ({task.owner, task.reason} - {""} if task else set())
    kinds = {FIELDS, *(TASKS if task else ())}
    for row in plan.rows:
        where = f"{path}: {row.lead}"
        for name in {change.field for change in row.changes} - allowed:
            message = f"{name} is no field that the mapping of {plan.job} writes."
            yield Problem(where, message, "Take it out, or map it.")
        parts = (_row(row, plan, kinds), _tasks(row, allowed), _kept(row))
        yield from (Problem(where, message, cure) for part in parts for message in part)
    yield from (Problem(f"{path}: {place}", message, cure) for place, message in _whole(plan))


def _whole(plan: Plan) -> Iterator[tuple[str, str]]:
    if any(step not in range(len(plan.steps)) for one in plan.reasons for step in one.because):
        yield "reasons", "name a step that the plan does not have."
    if not all(map(_is_memory, plan.books.stand)) or not _are_cursors(plan.books):
        yield "books", "are not of their form."
    if len({row.lead for row in plan.rows}) != len(plan.rows):
        yield "rows", "a lead stands in them twice."


def _row(row: Row, plan: Plan, kinds: Collection[str]) -> Iterator[str]:
    if row.changes and row.effect is None:
        yield "has changes, and no effect that takes them along."
    if any(one.why not in range(len(plan.reasons)) for one in row.changes):
        yield "names a reason that the plan does not have."
    if any(one.pool not in range(len(plan.pools)) for one in row.booked):
        yield "names candidates that the plan does not have."
    if any(one.kind not in kinds for one in (*row.effects, *row.noted)):
        yield "has an effect of a kind that leadrelay does not know here."


def _tasks(row: Row, allowed: Collection[str]) -> Iterator[str]:
    """What is wrong with its tasks."""
    for effect in row.effects:
        task = effect.task
        place = task.get("owner_field", "")
        if not isinstance(place, str) or (place and place not in allowed):
            yield "its owner goes into a field that the mapping does not write."
        if effect.kind == FIELDS and effect is row.effect:
            continue
        parts = {f"its task ({effect.kind})": (task, _TASK), "its note": (task.get("note") or _NO_NOTE, _NOTE)}
        more = task.get("more") or []
        parts |= {f"its follow-up {at}": (one, _FOLLOW_UP) for at, one in enumerate(more)} if _is_list(more) else {}
        for name, (part, texts) in parts.items():
            if not isinstance(part, Mapping) or not all(isinstance(part.get(text), str) for text in texts):
                yield f"{name} lacks a text, or has something else in its place: {', '.join(texts)}."
            elif part is not task and not part.keys() <= {*texts, *_SPARE}:
                yield f"{name} has parts that leadrelay does not know."
        if not _is_list(more) or not isinstance(task.get("told", {}), Mapping):
            yield "its follow-ups, or the line why, are not of their form."
        if any(not isinstance(task.get(name, ""), str) for name in ("html", "remind", "do")):
            yield f"its task ({effect.kind}) has something else than text."
        if effect.kind == HANDOFF and not effect.epoch.isdecimal():
            yield "its hand-off has no number."


def _is_list(thing: object) -> bool:
    return isinstance(thing, list)


def _kept(row: Row) -> Iterator[str]:
    """What is wrong with what the store would keep of it."""
    if row.memory.lead != row.lead or not _is_memory(row.memory):
        yield "how it is to be known again is not of its form."
    for one in row.assignments:
        sound = 0 < one.number <= row.base.number + _MOST_NEW and 0 <= one.step < _MOST_STEPS
        if one.lead != row.lead or not sound or row.base.number >= _LARGEST:
            yield "who has it is not of its form."


def _is_memory(one: Remembered) -> bool:
    try:
        return all(-_LARGEST <= int(number) < _LARGEST for number in (one.state, one.wanted))
    except ValueError:
        return False


def _are_cursors(books: Bookkeeping) -> bool:
    return all(at is None or "stamp" in at for at in (books.before, books.reached))
