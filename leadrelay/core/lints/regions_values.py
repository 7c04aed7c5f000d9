"""The values of one field that some predicates tell apart: each constant, what lies between, and nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import chain, combinations, islice, product
from math import ceil, floor, inf, nextafter
from typing import Any, TypeVar

from leadrelay.core.lead import Type
from leadrelay.core.lints.regions_opened import Opened
from leadrelay.core.predicates import Node, Op, fields, to_closure

OTHER = "…"
"""A text that no predicate names."""

Row = tuple[Any, ...]
Moment = TypeVar("Moment", date, datetime)
Kind = TypeVar("Kind")

MOST_ROWS = 20_000
"""Beyond it nothing is said, rather than guessed."""

MOST_LENGTH = 12
MOST_FREE = 8
"""Patterns in one text, and members of one list, that are told apart: each of them doubles the kinds of leads."""


_MILLISECOND = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
_NUMBERS = frozenset({Type.INTEGER, Type.NUMBER})


class TooManyError(Exception):
    """The predicates tell more kinds of leads apart than can be looked at."""


def kinds(name: str, patterns: Sequence[str], parts: Collection[Node], opened: Opened, *, gone: bool) -> list[Row]:
    """The values of a field, each with every answer of the patterns that search it."""
    atoms = [
        part
        for part in parts
        if part.op is not Op.FIELD and part.type is Type.BOOLEAN and name in fields(part) and is_atom(part)
    ]
    type_ = next((part.type for part in parts if part.op is Op.FIELD and part.value == name), Type.TEXT)
    nothing = (None, *[None] * len(patterns))
    if gone:
        return [nothing]
    values = _values(name, type_, atoms, opened)
    found = few((value, *rest) for value in values for rest in _said(value, patterns, opened))
    return found if name in opened.intervals else [nothing, *found]


def few(rows: Iterator[Kind]) -> list[Kind]:
    """The rows, of which there may be endlessly many: twenty patterns have a million answers."""
    found = list(islice(rows, MOST_ROWS + 1))
    if len(found) > MOST_ROWS:
        raise TooManyError
    return found


def told_apart(names: Sequence[str], rows: Sequence[Row], parts: Collection[Node]) -> list[Row]:
    """One row of those that every part of the predicates answers alike, the first."""
    atoms = [part for part in dict.fromkeys(parts) if part.type is Type.BOOLEAN and fields(part) & set(names)]
    atoms = [part for part in atoms if is_atom(part)]
    if any(not fields(atom) <= set(names) for atom in atoms):
        return list(rows)
    answers = [to_closure(atom) for atom in atoms]
    found: dict[Row, Row] = {}
    for row in rows:
        lead = dict(zip(names, row, strict=True))
        found.setdefault(tuple(answer(lead) for answer in answers), row)
    return list(found.values())


def is_atom(part: Node) -> bool:
    """Whether no part of it is a predicate itself, but for fields that are true or false."""
    return not any(arg.type is Type.BOOLEAN and arg.op is not Op.FIELD for arg in part.args)


def _said(value: Any, patterns: Sequence[str], opened: Opened) -> Iterator[tuple[bool, ...]]:
    """A text that is known answers every pattern; any other may answer this or that."""
    if len(patterns) > MOST_FREE:
        raise TooManyError
    if value == OTHER:
        yield from product(*[(True, False)] * len(patterns))
    else:
        known = [opened.parts[pattern] for pattern in patterns]
        yield tuple(bool(to_closure(part)(dict.fromkeys(fields(part), value))) for part in known)


def _values(name: str, type_: Type, atoms: Sequence[Node], opened: Opened) -> list[Any]:
    if type_ is Type.BOOLEAN:
        return [True, False]
    if type_ is Type.LIST:
        return few(_lists(name, atoms))
    constants = list(dict.fromkeys(value for atom in atoms for value in _constants(atom)))
    match type_:
        case Type.TEXT:
            return [*constants, OTHER]
        case Type.DATE:
            days = [value.date() if isinstance(value, datetime) else value for value in constants]
            return _around(days or [_SOME_DAY], _DAY)
        case Type.DATETIME:
            return _around(constants or [_SOME_MOMENT], _MILLISECOND)
    return _bounded(_between(sorted(constants, reverse=True), type_), opened.intervals.get(name))


_SOME_DAY = date(2000, 1, 1)
_SOME_MOMENT = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _around(moments: Sequence[Moment], step: timedelta) -> list[Moment]:
    """Each, and what comes just before and after it, as far as the calendar goes."""
    found = list(moments)
    for moment in moments:
        for near in (-step, step):
            with suppress(OverflowError):
                found.append(moment + near)
    return list(dict.fromkeys(found))


def _constants(atom: Node) -> Iterator[Any]:
    """What the atom compares with; a text in the spelling in which it can be met."""
    if atom.op is Op.IN:
        yield from atom.value
    elif atom.op not in {Op.ANY_OF, Op.ALL_OF}:
        yield from (
            part.value for arg in atom.args for part in _leaves(arg) if part.value is not None and part.op is Op.VALUE
        )


def _leaves(node: Node) -> Iterator[Node]:
    if not node.args:
        yield node
    for arg in node.args:
        yield from _leaves(arg)


def _between(constants: Sequence[float], type_: Type) -> list[float]:
    """Each constant, and what lies just below and above it."""
    if not constants:
        return [0]
    if type_ is Type.INTEGER:
        return list(dict.fromkeys(round_(value) + step for value in constants for round_, step in _WHOLE))
    found = map(float, constants)
    return list(dict.fromkeys(near for value in found for near in (value, value + 1, value - 1, *_next_to(value))))


_WHOLE = ((ceil, 0), (floor, 0), (ceil, 1), (floor, -1))


def _next_to(value: float) -> tuple[float, float]:
    return nextafter(value, -inf), nextafter(value, inf)


def _bounded(values: list[float], interval: tuple[float, float] | None) -> list[float]:
    if interval is None:
        return values
    least, most = interval
    return list(dict.fromkeys([*(value for value in values if least <= value <= most), least, most]))


def _lists(name: str, atoms: Sequence[Node]) -> Iterator[list[str]]:
    """Lists of the members asked for, one of those asked for alike, and of others up to the longest asked for."""
    searches = [atom for atom in atoms if atom.op in {Op.ANY_OF, Op.ALL_OF}]
    lengths = [value for atom in atoms if atom not in searches for value in _constants(atom)]
    most = min(MOST_LENGTH, ceil(max([0, *lengths])) + 1)
    members = _unlike(name, searches)
    if len(members) > MOST_FREE:
        raise TooManyError
    subsets = chain.from_iterable(combinations(members, size) for size in range(len(members) + 1))
    for subset in subsets:
        for others in range(most + 1 if lengths else 2):
            if subset or others:
                yield [*subset, *(f"{OTHER}{number}" for number in range(others))]


def _unlike(name: str, searches: Sequence[Node]) -> list[str]:
    asked = dict.fromkeys(member for search in searches for member in search.value)
    whole = {member for search in searches if search.op is Op.ALL_OF for member in search.value}
    answers = [to_closure(search) for search in searches if search.op is Op.ANY_OF]
    found: dict[Any, str] = {}
    for member in asked:
        said = tuple(answer({name: [member]}) for answer in answers)
        found.setdefault(member if member in whole else said, member)
    return list(found.values())
