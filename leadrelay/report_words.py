"""The figures of a report in words: what its screens and its page say alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from leadrelay.core.report.measures import HOUR, NOTHING
from leadrelay.core.report.report import Figures, Group, Report
from leadrelay.core.targets import Target
from leadrelay.core.trial.measures import FEW, Share

GOALS: Mapping[str, str] = {
    "response": "answered in time",
    "conversion": "lead to opportunity",
    "accuracy": "accepted by sales",
    "meetings": "meetings held",
}
BREAKDOWNS: Mapping[str, str] = {"source": "source", "team": "team", "rep": "rep"}
NOBODY: Mapping[str, str] = {"source": "no source", "team": "no team", "rep": "nobody"}
MET = {True: "met", False: "missed", None: "nothing to tell by"}
MEANINGS: Mapping[str, str] = {
    "answered in time": "of the leads given to somebody, those that got a first answer within that much business time; "
    "who waits for longer has missed it, who waits for less is not judged yet",
    "median, 90 %": "the business time by which half, or nine tenths, had an answer, with those that still wait "
    "counted as waiting (Kaplan-Meier)",
    "lead to opportunity": "of the leads created, those that became an opportunity; leads younger than half of them "
    "need for it are not judged yet",
    "accepted by sales": "of the leads handed off that sales judged, those that it accepted",
    "meetings held": "of the meetings whose day has come, those that were held",
    "entitled, received": "what each rep's weight gave a right to while present and not full, and what each got",
    "overdue": "longer in a stage than the playbook's [ageing] allows, in open days of the owner's calendar",
    "95 % interval": "where the figure most likely lies, as far as so many leads can tell (Wilson)",
}
FEW_MARK, YOUNG_MARK = "~", "*"
LEGEND = f"{FEW_MARK} of fewer than {FEW} leads   {YOUNG_MARK} too early to judge"


def goal(name: str, within: timedelta) -> str:
    """What a goal is about."""
    return f"{GOALS[name]}, {time(within)}" if name == "response" else GOALS[name]


def verdict(found: Target) -> str:
    """Whether it is met, and how sure that is."""
    if found.met is None:
        return MET[None]
    return MET[found.met] + ("" if found.sure else ", not sure")


def time(length: timedelta | None) -> str:
    """Such as `45 min`, `3.2 h` or `12 d`; business time, of which a day has 24 hours only for who never closes."""
    if length is None:
        return "—"
    hours = length / timedelta(hours=1)
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{hours:.1f} h".replace(".0 h", " h") if hours < 100 else f"{hours:,.0f} h"


def exact(share: Share) -> str:
    """A share beside its goal: 90 % may be above or below 90 %."""
    return "—" if share.value is None else f"{share.value:.1%}"


def brief(share: Share, *, young: bool = False) -> str:
    """A share in a narrow column, with its marks."""
    if share.value is None:
        return "—"
    return f"{FEW_MARK if share.whole < FEW else ''}{share.value:.0%}{YOUNG_MARK if young else ''}"


COLUMNS = ("new", "median", "≤ 1 h", "≤ goal", "convert", "accept", "meet")


def row(found: Figures, within: timedelta, *, weekly: bool = False) -> tuple[str, ...]:
    """The cells of `COLUMNS`. `weekly`: what is not known yet is shown as it looks now, and marked."""
    response, conversion = found.response, found.conversion
    answered = response.within.get(within, NOTHING)
    early = weekly and bool(response.early.get(within))
    young = weekly and bool(conversion.young)
    return (
        f"{conversion.all.whole:,}",
        time(response.median),
        brief(response.within.get(HOUR, NOTHING)),
        brief(answered, young=early),
        brief(conversion.all if young else conversion.ripe, young=young),
        brief(found.accuracy.accepted),
        brief(found.meetings.held),
    )


def weeks(report: Report) -> Iterator[tuple[str, ...]]:
    """A row for each week."""
    for week in report.weeks:
        yield f"{week.start:%d %b}", *row(week.figures, report.within, weekly=True)


def named(by: str, group: Group, names: Mapping[str, str]) -> str:
    """A group's name; reps by theirs in the CRM."""
    found = names.get(group.name, group.name) if by == "rep" else group.name
    return found or NOBODY[by]


def waits(report: Report) -> str:
    """How the answers stand, in a line."""
    found = report.figures.response
    late = f"90 % by {time(found.p90)}" if found.p90 is not None else "fewer than 90 % answered yet"
    times = f"median {time(found.median)}, {late}"
    return f"{times}; {found.answered:,} of {found.turns:,} answered, {found.open:,} still wait"


def nurture(report: Report) -> str:
    """What became of recycled leads, in a line."""
    found = report.figures.recycled
    return f"{found.leads:,} recycled, {found.back:,} of them back, {found.won:,} won back"


def reasons(report: Report) -> Sequence[tuple[str, int]]:
    """Why sales rejected leads."""
    return [(reason or "no reason given", count) for reason, count in report.figures.accuracy.reasons.items()]


def ahead(difference: float) -> str:
    """Leads beyond the share, with a sign; what rounds to nothing is `+0.0`."""
    return f"{round(difference, 1) + 0.0:+,.1f}"
