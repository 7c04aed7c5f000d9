"""Why this rep: what was decided about a lead's owner, or would be decided now, and why it was nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.core.changes import Withheld
from leadrelay.core.effects import HANDOFF
from leadrelay.jobs.care.carer import Carer
from leadrelay.jobs.care.tasks import Care
from leadrelay.jobs.desk import Decision, Job
from leadrelay.jobs.handoff.passing import Passer
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.owners.given import Given, HandedOff
from leadrelay.jobs.owners.review import Reviewer
from leadrelay.state.store import Store
from leadrelay.state.values import Assignment


@dataclass(frozen=True, slots=True)
class Whose:
    """Who has a lead, or would get it. `at`: when that was decided; None where it is not decided yet. `ended`: how.

    `considered`: the others by name, each with why not; "" for several who are counted.
    """

    owner: str
    name: str
    team: str
    territory: str
    via: str
    why: str
    considered: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None
    ended: str = ""

    def lines(self) -> Iterator[str]:
        """As people read it, the answer first."""
        since = f" since {self.at:%Y-%m-%d %H:%M} UTC" if self.at else ", if a run chose now"
        rule = f", rule {self.territory}" if self.territory else ""
        team = f", team {self.team}{rule}" if self.team else ""
        over = f"; ended: {self.ended}" if self.ended else ""
        yield f"{self.name or self.owner or 'nobody'}{since}: {self.via}{team}{over}"
        yield from [self.why] if self.why else []
        yield from (f"{name}: {why}" if name else why for name, why in self.considered)

    def to_json(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        return {
            "owner": self.owner,
            "name": self.name,
            "team": self.team,
            "territory": self.territory,
            "via": self.via,
            "why": self.why,
            "considered": [list(pair) for pair in self.considered],
            "at": self.at.isoformat() if self.at else None,
            "ended": self.ended,
        }


@dataclass(frozen=True)
class Foreseen:
    """What a run would do about the owners and hand-offs of a page. `due`: leads that it would hand off.

    `held`: leads that it would not, as they are somebody who is handed off already.
    `care`: what it would do about late first responses, and topics.
    """

    due: Sequence[str]
    given: Given
    fields: Mapping[str, Mapping[str, str]]
    care: Care
    held: Mapping[str, Withheld] = field(default_factory=dict)

    @property
    def steps(self) -> Mapping[str, Sequence[str]]:
        """By lead, why it would get further tasks, and their subjects."""
        steps: dict[str, list[str]] = {}
        for intent, task in self.care.made:
            steps.setdefault(intent.lead, []).append(f"{intent.why}: {task.subject}")
        return steps

    @property
    def withheld(self) -> Sequence[Withheld]:
        """Tasks and owners that nobody could be found for, and tasks of who is handed off already."""
        return [*self.given.withheld.values(), *self.care.withheld, *self.held.values()]


class Foresight:
    """Plans owners and hand-offs as a run does, and keeps nothing of it."""

    def __init__(self, job: Job, store: Store, now: datetime) -> None:
        self._job, self._store, self._now = job, store, now
        self.assigning = Assigning(job, store, "", now)
        self._passer, self._reviewer = Passer(job, store, "", self.assigning), Reviewer(job, store)
        self._carer = Carer(job, store, "", self.assigning)

    def __call__(self, decision: Decision, records: pl.DataFrame) -> Foreseen:
        """What would be done about these."""
        promised = self._store.outbox.unfinished(self._job.name, records["id"].to_list())
        hand_offs = [intent for intent in promised if intent.kind == HANDOFF]
        open_ = frozenset(intent.lead for intent in hand_offs)
        review = self._reviewer(decision, records, open_)
        held = {lead: Withheld(lead, "task", why) for lead, why in self._passer.held(decision, review).items()}
        due = {lead: epoch for lead, epoch in self._passer.due(decision, review).items() if lead not in held}
        handing = {lead: HandedOff(epoch, "") for lead, epoch in due.items() if lead not in open_}
        watched = self._carer.due(records["id"], self._now)
        care, given = self._carer(decision, records, watched, review, handing, hand_offs, self._now)
        fields = {lead: owned.fields for lead, owned in given.owned.items() if owned.fields}
        return Foreseen(list(due), given, fields, care, held)

    def whose(self, lead: str, foreseen: Foreseen) -> Whose | None:
        """What is known of one lead's owner; None where nobody had it, and nobody gets it."""
        fresh = [one for one in foreseen.given.assignments if one.lead == lead and one.is_open]
        if fresh and fresh[-1].trace:
            return self._told(fresh[-1], decided=bool(fresh[-1].run))
        if kept := foreseen.given.withheld.get(lead):
            return Whose("", "", "", "", "nobody", kept.why)
        last = self._store.assignments.latest(self._job.name, [lead]).get(lead)
        return self._told(last, decided=True) if last else None

    def _told(self, one: Assignment, *, decided: bool) -> Whose:
        considered = one.trace.get("considered", ())
        names = {owner: self._name(owner) for owner, _ in considered if owner}
        return Whose(
            owner=one.owner,
            name=self._name(one.owner),
            team=one.team,
            territory=one.territory,
            via=one.via,
            why=one.why,
            considered=tuple((names.get(owner, ""), why) for owner, why in considered),
            at=one.at if decided else None,
            ended=one.ended,
        )

    def _name(self, owner: str) -> str:
        return self.assigning.name(owner) or owner
