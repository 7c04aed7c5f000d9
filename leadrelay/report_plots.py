"""The plots of a report: told apart by shape and shade, so that grey paper shows them too (extra `analysis`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from leadrelay.core.report.ageing import StageAge
from leadrelay.core.report.fairness import Received
from leadrelay.core.report.measures import NOTHING
from leadrelay.core.report.report import Report, Week
from leadrelay.core.targets import Target
from leadrelay.core.trial.measures import FEW, Share
from leadrelay.plots import INK, drawn, percent
from leadrelay.report_words import goal

FOUND, GOAL, LATE = "#3a78c2", "#b8620b", "#b3384c"
"""What was found, what was to be reached, what is overdue."""


def trend(found: Report) -> str:
    """The four goals by week, a panel each."""
    panels = [_weeks(found, place, target) for place, target in enumerate(found.targets)]
    return drawn("trend", panels, (9.6, 4.6), rows=2)


def _weeks(found: Report, place: int, target: Target) -> Callable[[Any], None]:
    def draw(axes: Any) -> None:
        axes.axhline(target.goal, color=GOAL, linewidth=1.2, linestyle="--")
        axes.text(1, target.goal, f" {target.goal:.0%}", transform=axes.get_yaxis_transform(), va="center", color=GOAL)
        shares = [_of_week(found, number, place) for number in range(len(found.weeks))]
        known = [number for number, share in enumerate(shares) if share.whole]
        axes.plot(known, [shares[number].value for number in known], color=FOUND, linewidth=1.5)
        for number in known:
            low, high = shares[number].interval
            axes.plot([number, number], [low, high], color=FOUND, linewidth=4, alpha=0.35, solid_capstyle="butt")
            sure = shares[number].whole >= FEW and not _is_early(found.weeks[number], place, found.within)
            axes.plot(
                number, shares[number].value, "o", color=FOUND, markersize=5, fillstyle="full" if sure else "none"
            )
        axes.set(title=goal(target.name, found.within), ylim=(-0.02, 1.04), xlim=(-0.6, len(shares) - 0.4))
        axes.yaxis.set_major_formatter(percent())
        step = max(1, -(-len(shares) // 7))
        ticks = range((len(shares) - 1) % step, len(shares), step)
        axes.set_xticks(list(ticks), [f"{found.weeks[number].start:%d %b}" for number in ticks])

    return draw


def _of_week(found: Report, number: int, place: int) -> Share:
    """What is drawn for a week: all its leads, also where they are too young."""
    figures = found.weeks[number].figures
    shares = (
        figures.response.within.get(found.within, NOTHING),
        figures.conversion.all,
        figures.accuracy.accepted,
        figures.meetings.held,
    )
    return shares[place]


def _is_early(week: Week, place: int, within: timedelta) -> bool:
    """Whether more is to come: answers that are still awaited, leads that are too young."""
    return bool(week.figures.response.early.get(within)) if place == 0 else place == 1 and not week.ripe


def compared(name: str, shares: Mapping[str, Share], target: Target) -> str:
    """A share for each name, with its interval, beside the goal."""
    rows = [(label, share) for label, share in shares.items() if share.whole][::-1]

    def draw(axes: Any) -> None:
        axes.axvline(target.goal, color=GOAL, linewidth=1.2, linestyle="--")
        for place, (_, share) in enumerate(rows):
            low, high = share.interval
            axes.plot([low, high], [place, place], color=FOUND, linewidth=4, alpha=0.35, solid_capstyle="butt")
            full = "full" if share.whole >= FEW else "none"
            axes.plot(share.value, place, "o", color=FOUND, markersize=6, fillstyle=full)
            axes.text(1.02, place, f"{share.whole:,}", va="center", transform=axes.get_yaxis_transform())
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.6, len(rows) - 0.4))
        axes.set_yticks(range(len(rows)), [label for label, _ in rows])
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_formatter(percent())

    return drawn(name, [draw], (5.2, 0.7 + 0.32 * len(rows)))


def fairness(received: Sequence[Received], names: Mapping[str, str]) -> str:
    """What each was entitled to, a mark, and received, a bar."""
    rows = list(received)[::-1]

    def draw(axes: Any) -> None:
        places = range(len(rows))
        axes.barh(places, [one.received for one in rows], 0.62, color=FOUND, alpha=0.55, label="received")
        axes.plot(
            [one.entitled for one in rows], places, "|", color=INK, markersize=15, markeredgewidth=2, label="entitled"
        )
        axes.set_yticks(places, [names.get(one.owner, one.owner) for one in rows])
        axes.set(xlabel="leads", ylim=(-0.7, len(rows) - 0.3))
        axes.tick_params(axis="y", length=0)
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)

    return drawn("fairness", [draw], (5.2, 1.0 + 0.32 * len(rows)))


def ageing(ages: Sequence[StageAge]) -> str:
    """The leads in each stage; those overdue are hatched."""
    rows = list(ages)[::-1]

    def draw(axes: Any) -> None:
        places, late = range(len(rows)), [one.overdue for one in rows]
        good = [one.leads - one.overdue for one in rows]
        axes.barh(places, good, 0.62, color=FOUND, alpha=0.45, label="in time, or without a limit")
        axes.barh(
            places, late, 0.62, left=good, color=LATE, alpha=0.85, hatch="///", edgecolor="white", label="overdue"
        )
        axes.set_yticks(places, [one.stage for one in rows])
        axes.set(xlabel="leads in the stage now", ylim=(-0.7, len(rows) - 0.3))
        axes.tick_params(axis="y", length=0)
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)

    return drawn("ageing", [draw], (5.2, 1.0 + 0.32 * len(rows)))
