"""The report: every measure in all, by week, and by source, team and rep; who is overdue; who received what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import polars as pl

from leadrelay.core.report import measures
from leadrelay.core.report.ageing import Overdue, StageAge, ages
from leadrelay.core.report.clocks import Clocks
from leadrelay.core.report.fairness import Received
from leadrelay.core.report.measures import KEY, Accuracy, Conversion, Meetings, Recycled, Response
from leadrelay.core.targets import Target, Targets
from leadrelay.core.trial.measures import FEW

BY: Mapping[str, str] = {"source": "source", "team": "team", "rep": "owner"}
"""The breakdowns, and the fact that each goes by."""
WEEK = timedelta(weeks=1)
_NO_RESPONSE, _NO_CONVERSION, _NO_ACCURACY = Response(), Conversion(), Accuracy()
_NO_MEETINGS, _NO_RECYCLED = Meetings(), Recycled()


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment up to, not including, another, as known `now`."""

    since: datetime
    until: datetime
    now: datetime

    @property
    def days(self) -> tuple[date, date]:
        """Its first and its last day."""
        return self.since.date(), (self.until - timedelta(microseconds=1)).date()

    def holds(self, column: str) -> pl.Expr:
        """Whether a moment lies in it."""
        return (pl.col(column) >= self.since) & (pl.col(column) < self.until)

    def weeks(self) -> Iterator[datetime]:
        """The Mondays on which its weeks begin, in UTC; the first may lie before it."""
        monday = monday_of(self.since)
        while monday < self.until:
            yield monday
            monday += WEEK


@dataclass(frozen=True)
class Basis:
    """What a report is made with besides the facts. `limits`: by stage, the open days after which a lead is overdue."""

    targets: Targets = field(default_factory=Targets)
    clocks: Clocks = field(default_factory=Clocks)
    limits: Mapping[str, int] = field(default_factory=dict)
    stages: Sequence[str] = ()
    received: Sequence[Received] = ()
    shown: int = 10


@dataclass(frozen=True)
class Figures:
    """All measures of some leads. Each counts what happened in the period: creation, assignment, hand-off, meeting."""

    response: Response = _NO_RESPONSE
    conversion: Conversion = _NO_CONVERSION
    accuracy: Accuracy = _NO_ACCURACY
    meetings: Meetings = _NO_MEETINGS
    recycled: Recycled = _NO_RECYCLED

    def judged(self, targets: Targets) -> tuple[Target, ...]:
        """The goals beside what was found."""
        found = {
            "response": self.response.within.get(targets.within, measures.NOTHING),
            "conversion": self.conversion.ripe,
            "accuracy": self.accuracy.accepted,
            "meetings": self.meetings.held,
        }
        return targets.judged(found)


@dataclass(frozen=True)
class Week:
    """A week from its Monday on. `ripe`: its leads are old enough to be judged by their conversion."""

    start: datetime
    figures: Figures
    ripe: bool


@dataclass(frozen=True)
class Group:
    """The leads of one source, team or owner ("": of none)."""

    name: str
    figures: Figures


@dataclass(frozen=True)
class Report:
    """Everything. `needed`: the median time from a lead's creation to its opportunity."""

    period: Period
    leads: int
    figures: Figures
    targets: tuple[Target, ...]
    within: timedelta
    needed: timedelta | None
    weeks: Sequence[Week]
    by: Mapping[str, Sequence[Group]]
    ages: Sequence[StageAge]
    overdue: Sequence[Overdue]
    received: Sequence[Received]
    notes: Sequence[str] = ()


def report(facts: pl.DataFrame, period: Period, basis: Basis, by: Sequence[str] = tuple(BY)) -> Report:
    """What the facts say of a period."""
    counted = _Counted(facts, period, basis)
    whole = counted.grouped(pl.lit("")).get("", Figures())
    weeks = counted.weekly()
    stages, overdue = ages(facts, period.now, basis.clocks, basis.limits, basis.stages, basis.shown)
    found = Report(
        period=period,
        leads=counted.created,
        figures=whole,
        targets=whole.judged(basis.targets),
        within=basis.targets.within,
        needed=counted.needed,
        weeks=[_week(monday, weeks, counted.needed, period.now) for monday in period.weeks()],
        by={name: _groups(counted.grouped(pl.col(BY[name]).fill_null(""))) for name in by},
        ages=stages,
        overdue=overdue,
        received=basis.received,
    )
    return replace(found, notes=tuple(_notes(found)))


