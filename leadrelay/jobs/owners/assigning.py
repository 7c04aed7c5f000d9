"""Who gets the leads of a page: the roster and the workload are asked for once, and only when somebody is to be chosen.

Leads are taken in the page's order, each with all that became of it, so that pages of any size give the same owners.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl

from leadrelay.connectors.base import Owner
from leadrelay.core.assign.assigner import Assigner
from leadrelay.core.assign.columns import ASSIGN
from leadrelay.core.assign.ledger import Entry, Ledger
from leadrelay.core.assign.values import HANDOFF_TEAM, Case, Choice, Credit, Via
from leadrelay.core.changes import Withheld
from leadrelay.core.hours import ALWAYS, Calendar
from leadrelay.core.roster import Staff, bound
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.desk import Decision, Job
from leadrelay.jobs.owners.given import Given, HandedOff, Owned, Story, firm
from leadrelay.jobs.owners.review import (
    CREDITED,
    FOUND,
    GONE,
    INACTIVE,
    PERSON,
    REASSIGNED,
    REJECTED,
    RETURNED,
    UNDONE,
    Review,
    converted,
)
from leadrelay.state.store import Store
from leadrelay.state.values import Assignment

_ASKED = ("language", "industry", "company", "website", "email")
_COUNTED = frozenset({Via.FAIR, Via.EXPERTISE, PERSON})
"""What counts in the ledger."""


@dataclass(frozen=True)
class _Page:
    """What a choice asks of the leads of a page. `wanted`: those that get an owner, handed off or not."""

    leads: Mapping[str, Mapping[str, Any]]
    owners: Mapping[str, str]
    wanted: Collection[str]
    strange: Collection[str]
    reasons: Mapping[str, str]
    review: Review
    handing: Mapping[str, HandedOff]
    now: datetime


class Handed(NamedTuple):
    """A hand-off that is done, by its key, and whose its task is."""

    key: str
    owner: str


class Assigning:
    """Chooses owners for page after page of one run. `now`: the run's own, so that presence is the same throughout.

    `notes`: whether what each lead does to the ledger is told, for whoever keeps it later.
    """

    def __init__(self, job: Job, store: Store, run: str, now: datetime, *, notes: bool = False) -> None:
        self._notes = notes
        self._job, self._store, self._run, self._now = job, store, run, now
        self.rules = job.playbook.assignment
        self.chooses = bool(self.rules.goals)
        task = job.mapping.task
        self._field, self._reason = (task.owner, task.reason) if task else ("", "")

    def __call__(
        self,
        decision: Decision,
        records: pl.DataFrame,
        review: Review,
        handing: Mapping[str, HandedOff],
        now: datetime,
    ) -> Given:
        """`handing`: the leads of the page that are handed off now, or turned out to have been."""
        given = Given()
        wanted = self.wanted(decision, review)
        among = {*handing, *wanted, *review.ended, *review.waiting}
        touched = [lead for lead in records["id"].to_list() if lead in among]
        if not touched:
            return given
        page = self._page(decision, records, touched, wanted, review, handing, now)
        needed = dict.fromkeys(lead for lead in touched if self._needs_choice(page, lead))
        accounts = self._accounts(page, needed)
        for lead in touched:
            story = Story(review.history.get(lead, ()), now)
            self._past(given, page, lead, story)
            if lead in needed:
                self._choose(given, page, lead, story, accounts.get(lead, ""))
            else:
                self._keep(given, page, lead, story)
            given.assignments += story.changed.values()
            if self._notes and "_assigner" in vars(self) and (booked := self._assigner.credits()):
                given.credits[lead] = booked
        given.ledger = self._changed()
        return given

    def undo(self, assignments: Sequence[Assignment], now: datetime) -> Given:
        """End these, and give the credit back. Who had to give such a lead to another has it again, without a clock."""
        given = Given()
        before = self._store.assignments.of(self._job.name, [one.lead for one in assignments])
        for one in assignments:
            self._credit_back(one, UNDONE)
            given.assignments.append(one.end(UNDONE, now))
            last = before[one.lead][: one.number - 1][-1:]
            given.assignments += [self._again(had, one, now) for had in last if had.ended == REASSIGNED]
        given.ledger = self._changed()
        return given

    def _again(self, had: Assignment, after: Assignment, now: datetime) -> Assignment:
        if had.via in _COUNTED and had.team:
            self._assigner.taken(had.team, had.owner, had.value)
        fresh = replace(had, number=after.number + 1, at=now, former=had.owner, ended="", ended_at=None)
        return replace(fresh, due_at=None, next_at=None, responded_at=None, response="")

    def vanished(self, leads: Sequence[str]) -> Mapping[tuple[str, str], Entry]:
        """The ledger where the records of these leads are gone: they are nobody's work any more."""
        latest = self._store.assignments.latest(self._job.name, leads) if leads and self.chooses else {}
        for one in latest.values():
            if one.is_open:
                self._credit_back(one, GONE)
        return self._changed()

    def turned_out(self, handed: Mapping[str, Handed]) -> Mapping[tuple[str, str], Entry]:
        """The ledger where the tasks of these leads belong to others than were chosen: the credit goes along."""
        latest = self._store.assignments.latest(self._job.name, list(handed)) if handed else {}
        for lead, one in latest.items():
            key, owner = handed[lead]
            if one.is_open and one.key == key and one.owner != owner and one.via in _COUNTED and one.team:
                self._assigner.give_back(one.team, one.owner, one.value)
                self._assigner.taken(one.team, owner, one.value)
        return self._changed()

    def replay(self, booked: Iterable[Credit]) -> Mapping[tuple[str, str], Entry]:
        """The ledger once this is booked, which was chosen before."""
        for credit in booked:
            self._assigner.replay(credit)
        return self._changed()

    def is_active(self, owner: str) -> bool:
        """Whether the owner is an active member of any team."""
        rep = self.staff.rep(owner)
        return bool(rep and rep.active)

    def told(self, owner: str) -> tuple[str, Calendar]:
        """The owner's name, and when they work, for a document; nothing where nobody is chosen."""
        if not self.chooses:
            return "", ALWAYS
        return self.name(owner), self.staff.calendar(owner)

    def name(self, owner: str) -> str:
        """As the CRM has it; "" for whom it does not know."""
        user = self.owners.get(owner)
        return user.name if user else ""

    # -- the page -----------------------------------------------------------------------------------------------------

    def wanted(self, decision: Decision, review: Review) -> list[str]:
        """Leads that get an owner whether or not they are handed off, and that nobody has as far as we know."""
        if self.rules.when is None or not self._field or not self.chooses:
            return []
        out = pl.col("recycled") | pl.col("disqualified")
        chosen = decision.verdicts.filter(pl.col(ASSIGN) & ~out)["id"].to_list()
        over = converted(decision)
        return [lead for lead in chosen if lead not in over and _is_free(review, lead)]

    def _page(
        self,
        decision: Decision,
        records: pl.DataFrame,
        touched: Sequence[str],
        wanted: Collection[str],
        review: Review,
        handing: Mapping[str, HandedOff],
        now: datetime,
    ) -> _Page:
        chosen = pl.col("id").is_in(touched)
        asked = (*_ASKED, self.rules.value)
        leads = decision.leads.filter(chosen).select(pl.col("id", *(n for n in asked if n in decision.leads.columns)))
        teams = decision.verdicts.filter(chosen).select("id", "team", "territory")
        found = leads.join(teams, on="id", how="left")
        return _Page(
            leads={row["id"]: row for row in found.iter_rows(named=True)},
            owners=_column(records, self._field),
            wanted=frozenset(wanted),
            strange=decision.strange,
            reasons=_column(records, self._reason),
            review=review,
            handing=handing,
            now=now,
        )

    def _needs_choice(self, page: _Page, lead: str) -> bool:
        """Whether somebody is to be chosen now: who has the lead rightfully keeps it."""
        review, handed = page.review, page.handing.get(lead)
        if not self.chooses or lead in review.waiting or (handed and handed.found):
            return False
        if review.ended.get(lead) == REASSIGNED:
            return True
        if keeper := _keeper(review, lead):
            return handed is not None and not self._may_have(keeper)
        return handed is not None or (lead in page.wanted and not self._was_ours(page, lead))

    def _may_have(self, owner: str) -> bool:
        """Whether the owner is a person who is active and not away."""
        user, rep = self.owners.get(owner), self.staff.rep(owner)
        return bool(user and user.active and not user.queue) and (rep is None or rep.present(self._now))

    def _was_ours(self, page: _Page, lead: str) -> bool:
        """Whether a store that is lost may have given this lead to somebody: then its owner is a person's choice."""
        if lead not in page.strange or page.review.history.get(lead):
            return False
        if self._reason:
            return bool(page.reasons.get(lead))
        user = self.owners.get(page.owners.get(lead, ""))
        return bool(user and user.active and not user.queue)

    # -- one lead -----------------------------------------------------------------------------------------------------

    def _past(self, given: Given, page: _Page, lead: str, story: Story) -> None:
        """End what has come to its end, and note whom a person chose."""
        why, before = page.review.ended.get(lead, ""), story.open
        if not before or not why:
            return
        self._credit_back(before, why)
        given.returned += why in RETURNED
        story.end(why)
        if lead in page.review.moved:
            owner = page.review.moved[lead]
            if before.team and owner:
                self._assigner.taken(before.team, owner, before.value)
            fresh = self._fresh(page, lead, owner, PERSON, before)
            story.begin(replace(fresh, handed=before.handed, value=before.value))

    def _choose(self, given: Given, page: _Page, lead: str, story: Story, account_owner: str) -> None:
        if before := story.open:  # nobody may be handed what they cannot work on
            self._credit_back(before, INACTIVE)
            story.end(INACTIVE)
        case = self._case(page, lead, account_owner)
        choice = self._assigner.choose(case)
        if not choice.owner:
            given.withheld[lead] = Withheld(lead, self._field or "task", choice.why)
            return
        handed = page.handing.get(lead)
        same = choice.owner == page.owners.get(lead, "")
        fresh = self._fresh(page, lead, choice.owner, choice.via, choice)
        inherited = before.handed if (before := page.review.open(lead)) and lead in page.review.ended else ""
        fresh = replace(fresh, value=case.value, handed=inherited if page.review.ended.get(lead) == REASSIGNED else "")
        story.begin(fresh)
        if handed:
            story.hand(handed)
        given.assigned += choice.via is not Via.PRESENT
        given.owned[lead] = Owned(choice.owner, "" if same else self._field, self._reason, choice.why)

    def _keep(self, given: Given, page: _Page, lead: str, story: Story) -> None:
        """Whoever has the lead keeps it."""
        handed, waiting = page.handing.get(lead), page.review.waiting.get(lead)
        if handed and not story.open:
            story.begin(self._fresh(page, lead, page.owners.get(lead, ""), FOUND if handed.found else Via.PRESENT))
        elif not handed and lead in page.wanted and not story.open:
            story.begin(self._fresh(page, lead, page.owners.get(lead, ""), FOUND))
        if handed:
            story.hand(handed)
        if waiting:
            given.owned[lead] = Owned(waiting.owner, self._field, self._reason, waiting.why)
        elif handed and story.open:
            given.owned[lead] = Owned(story.open.owner, why=story.open.why)

    def _fresh(
        self, page: _Page, lead: str, owner: str, via: str, like: Choice | Assignment | None = None
    ) -> Assignment:
        return Assignment(
            job=self._job.name,
            lead=lead,
            number=0,
            team=like.team if like else "",
            territory=like.territory if like else "",
            owner=owner,
            via=via,
            run=self._run,
            at=page.now,
            why=like.why if isinstance(like, Choice) else "",
            trace=like.trace() if isinstance(like, Choice) else {},
            former=page.owners.get(lead, ""),
            verdict=page.review.said.get(lead, {}),
        )

    def _case(self, page: _Page, lead: str, account_owner: str) -> Case:
        row, end = page.leads[lead], page.review.ended.get(lead)
        return Case(
            lead=lead,
            team=row.get("team") or "",
            territory=row.get("territory") or "",
            present="" if end in {REJECTED, REASSIGNED} else page.owners.get(lead, ""),
            language=row.get("language"),
            industry=row.get("industry"),
            value=float(row.get(self.rules.value) or 0.0),
            account_owner=account_owner,
            past=page.review.past(lead),
            taken_from=page.review.history[lead][-1].owner if end == REASSIGNED else "",
        )

    def _credit_back(self, one: Assignment, why: str) -> None:
        if one.via in _COUNTED and why in CREDITED and one.team:
            self._assigner.give_back(one.team, one.owner, one.value)

    # -- asked for once, when needed ----------------------------------------------------------------------------------

    def _accounts(self, page: _Page, leads: Iterable[str]) -> dict[str, str]:
        """By lead, who owns its company in the CRM."""
        if Via.ACCOUNT_OWNER not in self.rules.order or self.rules.usual == HANDOFF_TEAM:
            return {}
        firms = [one for lead in leads if (one := firm(page.leads[lead]))]
        return {lead: one.owner for lead, one in self._job.connector.accounts(firms).items()} if firms else {}

    @cached_property
    def owners(self) -> Mapping[str, Owner]:
        """The CRM's users and queues, by id."""
        return {owner.id: owner for owner in self._job.connector.owners()}

    @cached_property
    def queues(self) -> Mapping[str, str]:
        """The ids of the CRM's queues, by name in small letters."""
        return {one.name.lower(): one.id for one in self.owners.values() if one.queue and one.active}

    @cached_property
    def staff(self) -> Staff:
        """The roster, bound to the CRM's users."""
        staff = bound(self._job.playbook.roster, list(self.owners.values()))
        equals = staff.teams.get(HANDOFF_TEAM)
        if equals is not None and not any(rep.active for rep in equals):
            message = "none of the owners that [handoff] names is an active user of the CRM."
            raise ConfigError([Problem("playbook", message, "Name the e-mail addresses of active users.")])
        return staff

    @cached_property
    def _assigner(self) -> Assigner:
        return Assigner(self.rules, self.staff, self._kept, self._workload(), self._now, self.queues, notes=self._notes)

    @cached_property
    def _kept(self) -> Ledger:
        return self._store.assignments.ledger(self._job.name)

    def _workload(self) -> Mapping[str, int]:
        """Where nobody has a capacity, nobody has to count."""
        if all(rep.member.capacity is None for rep in self.staff.reps()):
            return {}
        found = self._job.connector.workload(self._job.mapping.closed)
        return self._store.assignments.load(self._job.name) if found is None else found

    def _changed(self) -> Mapping[tuple[str, str], Entry]:
        """The entries that changed since the last page."""
        if "_assigner" not in vars(self):
            return {}
        before, self._kept = self._kept, self._assigner.ledger
        return {(team, owner): entry for team, owner, entry in self._kept.changed(before)}


def _keeper(review: Review, lead: str) -> str:
    """Who has the lead: whom a person gave it to, else whom we gave it to; "" for nobody."""
    one = review.open(lead)
    return review.moved.get(lead) or (one.owner if one and lead not in review.ended else "")


def _is_free(review: Review, lead: str) -> bool:
    """Whether nobody has the lead any more; what a rollback undid is not done again."""
    several = review.history.get(lead)
    if not several or (lead in review.ended and lead not in review.moved):
        return True
    return not several[-1].is_open and several[-1].ended != UNDONE


def _column(records: pl.DataFrame, name: str) -> dict[str, str]:
    return {lead: text or "" for lead, text in records.select("id", name).iter_rows()} if name else {}
