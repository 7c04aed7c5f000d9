"""Which of the proposed CRM fields are taken: all that are sure, or what a person picks, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from leadrelay.mappings.proposing import Candidate, Proposal
from leadrelay.mappings.proposing.proposals import SHOWN
from leadrelay.starting.asking import Asker
from leadrelay.starting.looking import Look
from leadrelay.terminal import plain

_LOOK, _NOBODY = "?", "nobody"
Picked = dict[str, Candidate]
_HELP = "enter: the first · a number: that one · s: skip · ?: what values look like · a: all best ones from here on"


def best(proposals: Sequence[Proposal]) -> Picked:
    """All that are sure."""
    return {one.lead.name: one.best for one in proposals if one.best}


def picked(proposals: Sequence[Proposal], asker: Asker) -> Picked:
    """What a person says to each."""
    sure = best(proposals)
    if asker.agrees(f"Take these {len(sure)} as proposed? Else they are asked one by one."):
        return sure
    asker.tell(f"[dim]{_HELP}[/]")
    found: Picked = {}
    asked = [one for one in proposals if one.candidates]
    for number, one in enumerate(asked):
        answer = _asked(one, asker)
        if answer == "a":
            return {**found, **best(asked[number:])}
        if answer.isdigit():
            found[one.lead.name] = one.candidates[int(answer) - 1]
    return found


def _asked(one: Proposal, asker: Asker) -> str:
    """A number, "s" or "a"."""
    shown = one.candidates[:SHOWN]
    usual = "1" if one.best else "s"
    asker.tell(f"\n[bold]{one.lead.name}[/]  [dim]{one.lead.meaning}[/]")
    asker.tell(_table(shown))
    while True:
        answer = asker.line(usual)
        if answer == _LOOK:
            asker.tell(*(f"  {number} {plain(told)}" for number, told in enumerate(map(_shape, shown), 1)))
        elif answer in {"s", "a"} or (answer.isdigit() and 1 <= int(answer) <= len(shown)):
            return answer
        else:
            asker.tell(f"  [red]{_HELP}[/]")


def _table(shown: Sequence[Candidate]) -> Table:
    table = Table(show_header=False, show_edge=False, box=None, padding=(0, 1))
    for number, one in enumerate(shown, 1):
        table.add_row(f"  {number}", *cells(one))
    return table


def cells(one: Candidate) -> tuple[str, ...]:
    """A candidate in a table: the field, how sure, and why; its label where that says more than the name."""
    label = one.info.label
    says_more = label and _letters(label) != _letters(one.field.removesuffix("__c"))
    why = "; ".join([*([f'"{label}"'] if says_more else []), *one.reasons])
    return f"[cyan]{plain(one.field)}[/]", f"{one.score:.0%}", f"[dim]{plain(why)}[/]"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _shape(one: Candidate) -> str:
    options = f"; options: {', '.join(one.texts[:_OPTIONS])}" if one.texts else ""
    return f"{one.field} ({one.info.type}): {one.shape}{options}"


_OPTIONS = 12


def owners(seen: Look, asker: Asker) -> tuple[str, ...]:
    """Whom a person names, until the CRM knows them all; without anybody every lead stays with whom it has."""
    if not asker.present or not seen.users:
        return ()
    known = f"{len(seen.users)} active users; {_LOOK} lists them"
    while True:
        told = asker.text("--owners", f"Who takes leads by turns? E-mail addresses, by commas ({known})", _NOBODY)
        named = tuple(filter(None, (part.strip() for part in told.split(","))))
        if told == _NOBODY:
            return ()
        if told == _LOOK:
            asker.tell(*(f"  {plain(user.email)}" for user in seen.users))
        elif wrong := seen.unknown(named):
            asker.tell(*(f"  [red]{plain(str(problem))}[/]" for problem in wrong))
        else:
            return named
