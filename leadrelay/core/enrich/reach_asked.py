"""Which fields decide what a provider is asked with: it may tell others only, or otherwise, once they are known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.recipes import depends

Pair = tuple[str, str]

_STAYS = frozenset({"domain"})
"""Derived fields that are never lost by what is found out: a web site that is none leaves that of the e-mail."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A provider is asked with the first of these sets of lead fields that is all known, and may tell `tells` then."""

    sets: tuple[frozenset[str], ...]
    tells: frozenset[str]


class Ways:
    """By pair of fields that may be found out, where knowing the first can change what is told of the other.

    A set that is known for good already says what is asked, whatever becomes of the sets behind it.
    """

    def __init__(self, asked: Sequence[Asked], found: Collection[str]) -> None:
        self._found = frozenset(found)
        self._asked = [Asked(one.sets, one.tells & self._found) for one in asked]
        self._used = sorted(frozenset().union(*(fields for one in asked for fields in one.sets)))
        self._cleaner = Cleaner(self._used)

    def __call__(self, leads: pl.DataFrame, opened: pl.DataFrame) -> Mapping[Pair, pl.Series]:
        """A Boolean for each lead. `leads`: with nothing where a field is open."""
        known = self._known(leads, opened) if self._used else opened.clear()
        found: dict[Pair, pl.Series] = {}
        for one in self._asked:
            sources = frozenset().union(*(_sources(each) for fields in one.sets for each in fields))
            for name in sorted(self._found & sources):
                way = self._changes(name, one, known)
                for other in one.tells - {name}:
                    found[name, other] = found[name, other] | way if (name, other) in found else way
        return found

    def _known(self, leads: pl.DataFrame, opened: pl.DataFrame) -> pl.DataFrame:
        """Of every field that is asked with, whether it is known and stays so."""
        absent = [name for name in self._used if name not in leads.columns and name not in self._cleaner.wanted]
        full = self._cleaner(leads.with_columns(pl.lit(None, pl.String).alias(name) for name in absent))
        there = full.select((pl.col(name).cast(pl.String) != "").fill_null(value=False) for name in self._used)
        shut = opened.select(pl.all().not_())
        return there.select(there[name] & _all_of(shut, self._sources(name)) for name in self._used)

    def _sources(self, name: str) -> frozenset[str]:
        """What may be found out and take this field away."""
        return frozenset() if name in _STAYS else self._found & _sources(name)

    def _changes(self, name: str, one: Asked, known: pl.DataFrame) -> pl.Series:
        """Whether a set that this field is in is the first that is known, or may become so."""
        settled, changes = (pl.repeat(False, known.height, eager=True) for _ in range(2))
        for fields in one.sets:
            if any(name in _sources(each) for each in fields):
                fixed = [each for each in fields if self._found.isdisjoint(_sources(each))]
                changes |= ~settled & _all_of(known, fixed)
            else:
                settled |= _all_of(known, fields)
        return changes


def _all_of(frame: pl.DataFrame, names: Collection[str]) -> pl.Series:
    return reduce(and_, (frame[name] for name in names), pl.repeat(True, frame.height, eager=True))


def _sources(field: str) -> frozenset[str]:
    return depends(field) | {field}
