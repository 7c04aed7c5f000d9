"""What became of one lead: what its record says now, joined to what was known before. Nothing personal is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadrelay.core.lead import Type
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import Op, walk
from leadrelay.core.predicates.dates import midnight

CHANNELS = ("inbound", "referral", "outbound", "event", "mql")
"""The sources that every playbook knows (R1)."""
OTHER = "other"
"""Stands for a word that the playbook does not have: somebody may have typed anything there."""
ACCEPTED, REJECTED = "accepted", "rejected"
VERDICT = "verdict"
"""The column that holds one of them, or nothing."""
WITHOUT = "0"
"""The number under which the answer to a lead is kept that nobody was chosen for."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One lead. Texts are "" where nothing is known.

    `answers`: by the number of the assignment (`WITHOUT`: of none), when somebody first did something for the lead.
    """

    lead: str
    source: str = ""
    owner: str = ""
    created_at: datetime | None = None
    stage: str = ""
    stage_since: datetime | None = None
    recycled_at: datetime | None = None
    reengaged_at: datetime | None = None
    verdict: str = ""
    verdict_reason: str = ""
    verdict_at: datetime | None = None
    opportunity_at: datetime | None = None
    meeting_at: datetime | None = None
    meeting: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_nurture(self) -> bool:
        """Whether it was recycled and did not come back."""
        return self.recycled_at is not None and (self.reengaged_at is None or self.reengaged_at < self.recycled_at)


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it was read. `modified`: its stamp; `stage_at`, `recycled_at`: when we wrote what stands there."""

    lead: Mapping[str, Any]
    modified: datetime
    stage_at: datetime | None = None
    recycled_at: datetime | None = None


@dataclass(frozen=True)
class Words:
    """The words that may be kept: those of the playbook and of the mapping. Everything else is `OTHER`."""

    stages: frozenset[str]
    known: frozenset[str]

    @classmethod
    def of(cls, playbook: Playbook, mapped: Collection[str]) -> Words:
        """`mapped`: what the mapping makes of the CRM's words."""
        nodes = (node for condition in playbook.conditions() for node in walk(condition.node))
        texts = {str(node.value) for node in nodes if node.op is Op.VALUE and node.type is Type.TEXT}
        return cls(frozenset(stage.name for stage in playbook.stages), frozenset({*CHANNELS, *mapped, *texts}))

    def word(self, text: str | None) -> str:
        """The text itself where it is such a word."""
        found = (text or "").strip()
        return found if not found or found in self.known else OTHER


def journey(seen: Seen, before: Journey, words: Words, now: datetime) -> Journey:
    """What is known now. Milestones and answers stay as they were: others tell of them."""
    lead = seen.lead
    stage = lead["current_stage"] if lead["current_stage"] in words.stages else ""
    recycled_at, reengaged_at = _nurture(seen, before, now)
    return Journey(
        lead=lead["id"],
        source=words.word(lead["source"]),
        owner=lead["owner"] or "",
        created_at=lead["created_at"],
        stage=stage,
        stage_since=_since(seen, before, stage),
        recycled_at=recycled_at,
        reengaged_at=reengaged_at,
        verdict=lead[VERDICT] or "",
        verdict_reason=words.word(lead["sales_reason"]),
        verdict_at=lead["sales_verdict_at"],
        opportunity_at=before.opportunity_at,
        meeting_at=lead["meeting_at"] or before.meeting_at,
        meeting=before.meeting,
        answers=before.answers,
    )


def _since(seen: Seen, before: Journey, stage: str) -> datetime | None:
    """Since when it has been in its stage: as we wrote it, else since it was first seen there."""
    if not stage:
        return None
    known = before.stage_since if before.stage == stage else None
    return seen.stage_at or known or seen.modified


def _nurture(seen: Seen, before: Journey, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When it was recycled last, and when it came back."""
    reason, day = seen.lead["current_recycle_reason"], seen.lead["current_reengage_on"]
    if not reason:
        return before.recycled_at, seen.modified if before.in_nurture else before.reengaged_at
    if day is None or day > now.date():
        known = before.recycled_at if before.in_nurture else None
        return seen.recycled_at or known or seen.modified, None
    since = seen.recycled_at or before.recycled_at or min(seen.modified, midnight(day))
    return since, midnight(day)
