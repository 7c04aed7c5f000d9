"""A run without its last step: what `plan` and `explain` show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import repeat
from typing import Any

import polars as pl

from leadrelay.core.changes import Change, Withheld
from leadrelay.core.decision_group import Group
from leadrelay.core.effects import UNDO
from leadrelay.core.enrich.outlook import Outlook
from leadrelay.core.enrich.provenance import of_field
from leadrelay.core.enrich.told import Told
from leadrelay.core.handoff.documents import Documents
from leadrelay.core.trace import Trace
from leadrelay.jobs import drift
from leadrelay.jobs.care.clock import Clock, clock
from leadrelay.jobs.deciding import Deciding
from leadrelay.jobs.desk import Decision, Desk, Job
from leadrelay.jobs.enriching.enriching import Enriched
from leadrelay.jobs.enriching.tally import Tally
from leadrelay.jobs.foresight import Foreseen, Foresight, Whose
from leadrelay.jobs.guards import expect_meant_organisation
from leadrelay.jobs.past import past
from leadrelay.jobs.reading import Watch, foreseen, one_record
from leadrelay.state.store import Store
from leadrelay.state.values import IN_DOUBT


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field of one lead: old, new, and why: every step, and in short."""

    field: str
    old: str | None
    new: Any
    because: list[str]
    in_short: str

    def to_json(self) -> dict[str, Any]:
        """As `plan --json` prints it."""
        return {"field": self.field, "old": self.old, "new": self.new, "because": self.because}


