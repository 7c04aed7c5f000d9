"""Leads in, the same leads with their derived fields out. One for a run: what is asked for stays the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import polars as pl

from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.clean.recipes import RECIPES, depends
from leadrelay.core.playbook.values import Playbook


class Cleaner:
    """Adds the derived fields among those that are wanted. A value that is given wins over the one that is derived.

    `inputs`: the lead fields that are read for it, without derived ones.

    >>> Cleaner(["company_key", "company"])(pl.DataFrame({"id": ["1"], "company": ["ACME GmbH"]}))["company_key"][0]
    'acme'
    """

    def __init__(self, wanted: Collection[str]) -> None:
        self.wanted = tuple(sorted(RECIPES.keys() & set(wanted)))
        self._layers = list(_layers(frozenset(self.wanted)))
        known = frozenset().union(*map(depends, self.wanted))
        self.inputs = known - RECIPES.keys()

    @classmethod
    def of(cls, playbook: Playbook, also: Collection[str] = ()) -> Cleaner:
        """For what a playbook asks for, and other fields beside that."""
        return cls(playbook.fields_used.union(also))

    def __call__(self, leads: pl.DataFrame) -> pl.DataFrame:
        """`leads`: typed; columns that are not there count as null."""
        if not self.wanted:
            return leads
        found = SCHEMA.completed(leads, sorted(self.inputs))
        for layer in self._layers:
            found = found.with_columns(_made(field, found.columns) for field in layer)
        return found.drop(set(found.columns).difference(leads.columns, self.wanted))


def _layers(wanted: frozenset[str]) -> Iterator[list[str]]:
    """All that has to be made, each after what it comes from."""
    left = wanted.union(*map(depends, wanted)) & RECIPES.keys()
    while left:
        layer = {field for field in left if left.isdisjoint(RECIPES[field].inputs)}
        yield sorted(layer)
        left -= layer


def _made(field: str, columns: Collection[str]) -> pl.Expr:
    recipe = RECIPES[field]
    made = recipe.make(*map(pl.col, recipe.inputs))
    return (pl.coalesce(pl.col(field), made) if field in columns else made).alias(field)
