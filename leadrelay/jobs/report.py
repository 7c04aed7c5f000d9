"""What became of a job's leads, read from the CRM bit by bit, and as a report. Writes nothing to the CRM.

A page's journeys and the cursor after it are kept in one transaction: whatever a kill leaves is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from leadrelay.connectors.base import Page
from leadrelay.connectors.moments import stamp
from leadrelay.connectors.people import Milestones
from leadrelay.core.changes import Policy
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.lead import LEAD
from leadrelay.core.qualify import Decider
from leadrelay.core.report.journey import ACCEPTED, REJECTED, VERDICT, Journey, Seen, Words, journey
from leadrelay.jobs import drift
from leadrelay.jobs.desk import Job
from leadrelay.jobs.guards import Meter, expect_same_organisation
from leadrelay.jobs.reading import Watch, in_pieces
from leadrelay.jobs.report_facts import Holders
from leadrelay.mappings.mapping import Mapping as FieldMapping
from leadrelay.mappings.mapping import Reader
from leadrelay.state.journeys import CURSOR
from leadrelay.state.store import Store

FIELDS = (
    "created_at",
    "source",
    "owner",
    "current_stage",
    "current_recycle_reason",
    "current_reengage_on",
    "sales_verdict",
    "sales_reason",
    "sales_verdict_at",
    "meeting_at",
)
"""The lead fields that a report asks for; those that a mapping does not read stay unknown."""
PATIENCE = timedelta(days=90)
"""How long after its creation, or after it was given to somebody, a lead is asked about though it did not change."""
_TOGETHER = 1_000


class Reading:
    """Brings what is known of a job's leads up to date."""

    def __init__(self, job: Job, store: Store, now: Callable[[], datetime], watch: Watch) -> None:
        self._whole, self._store, self._now, self._watch = job, store, now, watch
        self._meter = Meter(job)
        self._connector = job.connector
        self.missing: list[str] = []

    def __call__(self) -> int:
        """How many records were read. Raises `Paused` where the quota's share is used up: what is kept stays kept."""
        expect_same_organisation(self._whole, self._store)
        return drift.endured(self._whole, self._store, self.missing, self._read)

    def workload(self) -> Mapping[str, int]:
        """Open leads by owner: of the whole CRM, else of those that this job gave to somebody."""
        counted = self._connector.workload(self._whole.mapping.closed)
        return self._store.assignments.load(self._whole.name) if counted is None else counted

    def _read(self, job: Job) -> int:
        page_of = _Pages(job, self._store, self._now())
        holders = Holders.of(self._store, job.name)
        cursor = self._store.cursors.get(CURSOR + job.name, job.fingerprint)
        seen: set[str] = set()
        self._meter.expect_room_to_read(self._now())
        for page in job.connector.changes(page_of.fields, cursor):
            if page.total is not None:
                self._watch.expect(page.total)
            found = self._told(page_of.journeys(page), holders)
            self._store.journeys.keep(job.name, found, page.cursor, job.fingerprint)
            seen.update(one.lead for one in found)
            self._watch.advance(page.records.height)
            self._meter.expect_room_to_read(self._now())
        self._ask_again(job, holders, seen)
        return len(seen)

    def _ask_again(self, job: Job, holders: Holders, seen: set[str]) -> None:
        """Activities, meetings and opportunities do not change the lead: the open ones are asked about every time."""
        open_ = (one for one in self._store.journeys.all(job.name) if one.lead not in seen and self._open(one, holders))
        for piece in in_pieces(open_, _TOGETHER):
            self._meter.expect_room_to_read(self._now())
            self._store.journeys.keep(job.name, self._told(piece, holders))

    def _open(self, lead: Journey, holders: Holders) -> bool:
        latest = holders.latest(lead)
        young = latest is not None and latest > self._now() - PATIENCE
        met = lead.meeting_at is None or bool(lead.meeting and lead.meeting != "planned")
        return young and (lead.opportunity_at is None or not met or holders.open(lead) is not None)

    def _told(self, leads: Sequence[Journey], holders: Holders) -> list[Journey]:
        """With what the CRM says became of them, and who answered them first."""
        if not leads:
            return []
        became = self._connector.milestones([one.lead for one in leads])
        waits = {one.lead: open_ for one in leads if (open_ := holders.open(one)) and self._is_young(open_.since)}
        over = {one.lead: left for one in leads if (left := holders.left(one)) and self._is_young(left.since)}
        answers: dict[str, dict[str, str]] = {one.lead: {} for one in leads}
        for asked in (waits, over):
            found = self._connector.responses({lead: stamp(one.since) for lead, one in asked.items()}) if asked else {}
            for lead, one in asked.items():
                answers[lead] |= one.told(found[lead].at if lead in found else "")
        return [_became(one, became.get(one.lead), answers[one.lead]) for one in leads]

    def _is_young(self, since: datetime) -> bool:
        return since > self._now() - PATIENCE


