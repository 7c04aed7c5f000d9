"""What is kept of journeys, assignments and the ledger, as the facts and the basis of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.connectors.base import Owner
from leadrelay.core.hours import ALWAYS
from leadrelay.core.playbook.loading import Playbook
from leadrelay.core.report import facts
from leadrelay.core.report.clocks import Clocks
from leadrelay.core.report.fairness import Received
from leadrelay.core.report.journey import WITHOUT, Journey
from leadrelay.core.report.report import Basis
from leadrelay.core.roster import Staff, bound
from leadrelay.jobs.owners.review import REASSIGNED, REJECTED
from leadrelay.state.journeys import Turn
from leadrelay.state.store import Store


@dataclass(frozen=True, slots=True)
class Wait:
    """A turn of which nobody told an answer. `number`: the turn's. `until`: when it ended, None while it is open."""

    number: str
    since: datetime
    until: datetime | None = None

    def told(self, at: str) -> dict[str, str]:
        """What is kept of the first answer from `since` on, "" for none: that a turn is over without one, too."""
        if self.until is None:
            return {self.number: at} if at else {}
        return {self.number: at if at and datetime.fromisoformat(at) <= self.until else ""}


@dataclass(frozen=True)
class Holders:
    """Who has or had which lead: the assignments, and the hand-offs of before there were any."""

    turns: Mapping[str, Sequence[Turn]]
    handed: Mapping[str, datetime]

    @classmethod
    def of(cls, store: Store, job: str) -> Holders:
        """As the store has it now."""
        return cls(store.journeys.turns(job), store.journeys.handed(job))

    @property
    def awaited(self) -> bool:
        """Whether answers are awaited from who was given a lead; else each lead awaits one from its creation on."""
        return bool(self.turns or self.handed)

    def open(self, lead: Journey) -> Wait | None:
        """The turn in which the lead waits for an answer; None where it does not."""
        if turns := self.turns.get(lead.lead):
            last = turns[-1]
            number, since, over = str(last.number), last.at, last.responded_at or last.ended_at
        else:
            since_, over = self.handed.get(lead.lead) if self.awaited else lead.created_at, None
            if since_ is None:
                return None
            number, since = WITHOUT, since_
        return None if over or number in lead.answers else Wait(number, since)

    def left(self, lead: Journey) -> Wait | None:
        """The last turn that ended before a run looked for its answer, as a quick verdict ends it.

        Whoever lost a lead for not answering it was looked at.
        """
        for turn in reversed(self.turns.get(lead.lead, ())):
            if turn.ended_at and turn.ended != REASSIGNED:
                known = turn.responded_at or str(turn.number) in lead.answers
                return None if known else Wait(str(turn.number), turn.at, turn.ended_at)
        return None

    def latest(self, lead: Journey) -> datetime | None:
        """When it was given to somebody last, else when it was created, where that is what counts."""
        if turns := self.turns.get(lead.lead):
            return turns[-1].at
        return self.handed.get(lead.lead) if self.awaited else lead.created_at


def collected(store: Store, job: str, now: datetime) -> pl.DataFrame:
    """The facts of a job, as far as they are kept."""
    holders = Holders.of(store, job)
    return facts.frame(row for one in store.journeys.all(job) for row in _rows(one, holders, now))


def basis(
    playbook: Playbook, store: Store, job: str, owners: Sequence[Owner] | None, load: Mapping[str, int] | None
) -> Basis:
    """What the report goes by. `owners`: None where the CRM was not asked; `load`: None where nobody counted."""
    staff = bound(playbook.roster, owners or ())
    return Basis(
        targets=playbook.targets,
        clocks=_clocks(staff),
        limits=playbook.ageing.limits,
        stages=[stage.name for stage in playbook.stages],
        received=list(_received(store, job, staff, load, asked=owners is not None)),
    )


def _rows(lead: Journey, holders: Holders, now: datetime) -> Iterator[dict[str, Any]]:
    common = {
        "lead": lead.lead,
        "source": lead.source,
        "created_at": lead.created_at,
        "opportunity_at": lead.opportunity_at,
        "meeting_at": lead.meeting_at,
        "meeting": _meeting(lead, now),
        "stage": lead.stage,
        "stage_since": lead.stage_since,
        "recycled_at": lead.recycled_at,
        "reengaged_at": lead.reengaged_at,
    }
    turns = holders.turns.get(lead.lead, ())
    if turns:
        yield from ({**common, **row} for row in _turns(lead, turns))
    else:
        yield {**common, **_alone(lead, holders)}


def _meeting(lead: Journey, now: datetime) -> str:
    """A meeting whose hour has come is planned no more, whatever nobody noted since."""
    if lead.meeting not in {"", "planned"} or lead.meeting_at is None:
        return lead.meeting
    return "planned" if lead.meeting_at > now else ""


