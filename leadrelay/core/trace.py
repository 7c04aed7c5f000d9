"""What was found out about one lead, step by step, and why each output has its value.

A trace holds a lead's values. It is for the person who asked about that lead, never for a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from leadrelay.core.found import CriterionFound, Finding, Named, RecycleFound, RuleFound, StageFound
from leadrelay.core.outputs import ASSIGNMENT, GATE, RECYCLING, TEXTS, VERDICTS
from leadrelay.core.reasons import in_words
from leadrelay.core.recycling import DATE, REASON

PARTS_OF: Mapping[str, tuple[str, ...]] = {
    "fit": ("contact_fit", "organisation_fit"),
    "score": ("fit", "engagement", "intent", "bant_score"),
}
"""The sums of sums."""

TOLD = ("contact_fit", "organisation_fit", "fit", "engagement", "intent", "bant_score", "score")
"""The order in which reasons are told."""

# A plan asks hundreds of thousands of times; a set knows sooner than a schema.
_OF_GATE, _OF_ASSIGNMENT, _OF_RECYCLING = (
    frozenset({*GATE, "gate_missing"}),
    frozenset(ASSIGNMENT),
    frozenset(RECYCLING),
)
_TEXTS = frozenset(TEXTS)
_OF_BANT = _TEXTS.union(VERDICTS)

_EVERY_LEAD = "it takes every lead"


@dataclass(frozen=True)
class Trace:
    """One lead, through every step.

    `capped`, `group_caps`: what a cap took from, or gave, an output or a group. `handoff`: whether it is to be passed
    on; None where the playbook hands nothing off. `watched`: the same for the first response; None where every owner's
    lead is watched, or none is. `territories`: the rules of the assignment; `assign`: whether the lead is to have an
    owner, where the playbook says so apart from the hand-off.
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
    watched: Finding | None = None
    topics: tuple[Named, ...] = ()
    territories: tuple[Named, ...] = ()
    assign: Finding | None = None
    sales: tuple[Named, ...] = ()

    def because(self, output: str) -> list[str]:
        """Why an output, or a lead field, has its value: a line each; nothing for what no playbook decides."""
        if output == "reasons":
            return list(self._reason_lines())
        if output in _OF_GATE:
            return list(self._gate_lines(output))
        if output in _OF_ASSIGNMENT:
            return list(self._territory_lines())
        if output == "recycled_before":
            return [str(found) for found in self.recycling if found.served]
        if output in _OF_BANT:
            return list(self._bant_lines(output))
        if output in self.outputs:
            return list(self._decided_lines(output))
        value = self.lead.get(output)
        return [] if value is None else [f"the lead's {output} is {value}"]

    def in_short(self, output: str) -> str:
        """The same in one line, without the predicates; nothing for a text that says so itself."""
        if output in _TEXTS:
            return ""
        if output == "stage":
            return self._stage_in_short()
        if output in _OF_ASSIGNMENT:
            return self._territory_in_short()
        if output == "qualification":
            return self._status_in_short()
        if output == "gate_passed":
            return f"lacks {self.outputs['gate_missing']}" if self.outputs["gate_missing"] else self._passed()
        if output in _OF_RECYCLING:
            return ", ".join(f"{found.name}: {found.finding.known}" for found in self.recycling if found.speaks)
        if output in TOLD:
            parts = [f"{in_words(part)} {self.outputs[part]}" for part in PARTS_OF.get(output, ())]
            return ", ".join([*parts, *(reason for reason, _ in self.told(output))])
        if criterion := self._criterion(output):
            return criterion.in_short
        return "; ".join(self.because(output))

    def to_json(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        days = {name: str(value) for name, value in self.outputs.items() if isinstance(value, date)}
        because = {output: self.because(output) for output in self.outputs}
        return {**asdict(self), "outputs": {**self.outputs, **days}, "because": because}

    def _criterion(self, output: str) -> CriterionFound | None:
        """The criterion whose verdict an output is."""
        return next((found for found in self.criteria if output == f"bant_{found.criterion}"), None)

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
            case "sales_accepted" | "sales_rejected":
                yield from (f"it {said.finding.word}: {said.finding}" for said in self._said(output) if said.finding)
            case "stage" | "stage_label" | "side" | "stage_held":
                yield from self._stage_lines()
            case _:
                yield from self._sum_lines(output)

    def _bant_lines(self, output: str) -> Iterator[str]:
        if criterion := self._criterion(output):
            yield from criterion.lines()
        elif output in {"question", "questions"}:
            yield from (f"{found.criterion} is {found.verdict}" for found in self.criteria if found.open)
        else:
            yield from (found.deciding for found in self.criteria)

    def _reason_lines(self) -> Iterator[str]:
        yield from self._shut_out() if self.outputs["disqualified"] else ()
        for output in TOLD:
            yield from self._rule_lines(output)

    def _sum_lines(self, output: str) -> Iterator[str]:
        for part in PARTS_OF.get(output, ()):
            yield f"{in_words(part)} {self.outputs[part]}"
        yield from self._rule_lines(output)

    def _rule_lines(self, output: str) -> Iterator[str]:
        yield from (found.line if found else reason for reason, found in self.told(output))

    def told(self, output: str) -> Sequence[tuple[str, RuleFound | None]]:
        """The reasons of an axis, each with its rule; those of caps have none."""
        return self._told.get(output, ())

    @cached_property
    def _told(self) -> Mapping[str, Sequence[tuple[str, RuleFound | None]]]:
        """By axis."""
        by_axis: dict[str, list[RuleFound]] = {output: [] for output in self.capped}
        for found in self.rules:
            by_axis.setdefault(found.output, []).append(found)
        return {output: list(self._told_of(output, rules)) for output, rules in by_axis.items()}

    def _told_of(self, output: str, rules: Sequence[RuleFound]) -> Iterator[tuple[str, RuleFound | None]]:
        if not self.group_caps:
            yield from ((found.reason, found) for found in rules if found.reason)
            rules = ()
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

    def _said(self, output: str) -> Iterator[Named]:
        return (found for found in self.sales if found.name == output)

    def _stage_lines(self) -> Iterator[str]:
        here, found = self.lead.get("current_stage"), self._taken
        tried = self.stages[: self.stages.index(found)] if found else self.stages
        if found is None:
            yield f"{self.outputs['stage']}: it stays there, since no stage takes it that it may go to"
        else:
            yield f"{found.name}: {found.finding}" if found.finding else f"{found.name}: no other stage takes it"
        yield from filter(None, (stage.passed_by(here) for stage in reversed(tried)))

    def _territory_lines(self) -> Iterator[str]:
        """The rule that speaks, and why those before it do not; every one where none does."""
        speaks = self._speaks
        tried = self.territories[: self.territories.index(speaks)] if speaks else self.territories
        if speaks:
            yield f"{speaks.name}: {speaks.finding or _EVERY_LEAD}"
        yield from (f"not {rule.name}, which {rule.finding.word}: {rule.finding}" for rule in tried if rule.finding)

    def _territory_in_short(self) -> str:
        if self._speaks:
            return self._speaks.finding.known if self._speaks.finding else _EVERY_LEAD
        return "no rule speaks for the lead" if self.territories else ""

    @property
    def _speaks(self) -> Named | None:
        """The rule of the assignment that says where the lead belongs."""
        return next((rule for rule in self.territories if rule.name == self.outputs["territory"]), None)

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
