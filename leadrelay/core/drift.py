"""What a playbook can no longer say when lead fields are not to be had: all that follows from them, and nothing else.

A field that is gone is not an empty one: `email is null` would hold for every lead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from leadrelay.core.assign.columns import ASSIGN
from leadrelay.core.outputs import ASSIGNMENT, RECYCLING, SCORES, STAGE
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import SCORE_OF, Criterion, Playbook
from leadrelay.core.predicates import fields
from leadrelay.core.qualify import HANDOFF
from leadrelay.core.recycling import BEFORE, REASON
from leadrelay.core.touched import touched

_COUNTS = ("bant_met", "bant_unmet", "bant_unknown", "bant_contradicted")
_BANT_TEXTS = ("bant", "bant_evidence", "question", "questions")
_INTEREST = ("engagement", "intent")


def affected(playbook: Playbook, missing: Collection[str]) -> frozenset[str]:
    """The outputs, and `handoff`, whose value depends on a missing lead field."""
    return frozenset(_Spread(playbook, missing).found)


class _Spread:
    """Goes the way that a verdict goes, and notes what each step can no longer tell."""

    def __init__(self, playbook: Playbook, missing: Collection[str]) -> None:
        self._playbook = playbook
        self._lost = set(touched(missing, playbook.decision_group))
        self.found: set[str] = set()
        steps = (self._bant, self._groups, self._sums, self._qualified, self._statuses, self._gate, self._recycling)
        for step in (*steps, self._stage, self._assignment, self._last):
            for output in list(step()):
                self.found.add(output)
                self._lost.add(output)

    def _depends(self, *conditions: Condition | None) -> bool:
        return any(self._lost & fields(condition.node) for condition in conditions if condition)

    def _bant(self) -> Iterator[str]:
        criteria = self._playbook.criteria
        lost = [criterion.output for criterion in criteria if self._depends(*_asked(criterion))]
        if lost:
            yield from (*lost, *_COUNTS, *_BANT_TEXTS)
        if any(self._lost.intersection(criterion.evidence) for criterion in criteria):
            yield "bant_evidence"

    def _groups(self) -> Iterator[str]:
        for rule in self._playbook.rules:
            if self._depends(rule.when) or (rule.decay and rule.decay.since in self._lost):
                yield from (SCORE_OF[rule.axis], "reasons")

    def _sums(self) -> Iterator[str]:
        fit = self._lost & {"contact_fit", "organisation_fit"}
        if fit:
            yield "fit"
        if self._lost.intersection(SCORES):
            yield "score"
            if self._playbook.bands.steps:
                yield "band"
        if self._playbook.grades and (fit or self._lost.intersection(_INTEREST)):
            yield "grade"

    def _qualified(self) -> Iterator[str]:
        shut_out = self._depends(*(found.when for found in self._playbook.disqualifiers))
        if shut_out:
            yield from ("disqualified", "reasons")
        if shut_out or self._depends(self._playbook.qualification):
            yield "qualified"

    def _statuses(self) -> Iterator[str]:
        if self._depends(*(status.when for status in self._playbook.statuses)):
            yield "qualification"

    def _gate(self) -> Iterator[str]:
        gate = self._playbook.gate
        if self._depends(*(demand.when for demand in gate)):
            yield from ("gate_passed", "gate_missing")
        if not gate and "qualified" in self._lost:
            yield "gate_passed"

    def _recycling(self) -> Iterator[str]:
        recycling = self._playbook.recycling
        if self._depends(*recycling.conditions()) or self._lost & {REASON, BEFORE} & {*self._playbook.fields_kept}:
            yield from (*RECYCLING, "recycled_before")

    def _stage(self) -> Iterator[str]:
        strayed = self._playbook.transitions is not None and "current_stage" in self._lost
        if strayed or self._depends(*(stage.when for stage in self._playbook.stages)):
            yield from (name for name in STAGE if self._playbook.transitions or name != "stage_held")

    def _assignment(self) -> Iterator[str]:
        if self._depends(*(rule.when for rule in self._playbook.assignment.territories)):
            yield from ASSIGNMENT
        if self._depends(self._playbook.assignment.when):
            yield ASSIGN

    def _last(self) -> Iterator[str]:
        if self._playbook.handoff and self._depends(self._playbook.handoff.when):
            yield HANDOFF
        yield from (output for output, when in self._playbook.sales.by_output.items() if self._depends(when))


def _asked(criterion: Criterion) -> tuple[Condition | None, ...]:
    return criterion.met, criterion.unmet, criterion.expiry.fresh if criterion.expiry else None
