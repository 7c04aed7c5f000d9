"""What was found out about one lead, step by step, and why each output has its value.

A trace holds a lead's values. It is for the person who asked about that lead, never for a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from leadrelay.core.outputs import GATE, TEXTS, VERDICTS
from leadrelay.core.reasons import in_words

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
    """A criterion of BANT. A side that the playbook does not give is None."""

    criterion: str
    verdict: str
    met: Finding | None
    unmet: Finding | None
    evidence: tuple[Fact, ...]
    questions: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether there is something left to ask."""
        return bool(self.questions) and self.verdict in {"unknown", "contradicted"}


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
    """A disqualifier, a status, a condition of the gate or a stage. The last status and stage have no predicate."""

    name: str
    label: str
    finding: Finding | None


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
    stages: tuple[Named, ...]
    handoff: Finding | None
    lead: Mapping[str, str | None]

    def because(self, output: str) -> list[str]:
        """Why an output, or a lead field, has its value: a line each; nothing for what no playbook decides."""
        if output == "reasons":
            return list(self._reason_lines())
        if output in GATE or output == "gate_missing":
            return list(self._gate_lines(output))
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
        if output in {"stage", "qualification"}:
            return self._taken(output)
        if output == "gate_passed":
            return f"lacks {self.outputs['gate_missing']}" if self.outputs["gate_missing"] else self._passed()
        if output in TOLD:
            parts = [f"{in_words(part)} {self.outputs[part]}" for part in PARTS_OF.get(output, ())]
            return ", ".join([*parts, *(reason for reason, _ in self._told(output))])
        for found in self.criteria:
            if output == f"bant_{found.criterion}":
                return ", ".join(str(fact) for fact in found.evidence if fact.value is not None)
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
            case "stage" | "qualification":
                yield from self._step_lines(output)
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

    def _taken(self, output: str) -> str:
        taken = next((step for step in self._steps(output) if step.name == self.outputs[output]), None)
        if taken is None:
            return ""
        return taken.finding.known if taken.finding else f"no other {_STEP[output]} takes it"

    def _steps(self, output: str) -> tuple[Named, ...]:
        return self.stages if output == "stage" else self.statuses

    def _step_lines(self, output: str) -> Iterator[str]:
        steps = self._steps(output)
        if not steps:
            return
        tried = steps[: [step.name for step in steps].index(self.outputs[output]) + 1]
        taken = tried[-1]
        yield f"{taken.name}: {taken.finding or f'no other {_STEP[output]} takes it'}"
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


def _sides(found: CriterionFound) -> Iterator[str]:
    yield f"{found.criterion} is {found.verdict}"
    for side, finding in (("met", found.met), ("unmet", found.unmet)):
        if finding:
            yield f"{side} {finding.word}: {finding}"


def _deciding(found: CriterionFound) -> str:
    spoke = "; ".join(str(side) for side in (found.met, found.unmet) if side and side.holds)
    return f"{found.criterion} is {found.verdict}{': ' if spoke else ''}{spoke}"


_STEP = {"stage": "stage", "qualification": "status"}
