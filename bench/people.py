"""What it costs to know who is one person: `python -m bench.people [LEADS]`. A page of 2,000 leads after the other."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.memory import MemoryConnector
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.jobs.desk import Job, Known
from leadrelay.jobs.intents import blank
from leadrelay.jobs.neighbours import Neighbours
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.state.store import Store
from leadrelay.state.values import Memory

PAGE = 2_000
NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLAYBOOK = """
name = "small"
[qualification]
when = "duplicates = 0 and group_size >= 0"
[decision_group]
"budget holder" = "contains(title, 'CFO')"
[[stages]]
name = "new"
label = "New"
side = "lead-generation"
"""
MAPPING = """
object = "Lead"
[read]
email = "Email"
[write]
Leadrelay_Stage = "stage"
"""


def main(total: int) -> None:
    """Twice over: once with an empty store, once as all are known."""
    playbook = load_playbook(PLAYBOOK, "playbook.toml")
    crm = MemoryConnector([FieldInfo("Email", "Email", "string")])
    job = Job("job", crm, load_mapping(MAPPING, "mapping.toml", playbook), playbook)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'state.db'}")
        for walk in ("first", "again"):
            _walk(walk, total, job, store)
        size = sum(one.stat().st_size for one in Path(folder).glob("state.db*"))
        print(f"the store holds {size / 1e6:,.0f} MB")
        store.close()


def _walk(walk: str, total: int, job: Job, store: Store) -> None:
    found = kept = 0.0
    around = Neighbours(job, store, NOW, asks=False)
    due = 0
    for start in range(0, total, PAGE):
        leads = _leads(start, min(PAGE, total - start), total)
        begun = time.perf_counter()
        known = around(Known(leads))
        between = time.perf_counter()
        remember = [Memory(lead, 1, 1, NOW) for lead in leads["id"]]
        due += len(known.circle.new.due)
        store.outbox.promise(replace(blank(job, "run"), remember=remember, people=known.circle.new), NOW)
        found += between - begun
        kept += time.perf_counter() - between
    pages = -(-total // PAGE)
    print(f"{walk}: {total:,} leads, {found / pages * 1e3:.0f} ms a page to know, {kept / pages * 1e3:.0f} ms to keep")
    print(f"  {total / (found + kept):,.0f} leads/s; {due:,} others were made due")


def _leads(start: int, count: int, total: int) -> pl.DataFrame:
    """One of twenty is a person who is there already; four leads an account."""
    half = total // 2
    places = range(start, start + count)
    numbers = [number - half if number % 20 == 0 and number > half else number for number in places]
    rows = {
        "id": [f"L{number:08}" for number in range(start, start + count)],
        "email": [f"person{number}@company{number // 4}.com" for number in numbers],
        "first_name": [f"First{number % 997}" for number in numbers],
        "last_name": [f"Last{number % 4999}" for number in numbers],
        "website": [f"https://www.company{number // 4}.com" for number in numbers],
        "title": ["CFO" if number % 9 == 0 else "Engineer" for number in numbers],
    }
    return pl.DataFrame(rows).with_columns(created_at=pl.lit(NOW - timedelta(days=1), pl.Datetime("ms", "UTC")))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
