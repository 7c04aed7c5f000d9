"""Pull + decide + plan per client CPU second, beside a bare loop that only pulls, in the same run.

`python -m bench.pull [--leads 100000] [--rounds 3]`
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.sandbox import configure, running

FOLDER = Path(__file__).parent
CASES = (
    ("Salesforce REST", "salesforce", "bare-rest", "1000000", 25_000),
    ("Salesforce Bulk 2.0", "salesforce", "bare-bulk", "1", 35_000),
    ("HubSpot", "hubspot", "bare-hubspot", "1000000", 18_000),
)


def main(leads: int, rounds: int) -> list[dict[str, Any]]:
    """Measure and print every case."""
    print(f"pull + decide + plan, {leads:,} leads of 40 fields, 70 rules; per second of client CPU, median of {rounds}")
    print(f"{'':22}{'ours':>10}{'target':>10}{'bare loop':>11}{'ours/bare':>11}{'peak MB':>9}{'wall s':>8}")
    with tempfile.TemporaryDirectory() as name, running(leads, Path(name)) as urls:
        return [_case(Path(name), urls, case, rounds) for case in CASES]


def _case(folder: Path, urls: dict[str, str], case: tuple[str, str, str, str, int], rounds: int) -> dict[str, Any]:
    title, ours, bare, threshold, target = case
    mappings = {name: str(FOLDER / f"{name}-40.toml") for name in ("salesforce", "hubspot")}
    config = configure(folder, urls, {**mappings, "bulk_threshold": threshold})
    pairs = [(_measure(ours, config), _measure(bare, config)) for _ in range(rounds)]
    mine, theirs = (statistics.median(pair[side]["leads"] / pair[side]["cpu"] for pair in pairs) for side in (0, 1))
    peak = max(pair[0]["peak_mb"] for pair in pairs)
    wall = statistics.median(pair[0]["wall"] for pair in pairs)
    print(f"{title:22}{mine:>10,.0f}{target:>10,}{theirs:>11,.0f}{mine / theirs:>11.2f}{peak:>9.0f}{wall:>8.1f}")
    return {"case": title, "ours": mine, "bare": theirs, "target": target, "peak_mb": peak}


def _measure(case: str, config: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.client", case, str(config)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, cwd=FOLDER.parent)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    main(arguments.leads, arguments.rounds)
