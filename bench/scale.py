"""From Parquet to verdicts in Parquet: memory and speed of the embedded engine, and Dask's two workers beside it.

`python -m bench.scale [--leads 10000000] [--compared 1000000] [--rounds 3]`

Records as Salesforce spells them, with the default playbook and mapping, reasons included. The files are made by
repetition in a process of their own, and removed in the end.
"""

from __future__ import annotations

import argparse
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from bench.raw_leads import BATCH, first_batch
from leadrelay import mappings, playbooks
from leadrelay.batch import Batch
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.engines import Engine, Manifest, open_engine
from leadrelay.mappings.mapping import load as load_mapping

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TARGET = {"peak_mb": 600, "dask_share": 0.6}


def batch() -> Batch:
    """The shipped playbook and mapping."""
    return Batch(playbooks.text("it-discovery"), mappings.text("salesforce-lead"), NOW, ["reasons"])


def write(leads: int, file: Path) -> None:
    """The same 100,000 leads again and again, each time in another order and under other ids; a row group each time."""
    playbook = load_playbook(playbooks.text("it-discovery"), "it-discovery.toml")
    mapping = load_mapping(mappings.text("salesforce-lead"), "salesforce-lead.toml", playbook)
    first = first_batch(min(leads, BATCH), mapping, NOW)
    writer = None
    for start in range(0, leads, BATCH):
        rows = pl.int_range(first.height, eager=True).shuffle(seed=start).head(leads - start)
        ids = pl.format("00Q{}", pl.int_range(pl.len()) + start).alias("id")
        table = first[rows].with_columns(ids).to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table)
    assert writer
    writer.close()


def alone(name: str) -> dict[str, float]:
    """One run of the embedded engine over a file, in this process: its seconds and its memory at most."""
    imported = _peak()
    with TemporaryDirectory() as folder, open_engine("embedded") as engine:
        manifest = Manifest.of([name])
        started = time.perf_counter()
        result = engine.run(manifest, batch(), folder)
        seconds = time.perf_counter() - started
        written = sum(part.stat().st_size for part in Path(folder).iterdir())
    assert result.leads == manifest.leads
    return {"seconds": seconds, "peak_mb": _peak(), "imported_mb": imported, "written_mb": written / 1e6}


def side_by_side(name: str, rounds: int) -> dict[str, Any]:
    """Both engines in turn over the same file, each warm; and what it took to get Dask started."""
    manifest = Manifest.of([name])
    with ExitStack() as stack:
        started = time.perf_counter()
        dask = stack.enter_context(open_engine("dask"))
        start = time.perf_counter() - started
        engines = {"embedded": stack.enter_context(open_engine("embedded")), "dask": dask}
        for engine in engines.values():
            _seconds(engine, replace(manifest, pieces=manifest.pieces[:4]))
        spent = [{engine: _seconds(engines[engine], manifest) for engine in engines} for _ in range(rounds)]
    seconds = {engine: statistics.median(one[engine] for one in spent) for engine in engines}
    shares = [one["embedded"] / one["dask"] for one in spent]
    return {"start": start, "seconds": seconds, "share": statistics.median(shares), "shares": shares}


def _seconds(engine: Engine, manifest: Manifest) -> float:
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        engine.run(manifest, batch(), folder)
        return time.perf_counter() - started


def _peak() -> float:
    """Megabytes; `ru_maxrss` would hold those of the process that started this one too."""
    told = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(told.split("VmHWM:")[1].split()[0]) / 1024


def main(leads: int, compared: int, rounds: int) -> dict[str, Any]:
    """Measure and print."""
    found: dict[str, Any] = {"leads": leads, "target": TARGET}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "leads.parquet"
        if rounds:
            _elsewhere(write, compared, file)
            found["compared"] = side_by_side(str(file), rounds)
            _show_compared(found["compared"], compared)
        if leads:
            _elsewhere(write, leads, file)
            found["read_mb"] = file.stat().st_size / 1e6
            found |= _elsewhere(alone, str(file))
            _show_alone(found)
    return found


def _elsewhere(call: Any, *arguments: Any) -> Any:
    """Call it in a process that ends with it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(call, *arguments).result()


def _show_alone(found: dict[str, Any]) -> None:
    print(f"engine embedded, {found['leads']:,} records: {found['read_mb']:,.0f} MB of Parquet in, verdicts out")
    print(f"  {found['leads'] / found['seconds']:>10,.0f} leads/s, {found['seconds']:,.0f} s")
    print(f"  {found['peak_mb']:>10,.0f} MB at most    target {TARGET['peak_mb']}")
    print(f"  {found['imported_mb']:>10,.0f} MB of it before the first lead")


def _show_compared(found: dict[str, Any], leads: int) -> None:
    print(f"engine dask with two local workers beside engine embedded, {leads:,} records each")
    for engine, seconds in found["seconds"].items():
        print(f"  {leads / seconds:>10,.0f} leads/s {engine}")
    shares = ", ".join(f"{share:.0%}" for share in found["shares"])
    print(f"  {found['share']:>10.0%} of its speed, warm ({shares})    target 60%")
    with_start = found["seconds"]["embedded"] / (found["seconds"]["dask"] + found["start"])
    print(f"  {with_start:>10.0%} of its speed with the {found['start']:.1f} s that the workers take to start")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=10_000_000)
    parser.add_argument("--compared", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    main(arguments.leads, arguments.compared, arguments.rounds)
