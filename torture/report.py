"""What a scenario is asked for, and what it tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torture.arena import Case
from torture.judge import Verdict
from torture.nursery_client import Child
from torture.places import PLACES
from torture.states import SQLITE

LAWS = {
    "L1": "lost",
    "L2": "second tasks",
    "L3": "overwritten",
    "L4": "untold",
    "L5": "leaked",
    "L6": "unbalanced",
}
"""What is said of each that is broken."""


@dataclass(frozen=True, slots=True)
class Options:
    """`short`: as within `make test`. `crms`: only these."""

    seed: int = 7
    short: bool = False
    crms: tuple[str, ...] = tuple(PLACES)
    state: str = SQLITE


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
        return ", ".join([*shown, *(f"{self.figures.get(law, 0):.0f} {word}" for law, word in LAWS.items())])


@dataclass(frozen=True, slots=True)
class Scenario:
    """A row of the table. `states`: where its state may lie; the first is where it lies when nobody says.

    `long`: where else it may lie in the long form.
    """

    target: str
    play: Callable[[Options], Report]
    states: tuple[str, ...] = (SQLITE,)
    long: tuple[str, ...] = ()

    def stores(self, *, short: bool) -> tuple[str, ...]:
        """Where its state lies in either form."""
        return self.states if short else (*self.states, *self.long)


def settled(case: Case, report: Report, what: str) -> None:
    """Run until nothing is left, and judge."""
    case.door.advance(2)
    ended(case.settle(), report, what)
    report.take(case.verdict(), what)


def ended(child: Child, report: Report, what: str) -> None:
    """The last run came to its end, or what it said; else all that waits for it looks like many faults."""
    if child.code not in {0, 1}:
        report.wrong.append(f"{what}: the last run ended with {child.code}: {child.err.read_text()[-300:]}")
