"""Deciding alone: raw text to updates (map, qualify, reasons, diff), with the default playbook and Salesforce mapping.

`python -m bench.decide [--leads 1000000] [--changed 0.05]`
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from leadrelay import mappings, playbooks
from leadrelay.core.changes import Planner
from leadrelay.core.lead import LEAD, Type
from leadrelay.core.playbook import load as load_playbook
from leadrelay.core.qualify import Decider
from leadrelay.mappings.mapping import Mapping, Reader, Writer
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.sandbox.sample_words import STATUS
from leadrelay.sandbox.samples import people

BATCH = 100_000
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

    def __call__(self, records: pl.DataFrame, seen: pl.DataFrame) -> int:
        """Decide; gives the number of updates."""
        at = [time.process_time()]
        leads = self.reader.read(records)
        at.append(time.process_time())
        verdicts = self.decider(leads)
        at.append(time.process_time())
        plan = self.planner.plan(records, self.writer.wanted(leads, verdicts), seen)
        at.append(time.process_time())
        for name, start, end in zip(self.spent, at, at[1:], strict=False):
            self.spent[name] += end - start
        return len(plan.updates)

    def wanted(self, records: pl.DataFrame) -> pl.DataFrame:
        """What the CRM should hold, as Salesforce would spell it."""
        leads = self.reader.read(records)
        wanted = self.writer.wanted(leads, self.decider(leads))
        texts = [
            (pl.col(write.field).cast(pl.Float64) if write.type is Type.INTEGER else pl.col(write.field)).cast(
                pl.String
            )
            for write in self.mapping.writes
        ]
        return wanted.select("id", *texts)


@dataclass(frozen=True)
class Population:
    """A batch of records as text, and what we wrote last into shared fields."""

    records: pl.DataFrame
    seen: pl.DataFrame

    def batches(self, leads: int) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """The same leads again and again, each time under other ids and in another order."""
        for number, start in enumerate(range(0, leads, BATCH)):
            rows = pl.int_range(self.records.height, eager=True).shuffle(seed=number).head(leads - start)
            ids = pl.format("00Q{}", pl.int_range(pl.len()) + start).alias("id")
            records, seen = (_laid_out(frame[rows].with_columns(ids)) for frame in (self.records, self.seen))
            yield records, seen


def _laid_out(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts in the order of their rows, as pages bring them, not all over the memory, as a shuffle leaves them."""
    file = io.BytesIO()
    frame.write_ipc(file)
    file.seek(0)
    return pl.read_ipc(file)


def populate(desk: Desk, leads: int, changed: float) -> Population:
    """Sample leads as Salesforce spells them; all but a share `changed` hold already what we would write."""
    everyone = people(leads, 7, NOW)
    chunks = iter(lambda: list(islice(everyone, 2_000)), [])
    raw = pl.concat([_as_text(chunk, desk.mapping) for chunk in chunks]).rechunk()
    raw = raw.with_columns(pl.format("{}", pl.int_range(pl.len())).alias("id"))
    written = [write.field for write in desk.mapping.writes]
    shared = list(desk.mapping.shared_fields)
    wanted = desk.wanted(raw.with_columns(pl.lit(None, pl.String).alias(name) for name in written if name not in raw))
    kept = pl.int_range(pl.len()).shuffle(seed=1) >= int(leads * changed)
    known = wanted.select("id", *(pl.when(kept).then(pl.col(name)) for name in written))
    own = known.select(name for name in written if name not in shared)
    status = raw.select("Status").to_series()
    records = raw.drop(own.columns, strict=False).hstack(own)
    held = known["Status"].fill_null(status) if "Status" in shared else status
    return Population(records.with_columns(held.alias("Status")), known.select("id", *shared))


