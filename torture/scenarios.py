"""What must be reached, row by row: each scenario in a short and a long form."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torture import kills
from torture.arena import Arena, Case
from torture.judge import Verdict
from torture.places import PLACES

LOST_REPLIES = {"kind": "drop-reply", "method": "POST PATCH PUT"}


@dataclass(frozen=True, slots=True)
class Options:
    """`short`: as within `make test`. `crms`: only these."""

    seed: int = 7
    short: bool = False
    crms: tuple[str, ...] = tuple(PLACES)


@dataclass(slots=True)
class Report:
    """What was seen. `wrong`: what ought not to be, in words."""

    seen: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, count: float = 1) -> None:
        self.figures[name] = self.figures.get(name, 0) + count

    def take(self, verdict: Verdict, what: str) -> None:
        """Add a verdict."""
        for law, count in verdict.laws().items():
            self.add(law, count)
        if not verdict.ok:
            self.wrong.append(f"{what}: {verdict}")

    def told(self, *names: str) -> str:
        """The figures in words, and how many of each law were broken."""
        shown = [f"{self.figures.get(name, 0):,.0f} {name}" for name in names]
        laws = {"L1": "lost", "L2": "second tasks", "L3": "overwritten", "L4": "untold", "L5": "leaked"}
        return ", ".join([*shown, *(f"{self.figures.get(law, 0):.0f} {word}" for law, word in laws.items())])


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
            _settled(case, report, name)
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
                _settled(case, report, f"{name}, killed {site}")
                return killed

            report.add("failpoints", sum(1 for _ in kills.sites(reached)))
    report.seen = report.told("failpoints")
    return report


def pairs(options: Options) -> Report:
    """A kill at a failpoint, then one at a failpoint of the run that recovers: all pairs, or a sample."""
    report = Report()
    with Arena(4, options.seed) as arena:
        for name in options.crms:
            first = list(kills.sites(_first_kill(arena, name)))
            if options.short:
                first = arena.random.sample(first, 3)
            for site in first:
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
        _settled(case, report, f"{name}, killed {first}, then {site}")
        return killed

    if not options.short:
        return sum(1 for _ in kills.sites(reached))
    some = [kills.Site(kind, arena.random.randint(1, 8), applied) for kind, applied in kills.KINDS]
    return sum(reached(site) for site in some)


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
            _settled(case, report, name)
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
                _settled(case, report, what)
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


def _settled(case: Case, report: Report, what: str) -> None:
    """Run until nothing is left, and judge."""
    case.door.advance(2)
    child = case.settle()
    if child.code not in {0, 1}:
        report.wrong.append(f"{what}: the last run ended with {child.code}: {child.err.read_text()[-300:]}")
    report.take(case.verdict(), what)


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
    "state-lost": Scenario("0 second tasks, 0 overwritten", state_lost),
    "rollback": Scenario("identical fields", rolled_back),
}
