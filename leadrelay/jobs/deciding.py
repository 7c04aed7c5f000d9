"""A page of records on its way to a decision: what the CRM says, what providers say, who else it is, what follows."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass

import polars as pl

from leadrelay.jobs.desk import Decision, Desk, Past
from leadrelay.jobs.enriching.enriching import Enriched, Enriching
from leadrelay.jobs.enriching.foretold import foretold
from leadrelay.jobs.enriching.tally import Tally
from leadrelay.jobs.neighbours import Neighbours
from leadrelay.state.store import Store


@dataclass(frozen=True)
class Deciding:
    """The same steps for a run and for whoever only looks ahead."""

    desk: Desk
    enriching: Enriching
    neighbours: Neighbours

    @classmethod
    def ahead(cls, desk: Desk, store: Store, tallies: MutableMapping[str, Tally] | None = None) -> Deciding:
        """Asks nobody, and keeps nothing. `tallies`: gets what a run would ask of providers."""
        job, now = desk.job, desk.now
        return cls(desk, foretold(job, store, now, tallies), Neighbours(job, store, now, asks=False))

    def __call__(self, records: pl.DataFrame, past: Past) -> tuple[Enriched, Decision]:
        """What is known of these records, and the plan for them."""
        enriched = self.enriching(self.desk.read(records), records, past.seen)
        return enriched, self.desk.decide(records, past, self.neighbours(enriched.known))
