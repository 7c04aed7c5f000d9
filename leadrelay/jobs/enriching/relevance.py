"""Which look-ups are worth making: those whose answer can change what becomes of the lead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

import polars as pl

from leadrelay.core.enrich.reach import Reach
from leadrelay.core.playbook.values import Playbook
from leadrelay.jobs.enriching.counters import Providers


class Relevance:
    """For one playbook, at one moment."""

    def __init__(self, playbook: Playbook, now: datetime, providers: Providers) -> None:
        self._playbook = playbook
        self._now = now
        self._providers = providers

    def __call__(self, leads: pl.DataFrame, open_: pl.DataFrame) -> pl.DataFrame:
        """`id`, and by field whether finding it out can change anything."""
        return self._reach.matters(leads, open_)

    @cached_property
    def _reach(self) -> Reach:
        fields = [plan.field for plan in self._playbook.enrichment.fields]
        return Reach(self._playbook, self._now, fields, dict(_leads_to(self._playbook, self._providers)))


def _leads_to(playbook: Playbook, providers: Providers) -> Iterator[tuple[str, frozenset[str]]]:
    """By planned field, the others that can only be found out once it is, since they are asked for with it."""
    plans = playbook.enrichment.fields
    for name in (plan.field for plan in plans):
        asking = {one for one, fields in providers.asks.items() if name in fields}
        others = frozenset(plan.field for plan in plans if asking.intersection(plan.providers))
        yield name, others - {name}
