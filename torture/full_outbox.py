"""Recovery: a process starts on an outbox full of what an earlier one left in the air, and has new work to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from leadrelay.core import effects
from leadrelay.state.store import Intent, Promise, Store
from torture.arena import SECRETS, Arena, Case
from torture.report import Options, Report, settled

MOST_SECONDS = 2.0
"""Held against in the long form only: the short one runs beside other tests."""

NEW_WORK = 50
_MARKS = {"salesforce": ("/composite",), "hubspot": ("/batch/update", "/batch/create")}
_ABSENT = {"salesforce": "00QZZ0000{:06}AAA", "hubspot": "7{:012}"}


def recovery(options: Options) -> Report:
    """100,000 effects are in the air, most of them of leads that are gone: how long until new work is written."""
    report = Report()
    leads, waiting = (150, 1500) if options.short else (2000, 100_000)
    with Arena(leads, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            case.settle()
            new = sorted(case.begin)[:NEW_WORK]
            _leave_in_the_air(case, sorted(case.begin)[NEW_WORK:], waiting)
            _change(case, new)
            first, whole = _seconds(case)
            report.add(f"seconds on {name}", first)
            report.add(f"seconds until all is settled on {name}", whole)
            if not first or (first > MOST_SECONDS and not options.short):
                report.wrong.append(f"{name}: the first write came after {first:.1f} s")
            settled(case, report, name)
    seconds = ", ".join(f"{figure:.2f} {words}" for words, figure in report.figures.items() if words[0] == "s")
    report.seen = f"{waiting:,} pending: {seconds}; {report.told()}"
    return report


def _leave_in_the_air(case: Case, leads: Sequence[str], count: int) -> None:
    """As a runner that was killed while it wrote a score leaves them."""
    with closing(sqlite3.connect(case.folder / "state.db")) as connection:
        (organisation,) = connection.execute("SELECT organisation FROM pins").fetchone()
    store = Store.open(case.stores.url("state"))
    try:
        intents = list(_intents(case, [*leads, *_absent(case, count - len(leads))], organisation))
        now = case.store.clock.now()
        store.outbox.promise(Promise("job", "cut off", organisation, case.place.kind, "", intents), now)
        store.outbox.sending([intent.key for intent in intents], now)
    finally:
        store.close()


def _absent(case: Case, count: int) -> Iterator[str]:
    yield from (_ABSENT[case.place.name].format(number) for number in range(count))


def _intents(case: Case, leads: Sequence[str], organisation: str) -> Iterator[Intent]:
    place = case.place
    after = {place.score: 99}
    for lead in leads:
        yield Intent(
            key=effects.fields_key(organisation, place.kind, lead, "cut off", after),
            job="job",
            lead=lead,
            kind=effects.FIELDS,
            epoch=effects.digest("cut off", after),
            run="cut off",
            state="planned",
            modified="",
            before={place.score: None},
            after=after,
            task={},
            why="",
        )


def _change(case: Case, leads: Sequence[str]) -> None:
    place = case.place
    sizes = {key: 20 if int(case.begin[key][place.employees]) >= 1000 else 2000 for key in leads}
    case.door.edits([{"object": place.kind, "id": key, "fields": {place.employees: n}} for key, n in sizes.items()])
    case.door.advance(2)


def _seconds(case: Case) -> tuple[float, float]:
    """From the start of a new process to its first write, and to its end."""
    began, first = time.perf_counter(), [0.0]
    marks = _MARKS[case.place.name]

    def note(request: Any, when: str) -> None:
        if when == "after" and not first[0] and any(mark in request.path for mark in marks):
            first[0] = time.perf_counter() - began

    case.line.interceptors.append(note)
    command = [sys.executable, "-m", "leadrelay", "run", "job", "--config", str(case.folder / "state.toml"), "--json"]
    with (case.folder / "recovery.log").open("wb") as log:
        subprocess.run(command, stdout=log, stderr=log, env={**os.environ, **SECRETS}, check=False)  # noqa: S603 - ours
    case.line.interceptors.remove(note)
    return first[0], time.perf_counter() - began
