"""The report: how long its figures take, and how many API calls the first and the second one need.

`python -m bench.report [--facts 200000] [--leads 5000]`
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

from bench.calls import OVERLAP
from bench.sandbox import SHIPPED, ask, configure, running, told
from leadrelay.core.hours import Calendar
from leadrelay.core.report.clocks import Clocks
from leadrelay.core.report.facts import frame
from leadrelay.core.report.report import Basis, Period, report
from leadrelay.state.store import Store

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "Europe/London")
WEEK = ((((clock(9), clock(12, 30)), (clock(13, 30), clock(17, 30))),) * 5) + ((), ())
REPS = 200


def main(facts: int, leads: int) -> dict[str, Any]:
    """Measure and print both."""
    found = {"seconds": _figures(facts)}
    print(f"{facts:,} facts of {REPS} reps with five calendars: all figures in {found['seconds']:.1f} s")
    print(f"API calls of a report on {leads:,} leads, a run before it, counted by the sandbox")
    print(f"{'':12}{'first':>8}{'again':>8}{'50 changed':>12}{'seconds':>10}")
    with tempfile.TemporaryDirectory() as name, running(leads, Path(name)) as urls:
        config = configure(Path(name), urls, SHIPPED)
        return {**found, "calls": [_crm(crm, urls[crm], config) for crm in SHIPPED]}


def _figures(facts: int) -> float:
    data = frame(_rows(facts))
    calendars = [Calendar(zone, zone, WEEK, holidays="DE-BE") for zone in ZONES]
    clocks = Clocks({f"U{rep}": calendars[rep % len(calendars)] for rep in range(REPS)})
    limits = {"sal": 2, "sql": 5}
    period = Period(NOW - timedelta(weeks=52), NOW, NOW)
    began = time.perf_counter()
    found = report(data, period, Basis(clocks=clocks, limits=limits, stages=("sal", "sql", "name")))
    seconds = time.perf_counter() - began
    assert found.figures.response.turns > facts * 0.7
    return seconds


def _rows(count: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(7)
    for number in range(count):
        created = NOW - timedelta(minutes=draw.randrange(52 * 7 * 24 * 60))
        assigned = created + timedelta(minutes=draw.randrange(120))
        yield {
            "lead": f"L{number:08}",
            "number": 1,
            "last": True,
            "source": draw.choice(("inbound", "event", "outbound", "referral", "mql")),
            "team": f"team {number % 8}",
            "owner": f"U{draw.randrange(REPS)}",
            "created_at": created,
            "assigned_at": assigned if assigned < NOW and draw.random() < 0.8 else None,
            "responded_at": assigned + timedelta(hours=draw.expovariate(1 / 8)) if draw.random() < 0.9 else None,
            "handed_at": assigned if draw.random() < 0.5 else None,
            "verdict": draw.choice(("accepted", "rejected", None)),
            "opportunity_at": created + timedelta(days=draw.expovariate(1 / 20)) if draw.random() < 0.3 else None,
            "meeting_at": created + timedelta(days=3) if draw.random() < 0.4 else None,
            "meeting": draw.choice(("held", "missed", "cancelled")),
            "stage": draw.choice(("sal", "sql", "name")),
            "stage_since": created,
        }


def _crm(crm: str, url: str, config: Path) -> dict[str, Any]:
    told("run", crm, config, "--no-brake")
    ask(url, "/_sandbox/clock", {"advance": OVERLAP})
    began = time.perf_counter()
    first = _counted(crm, url, config)
    seconds = time.perf_counter() - began
    ask(url, "/_sandbox/clock", {"advance": OVERLAP})
    again = _counted(crm, url, config)
    _touch(crm, url, _leads(config, crm))
    changed = _counted(crm, url, config)
    print(f"{crm:12}{first['calls']:>8,}{again['calls']:>8,}{changed['calls']:>12,}{seconds:>10.1f}")
    assert again["read"] == 0, again
    return {"crm": crm, "first": first["calls"], "again": again["calls"], "changed": changed["calls"]}


def _touch(crm: str, url: str, leads: list[str]) -> None:
    kind, name = ("Lead", "City") if crm == "salesforce" else ("contacts", "city")
    for lead in leads[:50]:
        ask(url, "/_sandbox/edit", {"object": kind, "id": lead, "fields": {name: "Bonn"}, "actor": "Ada"})


def _counted(crm: str, url: str, config: Path) -> dict[str, Any]:
    ask(url, "/_sandbox/requests/reset", {})
    return {"read": told("report", crm, config)["read"], "calls": ask(url, "/_sandbox/requests")["total"]}


def _leads(config: Path, crm: str) -> list[str]:
    store = Store.open(f"sqlite:///{config.parent / 'state.db'}")
    try:
        return [one.lead for one in store.journeys.all(crm)]
    finally:
        store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--facts", type=int, default=200_000)
    parser.add_argument("--leads", type=int, default=5_000)
    chosen = parser.parse_args()
    main(chosen.facts, chosen.leads)
