"""What the look at a playbook found: not wrong, but hardly meant so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadrelay.core.assign.values import AssignmentRules
from leadrelay.core.handoff.values import HandOffRules
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import Playbook


@dataclass(frozen=True, slots=True)
class Lint:
    """Something to look at. `hint`: often meant so, but worth knowing."""

    place: str
    message: str
    cure: str = ""
    hint: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A predicate of a playbook and what people call the part that it belongs to, such as `rule 'Enterprise'`."""

    label: str
    condition: Condition
    always: str = "holds for every lead"


def parts(playbook: Playbook) -> Iterator[Part]:
    """Every predicate that an admin wrote."""
    for criterion in playbook.criteria:
        for side, sayings in (("met", criterion.met_by), ("unmet", criterion.unmet_by)):
            for saying in sayings:
                named = f" by '{saying.name}'" if saying.name else ""
                yield Part(f"'{side}' of {criterion.name}{named}", saying.when)
    yield from (Part(f"rule '{rule.name}'", rule.when) for rule in playbook.rules)
    for found in playbook.disqualifiers:
        yield Part(f"disqualifier '{found.name}'", found.when, "shuts every lead out")
    yield Part("the qualification", playbook.qualification)
    yield from (Part(f"status '{status.name}'", status.when) for status in playbook.statuses if status.when)
    yield from (Part(f"gate condition '{demand.name}'", demand.when) for demand in playbook.gate)
    yield from (Part(f"recycle rule '{rule.name}'", rule.when) for rule in playbook.recycling.rules)
    for stage in playbook.stages:
        if stage.when:
            yield Part(f"stage '{stage.name}'", stage.when, "takes every lead that comes to it")
    yield from _of_assignment(playbook.assignment)
    if playbook.handoff:
        yield from _of_the_hand_off(playbook.handoff)
    yield from _afterwards(playbook)


def _afterwards(playbook: Playbook) -> Iterator[Part]:
    for side, when in (("accepted", playbook.sales.accepted), ("rejected", playbook.sales.rejected)):
        if when:
            yield Part(f"'{side}' of sales", when)
    if playbook.sla and playbook.sla.when:
        yield Part("the watch over first responses", playbook.sla.when)
    yield from (Part(f"topic '{topic.name}'", topic.when) for topic in playbook.topics)
    yield from (Part(f"role '{role.name}'", role.when) for role in playbook.decision_group.roles if role.when)
    for plan in playbook.enrichment.fields:
        if plan.run_if:
            yield Part(f"'run_if' of {plan.field}", plan.run_if)


def _of_the_hand_off(rules: HandOffRules) -> Iterator[Part]:
    yield Part("the hand-off", rules.when)
    for track in rules.talk_tracks:
        if track.when:
            yield Part(f"talk track '{track.name}'", track.when, "is told of every lead that comes to it")
    yield from (Part(f"answer '{answer.objection}'", answer.when, "is told of every lead") for answer in rules.answers)


def _of_assignment(rules: AssignmentRules) -> Iterator[Part]:
    for rule in rules.territories:
        if rule.when:
            yield Part(f"assignment rule '{rule.name}'", rule.when, "takes every lead that comes to it")
    if rules.when:
        yield Part("the assignment", rules.when)
