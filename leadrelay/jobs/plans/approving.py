"""What a job with `approval = true` does instead of a run: apply what was approved, then plan what is due now."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from leadrelay.core.examples import expect_proof
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.desk import Job
from leadrelay.jobs.guards import expect_same_organisation
from leadrelay.jobs.plans import file
from leadrelay.jobs.plans.applying import Apply
from leadrelay.jobs.plans.checking import expect_approved, expect_ours
from leadrelay.jobs.plans.making import Planning
from leadrelay.jobs.plans.values import Plan
from leadrelay.jobs.qualify import recorded
from leadrelay.jobs.summary import Summary
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.state.plans import PlanRecord, PlanState
from leadrelay.state.store import Store

KIND = "plan"


class Waits(StrEnum):
    """What stands at the end."""

    NOTHING = "nothing"  # nothing is to be changed
    MADE = "made"  # a new plan waits for somebody
    SAME = "same"  # the plan that waited says the same still
    REJECTED = "rejected"  # just this was rejected before: no new plan is made of it
    BEGUN = "begun"  # an approved plan is not through yet


@dataclass
class Ended:
    """What one turn came to. `applied`: the plans that were; `plan`, `path`: the one that waits."""

    waits: Waits = Waits.NOTHING
    applied: list[Apply] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    plan: Plan | None = None
    path: str = ""

    @property
    def attention(self) -> bool:
        """Something waits for a person or for a later run."""
        return self.waits in {Waits.MADE, Waits.SAME, Waits.BEGUN} or any(one.attention for one in self.summaries)

    def to_json(self) -> dict[str, Any]:
        """As `run --json` prints it."""
        applied = [one.to_json(summary) for one, summary in zip(self.applied, self.summaries, strict=True)]
        return {"waits": self.waits, "plan": self.path, "applied": applied}


@dataclass
class ApprovalRun:
    """One turn of such a job. `folder`: of its plans. `new_run`: gives ids."""

    job: Job
    store: Store
    around: Surroundings
    folder: Path
    new_run: Callable[[], str]

    def __call__(self, *, everything: bool = False, brake: bool = True) -> Ended:
        """Apply and plan. Raises `ConfigError` where an approved plan cannot be applied: reject it, or mend that."""
        expect_proof(self.job.playbook, self.around.now())
        ended = Ended()
        for record in reversed(self.store.plans.of(self.job.name, {PlanState.APPROVED, PlanState.BEGUN})):
            self._apply(record, ended, brake=brake)
        if self.around.stopping() or any(summary.pending or not summary.complete for summary in ended.summaries):
            return replace(ended, waits=Waits.BEGUN)
        self._plan(ended, everything=everything)
        return ended

    def _apply(self, record: PlanRecord, ended: Ended, *, brake: bool) -> None:
        path = Path(record.file)
        if not path.is_file():
            anew = f"leadrelay reject {record.run}, and make a new one: leadrelay plan {record.job} --out FILE"
            cure = f"Put it back, or give it up: {anew}"
            raise ConfigError([Problem(str(path), f"the plan of {record.job} that was approved is gone.", cure)])
        plan = file.read(path)
        if plan.rules != self.job.fingerprint and record.state is PlanState.APPROVED and not plan.missing:
            now = self.around.now()
            self.store.plans.decide(record.run, record.sha256, PlanState.REJECTED, "", OVERTAKEN, now)
            return
        known = expect_ours(plan, path, self.job, self.store)
        expect_approved(plan, path, known)
        applying = Apply(self.job, self.store, plan, self.around)
        ended.applied.append(applying)
        ended.summaries.append(applying(brake=brake))

    def _plan(self, ended: Ended, *, everything: bool) -> None:
        run = self.new_run()
        summary = Summary(run=run, job=self.job.name, kind=KIND)
        with recorded(summary, self.store, self.job, self.around):
            expect_same_organisation(self.job, self.store)
            planning = Planning(self.job, self.store, run, self.around.now(), self.around.watch, self.around)
            plan = planning(everything=everything)
            _count(summary, plan)
        if not plan.sends:
            Apply(self.job, self.store, plan, self.around)()
            return
        self._keep(plan, ended)

    def _keep(self, plan: Plan, ended: Ended) -> None:
        """One plan waits at a time; one that says the same is left in its place, under the approver's eyes."""
        changes = file.changes_of(plan)
        before = {PlanState.OPEN: Waits.SAME, PlanState.REJECTED: Waits.REJECTED}
        for known in self.store.plans.of(self.job.name, before):
            if known.changes == changes and (known.state is PlanState.REJECTED or Path(known.file).is_file()):
                ended.waits, ended.path = before[known.state], known.file
                return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder.resolve() / f"{_NO_NAME.sub('-', plan.job)}-{plan.run}.json"
        file.write(path, plan)
        ended.waits, ended.plan, ended.path = Waits.MADE, plan, str(path)
        for old in register(self.store, plan, path, alone=True):
            if Path(old.file).parent == path.parent:
                Path(old.file).unlink(missing_ok=True)


_NO_NAME = re.compile(r"[^\w.-]")
"""What a job may be called and a file had better not."""

OVERTAKEN = "the rules changed since it was approved"


def register(store: Store, plan: Plan, path: Path, *, alone: bool) -> Sequence[PlanRecord]:
    """Have the store know a plan, so that it can be approved and applied; those that it replaces."""
    record = PlanRecord(
        run=plan.run,
        job=plan.job,
        sha256=plan.sha256,
        changes=file.changes_of(plan),
        file=str(path.resolve()),
        made_at=plan.made_at,
        leads=plan.tallied.changed,
    )
    return store.plans.add(record, alone=alone)


def _count(summary: Summary, plan: Plan) -> None:
    """Nothing was done: what would be changed is counted as such, and stands as it was."""
    summary.read = summary.unchanged = plan.tallied.read
    summary.changed, summary.missing = plan.tallied.changed, list(plan.missing)
    summary.stages.update(plan.stages)
    summary.complete = True
