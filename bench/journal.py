"""A page of leads through the providers where the journal knows every answer already: what that adds to a lead.

`python -m bench.journal [--leads 100000] [--page 2000]`
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from leadrelay.connectors.memory import MemoryConnector
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.enrichers.base import Answer, Found, Price, Question
from leadrelay.jobs.desk import Desk, Job
from leadrelay.jobs.enriching.asking import Asking
from leadrelay.jobs.enriching.enriching import Enriching
from leadrelay.jobs.enriching.sources import Sources
from leadrelay.jobs.enriching.tally import Tally
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.state.store import Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAYBOOK = """
name = "small"
[qualification]
when = "employees >= 1000 and industry = 'software'"
[[stages]]
name = "rest"
label = "Rest"
side = "lead-generation"
[enrichment.fields.employees]
from = ["seller"]
[enrichment.fields.industry]
from = ["seller"]
"""
MAPPING = """
object = "Lead"
[read]
website = "Website"
employees = "Employees"
industry = "Industry"
[write]
Employees = { from = "employees", policy = "unless-edited" }
"""


class Seller:
    """Knows something of everybody, at once."""

    name = "seller"
    fields = frozenset({"employees", "industry"})
    asks = (("website",),)
    price = Price()
    at_once = 8
    piece = 100

    def ask(self, questions: list[Question]) -> list[Answer]:
        """A hit for each."""
        sure = {"employees": 0.9, "industry": 0.8}
        return [Answer(Found.HIT, {"employees": "120", "industry": "software"}, sure) for _ in questions]

    def close(self) -> None:
        """Nothing is open."""


def main(leads: int, page: int) -> dict[str, Any]:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'state.db'}")
        playbook = load_playbook(PLAYBOOK, "small.toml")
        seller = Seller()
        job = Job("job", MemoryConnector([], []), load_mapping(MAPPING, "lead.toml", playbook), playbook)
        job = Job("job", job.connector, job.mapping, playbook, sources=Sources({"seller": lambda: seller}))  # type: ignore[dict-item, return-value]
        around = Surroundings(lambda: NOW)
        found = {}
        for name in ("asked", "journal"):
            enriching = Enriching(job, store, NOW, Asking(store, around, "job", name), (tallies := dict[str, Tally]()))
            spent, asked = _through(enriching, Desk(job, NOW), leads, page), tallies["seller"].asked
            found[name] = spent / leads * 1e6
            print(f"  {name}: {leads:,} leads in {spent:.1f} s, {found[name]:.0f} us a lead, {asked:,} look-ups")
        store.close()
    return found


def _through(enriching: Enriching, desk: Desk, leads: int, page: int) -> float:
    spent = 0.0
    for start in range(0, leads, page):
        ids = [f"{number:015}" for number in range(start, min(leads, start + page))]
        nothing = pl.Series([None] * len(ids), dtype=pl.String)
        records = pl.DataFrame({"id": ids, "modified": ids, "Website": [f"{one}.com" for one in ids]})
        records = records.with_columns(Employees=nothing, Industry=nothing)
        seen = records.select("id", "Employees")
        typed = desk.read(records)
        started = time.perf_counter()
        enriching(typed, records, seen)
        spent += time.perf_counter() - started
    return spent


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=2_000)
    arguments = parser.parse_args()
    main(arguments.leads, arguments.page)
