"""The screens of people: which leads are one person, and who decides at an account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from leadrelay.core.decision_group import Group as DecisionGroup
from leadrelay.jobs.duplicates import Duplicates, Group
from leadrelay.screens_tables import counted, grid
from leadrelay.terminal import plain


def duplicates(found: Duplicates, most: int = 20) -> Iterator[RenderableType]:
    """A row for each lead of somebody who is more than one; so many people at most."""
    job = plain(found.job)
    if not found.asked:
        yield f"Nothing of {job} asks who is one person: set hold_duplicates = true, or use the field duplicates."
        return
    if not found.known:
        yield f"Nothing is known yet. It is after: leadrelay run {job} --all"
        return
    if not found.groups:
        yield f"Of {counted(found.known, 'lead')}, no two are one person."
        return
    # Those whose hand-off it is about come first.
    groups = sorted(found.groups, key=lambda group: not any(lead.held for lead in group.leads))
    yield _table(groups[:most])
    leads = sum(len(group.leads) for group in found.groups)
    people = "1 person" if len(found.groups) == 1 else f"{len(found.groups):,} people"
    shown = f" Shown: the first {most}; all with --json." if len(groups) > most else ""
    told = f"{people} in {leads:,} of {counted(found.known, 'lead')}.{shown}"
    yield f"{told} Nothing is merged: that is for you, in the CRM."


def _table(groups: Sequence[Group]) -> Table:
    """The oldest lead of each first; terminals that can open a lead in the CRM."""
    table = grid("person", "lead", "", "hand-off", "the same by")
    table.columns[1].no_wrap = True
    for number, group in enumerate(groups, 1):
        for place, lead in enumerate(group.leads):
            stands = "handed off" if lead.handed_off else "held" if lead.held else ""
            first = ("", "") if place else (str(number), ", ".join(group.agree))
            link = Text(lead.id, style=Style(link=lead.link or None))
            table.add_row(first[0], link, "oldest" if lead.oldest else "", stands, first[1])
    return table


def group(found: DecisionGroup) -> Iterator[str]:
    """Who is known at the account, and which role is missing."""
    yield from (f"  {plain(lead)}: {plain(role)}" for lead, role in found.people)
    if found.missing:
        yield f"  [dim]missing:[/] {plain(', '.join(found.missing))}"
