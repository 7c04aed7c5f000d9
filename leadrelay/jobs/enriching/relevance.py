"""Which look-ups are worth making: those whose answer can change what becomes of the lead."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from leadrelay.core.playbook.values import Playbook
from leadrelay.jobs.enriching.counters import Providers


class Relevance:
    """For one playbook, at one moment."""

    def __init__(self, playbook: Playbook, providers: Providers) -> None:
        self._fields = [plan.field for plan in playbook.enrichment.fields]
        self.leads_to = dict(_leads_to(playbook, providers))

    def __call__(self, leads: pl.DataFrame, open_: pl.DataFrame) -> pl.DataFrame:
        """`id`, and by field whether finding it out can change anything."""
        return leads.select("id", *(pl.lit(value=True).alias(name) for name in self._fields if name in open_.columns))


def _leads_to(playbook: Playbook, providers: Providers) -> Iterator[tuple[str, frozenset[str]]]:
    """By planned field, the others that can only be found out once it is, since they are asked for with it."""
    plans = playbook.enrichment.fields
    for name in (plan.field for plan in plans):
        asking = {one for one, fields in providers.asks.items() if name in fields}
        others = frozenset(plan.field for plan in plans if asking.intersection(plan.providers))
        yield name, others - {name}
