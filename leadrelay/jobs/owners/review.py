"""What became of those who had the leads of a page: whose each still is, who gave one up, what a person changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.connectors.moments import stamp
from leadrelay.core.assign.values import FormerOwner, Via
from leadrelay.jobs.desk import Decision, Job
from leadrelay.state.store import Store
from leadrelay.state.values import Assignment

PERSON, FOUND = "person", "found"
"""How else than by a choice somebody got a lead: by a person's hand; or before this store knew of it."""

REJECTED, RECYCLED, DISQUALIFIED = "rejected", "recycled", "disqualified"
RETURNED = frozenset({REJECTED, RECYCLED, DISQUALIFIED})
"""Ends after which a lead that qualifies again is handed off again."""

REASSIGNED, MOVED, INACTIVE, UNDONE, CONVERTED = "reassigned", "moved", "inactive", "undone", "converted"
GONE = "gone"
GAVE_UP = frozenset({REJECTED, REASSIGNED})
CREDITED = frozenset({*RETURNED, REASSIGNED, MOVED, INACTIVE, UNDONE, GONE})
"""Ends that give the credit back: all but that the lead became an opportunity."""

_AS_WRITTEN = frozenset({Via.PRESENT, FOUND, PERSON})
_VERDICT = ("sales_verdict", "sales_verdict_at")
_ASKED = ("disqualified", "recycled", "handoff", "sales_rejected", "sales_accepted")


@dataclass
class Review:
    """What is known of the owners of a page. `history`: by lead, everybody who had it, the first one first.

    `ended`: leads whose open assignment ends, and why. `moved`: leads that a person gave to somebody else, and to whom.
    `waiting`: leads whose owner was decided and is not written yet. `said`: by lead, what sales says of it now.
    `accepted`: leads that sales accepted since they are somebody's, and when, where that is told.
    """

    history: Mapping[str, Sequence[Assignment]] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, Assignment] = field(default_factory=dict)
    said: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)

    def open(self, lead: str) -> Assignment | None:
        """The assignment that was open before this page."""
        several = self.history.get(lead)
        return several[-1] if several and several[-1].is_open else None

    def came_back(self, lead: str, epoch: str) -> bool:
        """Whether sales gave back the lead that was handed off in this epoch."""
        several = self.history.get(lead, ())
        now = self.ended.get(lead) in RETURNED and bool(several) and several[-1].handed == epoch
        return now or any(one.handed == epoch and one.ended in RETURNED for one in several)

    @property
    def unsettled(self) -> frozenset[str]:
        """Leads whose owner is in question on this page."""
        return frozenset([*self.ended, *self.waiting])

    def take_away(self, lead: str, why: str = REASSIGNED) -> None:
        """End the open assignment of this lead, which then needs another owner."""
        self.ended[lead] = why
        self.moved.pop(lead, None)
        self.waiting.pop(lead, None)

    def past(self, lead: str) -> tuple[FormerOwner, ...]:
        """Who had it, as the choice asks; what was undone never was."""
        several = self.history.get(lead, ())
        ends = [*(one.ended for one in several[:-1]), self.ended.get(lead) or (several[-1].ended if several else "")]
        return tuple(
            FormerOwner(one.owner, end in GAVE_UP) for one, end in zip(several, ends, strict=False) if end != UNDONE
        )


class Reviewer:
    """Looks at the leads of page after page of one run."""

    def __init__(self, job: Job, store: Store) -> None:
        self._job, self._store = job, store
        self._field = job.mapping.task.owner if job.mapping.task else ""

    def __call__(self, decision: Decision, records: pl.DataFrame, promised: Collection[str] = ()) -> Review:
        """`promised`: leads with a hand-off that is not settled."""
        leads = records["id"].to_list()
        review = Review(self._store.assignments.of(self._job.name, leads))
        review.said = dict(self._said(decision))
        open_ = {lead: one for lead in review.history if (one := review.open(lead))}
        if not open_:
            return review
        found = dict(_standing(decision, list(open_)))
        present = self._present(records)
        written, won = self._written(list(open_)), converted(decision)
        for lead, one in open_.items():
            if found[lead].get("sales_accepted") and _is_new_word(one, said := review.said.get(lead, {})):
                review.accepted[lead] = said.get(_VERDICT[1]) or ""
            if why := _end(one, found[lead], review.said.get(lead, {}), won=lead in won):
                review.ended[lead] = why
            elif self._field and lead not in promised and present[lead] != one.owner:
                if _is_written(one, written.get(lead)) or present[lead] != one.former:
                    review.ended[lead], review.moved[lead] = MOVED, present[lead]
                else:
                    review.waiting[lead] = one
        return review

    def _said(self, decision: Decision) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The words of sales, and whether it turned the lead down, by whatever field."""
        names = [name for name in _VERDICT if name in decision.leads.columns]
        asked = "sales_rejected" in decision.verdicts.columns
        rejected = frozenset(decision.verdicts.filter("sales_rejected")["id"] if asked else ())
        yield from ((lead, {REJECTED: True}) for lead in rejected)
        if not names:
            return
        given = decision.leads.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in names))
        for lead, *values in given.select("id", *names).iter_rows():
            said = dict(zip(names, values, strict=True))
            told = {name: stamp(value) if isinstance(value, datetime) else value for name, value in said.items()}
            yield lead, {**told, REJECTED: lead in rejected}

    def _present(self, records: pl.DataFrame) -> dict[str, str]:
        if not self._field:
            return {}
        return {lead: owner or "" for lead, owner in records.select("id", self._field).iter_rows()}

    def _written(self, leads: Sequence[str]) -> dict[str, str | None]:
        """The owner that we wrote last."""
        if not self._field:
            return {}
        return dict(self._store.memory.seen(self._job.name, leads, [self._field]).iter_rows())


def _standing(decision: Decision, leads: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    names = [name for name in _ASKED if name in decision.verdicts.columns]
    chosen = decision.verdicts.filter(pl.col("id").is_in(leads)).select("id", *names)
    yield from ((row["id"], row) for row in chosen.iter_rows(named=True))


def _is_written(one: Assignment, last: str | None) -> bool:
    """Whether the record held this owner once: what it holds now is somebody else's doing."""
    return one.via in _AS_WRITTEN or one.owner in {one.former, last}


def converted(decision: Decision) -> frozenset[str]:
    """The leads of a page that are nobody's any more, because they are an opportunity."""
    if "converted" not in decision.leads.columns:
        return decision.left_alone
    return decision.left_alone | frozenset(decision.leads.filter("converted")["id"])


def _end(one: Assignment, verdict: Mapping[str, Any], said: Mapping[str, Any], *, won: bool) -> str:
    """Why an open assignment ends; "" where it does not. What sales said before is no word about this owner."""
    if won:
        return CONVERTED
    if verdict.get("sales_rejected") and _is_news(one, said):
        return REJECTED
    if verdict["handoff"]:
        return ""
    if verdict["disqualified"]:
        return DISQUALIFIED
    return RECYCLED if verdict["recycled"] else ""


def _is_news(one: Assignment, said: Mapping[str, Any]) -> bool:
    """Whether sales turned it down since then: by another word, by one of a later day, or by another field."""
    before = one.verdict.get(_VERDICT[0])
    return not one.verdict.get(REJECTED, before is not None) or _is_new_word(one, said)


def _is_new_word(one: Assignment, said: Mapping[str, Any]) -> bool:
    word, at = (said.get(name) for name in _VERDICT)
    before, before_at = (one.verdict.get(name) for name in _VERDICT)
    return (word is not None and word != before) or bool(at and at > stamp(one.at) and at != before_at)
