"""Plans: made, then people and other runs write, then applied under kills or without replies until they end."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torture import kills, people, promises
from torture.arena import Arena, Case
from torture.nursery_client import Child
from torture.report import Options, Report, ended
from torture.states import SQLITE
from torture.two import of_two
from torture.values import short

LOST_REPLIES = {"kind": "drop-reply", "method": "POST PATCH PUT", "probability": 0.3}

NOBODY, RUN, TWO = "nobody else", "a run", "a second installation"
"""Who writes besides people between a plan and its application: nobody, a run of the same job, or another store's."""

_DONE = frozenset({0, 1})
_TRIES = 12
"""Applied so often without a kill, a plan has come to its end or never will."""

_STRIDE = 6
"""So many kills of one plan: with more, what people write meanwhile leaves little of it to be done."""


def applied(options: Options) -> Report:
    """Plan after plan, killed at drawn requests and commits or without three of ten replies, and judged by its file."""
    report = Report()
    total = 6 if options.short else 240 if options.state == SQLITE else 60
    with Arena(12 if options.short else 30, options.seed, options.state) as arena:
        for place, name in enumerate(options.crms):
            # In the short form each CRM has one of those who write besides, another seed another one.
            some = [(NOBODY, RUN, TWO)[(options.seed + place) % 3]] if options.short else [NOBODY, RUN, TWO]
            for who in some:
                rng = random.Random(f"{options.seed}:{name}:{who}")
                case, count = arena.case(name), total // len(options.crms) // len(some)
                _played(case, rng, who, count, report)
                if not options.short or place == 0:
                    _without_replies(case, rng, who, report)
                _settled(case, who, report)
    report.seen = report.told("kills", "plans", "rows", "written", "refused", "broken promises")
    return report


def _played(case: Case, rng: random.Random, who: str, total: int, report: Report) -> None:
    """Plans, until enough was killed."""
    killed, number = 0, 0
    while killed < total:
        number += 1
        _prepared(case, rng, number)
        killed += Round(case, rng, number, who, report).play(min(_STRIDE, total - killed))
        if number > total:
            report.wrong.append(f"{_what(case, who)}: {killed} of {total} came to where they were to be killed")
            break
    report.add("kills", killed)


def _without_replies(case: Case, rng: random.Random, who: str, report: Report) -> None:
    """A plan more, of which replies are lost."""
    number = len(list(case.folder.glob("plan*.json"))) + 1
    _prepared(case, rng, number)
    Round(case, rng, number, who, report, lossy=True).play(0)


def _settled(case: Case, who: str, report: Report) -> None:
    """The laws of all rows, of all that happened."""
    for state in ("state", "two", "state", "two") if who == TWO else ("state",):
        case.door.advance(2)
        ended(case.settle(state), report, _what(case, who))
    verdict = case.verdict()
    report.take(of_two(verdict, case) if who == TWO else verdict, _what(case, who))


def _what(case: Case, who: str) -> str:
    return f"{case.place.name}, {who}"


def _prepared(case: Case, rng: random.Random, number: int) -> None:
    """What a later plan is about: leads that changed, came back, or got no answer."""
    if number > 1:
        for _ in range(3):
            kills.people_work(case, rng, notes=("a note of mine",))
        people.nobody_answers(case, rng.choice((0.5, 1, 2)))
    case.door.advance(3)


