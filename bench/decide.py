"""Deciding alone: raw text to updates (map, qualify, reasons, diff), with the default playbook and Salesforce mapping.

`python -m bench.decide [--leads 1000000] [--changed 0.05] [--typed] [--plain]`. `--typed`: the leads have their types
already. `--plain`: 14 fields are written, reasons among them, and no texts of BANT, questions or the gate.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from bench.raw_leads import BATCH, Batch, batches, first_batch, scored
from leadrelay import mappings, playbooks
from leadrelay.batch import Batch as Decide
from leadrelay.core.changes import Planner
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.playbook.values import CRITERIA
from leadrelay.core.qualify import Decider
from leadrelay.mappings.mapping import Mapping, Reader, Writer
from leadrelay.mappings.mapping import load as load_mapping

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TARGET = {"text": 250_000, "typed": 600_000, "one_lead_ms": 20, "two_hundred_leads_ms": 30}
IN_FLIGHT = 2
"""Batches begun before the first is done: one for each core."""


_SCORES = ("score", "fit", "engagement", "intent", "bant_score", "grade", "band", "stage", "reasons")
PLAIN = frozenset((*_SCORES, *(f"bant_{name}" for name in CRITERIA)))
"""What `--plain` writes; the stage goes into two fields."""


class Desk:
    """The pure middle of a job, with its steps apart, so that each can be timed."""

    def __init__(self, *, plain: bool = False) -> None:
        self.texts = (playbooks.text("it-discovery"), mappings.text("salesforce-lead"))
        self.playbook = load_playbook(self.texts[0], "it-discovery.toml")
        self.mapping: Mapping = load_mapping(self.texts[1], "salesforce-lead.toml", self.playbook)
        if plain:
            kept = tuple(write for write in self.mapping.writes if write.source in PLAIN)
            self.mapping = replace(self.mapping, writes=kept)
        self.reader = Reader(self.mapping, self.playbook)
        self.decider = Decider(self.playbook, NOW, self.mapping.outputs)
        self.writer = Writer(self.mapping)
        self.planner = Planner(self.mapping.writes)
        self.spent = {"map": 0.0, "qualify": 0.0, "diff": 0.0}

    def decide(self, batch: Batch, leads: pl.DataFrame | None = None) -> int:
        """Gives the number of updates. `leads`: the batch, read before."""
        at = [time.process_time()]
        leads = self.reader.read(batch.records) if leads is None else leads
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


def write_first_batch(leads: int, changed: float, plain: bool, folder: Path) -> None:
    """Sample leads of which a share `changed` does not hold what we would write."""
    desk = Desk(plain=plain)
    records = first_batch(leads, desk.mapping, NOW)
    scored(records, desk.wanted(records), desk.mapping, changed).save(folder)


def main(leads: int, changed: float, *, typed: bool = False, plain: bool = False) -> dict[str, Any]:
    """Measure and print."""
    desk = Desk(plain=plain)
    found: dict[str, Any] = {
        "leads": leads,
        "rules": len(desk.playbook.rules),
        "typed": typed,
        "writes": len(desk.mapping.writes),
    }
    spent, updates = {"one": [0.0, 0.0], "both": [0.0, 0.0]}, 0
    batch = None
    for batch in batches(leads, partial(write_first_batch, min(leads, BATCH), changed, plain)):
        read = desk.reader.read(batch.records) if typed else None
        updates += _timed(spent["one"], lambda read=read, batch=batch: desk.decide(batch, read))  # type: ignore[misc]
    assert batch is not None
    found |= {"columns": batch.records.width, "updates": updates}
    found |= {f"{name}_us": seconds / leads * 1e6 for name, seconds in desk.spent.items()}
    found |= {"one_by_one": leads / spent["one"][0], "leads_per_cpu_second": leads / spent["one"][1]}
    again = max(IN_FLIGHT, leads // batch.records.height) * batch.records.height
    _timed(spent["both"], partial(in_flight, desk, batch, again // batch.records.height, typed=typed))
    found |= {"leads_per_second": again / spent["both"][0], "in_flight_per_cpu_second": again / spent["both"][1]}
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if not typed:
        found |= {"one_lead_ms": latency(desk, batch, 1, 200), "two_hundred_leads_ms": latency(desk, batch, 200, 50)}
    _show(found, changed)
    return found


def _timed(spent: list[float], work: Callable[[], int]) -> int:
    """Adds the seconds that pass, and those of the processors."""
    started, before = time.perf_counter(), time.process_time()
    done = work()
    spent[0] += time.perf_counter() - started
    spent[1] += time.process_time() - before
    return done


def in_flight(desk: Desk, batch: Batch, rounds: int, *, typed: bool) -> int:
    """As whoever streams does it: a second batch is begun before the first is done."""
    read = desk.reader.read(batch.records) if typed else None
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        return sum(pool.map(lambda _: desk.decide(batch, read), range(rounds)))


def latency(desk: Desk, batch: Batch, size: int, rounds: int) -> float:
    """Median milliseconds for so many records from dicts to dicts, warm, by the public batch function."""
    decide = Decide(*desk.texts, NOW, ["reasons"])
    spent = []
    for at in range(rounds):
        records = batch.records[at * size : (at + 1) * size].to_dicts()
        started = time.perf_counter()
        decide.dicts(records)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1e3


def _show(found: dict[str, Any], changed: float) -> None:
    kind = "typed" if found["typed"] else "text"
    print(
        f"deciding alone, {found['leads']:,} leads of {found['columns']} {kind} columns, {found['rules']} rules, "
        f"{found['writes']} fields written"
    )
    print(f"  {found['updates']:,} updates ({changed:.0%} of the leads changed)")
    print(f"  {found['leads_per_second']:>10,.0f} leads/s, two batches in flight    target {TARGET[kind]:,}")
    print(f"  {found['one_by_one']:>10,.0f} leads/s, one batch after the other")
    print(
        f"  {found['leads_per_cpu_second']:>10,.0f} leads per CPU second "
        f"({found['in_flight_per_cpu_second']:,.0f} with two in flight)"
    )
    steps = " · ".join(f"{name} {found[f'{name}_us']:.1f}" for name in ("map", "qualify", "diff"))
    print(f"  {steps} microseconds of CPU a lead")
    print(f"  {found['peak_mb']:>10,.0f} MB at most")
    for size, name in ((1, "one_lead_ms"), (200, "two_hundred_leads_ms")):
        if name in found:
            print(f"  {found[name]:>10.1f} ms for {size:,} from dict to dict, warm    target {TARGET[name]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--changed", type=float, default=0.05)
    parser.add_argument("--typed", action="store_true")
    parser.add_argument("--plain", action="store_true")
    arguments = parser.parse_args()
    main(arguments.leads, arguments.changed, typed=arguments.typed, plain=arguments.plain)
