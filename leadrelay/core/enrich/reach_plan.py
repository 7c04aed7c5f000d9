"""A playbook laid out for reach: what is fixed for a lead, what open fields can add, and the program after it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from leadrelay.core.enrich.reach_atoms import CODE, UNKNOWN, Atoms, ages_of
from leadrelay.core.enrich.reach_clusters import Cluster, Effects, Item, clusters, summed
from leadrelay.core.enrich.reach_states import FIXED, LEAD, NOTHING, SUM, Spread
from leadrelay.core.enrich.reach_tail import Tail, points_of, unit_of
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import Node, fields, to_polars


@dataclass(frozen=True)
class Prepared:
    """`leads`: in their order, the kind of each, and whether nothing can be said of it. `kinds`: a row for each kind.

    `fixed`: what states of one kind have in common.
    """

    leads: pl.DataFrame
    kinds: pl.DataFrame
    fixed: pl.DataFrame
    spread: Spread


class Plan:
    """`about`: the fields of whatever can be open, together where they decide something together."""

    def __init__(self, playbook: Playbook, now: datetime, loose: Collection[str]) -> None:
        self._playbook, self._loose = playbook, frozenset(loose)
        self._ages = ages_of(playbook, now)
        self.tail = Tail(playbook, now, self._ages)
        self._atoms = Atoms(now)
        items = list(self._items())
        sources = [*self._atoms.sources(), *(ages.source for ages in self._ages.values())]
        self._clusters = list(clusters(items, sources, self._loose))
        moving = {id(item) for cluster in self._clusters for item in cluster.items}
        self._still = [item for item in items if id(item) not in moving]
        self._kept = sorted({*playbook.fields_kept, *self.tail.raw})
        about = [source.owners for cluster in self._clusters for source in cluster.loose]
        self.about = frozenset([*about, *(frozenset({name}) for name in self._kept)])

    def _items(self) -> Iterator[Item]:
        for rule in self._playbook.rules:
            if rule not in self.tail.rules:
                holds, asked = self._opened(rule.when.node)
                ages = {self._ages[rule.decay.since].column} if rule.decay else set[str]()
                yield Item(unit_of(self._playbook, rule), points_of(rule, holds, self._ages), asked | ages)
        for node, column in self.tail.parts.items():
            answer, asked = self._opened(node)
            yield Item(column, answer.cast(CODE).fill_null(UNKNOWN), asked)
        for since in self.tail.ages:
            column = self._ages[since].column
            yield Item(column, pl.col(column), frozenset({column}))

    def _opened(self, node: Node) -> tuple[pl.Expr, frozenset[str]]:
        opened = self._atoms(node)
        return to_polars(opened), frozenset(name.removesuffix("?") for name in fields(opened))

    def prepare(self, leads: pl.DataFrame, opened: pl.DataFrame) -> Prepared:
        """`leads`: with nothing where a field is open. `opened`: a column for each field that ever is."""
        answers = [atom.answer for atom in self._atoms.all]
        ages = [age.code.alias(age.column) for age in self._ages.values()]
        known = leads.select(pl.lit(0, pl.UInt8()).alias("~"), *self._kept, *answers, *ages)
        still = pl.DataFrame([known["~"], *summed(known, self._still)])
        unsure = opened.select(pl.any_horizontal(pl.lit(value=False), *self._loose.intersection(self._kept)))
        found = _Found(known.height, unsure.to_series())
        adds = [column for cluster in self._clusters for column in cluster.adds]
        columns = sorted({*self.tail.units, *adds})
        for column in columns:
            found.add(column, still[column] if column in still.columns else None)
        for number, cluster in enumerate(self._clusters):
            found.take(number, cluster, known, self._opened_sources(cluster, opened))
        rest = [still[name] for name in still.columns if name not in columns]
        fixed = pl.DataFrame([*(known[name] for name in sorted(self._kept)), *rest])
        return found.prepared(fixed, columns)

    def _opened_sources(self, cluster: Cluster, opened: pl.DataFrame) -> pl.DataFrame:
        return opened.select(
            pl.any_horizontal(sorted(source.owners & self._loose)).alias(source.name) for source in cluster.loose
        )


class _Found:
    """What is found of leads, cluster after cluster."""

    def __init__(self, height: int, unsure: pl.Series) -> None:
        self._height = height
        self._columns: dict[str, pl.Series] = {}
        self._unsure = unsure if len(unsure) == height else pl.repeat(False, height, eager=True)
        self._effects: dict[int, Effects] = {}
        self._adds: dict[int, tuple[str, ...]] = {}

    def add(self, name: str, start: pl.Series | None) -> None:
        """A column of the state."""
        known = pl.zeros(self._height, dtype=SUM, eager=True) if start is None else start.cast(SUM)
        self._columns[name] = known.alias(name)

    def take(self, number: int, cluster: Cluster, known: pl.DataFrame, opened: pl.DataFrame) -> None:
        """Add what a cluster cannot but add, and keep what it may."""
        rows = known.select(cluster.masked(opened))
        kinds = rows.unique(maintain_order=True).with_row_index("kind", offset=NOTHING + 1)
        kind = rows.join(kinds, on=rows.columns, how="left", maintain_order="left")["kind"]
        effects = cluster.effects(kinds)
        self._unsure = self._unsure | kind.is_in(pl.Series(sorted(effects.too_many), dtype=pl.UInt32).implode())
        certain = effects.all.filter(pl.len().over("kind") == 1)
        added = kind.to_frame().join(certain, on="kind", how="left", maintain_order="left")
        for name in cluster.adds:
            self._columns[name] = self._columns[name] + added[name].fill_null(0)
        may = effects.all.filter(pl.len().over("kind") > 1)
        nothing = may.clear(1).fill_null(0)
        self._effects[number] = Effects(pl.concat([nothing, may]), effects.choices, effects.too_many)
        self._adds[number] = cluster.adds
        asked = kind.is_in(may["kind"].unique().implode())
        self._columns[f"~kind {number}"] = kind.zip_with(asked, pl.zeros(self._height, dtype=pl.UInt32, eager=True))

    def prepared(self, fixed: pl.DataFrame, columns: list[str]) -> Prepared:
        """Everything, alike leads once."""
        fixed = fixed if fixed.width else pl.DataFrame({"~": [0] * self._height})
        every = fixed.unique(maintain_order=True).with_row_index(FIXED)
        place = fixed.join(every, on=fixed.columns, how="left", nulls_equal=True, maintain_order="left")[FIXED]
        state = pl.DataFrame([place, *(column.alias(name) for name, column in self._columns.items())])
        kinds = state.filter(~self._unsure).unique(maintain_order=True).with_row_index(LEAD)
        of = state.join(kinds, on=state.columns, how="left", maintain_order="left")[LEAD]
        leads = pl.DataFrame([of, self._unsure.alias("unsure")])
        return Prepared(leads, kinds, every, Spread(self._effects, self._adds, tuple(columns)))
