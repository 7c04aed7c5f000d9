"""API calls of whole runs, as the sandbox counted them: all leads changed, right after, and when nothing changed.

`python -m bench.calls [--leads 10000]`
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.sandbox import SHIPPED, ask, configure, running, told

PAGES = {"salesforce": (2_000, 200), "hubspot": (100, 100)}
OVERLAP = 3_600
"""Seconds to move the CRM's clock on, past the overlap that each read reaches back."""


def main(leads: int) -> list[dict[str, Any]]:
    """Measure and print both CRMs."""
    print(f"API calls for {leads:,} leads, counted by the sandbox")
    print(f"{'':12}{'all changed':>12}{'allowed':>9}{'echo of own writes':>20}{'nothing changed':>17}{'allowed':>9}")
    with tempfile.TemporaryDirectory() as name, running(leads, Path(name)) as urls:
        config = configure(Path(name), urls, SHIPPED)
        return [_crm(crm, urls[crm], config, leads) for crm in PAGES]


def _crm(crm: str, url: str, config: Path, leads: int) -> dict[str, Any]:
    first = _run(crm, url, config)
    assert first["summary"]["read"] == leads, first
    echo = _until(lambda: _run(crm, url, config), "changed")
    nothing = _until(lambda: _later(crm, url, config), "read")
    read, write = PAGES[crm]
    allowed = math.floor(1.05 * (math.ceil(leads / read) + math.ceil(leads / write)) + 5)
    print(f"{crm:12}{first['calls']:>12,}{allowed:>9,}{echo['calls']:>20,}{nothing['calls']:>17,}{3:>9}")
    return {"crm": crm, "all": first["calls"], "allowed": allowed, "echo": echo["calls"], "nothing": nothing["calls"]}


def _until(run: Callable[[], dict[str, Any]], none: str) -> dict[str, Any]:
    """The first run that counts none: of so many leads time alone changes one or another meanwhile."""
    for _ in range(6):
        found = run()
        if found["summary"][none] == 0:
            return found
    raise AssertionError(found)


def _later(crm: str, url: str, config: Path) -> dict[str, Any]:
    ask(url, "/_sandbox/clock", {"advance": OVERLAP})
    return _run(crm, url, config)


def _run(crm: str, url: str, config: Path) -> dict[str, Any]:
    ask(url, "/_sandbox/requests/reset", {})
    return {"summary": told("run", crm, config), "calls": ask(url, "/_sandbox/requests")["total"]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=10_000)
    main(parser.parse_args().leads)
