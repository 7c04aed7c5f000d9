"""A playbook: what the admin decided about criteria, points, gate and stages, as values. `playbook.load` reads one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from leadrelay.core.assign.values import AssignmentRules
from leadrelay.core.clean.fields import GROUP
from leadrelay.core.decision_group import DecisionGroup
from leadrelay.core.enrich.values import Enrichment
from leadrelay.core.handoff.values import HandOffRules
from leadrelay.core.lead import Axis, Schema
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.predicates import fields
from leadrelay.core.predicates.dates import Shift, shifted
from leadrelay.core.roster import NO_ROSTER, Roster
from leadrelay.core.sales import SalesRules
from leadrelay.core.sla import Ageing, SlaRules, Topic
from leadrelay.core.targets import Targets

CRITERIA = ("budget", "authority", "need", "timeline")
VERDICT_WORDS = ("unknown", "met", "unmet", "contradicted")
"""What can be said of a criterion, in the order of: is `met` true (1), is `unmet` true (2)."""

SCORE_OF: Mapping[Axis, str] = {
    Axis.CONTACT: "contact_fit",
    Axis.ORGANISATION: "organisation_fit",
    Axis.ENGAGEMENT: "engagement",
    Axis.INTENT: "intent",
    Axis.BANT: "bant_score",
}
"""The axes that score rules belong to, in the order in which their reasons are told, and the output of each."""

LETTERS = ("A", "B", "C", "D")
DIGITS = ("1", "2", "3", "4")


@dataclass(frozen=True, slots=True)
class Saying:
    """One of the predicates that make a criterion met, or unmet. Its name is empty where the playbook gives none."""

    name: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long answers count: `after` as written, `shift` as a step in time.

    `fresh` holds while they do, and where the date field `as_of` does not say when they were given.
    """

    as_of: str
    after: str
    shift: Shift
    fresh: Condition

    def until(self, asked: date) -> date | None:
        """The day from which on an answer of that day counts no more; None where the calendar ends before."""
        try:
            next_day = asked + timedelta(days=1)
            day = shifted(next_day, [self.shift])
        except (OverflowError, ValueError):
            return None
        cut = self.shift.months and day.day != next_day.day  # a month without that day: the first of the next one
        return day + timedelta(days=1) if cut else day


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the four letters of BANT.

    Met when `met` holds, unmet when `unmet` holds, contradicted when both do, unknown when neither does, and when its
    answers have expired. A side of several predicates holds when any of them does; `met_by`, `unmet_by` are those.
    """

    name: str
    met: Condition | None = None
    unmet: Condition | None = None
    evidence: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    met_by: tuple[Saying, ...] = ()
    unmet_by: tuple[Saying, ...] = ()
    expiry: Expiry | None = None

    @property
    def sayings(self) -> tuple[Saying, ...]:
        """Every predicate of both sides."""
        return (*self.met_by, *self.unmet_by)

    @property
    def label(self) -> str:
        """As people write it."""
        return self.name.capitalize()

    @property
    def output(self) -> str:
        """The output that holds its verdict."""
        return f"bant_{self.name}"


@dataclass(frozen=True, slots=True)
class Decay:
    """Points halve with every `half_life_days` since the day in field `since`."""

    since: str
    half_life_days: float


@dataclass(frozen=True, slots=True)
class Rule:
    """Points for what a predicate says. They count on `axis`, within it in `group`, if any."""

    name: str
    axis: Axis
    when: Condition
    points: int
    decay: Decay | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """What a sum may at least and at most be; None is no limit."""

    least: int | None = None
    most: int | None = None

    def __call__(self, points: int) -> int:
        """The points, after the cap."""
        low = points if self.least is None else max(points, self.least)
        return low if self.most is None else min(low, self.most)


NO_CAP = Cap()


@dataclass(frozen=True, slots=True)
class Caps:
    """A cap for each sum, by the name of the output that it limits; and for groups of rules, by theirs."""

    by_output: Mapping[str, Cap]
    groups: Mapping[str, Cap] = field(default_factory=dict)

    def __getitem__(self, output: str) -> Cap:
        return self.by_output.get(output, NO_CAP)

    def of_group(self, group: str) -> Cap:
        """The cap of a group of rules."""
        return self.groups.get(group, NO_CAP)


@dataclass(frozen=True, slots=True)
class Disqualifier:
    """What shuts a lead out, whatever its score."""

    name: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Status:
    """How far the qualification has come. The first whose `when` holds counts; the last has none."""

    name: str
    label: str
    when: Condition | None


@dataclass(frozen=True, slots=True)
class Demand:
    """What the gate asks for. A lead passes when all of it holds."""

    name: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Grades:
    """From how many points on a lead gets A, B, C (by fit) and 1, 2, 3 (by engagement and intent); else D and 4."""

    fit: tuple[int, int, int]
    interest: tuple[int, int, int]

    def __call__(self, fit: int, interest: int) -> str:
        """The grade, such as A1."""
        return _step(LETTERS, self.fit, fit) + _step(DIGITS, self.interest, interest)


def _step(names: tuple[str, ...], thresholds: tuple[int, ...], points: int) -> str:
    return names[sum(points < threshold for threshold in thresholds)]


@dataclass(frozen=True, slots=True)
class Bands:
    """Names of the total score, each with the points from which on it is given, the highest first."""

    steps: tuple[tuple[str, int], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The highest first."""
        return tuple(name for name, _ in self.steps)

    def __call__(self, score: int) -> str | None:
        """The highest that the score reaches; none below the lowest."""
        return next((name for name, least in self.steps if score >= least), None)


