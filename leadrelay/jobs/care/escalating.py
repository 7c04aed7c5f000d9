"""Leads that nobody answered in time: the owner is reminded, the lead given to another, or somebody above is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from leadrelay.connectors.moments import stamp
from leadrelay.connectors.people import Activity
from leadrelay.core.changes import Withheld
from leadrelay.core.effects import STEP
from leadrelay.core.playbook.intervals import told
from leadrelay.core.reminders import Waiting, step_task
from leadrelay.core.roster import Staff
from leadrelay.core.sla import (
    ESCALATE,
    REASSIGN,
    REMIND,
    Addressee,
    SlaRules,
    SlaStep,
    addressee,
    due_step,
    next_at,
    next_look,
    no_sooner,
    timers,
)
from leadrelay.jobs.care.tasks import Care, Maker, TaskPage
from leadrelay.jobs.desk import Job
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.owners.given import Given
from leadrelay.jobs.owners.review import PERSON, Review
from leadrelay.state.store import Store
from leadrelay.state.values import Assignment, Intent

_NOBODY = {
    REMIND: "the lead has no owner who could be reminded",
    REASSIGN: "nobody else of the team is there to whom it could be given",
    ESCALATE: "nobody is left on the path of the escalation",
}
_CHOSEN = "a person gave the lead to its owner, whose it stays"
ACCEPTED = "verdict"
"""The kind of an answer that is sales' word alone."""

_LATER = timedelta(seconds=1)
"""One run takes one step of a lead."""


