"""A back-test as one HTML page: no script, no network, plots inside, tables beside them; for light, dark and paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from leadrelay import backtest_plots as plots
from leadrelay import files, html_page
from leadrelay.backtest_words import (
    AXES,
    GOALS,
    MEANINGS,
    cut,
    estimate,
    grades,
    mean,
    said,
    share,
    signed,
    target,
    verdicts,
)
from leadrelay.core.playbook.values import DIGITS
from leadrelay.core.trial.measures import Decile, Share
from leadrelay.core.trial.report import Agreement, Changes, Group, Quality, Report
from leadrelay.html_page import figure, table, tiles


def write(path: Path, report: Report, head: Mapping[str, Any]) -> None:
    """Write the page, all of it or nothing."""
    files.write(path, page(report, head))


def page(report: Report, head: Mapping[str, Any]) -> str:
    """The whole page."""
    title = f"Back-test of {escape(head['job'])}"
    return html_page.page(title, _body(report, head, title))


def _body(report: Report, head: Mapping[str, Any], title: str) -> Iterator[str]:
    source = f" from {escape(Path(head['from']).name)}" if head["from"] else " from the CRM"
    yield f"<h1>{title}</h1>"
    yield f'<p class="soft">{report.leads:,} leads{source}, judged as of {escape(head["at"][:16])}</p>'
    names = " and the new ".join(f"<b>{escape(side.name)}</b>" for side in report.sides)
    yield f"<p>The live playbook {names}</p>"
    if head["predicate"]:
        yield f"<p>A lead is won where <code>{escape(head['predicate'])}</code></p>"
    yield from (f'<p class="note">{escape(note)}</p>' for note in report.notes)
    if report.changes:
        yield from _changes(report, report.changes)
    else:
        yield "<h2>How the leads stand</h2>"
        yield _words(report, "stage")
    yield from _judgement(report)
    yield from _spreads(report)
    yield from _leads(report.changes)
    if report.won and report.lost:
        meanings = "".join(f"<dt>{word}</dt><dd>{meaning}</dd>" for word, meaning in MEANINGS.items())
        yield f"<h2>How to read it</h2><dl>{meanings}</dl>"


def _changes(report: Report, changes: Changes) -> Iterator[str]:
    moved = Share(changes.moved, report.leads).value or 0
    yield "<h2>What changes</h2>"
    told = {
        "move to another stage": f"{changes.moved:,} ({moved:.1%})",
        "newly qualified": f"{changes.qualified.new_only.leads:,}",
        "no more qualified": f"{changes.qualified.live_only.leads:,}",
        "newly handed off": f"{changes.handed_off.new_only.leads:,}",
    }
    yield from tiles(told)
    words = f"{changes.moved} leads move; the largest moves are in the table of moves."
    pairs = sorted(((count, pair) for pair, count in changes.moves.items() if pair[0] != pair[1]), reverse=True)
    moves = table(("from", "to", "leads"), [(escape(old), escape(new), f"{n:,}") for n, (old, new) in pairs], "Moves")
    yield f'<div class="pair"><div>{_words(report, "stage")}{moves}</div>'
    yield f"{figure(plots.moves(changes), 'From which stage to which', words)}</div>"
    rows = [_agreement(*pair) for pair in (("qualified", changes.qualified), ("handed off", changes.handed_off))]
    yield table(("", "live", "new", "by both", "no more", "newly"), rows)


def _agreement(name: str, found: Agreement) -> tuple[str, ...]:
    live, new = found.both.leads + found.live_only.leads, found.both.leads + found.new_only.leads
    return name, f"{live:,}", f"{new:,}", *map(_group, (found.both, found.live_only, found.new_only))


def _group(found: Group) -> str:
    return f"{found.leads:,}" + ("" if found.won.value is None else f" ({found.won.value:.0%} won)")


def _words(report: Report, output: str) -> str:
    """How many leads have each word, now and then."""
    counts = [side.words.get(output, {}) for side in report.sides]
    rows = []
    for word in dict.fromkeys(word for side in counts for word in side):
        found = [side.get(word, 0) for side in counts]
        change = [signed(found[1] - found[0])] if len(found) == 2 else []
        rows.append((escape(word or "none"), *(f"{count:,}" for count in found), *change))
    return table((output, "live", *(["new", "change"] if report.new else [])), rows)


def _judgement(report: Report) -> Iterator[str]:
    qualities = [side.quality for side in report.sides if side.quality]
    if not qualities or not report.won or not report.lost:
        return
    names = ["live", "new"][: len(qualities)]
    yield f"<h2>{'Is it better' if report.new else 'How well it judges'}</h2>"
    yield f'<p class="soft">{report.won:,} won, {report.lost:,} lost, {report.unknown:,} unknown</p>'
    if report.changes:
        for word, sentence in verdicts(report.changes):
            kind = {True: "good", False: "bad"}.get(word, "") if word is not None else ""
            yield f'<p class="{kind}">{escape(sentence)}</p>'
    yield _figures(names, qualities)
    yield from _plots(names, qualities)


def _plots(names: Sequence[str], qualities: Sequence[Quality]) -> Iterator[str]:
    """Each plot beside the table that holds its figures."""
    areas = ", ".join(f"{name} {estimate(quality.area)}" for name, quality in zip(names, qualities, strict=True))
    roc = "ROC curves: the further up and left, the better"
    curves = figure(plots.curves(names, qualities), roc, areas).replace("<figure", '<figure class="square"', 1)
    shape = "Shares of the won and of the lost leads at each score; the further apart, the better."
    spread = figure(plots.scores(names, qualities), "How the won and the lost spread over the score", shape)
    yield f'<div class="pair">{curves}{spread}</div>'
    rows = [(str(least), *cells) for least, cells in _bands(qualities)]
    bands = table(("from points", *_twice(names, "won", "leads")), rows, "Share that is won, by score")
    beside = "The table beside it holds the same figures."
    calibration = figure(plots.calibration(names, qualities), "Calibration: it should rise with the score", beside)
    yield f'<div class="pair">{calibration}<div>{bands}</div></div>'
    rows = [(str(row[0].number), *_cells(row)) for row in zip(*(one.deciles for one in qualities), strict=True)]
    tenths = table(("tenth", *_twice(names, "won", "lift", "gain")), rows, "Tenths of the leads, best score first")
    lifts = figure(plots.lifts(names, qualities), "Lift and gain, by tenths of the leads", beside)
    yield f'<div class="pair">{lifts}<div>{tenths}</div></div>'


def _cells(row: Sequence[Decile]) -> Iterator[str]:
    for part in row:
        yield from (f"{part.share:.0%}", f"{part.lift:.2f}", f"{part.gain:.0%}")


def _twice(names: Sequence[str], *columns: str) -> list[str]:
    return [f"{name} {column}" for name in names for column in columns]


def _bands(qualities: Sequence[Quality]) -> Iterator[tuple[int, list[str]]]:
    found = [{band.least: band.won for band in quality.bands} for quality in qualities]
    for least in sorted({least for side in found for least in side}):
        shares = [side.get(least, Share(0, 0)) for side in found]
        yield least, [cell for one in shares for cell in (share(one), f"{one.whole:,}")]


def _figures(names: Sequence[str], qualities: Sequence[Quality]) -> str:
    rows = [
        ("area under the ROC curve (DeLong)", *(estimate(quality.area) for quality in qualities)),
        ("qualified: right in all (accuracy)", *(share(quality.qualified.accuracy) for quality in qualities)),
        ("qualified: won of them (precision)", *(share(quality.qualified.precision) for quality in qualities)),
        ("qualified: of all won (recall)", *(share(quality.qualified.recall) for quality in qualities)),
        ("threshold of the playbook", *(cut(quality.own) for quality in qualities)),
        ("best threshold (Youden)", *(cut(quality.best) for quality in qualities)),
    ]
    for row in zip(*(quality.targets for quality in qualities), strict=True):
        marks = {True: "good", False: "bad", None: "soft"}
        cells = [f'<span class="{marks[one.met]}">{target(one)}</span>' for one in row]
        rows.append((f"target: {GOALS[row[0].name]} over {row[0].goal:.0%}", *cells))
    return table(("in brackets: the 95 % interval", *names), rows)


def _spreads(report: Report) -> Iterator[str]:
    yield "<h2>Points and grades</h2>"
    rows = []
    for output in report.live.spreads:
        cells = []
        for side in report.sides:
            low, _, middle, _, high = side.spreads[output].quantiles
            cells += [mean(side.spreads[output]), f"{low} / {middle} / {high}"]
        rows.append((AXES.get(output, output), *cells))
    names = ["live", "new"][: len(report.sides)]
    yield table(("points", *_twice(names, "mean", "10 / 50 / 90 %")), rows)
    for output in ("band", "qualification"):
        if said(report, output):
            yield _words(report, output)
    if said(report, "grade"):
        yield table(("grade", *DIGITS), grades(report))


def _leads(changes: Changes | None) -> Iterator[str]:
    if changes and changes.leads:
        yield f"<h2>The first {len(changes.leads)} that move</h2>"
        rows = [
            (
                escape(lead.id),
                escape(" → ".join(lead.stages)),
                " → ".join(map(str, lead.scores)),
                "" if lead.won is None else "won" if lead.won else "lost",
                escape("; ".join(lead.why)),
            )
            for lead in changes.leads
        ]
        yield f'<div class="words">{table(("lead", "stage", "score", "outcome", "why"), rows)}</div>'
