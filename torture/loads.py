"""Scenarios of size: a poisoned batch, late commits and equal stamps, an editing burst, a full outbox."""

from __future__ import annotations

import time
from typing import Any

from leadrelay.sandbox.faults import HangUp
from torture.arena import Arena, Case
from torture.nursery_client import Child
from torture.report import Options, Report, settled

REFUSED = "Acme 7"
MOST_CALLS = 15
MOST_SECONDS = 2.0


def bad_record(options: Options) -> Report:
    """One record of a batch of 100 is refused, for a value that the CRM does not take."""
    report = Report()
    with Arena(100, options.seed) as arena:
        for name in set(options.crms) & {"salesforce"}:
            case = arena.case(name)
            case.door.act(
                "validation", object="Lead", name="No", field="Company", equals=REFUSED, message="Not this one."
            )
            before = case.door.requests()
            summary = case.run().summary()
            report.add("done", summary["done"])
            report.add("calls", case.door.requests() - before)
            report.take(case.verdict(), name)
            if summary["done"] != len(case.begin) - 1 or summary["parked"] != 1:
                report.wrong.append(f"{name}: {summary['done']} done, {summary['parked']} parked")
            if report.figures["calls"] > MOST_CALLS:
                report.wrong.append(f"{name}: {report.figures['calls']:.0f} calls")
    report.seen = f"{report.figures['done']:.0f} of 100 done, {report.figures['calls']:.0f} calls"
    return report


def late_commits(options: Options) -> Report:
    """Changes that become visible up to ten minutes after their stamp, and many that share one stamp."""
    report = Report()
    with Arena(600 if options.short else 100_000, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            case.run()
            case.door.advance(3600)
            case.run()
            _late(case, arena)
            settled(case, report, name)
            report.add("changed", len(case.begin))
    report.seen = report.told("changed")
    return report


def _late(case: Case, arena: Arena) -> None:
    """Every lead gets another size: a quarter under one stamp, the others up to ten minutes late, with runs between."""
    keys = sorted(case.begin)
    arena.random.shuffle(keys)
    quarter = len(keys) // 4
    case.door.edits([_edit(case, key, 0) for key in keys[:quarter]])
    for start in range(quarter, len(keys), quarter):
        case.door.edits([_edit(case, key, arena.random.randint(0, 590)) for key in keys[start : start + quarter]])
        case.door.advance(150)
        case.run()
    case.door.advance(600)


def _edit(case: Case, key: str, late: int) -> dict[str, Any]:
    small = int(case.begin[key][case.place.employees]) < 1000
    size = {case.place.employees: 2000 if small else 20}
    return {"object": case.place.kind, "id": key, "fields": size, "late": late}


def editing_burst(options: Options) -> Report:
    """People edit what we are writing, while we write it."""
    report = Report()
    with Arena(1000 if options.short else 100_000, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            place = case.place
            fields = {place.fill: ["mine {n}"], place.status: [place.moved], place.employees: [20, 2000]}
            for records in ("any", "written"):
                person = {"object": place.kind, "fields": fields, "rate": 5, "records": records}
                case.door.actors(person, seed=options.seed)
                case.run("run", "job", "--all")
                case.door.advance(1)
            case.door.clear()
            settled(case, report, name)
            report.add("writes", sum(row["actor"] == "integration" for row in case.door.history()))
    report.seen = report.told("writes")
    return report


def recovery(options: Options) -> Report:
    """Everything is promised and has to be tried again: how long until the first write of the next run."""
    report = Report()
    with Arena(2000 if options.short else 100_000, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            _killed_at_first_write(case, name)
            case.door.advance(2)
            pending = case.verdict(settled=False).figures["waiting"]
            report.add("pending", pending)
            if not pending:
                report.wrong.append(f"{name}: nothing waits")
            seconds = _first_write(case, name)
            report.add(f"seconds on {name}", seconds)
            if seconds > MOST_SECONDS:
                report.wrong.append(f"{name}: the first write came after {seconds:.1f} s")
            settled(case, report, name)
    report.seen = ", ".join(f"{name} {value:,.2f}".removesuffix(".00") for name, value in report.figures.items())
    return report


_MARKS = {"salesforce": "/composite/graph", "hubspot": "/batch/create"}


def _killed_at_first_write(case: Case, name: str) -> None:
    """A run that ends once its first page is promised and nothing of it is sent."""
    running: list[Child] = []

    def kill(request: Any, _when: str) -> None:
        if _MARKS[name] in request.path:
            running[0].kill()
            raise HangUp

    case.line.interceptors.append(kill)
    running.append(case.start("run", "job"))
    case.nursery.wait(running[0])
    case.line.interceptors.remove(kill)


def _first_write(case: Case, name: str) -> float:
    began, first = time.perf_counter(), [0.0]

    def note(request: Any, _when: str) -> None:
        if _MARKS[name] in request.path and not first[0]:
            first[0] = time.perf_counter() - began

    case.line.interceptors.append(note)
    case.run()
    case.line.interceptors.remove(note)
    return first[0]
