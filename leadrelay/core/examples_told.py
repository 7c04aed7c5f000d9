"""What an example met instead of what it expects, in words: what came out, what was expected, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leadrelay.core.explain import Tracer
from leadrelay.core.found import Finding, Named, RuleFound
from leadrelay.core.lead import Type
from leadrelay.core.outputs import SCORES
from leadrelay.core.playbook.examples import HANDOFF, NOT_REASONS, REASONS
from leadrelay.core.playbook.values import Expected
from leadrelay.core.reasons import BETWEEN
from leadrelay.core.shown import shown
from leadrelay.core.trace import PARTS_OF


@dataclass(frozen=True, slots=True)
class Difference:
    """What one expectation of an example met instead."""

    place: str
    message: str


class Teller:
    """Tells about one example. `verdict`: what came out, `reasons` as the names that spoke."""

    def __init__(self, tracer: Tracer, lead: Mapping[str, Any], verdict: Mapping[str, Any]) -> None:
        self._tracer = tracer
        self._lead = lead
        self._verdict = verdict
        self._trace = tracer(lead)

    def difference(self, expected: Expected) -> Difference:
        """Of an expectation that does not hold."""
        return Difference(expected.place, "; ".join(self._lines(expected)))

    def _lines(self, expected: Expected) -> Iterator[str]:
        if expected.output in {REASONS, NOT_REASONS}:
            yield from self._names(expected)
            return
        found, wanted = self._verdict[expected.output], expected.value
        why = self._why(expected)
        yield f"{expected.output} is {_said(found)}, not {_wanted(wanted)}{': ' if why else ''}{why}"

    # -- rules by name -------------------------------------------------------------------------------------------------

    def _names(self, expected: Expected) -> Iterator[str]:
        spoke, wanted = self._verdict[REASONS], expected.output == REASONS
        for name in expected.value:
            if (name in spoke) is not wanted:
                yield f"'{name}' {'did not speak' if wanted else 'spoke'}: {self._of_rule(name)}"

    def _of_rule(self, name: str) -> str:
        rule = next((rule for rule in self._trace.rules if rule.rule == name), None)
        if rule is None:
            found = next(found for found in self._trace.disqualifiers if found.name == name)
            return _finding(found.finding)
        return _faded(rule) if rule.finding.holds and not rule.points else _finding(rule.finding)

    # -- outputs -------------------------------------------------------------------------------------------------------

    def _why(self, expected: Expected) -> str:
        match expected.output:
            case "stage":
                return "; ".join(self._stage(expected.value))
            case "grade":
                return ", ".join(self._trace.grade)
            case "qualified" | "disqualified":
                return "; ".join(self._gate(expected.output)).removeprefix(f"{expected.output} ")
            case output if output == HANDOFF:
                return self._handoff()
            case output if output in SCORES and SCORES[output].type is Type.INTEGER:
                return BETWEEN.join(self._sum(output)) or "no rule spoke"
            case output if output in {f"bant_{found.criterion}" for found in self._trace.criteria}:
                return "; ".join(self._trace.because(output)[1:])
            case output:
                return "; ".join(self._trace.because(output))

    def _stage(self, wanted: str) -> Iterator[str]:
        stages = {stage.name: stage for stage in self._trace.stages}
        taken, missed = stages.get(self._trace.outputs["stage"]), stages.get(wanted)
        if missed is None:  # no stage is expected
            yield f"{taken.name}, since {_finding(taken.finding)}" if taken else "it stays where it is"
        elif missed.finding and not missed.finding.holds:
            yield from self._drilled(missed.finding)
        elif not missed.reachable:
            here = self._lead["current_stage"]
            yield f"{wanted} holds, but the playbook lists no way from {here} to {wanted}"
        else:
            yield f"{taken.name} comes first, and {_finding(taken.finding)}" if taken else "it stays where it is"

    def _drilled(self, finding: Finding) -> Iterator[str]:
        """Why a predicate does not hold; where it asks for the gate, why that does not."""
        gate = [fact.field for fact in finding.facts if fact.field in {"qualified", "disqualified"}]
        if finding.predicate not in gate:
            yield _finding(finding)
        for output in gate:
            yield from self._gate(output)

    def _gate(self, output: str) -> Iterator[str]:
        shut = [found for found in self._trace.disqualifiers if found.finding and found.finding.holds]
        if output == "qualified" and (not self._trace.qualification.holds or not shut):
            yield f"qualified {self._trace.qualification.word}: {self._trace.qualification}"
        yield from (f"disqualified by {_named(found)}" for found in shut)
        if output == "disqualified" and not shut:
            yield "no disqualifier holds"

    def _handoff(self) -> str:
        rules = self._tracer.playbook.handoff
        if rules is None:
            return "the playbook has no [handoff]"
        finding = self._tracer.find(rules.when, {**self._lead, **self._trace.outputs})
        return "; ".join(self._drilled(finding)) if not finding.holds else _finding(finding)

    def _sum(self, output: str) -> Iterator[str]:
        """Every reason for a sum, in the order in which they are told."""
        for part in PARTS_OF.get(output, ()):
            yield from self._sum(part)
        yield from (reason for reason, _ in self._trace.told(output))


def _finding(finding: Finding | None) -> str:
    return "it takes what no other takes" if finding is None else f"{finding.predicate} {finding.word}{_facts(finding)}"


def _facts(finding: Finding) -> str:
    known = ", ".join(map(str, finding.facts))
    return f" [{known}]" if known else ""


def _faded(rule: RuleFound) -> str:
    if rule.since and rule.since.value is None:
        return f"it holds, but fades since {rule.since.field}, which is not given"
    return f"it holds, but nothing is left of its points since {rule.since}"


def _named(found: Named) -> str:
    return f"'{found.label}': {found.finding}"


def _wanted(value: Any) -> str:
    if isinstance(value, tuple):
        least, most = value
        return str(least) if least == most else f"{least} to {most}"
    return _said(value)


def _said(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "none"
        case str():
            return value if _plain(value) else f"'{value}'"
    return str(shown(value))


def _plain(text: str) -> bool:
    return text.replace("-", "").replace("_", "").isalnum()
