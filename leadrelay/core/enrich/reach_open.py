"""Which fields of a lead are open, with all that is derived from them; and which of them matter, once it is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.fields import WORKED_OUT
from leadrelay.core.clean.recipes import RECIPES, depends
from leadrelay.core.enrich.reach_asked import Asked, Pair, Ways
from leadrelay.core.enrich.reach_atoms import as_about
from leadrelay.core.enrich.reach_states import LEAD
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import fields


class Openings:
    """`loose`: every field that is ever open, and by whom: the fields that may be found out."""

    def __init__(self, playbook: Playbook, found: Collection[str], asked: Sequence[Asked]) -> None:
        self._playbook, self._fields = playbook, tuple(found)
        self._allowed = frozenset(_allowed(playbook, self._fields))
        self._ways = Ways(asked, found)
        self.loose = dict(_loose(playbook, self._fields))
        self._cleaner = Cleaner(playbook.fields_used)

    def of(self, leads: pl.DataFrame, told: pl.DataFrame) -> tuple[pl.DataFrame, Mapping[Pair, pl.Series]]:
        """A column for each loose field, in the order of the leads; and which field leads to which other."""
        known = told.select("id", *(name for name in self._fields if name in told.columns))
        found = leads.select("id").join(known, on="id", how="left", maintain_order="left")
        no = pl.lit(value=False)
        found = found.select(
            (pl.col(name).fill_null(no) if name in known.columns else no).alias(name) for name in self._fields
        )
        ways = self._leading(leads, found)
        found = _led_to(leads, found, ways)
        others = {name: owners for name, owners in self.loose.items() if name not in found.columns}
        opened = found.with_columns(pl.any_horizontal(sorted(owners)).alias(name) for name, owners in others.items())
        return opened, ways

    def _leading(self, leads: pl.DataFrame, found: pl.DataFrame) -> Mapping[Pair, pl.Series]:
        """By pair of fields, where the second is found out, or otherwise, for the sake of the first."""
        always = pl.repeat(True, leads.height, eager=True)
        return {**self._ways(_without(leads, found), found), **dict.fromkeys(sorted(self._allowed), always)}

    def blank(self, leads: pl.DataFrame, opened: pl.DataFrame) -> pl.DataFrame:
        """The leads with all derived fields, and nothing where they are open."""
        schema, used = self._playbook.schema, sorted({*self._playbook.fields_used, *self._cleaner.inputs})
        full = schema.completed(leads, (name for name in used if name not in RECIPES))
        made = self._cleaner(_without(full, opened))
        return _without(schema.completed(made, used), opened)

    def matters(
        self,
        opened: tuple[pl.DataFrame, Mapping[Pair, pl.Series]],
        lead: pl.DataFrame,
        relevant: pl.DataFrame,
        about: Iterable[frozenset[str]],
    ) -> pl.DataFrame:
        """A column for each field. `lead`: kind of each, and whether nothing can be said of it."""
        loose, ways = opened
        named: dict[str, list[str]] = {name: [] for name in self._fields}
        for owners in about:
            for name in frozenset().union(*(self.loose.get(owner, ()) for owner in owners)):
                named[name].append(as_about(owners))
        columns = []
        for name, mine in named.items():
            found = relevant.filter(pl.col("about").is_in(mine))[LEAD].unique()
            can = lead["unsure"] if mine else pl.repeat(False, lead.height, eager=True)
            columns.append(((lead[LEAD].is_in(found.implode()) | can) & loose[name]).alias(name))
        return _leading_to(pl.DataFrame(columns), loose, ways)


def _led_to(leads: pl.DataFrame, found: pl.DataFrame, ways: Mapping[Pair, pl.Series]) -> pl.DataFrame:
    """With those open that only another open field keeps from being asked for."""
    missing = {one: leads[one].is_null() if one in leads.columns else None for one in {other for _, other in ways}}

    def more(known: Mapping[str, pl.Series], name: str, other: str) -> tuple[str, pl.Series]:
        nothing = missing[other]
        return other, known[name] & ways[name, other] & (True if nothing is None else nothing)

    return _until_nothing_changes(found, ways, more)


def _leading_to(matters: pl.DataFrame, opened: pl.DataFrame, ways: Mapping[Pair, pl.Series]) -> pl.DataFrame:
    """What is only asked for the sake of another matters as that one does."""

    def more(known: Mapping[str, pl.Series], name: str, other: str) -> tuple[str, pl.Series]:
        return name, known[other] & ways[name, other] & opened[name]

    return _until_nothing_changes(matters, ways, more)


def _until_nothing_changes(
    frame: pl.DataFrame,
    ways: Iterable[Pair],
    more: Callable[[Mapping[str, pl.Series], str, str], tuple[str, pl.Series]],
) -> pl.DataFrame:
    """A frame of Booleans, with all that becomes true by what is."""
    known, before = frame.to_dict(), -1
    while (count := sum(int(column.sum()) for column in known.values())) > before:
        before = count
        for name, other in ways:
            into, true = more(known, name, other)
            known[into] = known[into] | true
    return pl.DataFrame(known)


def _without(leads: pl.DataFrame, opened: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in opened.columns if name in leads.columns]
    return leads.with_columns(pl.when(~opened[name]).then(pl.col(name)).alias(name) for name in names)


def _loose(playbook: Playbook, found: Collection[str]) -> Iterator[tuple[str, frozenset[str]]]:
    every = frozenset(found)
    yield from ((name, frozenset({name})) for name in found)
    for name in sorted(playbook.fields_used - every):
        if name in WORKED_OUT and every:
            yield name, every
        elif origin := depends(name) & every:
            yield name, origin


def _allowed(playbook: Playbook, found: Collection[str]) -> Iterator[Pair]:
    """Fields that another's `run_if` looks at, with that one."""
    for plan in playbook.enrichment.fields:
        asked = fields(plan.run_if.node) if plan.run_if else frozenset()
        for name in asked.union(*map(depends, asked)):
            if {name, plan.field} <= frozenset(found) and name != plan.field:
                yield name, plan.field
