"""What `setup` shows: every step, how it stands, and what is left to a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from rich.console import RenderableType

from leadrelay.connectors.customising import State
from leadrelay.jobs.setup import Due, Result
from leadrelay.screens_tables import counted, grid
from leadrelay.terminal import plain

_LONGEST_REMARK = 40
_STATES = {State.DONE: "[green]✓[/] done", State.TO_DO: "[blue]·[/] to do", State.CONFLICT: "[red]✗[/] conflict"}


def made(name: str, result: Result, *, applied: bool) -> Iterator[RenderableType]:
    """What is needed, with what is there, what was created now, and what to do."""
    yield from _table(result.due, _making)
    yield from _conflicts(result.due)
    yield _sum(name, result.due)
    left = sum(one.open for one in result.due)
    if left and applied:
        yield f"Mend what stopped it, then repeat: leadrelay setup {plain(name)} --apply"
    elif left:
        yield f"[dim]leadrelay setup {plain(name)} --apply[/] creates what is to do."


def removing(name: str, due: Sequence[Due]) -> Iterator[RenderableType]:
    """What would be removed, before the question."""
    yield f"[bold]{plain(name)}[/]: what leadrelay owns there"
    yield from _table(due, _unmaking)


def removed(name: str, result: Result, *, asked: bool) -> Iterator[RenderableType]:
    """What was removed and what stays. `asked`: all of it was shown before, and only what stays is shown again."""
    if not result.due:
        yield f"[green]✓[/] Nothing in {plain(name)} is leadrelay's."
        return
    yield from _table([one for one in result.due if not (asked and one.taken)], _unmaking)
    yield from _conflicts(result.due)
    gone, kept = sum(one.taken for one in result.due), sum(bool(one.kept) for one in result.due)
    yield f"[bold]{plain(name)}[/]: {gone} removed, {len(result.due) - gone} still there."
    if kept:
        yield f"[dim]leadrelay setup {plain(name)} --remove --force[/] removes also what holds values, and these."


def _table(due: Sequence[Due], shown: Callable[[Due], str]) -> Iterator[RenderableType]:
    """A line each; a sentence that several steps share stands below, once."""
    said = Counter(one.step.told for one in due if not one.kept and len(one.step.told) > _LONGEST_REMARK)
    apart = [told for told, times in said.items() if times > 1]
    table = grid("", "", "", "")
    table.show_header = False
    for one in due:
        told = "" if one.step.told in apart else one.step.told
        held = f"in {counted(one.step.holds, 'record')}" if one.step.holds else ""
        words = one.kept or "; ".join(filter(None, [held, told]))
        table.add_row(shown(one), one.step.what, plain(one.step.target), plain(words))
    yield table
    yield from (f"[dim]{plain(told)}[/]" for told in apart)


def _making(one: Due) -> str:
    return "[green]✓[/] done now" if one.taken else _STATES[one.step.state]


def _unmaking(one: Due) -> str:
    if one.taken:
        return "[green]✓[/] removed"
    return "[yellow]![/] stays" if one.kept or one.step.state is State.CONFLICT else "[blue]·[/] to remove"


def _conflicts(due: Sequence[Due]) -> Iterator[RenderableType]:
    """The way out of each, told once for all that share it."""
    cures: dict[str, list[str]] = {}
    for one in due:
        if one.step.state is State.CONFLICT and one.step.cure:
            cures.setdefault(one.step.cure, []).append(one.step.target)
    for cure, targets in cures.items():
        yield f"[red]✗[/] {plain(', '.join(targets))}: {plain(cure)}"


def _sum(name: str, due: Sequence[Due]) -> str:
    counts = Counter("done now" if one.taken else str(one.step.state) for one in due)
    told = ", ".join(f"{counts[word]} {word}" for word in ("done", "done now", "to do", "conflict") if counts[word])
    if not due:
        return f"[green]✓[/] The jobs of {plain(name)} write nothing of leadrelay's own."
    mark = "[green]✓[/]" if set(counts) <= {"done", "done now"} else "[yellow]![/]"
    return f"{mark} [bold]{plain(name)}[/]: {told}"