def _as_text(leads: list[dict[str, Any]], mapping: Mapping) -> pl.DataFrame:
    schema = {read.lead: LEAD[read.lead].type for read in mapping.reads}
    frame = pl.DataFrame(leads, schema={name: kind.dtype for name, kind in schema.items()})
    frame = frame.with_columns(pl.col("status").replace({name: words[0] for name, words in STATUS.items()}))
    return frame.select(_spelled(read.lead, schema[read.lead]).alias(read.field) for read in mapping.reads)


def _spelled(name: str, kind: Type) -> pl.Expr:
    column = pl.col(name)
    match kind:
        case Type.LIST:
            return column.list.join(";")
        case Type.DATETIME:
            return column.dt.to_string("%Y-%m-%dT%H:%M:%S.000+0000")
        case Type.INTEGER:
            return column.cast(pl.Float64).cast(pl.String)
        case _:
            return column.cast(pl.String)


def bulk(desk: Desk, population: Population, leads: int) -> dict[str, float]:
    """Leads per second over batches of 100,000; shuffling them is not on the clock."""
    wall = cpu = peak = 0.0
    updates = 0
    desk.spent = dict.fromkeys(desk.spent, 0.0)
    for records, seen in population.batches(leads):
        _forget_peak()
        started, before = time.perf_counter(), time.process_time()
        updates += desk(records, seen)
        wall += time.perf_counter() - started
        cpu += time.process_time() - before
        peak = max(peak, _peak_mb())
    steps = {f"{name}_us": spent / leads * 1e6 for name, spent in desk.spent.items()}
    return {
        "leads": leads,
        "columns": population.records.width,
        "updates": updates,
        "seconds": wall,
        "leads_per_second": leads / wall,
        "leads_per_cpu_second": leads / cpu,
        **steps,
        "batch_mb": population.records.estimated_size("mb"),
        "peak_mb": peak,
    }


def _forget_peak() -> None:
    """Let the kernel begin a new peak: making the sample leads took more than deciding does."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def latency(desk: Desk, population: Population, size: int, rounds: int) -> float:
    """Median milliseconds for a page of so many leads, warm."""
    pages = [(population.records[at : at + size], population.seen[at : at + size]) for at in range(rounds)]
    spent = []
    for records, seen in [*pages[:5], *pages]:
        started = time.perf_counter()
        desk(records, seen)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent[5:]) * 1e3


def main(leads: int, changed: float) -> dict[str, Any]:
    """Measure and print."""
    desk = Desk()
    population = populate(desk, min(leads, BATCH), changed)
    found: dict[str, Any] = bulk(desk, population, leads)
    found["rules"] = len(desk.playbook.rules)
    found["one_lead_ms"] = latency(desk, population, 1, 200)
    found["two_hundred_leads_ms"] = latency(desk, population, 200, 50)
    found["target"] = TARGET
    _show(found, changed)
    return found


def _show(found: dict[str, Any], changed: float) -> None:
    print(f"deciding alone, {found['leads']:,} leads of {found['columns']} text columns, {found['rules']} rules")
    print(f"  {found['updates']:,} updates ({changed:.0%} of the leads changed)")
    print(f"  {found['leads_per_second']:>10,.0f} leads/s    target {TARGET['leads_per_second']:,}")
    print(f"  {found['leads_per_cpu_second']:>10,.0f} leads per CPU second")
    steps = " · ".join(f"{name} {found[f'{name}_us']:.1f}" for name in ("map", "qualify", "diff"))
    print(f"  {steps} microseconds of CPU a lead")
    print(f"  {found['peak_mb']:>10,.0f} MB at most, all sample leads ({found['batch_mb']:,.0f} MB twice) included")
    print(f"  {found['one_lead_ms']:>10.1f} ms for 1 lead, warm    target {TARGET['one_lead_ms']:.0f}")
    print(f"  {found['two_hundred_leads_ms']:>10.1f} ms for 200 leads, warm")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--changed", type=float, default=0.05)
    arguments = parser.parse_args()
    main(arguments.leads, arguments.changed)
