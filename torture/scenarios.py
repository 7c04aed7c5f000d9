"""Scenarios of kills: at random, at failpoints, at pairs of them, with two runners, and without a reply."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator

from torture import kills, people
from torture.arena import Arena, Case
from torture.leftovers import left_behind
from torture.report import Options, Report, ended, settled
from torture.states import SQLITE
from torture.two import of_two

LOST_REPLIES = {"kind": "drop-reply", "method": "POST PATCH PUT"}
_HOURS = (1.5, 2.5)
_LATE = 1.1


def random_kills(options: Options) -> Report:
    """Kills at drawn requests and commits, in the long form by the clock too; 3 % of replies lost; people at work."""
    report = Report()
    total = (200 if options.short else 2000) if options.state == SQLITE else (16 if options.short else 400)
    with Arena(30 if options.short else 60, options.seed, options.state) as arena:
        for name in options.crms:
            for killing in (kills.at_random,) if options.short else (kills.at_random, kills.at_any_moment):
                case = arena.case(name)
                case.door.faults({**LOST_REPLIES, "probability": 0.03}, seed=options.seed)
                rng = random.Random(f"{options.seed}:{name}")
                count = total // len(options.crms) // (1 if options.short else 2)
                report.add("kills", killing(case, count, rng))
                case.door.clear()
                settled(case, report, f"{name}, {killing.__name__}")
    report.seen = report.told("kills")
    return report


def failpoints(options: Options) -> Report:
    """A kill at every request and every commit, before it and after it; in the short form at some of them.

    First of the first run, then of one in which leads come back, others are late, and topics come up.
    """
    report = Report()
    with Arena(6, options.seed, options.state) as arena:
        for name in options.crms:
            for prepare in (_nothing, _much_to_do):

                def reached(site: kills.Site, name: str = name, prepare: Callable[[Case], None] = prepare) -> bool:
                    case = arena.case(name)
                    prepare(case)
                    killed = kills.killed_at(case, site)
                    settled(case, report, f"{name}, {prepare.__name__}, killed {site}")
                    return killed

                if options.short:
                    report.add("failpoints", sum(reached(site) for site in arena.random.sample(_some_sites(arena), 2)))
                else:
                    report.add("failpoints", sum(1 for _ in kills.sites(reached)))
    report.seen = report.told("failpoints")
    return report


def _nothing(_: Case) -> None:
    """A CRM that nobody has been at."""


def _much_to_do(case: Case) -> None:
    """One lead is given back, one has another owner, one gets a topic, and for the others it is late."""
    case.settle()
    back, moved, touched, *_ = sorted(people.handed_off(case))
    people.give_back(case, back)
    place = case.place
    case.door.edit(place.kind, moved, {place.owner: place.reps[2]})
    case.door.edit(place.kind, touched, {place.budget: 70_000})
    people.nobody_answers(case, _HOURS[int(case.folder.name[-1]) % 2])
    case.door.advance(2)


def pairs(options: Options) -> Report:
    """A kill at a failpoint, then one at a failpoint of the run that recovers: all pairs, or a sample.

    Of first kills that leave the same behind one stands for all.
    """
    report = Report()
    with Arena(4, options.seed) as arena:
        for name in options.crms:
            first = _some_sites(arena) if options.short else list(_distinct(arena, name))
            for number, site in enumerate(first, 1):
                report.add("pairs", _second_kills(arena, name, site, report, options))
                print(f"{name}: {number} of {len(first)} first kills, {report.told('pairs')}", file=sys.stderr)
            report.add("first kills", len(first))
    report.seen = report.told("first kills", "pairs")
    return report


def _distinct(arena: Arena, name: str) -> Iterator[kills.Site]:
    """The failpoints of a first run, without those that leave the same as one before."""
    left: set[str] = set()

    def reached(site: kills.Site) -> bool:
        case = arena.case(name)
        killed = kills.killed_at(case, site)
        found.append(left_behind(case))
        return killed

    found: list[str] = []
    for site in kills.sites(reached):
        if found[-1] not in left:
            left.add(found[-1])
            yield site


def _second_kills(arena: Arena, name: str, first: kills.Site, report: Report, options: Options) -> int:
    def reached(site: kills.Site) -> bool:
        case = arena.case(name)
        kills.killed_at(case, first)
        case.door.advance(2)
        killed = kills.killed_at(case, site)
        settled(case, report, f"{name}, killed {first}, then {site}")
        return killed

    if not options.short:
        return sum(1 for _ in kills.sites(reached))
    return sum(reached(site) for site in arena.random.sample(_some_sites(arena), 1))


def _some_sites(arena: Arena) -> list[kills.Site]:
    """One of each kind, from where a run is sure to come."""
    return [kills.Site(kind, arena.random.randint(1, 8), applied) for kind, applied in kills.KINDS]


def lost_replies(options: Options) -> Report:
    """30 % of all replies lost."""
    report = Report()
    with Arena(30 if options.short else 2000, options.seed, options.state) as arena:
        for name in options.crms:
            case = arena.case(name)
            case.door.faults({**LOST_REPLIES, "probability": 0.3}, seed=options.seed)
            for _ in range(4):
                case.run()
                case.door.advance(2)
            case.door.clear()
            settled(case, report, name)
            report.add("leads", len(case.begin))
    report.seen = report.told("leads")
    return report


def split_brain(options: Options) -> Report:
    """Two runners with a state each on one CRM, both killed again and again, which no seed brings the very same again.

    People empty no field here, and of HubSpot's patches some land twice: see `two.LIMITS`.
    """
    report = Report()
    total = 20 if options.short else 200
    with Arena(40, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            rng, killed = random.Random(f"{options.seed}:{name}"), 0
            while killed < total // len(options.crms):
                kills.people_work(case, rng, notes=("a note of mine",))
                killed += _both_killed(case, rng)
            report.add("kills", killed)
            for state in ("one", "two", "one", "two"):
                case.settle(state)
                people.nobody_answers(case, _LATE, state)
            for state in ("one", "two"):
                ended(case.settle(state), report, f"{name}, {state}")
            report.take(of_two(case.verdict(), case), name)
            report.add("leads", len(case.begin))
    report.seen = report.told("kills")
    return report


def _both_killed(case: Case, rng: random.Random) -> int:
    children = [case.start("run", "job", state=state) for state in ("one", "two")]
    for child in children:
        if not case.nursery.ended(child, rng.uniform(0.02, 0.3)):
            child.kill()
            case.nursery.wait(child)
    return sum(child.killed for child in children)
