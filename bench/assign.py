"""Who gets which lead: how far from the entitlement, wherever the stream is cut, and how fast.

`python -m bench.assign [--plot fairness.png]`. Beside leadrelay, on the same stream of leads, the rules that Odoo and
Frappe state: a weighted random choice (odoo/odoo, addons/crm/models/crm_team.py, `_allocate_leads`), and the user after
the last one, or the one with the fewest open leads (frappe/frappe, assignment_rule.py). Neither of the last two has
weights: they are also held against equal shares.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from leadrelay.core.assign.assigner import Assigner
from leadrelay.core.assign.ledger import EMPTY, Entry, Ledger
from leadrelay.core.assign.values import AssignmentRules, Case
from leadrelay.core.roster import Absence, Member, Rep, Roster, Staff, Team

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AWAY = (Absence(date(2026, 3, 1), date(2026, 3, 31)),)
WEIGHTS = {"ann": 1.0, "bob": 1.0, "cid": 2.0, "dan": 2.5, "eve": 3.0, "fay": 0.7, "gus": 5.0}
LEADS, SETTLED = 10_000, 500
"""Leads of a stream; and of its quiet end, in which what absences and returns left behind is worked off."""

LANGUAGES = ("de", "en", "fr", "ja")
INDUSTRIES = ("banking", "insurance", "retail", "energy", "health", "public")
TEAM = "sales"


@dataclass(frozen=True)
class Step:
    """One lead of a stream: who is there and has room, and which earlier lead is returned before."""

    present: tuple[str, ...]
    returned: int | None = None


@dataclass
class Account:
    """What everybody is entitled to and has received, kept apart from what chooses."""

    weights: Mapping[str, float]
    entitled: dict[str, float] = field(default_factory=lambda: dict.fromkeys(WEIGHTS, 0.0))
    received: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WEIGHTS, 0))

    def enter(self, candidates: Sequence[str], owner: str, lead: int = 1) -> None:
        """A lead, or minus one: shares for the candidates, the whole for its owner."""
        whole = sum(self.weights[one] for one in candidates)
        for one in candidates:
            self.entitled[one] += lead * self.weights[one] / whole
        self.received[owner] += lead

    def distance(self) -> float:
        """How far the one who is furthest away is from the entitlement."""
        return max(abs(self.entitled[one] - self.received[one]) for one in self.entitled)


Chooser = Callable[[Sequence[str], Mapping[str, int]], str]


def odoo(seed: int) -> Chooser:
    """A weighted random choice."""
    rng = random.Random(seed)
    return lambda candidates, _: rng.choices(candidates, [WEIGHTS[one] for one in candidates])[0]


def frappe_round_robin() -> Chooser:
    """The one after the last one; the first where the last one is not there any more."""
    last = ""

    def choose(candidates: Sequence[str], _: Mapping[str, int]) -> str:
        nonlocal last
        place = candidates.index(last) + 1 if last in candidates else 0
        last = candidates[place % len(candidates)]
        return last

    return choose


def frappe_load() -> Chooser:
    """The one with the fewest open leads; of several the first."""
    return lambda candidates, load: min(candidates, key=lambda one: load[one])


class Ours:
    """leadrelay, in runs of random size, its ledger written as JSON and read again in between."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._left, self._present = 0, tuple[str, ...]()
        self._assigner = Assigner(AssignmentRules(), staff_of(()), EMPTY, {}, NOW)

    def __call__(self, candidates: Sequence[str], _: Mapping[str, int]) -> str:
        """The owner of the next lead."""
        if not self._left:
            self._begin(self._present)
        self._meet(candidates)
        self._left -= 1
        return self._assigner.choose(Case("", TEAM)).owner

    def back(self, candidates: Sequence[str], owner: str) -> None:
        """A lead of this owner is returned."""
        self._meet(candidates)
        self._assigner.give_back(TEAM, owner)

    def _meet(self, candidates: Sequence[str]) -> None:
        if tuple(candidates) != self._present:
            self._begin(tuple(candidates))

    def _begin(self, present: tuple[str, ...]) -> None:
        """Another run."""
        self._left, self._present = self._rng.randint(1, 400), present
        self._assigner = Assigner(AssignmentRules(), staff_of(present), kept(self._assigner.ledger), {}, NOW)


def staff_of(present: Sequence[str]) -> Staff:
    """The seven; who is not present is away."""
    members = {
        owner: Member(owner, weight, absences=() if owner in present else AWAY) for owner, weight in WEIGHTS.items()
    }
    reps = tuple(Rep(owner, TEAM, member) for owner, member in members.items())
    return Staff(Roster({TEAM: Team(TEAM, tuple(members.values()))}), {TEAM: reps})


