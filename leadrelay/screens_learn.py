"""The screen of a lesson: how well points order leads that they were not learned from, and what each rule would get."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from leadrelay.core.learn import FOLDS, Lesson, Proposal
from leadrelay.jobs.learn import Learned
from leadrelay.screens_tables import figures
from leadrelay.terminal import plain

_COLUMNS = ("rule", "axis", "now", "learned", "in the folds", "leads", "won", "")


def screen(found: Learned, head: Mapping[str, Any], out: Path | None) -> Iterator[RenderableType]:
    """Everything that a person reads."""
    lesson, job = found.lesson, head["job"]
    unknown = f"; {found.unknown:,} have no outcome" if found.unknown else ""
    yield f"[green]✓[/] [bold]{plain(job)}[/]  {lesson.leads:,} leads, {lesson.won:,} won{unknown}"
    yield from (f"[yellow]![/] {plain(note)}" for note in found.notes)
    yield "\n[bold]How well points part won from lost[/]   area under the ROC curve, on leads not learned from"
    yield _areas(lesson)
    yield _verdict(lesson)
    yield "\n[bold]Points for the playbook's own rules[/]"
    yield _proposals(lesson.proposals)
    yield from _advice(lesson, head, out)


def document(found: Learned) -> dict[str, Any]:
    """As `learn --json` prints it."""
    counts = {"read": found.read, "unknown": found.unknown, "notes": list(found.notes)}
    return {**counts, **asdict(found.lesson)}


def _areas(lesson: Lesson) -> Table:
    table = figures("", "area", "from", "to")
    for name, areas in (
        ("the playbook's points", lesson.now),
        ("learned points", lesson.learned),
        ("the regression itself, unrounded", lesson.unrounded),
    ):
        table.add_row(name, *(f"{value:.3f}" for value in (mean(areas), min(areas), max(areas))))
    return table


def _verdict(lesson: Lesson) -> str:
    gains = [after - before for after, before in zip(lesson.learned, lesson.now, strict=True)]
    better = sum(gain > 0 for gain in gains)
    if better in {0, FOLDS}:
        word = "better" if better else "no better"
        return f"Learned points are {word} in every fold ({mean(gains):+.3f} on average)."
    told = f"Learned points are better in {better} of {FOLDS} folds ({mean(gains):+.3f} on average)"
    return f"{told}: too little to tell. Yours may well stay."


def _proposals(proposals: Sequence[Proposal]) -> Table:
    table = figures(*_COLUMNS, names=2)
    for found in proposals:
        share = f"{found.won / found.spoke:.0%}" if found.spoke else "—"
        folds = f"{found.least:+} to {found.most:+}" if found.least != found.most else f"{found.least:+}"
        axis = found.output.replace("_", " ").removesuffix(" score")
        numbers = (f"{found.now:+}", _coloured(found), "" if found.why_kept else folds, f"{found.spoke:,}", share)
        table.add_row(plain(found.rule), axis, *numbers, _remark(found))
    return table


def _coloured(found: Proposal) -> str:
    if found.why_kept or found.learned == found.now:
        return f"{found.learned:+}"
    colour = "green" if found.learned > found.now else "red"
    return f"[{colour}]{found.learned:+}[/]" if found.learned else f"[{colour}]out[/]"


def _remark(found: Proposal) -> str:
    if found.why_kept:
        return f"[dim]kept: {found.why_kept}[/]"
    if found.turned:
        return "[yellow]! the opposite[/]"
    if found.unsure:
        return "[dim]unsure[/]"
    return "" if found.learned else "[dim]adds nothing[/]"


def _advice(lesson: Lesson, head: Mapping[str, Any], out: Path | None) -> Iterator[str]:
    before, after = lesson.medians
    if before != after:
        yield f"\nThe middle score goes from {before} to {after}: grades, bands and stages may have to follow."
    yield "\nA proposal to read and edit: history holds chance, and what your rules leave out."
    if out is None:
        yield "Next: the same with --out new.toml writes the playbook with these points, its text otherwise as it is."
        return
    yield f"Written: {plain(str(out))}. Next, see who would move:"
    source = ["--from", head["from"]] if head["from"] else []
    words = ["leadrelay", "backtest", head["job"], "--playbook", str(out), "--outcome", head["predicate"], *source]
    yield plain(f"  {shlex.join(words)}")
