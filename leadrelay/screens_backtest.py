"""The screens of a back-test: first what changes, then whether it is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from leadrelay.backtest_words import (
    AXES,
    GOALS,
    cut,
    estimate,
    grades,
    mean,
    percent,
    said,
    share,
    signed,
    target,
    verdicts,
)
from leadrelay.core.playbook.values import DIGITS
from leadrelay.core.trial.measures import Share
from leadrelay.core.trial.report import Agreement, Changes, Group, Quality, Report, Side
from leadrelay.screens_tables import bar, figures
from leadrelay.terminal import plain

MOST_MOVES = 12
_COLOURS = {True: "green", False: "red", None: "yellow"}


def backtest(report: Report, head: Mapping[str, Any], html: Path | None) -> Iterator[RenderableType]:
    """Everything that a person reads."""
    source = f", from {plain(head['from'])}" if head["from"] else ""
    yield f"[green]✓[/] [bold]{plain(head['job'])}[/]  {report.leads:,} leads as of {head['at'][:16]}{source}"
    yield from (f"[yellow]![/] {plain(note)}" for note in report.notes)
    yield from _changes(report, report.changes) if report.changes and report.new else _standing(report.live)
    if report.won + report.lost:
        yield from _judgement(report)
    elif not head["predicate"]:
        yield '\nWhether it is better, history can tell: --outcome "a predicate that is true for leads that were won"'
    if html:
        yield f"\nThe page with the plots: {plain(str(html))}"


def _changes(report: Report, changes: Changes) -> Iterator[RenderableType]:
    moved = Share(changes.moved, report.leads).value or 0
    yield f"\n[bold]What changes[/]   {changes.moved:,} leads ({moved:.1%}) move to another stage"
    yield _side_by_side("stage", report, "stage")
    moves = sorted(((count, pair) for pair, count in changes.moves.items() if pair[0] != pair[1]), reverse=True)
    if moves:
        yield ""
        yield _moves(moves[:MOST_MOVES])
    if len(moves) > MOST_MOVES:
        yield f"and {len(moves) - MOST_MOVES} smaller ones: --json, --html"
    yield ""
    yield _agreements({"qualified": changes.qualified, "handed off": changes.handed_off})
    yield ""
    yield _axes(report)
    for output in ("band", "qualification"):
        if said(report, output):
            yield ""
            yield _side_by_side(output, report, output)
    if said(report, "grade"):
        yield ""
        yield _grades(report)
    yield from _leads(changes)


def _standing(side: Side) -> Iterator[RenderableType]:
    """The live playbook alone."""
    flags = f"{side.flags['qualified']:,} qualified, {side.flags['handoff']:,} handed off"
    yield f"\n[bold]How the leads stand[/]   {flags}"
    counts = side.words["stage"]
    table, most = figures("stage", "leads", ""), max([*counts.values(), 1])
    for word, count in counts.items():
        table.add_row(plain(word or "—"), f"{count:,}", bar(count, most))
    yield table


def _side_by_side(title: str, report: Report, output: str) -> Table:
    """How many leads have each word, now and then."""
    live, new = (side.words[output] for side in report.sides)
    table = figures(title, "live", "new", "change", "")
    most = max([abs(new.get(word, 0) - live.get(word, 0)) for word in {**live, **new}] + [1])
    for word in {**live, **new}:
        before, after = live.get(word, 0), new.get(word, 0)
        colour = "green" if after > before else "red"
        drawn = f"[{colour}]{bar(abs(after - before), most)}[/]"
        table.add_row(plain(word or "—"), f"{before:,}", f"{after:,}", signed(after - before), drawn)
    return table


def _moves(moves: Sequence[tuple[int, tuple[str, str]]]) -> Table:
    table, most = figures("from", "leads", "to", ""), moves[0][0]
    table.columns[2].justify = "left"
    for count, (old, new) in moves:
        table.add_row(plain(old), f"{count:,}", plain(new), bar(count, most))
    return table


def _agreements(found: Mapping[str, Agreement]) -> Table:
    table = figures("", "live", "new", "by both", "no more", "newly")
    for name, one in found.items():
        live, new = one.both.leads + one.live_only.leads, one.both.leads + one.new_only.leads
        table.add_row(name, f"{live:,}", f"{new:,}", *map(_group, (one.both, one.live_only, one.new_only)))
    return table


def _group(found: Group) -> str:
    """Such as `508, 69% won`."""
    return f"{found.leads:,}" + ("" if found.won.value is None else f", {found.won.value:.0%} won")


def _axes(report: Report) -> Table:
    """Each score: the mean, and where the lowest tenth ends, the middle lies and the highest tenth begins."""
    table = figures("points", "live", "10 %", "50 %", "90 %", "new", "10 %", "50 %", "90 %")
    for output in report.live.spreads:
        cells = []
        for side in report.sides:
            spread = side.spreads[output]
            low, _, middle, _, high = spread.quantiles
            cells += [mean(spread), *(f"[dim]{value}[/]" for value in (low, middle, high))]
        table.add_row(AXES.get(output, output), *cells)
    return table


def _grades(report: Report) -> Table:
    table = figures("grade", *DIGITS)
    for row in grades(report):
        table.add_row(*(f"[bold]{cell}[/]" if "→" in cell else cell for cell in row))
    return table


def _leads(changes: Changes) -> Iterator[RenderableType]:
    if not changes.leads:
        return
    yield f"\n[bold]The first {len(changes.leads)} that move[/]   more with --limit"
    for lead in changes.leads:
        old, new = lead.stages
        won = {True: "  [green]won[/]", False: "  [red]lost[/]"}.get(lead.won, "") if lead.won is not None else ""
        score = f"score {lead.scores[0]} → {lead.scores[1]}"
        yield f"[bold]{plain(lead.id)}[/]  {plain(old)} → [bold]{plain(new)}[/]  {score}{won}"
        yield f"    [dim]{plain('; '.join(lead.why) or 'the stages themselves differ')}[/]"


def _judgement(report: Report) -> Iterator[RenderableType]:
    title = "Is it better" if report.new else "How well it judges"
    yield f"\n[bold]{title}[/]   {report.won:,} won, {report.lost:,} lost, {report.unknown:,} unknown"
    if min(report.won, report.lost) == 0:
        return
    if report.changes:
        for better, sentence in verdicts(report.changes):
            yield f"[{_COLOURS[better]}]{sentence}[/]"
    qualities = [side.quality for side in report.sides if side.quality]
    names = ["live", "new"][: len(qualities)]
    yield _measures(names, qualities)
    yield ""
    yield _targets(names, qualities)
    yield "\nEach tenth of the leads, by falling score: how often it is won, against all leads (lift)"
    yield _deciles(names, qualities)
    yield "\nShare that is won, by score: it should rise with the score"
    yield _bands(names, qualities)


def _measures(names: Sequence[str], qualities: Sequence[Quality]) -> Table:
    table = figures("", *names)
    rows = {
        "area under ROC curve": [estimate(quality.area) for quality in qualities],
        "qualified: accuracy": [share(quality.qualified.accuracy) for quality in qualities],
        "qualified: precision": [share(quality.qualified.precision) for quality in qualities],
        "qualified: recall": [share(quality.qualified.recall) for quality in qualities],
    }
    for name, cells in rows.items():
        table.add_row(name, *cells)
    for name, found in (("playbook's", [q.own for q in qualities]), ("best", [q.best for q in qualities])):
        if any(found):
            table.add_row(f"{name} threshold", *map(cut, found))
    return table


def _targets(names: Sequence[str], qualities: Sequence[Quality]) -> Table:
    table = figures("target", *names)
    for row in zip(*(quality.targets for quality in qualities), strict=True):
        cells = (f"[{_COLOURS[one.met]}]{target(one)}[/]" for one in row)
        table.add_row(f"{GOALS[row[0].name]} > {row[0].goal:.0%}", *cells)
    return table


def _deciles(names: Sequence[str], qualities: Sequence[Quality]) -> Table:
    table = figures("tenth", *(cell for name in names for cell in (name, "lift", "")))
    most = max(part.share for quality in qualities for part in quality.deciles)
    for row in zip(*(quality.deciles for quality in qualities), strict=True):
        cells = [(f"{part.share:.0%}", f"{part.lift:.2f}", bar(part.share, most, 14)) for part in row]
        table.add_row(str(row[0].number), *(cell for side in cells for cell in side))
    return table


def _bands(names: Sequence[str], qualities: Sequence[Quality]) -> Table:
    table = figures("points", *(cell for name in names for cell in (name, "leads", "")))
    found = [{band.least: band.won for band in quality.bands} for quality in qualities]
    for least in sorted({least for side in found for least in side}):
        shares = [side.get(least, Share(0, 0)) for side in found]
        cells = [(percent(share.value), f"{share.whole:,}", bar(share.value or 0, 1, 14)) for share in shares]
        table.add_row(f"{least} to {least + 9}", *(cell for side in cells for cell in side))
    return table