@dataclass(frozen=True, slots=True)
class LeadPlan:
    """Everything that a run would write to one lead, and what it would leave alone.

    `task`: the subject of the task that it would be handed off with. `steps`: why it would get further tasks, and
    their subjects.
    """

    lead: str
    link: str
    changes: list[FieldPlan]
    withheld: list[Withheld]
    task: str = ""
    steps: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As `plan --json` prints it."""
        withheld = [{"field": kept.field, "why": kept.why} for kept in self.withheld]
        return {
            "lead": self.lead,
            "link": self.link,
            "changes": [change.to_json() for change in self.changes],
            "withheld": withheld,
            "task": self.task,
            "steps": list(self.steps),
        }


@dataclass
class Preview:
    """What a run would do. `shown`: how many leads to keep in full; None keeps all.

    `tasks`: leads that would be handed off; `steps`: further tasks, for first responses that are late and for topics.
    `missing`: CRM fields that the mapping asks for and the CRM does not have any more.
    """

    job: Job
    store: Store
    now: datetime
    watch: Watch
    shown: int | None
    read: int = 0
    changed: int = 0
    withheld: int = 0
    tasks: int = 0
    assigned: int = 0
    steps: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    leads: list[LeadPlan] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    enrichment: dict[str, Tally] = field(default_factory=dict)

    def gather(self, *, everything: bool = False) -> None:
        """Read and decide, and keep what is to be shown. Fields that vanished are left out, as a run does."""
        expect_meant_organisation(self.job)

        def gather(job: Job) -> None:
            self.job = job
            self.read = self.changed = self.withheld = self.tasks = self.assigned = self.steps = 0
            self.stages, self.leads = Counter(), []
            self.enrichment.clear()
            self._gather(everything=everything)

        drift.endured(self.job, self.store, self.missing, gather)

    def _gather(self, *, everything: bool) -> None:
        desk, foresight = Desk(self.job, self.now), Foresight(self.job, self.store, self.now)
        deciding = Deciding.ahead(desk, self.store, self.enrichment)
        cursor = None if everything else self.store.cursors.get(self.job.name, self.job.fingerprint)
        for records in foreseen(self.job, self.store, cursor, self.now, self.watch):
            _, decision = decided(deciding, self.store, records)
            ahead = foresight(decision, records)
            updated = {update.id for update in decision.plan.updates}
            self.read += records.height
            self.changed += len(updated.union(ahead.due, ahead.fields, ahead.steps))
            self.withheld += len(decision.plan.withheld) + len(ahead.withheld)
            self.tasks += len(ahead.due)
            self.assigned += ahead.given.assigned
            self.steps += len(ahead.care.made)
            self.stages += decision.stages
            self.leads += self._kept(desk, decision, records, ahead)
            self.watch.advance(records.height)

    def to_json(self) -> dict[str, Any]:
        """As `plan --json` prints it."""
        counts = {"job": self.job.name, "read": self.read, "changed": self.changed, "withheld": self.withheld}
        leads = [lead.to_json() for lead in self.leads]
        more = {
            "tasks": self.tasks,
            "assigned": self.assigned,
            "steps": self.steps,
            "missing": self.missing,
            "stages": dict(self.stages),
            "enrichment": {name: foreseen_json(tally) for name, tally in self.enrichment.items()},
            "leads": leads,
        }
        return {**counts, **more}

    def _kept(self, desk: Desk, decision: Decision, records: pl.DataFrame, foreseen: Foreseen) -> Iterator[LeadPlan]:
        room = None if self.shown is None else self.shown - len(self.leads)
        if room == 0:
            return
        yield from _lead_plans(desk, decision, records, foreseen, room)


@dataclass(frozen=True)
class Explanation:
    """One lead: what is known of it, how it was decided, and what a run would write.

    `no_task`: why no task is created although the playbook hands it off; "" otherwise. `clock`: of its first response,
    where somebody got it. `owner`: why this rep. `enriched`: the fields that providers may fill.
    `outlook`: what may still become of it, depending on those that nobody told yet.
    `duplicates`: the other leads that are the same person. `group`: who decides at its account.
    """

    plan: LeadPlan
    known: dict[str, Any]
    trace: Trace
    no_task: str = ""
    clock: Clock | None = None
    owner: Whose | None = None
    enriched: tuple[Told, ...] = ()
    outlook: Outlook | None = None
    duplicates: tuple[str, ...] = ()
    group: Group | None = None

    def to_json(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        told = {"known": self.known, "trace": self.trace.to_json(), "no_task": self.no_task}
        return {
            **self.plan.to_json(),
            **told,
            "clock": self.clock.to_json() if self.clock else None,
            "owner": self.owner.to_json() if self.owner else None,
            "enriched": [told.to_json() for told in self.enriched],
            "outlook": self.outlook.to_json() if self.outlook else None,
            "duplicates": list(self.duplicates),
            "group": self.group.to_json() if self.group else None,
        }


def explanation(job: Job, store: Store, lead: str, now: datetime) -> Explanation:
    """Everything about one lead; a lead that the CRM does not have is a `ConfigError`."""
    return drift.endured(job, store, [], lambda left: _explanation(left, store, lead, now))


def _explanation(job: Job, store: Store, lead: str, now: datetime) -> Explanation:
    records = one_record(job, lead)
    desk = Desk(job, now)
    enriched, decision = decided(Deciding.ahead(desk, store), store, records)
    row = decision.leads.row(0, named=True)
    own = row["id"]  # Salesforce also takes the short form of an id, in which `lead` may be
    foresight = Foresight(job, store, now)
    foreseen = foresight(decision, records)
    plans = list(_lead_plans(desk, decision, records, foreseen, None))
    plan = plans[0] if plans else LeadPlan(own, job.connector.link(own), [], [])
    known = {name: value for name, value in row.items() if name in job.playbook.schema and value not in (None, [])}
    no_task = _no_task(job, decision, own, foreseen)
    timed = clock(job, store, foresight.assigning, own)
    whose, circle = foresight.whose(own, foreseen), decision.circle
    others, group = circle.others(own), circle.groups.get(own)
    told, outlook = enriched.told(own), enriched.outlook(own)
    return Explanation(plan, known, desk.trace(row), no_task, timed, whose, told, outlook, others, group)


def _no_task(job: Job, decision: Decision, lead: str, foreseen: Foreseen) -> str:
    """Why a lead that the playbook hands off gets no task."""
    if held := foreseen.held.get(lead):
        return f"no task is created: {held.why}"
    if lead in foreseen.due or not decision.verdicts["handoff"].any():
        return ""
    if job.mapping.task is None:
        return "no task is created: the mapping has no [task]"
    if lead not in decision.due:
        return "no task is created: the mapping leaves this lead alone"
    return "it was handed off before: no second task is created"


def decided(deciding: Deciding, store: Store, records: pl.DataFrame) -> tuple[Enriched, Decision]:
    """What is known of these records, and the plan for them, as the next run will make it."""
    job = deciding.desk.job
    known = past(job, store, records)
    return deciding(records, replace(known, seen=with_doubts(job, store, records, known.seen)))


def foreseen_json(tally: Tally) -> dict[str, Any]:
    """What a run would do of it."""
    told = tally.to_json()
    at_most = {"asked": told["asked"], "most": told["spent"]}
    return at_most | {name: told[name] for name in ("unit", "kept", "saved_calls", "saved", "over_budget")}


def with_doubts(job: Job, store: Store, records: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """What a run that was cut off wrote counts as ours where it stands, as the next run will find out."""
    doubts = {
        intent.lead: intent.after
        for intent in store.outbox.unfinished(job.name, records["id"].to_list())
        if intent.kind != UNDO and intent.state in IN_DOUBT
    }
    if not doubts:
        return seen
    present = {row["id"]: row for row in records.select(seen.columns).iter_rows(named=True)}
    rows = []
    for row in seen.iter_rows(named=True):
        ours, now = doubts.get(row["id"], {}), present[row["id"]]
        rows.append(row | {name: now[name] for name, value in ours.items() if name in row and now[name] == value})
    return pl.DataFrame(rows, schema=seen.schema)


def _lead_plans(
    desk: Desk, decision: Decision, records: pl.DataFrame, foreseen: Foreseen, room: int | None
) -> Iterator[LeadPlan]:
    """The plans of the first leads that have one."""
    due, owned = foreseen.due, foreseen.fields
    changes: dict[str, list[Change]] = defaultdict(list)
    withheld: dict[str, list[Withheld]] = defaultdict(list)
    for kept in decision.plan.withheld:
        withheld[kept.id].append(kept)
    for held in foreseen.withheld:
        withheld[held.id].append(held)
    steps = foreseen.steps
    updated = [update.id for update in decision.plan.updates]
    leads = list(dict.fromkeys([*due, *owned, *steps, *updated, *withheld]))[:room]  # what matters most is seen first
    for change in decision.plan.changes(frozenset(leads)):
        changes[change.id].append(change)
    present = {row["id"]: row for row in records.filter(pl.col("id").is_in(leads)).iter_rows(named=True)}
    tasks = _tasks(desk, decision, list(frozenset(due).intersection(leads)))
    whys = dict(explained(desk, decision.leads, {lead: changes[lead] for lead in leads}))
    for lead in leads:
        why = foreseen.given.owned[lead].why if lead in owned else ""
        owner = [FieldPlan(name, present[lead][name], new, [why], why) for name, new in owned.get(lead, {}).items()]
        told = [*whys[lead], *owner]
        more = tuple(steps.get(lead, ()))
        yield LeadPlan(lead, desk.job.connector.link(lead), told, withheld[lead], tasks.get(lead, ""), more)


def _tasks(desk: Desk, decision: Decision, due: Sequence[str]) -> dict[str, str]:
    """By lead that would be handed off: the task's subject."""
    if desk.job.playbook.handoff is None or not due:
        return {}
    return decision.subjects(due, Documents(desk.job.playbook, desk.now))