@dataclass(frozen=True, slots=True)
class Recycler:
    """Why a lead goes back to nurture, and after how long it comes back by itself. `after`: as written."""

    name: str
    when: Condition
    after: str
    step: Shift

    def until(self, today: date) -> date:
        """The day on which a lead that goes today comes back."""
        return shifted(today, [self.step])


@dataclass(frozen=True, slots=True)
class Recycling:
    """The rules that send leads back to nurture, that which is tried first ahead; `due`: the lead's day has come.

    `anew`: sales spoke on that day or later, which counts for the rules at the places `of_sales`; None without any.
    """

    rules: tuple[Recycler, ...] = ()
    due: Condition | None = None
    anew: Condition | None = None
    of_sales: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every reason."""
        return tuple(rule.name for rule in self.rules)

    def conditions(self) -> Iterator[Condition]:
        """Every predicate."""
        yield from (rule.when for rule in self.rules)
        yield from filter(None, (self.due, self.anew))


@dataclass(frozen=True, slots=True)
class Transitions:
    """Where a lead may go: by stage, the stages that may follow it. A lead may always stay."""

    ways: Mapping[str, frozenset[str]]

    def allow(self, here: str | None, there: str) -> bool:
        """Whether a lead may go there; from nowhere, or from a stage unheard of, it may go anywhere."""
        return here is None or here not in self.ways or here == there or there in self.ways[here]


@dataclass(frozen=True, slots=True)
class Stage:
    """A place in the funnel. The first whose `when` holds takes the lead; the last has none and takes the rest."""

    name: str
    label: str
    side: str
    when: Condition | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What an example says of an output, of `handoff`, or of the names in `reasons` and `not_reasons`.

    `value`: a pair for the least and the most of a number, names as a tuple, None for nothing.
    """

    output: str
    value: Any
    place: str


@dataclass(frozen=True, slots=True)
class Example:
    """A lead, and what the playbook has to decide about it. `at`: when; None stands for the moment of the check.

    A value of `lead` may be a `Shift`: a date so far from that moment.
    """

    name: str
    at: datetime | None
    lead: Mapping[str, Any]
    expected: tuple[Expected, ...]
    place: str


