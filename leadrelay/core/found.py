"""What was found out about one lead by each step: the values that a trace is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Fact:
    """A field that a predicate looked at, and its value; None when the lead has none."""

    field: str
    value: str | None

    def __str__(self) -> str:
        return f"{self.field} {'unknown' if self.value is None else self.value}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one predicate. `holds` is None when too little is known."""

    predicate: str
    holds: bool | None
    facts: tuple[Fact, ...]

    def __str__(self) -> str:
        known = ", ".join(map(str, self.facts))
        return f"{self.predicate} [{known}]" if known else self.predicate

    @property
    def known(self) -> str:
        """The values that it looked at."""
        return ", ".join(str(fact) for fact in self.facts if fact.value is not None)

    @property
    def word(self) -> str:
        """Whether it holds, in words."""
        return "is unknown" if self.holds is None else "holds" if self.holds else "does not hold"


@dataclass(frozen=True, slots=True)
class CriterionFound:
    """A criterion of BANT. A side that the playbook does not give is None.

    `met_by`, `unmet_by`: the predicates of each side. `spoke`: the names of those that count. `told`: its evidence.
    `age`: where answers expire, how old these are.
    """

    criterion: str
    verdict: str
    met: Finding | None
    unmet: Finding | None
    evidence: tuple[Fact, ...]
    questions: tuple[str, ...]
    met_by: tuple[Named, ...]
    unmet_by: tuple[Named, ...]
    spoke: tuple[str, ...]
    told: str
    age: Age | None

    @property
    def open(self) -> bool:
        """Whether there is something left to ask."""
        return bool(self.questions) and self.verdict in {"unknown", "contradicted"}

    @property
    def deciding(self) -> str:
        """The verdict, and what made it so."""
        sayings = (*self.met_by, *self.unmet_by)
        spoke = "; ".join(_spoke(saying) for saying in sayings if saying.finding and saying.finding.holds)
        told = str(self.age) if self.age and self.age.expired else spoke
        return f"{self.criterion} is {self.verdict}{': ' if told else ''}{told}"

    @property
    def in_short(self) -> str:
        """Its evidence behind the verdict, such as `by Amount named: budget_amount 50000`."""
        return self.told.removeprefix(f"{self.criterion.capitalize()} {self.verdict}").lstrip(":, ")

    def lines(self) -> Iterator[str]:
        """The verdict, each predicate, and the age of the answers."""
        yield f"{self.criterion} is {self.verdict}"
        for side, sayings in (("met", self.met_by), ("unmet", self.unmet_by)):
            for saying in sayings:
                if saying.finding:
                    name = f"{side} by {saying.name}" if saying.name else side
                    yield f"{name} {saying.finding.word}: {saying.finding}"
        if self.age:
            yield str(self.age)


def _spoke(saying: Named) -> str:
    return f"{saying.name}: {saying.finding}" if saying.name else str(saying.finding)


@dataclass(frozen=True, slots=True)
class Age:
    """When the answers to a criterion were given, as date field `as_of` says, and from which day on they do not count.

    `days`: how old they are. `expired`: whether they are too old, and would count otherwise.
    """

    as_of: str
    asked: str | None
    days: int | None
    expires_after: str
    until: str | None
    fresh: bool
    expired: bool

    def __str__(self) -> str:
        if self.asked is None:
            return f"{self.as_of} unknown, so nothing expires"
        ends = f"{'expires' if self.fresh else 'expired'} {self.until}" if self.until else "never expires"
        return f"asked {self.asked}, {_days(self.days)}; {ends}"


def _days(days: int | None) -> str:
    """How long ago, or ahead."""
    if not days:
        return "today"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'ago' if days > 0 else 'ahead'}"


@dataclass(frozen=True)
class RuleFound:
    """A score rule. `points` is what it gave; `since` is the date that its fading counts from."""

    rule: str
    output: str
    points: int
    reason: str
    finding: Finding
    since: Fact | None
    group: str = ""

    @cached_property
    def line(self) -> str:
        """The reason, and what it rests on."""
        since = f", since {self.since}" if self.since else ""
        return f"{self.reason}: {self.finding}{since}"


@dataclass(frozen=True, slots=True)
class Named:
    """A disqualifier, a status or a condition of the gate. The last status has no predicate."""

    name: str
    label: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class RecycleFound:
    """A rule that recycles leads. `speaks`: it does so now; `served`: its cause lasts, but the lead's day has come."""

    name: str
    after: str
    finding: Finding
    speaks: bool
    served: bool

    def __str__(self) -> str:
        if self.served:
            return f"{self.name} holds, but has served its time: {self.finding}"
        return f"{self.name}{'' if self.speaks else f', which {self.finding.word}'}: {self.finding}"


@dataclass(frozen=True, slots=True)
class StageFound(Named):
    """A stage. The last has no predicate. `reachable`: the playbook lists a way there from where the lead is."""

    reachable: bool = True

    @property
    def takes(self) -> bool:
        """Whether it would have the lead, were it reachable."""
        return self.finding is None or bool(self.finding.holds)

    def passed_by(self, here: str | None) -> str:
        """Why it did not get the lead; "" where nothing is to be said."""
        if self.takes and not self.reachable:
            told = f"{self.name} holds, but the playbook lists no way from {here} to {self.name}"
            return f"{told}: {self.finding}" if self.finding else told
        return f"not {self.name}, which {self.finding.word}: {self.finding}" if self.finding else ""
