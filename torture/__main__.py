"""`make torture`: every row of what must be reached. `python -m torture [NAME...] [--seed N] [--short] [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from typing import Any

from torture.places import PLACES
from torture.registry import SCENARIOS
from torture.report import Options, Report
from torture.states import STATES


def main() -> int:
    """Play the scenarios; 1 where any missed."""
    parser = argparse.ArgumentParser(prog="python -m torture")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(SCENARIOS)}")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--short", action="store_true", help="as within make test")
    parser.add_argument("--json", action="store_true", help="one JSON document a line")
    parser.add_argument("--crm", choices=list(PLACES), action="append", help="only this one")
    parser.add_argument("--state", choices=STATES, action="append", help="only with the state there")
    given = parser.parse_args()
    if unknown := set(given.names) - set(SCENARIOS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    crms, states = tuple(given.crm or PLACES), given.state or STATES
    rows = [
        _played(name, Options(given.seed, given.short, crms, state), as_json=given.json)
        for name in given.names or SCENARIOS
        for state in SCENARIOS[name].stores(short=given.short)
        if state in states
    ]
    return 0 if all(row["pass"] for row in rows) else 1


def _played(name: str, options: Options, *, as_json: bool) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        report = SCENARIOS[name].play(options)
    except Exception:  # noqa: BLE001 - a scenario that breaks has missed, and the others go on
        report = Report("broke off", wrong=[traceback.format_exc()])
    row = {
        "name": name,
        "target": SCENARIOS[name].target,
        "seen": report.seen,
        "pass": not report.wrong,
        "seconds": round(time.perf_counter() - began, 1),
        "command": _command(name, options),
        "figures": report.figures,
        "wrong": report.wrong,
    }
    print(json.dumps(row) if as_json else _line(row), flush=True)
    return row


def _command(name: str, options: Options) -> str:
    words = ["python -m torture", name, f"--seed {options.seed}", *(["--short"] if options.short else [])]
    if len(options.crms) < len(PLACES):
        words += [f"--crm {crm}" for crm in options.crms]
    return " ".join([*words, f"--state {options.state}"])


def _line(row: dict[str, Any]) -> str:
    verdict = "pass" if row["pass"] else "MISS"
    line = f"{verdict}  {row['name']:14} {row['seconds']:7.1f} s  {row['seen']}  (target {row['target']})"
    return "\n".join([f"{line}  {row['command']}", *(f"      {words}" for words in row["wrong"][:5])])


if __name__ == "__main__":
    sys.exit(main())