@dataclass(frozen=True)
class Playbook:
    """Everything that decides about a lead.

    `criteria` are all four, in the order of the letters; `asking` are their names in the order in which to ask.
    `rules` stand by axis, within it by group, those that fade last, then as written.
    """

    name: str
    schema: Schema
    criteria: tuple[Criterion, ...]
    asking: tuple[str, ...]
    rules: tuple[Rule, ...]
    caps: Caps
    disqualifiers: tuple[Disqualifier, ...]
    qualification: Condition
    grades: Grades | None
    stages: tuple[Stage, ...]
    fingerprint: str
    handoff: HandOffRules | None = None
    bands: Bands = Bands()
    recycling: Recycling = Recycling()
    transitions: Transitions | None = None
    examples: tuple[Example, ...] = ()
    statuses: tuple[Status, ...] = ()
    gate: tuple[Demand, ...] = ()
    targets: Targets = field(default_factory=Targets)
    sla: SlaRules | None = None
    topics: tuple[Topic, ...] = ()
    ageing: Ageing = field(default_factory=Ageing)
    roster: Roster = NO_ROSTER
    assignment: AssignmentRules = field(default_factory=AssignmentRules)
    sales: SalesRules = field(default_factory=SalesRules)
    enrichment: Enrichment = field(default_factory=Enrichment)
    decision_group: DecisionGroup = field(default_factory=DecisionGroup)
    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def place(self, path: str) -> str:
        """File and line of a key, such as `grade.fit`; those of the table around it where it has no line of its own."""
        probe = path
        while probe and probe not in self.places:
            probe = probe.rpartition("[" if probe.endswith("]") else ".")[0]
        return self.places.get(probe, "")

    def conditions(self) -> Iterator[Condition]:
        """Every predicate of the playbook."""
        for criterion in self.criteria:
            yield from (condition for condition in (criterion.met, criterion.unmet) if condition)
            yield from (saying.when for saying in criterion.sayings if saying.name)
            if criterion.expiry:
                yield criterion.expiry.fresh
        yield from (rule.when for rule in self.rules)
        yield from (disqualifier.when for disqualifier in self.disqualifiers)
        yield self.qualification
        yield from (status.when for status in self.statuses if status.when)
        yield from (demand.when for demand in self.gate)
        yield from self.recycling.conditions()
        yield from (stage.when for stage in self.stages if stage.when)
        yield from self.assignment.conditions()
        if self.handoff:
            yield self.handoff.when
        yield from self.sales.conditions()
        yield from self.sla.conditions() if self.sla else ()
        yield from (topic.when for topic in self.topics)

    @property
    def fields_used(self) -> frozenset[str]:
        """The lead fields that any part of the playbook looks at."""
        asked = {name for condition in self.conditions() for name in fields(condition.node)}
        asked.update(rule.decay.since for rule in self.rules if rule.decay)
        asked.update(name for criterion in self.criteria for name in criterion.evidence)
        asked.update(self.handoff.fields if self.handoff else ())
        asked.update(name for topic in self.topics for name in topic.fields)
        asked.update(self.assignment.asks)
        asked.update(self.enrichment.asks)
        asked.update(self.decision_group.asks if GROUP & asked else ())
        asked.update(self.fields_kept)
        return frozenset(asked & set(self.schema))

    @property
    def fields_kept(self) -> tuple[str, ...]:
        """The lead fields in which the CRM has what was decided last, where that counts."""
        recycling = ("current_recycle_reason", "current_reengage_on", "current_recycled_before")
        rules = len(self.recycling.rules)
        kept = recycling[: rules + 1] if rules else ()  # the last is for several causes
        return (*kept, *(("current_stage",) if self.transitions else ()))

    def rules_of(self, axis: Axis) -> tuple[Rule, ...]:
        """The rules of one axis, in the order of `rules`."""
        return tuple(rule for rule in self.rules if rule.axis is axis)