@dataclass(frozen=True)
class Escalator:
    """Looks after the first responses of one run. `rules`: what the playbook promises."""

    job: Job
    store: Store
    assigning: Assigning
    rules: SlaRules

    @property
    def staff(self) -> Staff:
        """Who works when."""
        return self.assigning.staff

    def timed(self, assignments: Sequence[Assignment]) -> list[Assignment]:
        """The same, with a clock for each that begins."""
        return [self._timed(one) if one.is_open and one.due_at is None else one for one in assignments]

    def due(self, leads: Collection[str], now: datetime) -> dict[str, Assignment]:
        """Of these leads, those that are somebody's, and whose time to be looked at has come."""
        return self.store.assignments.due_of(self.job.name, sorted(leads), now)

    def plan(
        self,
        care: Care,
        page: TaskPage,
        due: Mapping[str, Assignment],
        review: Review,
        unfinished: Sequence[Intent],
    ) -> None:
        """`due`: those to look at. `review`: told of leads that are taken away. `unfinished`: steps left unsettled."""
        mine = self._of([intent for intent in unfinished if intent.lead not in review.ended])
        answers = {**self._answers({**{one.lead: one for one in mine.values()}, **due}), **_accepted(review, page.now)}
        for intent in unfinished:
            if intent.key not in mine or intent.lead in answers or intent.lead not in page.decision.watched:
                care.void.append(intent.key)
            elif sent := self._maker.again(page, intent):
                care.made.append(sent)
            else:
                care.waiting.add(intent.lead)
        for lead, assignment in due.items():
            self._look(care, page, assignment, review, answers.get(lead))

    def give(self, care: Care, page: TaskPage, given: Given) -> None:
        """Have the steps go on with who gets what was taken away, and tell them."""
        fresh = {one.lead: place for place, one in enumerate(given.assignments) if one.is_open}
        for old in care.taken:
            if old.lead not in fresh:
                continue
            place = fresh[old.lead]
            new = given.assignments[place] = replace(given.assignments[place], step=old.step + 1)
            step = self.rules.steps[old.step]
            care.made.append(self._maker.sent(self._intent(page, old, step, Addressee(new.owner))))

    # -- the clock ----------------------------------------------------------------------------------------------------

    def _timed(self, one: Assignment) -> Assignment:
        clock = timers(self.rules, one.at, self.staff.calendar(one.owner), one.step)
        return replace(one, due_at=clock.due_at, next_at=clock.next_at)

    def _of(self, unfinished: Sequence[Intent]) -> dict[str, Assignment]:
        """By key, the assignments of these steps that are open still."""
        latest = self.store.assignments.latest(self.job.name, [intent.lead for intent in unfinished])
        found = {intent.key: latest.get(intent.lead) for intent in unfinished}
        numbers = {intent.key: _number(intent) for intent in unfinished}
        return {key: one for key, one in found.items() if one and one.is_open and one.number == numbers[key]}

    def _can_move(self, one: Assignment, now: datetime) -> bool:
        """Whether anybody else of the team is there, and no person said whose the lead is."""
        if one.via == PERSON:
            return False
        team = self.staff.teams.get(one.team, ())
        return self.assigning.chooses and any(rep.owner != one.owner and rep.present(now) for rep in team)

    def _answers(self, assignments: Mapping[str, Assignment]) -> Mapping[str, Activity]:
        """One call for all of them, and none for nobody."""
        since = {lead: stamp(one.at) for lead, one in assignments.items()}
        return self.job.connector.responses(since) if since else {}

    # -- one lead -----------------------------------------------------------------------------------------------------

    def _look(self, care: Care, page: TaskPage, one: Assignment, review: Review, answer: Activity | None) -> None:
        calendar = self.staff.calendar(one.owner)
        if answer:
            care.answered += 1
            at = datetime.fromisoformat(answer.at)
            care.assignments.append(replace(one, responded_at=at, response=answer.kind, next_at=None))
        elif one.lead not in page.decision.watched:
            moment = next_look(self.rules, one.at, calendar, one.step, page.now)
            care.assignments.append(replace(one, next_at=moment))
        else:
            step = due_step(self.rules, one.at, calendar, one.step, page.now)
            if step and step.do == REASSIGN and self._can_move(one, page.now):
                review.take_away(one.lead)
                care.taken.append(one)
                return
            taken = one.step + (step is not None)
            soonest = page.now + _LATER
            if step and self._take(care, page, one, step):
                soonest = max(soonest, no_sooner(self.rules, one.at, calendar, taken, page.now))
            moment = next_at(self.rules, one.at, calendar, taken, page.now)
            care.assignments.append(replace(one, step=taken, next_at=max(moment, soonest) if moment else None))

    def _take(self, care: Care, page: TaskPage, one: Assignment, step: SlaStep) -> bool:
        """Whether there is anybody to be told."""
        to = self._addressee(one, step)
        if not to.owner:
            why = _CHOSEN if step.do == REASSIGN and one.via == PERSON else _NOBODY[step.do]
            told_why = "; ".join([why, *to.skipped])
            care.withheld.append(Withheld(one.lead, "task", told_why))
            return False
        care.made.append(self._maker.sent(self._intent(page, one, step, to)))
        return True

    def _addressee(self, one: Assignment, step: SlaStep) -> Addressee:
        if step.do == REASSIGN:
            return Addressee("")
        if step.do != ESCALATE:
            user = self.assigning.owners.get(one.owner)
            gone = user is not None and not user.active
            return Addressee("", 0, ("the owner is not active in the CRM",)) if gone else Addressee(one.owner)
        team = self.staff.roster.teams.get(one.team)
        return addressee(self.rules, one.step, team.manager if team else "", one.owner, self.staff)

    def _intent(self, page: TaskPage, one: Assignment, step: SlaStep, to: Addressee) -> Intent:
        waiting = Waiting(
            row=page.rows[one.lead],
            owner=self.assigning.name(one.owner),
            link=self.job.connector.link(one.lead),
            assigned=one.at,
            due=one.due_at or one.at,
            taken=one.step,
        )
        calendar = self.staff.calendar(to.owner)
        subject, body = step_task(self.rules, step, waiting, calendar)
        due = stamp(calendar.opens(page.now))
        task = {"subject": subject, "body": body, "due": due, "owner": to.owner, "do": step.do}
        place = f", number {to.place} of the path" if to.place else ""
        why = "; ".join([f"{step.do} after {told(step.after)} without an answer{place}", *to.skipped])
        return self._maker.intent(page, one.lead, STEP, f"{one.number}.{one.step + 1}", task, why)

    @cached_property
    def _maker(self) -> Maker:
        return Maker(self.job)


def _accepted(review: Review, now: datetime) -> dict[str, Activity]:
    """Whoever accepts a lead has looked at it, and said so."""
    return {lead: Activity(lead, at or stamp(now), ACCEPTED) for lead, at in review.accepted.items()}


def _number(intent: Intent) -> int:
    """Of the assignment that it is about: a reassignment tells who comes next."""
    return int(intent.epoch.partition(".")[0]) + (intent.task.get("do") == REASSIGN)
