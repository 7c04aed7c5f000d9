"""Leads in, the same leads with what others know of them out. Made once per run."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.fields import WORKED_OUT
from leadrelay.core.enrich.outlook import Outlook
from leadrelay.core.enrich.provenance import Provenance, of_field
from leadrelay.core.enrich.told import Teller, Told
from leadrelay.core.enrich.waterfall import Merged, Waterfall
from leadrelay.core.predicates import Node, bind, fields, to_polars
from leadrelay.core.recheck import sooner
from leadrelay.jobs.desk import Job, Known
from leadrelay.jobs.enriching.counters import Providers
from leadrelay.jobs.enriching.ours import Ours
from leadrelay.jobs.enriching.page import NOT_ASKED, WOULD, Ask, PageOfLeads, Way
from leadrelay.jobs.enriching.relevance import Relevance
from leadrelay.jobs.enriching.tally import Tally
from leadrelay.mappings.wording import Wording
from leadrelay.state.store import Store


@dataclass(frozen=True)
class Enriched:
    """A page of leads with what providers know of them. `not_asked`: rows of `NOT_ASKED`.

    `merged`: with the facts; None where the playbook asks nobody.
    """

    known: Known
    merged: Merged | None = None
    not_asked: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NOT_ASKED))
    teller: Teller | None = None
    relevance: Relevance | None = None

    @property
    def waiting(self) -> frozenset[str]:
        """Leads about which a run would ask somebody."""
        return frozenset(self.not_asked.filter(pl.col("why") == WOULD)["id"])

    def told(self, lead: str) -> tuple[Told, ...]:
        """Every enriched field of one lead, with who said what."""
        return self.teller(lead) if self.teller else ()

    def outlook(self, lead: str) -> Outlook | None:
        """What may still become of one lead, depending on what nobody told yet."""
        if self.merged is None or self.relevance is None:
            return None
        mine = pl.col("id") == lead
        return self.relevance.outlook(self.merged.leads.filter(mine), self.merged.open.filter(mine))

    @property
    def conflicts(self) -> int:
        """How many fields of leads providers say different things of."""
        if self.merged is None:
            return 0
        return self.merged.facts.filter("conflict").select("id", "field").n_unique()


class Enriching:
    """What a playbook's `[enrichment]` adds to leads. `ask`: asks providers, or only tells what would be asked."""

    def __init__(self, job: Job, store: Store, now: datetime, ask: Ask, tallies: MutableMapping[str, Tally]) -> None:
        self._plan, self._schema = job.playbook.enrichment, job.playbook.schema
        self._ours = Ours(job.mapping, [plan.field for plan in self._plan.fields])
        self._left = _Left(job.mapping.leave, now)
        providers = Providers.of(job.playbook, job.sources, tallies)
        written = job.mapping.fields_asked
        told = {of_field(name) for name in self._plan.names if name in written}
        self._provenance = Provenance(self._plan, job.playbook.schema, told | written | job.playbook.fields_used)
        self._units = {name: counter.tally.unit for name, counter in providers.remote.items()}
        self._way = Way(
            store=store,
            waterfall=Waterfall(self._plan, job.playbook.schema, now),
            wording=Wording(job.mapping, self._plan.names, job.schema if self._plan.fields else {}),
            providers=providers,
            cleaner=Cleaner(providers.asked_with),
            relevance=Relevance(job.playbook, now, providers),
            ask=ask,
            now=now,
        )

    def __call__(self, leads: pl.DataFrame, records: pl.DataFrame, seen: pl.DataFrame) -> Enriched:
        """`records`, `leads`: the same, in one order. `seen`: what we wrote last, as `Past` has it."""
        if not self._plan.fields or leads.is_empty():
            return Enriched(Known(leads))
        page = PageOfLeads(self._way, leads, self._ours(records, seen), self._left(leads))
        merged = page.enriched()
        known = Known(self._provenance(merged), _earliest(merged, page.not_asked))
        teller = Teller(self._plan, merged, page.not_asked, self._units, self._schema)
        return Enriched(known, merged, page.not_asked, teller, self._way.relevance)


class _Left:
    """Tells the leads that are never written. What is only worked out later leaves nobody yet."""

    def __init__(self, leave: Node | None, now: datetime) -> None:
        self._leave = leave if leave and fields(leave).isdisjoint(WORKED_OUT) else None
        self._cleaner = Cleaner(fields(self._leave) if self._leave else ())
        self._now = now

    def __call__(self, leads: pl.DataFrame) -> pl.Series:
        """Their ids."""
        if self._leave is None:
            return leads["id"].clear()
        return self._cleaner(leads).filter(to_polars(bind(self._leave, self._now)))["id"]


def _earliest(merged: Merged, not_asked: pl.DataFrame) -> pl.Series:
    """When more may be found out, lead by lead."""
    waiting = not_asked.group_by("id").agg(pl.col("again_at").min())
    joined = merged.leads.select("id").join(waiting, on="id", how="left", maintain_order="left")
    return sooner(merged.again_at, joined["again_at"])
