"""Which fields of a lead are open, with all that is derived from them; and which of them matter, once it is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.fields import ABOUT_OTHERS
from leadrelay.core.clean.recipes import RECIPES, depends
from leadrelay.core.enrich.reach_atoms import as_about
from leadrelay.core.enrich.reach_states import LEAD
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import fields

TOLD_BY_PROVIDERS = frozenset({"mail_provider"})
"""Of the fields about others, those that follow from nothing else that is known of leads."""


class Openings:
    """`loose`: every field that is ever open, and by whom: the fields that may be found out."""

    def __init__(self, playbook: Playbook, found: Collection[str], leads_to: Mapping[str, Collection[str]]) -> None:
        self._playbook, self._fields = playbook, tuple(found)
        self._leads_to = _leading(playbook, self._fields, leads_to)
        self.loose = dict(_loose(playbook, self._fields))
        self._cleaner = Cleaner(playbook.fields_used)

    def of(self, leads: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
        """A column for each loose field, in the order of the leads."""
        known = told.select("id", *(name for name in self._fields if name in told.columns))
        found = leads.select("id").join(known, on="id", how="left", maintain_order="left")
        no = pl.lit(value=False)
        found = found.select(
            (pl.col(name).fill_null(no) if name in known.columns else no).alias(name) for name in self._fields
        )
        found = self._led_to(leads, found)
        others = {name: owners for name, owners in self.loose.items() if name not in found.columns}
        return found.with_columns(pl.any_horizontal(sorted(owners)).alias(name) for name, owners in others.items())

    def blank(self, leads: pl.DataFrame, opened: pl.DataFrame) -> pl.DataFrame:
        """The leads with all derived fields, and nothing where they are open."""
        schema, used = self._playbook.schema, sorted({*self._playbook.fields_used, *self._cleaner.inputs})
        absent = [name for name in used if name not in leads.columns and name not in RECIPES]
        full = leads.with_columns(pl.lit(None, schema[name].type.dtype).alias(name) for name in absent)
        made = self._cleaner(_without(full, opened))
        gone = [name for name in used if name not in made.columns]
        return _without(made.with_columns(pl.lit(None, schema[name].type.dtype).alias(name) for name in gone), opened)

    def matters(
        self, opened: pl.DataFrame, lead: pl.DataFrame, relevant: pl.DataFrame, about: Iterable[frozenset[str]]
    ) -> pl.DataFrame:
        """A column for each field. `lead`: kind of each, and whether nothing can be said of it."""
        named: dict[str, list[str]] = {name: [] for name in self._fields}
        for owners in about:
            for name in frozenset().union(*(self.loose.get(owner, ()) for owner in owners)):
                named[name].append(as_about(owners))
        columns = []
        for name, mine in named.items():
            found = relevant.filter(pl.col("about").is_in(mine))[LEAD].unique()
            can = lead["unsure"] if mine else pl.repeat(False, lead.height, eager=True)
            columns.append(((lead[LEAD].is_in(found.implode()) | can) & opened[name]).alias(name))
        return self._leading_to(pl.DataFrame(columns), opened)

    def _led_to(self, leads: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        """With those open that only another open field keeps from being asked for."""
        for _ in self._leads_to:
            for name, others in self._leads_to.items():
                for other in others:
                    missing = leads[other].is_null() if other in leads.columns else True
                    found = found.with_columns((found[other] | (found[name] & missing)).alias(other))
        return found

    def _leading_to(self, matters: pl.DataFrame, opened: pl.DataFrame) -> pl.DataFrame:
        """What is only asked for the sake of another matters as that one does."""
        for _ in self._leads_to:
            for name, others in self._leads_to.items():
                reason = matters.select(pl.any_horizontal(sorted(others))).to_series()
                matters = matters.with_columns((matters[name] | (reason & opened[name])).alias(name))
        return matters


def _without(leads: pl.DataFrame, opened: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in opened.columns if name in leads.columns]
    return leads.with_columns(pl.when(~opened[name]).then(pl.col(name)).alias(name) for name in names)


def _loose(playbook: Playbook, found: Collection[str]) -> Iterator[tuple[str, frozenset[str]]]:
    every = frozenset(found)
    yield from ((name, frozenset({name})) for name in found)
    for name in sorted(playbook.fields_used - every):
        if name in ABOUT_OTHERS and name not in TOLD_BY_PROVIDERS and every:
            yield name, every
        elif origin := depends(name) & every:
            yield name, origin


def _leading(
    playbook: Playbook, found: Collection[str], leads_to: Mapping[str, Collection[str]]
) -> dict[str, frozenset[str]]:
    every, pairs = frozenset(found), {(name, other) for name, others in leads_to.items() for other in others}
    for plan in playbook.enrichment.fields:
        asked = fields(plan.run_if.node) if plan.run_if else frozenset()
        pairs.update((name, plan.field) for name in asked.union(*map(depends, asked)))
    sound = {(name, other) for name, other in pairs if {name, other} <= every and name != other}
    return {name: frozenset(other for one, other in sound if one == name) for name in sorted({one for one, _ in sound})}
