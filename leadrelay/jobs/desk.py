"""Where a page of records becomes a decision. Built once per run, so that `now` and the rules stay the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

import polars as pl

from leadrelay.connectors.base import Connector, FieldInfo
from leadrelay.core import effects
from leadrelay.core.changes import FOUGHT, PagePlan, Planner, Policy
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.explain import Tracer
from leadrelay.core.explain_many import Together
from leadrelay.core.fitting import Refusing, spelled
from leadrelay.core.handoff.documents import Documents
from leadrelay.core.handoff.values import Around, Document
from leadrelay.core.limits import Brake, Quota
from leadrelay.core.memory import Recogniser
from leadrelay.core.playbook.loading import Playbook
from leadrelay.core.predicates import bind, to_polars
from leadrelay.core.qualify import Decider
from leadrelay.core.recheck import RECHECK, sooner
from leadrelay.core.sla import Topic
from leadrelay.core.topics import TOPICS, WATCHED, topics_of
from leadrelay.core.trace import Trace
from leadrelay.jobs.circle import Circle
from leadrelay.jobs.enriching.sources import Sources
from leadrelay.jobs.references import References
from leadrelay.mappings import wording
from leadrelay.mappings.mapping import Mapping as FieldMapping
from leadrelay.mappings.mapping import Reader, Writer
from leadrelay.state.values import IN_DOUBT, Intent

DAY = timedelta(days=1)
"""How often we write against somebody who undoes it, and ask for a lead that is out of our sight."""

_TOLD = frozenset({"reasons", "gate_missing", RECHECK})
"""What is asked for beside the outputs that are written."""

_SEED = 17


@dataclass(frozen=True)
class Job:
    """A connection, a mapping and a playbook under a name, and the guards that watch over it.

    `meant`: the id of the organisation that the configuration means; "" where it does not say.
    """

    name: str
    connector: Connector
    mapping: FieldMapping
    playbook: Playbook
    connection: str = ""
    kind: str = ""
    brake: Brake = field(default_factory=Brake)
    quota: Quota = field(default_factory=Quota)
    hold_duplicates: bool = False
    audit_days: int = 365
    answer_days: int = 365
    sources: Sources = field(default_factory=Sources)
    meant: str = ""

    @property
    def fingerprint(self) -> str:
        """Changes when mapping, playbook or a table of its providers does: then every lead has to be decided anew."""
        tables = self.sources.version(self.playbook.enrichment.providers)
        held = "hold" if self.hold_duplicates else ""  # who is one person is to be known of every lead
        told = [self.playbook.fingerprint, self.mapping.fingerprint, tables, held]
        return sha256(" ".join(filter(None, told)).encode()).hexdigest()

    @cached_property
    def organisation(self) -> str:
        """The organisation or portal behind the connection."""
        return self.connector.organisation()

    @cached_property
    def schema(self) -> Mapping[str, FieldInfo]:
        """The CRM's fields, asked for once."""
        return self.connector.describe()

    def key(self, lead: str, kind: str, epoch: str) -> str:
        """Of one effect: unique in the CRM, and the same for every installation, today and in a year."""
        return effects.key(self.organisation, self.mapping.object, lead, kind, epoch)

    def may_still_happen(self, intent: Intent, now: datetime) -> bool:
        """Whether a request without an answer may yet be carried out, and no unique key would stop the second one."""
        if intent.state not in IN_DOUBT or intent.at is None:
            return False
        return now < intent.at + timedelta(seconds=self.connector.guarantee().wait_seconds)


