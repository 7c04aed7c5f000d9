"""Kills of runs that buy: what the vendors billed, against what was to be asked, what was in flight, and the cap."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from leadrelay.sandbox.faults import HangUp
from torture import kills
from torture.arena import Arena, Case
from torture.door import Door
from torture.nursery_client import Child
from torture.report import Options, Report, settled

DOMAIN = "canary{n}.example"
AT_ONCE = 4
MICRO = 1_000_000
VENDORS: Mapping[str, tuple[str, str]] = {
    "pdl": ("people-data-labs-company", "industry"),
    "apollo": ("apollo-organization", "revenue"),
}
"""By vendor, its description, and a field that nobody in the CRM fills."""

_PLAYBOOK = """
[enrichment.fields.{field}]
from = ["{vendor}"]
"""
_PROVIDER = """
[providers.{vendor}]
kind = "http"
description = "{description}"
secrets = {{ key = {{ env = "PROVIDER" }} }}
hosts = ["{host}"]
private = true
at_once = {at_once}
per_second = 1000
buy = "always"
cost_per_hit = 1
cost_per_miss = 0
{cap}"""


def paid_kills(options: Options) -> Report:
    """Kills at drawn look-ups and commits, of runs with all the money they need, and of runs with half of it."""
    report = Report()
    leads, total = (20, 6) if options.short else (300, 200)
    caps = (leads // 2,) if options.short else (None, leads // 2)
    with Arena(leads, options.seed, domain=DOMAIN) as arena:
        crms = [options.crms[options.seed % len(options.crms)]] if options.short else options.crms
        for name in crms:
            for cap in caps:
                purse = Purse(arena.case(name), Door(arena.sandbox.provider_url), cap)
                purse.open()
                rng = random.Random(f"{options.seed}:{name}:{cap}")
                report.add("kills", purse.killed(arena, total // len(crms) // len(caps), rng))
                settled(purse.case, report, f"{name}, cap {cap}")
                purse.judge(report, f"{name}, cap {cap}")
    report.seen = report.told("kills", "look-ups", "billed", "in flight", "billed twice", "over the cap")
    return report


@dataclass
class Purse:
    """A case whose runs buy. `cap`: of each vendor, a day. `in_flight`: look-ups that were under way at the kills."""

    case: Case
    door: Door
    cap: int | None
    in_flight: set[tuple[str, str, int]] = field(default_factory=set)
    _renewed: int = 0

    def open(self) -> None:
        """The vendors know everybody; the job asks both."""
        self.door.reset()
        self.door.settings(invents=True, known=0.8)
        host = self.door.url.removeprefix("http://")
        cap = "" if self.cap is None else f"per_day = {self.cap}\n"
        for vendor, (description, _) in VENDORS.items():
            told = {"vendor": vendor, "description": description, "host": host, "at_once": AT_ONCE, "cap": cap}
            self.case.more += _PROVIDER.format(**told)
        asked = "".join(_PLAYBOOK.format(field=name, vendor=vendor) for vendor, (_, name) in VENDORS.items())
        (self.case.folder / "playbook.toml").write_text(self.case.place.playbook() + asked)

    def killed(self, arena: Arena, count: int, rng: random.Random) -> int:
        """Kill run after run; those that end unharmed are followed by new questions, as long as there is money."""
        done, longest = 0, {"request": 6, "commit": 8}
        while done < count:
            kind, applied = rng.choice(kills.KINDS)
            site = kills.Site(kind, rng.randint(1, longest[kind]), applied)
            if self._killed_at(arena, site):
                done += 1
                longest[kind] += site.number == longest[kind]
                self._count()
            else:
                longest[kind] = max(3, site.number - 1)
                self._renew(rng)
            self.case.door.advance(2)
        return done

    def _killed_at(self, arena: Arena, site: kills.Site) -> bool:
        if site.kind == "commit":
            return kills.killed_at(self.case, site)
        running: list[Child] = []
        with _killing(arena, site, running):
            running.append(self.case.start("run", "job"))
            self.case.nursery.wait(running[0])
        return running[0].killed

    def _count(self) -> None:
        """What was under way when a run was killed, which its successor cannot know the end of; each attempt once."""
        self.in_flight |= set(self._rows("SELECT provider, key, attempts FROM lookups WHERE state = 'asking'"))

    def _renew(self, rng: random.Random) -> None:
        """People of some leads move to companies that nobody has asked about."""
        edits: list[dict[str, Any]] = []
        for key in rng.sample(sorted(self.case.begin), 10):
            self._renewed += 1
            fields = {self.case.place.email: f"moved{self._renewed}@another{self._renewed}.example"}
            edits.append({"object": self.case.place.kind, "id": key, "fields": fields})
        self.case.door.edits(edits)

    def judge(self, report: Report, what: str) -> None:
        """The vendors' ledger against the journal's keys, the kills and the cap."""
        paid = self.door.ask("paid?limit=0")
        journal = dict(self._rows("SELECT provider, count(*) FROM lookups GROUP BY 1"))
        spent = dict(self._rows("SELECT provider, max(spent) FROM budgets GROUP BY 1"))
        for vendor in VENDORS:
            told = paid["vendors"].get(vendor, {"lookups": 0, "credits": 0})
            lookups, billed = told["lookups"], told["credits"]
            lost = sum(name == vendor for name, _, _ in self.in_flight)
            report.add("look-ups", lookups)
            report.add("billed", billed)
            report.add("in flight", lost)
            if lookups > journal.get(vendor, 0) + lost:
                asked = f"{lookups} look-ups for {journal.get(vendor, 0)} questions, {lost} in flight"
                report.wrong.append(f"{what}, {vendor}: {asked}")
            if self.cap is not None and billed > self.cap:
                report.add("over the cap")
                report.wrong.append(f"{what}, {vendor}: {billed} were billed")
            if billed * MICRO > spent.get(vendor, 0):
                report.wrong.append(f"{what}, {vendor}: {billed} were billed, {spent.get(vendor, 0) / MICRO} are known")
            if not lookups:
                report.wrong.append(f"{what}, {vendor}: nobody was asked")
        report.add("billed twice", paid["billed_twice"])
        still = self._rows("SELECT provider, key FROM lookups WHERE state = 'asking'")
        if still and self.cap is None:  # with one, what was lost in flight has to wait for money
            report.wrong.append(f"{what}: {len(still)} are still being asked")

    def _rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.case.folder / "state.db")) as connection:
            # A kill at the first commits comes before there are tables.
            made = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN (?, ?)", _TABLES)
            return connection.execute(query).fetchall() if made.fetchone()[0] == len(_TABLES) else []


_TABLES = ("lookups", "budgets")


@contextmanager
def _killing(arena: Arena, site: kills.Site, running: list[Child]) -> Iterator[None]:
    """Kill the run at its n-th look-up, before it is carried out or before it is answered."""
    seen = [0]

    def at(_request: Any, when: str) -> None:
        seen[0] += when == "before"
        if seen[0] == site.number and (when == "after") is site.applied:
            kills.born(running).kill()
            if not site.applied:
                raise HangUp

    arena.sandbox.provider_line.interceptors.append(at)
    try:
        yield
    finally:
        arena.sandbox.provider_line.interceptors.remove(at)
