"""Every switch for an answer of the real CRMs that nobody could confirm, in every position."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from torture import kills, people
from torture.arena import Arena, Case
from torture.report import Options, Report
from torture.two import of_two

Settings = Mapping[str, Any]

SWITCHES: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "salesforce": {
        "graph_conditions": (True, False),
        "graph_duplicate_code": ("node", "all"),
        "graph_failures": (14, 15),
        "bin_keeps_unique": (True, False),
        "auto_assign_on_update": (True, False),
        "covered_by_minute": (True, False),
        "merged_ids_follow": (True, False),
        "rotate_refresh_tokens": (True, False),
        "one_session": (True, False),
        "page_shrink": (True, False),
        "lead_history": (True, False),
    },
    "hubspot": {
        "unique_tasks": (True, False),
        "unique_notes": (True, False),
        "duplicate_answer": ("validation", "conflict"),
        "bin_keeps_unique": (True, False),
        "merge_answer": ("new-id", "primary-id", "gone"),
        "index_lag_seconds": (0, 30),
        "index_lag_random": (True, False),
        "shuffle_batches": (True, False),
    },
}
"""By CRM and switch: its positions."""

WEAK: Settings = {"unique_tasks": False}
"""Without a unique key two runners may create two tasks, and a deleted one may come again where the state is lost."""

LEADS = 24
_LOST = {"kind": "drop-reply", "method": "POST PATCH PUT", "probability": 0.1}
_LAG = 61


def positions(crm: str) -> Iterator[dict[str, Any]]:
    """Each switch on its own; one that says how another does its work comes with it."""
    for name, values in SWITCHES[crm].items():
        for value in values:
            with_it = {"index_lag_seconds": 30} if name == "index_lag_random" else {}
            yield {**with_it, name: value}


def mixed(crm: str, rng: random.Random, count: int) -> Iterator[dict[str, Any]]:
    """Some combinations."""
    for _ in range(count):
        yield {name: rng.choice(values) for name, values in SWITCHES[crm].items()}


def switched(options: Options) -> Report:
    """Lost answers, kills, a second runner, people and reps at work, and the state lost, under every position."""
    report = Report()
    with Arena(LEADS, options.seed) as arena:
        for crm in options.crms:
            rng = random.Random(f"{options.seed}:{crm}")
            wanted = [*positions(crm), *mixed(crm, rng, 6)]
            for settings in _some(wanted) if options.short else wanted:
                seed = rng.randrange(10**6)
                under(arena.case(crm), settings, seed, report)
                report.add("positions")
    report.seen = report.told("positions", "kills")
    return report


def _some(wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The positions that change most."""
    chosen = ({"graph_conditions": False}, WEAK)
    return [settings for settings in wanted if settings in chosen]


def under(case: Case, settings: Settings, seed: int, report: Report, most: int = 3) -> None:
    """One position, from the first run to the verdict."""
    rng, weak = random.Random(seed), settings.get("unique_tasks") is False
    states = ("state",) if weak else ("state", "two")
    case.door.settings(**settings)
    case.door.faults(_LOST, seed=seed)
    for _ in range(most):
        kills.people_work(case, rng)
        report.add("kills", kills.killed_at(case, _site(rng)))
    case.door.actors(_people(case), seed=seed)
    if case.place.name == "hubspot":
        case.door.faults()  # see `two.LIMITS`
    if weak:
        case.run()
    else:
        people.interleaved(case, rng.randint(1, 10), applied=rng.random() < 0.5)
    case.door.clear()
    _settle(case, states, weak=weak)
    _facts(case, rng)
    merged = _reps(case, rng, weak=weak)
    _settle(case, states, weak=weak)
    people.lose_state(case)
    _settle(case, states, weak=weak)
    what = f"{case.place.name} {dict(settings)} seed {seed}"
    last = case.children[-1]
    if last.code not in {0, 1}:
        report.wrong.append(f"{what}: the last run ended with {last.code}: {last.err.read_text()[-300:]}")
    verdict = people.forgiven(case.verdict(), merged)
    report.take(verdict if weak else of_two(verdict, case), what)


def _site(rng: random.Random) -> kills.Site:
    kind, applied = rng.choice(kills.KINDS)
    return kills.Site(kind, rng.randint(2, 10), applied)


def _facts(case: Case, rng: random.Random) -> None:
    """What people learn of leads; nobody clears anything, see `two.LIMITS`."""
    place = case.place
    facts: list[dict[str, Any]] = [{place.employees: 3000}, {place.budget: 70_000}, {place.status: place.moved}]
    for key in rng.sample(sorted(case.begin), 5):
        case.door.edit(place.kind, key, rng.choice(facts))


def _people(case: Case) -> dict[str, Any]:
    place = case.place
    fields = {place.fill: ["mine {n}"], place.status: [place.moved], place.employees: [20, 2000]}
    return {"object": place.kind, "fields": fields, "rate": 0.5, "records": "any"}


def _settle(case: Case, states: tuple[str, ...], *, weak: bool) -> None:
    """Until both have nothing left to say; what waits out a lost answer is given the time."""
    case.door.advance(_LAG)
    for state in (*states, *states):
        if weak:
            case.run(state=state)
            people.let_pass(case, states, 600)
        case.settle(state)
    case.door.advance(_LAG)


def _reps(case: Case, rng: random.Random, *, weak: bool) -> int:
    """One completes a task, one deletes his, and two leads that were handed off become one; at which row."""
    made = people.handed_off(case)
    leads = rng.sample(sorted(made), 4)
    people.complete(case, made[leads[0]])
    if not weak:
        people.delete(case, made[leads[1]])
    people.merge(case, leads[2], leads[3])
    return case.door.last()
