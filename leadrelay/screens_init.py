"""The screens of `init`: the connection as it was found, what is proposed, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType

from leadrelay.mappings.proposing import Proposal
from leadrelay.screens_tables import counted, grid
from leadrelay.starting.again import Compared
from leadrelay.starting.beginning import Begun
from leadrelay.starting.looking import Look
from leadrelay.starting.picking import cells
from leadrelay.terminal import pasted, plain

_SHOW = "show plan.json"
_NEXT = (
    ("setup {connection} --apply", "creates the fields of leadrelay's own, where its user sees them"),
    ("check", "looks at everything before anything runs"),
    ("plan {job} --out plan.json", "says what would be written, lead by lead; writes nothing"),
    (_SHOW, "shows it to whoever has to agree"),
    ("apply plan.json", "writes exactly that"),
)


def connection(seen: Look) -> Iterator[RenderableType]:
    """Where we are, as whom, and what lacks."""
    found = seen.inspection
    kind = "test " if found.test else ""
    name = f"{plain(found.organisation_name)} " if found.organisation_name else ""
    yield f"[green]✓[/] signed in to {kind}organisation {name}[bold]{plain(found.organisation)}[/]"
    yield f"[green]✓[/] {counted(len(found.fields), 'field')} of {plain(found.object)}, {_people(seen)}"
    if found.granted is not None:
        yield f"[green]✓[/] {counted(len(found.granted), 'permission')} granted"
    yield from (f"[yellow]![/] {plain(lack.message)} [dim]{plain(lack.cure)}[/]" for lack in found.lacks)


def _people(seen: Look) -> str:
    if seen.inspection.owners is None:
        return "its users are not told"
    return counted(len(seen.users), "active user")


def proposals(found: Sequence[Proposal]) -> Iterator[RenderableType]:
    """What would be taken, and for which lead fields something is doubtful."""
    table = grid("lead field", "CRM field", "sure", "why")
    for one in found:
        if one.best:
            table.add_row(one.lead.name, *cells(one.best))
    yield ""
    yield table
    if doubtful := [one.lead.name for one in found if not one.best and one.candidates]:
        yield f"\n[yellow]![/] not sure enough: {', '.join(doubtful)}"
    if silent := [one.lead.name for one in found if not one.candidates]:
        yield f"[dim]nothing found for: {', '.join(silent)}[/]"
    yield ""


def begun(done: Begun, *, seen: bool = False) -> Iterator[RenderableType]:
    """What stands in the folder, and what comes next. `seen`: the connection was shown already."""
    plan = done.plan
    if done.look and not seen:
        yield from connection(done.look)
    if not done.look:
        yield "[yellow]![/] not signed in: the mapping reads no field yet. leadrelay init --force looks again."
    if done.picked:
        yield f"[green]✓[/] mapping of {counted(len(done.picked), 'lead field')}, with the reasons behind each line"
    for file in done.files:
        yield f"[green]✓[/] {plain(str(plan.folder / file))}"
    yield "\nNext:"
    config = "" if str(plan.folder) == "." else f" -c {pasted(plan.folder / 'config.toml')}"
    for words, meaning in _NEXT:
        told = words.format(connection=plan.sign_in.name, job=plan.job)
        yield f"  [cyan]leadrelay {told}{config if words != _SHOW else ''}[/]"
        yield f"      [dim]{meaning}[/]"


def differences(found: Compared) -> Iterator[RenderableType]:
    """Lines to take over into the mapping; without any, a line that says so."""
    agreed = counted(found.agreed, "lead field")
    yield f"{agreed} of {plain(found.mapping)} come from where they would be proposed from."
    if not found.differences:
        yield "[green]✓[/] nothing to add."
        return
    yield plain("[read]")
    for one in found.differences:
        if one.gone:
            yield f'[red]- {one.lead} = "{plain(one.now)}"[/]  [dim]# the CRM has no such field[/]'
        why = plain("; ".join(one.candidate.reasons))
        yield f'[green]+ {one.lead} = "{plain(one.candidate.field)}"[/]  [dim]# {one.candidate.score:.0%}: {why}[/]'


def to_json(done: Begun) -> dict[str, Any]:
    """As `--json` prints it."""
    plan, seen = done.plan, done.look.inspection if done.look else None
    fields = {
        name: {"field": one.field, "score": round(one.score, 3), "reasons": list(one.reasons)}
        for name, one in (done.picked or {}).items()
    }
    doubtful = {
        one.lead.name: [candidate.field for candidate in one.candidates]
        for one in done.proposals
        if one.lead.name not in fields and one.candidates
    }
    return {
        "connection": plan.sign_in.name,
        "job": plan.job,
        "organisation": seen.organisation if seen else None,
        "lacks": [lack.message for lack in seen.lacks] if seen else [],
        "files": [str(plan.folder / file) for file in done.files],
        "fields": fields,
        "doubtful": doubtful,
    }
