"""What a run did, counted in leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from leadrelay.connectors.base import Outcome, Standing
from leadrelay.core.effects import TOPIC
from leadrelay.core.sla import ESCALATE, REASSIGN, REMIND
from leadrelay.jobs.enriching.tally import Tally


@dataclass(slots=True)
class Summary:
    """What a run did, in leads (`withheld` in fields). read = unchanged + done + pending + parked, always.

    `due`: those of the leads read that nobody touched, and that were read because time has passed.
    `assigned`: those that got another owner; `returned`: those that sales gave back.
    `missing`: CRM fields that the mapping asks for and the CRM does not have (any more); what depends on them was left
    alone. `failed_templates`: by template, for how many leads that are handed off it could not say what it should.
    `reminded`, `escalated`, `reassigned`: steps of the promise of a first response that were taken; `answered`: leads
    whose first response was found. `topics`: tasks for whom a topic names.
    `enrichment`: what was asked, by provider. `conflicts`: fields of which providers say different things.
    `duplicates`: leads that are the same person as an older one, where the job asks for that.
    `crossed`: fields in which a person was quicker by a moment, whose value was put back. `ignored`: fields that the
    CRM left as they were, though it took the write.
    """

    run: str
    job: str
    kind: str = "run"
    read: int = 0
    due: int = 0
    unchanged: int = 0
    qualified: int = 0
    changed: int = 0
    done: int = 0
    pending: int = 0
    parked: int = 0
    withheld: int = 0
    misfits: int = 0
    tasks_created: int = 0
    tasks_found: int = 0
    assigned: int = 0
    returned: int = 0
    reminded: int = 0
    escalated: int = 0
    reassigned: int = 0
    answered: int = 0
    topics: int = 0
    conflicts: int = 0
    duplicates: int = 0
    crossed: int = 0
    ignored: int = 0
    api_calls: int = 0
    seconds: float = 0.0
    complete: bool = False
    missing: list[str] = field(default_factory=list)
    stages: Counter[str] = field(default_factory=Counter)
    failed_templates: Counter[str] = field(default_factory=Counter)
    enrichment: dict[str, Tally] = field(default_factory=dict)

    @property
    def accounted(self) -> int:
        """The leads of which it is known what became of them."""
        return self.unchanged + self.done + self.pending + self.parked

    @property
    def balanced(self) -> bool:
        """The law of conservation: every lead that was read is accounted for."""
        return self.read == self.accounted

    @property
    def attention(self) -> bool:
        """Something waits for a person or for a later run."""
        waiting = self.parked or self.pending or self.withheld
        down = any(tally.down for tally in self.enrichment.values())
        return bool(waiting or self.missing or self.failed_templates or down or not self.complete)

    def count(self, outcomes: Iterable[Outcome]) -> None:
        """What became of these leads. Those that are gone need nothing any more."""
        for outcome in outcomes:
            if outcome.standing is Standing.DONE:
                self.done += 1
                self.crossed += len(outcome.kept)
                self.ignored += len(outcome.ignored)
                self.tasks_created += bool(outcome.task) and not outcome.adopted
                self.tasks_found += outcome.adopted
            elif outcome.standing is Standing.PENDING:
                self.pending += 1
            elif outcome.standing is Standing.PARKED:
                self.parked += 1
            else:
                self.unchanged += 1

    def count_more(self, outcomes: Iterable[Outcome]) -> None:
        """What became of a further task of leads that are counted as done."""
        for outcome in outcomes:
            self.tasks_created += outcome.standing is Standing.DONE and bool(outcome.task) and not outcome.adopted
            self.tasks_found += outcome.standing is Standing.DONE and outcome.adopted
            self.pending += outcome.standing is Standing.PENDING
            self.parked += outcome.standing is Standing.PARKED
            self.done -= outcome.standing in {Standing.PENDING, Standing.PARKED}

    def count_tasks(self, kinds: Iterable[str]) -> None:
        """What new tasks are for: a step of the promise of a first response, a topic, or neither."""
        for kind in kinds:
            self.reminded += kind == REMIND
            self.escalated += kind == ESCALATE
            self.reassigned += kind == REASSIGN
            self.topics += kind == TOPIC

    def to_json(self) -> dict[str, Any]:
        """As `run --json` prints it."""
        told = {name: tally.to_json() for name, tally in self.enrichment.items()}
        counters = {"stages": dict(self.stages), "failed_templates": dict(self.failed_templates)}
        return {**asdict(self), **counters, "enrichment": told}
