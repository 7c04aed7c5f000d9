"""The screens of providers: what was asked, what would be, and how each stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType

from leadrelay.jobs.enriching.sources import money
from leadrelay.jobs.enriching.standing import ProviderStatus, Tried
from leadrelay.jobs.enriching.tally import Tally
from leadrelay.jobs.summary import Summary
from leadrelay.screens_tables import counted, grid
from leadrelay.terminal import plain


def enrichment(found: Summary) -> Iterator[RenderableType]:
    """What a run asked of providers, or did not ask for a reason."""
    busy = {name: tally for name, tally in found.enrichment.items() if tally.busy}
    table = grid("provider", "asked", "hits", "misses", "failed", "kept", "spent", "saved", "over budget")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, tally in busy.items():
        counts = (tally.asked, tally.hits, tally.misses, tally.failed, tally.kept)
        saved = _amount(tally.saved, tally.unit) if tally.saved else f"{tally.saved_calls:,}"
        paid = _amount(tally.spent, tally.unit)
        table.add_row(plain(name), *(f"{count:,}" for count in counts), paid, saved, f"{tally.over_budget:,}")
    if any(tally.asked or tally.saved_calls or tally.over_budget or tally.down for tally in busy.values()):
        yield table
    elif busy:
        known = counted(sum(tally.kept for tally in busy.values()), "answer")
        yield f"Providers: nobody was asked; {known} known before."
    for name, tally in busy.items():
        if tally.down:
            yield f"[yellow]![/] {plain(name)} is down: {plain(tally.down)}. Its leads are looked at again."
        if tally.over_budget:
            waiting = counted(tally.over_budget, "look-up")
            yield f"{plain(name)}: {waiting} not made, the budget is used up; made once there is budget again."
    if found.conflicts:
        yield f"Providers say different things of {counted(found.conflicts, 'field')}: leadrelay explain shows them."


def would_ask(tallies: Mapping[str, Tally]) -> Iterator[RenderableType]:
    """What a run would ask at most."""
    asking = {name: tally for name, tally in tallies.items() if tally.asked or tally.saved_calls or tally.over_budget}
    if not asking:
        return
    table = grid("a run would ask", "at most", "for at most", "could change nothing", "over budget")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, tally in asking.items():
        counts = (f"{tally.asked:,}", _amount(tally.spent, tally.unit) if tally.spent else "")
        table.add_row(plain(name), *counts, f"{tally.saved_calls:,}", f"{tally.over_budget:,}")
    yield table
    yield ""


def providers(rows: Sequence[ProviderStatus]) -> Iterator[RenderableType]:
    """How each stands."""
    if not rows:
        yield "The configuration has no providers: docs/enrichment.md"
        return
    table = grid("provider", "kind", "last run", "today", "this month", "answers", "hits")
    for row in rows:
        spent = [_against(one, cap, row.unit) for one, cap in zip(row.spent, row.caps, strict=True)]
        rate = "" if row.hit_rate is None else f"{row.hit_rate:.0%}"
        table.add_row(plain(row.name), plain(row.kind), *spent, f"{row.standing.kept:,}", rate)
    for column in table.columns[2:]:
        column.justify = "right"
    yield table
    for row in rows:
        if failed_at := row.standing.failed_at:
            yield f"{plain(row.name)}: last failed {failed_at:%Y-%m-%d %H:%M} UTC: {plain(row.standing.why)}"
        if row.standing.lost:
            lost = _amount(row.standing.lost, row.unit)
            yield f"{plain(row.name)}: {lost} counted for look-ups whose answer never came, as a run was cut off."
    yield "Days and months are those of UTC."


def tried(name: str, found: Tried, unit: str) -> Iterator[RenderableType]:
    """One look-up."""
    asked = ", ".join(f"{field} {text}" for field, text in found.asked.items())
    yield f"[bold]{plain(name)}[/]  {plain(asked)}"
    if found.fields:
        table = grid("field", "value", "confidence")
        table.columns[2].justify = "right"
        for field, (text, sure) in found.fields.items():
            table.add_row(plain(field), plain(text), "" if sure is None else f"{sure:.0%}")
        yield table
    why = f": {plain(found.why)}" if found.why else ""
    cost = f"it cost {_amount(found.cost, unit)}" if found.cost else "it cost nothing"
    if found.kept:
        yield f"{found.state}{why}. Known since {found.kept:%Y-%m-%d}; nobody was asked, {cost}."
    else:
        yield f"{found.state}{why}. After {found.seconds:.2f} s; {cost}."


def _against(spent: int, cap: int | None, unit: str) -> str:
    most = f" of {money(cap)}" if cap is not None else ""
    return f"{money(spent)}{most} {plain(unit)}".strip()


def _amount(amount: int, unit: str) -> str:
    return f"{money(amount):,} {plain(unit)}".strip()
