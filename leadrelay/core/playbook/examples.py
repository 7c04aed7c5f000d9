"""The `[[examples]]` of a playbook: leads with what is to be decided about them, every value checked with its place."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from leadrelay.core.casts import LARGEST
from leadrelay.core.lead import Type
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.stages import SIDES
from leadrelay.core.playbook.values import DIGITS, LETTERS, VERDICT_WORDS, Example, Expected, Playbook
from leadrelay.core.predicates.dates import (
    Shift,
    in_reach,
    interval,
    midnight,
    read,
    to_the_millisecond,
    within_a_century,
)
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

HANDOFF = "handoff"
REASONS = "reasons"
NOT_REASONS = "not_reasons"

_RELATIVE = re.compile(r"\s*(?:(in)\s+)?(\d+\s+\w+?)(?:\s+(ago))?\s*", re.IGNORECASE)
_MOMENT_CURE = "Write 3 days ago, in 2 weeks, 2026-01-31 or 2026-01-31T12:00:00Z in quotes."
_KINDS: Mapping[Type, str] = {
    Type.TEXT: "a text",
    Type.INTEGER: "a whole number",
    Type.NUMBER: "a number",
    Type.BOOLEAN: "true or false",
    Type.DATE: "a date",
    Type.DATETIME: "a moment",
    Type.LIST: "a list of texts",
}


def read_examples(tables: Sequence[Table], playbook: Playbook) -> tuple[Example, ...]:
    """Every example; what is wrong is noted in the tables."""
    words = _words(playbook)
    return tuple(_example(table, playbook, words) for table in tables)


def _example(table: Table, playbook: Playbook, words: Mapping[str, tuple[str, ...]]) -> Example:
    table.needs("name", "expect")
    name, at = table.text("name") or "", _at(table)
    lead = dict(_lead(table.table("lead"), playbook))
    wanted = table.table("expect")
    expected = tuple(_expectations(wanted, playbook, words))
    if not wanted.names() and "expect" in table:
        table.problem("expect", "expects nothing.", "Say what is to come out, such as: stage = ...")
    table.close()
    return Example(name, at, lead, expected, table.place())


def _at(table: Table) -> datetime | None:
    given = table.value("at")
    if given is None:
        return None
    found = _moment(given)
    if found is None or isinstance(found, Shift):
        table.problem("at", "is no moment.", "Write it without quotes: at = 2026-01-31T12:00:00Z")
        return None
    if not in_reach(found):
        table.problem("at", "lies before the year 1000 or after 8999.", "Take a day that leads may live to see.")
        return None
    return found if isinstance(found, datetime) else midnight(found)


# -- the lead ----------------------------------------------------------------------------------------------------------


def _lead(table: Table, playbook: Playbook) -> Iterator[tuple[str, Any]]:
    for name in table.names():
        field = playbook.schema.get(name)
        if field is None:
            table.problem(name, f"unknown lead field '{name}'.", nearest(name, list(playbook.schema)))
        else:
            value = _typed(table.value(name), field.type)
            if value is None:
                cure = _MOMENT_CURE if field.type in {Type.DATE, Type.DATETIME} else "A field not given is left out."
                table.problem(name, f"is no value of lead field '{name}': {_KINDS[field.type]} is wanted.", cure)
            else:
                yield name, value


def _typed(value: Any, kind: Type) -> Any:
    """The value as leads hold it; None where it is of another type."""
    match kind:
        case Type.TEXT:
            return value if isinstance(value, str) and value.strip() else None
        case Type.BOOLEAN:
            return value if isinstance(value, bool) else None
        case Type.LIST:
            return _list(value)
        case Type.DATE | Type.DATETIME:
            return _fitting(_moment(value), kind)
        case _:
            return _number(value, kind)


def _number(value: Any, kind: Type) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if kind is Type.NUMBER:
        return float(value)
    return value if isinstance(value, int) and abs(value) <= LARGEST else None


def _list(value: Any) -> list[str] | None:
    members = [value] if isinstance(value, str) else value
    whole = isinstance(members, list) and all(isinstance(member, str) and member.strip() for member in members)
    return members if whole and members else None


def _moment(value: Any) -> date | datetime | Shift | None:
    if isinstance(value, str):
        return read(value.strip()) or _relative(value)
    if isinstance(value, datetime):
        return to_the_millisecond(value.replace(tzinfo=UTC) if value.tzinfo is None else value)
    return value if isinstance(value, date) else None


def _relative(text: str) -> Shift | None:
    """`3 days ago`, `in 2 weeks`: exactly one of the two words."""
    found = _RELATIVE.fullmatch(text)
    if not found or bool(found[1]) == bool(found[3]):
        return None
    step = interval(found[2])
    if step is None or not within_a_century([step]):
        return None
    return step if found[1] else -step


def _fitting(found: date | datetime | Shift | None, kind: Type) -> date | datetime | Shift | None:
    """A date stands for its midnight where a moment is wanted; hours make no date."""
    if isinstance(found, Shift):
        return None if kind is Type.DATE and found.hours % 24 else found
    if kind is Type.DATE:
        return None if isinstance(found, datetime) else found
    return found if found is None or isinstance(found, datetime) else midnight(found)


# -- what is expected --------------------------------------------------------------------------------------------------


def _words(playbook: Playbook) -> dict[str, tuple[str, ...]]:
    """Every text that an output can be, where that is certain."""
    grades = tuple(letter + digit for letter in LETTERS for digit in DIGITS)
    stages = tuple(stage.name for stage in playbook.stages)
    return {
        **{criterion.output: VERDICT_WORDS for criterion in playbook.criteria},
        "grade": grades if playbook.grades else (),
        "band": playbook.bands.names,
        "qualification": tuple(status.name for status in playbook.statuses),
        "recycle_reason": playbook.recycling.names,
        "stage": stages,
        "stage_held": stages,
        "stage_label": tuple(stage.label for stage in playbook.stages),
        "side": SIDES,
        "territory": tuple(rule.name for rule in playbook.assignment.territories),
        "team": playbook.assignment.goals,
        "question": tuple(question for criterion in playbook.criteria for question in criterion.questions),
    }


def _expectations(table: Table, playbook: Playbook, words: Mapping[str, tuple[str, ...]]) -> Iterator[Expected]:
    known = [*OUTPUTS, HANDOFF, NOT_REASONS]
    for name in table.names():
        if name not in known:
            table.problem(name, f"unknown output '{name}'.", nearest(name, known))
        elif name in {REASONS, NOT_REASONS}:
            yield Expected(name, _names(table, name, playbook), table.place(name))
        elif name == HANDOFF:
            yield Expected(name, _handed_off(table, playbook), table.place(name))
        else:
            yield Expected(name, _output(table, name, words), table.place(name))


def _names(table: Table, key: str, playbook: Playbook) -> tuple[str, ...]:
    known = [*(rule.name for rule in playbook.rules), *(found.name for found in playbook.disqualifiers)]
    names = table.texts(key) or ()
    for name in (name for name in names if name not in known):
        table.problem(key, f"there is no rule '{name}'.", nearest(name, known))
    return names


def _handed_off(table: Table, playbook: Playbook) -> bool:
    value = table.value(HANDOFF)
    if not isinstance(value, bool):
        table.problem(HANDOFF, "must be true or false.")
    elif value and playbook.handoff is None:
        table.problem(HANDOFF, "no lead is handed off: the playbook has no [handoff].", "Add it, or expect false.")
    return bool(value)


def _output(table: Table, name: str, words: Mapping[str, tuple[str, ...]]) -> Any:
    value, kind = table.value(name), OUTPUTS[name].type
    if kind is Type.INTEGER:
        return _range(table, name, value)
    if kind is Type.TEXT and value == "":
        return None
    typed = _typed(value, kind)
    if typed is None:
        nothing = " (an empty text for none)" if kind is Type.TEXT else ""
        table.problem(name, f"must be {_KINDS[kind]}{nothing}.")
    elif name in words and value not in words[name]:
        cure = nearest(value, words[name]) or f"Known: {', '.join(words[name][:16])}."
        table.problem(name, f"'{value}' is never the {name} of a lead.", cure if words[name] else "")
    return typed


def _range(table: Table, name: str, value: Any) -> tuple[int, int]:
    """A whole number, or the least and the most."""
    pair = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or not all(isinstance(part, int) and not isinstance(part, bool) for part in pair):
        table.problem(name, "must be a whole number, or the least and the most of it.", f"Such as: {name} = [60, 100]")
        return 0, 0
    if pair[0] > pair[1]:
        table.problem(name, f"the least, {pair[0]}, is above the most, {pair[1]}.", "Exchange them.")
    return pair[0], pair[1]
