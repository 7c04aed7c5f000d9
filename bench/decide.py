"""Deciding alone: raw text to updates (map, qualify, reasons, diff), with the default playbook and Salesforce mapping.

`python -m bench.decide [--leads 1000000] [--changed 0.05]`
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from bench.raw_leads import BATCH, Batch, batches, first_batch, scored
from leadrelay import mappings, playbooks
from leadrelay.core.changes import Planner
from leadrelay.core.playbook import load as load_playbook
from leadrelay.core.qualify import Decider
from leadrelay.mappings.mapping import Mapping, Reader, Writer
from leadrelay.mappings.mapping import load as load_mapping

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TARGET = {"leads_per_second": 200_000, "one_lead_ms": 25.0}


class Desk:
    """The pure middle of a job, with its steps apart, so that each can be timed."""

    def __init__(self) -> None:
        self.playbook = load_playbook(playbooks.text("it-discovery"), "it-discovery.toml")
        self.mapping: Mapping = load_mapping(mappings.text("salesforce-lead"), "salesforce-lead.toml", self.playbook)
        self.reader = Reader(self.mapping, self.playbook)
        self.decider = Decider(self.playbook, NOW, self.mapping.outputs)
        self.writer = Writer(self.mapping)
        self.planner = Planner(self.mapping.writes)
        self.spent = {"map": 0.0, "qualify": 0.0, "diff": 0.0}

    def decide(self, batch: Batch) -> int:
        """Gives the number of updates."""
        at = [time.process_time()]
        leads = self.reader.read(batch.records)
        at.append(time.process_time())
        verdicts = self.decider(leads)
        at.append(time.process_time())
        plan = self.planner.plan(batch.records, self.writer.wanted(leads, verdicts), batch.seen)
        at.append(time.process_time())
        for name, start, end in zip(self.spent, at, at[1:], strict=False):
            self.spent[name] += end - start
        return len(plan.updates)

    def wanted(self, records: pl.DataFrame) -> pl.DataFrame:
        """What the CRM should hold."""
        leads = self.reader.read(records)
        return self.writer.wanted(leads, self.decider(leads))


def write_first_batch(leads: int, changed: float, folder: Path) -> None:
    """Sample leads of which a share `changed` does not hold what we would write."""
    desk = Desk()
    records = first_batch(leads, desk.mapping, NOW)
    scored(records, desk.wanted(records), desk.mapping, changed).save(folder)


def main(leads: int, changed: float) -> dict[str, Any]:
    """Measure and print."""
    desk = Desk()
    found: dict[str, Any] = {"leads": leads, "rules": len(desk.playbook.rules), "target": TARGET}
    spent = {"wall": 0.0, "cpu": 0.0, "updates": 0}
    batch = None
    for batch in batches(leads, partial(write_first_batch, min(leads, BATCH), changed)):
        started, before = time.perf_counter(), time.process_time()
        spent["updates"] += desk.decide(batch)
        spent["wall"] += time.perf_counter() - started
        spent["cpu"] += time.process_time() - before
    assert batch is not None
    found |= {"columns": batch.records.width, "updates": spent["updates"]}
    found |= {"leads_per_second": leads / spent["wall"], "leads_per_cpu_second": leads / spent["cpu"]}
    found |= {f"{name}_us": seconds / leads * 1e6 for name, seconds in desk.spent.items()}
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["one_lead_ms"] = latency(desk, batch, 1, 200)
    found["two_hundred_leads_ms"] = latency(desk, batch, 200, 50)
    found["two_in_flight_per_second"] = two_in_flight(desk, batch, leads)
    _show(found, changed)
    return found


def two_in_flight(desk: Desk, batch: Batch, leads: int) -> float:
    """Leads per second when a second batch is begun before the first is done, as whoever reads from files would."""
    rounds = max(2, leads // batch.records.height)
    started = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(desk.decide, [batch] * rounds))
    return rounds * batch.records.height / (time.perf_counter() - started)


def latency(desk: Desk, batch: Batch, size: int, rounds: int) -> float:
    """Median milliseconds for a page of so many leads, warm."""
    spent = []
    for at in range(rounds):
        page = batch.slice(at * size, size)
        started = time.perf_counter()
        desk.decide(page)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1e3


def _show(found: dict[str, Any], changed: float) -> None:
    print(f"deciding alone, {found['leads']:,} leads of {found['columns']} text columns, {found['rules']} rules")
    print(f"  {found['updates']:,} updates ({changed:.0%} of the leads changed)")
    print(f"  {found['leads_per_second']:>10,.0f} leads/s    target {TARGET['leads_per_second']:,}")
    print(f"  {found['two_in_flight_per_second']:>10,.0f} leads/s with two batches in flight")
    print(f"  {found['leads_per_cpu_second']:>10,.0f} leads per CPU second")
    steps = " · ".join(f"{name} {found[f'{name}_us']:.1f}" for name in ("map", "qualify", "diff"))
    print(f"  {steps} microseconds of CPU a lead")
    print(f"  {found['peak_mb']:>10,.0f} MB at most")
    print(f"  {found['one_lead_ms']:>10.1f} ms for 1 lead, warm    target {TARGET['one_lead_ms']:.0f}")
    print(f"  {found['two_hundred_leads_ms']:>10.1f} ms for 200 leads, warm")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--changed", type=float, default=0.05)
    arguments = parser.parse_args()
    main(arguments.leads, arguments.changed)