def kept(ledger: Ledger) -> Ledger:
    """As the state store has it for the next run."""
    rows = json.loads(json.dumps([[*key, *astuple(entry)] for key, entry in ledger.entries.items()]))
    return Ledger({(team, owner): Entry(*values) for team, owner, *values in rows})


def quiet(leads: int) -> Iterator[Step]:
    """Everybody is there, and nothing comes back."""
    return (Step(tuple(WEIGHTS)) for _ in range(leads))


def troubled(leads: int, seed: int) -> Iterator[Step]:
    """Each rep is away, or has too much to do, for a tenth of the time; one lead in twelve is returned."""
    rng, away, full = random.Random(seed), set[str](), set[str]()
    for lead in range(leads):
        for out, chance in ((away, 0.0005), (full, 0.005)):
            out -= {one for one in WEIGHTS if rng.random() < 9 * chance}
            out |= {one for one in WEIGHTS if rng.random() < chance}
        present = tuple(one for one in WEIGHTS if one not in away and one not in full)
        recent = range(max(0, lead - 300), lead)
        returned = rng.choice(recent) if recent and rng.random() < 1 / 12 else None
        yield Step(present or tuple(WEIGHTS), returned)
    yield from quiet(SETTLED)


Back = Callable[[Sequence[str], str], None]


def walk(steps: Sequence[Step], choose: Chooser, weights: Mapping[str, float], back: Back) -> list[float]:
    """The distance after each lead. A returned lead leaves its owner, and is not given out again in this stream."""
    account, owners, load = Account(weights), list[str](), dict.fromkeys(WEIGHTS, 0)
    gone, found = set[int](), list[float]()
    for step in steps:
        if step.returned is not None and step.returned not in gone:
            gone.add(step.returned)
            owner = owners[step.returned]
            account.enter(step.present, owner, -1)
            load[owner] -= 1
            back(step.present, owner)
        owner = choose(step.present, load)
        owners.append(owner)
        load[owner] += 1
        account.enter(step.present, owner)
        found.append(account.distance())
    return found


def fairness(seed: int = 5) -> dict[str, dict[str, list[float]]]:
    """By stream and by who chooses: the distance after each lead."""
    streams = {"all present": list(quiet(LEADS)), "absence, capacity, returns": list(troubled(LEADS, seed))}
    equal = dict.fromkeys(WEIGHTS, 1.0)
    found: dict[str, dict[str, list[float]]] = {}
    for name, steps in streams.items():
        relay = Ours(seed)
        found[name] = {
            "leadrelay": walk(steps, relay, WEIGHTS, relay.back),
            "Odoo: weighted random": walk(steps, odoo(seed), WEIGHTS, _nothing),
            "Frappe: last user + 1": walk(steps, frappe_round_robin(), WEIGHTS, _nothing),
            "Frappe: fewest open": walk(steps, frappe_load(), WEIGHTS, _nothing),
            "Frappe: last user + 1, against equal shares": walk(steps, frappe_round_robin(), equal, _nothing),
            "Frappe: fewest open, against equal shares": walk(steps, frappe_load(), equal, _nothing),
        }
    return found


def _nothing(_: Sequence[str], __: str) -> None:
    """Neither keeps an account to give credit back to."""


# -- pages and speed ---------------------------------------------------------------------------------------------------


def large_staff(teams: int, members: int, seed: int = 1) -> Staff:
    """Reps of unequal weight who know some languages and industries; one in twenty is away."""
    rng = random.Random(seed)
    found: dict[str, tuple[Rep, ...]] = {}
    for team in range(teams):
        reps = []
        for number in range(members):
            member = Member(
                f"rep{team}-{number}@acme.example",
                weight=rng.choice([0.5, 1, 1, 1, 2, 3]),
                capacity=rng.choice([None, None, 2_000]),
                languages=frozenset(rng.sample(LANGUAGES, rng.randint(1, 2))),
                industries=frozenset(rng.sample(INDUSTRIES, rng.randint(0, 2))),
                absences=AWAY if rng.random() < 0.05 else (),
            )
            reps.append(Rep(f"005{team:03}{number:05}", str(team), member))
        found[str(team)] = tuple(reps)
    roster = Roster({name: Team(name, tuple(rep.member for rep in reps)) for name, reps in found.items()})
    return Staff(roster, found)


def cases(leads: int, teams: int, seed: int = 2) -> list[Case]:
    """Leads of every team, of which some tell their language and their industry."""
    rng = random.Random(seed)
    return [
        Case(
            lead=f"00Q{number:012}",
            team=str(rng.randrange(teams)),
            territory="rule",
            language=rng.choice((*LANGUAGES, None, None)),
            industry=rng.choice((*INDUSTRIES, "other", None)),
            value=rng.lognormvariate(10, 1),
        )
        for number in range(leads)
    ]


