"""Leads that change their shape at each moment of a run: deleted, merged, converted, restored, hidden, doubled."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torture import kills, people
from torture.arena import Arena, Case
from torture.report import Options, Report

LEADS = 30
MOST_REQUESTS = 40
_WRITES = frozenset({"POST", "PATCH", "PUT"})
_READS = ("/search", "/batch/read", "/query", "/oauth2/token")


@dataclass(slots=True)
class Cast:
    """Which lead plays what, all of them due for a task."""

    deleted: str
    restored: str
    converted: str
    pair: Sequence[str]
    chain: Sequence[str]

    @classmethod
    def of(cls, case: Case, rng: random.Random) -> Cast:
        """Drawn from the leads of the case."""
        due = [key for key, row in case.begin.items() if case.place.lead(row, key).due]
        one, two, three, *others = rng.sample(sorted(due), 10)
        return cls(one, two, three, others[:2], others[2:7])


def shaped(options: Options) -> Report:
    """All of it before the n-th request, n = 1, 2, 3 ... to the end of the run; leads new, or handed off before."""
    report = Report()
    with Arena(LEADS, options.seed) as arena:
        for crm in options.crms:
            rng = random.Random(f"{options.seed}:{crm}")
            for known in (False, True):
                for number in range(1, MOST_REQUESTS):
                    if options.short and number % 17 != (5 if known else 0):
                        continue
                    seed = rng.randrange(10**6)
                    if not at_request(arena.case(crm), number, seed, report, known=known):
                        break
                    report.add("moments")
    report.seen = report.told("moments")
    return report


def at_request(case: Case, number: int, seed: int, report: Report, *, known: bool) -> bool:
    """The whole cast changes before this request of a run; whether the run came that far."""
    rng = random.Random(seed)
    cast = Cast.of(case, rng)
    if known:
        case.settle()
        _touch(case)
    reached = during(case, number, lambda: _change(case, cast))
    if not reached:
        _change(case, cast)
    merged = case.door.last()
    what = f"{case.place.name}, {'handed off before' if known else 'new'}, request {number}, seed {seed}"
    case.door.advance(2)
    case.run()
    tries = _tries(case, (cast.deleted, cast.converted), report, what)
    case.door.act("restore", object=case.place.kind, id=cast.restored, actor="person")
    case.door.advance(2)
    case.settle()
    report.add("tries after detection", tries)
    report.take(people.forgiven(case.verdict(), merged), what)
    return reached


def during(case: Case, number: int, change: Callable[[], None]) -> bool:
    """A run in whose midst something happens, right before its n-th request; whether it came that far."""
    seen = [0]

    def at(_request: Any, when: str) -> None:
        seen[0] += when == "before"
        if seen[0] == number and when == "before":
            change()

    case.line.interceptors.append(at)
    try:
        case.run()
    finally:
        case.line.interceptors.remove(at)
    return seen[0] >= number


def _touch(case: Case) -> None:
    """Everybody gets another size, so that a run reads everybody again."""
    edits = []
    for key, row in case.begin.items():
        small = int(row[case.place.employees]) < 1000
        size = {case.place.employees: 2000 if small else 20}
        edits.append({"object": case.place.kind, "id": key, "fields": size})
    case.door.advance(2)
    case.door.edits(edits)
    case.door.advance(2)


def _change(case: Case, cast: Cast) -> None:
    kind = case.place.kind
    for lead in (cast.deleted, cast.restored):
        act(case, "delete", object=kind, id=lead, actor="person")
    if case.place.name == "salesforce":
        act(case, "convert", lead=cast.converted, actor="person")
    merged(case, *cast.pair)
    survivor = cast.chain[0]
    for other in cast.chain[1:]:
        survivor = merged(case, other, survivor)


def merged(case: Case, winner: str, loser: str) -> str:
    """Make one of two; whom they live on as."""
    return str(act(case, "merge", **people.merging(case, winner, loser)).get("id", winner))


def act(case: Case, action: str, **arguments: Any) -> Mapping[str, Any]:
    """What happens from within a request, where nobody may wait for the sandbox to answer."""
    answer = case.line.post("act", {"action": action, **arguments})
    if answer.status != 200:
        raise RuntimeError(f"{action}: {answer.body}")
    body: Mapping[str, Any] = answer.body
    return body


def _tries(case: Case, gone: Sequence[str], report: Report, what: str) -> int:
    """How often a run that knows of them still asks to write leads that are gone; it ought to be never."""
    tried: list[str] = []

    def at(request: Any, when: str) -> None:
        writes = request.method in _WRITES and not any(request.path.endswith(path) for path in _READS)
        if when == "before" and writes:
            told = request.body.decode(errors="replace") + request.path
            tried.extend(lead for lead in gone if lead in told)

    case.line.interceptors.append(at)
    try:
        for _ in range(2):
            case.door.advance(2)
            case.run()
    finally:
        case.line.interceptors.remove(at)
    mine = [lead for lead in tried if lead == gone[0] or case.place.name == "salesforce"]
    if mine:
        report.wrong.append(f"{what}: {len(mine)} more tries to write what is gone")
    return len(mine)


# -- out of sight -----------------------------------------------------------------------------------------------------


def hidden(options: Options) -> Report:
    """The API user's access is narrowed while effects are promised, and given back: nothing was given up meanwhile."""
    report = Report()
    with Arena(LEADS, options.seed) as arena:
        for crm in set(options.crms) & {"salesforce"}:
            for number in range(1, MOST_REQUESTS, 6 if options.short else 1):
                case = arena.case(crm)
                if not kills.killed_at(case, kills.Site("request", number, applied=False)):
                    break
                case.door.act("hide_rows", object=case.place.kind, share=0.3, seed=number)
                for _ in range(2):
                    case.door.advance(2)
                    case.run()
                case.door.act("show_rows", object=case.place.kind)
                case.door.advance(2)
                if not _all_known(case):
                    case.run("run", "job", "--all")
                case.settle()
                report.take(case.verdict(), f"{crm}, 30 % hidden after a kill at request {number}")
                report.add("moments")
    report.seen = report.told("moments")
    return report


def _all_known(case: Case) -> bool:
    """Whether every lead was promised something before it got out of sight; nothing tells of the others."""
    known = {row["lead"] for books in case.evidence().books for row in books.intents}
    return {key for key, row in case.begin.items() if case.place.lead(row, key).due} <= known
