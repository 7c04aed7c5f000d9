"""The screen of `explain --task`: what a hand-off would say, as whoever gets the lead reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding

from leadrelay.core.handoff.values import Document
from leadrelay.terminal import plain

_TIME = "%Y-%m-%d %H:%M UTC"


def as_json(found: Document) -> dict[str, Any]:
    """As `explain --task --json` prints it."""
    return {key: _told(part) for key, part in asdict(found).items()}


def draft(found: Document) -> Iterator[RenderableType]:
    """The task, then what follows it."""
    remind = f", reminder {found.remind:{_TIME}}" if found.remind else ""
    yield f"[bold]{plain(found.subject)}[/]  [dim]due {found.due:{_TIME}}{remind}[/]"
    yield Padding(plain(found.text), (1, 2))
    for one in found.follow_ups:
        yield f"[bold]{plain(one.subject)}[/]  [dim]{one.kind}, due {one.due:{_TIME}}[/]"
        yield Padding(plain(one.text), (1, 2))
    if found.note_title:
        yield "[dim]A note on the record says the same as the task.[/]"
    yield from (f"[yellow]![/] {plain(trouble)}" for trouble in found.troubles)


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _told(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_told(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value
