"""What was found out about one lead, step by step, and why each output has its value.

A trace holds a lead's values. It is for the person who asked about that lead, never for a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from leadrelay.core.outputs import GATE, RECYCLING, TEXTS, VERDICTS
from leadrelay.core.reasons import in_words
from leadrelay.core.recycling import DATE, REASON

PARTS_OF: Mapping[str, tuple[str, ...]] = {
    "fit": ("contact_fit", "organisation_fit"),
    "score": ("fit", "engagement", "intent", "bant_score"),
}
"""The sums of sums."""

TOLD = ("contact_fit", "organisation_fit", "fit", "engagement", "intent", "bant_score", "score")
"""The order in which reasons are told."""


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


@dataclass(frozen=True, slots=True)
class RuleFound:
    """A score rule. `points` is what it gave; `since` is the date that its fading counts from."""

    rule: str
    output: str
    points: int
    reason: str
    finding: Finding
    since: Fact | None
    group: str = ""


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


@dataclass(frozen=True)
class Trace:
    """One lead, through every step.

    `capped`, `group_caps`: what a cap took from, or gave, an output or a group. `handoff`: whether it is to be passed
    on; None where the playbook hands nothing off.
    """

    outputs: Mapping[str, Any]
    criteria: tuple[CriterionFound, ...]
    rules: tuple[RuleFound, ...]
    capped: Mapping[str, str]
    group_caps: Mapping[str, str]
    grade: tuple[str, ...]
    disqualifiers: tuple[Named, ...]
    qualification: Finding
    statuses: tuple[Named, ...]
    gate: tuple[Named, ...]
    recycling: tuple[RecycleFound, ...]
    stages: tuple[StageFound, ...]
    handoff: Finding | None
    lead: Mapping[str, str | None]

    def because(self, output: str) -> list[str]:
        """Why an output, or a lead field, has its value: a line each; nothing for what no playbook decides."""
        if output == "reasons":
            return list(self._reason_lines())
        if output in GATE or output == "gate_missing":
            return list(self._gate_lines(output))
        if output == "recycled_before":
            return [str(found) for found in self.recycling if found.served]
        if output in VERDICTS or output in TEXTS:
            return list(self._bant_lines(output))
        if output in self.outputs:
            return list(self._decided_lines(output))
        value = self.lead.get(output)
        return [] if value is None else [f"the lead's {output} is {value}"]

    def in_short(self, output: str) -> str:
        """The same in one line, without the predicates; nothing for a text that says so itself."""
        if output in TEXTS:
            return ""
        if output == "stage":
            return self._stage_in_short()
        if output == "qualification":
            return self._status_in_short()
        if output == "gate_passed":
            return f"lacks {self.outputs['gate_missing']}" if self.outputs["gate_missing"] else self._passed()
        if output in RECYCLING:
            return ", ".join(f"{found.name}: {found.finding.known}" for found in self.recycling if found.speaks)
        if output in TOLD:
            parts = [f"{in_words(part)} {self.outputs[part]}" for part in PARTS_OF.get(output, ())]
            return ", ".join([*parts, *(reason for reason, _ in self._told(output))])
        for found in self.criteria:
            if output == f"bant_{found.criterion}":
                return _told(found)
        return "; ".join(self.because(output))

    def to_json(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        whole = asdict(self)
        return {**whole, "because": {output: self.because(output) for output in self.outputs}}

    def _decided_lines(self, output: str) -> Iterator[str]:
        match output:
            case "grade":
                yield from self.grade
            case "band":
                yield f"score {self.outputs['score']}"
            case "disqualified":
                yield from self._shut_out()
            case "qualified":
                yield f"it {self.qualification.word}: {self.qualification}"
                yield from self._shut_out() if self.outputs["disqualified"] else ()
            case "qualification":
                yield from self._status_lines()
            case "recycled" | "recycle_reason":
                yield from self._recycle_lines()
            case "reengage_on":
                yield from self._date_lines()
            case "stage" | "stage_label" | "side" | "stage_held":
                yield from self._stage_lines()
            case _:
                yield from self._sum_lines(output)

    def _bant_lines(self, output: str) -> Iterator[str]:
        criterion = next((found for found in self.criteria if output == f"bant_{found.criterion}"), None)
        if criterion:
            yield from _sides(criterion)
        elif output in {"question", "questions"}:
            yield from (f"{found.criterion} is {found.verdict}" for found in self.criteria if found.open)
        else:
            yield from map(_deciding, self.criteria)

    def _reason_lines(self) -> Iterator[str]:
        yield from self._shut_out() if self.outputs["disqualified"] else ()
        for output in TOLD:
            yield from self._rule_lines(output)

    def _sum_lines(self, output: str) -> Iterator[str]:
        for part in PARTS_OF.get(output, ()):
            yield f"{in_words(part)} {self.outputs[part]}"
        yield from self._rule_lines(output)

    def _rule_lines(self, output: str) -> Iterator[str]:
        for reason, found in self._told(output):
            since = f", since {found.since}" if found and found.since else ""
            yield f"{reason}: {found.finding}{since}" if found else reason

    def _told(self, output: str) -> Iterator[tuple[str, RuleFound | None]]:
        """The reasons of an axis, each with its rule; those of caps have none."""
        rules = (found for found in self.rules if found.output == output)
        for group, members in groupby(rules, key=lambda found: found.group):
            yield from ((found.reason, found) for found in members if found.reason)
            if group in self.group_caps:
                yield self.group_caps[group], None
        if output in self.capped:
            yield self.capped[output], None

    def _shut_out(self) -> Iterator[str]:
        spoke = [
            f"{found.label}: {found.finding}" for found in self.disqualifiers if found.finding and found.finding.holds
        ]
        yield from spoke or ["no disqualifier holds"]

    def _status_in_short(self) -> str:
        taken = next((step for step in self.statuses if step.name == self.outputs["qualification"]), None)
        if taken is None:
            return ""
        return taken.finding.known if taken.finding else "no other status takes it"

    def _status_lines(self) -> Iterator[str]:
        if not self.statuses:
            return
        names = [status.name for status in self.statuses]
        tried = self.statuses[: names.index(self.outputs["qualification"]) + 1]
        yield f"{tried[-1].name}: {tried[-1].finding or 'no other status takes it'}"
        for step in reversed(tried[:-1]):
            if step.finding:
                yield f"not {step.name}, which {step.finding.word}: {step.finding}"

    def _gate_lines(self, output: str) -> Iterator[str]:
        if not self.gate:
            yield self._passed()
        for found in self.gate:
            if found.finding and not (output == "gate_missing" and found.finding.holds):
                yield f"{found.label} {found.finding.word}: {found.finding}"

    def _passed(self) -> str:
        if self.gate:
            return "every condition of the gate holds"
        return f"there is no gate, and the lead is {'' if self.outputs['qualified'] else 'not '}qualified"

    def _recycle_lines(self) -> Iterator[str]:
        """That which speaks first."""
        yield from map(str, sorted(self.recycling, key=lambda found: not found.speaks))

    def _date_lines(self) -> Iterator[str]:
        told = next((found for found in self.recycling if found.name == self.outputs["recycle_reason"]), None)
        if told and told.name == self.lead[REASON] and self.lead[DATE]:
            yield f"the CRM has it since {told.name} recycled the lead"
        elif told:
            yield f"{told.after} from today: {told}"

    def _stage_lines(self) -> Iterator[str]:
        here, found = self.lead.get("current_stage"), self._taken
        tried = self.stages[: self.stages.index(found)] if found else self.stages
        if found is None:
            yield f"{self.outputs['stage']}: it stays there, since no stage takes it that it may go to"
        else:
            yield f"{found.name}: {found.finding}" if found.finding else f"{found.name}: no other stage takes it"
        yield from filter(None, (stage.passed_by(here) for stage in reversed(tried)))

    def _stage_in_short(self) -> str:
        found, held = self._taken, self.outputs["stage_held"]
        known = found.finding.known if found and found.finding else "no other stage takes it"
        if held is None:
            return known
        no_way = f"no way from {self.lead['current_stage']} to {held}"
        return ", ".join(filter(None, [no_way, found.finding.known if found and found.finding else ""]))

    @property
    def _taken(self) -> StageFound | None:
        """The first stage that takes the lead and may be reached; None where it stays for want of one."""
        return next((stage for stage in self.stages if stage.takes and stage.reachable), None)


def _sides(found: CriterionFound) -> Iterator[str]:
    yield f"{found.criterion} is {found.verdict}"
    for side, sayings in (("met", found.met_by), ("unmet", found.unmet_by)):
        for saying in sayings:
            if saying.finding:
                name = f"{side} by {saying.name}" if saying.name else side
                yield f"{name} {saying.finding.word}: {saying.finding}"
    if found.age:
        yield str(found.age)


def _deciding(found: CriterionFound) -> str:
    spoke = "; ".join(_spoke(saying) for saying in (*found.met_by, *found.unmet_by) if _counts(saying))
    if found.age and found.age.expired:
        return f"{found.criterion} is {found.verdict}: {found.age}"
    return f"{found.criterion} is {found.verdict}{': ' if spoke else ''}{spoke}"


def _days(days: int | None) -> str:
    """How long ago, or ahead."""
    if not days:
        return "today"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'ago' if days > 0 else 'ahead'}"


def _counts(saying: Named) -> bool:
    return bool(saying.finding and saying.finding.holds)


def _spoke(saying: Named) -> str:
    return f"{saying.name}: {saying.finding}" if saying.name else str(saying.finding)


def _told(found: CriterionFound) -> str:
    """Its evidence behind the verdict, such as `by Amount named: budget_amount 50000`."""
    words = f"{found.criterion.capitalize()} {found.verdict}"
    return found.told.removeprefix(words).lstrip(":, ")
