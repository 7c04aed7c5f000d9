"""A report as one HTML page, to be read on a screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from leadrelay import files, html_page
from leadrelay import report_plots as plots
from leadrelay.backtest_words import share
from leadrelay.core.report.fairness import Received
from leadrelay.core.report.measures import NOTHING
from leadrelay.core.report.report import Group, Report
from leadrelay.core.targets import Target
from leadrelay.core.trial.measures import Share
from leadrelay.html_page import figure, table
from leadrelay.report_words import (
    COLUMNS,
    LEGEND,
    MEANINGS,
    ahead,
    exact,
    goal,
    named,
    nurture,
    reasons,
    row,
    verdict,
    waits,
    weeks,
)
from leadrelay.screens_tables import counted

_MOST_DRAWN = 25
_MARKS = {True: "good", False: "bad", None: "soft"}
_SIGNS = {True: "✓", False: "✗", None: ""}
"""Grey paper does not tell green from red."""
_BESIDE = "The table beside it holds the same figures."


def write(path: Path, found: Report, head: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Write the page, all of it or nothing. `names`: of owners, by their id in the CRM."""
    files.write(path, page(found, head, names))


def page(found: Report, head: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The whole page."""
    title = f"Lead generation: {escape(head['job'])}"
    return html_page.page(title, _body(found, head, names, title))


def _body(found: Report, head: Mapping[str, Any], names: Mapping[str, str], title: str) -> Iterator[str]:
    period = found.period
    yield f"<h1>{title}</h1>"
    first, last = period.days
    span = f"{first:%d %B %Y} to {last:%d %B %Y}, as of {period.now:%d %B %Y %H:%M} UTC"
    yield f'<p class="soft">{counted(found.leads, "lead")} created from {span}</p>'
    yield "<h2>Goals</h2>"
    yield from _tiles(found)
    yield _targets(found)
    yield f"<p><b>First answers:</b> {escape(waits(found))}</p><p><b>Nurture:</b> {escape(nurture(found))}</p>"
    yield from (f'<p class="note">{escape(note)}</p>' for note in (*head["notes"], *found.notes))
    yield from _trend(found)
    for by, groups in found.by.items():
        if any(group.name for group in groups):
            yield from _groups(by, groups, found, names)
    yield from _reasons(found)
    yield from _fairness(found.received, names)
    yield from _ages(found, names)
    meanings = "".join(f"<dt>{word}</dt><dd>{meaning}</dd>" for word, meaning in MEANINGS.items())
    yield f"<h2>How to read it</h2><dl>{meanings}</dl>"


def _tiles(found: Report) -> Iterator[str]:
    yield '<div class="tiles">'
    for target in found.targets:
        label = f"{goal(target.name, found.within)}<br>goal: over {target.goal:.0%}"
        mark, sign = _MARKS[target.met], _SIGNS[target.met]
        yield f'<div class="tile"><b class="{mark}">{sign} {exact(target.found)}</b>{label}</div>'
    yield "</div>"


def _targets(found: Report) -> str:
    rows = [
        (
            goal(target.name, found.within),
            share(target.found),
            f"over {target.goal:.0%}",
            f"{target.found.whole:,}",
            f'<span class="{_MARKS[target.met]}">{verdict(target)}</span>',
        )
        for target in found.targets
    ]
    return table(("goal", "found (95 % interval)", "goal", "leads counted", ""), rows)


def _trend(found: Report) -> Iterator[str]:
    yield "<h2>Week by week</h2>"
    hollow = "Hollow: fewer than 30 leads, or too early to judge. Bands: 95 % intervals. Dashed: the goal."
    drawn = figure(plots.trend(found), hollow, "The table below holds the same figures.")
    yield drawn.replace("<figure", '<figure class="full"', 1)
    yield table(("week of", *COLUMNS), weeks(found))
    yield f'<p class="soft">{escape(LEGEND)}</p>'


def _groups(by: str, groups: Sequence[Group], found: Report, names: Mapping[str, str]) -> Iterator[str]:
    yield f"<h2>By {by}</h2>"
    rows = [(escape(named(by, group, names)), *row(group.figures, found.within)) for group in groups]
    target, shares = _drawn(by, groups[:_MOST_DRAWN], found, names)
    told = table((by, *COLUMNS), rows)
    if not any(one.whole for one in shares.values()):
        yield told
        return
    caption = f"{goal(target.name, found.within)}; on the right: of how many"
    drawn = figure(plots.compared(by, shares, target), caption, _BESIDE)
    yield f'<div class="pair"><div>{told}</div>{drawn}</div>'


def _drawn(
    by: str, groups: Sequence[Group], found: Report, names: Mapping[str, str]
) -> tuple[Target, Mapping[str, Share]]:
    """Sources are compared by what becomes of their leads, teams and reps by how soon they answer."""
    response, conversion, *_ = found.targets
    shares = {}
    for group in groups:
        figures = group.figures
        answered = figures.response.within.get(found.within, NOTHING)
        shares[named(by, group, names)] = figures.conversion.ripe if by == "source" else answered
    return (conversion if by == "source" else response), shares


def _reasons(found: Report) -> Iterator[str]:
    if rows := [(escape(reason), f"{count:,}") for reason, count in reasons(found)]:
        yield "<h2>Why sales rejected leads</h2>"
        yield table(("reason", "leads"), rows)


def _fairness(received: Sequence[Received], names: Mapping[str, str]) -> Iterator[str]:
    if not received:
        return
    yield "<h2>Who got what</h2>"
    yield '<p class="soft">All that the ledger knows, not this period alone; open leads as of now</p>'
    rows = [
        (
            f'{_owner(one.owner, names)} <span class="soft">{escape(one.team)}{"" if one.known else ", left"}</span>',
            f"{one.entitled:,.1f}",
            f"{one.received:,.0f}",
            ahead(one.difference),
            "—" if one.load is None else f"{one.load:,}",
            "—" if one.capacity is None else f"{one.capacity:,}",
        )
        for one in received
    ]
    told = table(("rep", "entitled", "received", "difference", "open", "capacity"), rows)
    drawn = figure(plots.fairness(received[:_MOST_DRAWN], names), "Entitled and received", _BESIDE)
    yield f'<div class="pair"><div>{told}</div>{drawn}</div>'


def _ages(found: Report, names: Mapping[str, str]) -> Iterator[str]:
    if not found.ages:
        return
    yield "<h2>How long leads lie</h2>"
    rows = [
        (
            escape(one.stage),
            f"{one.leads:,}",
            f"{one.median}",
            f"{one.p90}",
            "—" if one.limit is None else f"{one.limit}",
            "—" if one.limit is None else f"{one.overdue:,}",
        )
        for one in found.ages
    ]
    told = table(("stage", "leads", "median", "90 %", "limit", "overdue"), rows)
    drawn = figure(plots.ageing(found.ages), "Leads by stage now; days are open days", _BESIDE)
    yield f'<div class="pair"><div>{told}</div>{drawn}</div>'
    if found.overdue:
        late = [
            (escape(one.lead), f"{one.days}", f"{one.limit}", escape(one.stage), _owner(one.owner, names))
            for one in found.overdue
        ]
        told = table(("lead", "days", "limit", "stage", "owner"), late, "Overdue the longest")
        yield f'<div class="words">{told}</div>'


def _owner(owner: str, names: Mapping[str, str]) -> str:
    return escape(names.get(owner, owner)) or "nobody"