def monday_of(moment: datetime) -> datetime:
    """The beginning of its week."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


class _Counted:
    """The facts of a period, by the moment that each measure goes by."""

    def __init__(self, facts: pl.DataFrame, period: Period, basis: Basis) -> None:
        leads = facts.filter("last")
        self._limits = tuple(dict.fromkeys((measures.HOUR, basis.targets.within)))
        self._now = period.now
        self.needed = measures.time_to_convert(leads)
        self._turns = _timed(facts.filter(period.holds("assigned_at")), period.now, basis.clocks)
        self._created = leads.filter(period.holds("created_at"))
        self._handed = facts.filter(period.holds("handed_at"))
        ahead = (pl.col("meeting") == "planned") & (pl.col("meeting_at") >= period.now) & (period.until >= period.now)
        self._met = leads.filter(period.holds("meeting_at") | ahead)
        self._recycled = leads.filter(period.holds("recycled_at"))

    @property
    def created(self) -> int:
        """How many leads the period brought."""
        return self._created.height

    def grouped(self, key: pl.Expr) -> dict[str, Figures]:
        """The figures of each group."""
        return self._figures(*[key] * 5)

    def weekly(self) -> dict[str, Figures]:
        """The figures of each week, by its Monday."""
        moments = ("assigned_at", "created_at", "handed_at", "meeting_at", "recycled_at")
        return self._figures(*(pl.col(name).dt.truncate("1w").dt.strftime("%Y-%m-%d") for name in moments))

    def _figures(self, *keys: pl.Expr) -> dict[str, Figures]:
        frames = (self._turns, self._created, self._handed, self._met, self._recycled)
        turns, created, handed, met, back = (
            frame.with_columns(key.alias(KEY)) for frame, key in zip(frames, keys, strict=True)
        )
        response = measures.responses(turns, self._limits)
        conversion = measures.conversions(created, self._now, self.needed)
        accuracy, meetings = measures.accuracies(handed), measures.meetings(met)
        recycled = measures.recycled(back)
        return {
            name: Figures(
                response.get(name, _NO_RESPONSE),
                conversion.get(name, _NO_CONVERSION),
                accuracy.get(name, _NO_ACCURACY),
                meetings.get(name, _NO_MEETINGS),
                recycled.get(name, _NO_RECYCLED),
            )
            for name in {**response, **conversion, **accuracy, **meetings, **recycled}
        }


def _timed(turns: pl.DataFrame, now: datetime, clocks: Clocks) -> pl.DataFrame:
    """With the business time that each turn took up to its answer, or waits by now."""
    answered = pl.col("responded_at").is_not_null() & (pl.col("responded_at") <= now)
    ended = pl.min_horizontal("ended_at", pl.lit(now, turns.schema["ended_at"]))
    turns = turns.with_columns(
        answered=answered,
        open=~answered & pl.col("ended_at").is_null(),
        **{"~end": pl.when(answered).then("responded_at").otherwise(ended)},
    )
    return turns.with_columns(took=clocks.worked(turns, "assigned_at", "~end"))


def _week(monday: datetime, weeks: Mapping[str, Figures], needed: timedelta | None, now: datetime) -> Week:
    ripe = monday + WEEK + (needed or timedelta()) <= now
    return Week(monday, weeks.get(f"{monday:%Y-%m-%d}", Figures()), ripe)


def _groups(found: Mapping[str, Figures]) -> list[Group]:
    """The largest first; those of none last."""
    size = {name: (figures.conversion.all.whole, figures.response.turns) for name, figures in found.items()}
    order = sorted(found, key=lambda name: (not name, [-count for count in size[name]], name))
    return [Group(name, found[name]) for name in order]


def _notes(found: Report) -> Iterator[str]:
    """What has to be known before the figures are believed."""
    if not found.leads:
        yield "Not one lead was created in this period."
        return
    few = [target.name for target in found.targets if 0 < target.found.whole < FEW]
    if few:
        yield f"Fewer than {FEW} are counted for {', '.join(few)}: the next few may turn it round."
    figures = found.figures
    if figures.response.open:
        yield f"No answer yet: {_many(figures.response.open, 'lead')}, counted as waiting and not as answered."
    if found.needed is None:
        yield "No lead is known to have become an opportunity yet: how long that takes cannot be told."
    elif figures.conversion.young:
        days = max(1, round(found.needed / timedelta(days=1)))
        told = _many(figures.conversion.young, "lead")
        yield f"Too early to judge: {told}, younger than the {_many(days, 'day')} that half of them need."
    if figures.accuracy.unjudged:
        yield f"No verdict of sales yet: {_many(figures.accuracy.unjudged, 'hand-off')}, left out of the accuracy."
    if figures.meetings.unknown:
        yield f"Over, and nobody noted whether held: {_many(figures.meetings.unknown, 'meeting')}, left out."


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
