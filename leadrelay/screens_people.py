"""The screens of people: which leads are one person, and who decides at an account."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from leadrelay.core.decision_group import Group
from leadrelay.jobs.duplicates import Duplicates
from leadrelay.screens_tables import counted, grid
from leadrelay.terminal import plain


def duplicates(found: Duplicates) -> Iterator[RenderableType]:
    """A row for each lead of somebody who is more than one."""
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
    table = grid("lead", "person", "the same by", "hand-off", "in the CRM")
    for number, group in enumerate(found.groups, 1):
        for lead in group.leads:
            stands = "handed off" if lead.handed_off else "held" if lead.held else ""
            who = f"{number}, oldest" if lead.oldest else str(number)
            table.add_row(plain(lead.id), who, ", ".join(group.agree) if lead.oldest else "", stands, plain(lead.link))
    yield table
    leads = sum(len(group.leads) for group in found.groups)
    people = "1 person" if len(found.groups) == 1 else f"{len(found.groups):,} people"
    yield f"{people} in {leads:,} of {counted(found.known, 'lead')}. Nothing is merged: that is for you, in the CRM."


def group(found: Group) -> Iterator[str]:
    """Who is known at the account, and which role is missing."""
    yield from (f"  {plain(lead)}: {plain(role)}" for lead, role in found.people)
    if found.missing:
        yield f"  [dim]missing:[/] {plain(', '.join(found.missing))}"
