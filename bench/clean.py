"""Normalising alone: all derived fields of sample leads, at once and each by itself.

`python -m bench.clean [--leads 1000000]`
"""

from __future__ import annotations

import argparse
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.fields import DERIVED
from leadrelay.core.clean.recipes import RECIPES
from leadrelay.core.lead import LEAD
from leadrelay.sandbox.samples import people

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TARGET = 100_000
PAGE = 2_000


def main(leads: int) -> dict[str, Any]:
    """Measure and print."""
    with TemporaryDirectory() as name, ProcessPoolExecutor(1, get_context("spawn")) as pool:
        file = Path(name) / "leads"
        pool.submit(_write, leads, file).result()
        frame = pl.read_ipc(file.read_bytes())
    cleaner = Cleaner(DERIVED)
    cleaner(frame.head(PAGE))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, busy = time.perf_counter(), time.process_time()
    cleaned = cleaner(frame)
    spent, busy = time.perf_counter() - began, time.process_time() - busy
    found: dict[str, Any] = {"leads": leads, "fields": len(cleaner.wanted), "leads_per_second": leads / spent}
    found["leads_per_cpu_second"] = leads / busy
    found["peak_mb"], found["before_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, before / 1024
    found["seconds"] = {name: _alone(name, cleaned) for name in cleaner.wanted}
    found["page_ms"] = _milliseconds(frame.head(PAGE), cleaner)
    found["lead_ms"] = _milliseconds(frame.head(1), cleaner)
    _show(found, frame, cleaned)
    return found


def _alone(name: str, cleaned: pl.DataFrame) -> float:
    """CPU seconds for one field, with all that it is made of there already."""
    frame = cleaned.select(set(RECIPES[name].inputs))
    began = time.process_time()
    frame.select(RECIPES[name].make(*map(pl.col, RECIPES[name].inputs)).alias(name))
    return time.process_time() - began


def _milliseconds(frame: pl.DataFrame, cleaner: Cleaner) -> float:
    """The best of a few rounds, warm."""
    spent = []
    for _ in range(10):
        began = time.perf_counter()
        cleaner(frame)
        spent.append(time.perf_counter() - began)
    return min(spent) * 1e3


def _write(leads: int, file: Path) -> None:
    """Sample leads, in a process of their own: making them takes memory that is not what is measured."""
    fields = sorted(Cleaner(DERIVED).inputs)
    everyone = people(leads, 7, NOW)
    schema = {name: LEAD[name].type.dtype for name in fields}
    pages = iter(lambda: list(islice(everyone, 20_000)), [])
    frames = [pl.DataFrame([{name: one.get(name) for name in fields} for one in page], schema=schema) for page in pages]
    pl.concat(frames).write_ipc(file)


def _show(found: dict[str, Any], frame: pl.DataFrame, cleaned: pl.DataFrame) -> None:
    print(f"normalising alone, {found['leads']:,} leads, {found['fields']} derived fields")
    print(f"  {found['leads_per_second']:>10,.0f} leads/s    target {TARGET:,}")
    print(f"  {found['leads_per_cpu_second']:>10,.0f} leads per CPU second")
    print(f"  {found['peak_mb']:>10,.0f} MB at most, of which {found['before_mb']:,.0f} MB were there before")
    print(f"  {found['page_ms']:>10.1f} ms for {PAGE:,} leads, {found['lead_ms']:.1f} ms for one, warm")
    for name, seconds in sorted(found["seconds"].items(), key=lambda item: -item[1]):
        distinct = max(frame[field].n_unique() if field in frame.columns else 0 for field in RECIPES[name].inputs)
        filled = cleaned[name].len() - cleaned[name].null_count()
        print(f"  {seconds:>10.2f} s of CPU {name:<20} {filled:>9,} filled, of up to {distinct:,} distinct values each")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=1_000_000)
    main(parser.parse_args().leads)
