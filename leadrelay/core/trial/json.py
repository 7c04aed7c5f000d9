"""A back-test's report for programs: what docs/backtest.md describes."""

from __future__ import annotations

from typing import Any

from leadrelay.core.trial.measures import Confusion, Cut, Estimate, Share
from leadrelay.core.trial.report import QUANTILES, Agreement, Changes, Quality, Report, Side, Spread
from leadrelay.core.trial.trial import Moved


def document(report: Report) -> dict[str, Any]:
    """The whole report."""
    return {
        "leads": report.leads,
        "outcome": {"won": report.won, "lost": report.lost, "unknown": report.unknown},
        "changes": _changes(report.changes) if report.changes else None,
        "live": _side(report.live),
        "new": _side(report.new) if report.new else None,
        "notes": list(report.notes),
    }


def _changes(changes: Changes) -> dict[str, Any]:
    moves = [{"live": old, "new": new, "leads": count} for (old, new), count in changes.moves.items()]
    return {
        "moved": changes.moved,
        "stages": moves,
        "qualified": _agreement(changes.qualified),
        "handed_off": _agreement(changes.handed_off),
        "area_gained": _estimate(changes.difference),
        "leads": [_moved(lead) for lead in changes.leads],
    }


def _agreement(found: Agreement) -> dict[str, Any]:
    groups = {"both": found.both, "live_only": found.live_only, "new_only": found.new_only, "neither": found.neither}
    counts = {name: {"leads": group.leads, "won": share_of(group.won)} for name, group in groups.items()}
    return {**counts, "accuracy_gained": _estimate(found.gained)}


def _moved(lead: Moved) -> dict[str, Any]:
    return {
        "lead": lead.id,
        "live": {"stage": lead.stages[0], "score": lead.scores[0]},
        "new": {"stage": lead.stages[1], "score": lead.scores[1]},
        "won": lead.won,
        "why": list(lead.why),
    }


def _side(side: Side) -> dict[str, Any]:
    words = {
        output: [{"value": word, "leads": count} for word, count in counts.items()]
        for output, counts in side.words.items()
    }
    return {
        "playbook": side.name,
        **side.flags,
        "words": words,
        "axes": {output: _spread(spread) for output, spread in side.spreads.items()},
        "quality": _quality(side.quality) if side.quality else None,
    }


def _spread(spread: Spread) -> dict[str, Any]:
    quantiles = {f"p{round(share * 100)}": value for share, value in zip(QUANTILES, spread.quantiles, strict=False)}
    histogram = [{"points": value, "leads": count} for value, count in spread.histogram.items()]
    return {"mean": spread.mean, "least": spread.least, "most": spread.most, **quantiles, "histogram": histogram}


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        "area": _estimate(quality.area),
        "qualified": _confusion(quality.qualified),
        "handed_off": _confusion(quality.handed_off),
        "playbook_threshold": _cut(quality.own),
        "best_threshold": _cut(quality.best),
        "targets": [
            {"name": target.name, "goal": target.goal, "met": target.met, "sure": target.sure, **share_of(target.found)}
            for target in quality.targets
        ],
        "deciles": [
            {"decile": part.number, "leads": part.leads, "won": part.won, "share": part.share}
            | {"lift": part.lift, "gain": part.gain}
            for part in quality.deciles
        ],
        "calibration": [{"from_points": band.least, **share_of(band.won)} for band in quality.bands],
        "roc": [
            {
                "threshold": cut.threshold,
                "hits": cut.confusion.recall.value,
                "false_alarms": cut.confusion.fallout.value,
            }
            for cut in quality.curve
        ],
    }


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    if found is None:
        return None
    low, high = found.interval or (None, None)
    return {"value": found.value, "low": low, "high": high}


def share_of(share: Share) -> dict[str, Any]:
    """A share with its interval and its counts."""
    low, high = share.interval
    return {"value": share.value, "low": low, "high": high, "part": share.part, "of": share.whole}


def _confusion(found: Confusion) -> dict[str, Any]:
    counts = {"hits": found.hits, "false_alarms": found.false_alarms}
    counts |= {"misses": found.misses, "rejections": found.rejections}
    shares = {"accuracy": found.accuracy, "precision": found.precision, "recall": found.recall}
    return {**counts, **{name: share_of(share) for name, share in shares.items()}}


def _cut(cut: Cut | None) -> dict[str, Any] | None:
    return None if cut is None else {"threshold": cut.threshold, **_confusion(cut.confusion)}
