"""What `setup` shows: every step, how it stands, and what is left to a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType

from leadrelay.connectors.customising import State
from leadrelay.jobs.setup import Due, Result, Site
from leadrelay.screens_tables import counted, grid
from leadrelay.terminal import plain

_Line = tuple[str, str, str, str]
_FEW = 2
_STATES = {State.DONE: "[green]✓[/] done", State.TO_DO: "[blue]·[/] to do", State.CONFLICT: "[red]✗[/] conflict"}


def made(site: Site, result: Result, *, applied: bool) -> Iterator[RenderableType]:
    """What is needed, with what is there, what was created now, and what to do."""
    yield from _table(result.due, _making)
    yield from _conflicts(result.due)
    yield _sum(site, result.due)
    command = f"leadrelay setup {plain(site.connection)} --apply"
    left = sum(one.open for one in result.due)
    if left and applied:
        yield f"Mend what stopped it, then repeat: {command}"
    elif left:
        yield f"[dim]{command}[/] creates what is to do."


def removing(site: Site, due: Sequence[Due]) -> Iterator[RenderableType]:
    """What would be removed, before the question."""
    yield f"{_named(site)}: what leadrelay owns there"
    yield from _table(due, _unmaking)


def removed(site: Site, result: Result, *, asked: bool) -> Iterator[RenderableType]:
    """What was removed and what stays. `asked`: all of it was shown before, and only what stays is shown again."""
    if asked and not any(one.taken for one in result.due) and not result.refusal:
        yield "Nothing was removed."
        return
    if not result.due:
        yield f"[green]✓[/] {_named(site)}: nothing there is leadrelay's."
        return
    yield from _table([one for one in result.due if not (asked and one.taken)], _unmaking)
    yield from _conflicts(result.due)
    gone, kept = sum(one.taken for one in result.due), sum(bool(one.kept) for one in result.due)
    yield f"{_named(site)}: {gone} removed, {len(result.due) - gone} still there."
    if kept:
        command = f"leadrelay setup {plain(site.connection)} --remove --force"
        yield f"[dim]{command}[/] removes also what holds values, and these."


def _table(due: Sequence[Due], shown: Callable[[Due], str]) -> Iterator[RenderableType]:
    """A line each. What is said of removed fields stands below, once; access to many fields of an object is one."""
    removals = [one.step for one in due if shown is _unmaking and not one.kept and one.step.field]
    apart = list(dict.fromkeys(step.told for step in removals if step.told))
    table = grid("", "", "", "")
    table.show_header = False
    for column in table.columns[:3]:
        column.no_wrap = True
    lines = [(shown(one), one.step.what, one.step.target, _words(one, apart)) for one in due]
    for line in _gathered(lines):
        table.add_row(line[0], *map(plain, line[1:]))
    yield table
    yield from (f"[dim]{plain(told)}[/]" for told in apart)


def _words(one: Due, apart: Collection[str]) -> str:
    held = f"in {counted(one.step.holds, 'record')}" if one.step.holds else ""
    return one.kept or "; ".join(filter(None, [held, "" if one.step.told in apart else one.step.told]))


def _gathered(lines: Sequence[_Line]) -> Iterator[_Line]:
    for (state, what, owner, words), group in groupby(lines, lambda line: (*line[:2], _owner(line), line[3])):
        some = list(group)
        if what == "access" and len(some) > _FEW:
            yield state, what, f"{owner}: {len(some)} fields", words
        else:
            yield from some


def _owner(line: _Line) -> str:
    return line[2].partition(".")[0]


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


def _sum(site: Site, due: Sequence[Due]) -> str:
    counts = Counter("done now" if one.taken else str(one.step.state) for one in due)
    told = ", ".join(f"{counts[word]} {word}" for word in ("done", "done now", "to do", "conflict") if counts[word])
    if not due:
        return f"[green]✓[/] {_named(site)}: its jobs write nothing of leadrelay's own."
    mark = "[green]✓[/]" if set(counts) <= {"done", "done now"} else "[yellow]![/]"
    return f"{mark} {_named(site)}: {told}"


def _named(site: Site) -> str:
    return f"[bold]{plain(site.connection)}[/] (organisation {plain(site.organisation)})"


def exported(name: str, folder: str, files: Sequence[str]) -> Iterator[RenderableType]:
    """What was written, and what to do with it."""
    counts = Counter(_part(file) for file in files)
    told = ", ".join(counted(counts[part], part) for part in _PARTS.values() if counts[part])
    yield f"[green]✓[/] [bold]{plain(name)}[/]: {counted(len(files), 'file')} in {plain(folder)}: {told}"
    yield f"{plain(folder)}/README.md tells an administrator how to look at it, deploy it, and take it away again."


def _part(file: str) -> str:
    return _PARTS.get(file.rpartition("/")[0].rpartition("/")[2], "")


_PARTS = {
    "fields": "field",
    "permissionsets": "permission set",
    "compactLayouts": "compact layout",
    "flexipages": "record page",
}
"""By the folder, what a file of a project holds."""
