"""A report for programs: what docs/report.md describes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from leadrelay.core.report.fairness import Received
from leadrelay.core.report.measures import HOUR, NOTHING, Response
from leadrelay.core.report.report import Figures, Report, Week
from leadrelay.core.trial.json import share_of


def document(report: Report) -> dict[str, Any]:
    """The whole report."""
    period = report.period
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "leads": report.leads,
        "targets": [
            {"name": target.name, "goal": target.goal, "met": target.met, "sure": target.sure, **share_of(target.found)}
            for target in report.targets
        ],
        "days_to_convert": None if report.needed is None else report.needed / timedelta(days=1),
        "figures": figures(report.figures, report.within),
        "weeks": [_week(week, report.within) for week in report.weeks],
        "by": {
            name: [{"name": group.name, **figures(group.figures, report.within)} for group in groups]
            for name, groups in report.by.items()
        },
        "fairness": [_received(one) for one in report.received],
        "stages": [asdict(stage) for stage in report.ages],
        "overdue": [asdict(lead) for lead in report.overdue],
        "notes": list(report.notes),
    }


def figures(found: Figures, within: timedelta) -> dict[str, Any]:
    """Every measure of some leads."""
    accuracy, meetings = found.accuracy, found.meetings
    return {
        "response": _response(found.response, within),
        "conversion": {
            **share_of(found.conversion.ripe),
            "all": share_of(found.conversion.all),
            "young": found.conversion.young,
        },
        "accuracy": {
            **share_of(accuracy.accepted),
            "unjudged": accuracy.unjudged,
            "reasons": [{"reason": word, "leads": count} for word, count in accuracy.reasons.items()],
        },
        "meetings": {**share_of(meetings.held), "planned": meetings.planned, "unknown": meetings.unknown},
        "recycled": asdict(found.recycled),
    }


def _response(found: Response, within: timedelta) -> dict[str, Any]:
    return {
        "turns": found.turns,
        "answered": found.answered,
        "open": found.open,
        "median_hours": hours(found.median),
        "p90_hours": hours(found.p90),
        "within_hour": share_of(found.within.get(HOUR, NOTHING)),
        "within_target": share_of(found.within.get(within, NOTHING)),
        "target_hours": hours(within),
    }


def hours(time: timedelta | None) -> float | None:
    """A length of time in hours."""
    return None if time is None else time / timedelta(hours=1)


def _week(week: Week, within: timedelta) -> dict[str, Any]:
    return {"week": f"{week.start:%Y-%m-%d}", "ripe": week.ripe, **figures(week.figures, within)}


def _received(one: Received) -> dict[str, Any]:
    return {**asdict(one), "difference": one.difference}