@dataclass
class Round:
    """One plan, from its making to the run after it. `lossy`: whether replies are lost while it is applied."""

    case: Case
    rng: random.Random
    number: int
    who: str
    report: Report
    lossy: bool = False
    longest: dict[str, int] = field(default_factory=lambda: {"request": 8, "commit": 6})

    def play(self, count: int) -> int:
        """Plan, write meanwhile, apply, judge; how many applications were killed."""
        case, self.file = self.case, self.case.folder / f"plan{self.number}.json"
        before, known = case.door.last(), self._runs()
        if not self._plan(killed=bool(count) and self.rng.random() < _KILLED_PLANS):
            return 0
        made = case.door.last()
        self._others_write()
        killed, last = self._apply(count)
        if last is None:
            return killed
        through = case.door.last()
        self._nothing_more()
        self._judge(before, made, through, known, last)
        return killed

    # -- before -------------------------------------------------------------------------------------------------------

    def _plan(self, *, killed: bool) -> bool:
        words = ("plan", "job", "--out", str(self.file))
        if killed:
            kills.killed_at(self.case, self._site(), words=words)
            if self.file.exists() and not _whole(self.file):
                self._miss("a plan that was killed left a part of its file")
        child = self.case.run(*words)
        if child.code != 0 or not _whole(self.file):
            self._miss(f"plan ended with {child.code}: {child.err.read_text()[-300:]}")
            return False
        return True

    def _others_write(self) -> None:
        self.case.door.advance(2)
        kills.people_work(self.case, self.rng, count=2, notes=("a note of mine",))
        if self.who != NOBODY:
            self.case.door.advance(2)
            kills.killed_at(self.case, self._site(), "two" if self.who == TWO else "state")
        self.case.door.advance(2)

    # -- applying -----------------------------------------------------------------------------------------------------

    def _apply(self, count: int) -> tuple[int, Child | None]:
        """Until it says that it is through; with how many kills, and its last word."""
        killed, tries = 0, 0
        while tries < _TRIES:
            self._lose(tries < _LOSSY_TRIES)
            if killed < count and kills.killed_at(self.case, self._site(), words=self._words):
                killed += 1
                self._people_meanwhile()
                continue
            child = self.case.children[-1] if killed < count else self.case.run(*self._words)
            tries += 1
            if _is_through(child):
                self.case.door.clear()
                return killed, child
            if child.code not in _DONE and not (self.lossy and tries <= _LOSSY_TRIES):
                break
            self.case.door.advance(2)
        self.case.door.clear()
        self._miss(
            f"never came to its end: {child.code}, {child.err.read_text()[-300:]} {child.out.read_text()[-600:]}"
        )
        return killed, None

    def _lose(self, some: bool) -> None:
        if self.lossy and some:
            self.case.door.faults(LOST_REPLIES, seed=self.rng.randint(0, 10**6))
        elif self.lossy:
            self.case.door.clear()

    def _people_meanwhile(self) -> None:
        """Now and then somebody edits a lead, or a rep ticks a task off, between two tries."""
        self.case.door.advance(2)
        if self.rng.random() < _BUSY:
            kills.people_work(self.case, self.rng, count=1, notes=("a note of mine",))
        if self.rng.random() < _BUSY:
            handed = people.handed_off(self.case)
            if handed:
                people.complete(self.case, handed[self.rng.choice(sorted(handed))])
        self.case.door.advance(2)

    def _nothing_more(self) -> None:
        """Applied once more, and run: the judge sees whether anything came of it."""
        for words in (self._words, ("run", "job")):
            self.case.door.advance(2)
            child = self.case.run(*words)
            if child.code not in _DONE:
                self._miss(f"{words[0]} afterwards ended with {child.code}: {child.err.read_text()[-300:]}")

    @property
    def _words(self) -> tuple[str, ...]:
        return ("apply", str(self.file), "--wait", "30")  # PostgreSQL notices only after a moment that a runner is dead

    def _site(self) -> kills.Site:
        kind, late = self.rng.choice(kills.KINDS)
        return kills.Site(kind, self.rng.randint(2, self.longest[kind]), late)

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def _judge(self, before: int, made: int, through: int, known: frozenset[str], last: Child) -> None:
        plan = json.loads(self.file.read_text())
        refused = frozenset(short(row["lead"]) for row in last.summary()["refused"])
        given = promises.Application(
            policy=self.case.place.policy(),
            plan=plan,
            history=self.case.door.history(),
            audit=self.case.stores.books("state").audit,
            begin=before,
            made=made,
            through=through,
            until=self.case.door.last(),
            refused=refused,
            others=self._begun(known | {plan["run"]}),
            shared=self.who == TWO,
        )
        wrong = promises.broken(given)
        sending = sum(bool(row["effect"] or row["more"]) for row in plan["rows"])
        told = {"plans": 1, "rows": sending, "refused": len(refused), "written": last.summary()["done"]}
        for name, count in {**told, "broken promises": len(wrong)}.items():
            self.report.add(name, count)
        self.report.wrong += [f"{_what(self.case, self.who)}, plan {self.number}: {words}" for words in wrong]

    def _runs(self) -> frozenset[str]:
        return frozenset(row["run"] for row in self._booked())

    def _begun(self, known: frozenset[str]) -> frozenset[str]:
        """Leads that a run which is not known yet has begun with, by the books."""
        return frozenset(short(row["lead"]) for row in self._booked() if row["run"] not in known)

    def _booked(self) -> list[Any]:
        books = self.case.stores.books("state")
        return [*books.intents, *books.assignments, *books.audit]

    def _miss(self, words: str) -> None:
        self.report.wrong.append(f"{_what(self.case, self.who)}, plan {self.number}: {words}")


_KILLED_PLANS = 0.3
_BUSY = 0.4
_LOSSY_TRIES = 3


def _whole(path: Path) -> bool:
    try:
        return bool(json.loads(path.read_text())["sha256"])
    except (OSError, ValueError, KeyError):
        return False


def _is_through(child: Child) -> bool:
    summary = child.summary()
    return child.code in _DONE and bool(summary.get("complete")) and not summary.get("pending")
