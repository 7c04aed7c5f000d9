"""Which of the proposed CRM fields are taken: all that are sure, or what a person picks, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from leadrelay.mappings.proposing import Candidate, Proposal
from leadrelay.mappings.proposing.proposals import SHOWN
from leadrelay.starting.asking import Person
from leadrelay.terminal import plain

Picked = dict[str, Candidate]
_HELP = "enter: the first · a number: that one · s: skip · ?: what values look like · a: all best ones from here on"


def best(proposals: Sequence[Proposal]) -> Picked:
    """All that are sure."""
    return {one.lead.name: one.best for one in proposals if one.best}


def picked(proposals: Sequence[Proposal], person: Person) -> Picked:
    """What a person says to each."""
    sure = best(proposals)
    if person.agrees(f"Take these {len(sure)} as proposed? Else they are asked one by one."):
        return sure
    person.console.print(f"[dim]{_HELP}[/]")
    found: Picked = {}
    asked = [one for one in proposals if one.candidates]
    for number, one in enumerate(asked):
        answer = _asked(one, person)
        if answer == "a":
            return {**found, **best(asked[number:])}
        if answer.isdigit():
            found[one.lead.name] = one.candidates[int(answer) - 1]
    return found


def _asked(one: Proposal, person: Person) -> str:
    """A number, "s" or "a"."""
    shown = one.candidates[:SHOWN]
    usual = "1" if one.best else "s"
    person.console.print(f"\n[bold]{one.lead.name}[/]  [dim]{one.lead.meaning}[/]")
    person.console.print(_table(shown))
    while True:
        answer = person.line(usual)
        if answer == "?":
            person.console.print(
                *(f"  {number} {plain(told)}" for number, told in enumerate(map(_shape, shown), 1)), sep="\n"
            )
        elif answer in {"s", "a"} or (answer.isdigit() and 1 <= int(answer) <= len(shown)):
            return answer
        else:
            person.console.print(f"  [red]{_HELP}[/]")


def _table(shown: Sequence[Candidate]) -> Table:
    table = Table(show_header=False, show_edge=False, box=None, padding=(0, 1))
    for number, one in enumerate(shown, 1):
        table.add_row(f"  {number}", *cells(one))
    return table


def cells(one: Candidate) -> tuple[str, ...]:
    """A candidate in a table: the field, its label, how sure, and why."""
    label = "" if one.info.label == one.field else plain(one.info.label)
    return f"[cyan]{plain(one.field)}[/]", label, f"{one.score:.0%}", f"[dim]{plain('; '.join(one.reasons))}[/]"


def _shape(one: Candidate) -> str:
    options = f"; options: {', '.join(one.texts[:_OPTIONS])}" if one.texts else ""
    return f"{one.field} ({one.info.type}): {one.shape}{options}"


_OPTIONS = 12
