"""The screen of `mapping test`: one record, field by field, there and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType

from leadrelay.core.shown import shown
from leadrelay.jobs.translation import Inward, Outward, Translation
from leadrelay.screens_tables import grid
from leadrelay.terminal import plain

_LONGEST = 60
_NOTHING = "-"
_DOES = {
    "write": "[green]written[/]",
    "same": "[dim]as it is[/]",
    "withheld": "[yellow]withheld[/]",
    "left": "[dim]left alone[/]",
    "nothing": "[dim]nothing to say[/]",
}


def translation(found: Translation) -> Iterator[RenderableType]:
    """One record, there and back."""
    yield f"[bold]{plain(found.lead)}[/]  [dim]{plain(found.link)}[/]"
    if found.missing:
        yield f"[yellow]![/] the CRM has no {plain(', '.join(found.missing))} any more: shown without what they fed"
    yield "\n[bold]Record → lead[/]"
    yield from _there(found)
    yield "\n[bold]Lead → record[/]"
    yield from _back(found)


def _there(found: Translation) -> Iterator[RenderableType]:
    told = [one for one in found.inward if one.given or not one.fits]
    table = grid("CRM field", "its text", "lead field", "value", "how")
    for one in told:
        texts = [plain(shown(text, _LONGEST) or _NOTHING) for text in one.texts.values()]
        table.add_row(plain("\n".join(one.texts)), "\n".join(texts), one.lead, _value(one), _steps(one.steps))
    yield table
    if silent := [one.lead for one in found.inward if one not in told]:
        yield f"[dim]not given:[/] {', '.join(silent)}"


def _value(one: Inward) -> str:
    if not one.given:
        return f"[yellow]not given[/] [dim]{one.type}[/]"
    return f"{plain(shown(one.value, _LONGEST) or '')} [dim]{one.type}[/]"


def _back(found: Translation) -> Iterator[RenderableType]:
    told = [one for one in found.outward if one.does != "nothing"]
    table = grid("CRM field", "from", "wanted", "is there", "would be", "how")
    for one in told:
        table.add_row(
            plain(one.field),
            _sources(one),
            _text(one.wanted),
            _text(one.held),
            _does(one),
            _steps(one.steps),
        )
    yield table
    if silent := [one.field for one in found.outward if one not in told]:
        yield f"[dim]nothing to say, nothing there to clear:[/] {plain(', '.join(silent))}"


def _sources(one: Outward) -> str:
    """Each with its value, where that is not what is wanted anyway."""
    texts = {name: shown(value, _LONGEST) or _NOTHING for name, value in one.values.items()}
    wanted = shown(one.wanted, _LONGEST)
    return plain("\n".join(name if text == wanted else f"{name} = {text}" for name, text in texts.items()))


def _text(value: Any) -> str:
    return plain(shown(value, _LONGEST) or _NOTHING)


def _does(one: Outward) -> str:
    return f"{_DOES[one.does]}: {plain(one.why)}" if one.why else _DOES[one.does]


def _steps(steps: tuple[str, ...]) -> str:
    return plain("\n".join(steps))