class _Pages:
    """Records of one walk -> journeys."""

    def __init__(self, job: Job, store: Store, now: datetime) -> None:
        self._job, self._store, self._now = job, store, now
        self._decider = Decider(job.playbook, now, frozenset()) if any(job.playbook.sales.conditions()) else None
        used = job.playbook.fields_used if self._decider else frozenset[str]()
        self._cleaner = Cleaner(used)
        asked = {*FIELDS, *used, *self._cleaner.inputs}
        reads = tuple(read for read in job.mapping.reads if read.lead in asked)
        self.fields = tuple(dict.fromkeys(name for read in reads for name in read.asked))
        mapping = replace(job.mapping, reads=reads, writes=(), leave=None, task=None)
        # Ids of users stay ids, also where the mapping refers to them: the store knows owners by nothing else.
        self._reader = Reader(mapping, job.playbook)
        self._words = Words.of(job.playbook, set(_mapped(mapping)))
        self._stage, self._reason = (_own(job.mapping, output) for output in ("stage", "recycle_reason"))

    def journeys(self, page: Page) -> list[Journey]:
        """What the records say, beside what was known; milestones and answers as they were."""
        leads = self._reader.read(page.records)
        told = LEAD.completed(leads, FIELDS)
        leads = told.with_columns(self._verdict(told).alias(VERDICT))
        ids = leads["id"].to_list()
        before = self._store.journeys.of(self._job.name, ids)
        written = self._store.journeys.written(self._job.name, ids, [*self._stage, *self._reason])
        modified = page.records["modified"].to_list()
        rows = zip(leads.select("id", *FIELDS, VERDICT).iter_rows(named=True), modified, strict=True)
        return [
            journey(self._seen(row, at, written), before.get(row["id"]) or Journey(row["id"]), self._words, self._now)
            for row, at in rows
        ]

    def _verdict(self, leads: pl.DataFrame) -> pl.Series:
        """What sales said of each, as [sales] has it; without it, by the words of the field."""
        word = pl.col("sales_verdict").str.strip_chars().str.to_lowercase()
        accepted, rejected = (word == name for name in (ACCEPTED, REJECTED))
        if self._decider:
            leads = self._decider(self._cleaner(leads))
            accepted, rejected = pl.col("sales_accepted"), pl.col("sales_rejected")
        told = pl.when(rejected).then(pl.lit(REJECTED)).when(accepted).then(pl.lit(ACCEPTED))
        return leads.select(told.alias(VERDICT)).to_series()

    def _seen(self, row: Mapping[str, Any], modified: str, written: Mapping[tuple[str, str], Any]) -> Seen:
        def when(fields: Iterable[str], value: Any) -> datetime | None:
            found = (written.get((row["id"], name)) for name in fields)
            return next((one.at for one in found if one and one.value == value), None)

        stage, reason = when(self._stage, row["current_stage"]), when(self._reason, row["current_recycle_reason"])
        return Seen(row, datetime.fromisoformat(modified), stage, reason)


def _own(mapping: FieldMapping, output: str) -> list[str]:
    """The CRM fields that hold an output as it is, and that only we write."""
    return [one.field for one in mapping.writes if one.source == output and one.policy is Policy.OWN and not one.values]


def _mapped(mapping: FieldMapping) -> Iterator[str]:
    """The words that the mapping makes of the CRM's."""
    for read in mapping.reads:
        yield from (word for word in (*read.values.values(), read.other, read.default, read.constant) if word)


def _became(lead: Journey, found: Milestones | None, answers: Mapping[str, str]) -> Journey:
    told = replace(lead, answers={**lead.answers, **answers})
    if found is None:
        return told
    meeting_at = _moment(found.meeting_at)
    meeting = (meeting_at, found.meeting) if meeting_at else (lead.meeting_at, lead.meeting)
    opportunity = _moment(found.opportunity_at) or lead.opportunity_at
    return replace(told, opportunity_at=opportunity, meeting_at=meeting[0], meeting=meeting[1])


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