def explained(
    desk: Desk, leads: pl.DataFrame, changes: Mapping[str, Sequence[Change]]
) -> Iterator[tuple[str, list[FieldPlan]]]:
    """The changes of each of these leads, with their reasons."""
    found = leads.filter(pl.col("id").is_in(list(changes)))
    sources = {write.field: write.sources for write in desk.job.mapping.writes}
    lines = sorted({of_field(source) for some in sources.values() for source in some}.intersection(found.columns))
    told = found.select(lines).iter_rows(named=True) if lines else repeat({}, found.height)
    for lead, row, trace in zip(found["id"], told, desk.traces(found), strict=True):
        yield lead, [_field_plan(trace, change, sources[change.field], row) for change in changes[lead]]


def _field_plan(trace: Trace, change: Change, sources: Sequence[str], row: Mapping[str, Any]) -> FieldPlan:
    """A template has several sources. By whom a value is said, a provider or a form, tells more than the value."""
    because = [line for source in sources for line in trace.because(source)]
    said = [text for source in sources if (text := row.get(of_field(source)))] if row else []
    short = said or [text for source in sources if (text := trace.in_short(source))]
    lines = [*because, *(f"said by {text}" for text in said)]
    return FieldPlan(change.field, change.old, change.new, lines, "; ".join(short))
