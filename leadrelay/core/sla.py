"""What is promised for a lead that has an owner: when somebody answers it, and what is done when nobody does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from leadrelay.core.handoff.values import Text
from leadrelay.core.hours import Calendar, Interval
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.roster import Staff
from leadrelay.core.template import places

REMIND, REASSIGN, ESCALATE = "remind", "reassign", "escalate"
ACTIONS = (REMIND, REASSIGN, ESCALATE)
MANAGER = "manager"
"""The rung of a path that stands for the manager of the owner's team."""


@dataclass(frozen=True, slots=True)
class SlaStep:
    """What is done once so much business time has passed since the assignment, and nobody answered."""

    after: Interval
    do: str


@dataclass(frozen=True, slots=True)
class SlaRules:
    """Within how long an owner has to answer, for which leads (`when`: None for all), and the steps, in order of time.

    `path`: whom a breach climbs to, `manager` or an e-mail address each.
    """

    first_response: Interval
    steps: tuple[SlaStep, ...] = ()
    when: Condition | None = None
    path: tuple[str, ...] = ()

    def conditions(self) -> Iterator[Condition]:
        """Every predicate."""
        yield from [self.when] if self.when else []


@dataclass(frozen=True, slots=True)
class Topic:
    """A matter that somebody else has to see to: one task for `to`, a user's e-mail, a team or a queue."""

    name: str
    when: Condition
    to: str
    within: Interval
    subject: str
    text: Text | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The names that its subject and its text tell."""
        return frozenset(places(self.subject)) | (self.text.fields if self.text else frozenset())


@dataclass(frozen=True, slots=True)
class Ageing:
    """By stage, the business days after which a lead there is overdue."""

    limits: Mapping[str, int] = field(default_factory=dict)

    def days_over(self, stage: str, since: datetime, now: datetime, calendar: Calendar) -> int:
        """How many business days a lead is there for too long; 0 where it is not, or the stage has no limit."""
        limit = self.limits.get(stage)
        return 0 if limit is None else max(0, calendar.open_days(since, now) - limit)


@dataclass(frozen=True, slots=True)
class Timers:
    """The clock of one assignment. `next_at`: when somebody has to look at it again; None: never."""

    due_at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom an escalation is for: the CRM's id, "" where the path has nobody (left); and who was passed over, why.

    `place`: their number on the path, from 1.
    """

    owner: str
    place: int = 0
    skipped: tuple[str, ...] = ()


def timers(rules: SlaRules, assigned: datetime, calendar: Calendar, taken: int = 0) -> Timers:
    """The clock of an assignment as it begins. `taken`: steps that another owner's clock has taken already."""
    return Timers(calendar.later(assigned, rules.first_response), next_at(rules, assigned, calendar, taken, assigned))


def next_at(rules: SlaRules, assigned: datetime, calendar: Calendar, taken: int, now: datetime) -> datetime | None:
    """The next moment at which an answer is looked for: the deadline while it is ahead, then that of each step.

    A step that is late already is due at once.
    """
    deadline = calendar.later(assigned, rules.first_response)
    ahead = [deadline] if deadline > now else []
    return min([*ahead, *(calendar.later(assigned, step.after) for step in rules.steps[taken:])], default=None)


def no_sooner(rules: SlaRules, assigned: datetime, calendar: Calendar, taken: int, now: datetime) -> datetime:
    """Before when the next step is not taken, where the last one is taken only now: half the time between the two.

    Who is told late has a chance to answer before the next is told.
    """
    if not 0 < taken < len(rules.steps):
        return now
    last, following = (calendar.later(assigned, step.after) for step in rules.steps[taken - 1 : taken + 1])
    return calendar.after(now, calendar.worked(last, following) / 2)


def next_look(rules: SlaRules, assigned: datetime, calendar: Calendar, taken: int, now: datetime) -> datetime | None:
    """The same for a lead that is not watched now: what is late is let pass."""
    moments = [calendar.later(assigned, step.after) for step in rules.steps[taken:]]
    return min((moment for moment in moments if moment > now), default=None)


def due_step(rules: SlaRules, assigned: datetime, calendar: Calendar, taken: int, now: datetime) -> SlaStep | None:
    """The step that has to be taken now, one at a time, in their order."""
    if taken >= len(rules.steps):
        return None
    step = rules.steps[taken]
    return step if calendar.later(assigned, step.after) <= now else None


def addressee(rules: SlaRules, taken: int, manager: str, owner: str, staff: Staff) -> Addressee:
    """Who is told by the escalation that comes after `taken` steps: the next on the path whom the CRM knows as active.

    `manager`: the e-mail address of the owner's team's, "" where it has none. The owner is told by no escalation.
    """
    climbed = sum(step.do == ESCALATE for step in rules.steps[:taken])
    skipped: list[str] = []
    found: dict[str, int] = {}
    for place, rung in enumerate(rules.path, 1):
        email = (manager if rung == MANAGER else rung).lower()
        known = staff.owner(email)
        if not known:
            skipped.append(f"number {place} of the path {_trouble(rung, email, staff)}")
        elif known == owner:
            skipped.append(f"number {place} of the path has the lead")
        else:
            found.setdefault(known, place)
    if climbed >= len(found):
        return Addressee("", 0, tuple(skipped))
    user, place = list(found.items())[climbed]
    return Addressee(user, place, tuple(skipped))


def _trouble(rung: str, email: str, staff: Staff) -> str:
    if rung == MANAGER and not email:
        return "is the manager, and the team names none"
    return "is not active in the CRM" if email in staff.users else "is unknown to the CRM"