@dataclass(frozen=True)
class Decision:
    """What is to be done about one page: its plan, and how its leads stand.

    `left`: leads that are never written. `due`: those that are to be handed off, whether or not they were already.
    `state`, `wanted`: by record, how we will know it again, and what we want in the fields that are ours (null: none).
    `repaired`: leads in which somebody else changed our fields, which we write again.
    `recheck`: by record, when it has to be decided anew though nobody touches it (null: never).
    `watched`: leads whose first response is watched where they have an owner. `topics`: by lead, the topics that hold.
    `left_alone`, `strange`: leads that are never written; leads that we wrote to before this store knew of them.
    `lost`: by lead that we wrote to before this store knew of it, the empty fields that we may have filled then.
    """

    plan: PagePlan
    leads: pl.DataFrame
    verdicts: pl.DataFrame
    left: int
    due: tuple[str, ...]
    state: pl.Series
    wanted: Mapping[str, int]
    repaired: frozenset[str]
    recheck: pl.Series
    lost: Mapping[str, Mapping[str, str]]
    watched: frozenset[str] = frozenset()
    topics: Mapping[str, tuple[Topic, ...]] = field(default_factory=dict)
    left_alone: frozenset[str] = frozenset()
    strange: frozenset[str] = frozenset()
    circle: Circle = field(default_factory=Circle)

    @property
    def unchanged(self) -> int:
        """How many leads of the page need no write."""
        return self.plan.unchanged + self.left

    @property
    def qualified(self) -> int:
        """How many leads of the page are qualified."""
        return int(self.verdicts["qualified"].sum())

    @property
    def stages(self) -> Counter[str]:
        """How many leads of the page stand in each stage."""
        counted = self.verdicts.group_by("stage").len()
        return Counter(dict(counted.iter_rows()))

    @property
    def misfits(self) -> int:
        """How many leads have a value that does not fit its field's type, and so counts as not given."""
        return int((self.leads["bad_values"] != 0).sum())

    @property
    def duplicates(self) -> int:
        """How many leads of the page are the same person as an older lead."""
        return sum(self.circle.is_duplicate(lead) for lead in self.leads["id"])

    @cached_property
    def whys(self) -> Mapping[str, str]:
        """By lead, its verdict in a line: what is kept beside everything that we write."""
        told = self.verdicts.select("id", "stage", "score", "reasons").iter_rows()
        return {lead: f"{stage}, score {score}: {reasons or ''}"[:_LONGEST_WHY] for lead, stage, score, reasons in told}

    def documents(self, leads: Collection[str], told: Documents, around: Mapping[str, Around]) -> dict[str, Document]:
        """By lead of the page, what its task says."""
        chosen = pl.col("id").is_in(leads)
        found = told.of(self.leads.filter(chosen), self.verdicts.filter(chosen), around)
        return {document.lead: document for document in found}

    def subjects(self, leads: Collection[str], told: Documents) -> dict[str, str]:
        """By lead of the page, the subject of its task."""
        chosen = pl.col("id").is_in(leads)
        return told.subjects(self.leads.filter(chosen), self.verdicts.filter(chosen))


_LONGEST_WHY = 1_000


@dataclass(frozen=True)
class Past:
    """What is remembered of a page's leads.

    `seen`: what we wrote last into the fields that people may edit too. `known`: how each was left (`Memories.recall`).
    """

    seen: pl.DataFrame
    known: pl.DataFrame


@dataclass(frozen=True)
class Known:
    """The leads of a page, with what others know of them. `again_at`: when more may be found out (null: never).

    `circle`: who they are, and who else is concerned.
    """

    leads: pl.DataFrame
    again_at: pl.Series | None = None
    circle: Circle = field(default_factory=Circle)


