"""Which look-ups are worth making: those whose answer can change what becomes of the lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from functools import cached_property

import polars as pl

from leadrelay.core.enrich.outlook import Outlook
from leadrelay.core.enrich.reach import Reach
from leadrelay.core.enrich.reach_asked import Asked
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

    def outlook(self, leads: pl.DataFrame, open_: pl.DataFrame) -> Outlook | None:
        """Of one lead, what may still become of it; None where nobody can be asked for anything."""
        names = [name for name in open_.columns if name != "id" and open_[name][0]]
        if not names:
            return None
        found = self._reach(leads, open_).row(0, named=True)
        reached = {field.name: found[field.name] for field in fields(Outlook) if field.name in found}
        return Outlook(tuple(names), tuple(name for name in names if found[name]), **reached)

    @cached_property
    def _reach(self) -> Reach:
        names = [plan.field for plan in self._playbook.enrichment.fields]
        return Reach(self._playbook, self._now, names, list(_asked(self._playbook, self._providers)))


def _asked(playbook: Playbook, providers: Providers) -> Iterator[Asked]:
    """A table is looked up by whatever of its fields is known, so each of them may change what it tells."""
    for name, counter in providers.remote.items():
        yield Asked(tuple(map(frozenset, counter.provider.asks)), _tells(playbook, name))
    for local in providers.local:
        yield from (Asked((frozenset({need}),), _tells(playbook, local.name)) for need in local.needs)


def _tells(playbook: Playbook, provider: str) -> frozenset[str]:
    return frozenset(plan.field for plan in playbook.enrichment.fields if provider in plan.providers)
