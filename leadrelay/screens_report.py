"""The screens of a report: the goals first, then the trend, who does how well, who got what, and what lies too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from leadrelay.core.report.fairness import Received
from leadrelay.core.report.report import Group, Report
from leadrelay.report_words import (
    COLUMNS,
    LEGEND,
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
from leadrelay.screens_tables import bar, counted, figures
from leadrelay.terminal import plain

MOST_GROUPS = 12
_COLOURS = {True: "green", False: "red", None: "yellow"}


def report(found: Report, head: Mapping[str, Any], names: Mapping[str, str], html: Path | None) -> Iterator[Any]:
    """Everything that a person reads."""
    first, last = found.period.days
    yield f"[green]✓[/] [bold]{plain(head['job'])}[/]  {counted(found.leads, 'lead')} from {first} to {last}"
    yield from (f"[yellow]![/] {plain(note)}" for note in (*head["notes"], *found.notes))
    yield "\n[bold]Goals[/]"
    yield _targets(found)
    yield f"\n[bold]First answers[/]   {waits(found)}"
    yield f"[bold]Nurture[/]         {nurture(found)}"
    if found.figures.accuracy.reasons:
        yield "\n[bold]Why sales rejected leads[/]"
        yield _reasons(found)
    yield f"\n[bold]By week[/]   {LEGEND}"
    yield _weeks(found)
    for by, groups in found.by.items():
        if any(group.name for group in groups):
            yield f"\n[bold]By {by}[/]"
            yield from _groups(by, groups, found, names)
    yield from _fairness(found.received, names)
    yield from _ages(found, names)
    if html:
        yield f"\nThe page with the plots: {plain(str(html))}"


def _targets(found: Report) -> Table:
    table = figures("goal", "found", "95 % interval", "goal", "counted", "")
    for one in found.targets:
        low, high = one.found.interval
        reach = f"{low:.0%} to {high:.0%}" if one.found.whole else "—"
        colour = _COLOURS[one.met if one.sure or one.met is None else None]
        table.add_row(
            goal(one.name, found.within),
            f"[{colour}]{exact(one.found)}[/]",
            reach,
            f"> {one.goal:.0%}",
            f"{one.found.whole:,}",
            f"[{colour}]{verdict(one)}[/]",
        )
    return table


def _reasons(found: Report) -> Table:
    table, rows = figures("reason", "leads", ""), reasons(found)
    most = max(count for _, count in rows)
    for reason, count in rows[:MOST_GROUPS]:
        table.add_row(plain(reason), f"{count:,}", bar(count, most))
    return table


def _weeks(found: Report) -> Table:
    table = figures("week of", *COLUMNS)
    for cells in weeks(found):
        table.add_row(*cells)
    return table


def _groups(by: str, groups: Sequence[Group], found: Report, names: Mapping[str, str]) -> Iterator[RenderableType]:
    table = figures(by, *COLUMNS)
    for group in groups[:MOST_GROUPS]:
        table.add_row(plain(named(by, group, names)), *row(group.figures, found.within))
    yield table
    if len(groups) > MOST_GROUPS:
        yield f"and {len(groups) - MOST_GROUPS} more: --json, --html"


def _fairness(received: Sequence[Received], names: Mapping[str, str]) -> Iterator[RenderableType]:
    """Since the ledger began, not since the period did."""
    if not received:
        return
    yield "\n[bold]Who got what[/]   all that the ledger knows; open leads as of now"
    table = figures("team", "rep", "entitled", "received", "difference", "open", "capacity", names=2)
    for one in received:
        who = plain(names.get(one.owner, one.owner)) + ("" if one.known else " [dim](left)[/]")
        load = "—" if one.load is None else f"{one.load:,}"
        full = one.load is not None and one.capacity is not None and one.load >= one.capacity
        table.add_row(
            plain(one.team),
            who,
            f"{one.entitled:,.1f}",
            f"{one.received:,.0f}",
            ahead(one.difference),
            f"[yellow]{load}[/]" if full else load,
            "—" if one.capacity is None else f"{one.capacity:,}",
        )
    yield table


def _ages(found: Report, names: Mapping[str, str]) -> Iterator[RenderableType]:
    if not found.ages:
        return
    yield "\n[bold]How long leads lie[/]   open days in their stage"
    table = figures("stage", "leads", "median", "90 %", "limit", "overdue", "")
    most = max([one.overdue for one in found.ages] + [1])
    for one in found.ages:
        limit = "—" if one.limit is None else f"{one.limit}"
        late = "—" if one.limit is None else f"{one.overdue:,}"
        drawn = f"[red]{bar(one.overdue, most, 12)}[/]"
        table.add_row(plain(one.stage), f"{one.leads:,}", f"{one.median}", f"{one.p90}", limit, late, drawn)
    yield table
    if found.overdue:
        yield "\nThose that are overdue the longest"
        late_table = figures("lead", "days", "limit", "stage", "owner")
        for column in late_table.columns[3:]:
            column.justify = "left"
        for lead in found.overdue:
            owner = plain(names.get(lead.owner, lead.owner)) or "nobody"
            late_table.add_row(plain(lead.lead), f"{lead.days}", f"{lead.limit}", plain(lead.stage), owner)
        yield late_table
