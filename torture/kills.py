"""Kills: at random instants, at every failpoint, at every pair of failpoints."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torture.arena import Case
from torture.nursery_client import Child
from torture.people import nobody_answers
from torture.places import REJECTED

MOST_SITES = 400
"""A run with more sites than this does not end."""


@dataclass(frozen=True, slots=True)
class Site:
    """The n-th request or commit; `applied`: after it took place, before its author knows."""

    kind: str
    number: int
    applied: bool

    def __str__(self) -> str:
        return f"{'after' if self.applied else 'before'} {self.kind} {self.number}"


KINDS = tuple((kind, applied) for kind in ("request", "commit") for applied in (False, True))


def killed_at(case: Case, site: Site, state: str = "state", words: Sequence[str] = ("run", "job")) -> bool:
    """A run, or another command, that is killed there; whether it came that far."""
    return _run_to(case, site, state, words).killed


def _run_to(case: Case, site: Site, state: str, words: Sequence[str]) -> Child:
    if site.kind == "commit":
        return case.run(*words, state=state, commit={"number": site.number, "applied": site.applied})
    running: list[Child] = []
    with case.killing(site.number, applied=site.applied, child=lambda: born(running)):
        running.append(case.start(*words, state=state))
        case.nursery.wait(running[0])
    return running[0]


def born(children: Sequence[Child]) -> Child:
    """The only one, once it is known: its first request may come sooner."""
    while not children:
        time.sleep(0.001)
    return children[0]


def sites(reached: Callable[[Site], bool]) -> Iterator[Site]:
    """Every site until a run ends unharmed. `reached(site)`: kills there, and says whether it came to it."""
    for kind, applied in KINDS:
        for number in range(1, MOST_SITES):
            site = Site(kind, number, applied)
            if not reached(site):
                break
            yield site


def at_random(case: Case, kills: int, rng: random.Random, edit: bool = True, state: str = "state") -> int:
    """Kill run after run at drawn requests and commits, while people work; gives how many were killed at work."""
    longest, done = {"request": 12, "commit": 8}, 0
    while done < kills:
        if edit:
            people_work(case, rng)
            time_passes(case, rng, state)
        kind, applied = rng.choice(KINDS)
        site = Site(kind, rng.randint(1, longest[kind]), applied)
        if killed_at(case, site, state):
            done += 1
            longest[kind] += site.number == longest[kind]
            if done % _THROUGH == 0:
                case.run("run", "job", state=state)
        else:
            longest[kind] = max(3, site.number - 1)
    return done


def at_any_moment(case: Case, kills: int, rng: random.Random, state: str = "state") -> int:
    """The same by the clock, which comes between requests and commits too; no seed brings the very same again."""
    longest, done = 0.6, 0
    while done < kills:
        people_work(case, rng)
        time_passes(case, rng, state)
        child = case.start("run", "job", state=state)
        if case.nursery.ended(child, rng.uniform(0.02, longest)):
            longest = max(0.2, longest * 0.95)
            continue
        child.kill()
        case.nursery.wait(child)
        done += 1
    return done


def time_passes(case: Case, rng: random.Random, state: str = "state") -> None:
    """Now and then nobody answers for so long that the next step is due for some."""
    if rng.random() < _LATE:
        nobody_answers(case, rng.choice((0.5, 1, 2)), state)


_LATE = 0.4
_THROUGH = 6
"""Of so many kills comes a run that nobody ends: steps, returns and second hand-offs want something to follow on."""

_NOTES = ("a note of mine", "")


def people_work(case: Case, rng: random.Random, count: int = 5, notes: Sequence[str] = _NOTES) -> None:
    """New facts, which make leads due; values of people's own in shared fields; a lead is given back, or moved."""
    place, keys = case.place, sorted(case.begin)
    edits: list[dict[str, Any]] = []
    for key in rng.sample(keys, min(count, len(keys))):
        name, value = rng.choice(
            (
                (place.employees, rng.choice((20, 2000, 3000))),
                (place.budget, rng.choice((10_000, 50_000, 70_000))),
                (place.fill, rng.choice(notes)),
                (place.status, rng.choice((place.moved, place.initial))),
                (place.verdict, rng.choice((REJECTED, ""))),
                (place.owner, rng.choice(place.reps)),
            )
        )
        edits.append({"object": place.kind, "id": key, "fields": {name: value}})
    case.door.edits(edits)
    case.door.advance(rng.choice((0, 1, 2)))
