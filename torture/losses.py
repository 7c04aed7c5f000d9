"""Scenarios of loss: a state that is gone or old, a rollback, a quota that is used up."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from typing import Any

from torture import kills
from torture.arena import Arena, Case
from torture.judge import Verdict
from torture.report import Options, Report, settled


def state_lost(options: Options) -> Report:
    """The state is lost halfway, or replaced by an old backup; people worked in the meantime."""
    report = Report()
    with Arena(30 if options.short else 1000, options.seed) as arena:
        for name in options.crms:
            for backup in (False, True):
                case = arena.case(name)
                rng = random.Random(f"{options.seed}:{name}")
                case.settle()
                shutil.copy(case.folder / "state.db", case.folder / "day-old.db")
                for _ in range(5):
                    kills.people_work(case, rng, 20)
                case.settle()
                kills.people_work(case, rng, 20)
                _lose_state(case, backup=backup)
                what = f"{name}, {'a backup restored' if backup else 'state lost'}"
                settled(case, report, what)
                report.add("losses")
    report.seen = report.told("losses")
    return report


def _lose_state(case: Case, *, backup: bool) -> None:
    """What the old store knew stays for the judge under another name."""
    for path in case.folder.glob("state.db*"):
        path.rename(path.with_name(path.name.replace("state.db", "lost.db")))
    case.states.append("lost")
    if backup:
        shutil.copy(case.folder / "day-old.db", case.folder / "state.db")


def rolled_back(options: Options) -> Report:
    """A run and its rollback on a CRM that nobody touched: all fields are as they were."""
    report = Report()
    with Arena(50 if options.short else 2000, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            run = case.run().summary()["run"]
            case.door.advance(2)
            back = case.run("rollback", run)
            after, stamps = case.records(), case.place.policy().stamps
            differing = sum(
                1
                for key, row in case.begin.items()
                for field_, value in row.items()
                if field_ not in stamps and after[key][field_] != value
            )
            if differing or back.code not in {0, 1}:
                words = f"{name}: {differing} fields differ, rollback ended with {back.code}"
                report.wrong.append(f"{words}: {back.err.read_text()[-300:]}")
            report.take(_undone(case), f"{name}, rolled back")
            report.add("fields differ", differing)
            report.add("leads", len(after))
    report.seen = f"{report.figures['leads']:,.0f} leads, {report.figures['fields differ']:.0f} fields differ"
    return report


def _undone(case: Case) -> Verdict:
    """What was promised is taken back, so that nothing is lost; all else holds as ever, the ledger too."""
    verdict = case.verdict(settled=False)
    return replace(verdict, violations=tuple(found for found in verdict.violations if found.law != "L1"))


_QUOTA = {"salesforce": "daily_requests", "hubspot": "per_day"}


def quota(options: Options) -> Report:
    """The day's calls are used up in the middle of a run, at the first write and later; then there are some again."""
    report = Report()
    with Arena(250 if options.short else 5000, options.seed, options.state) as arena:
        for name in options.crms:
            for number in (1, 5) if options.short else (1, 2, 5):
                case = arena.case(name)
                paused = _used_up(case, number)
                if not paused:
                    report.wrong.append(f"{name}, at write {number}: the run did not end as paused")
                case.door.settings(**{_QUOTA[name]: None if name == "hubspot" else 10**8})
                settled(case, report, f"{name}, used up at write {number}")
                report.add("pauses", paused)
    report.seen = report.told("pauses")
    return report


def _used_up(case: Case, number: int) -> bool:
    """A run that meets the end of the quota at its n-th write; whether it says so, and not that all is well."""
    writes = [0]

    def at(request: Any, when: str) -> None:
        writes[0] += when == "before" and request.method in {"POST", "PATCH"} and "/oauth" not in request.path
        if writes[0] == number and when == "before":
            case.line.post("settings", {_QUOTA[case.place.name]: 1})

    case.line.interceptors.append(at)
    child = case.run()
    case.line.interceptors.remove(at)
    return child.code == _PAUSED and "paused until" in child.err.read_text() + child.out.read_text()


_PAUSED = 4