class Desk:
    """Map, qualify, compare: the pure middle of a job."""

    def __init__(self, job: Job, now: datetime) -> None:
        self.job = job
        self.now = now
        self._references = References(job.connector, job.mapping)
        self._reader = Reader(self._references.readable, job.playbook)
        self._cleaner = Cleaner.of(job.playbook, job.mapping.fields_asked)
        leave = job.mapping.leave
        self._decider = Decider(job.playbook, now, job.mapping.outputs | _TOLD, [leave] if leave else [])
        self._writer = Writer(job.mapping)
        enriched = job.playbook.enrichment.names
        known = (job.mapping, enriched, job.schema) if enriched else (job.mapping, (), {})
        self._spellers = wording.spellers(*known)
        rooms: dict[str, Refusing] = {**wording.rooms(*known), **self._references.rooms}
        self._planner = Planner(job.mapping.writes, self._one_way(), rooms)
        written = {write.field for write in job.mapping.writes}
        inputs = [name for name in job.mapping.crm_fields() if name not in written]
        self._recogniser = Recogniser(inputs, self._planner, fingerprint=job.fingerprint)
        self._once = {write.field for write in job.mapping.writes if write.policy is Policy.FILL}
        self._own = [write.field for write in job.mapping.writes if write.policy is Policy.OWN]
        self._leave = to_polars(bind(leave, now)).fill_null(value=False) if leave else pl.lit(value=False)

    def untouched(self, records: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
        """Which records are exactly as we left them, and not due: there is nothing new to decide about them."""
        left = known.filter(~self._is_due()).select("id", "state_hash")
        found = records.select("id").with_columns(now=self._recogniser.of(records))
        joined = found.join(left, on="id", how="left", maintain_order="left")
        return (joined["now"] == joined["state_hash"]).fill_null(value=False)

    def due(self, known: pl.DataFrame) -> frozenset[str]:
        """Those of the known leads about which time may have changed something."""
        return frozenset(known.filter(self._is_due())["id"])

    def _is_due(self) -> pl.Expr:
        return (pl.col("recheck_at") <= self.now).fill_null(value=False)

    def read(self, records: pl.DataFrame) -> pl.DataFrame:
        """Records as typed leads: what the CRM says of them, and nothing else."""
        return self._reader.read(records)

    def decide(self, records: pl.DataFrame, past: Past, known: Known | None = None) -> Decision:
        """The plan for these records. `known`: as leads, where more is known than the CRM says."""
        known = known or Known(self.read(records))
        leads = self._cleaner(known.leads)
        verdicts = self._decider(leads)
        left = leads.select(pl.repeat(value=False, n=pl.len()) | self._leave).to_series()
        wanted = self.wanted(leads, verdicts, left)
        seen, lost = self._with_lost(records, past)
        hashes = wanted.select("id").with_columns(wanted=self._hash(wanted))
        again = hashes.join(past.known, on="id", how="inner").filter(pl.col("wanted") == pl.col("wanted_hash"))
        calm = again.filter(pl.col("repaired_at") > self.now - DAY)["id"]
        plan = self._planner.plan(records, wanted, seen, calm)
        return Decision(
            plan=plan,
            leads=leads,
            verdicts=verdicts,
            left=int(left.sum()),
            due=tuple(verdicts.filter(pl.col("handoff") & ~left)["id"]),
            state=self._recogniser.after(records, plan),
            wanted=dict(hashes.iter_rows()),
            repaired=self._repaired(plan, frozenset(again["id"])),
            recheck=sooner(_recheck(verdicts, plan, again), known.again_at),
            lost=lost,
            watched=frozenset(verdicts.filter(pl.col(WATCHED) & ~left)["id"]) if self.job.playbook.sla else frozenset(),
            topics=self._topics(verdicts.filter(~left)),
            left_alone=frozenset(leads["id"].filter(left)),
            strange=frozenset(records["id"].filter(self._strange(records, past))),
            circle=known.circle,
        )

    @property
    def readable(self) -> FieldMapping:
        """The mapping as records are read by it, with what its references stand for."""
        return self._references.readable

    def wanted(self, leads: pl.DataFrame, verdicts: pl.DataFrame, left: pl.Series) -> pl.DataFrame:
        """What the CRM fields of these leads are to hold, but of those that are left alone."""
        found = self._references.resolved(self._writer.wanted(leads, verdicts).filter(~left))
        return found.with_columns(spelled(found, self._spellers)) if self._spellers else found

    def _topics(self, verdicts: pl.DataFrame) -> dict[str, tuple[Topic, ...]]:
        if TOPICS not in verdicts.columns:
            return {}
        touched = verdicts.filter(pl.col(TOPICS) != 0).select("id", TOPICS)
        return {lead: tuple(topics_of(self.job.playbook.topics, mask)) for lead, mask in touched.iter_rows()}

    def trace(self, lead: Mapping[str, Any]) -> Trace:
        """Why one lead stands where it stands."""
        return self._tracer(lead)

    def traces(self, leads: pl.DataFrame) -> Iterator[Trace]:
        """The same of many, in the frame's order, but for what rules looked at that gave nothing."""
        return self._together(leads)

    def _with_lost(self, records: pl.DataFrame, past: Past) -> tuple[pl.DataFrame, dict[str, dict[str, str]]]:
        """What we wrote last, and what we perhaps did where the store was lost: our own fields hold values already.

        An empty field of such a lead may have been cleared by a person; it counts as written, with nothing. So does one
        that is only ever filled once.
        """
        shared = [name for name in past.seen.columns if name != "id"]
        if not shared or not self._own:
            return past.seen, {}
        strange = self._strange(records, past)
        if not strange.any():
            return past.seen, {}
        empty = records.select(self._may_be_ours(name) & strange & past.seen[name].is_null() for name in shared)
        seen = past.seen.with_columns(
            pl.Series(name, pl.select(pl.when(empty[name]).then(pl.lit("")).otherwise(past.seen[name])).to_series())
            for name in shared
        )
        rows = [row for row, is_strange in enumerate(strange.to_list()) if is_strange]
        lost = {records["id"][row]: {name: "" for name in shared if empty[name][row]} for row in rows}
        return seen, {lead: fields for lead, fields in lost.items() if fields}

    def _strange(self, records: pl.DataFrame, past: Past) -> pl.Series:
        """Which records hold values in fields of our own though this store does not know them."""
        if not self._own:
            return pl.repeat(value=False, n=records.height, eager=True)
        ours = records.select(pl.any_horizontal(_given(name) for name in self._own)).to_series()
        return ours & ~records["id"].is_in(past.known["id"].to_list())

    def _may_be_ours(self, name: str) -> pl.Expr:
        return pl.lit(value=True).alias(name) if name in self._once else (~_given(name)).alias(name)

    def _hash(self, wanted: pl.DataFrame) -> pl.Series:
        if not self._own:
            return pl.repeat(0, wanted.height, dtype=pl.Int64, eager=True)
        return wanted.select(self._own).hash_rows(seed=_SEED).reinterpret(signed=True)

    def _repaired(self, plan: PagePlan, again: frozenset[str]) -> frozenset[str]:
        own = frozenset(self._own)
        return frozenset(update.id for update in plan.updates if update.id in again and own & update.fields.keys())

    def _one_way(self) -> dict[str, Callable[[], tuple[str, ...]]]:
        """The fields that the CRM only moves forward, and that we leave so. Their order is asked for once it counts."""
        fields = self.job.connector.one_way - self.job.mapping.backward_fields
        return {name: partial(self._order_of, name) for name in fields}

    def _order_of(self, field: str) -> tuple[str, ...]:
        info = self.job.schema.get(field)
        return info.picklist if info else ()

    @cached_property
    def _together(self) -> Together:
        return Together(self.job.playbook, self.now, silent=False)

    @cached_property
    def _tracer(self) -> Tracer:
        return Tracer(self.job.playbook, self.now)


def _recheck(verdicts: pl.DataFrame, plan: PagePlan, again: pl.DataFrame) -> pl.Series:
    """What something else keeps changing is written again a day after the last time."""
    fought = {kept.id for kept in plan.withheld if kept.why == FOUGHT}
    if not fought:
        return verdicts[RECHECK]
    until = again.filter(pl.col("id").is_in(fought)).select("id", until=pl.col("repaired_at") + DAY)
    joined = verdicts.select("id", RECHECK).join(until, on="id", how="left", maintain_order="left")
    return joined.select(pl.min_horizontal(RECHECK, "until").alias(RECHECK)).to_series()


def _given(name: str) -> pl.Expr:
    return (pl.col(name).fill_null("").str.strip_chars() != "").alias(name)


def before(plan: PagePlan) -> Iterator[dict[str, str | None]]:
    """By update of the plan, in order: what the fields that it changes hold now."""
    for update, row in zip(plan.updates, plan.present.iter_rows(named=True), strict=True):
        yield {name: row[name] for name in update.fields}