def _alone(lead: Journey, holders: Holders) -> dict[str, Any]:
    """A lead that nobody was chosen for; it may have been handed to whoever had it."""
    handed = holders.handed.get(lead.lead)
    verdict = _said(lead) if handed else {}
    return {
        "number": 0,
        "last": True,
        "team": "",
        "owner": lead.owner,
        "assigned_at": handed if holders.awaited else lead.created_at,
        "handed_at": handed,
        "responded_at": _answer(lead, WITHOUT),
        **verdict,
    }


def _turns(lead: Journey, turns: Sequence[Turn]) -> Iterator[dict[str, Any]]:
    """A row each. A hand-off is judged once, in the last turn that it led to."""
    epochs = list(_epochs(turns))
    rejected = [turn.number for turn in turns if turn.ended == "rejected"][-1:]
    began: dict[str, datetime] = {}
    for place, (turn, epoch) in enumerate(zip(turns, epochs, strict=True)):
        began.setdefault(epoch, turn.at)
        last = place == len(turns) - 1
        judged = bool(epoch) and (last or epochs[place + 1] != epoch)
        yield {
            "number": turn.number,
            "last": last,
            "team": turn.team,
            "owner": turn.owner,
            "assigned_at": turn.at,
            "handed_at": began[epoch] if judged else None,
            "responded_at": turn.responded_at or _answer(lead, str(turn.number)),
            "ended_at": turn.ended_at,
            "value": turn.value,
            **(_verdict(lead, turn, last=last, latest=turn.number in rejected) if judged else {}),
        }


def _epochs(turns: Sequence[Turn]) -> Iterator[str]:
    """The hand-off that each turn belongs to: its own, else the one before."""
    epoch = ""
    for turn in turns:
        epoch = turn.handed or epoch
        yield epoch


def _verdict(lead: Journey, turn: Turn, *, last: bool, latest: bool) -> dict[str, Any]:
    """What sales said of a hand-off: what the record says now, unless it said so before. `latest`: rejected last."""
    if last and _is_new(lead, turn):
        return _said(lead)
    if turn.ended == "rejected":
        reason = lead.verdict_reason if latest and lead.verdict == "rejected" else ""
        return {"verdict": "rejected", "verdict_reason": reason, "verdict_at": turn.ended_at}
    return {}


def _is_new(lead: Journey, turn: Turn) -> bool:
    """Whether it is another word than when the turn began, or the same one said anew."""
    before = str(turn.said.get("sales_verdict") or (REJECTED if turn.said.get(REJECTED) else "")).strip().lower()
    later = lead.verdict_at is not None and lead.verdict_at > turn.at
    return bool(lead.verdict) and (later or before != lead.verdict)


def _said(lead: Journey) -> dict[str, Any]:
    return {"verdict": lead.verdict, "verdict_reason": lead.verdict_reason, "verdict_at": lead.verdict_at}


def _answer(lead: Journey, number: str) -> datetime | None:
    found = lead.answers.get(number)
    return datetime.fromisoformat(found) if found else None


def _clocks(staff: Staff) -> Clocks:
    """Whose calendar is not simply always open."""
    teams = {team.name: team.calendar for team in staff.roster.teams.values() if team.calendar != ALWAYS}
    reps = {rep.owner: rep.member.calendar for rep in reversed(list(staff.reps()))}
    return Clocks(reps if any(one != ALWAYS for one in reps.values()) else {}, teams)


def _received(
    store: Store, job: str, staff: Staff, load: Mapping[str, int] | None, *, asked: bool
) -> Iterator[Received]:
    """Everybody of the ledger and of the roster, by team."""
    ledger = store.assignments.ledger(job)
    reps = {(rep.team, rep.owner): rep for rep in staff.reps()}
    for team, owner in _everybody(ledger.entries, reps):
        entry, rep = ledger.entry(team, owner), reps.get((team, owner))
        yield Received(
            team=team,
            owner=owner,
            entitled=entry.entitled,
            received=entry.received,
            entitled_value=entry.entitled_value,
            received_value=entry.received_value,
            load=None if load is None else load.get(owner, 0),
            capacity=rep.member.capacity if rep else None,
            known=rep is not None or not asked or team not in staff.roster.teams,
        )


def _everybody(*parts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each once; teams in the order in which they come, within them as they come."""
    pairs = list(dict.fromkeys(pair for part in parts for pair in part))
    ranks = {team: rank for rank, team in enumerate(dict.fromkeys(team for team, _ in pairs))}
    return sorted(pairs, key=lambda pair: ranks[pair[0]])