def owners(staff: Staff, leads: Sequence[Case], page: int, rules: AssignmentRules) -> list[str]:
    """Who gets each, in pages of a size; ledger and workload go from page to page as they do from run to run."""
    ledger, load, found = EMPTY, dict[str, int](), list[str]()
    for start in range(0, len(leads), page):
        assigner = Assigner(rules, staff, kept(ledger), load, NOW)
        given = [assigner.choose(case).owner for case in leads[start : start + page]]
        for owner in given:
            load[owner] = load.get(owner, 0) + 1
        found += given
        ledger = assigner.ledger
    return found


def pages(leads: int = 4_000) -> dict[str, bool]:
    """Whether pages of 1, 7, 200 and 2,000 leads have the same owners, by what is evened out."""
    staff, given = large_staff(2, 12), cases(leads, 2)
    return {
        count: len({tuple(owners(staff, given, page, AssignmentRules(count=count))) for page in (1, 7, 200, 2_000)})
        == 1
        for count in ("leads", "value")
    }


def seconds(leads: int = 100_000, rounds: int = 3) -> dict[str, float]:
    """Median processor seconds to give that many leads to 200 reps, with the trace of each choice."""
    fair = AssignmentRules(order=("fair",))
    shapes = {
        "one team of 200, by turn": (1, fair),
        "one team of 200, by expertise": (1, AssignmentRules()),
        "ten teams of 20, by expertise": (10, AssignmentRules()),
        "one team of 200, by expertise and value": (1, AssignmentRules(count="value")),
    }
    found = {}
    for name, (teams, rules) in shapes.items():
        staff, given = large_staff(teams, 200 // teams), cases(leads, teams)
        found[name] = statistics.median(_timed(staff, given, rules) for _ in range(rounds))
    return found


def _timed(staff: Staff, given: Sequence[Case], rules: AssignmentRules) -> float:
    assigner = Assigner(rules, staff, EMPTY, {}, NOW)
    began = time.process_time()
    for case in given:
        assigner.choose(case).trace()
    return time.process_time() - began


# -- what is printed ---------------------------------------------------------------------------------------------------


def plot(found: Mapping[str, Mapping[str, Sequence[float]]], path: Path) -> None:
    """The distance over the leads, a panel for each stream."""
    from matplotlib.figure import Figure

    drawn = {"leadrelay": "tab:green", "Odoo: weighted random": "tab:purple", "Frappe: last user + 1": "tab:orange"}
    labels = {"Frappe: last user + 1": "Frappe: last user + 1 (knows no weights)"}
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    for axes, (stream, lines) in zip(figure.subplots(1, len(found), sharey=True), found.items(), strict=True):
        for name, colour in drawn.items():
            axes.plot(
                range(1, len(lines[name]) + 1), lines[name], color=colour, label=labels.get(name, name), linewidth=0.7
            )
        axes.axhline(1, color="grey", linestyle="--", linewidth=0.8)
        axes.annotate("1 lead", (1, 1), xycoords=("axes fraction", "data"), va="center", fontsize=8, color="grey")
        axes.set(title=stream.capitalize(), xlabel="Leads given", yscale="log", ylim=(0.1, None))
        axes.grid(visible=True, which="major", alpha=0.3)
    figure.axes[0].set_ylabel("Leads between the furthest rep\nand the entitlement (log scale)")
    figure.axes[0].legend(loc="upper left", fontsize=8)
    figure.suptitle("Seven reps of unequal weight: how far the furthest is from the share", fontsize=12)
    figure.savefig(path, dpi=150)


def main(path: Path | None = None, leads: int = 100_000) -> dict[str, Any]:
    """Measure and print."""
    streams = fairness()
    print(
        f"fairness: {LEADS:,} leads in runs of 1 to 400 over 7 reps of weight {', '.join(map(str, WEIGHTS.values()))}"
    )
    print(f"{'leads away from the entitlement':46}{'stream':>28}{'worst':>10}{'median':>10}{'at the end':>12}")
    for stream, lines in streams.items():
        for name, found in lines.items():
            figures = (max(found), statistics.median(found), max(found[-SETTLED // 2 :]))
            print(f"{name:46}{stream:>28}{figures[0]:10,.2f}{figures[1]:10,.2f}{figures[2]:12,.2f}")
    same, speed = pages(), seconds(leads)
    for count, equal in same.items():
        print(f"pages of 1, 7, 200 and 2,000, by {count}: {'identical' if equal else 'DIFFERENT'} owners")
    for name, took in speed.items():
        print(f"{leads:,} leads to 200 reps, {name}: {took:.2f} s")
    if path:
        plot(streams, path)
        print(f"plot: {path}")
    worst = {stream: {name: max(found) for name, found in lines.items()} for stream, lines in streams.items()}
    return {"worst": worst, "pages": same, "seconds": speed}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--plot", type=Path)
    main(parser.parse_args().plot)
