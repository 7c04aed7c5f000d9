"""Predicates taken apart into what one field answers, and every answer that a field may still give.

What cannot be enumerated (a pattern, a field against another) may answer anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import polars as pl

from leadrelay.core.decay import fading, points_at
from leadrelay.core.lead import Field, Type
from leadrelay.core.lints.regions import World
from leadrelay.core.lints.regions_opened import Opened
from leadrelay.core.lints.regions_values import MOST_LENGTH
from leadrelay.core.playbook.values import Playbook, Rule
from leadrelay.core.predicates import Node, Op, bind, fields, to_closure, to_polars, walk
from leadrelay.core.scores import days_passed

FALSE, TRUE, UNKNOWN = 0, 1, 2
"""The answers of a predicate, as states hold them."""

ANSWERS = (FALSE, TRUE, UNKNOWN)
CODE = pl.Int16()


def answered(column: str) -> str:
    """The column of true, false and null, for one of codes."""
    return f"{column}?"


def with_answers(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """With a column of true, false and null for each of these columns of codes."""
    return frame.with_columns(
        pl.when(pl.col(name) != UNKNOWN).then(pl.col(name) == TRUE).alias(answered(name)) for name in columns
    )


def as_about(owners: Iterable[str]) -> str:
    """Fields in one word."""
    return " ".join(sorted(owners))


class Source(NamedTuple):
    """What changes together when fields are found out: columns, and every row that they may hold then."""

    name: str
    columns: tuple[str, ...]
    owners: frozenset[str]
    rows: tuple[tuple[int, ...], ...]

    @property
    def about(self) -> str:
        """The fields that it hangs on: what is told of one of several sources of the same fields is told of all."""
        return as_about(self.owners)


@dataclass(frozen=True, slots=True)
class Atom:
    """A part of a predicate that asks one thing, without `and`, `or`, `not`; the column of its answers."""

    column: str
    node: Node

    @property
    def answer(self) -> pl.Expr:
        """What it says of each lead."""
        return to_polars(self.node).cast(CODE).fill_null(UNKNOWN).alias(self.column)


class Atoms:
    """Takes predicates apart, one after the other; what is equal in two of them is one atom."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[Node, Atom] = {}

    def __call__(self, node: Node) -> Node:
        """The predicate, asking the columns of its atoms."""
        return self._opened(bind(node, self._now))

    @property
    def all(self) -> tuple[Atom, ...]:
        """Every atom so far."""
        return tuple(self._known.values())

    def _opened(self, node: Node) -> Node:
        if not fields(node):
            return replace(node, op=Op.VALUE, args=(), value=to_closure(node)({}))
        if node.op is Op.NULL and node.args[0].op is Op.COALESCE:
            parts = tuple(replace(node, args=(arg,)) for arg in node.args[0].args)
            return self._opened(replace(node, op=Op.AND, args=parts))
        if node.args and all(arg.type is Type.BOOLEAN for arg in node.args):
            return replace(node, args=tuple(map(self._opened, node.args)))
        atom = self._known.setdefault(node, Atom(f"~atom {len(self._known)}", node))
        return Node(Op.FIELD, Type.BOOLEAN, value=answered(atom.column))

    def sources(self) -> Iterator[Source]:
        """What each field may answer: all that can be enumerated at once, the rest one by one."""
        together: dict[object, list[Atom]] = {}
        for atom in self.all:
            together.setdefault(_subject(atom.node) or atom.column, []).append(atom)
        for atoms in together.values():
            yield from _sources(atoms, self._now)


def _subject(node: Node) -> object:
    """What the atom asks about, where its values can be enumerated: a field; of text, the way in which it is read.

    `lower(x) = 'a'` beside `x = 'a'` would need values in more than one spelling.
    """
    asked = fields(node)
    opened = Opened(frozenset(), {})
    opened.node(node)
    if len(asked) > 1 or opened.parts or _is_long(node):
        return None
    if node.op is Op.FIELD:
        return min(asked)
    subject = next(arg for arg in node.args if fields(arg))
    return (min(asked), subject) if subject.type is Type.TEXT else min(asked)


def _is_long(node: Node) -> bool:
    """Whether it asks for lists longer than those that are enumerated."""
    parts = list(walk(node))
    members = [member for part in parts for member in (part.value if part.op is Op.IN else [part.value])]
    numbers = [member for member in members if isinstance(member, int | float)]
    return any(part.op is Op.LENGTH for part in parts) and max([0, *numbers]) >= MOST_LENGTH - 1


def _sources(atoms: Sequence[Atom], now: datetime) -> Iterator[Source]:
    rows = _answers(atoms, now) if _subject(atoms[0].node) else None
    if rows is not None:
        yield _source(atoms, rows)
        return
    for atom in atoms:
        yield _source([atom], [(answer,) for answer in ANSWERS])


def _source(atoms: Sequence[Atom], rows: Sequence[tuple[int, ...]]) -> Source:
    owners = frozenset().union(*(fields(atom.node) for atom in atoms))
    return Source(atoms[0].column, tuple(atom.column for atom in atoms), owners, tuple(rows))


def _answers(atoms: Sequence[Atom], now: datetime) -> list[tuple[int, ...]] | None:
    """Every combination of answers; None where there are too many values to look at."""
    nodes = [atom.node for atom in atoms]
    denied = [Node(Op.NOT, Type.BOOLEAN, (node,)) for node in nodes]
    cases = World(now, {}, {}).cases([*nodes, *denied])
    if cases is None:
        return None
    true, false = cases.holds[: len(nodes)], cases.holds[len(nodes) :]
    size = len(true[0])
    told = ([_answer(yes[row], no[row]) for yes, no in zip(true, false, strict=True)] for row in range(size))
    return list(dict.fromkeys(map(tuple, told)))


def _answer(yes: bool, no: bool) -> int:
    return TRUE if yes else FALSE if no else UNKNOWN


class Ages:
    """How long ago a date is, told apart only where the points of some rule that fades from it become others."""

    def __init__(self, field: Field, rules: Sequence[Rule], now: datetime) -> None:
        tables = [fading(rule) for rule in rules]
        longest = max(map(len, tables))
        padded = [[*table, *[0] * (longest + 1 - len(table))] for table in tables]
        changes = range(1, longest + 1)
        self._cuts = [day for day in changes if any(table[day] != table[day - 1] for table in padded)]
        days = days_passed(field, now).fill_null(longest)
        self.column = f"~age code {field.name}"
        self.code = pl.sum_horizontal(pl.lit(0, CODE), *((days >= cut).cast(CODE) for cut in self._cuts))
        self.source = Source(
            self.column, (self.column,), frozenset({field.name}), tuple((code,) for code in range(len(self._cuts) + 1))
        )

    def points(self, rule: Rule) -> list[int]:
        """What a rule that holds is worth, for each code."""
        last = len(fading(rule))
        return [points_at(rule, day) if day < last else 0 for day in [0, *self._cuts]]


def ages_of(playbook: Playbook, now: datetime) -> dict[str, Ages]:
    """By field, for every rule that fades."""
    found: dict[str, list[Rule]] = {}
    for rule in playbook.rules:
        if rule.decay:
            found.setdefault(rule.decay.since, []).append(rule)
    return {name: Ages(playbook.schema[name], rules, now) for name, rules in found.items()}
