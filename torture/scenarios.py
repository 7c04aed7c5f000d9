"""What must be reached, row by row: each scenario in a short and a long form."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torture import kills, loads
from torture.arena import Arena, Case
from torture.report import Options, Report, settled

LOST_REPLIES = {"kind": "drop-reply", "method": "POST PATCH PUT"}


def random_kills(options: Options) -> Report:
    """Kills at random instants, 3 % of the replies lost, people at work."""
    report = Report()
    total = 200 if options.short else 2000
    with Arena(60, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            case.door.faults({**LOST_REPLIES, "probability": 0.03}, seed=options.seed)
            rng = random.Random(f"{options.seed}:{name}")
            report.add("kills", kills.at_random(case, total // len(options.crms), rng))
            case.door.clear()
            settled(case, report, name)
    report.seen = report.told("kills")
    return report


def failpoints(options: Options) -> Report:
    """A kill at every request and every commit, before it and after it."""
    report = Report()
    with Arena(6, options.seed) as arena:
        for name in options.crms:

            def reached(site: kills.Site, name: str = name) -> bool:
                case = arena.case(name)
                killed = kills.killed_at(case, site)
                settled(case, report, f"{name}, killed {site}")
                return killed

            report.add("failpoints", sum(1 for _ in kills.sites(reached)))
    report.seen = report.told("failpoints")
    return report


def pairs(options: Options) -> Report:
    """A kill at a failpoint, then one at a failpoint of the run that recovers: all pairs, or a sample."""
    report = Report()
    with Arena(4, options.seed) as arena:
        for name in options.crms:
            for site in _some_sites(arena) if options.short else list(kills.sites(_first_kill(arena, name))):
                report.add("pairs", _second_kills(arena, name, site, report, options))
    report.seen = report.told("pairs")
    return report


def _first_kill(arena: Arena, name: str) -> Callable[[kills.Site], bool]:
    return lambda site: kills.killed_at(arena.case(name), site)


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
    return sum(reached(site) for site in _some_sites(arena))


def _some_sites(arena: Arena) -> list[kills.Site]:
    """One of each kind, from where a run is sure to come."""
    return [kills.Site(kind, arena.random.randint(1, 8), applied) for kind, applied in kills.KINDS]


def lost_replies(options: Options) -> Report:
    """30 % of all replies lost."""
    report = Report()
    with Arena(100 if options.short else 2000, options.seed) as arena:
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
    """Two runners with a state each on one CRM, both killed again and again."""
    report = Report()
    total = 20 if options.short else 200
    with Arena(40, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            rng = random.Random(f"{options.seed}:{name}")
            for _ in range(total // len(options.crms) // 2):
                report.add("kills", _both_killed(case, rng))
            for state in ("one", "two", "one", "two"):
                case.settle(state)
            report.take(case.verdict(), name)
            report.add("leads", len(case.begin))
    report.seen = report.told("kills")
    return report


def _both_killed(case: Case, rng: random.Random) -> int:
    kills.people_work(case, rng)
    children = [case.start("run", "job", state=state) for state in ("one", "two")]
    killed = 0
    for child in children:
        if not case.nursery.ended(child, rng.uniform(0.1, 0.5)):
            child.kill()
            case.nursery.wait(child)
            killed += 1
    return killed


def state_lost(options: Options) -> Report:
    """The state is lost halfway, or replaced by an old backup; people worked in the meantime."""
    report = Report()
    with Arena(100 if options.short else 1000, options.seed) as arena:
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
    with Arena(100 if options.short else 2000, options.seed) as arena:
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
            report.add("fields differ", differing)
            report.add("leads", len(after))
    report.seen = f"{report.figures['leads']:,.0f} leads, {report.figures['fields differ']:.0f} fields differ"
    return report


@dataclass(frozen=True, slots=True)
class Scenario:
    """A row of the table."""

    target: str
    play: Callable[[Options], Report]


SCENARIOS: Mapping[str, Scenario] = {
    "kills": Scenario("0 lost, 0 second tasks, 0 overwritten", random_kills),
    "failpoints": Scenario("all pass", failpoints),
    "pairs": Scenario("all pass", pairs),
    "lost-replies": Scenario("0 second tasks", lost_replies),
    "split-brain": Scenario("0 second tasks, 0 owners that differ", split_brain),
    "bad-record": Scenario("99 of 100 done in the same run, at most 15 calls", loads.bad_record),
    "late-commits": Scenario("0 missing", loads.late_commits),
    "editing-burst": Scenario("0 overwritten", loads.editing_burst),
    "recovery": Scenario("working again within 2 s", loads.recovery),
    "state-lost": Scenario("0 second tasks, 0 overwritten", state_lost),
    "rollback": Scenario("identical fields", rolled_back),
}
