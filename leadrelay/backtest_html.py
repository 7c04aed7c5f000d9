"""A back-test as one HTML page: no script, no network, plots inside, tables beside them; for light, dark and paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from leadrelay import backtest_plots as plots
from leadrelay import files
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

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5c6773; --line: #d9dee5; --ground: #fff; --tile: #f4f6f9;
  --live: #2f6fbd; --new: #b8620b; --good: #1d7f4e; --bad: #b3384c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa5b1; --line: #38424e; --ground: #14191f;
  --tile: #1d242c; --live: #7fb0ea; --new: #f0a452; --good: #5cc88e; --bad: #ef8296; } }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 1.5rem 0 .25rem; font-size: 1rem; } p { margin: .4rem 0; } .soft { color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
.tile { background: var(--tile); border-radius: .5rem; padding: .6rem .9rem; }
.tile b { display: block; font-size: 1.3rem; }
.pair { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
.pair > * { flex: 1 1 24rem; min-width: 0; overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0; } .wide { overflow-x: auto; }
th, td { padding: .15rem .9rem .15rem 0; text-align: right; vertical-align: top; white-space: nowrap; }
.words td:last-child { white-space: normal; min-width: 20rem; }
th { font-weight: 600; color: var(--soft); } th:first-child, td:first-child, .words td, .words th { text-align: left; }
tbody tr { border-top: 1px solid var(--line); }
svg { width: 100%; height: auto; color: var(--ink); } figure { margin: .5rem 0; max-width: 44rem; }
.pair > div { flex: 0 1 auto; max-width: 100%; } .pair > .square { flex: 0 1 25rem; }
dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; } figcaption { color: var(--soft); }
.good { color: var(--good); } .bad { color: var(--bad); }
.note { border-left: 4px solid var(--new); padding-left: .75rem; }
@media print { body { max-width: none; padding: 0; font-size: 12px; } h2 { break-after: avoid; }
  figure, table, .tile { break-inside: avoid; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write(path: Path, report: Report, head: Mapping[str, Any]) -> None:
    """Write the page, all of it or nothing."""
    files.write(path, page(report, head))


def page(report: Report, head: Mapping[str, Any]) -> str:
    """The whole page."""
    title = f"Back-test of {escape(head['job'])}"
    body = "\n".join(_body(report, head, title))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><style>{_STYLE}</style></head>'
        f"<body>\n{body}\n</body></html>\n"
    )


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
    tiles = {
        "move to another stage": f"{changes.moved:,} ({moved:.1%})",
        "newly qualified": f"{changes.qualified.new_only.leads:,}",
        "no more qualified": f"{changes.qualified.live_only.leads:,}",
        "newly handed off": f"{changes.handed_off.new_only.leads:,}",
    }
    yield from _tiles(tiles)
    words = f"{changes.moved} leads move; the largest moves are in the table of moves."
    pairs = sorted(((count, pair) for pair, count in changes.moves.items() if pair[0] != pair[1]), reverse=True)
    moves = _table(("from", "to", "leads"), [(escape(old), escape(new), f"{n:,}") for n, (old, new) in pairs], "Moves")
    yield f'<div class="pair"><div>{_words(report, "stage")}{moves}</div>'
    yield f"{_figure(plots.moves(changes), 'From which stage to which', words)}</div>"
    rows = [_agreement(*pair) for pair in (("qualified", changes.qualified), ("handed off", changes.handed_off))]
    yield _table(("", "live", "new", "by both", "no more", "newly"), rows)


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
    return _table((output, "live", *(["new", "change"] if report.new else [])), rows)


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
    curves = _figure(plots.curves(names, qualities), roc, areas).replace("<figure", '<figure class="square"', 1)
    shape = "Shares of the won and of the lost leads at each score; the further apart, the better."
    spread = _figure(plots.scores(names, qualities), "How the won and the lost spread over the score", shape)
    yield f'<div class="pair">{curves}{spread}</div>'
    rows = [(str(least), *cells) for least, cells in _bands(qualities)]
    bands = _table(("from points", *_twice(names, "won", "leads")), rows, "Share that is won, by score")
    beside = "The table beside it holds the same figures."
    calibration = _figure(plots.calibration(names, qualities), "Calibration: it should rise with the score", beside)
    yield f'<div class="pair">{calibration}<div>{bands}</div></div>'
    rows = [(str(row[0].number), *_cells(row)) for row in zip(*(one.deciles for one in qualities), strict=True)]
    tenths = _table(("tenth", *_twice(names, "won", "lift", "gain")), rows, "Tenths of the leads, best score first")
    lifts = _figure(plots.lifts(names, qualities), "Lift and gain, by tenths of the leads", beside)
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
    return _table(("in brackets: the 95 % interval", *names), rows)


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
    yield _table(("points", *_twice(names, "mean", "10 / 50 / 90 %")), rows)
    for output in ("band", "qualification"):
        if said(report, output):
            yield _words(report, output)
    if said(report, "grade"):
        yield _table(("grade", *DIGITS), grades(report))


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
        yield f'<div class="words">{_table(("lead", "stage", "score", "outcome", "why"), rows)}</div>'


def _tiles(found: Mapping[str, str]) -> Iterator[str]:
    yield '<div class="tiles">'
    yield from (f'<div class="tile"><b>{value}</b>{name}</div>' for name, value in found.items())
    yield "</div>"


def _figure(svg: str, caption: str, said: str) -> str:
    """A plot with its words for those who do not see it."""
    label = escape(f"{caption}. {said}", quote=True)
    named = svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
    return f"<figure>{named}<figcaption>{escape(caption)}</figcaption></figure>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Cells are HTML already."""
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    title = f"<h3>{escape(caption)}</h3>" if caption else ""
    return f'{title}<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
