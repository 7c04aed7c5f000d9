"""The fields of a CRM's object. No value of any record is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import RenderableType

from leadrelay.checkup.listing import Listing
from leadrelay.connectors.base import FieldInfo
from leadrelay.screens_tables import bar, counted, grid
from leadrelay.terminal import pasted, plain

_OPTIONS = 3
_BAR = 6


def fields(found: Listing) -> Iterator[RenderableType]:
    """A line a field: what it is called and holds, how often it is filled, and what is special about it."""
    if not found.fields:
        yield f"None of the {counted(found.among, 'field')} of {plain(found.inspection.object)} has this in it."
        return
    table = grid("field", "type", *(["filled", ""] if found.filled else []), "", "label, options")
    if found.filled:
        table.columns[2].justify = "right"
    for info in sorted(found.fields, key=lambda info: info.name.lower()):
        share = found.filled.get(info.name)
        rate = ["", ""] if share is None else [f"{share:.0%}", f"[cyan]{bar(share, 1, _BAR)}[/]"]
        remarks = _remarks(info)
        table.add_row(plain(info.name), _type(info), *(rate if found.filled else []), remarks, plain(_said(info)))
    yield table
    yield from _foot(found)


def _foot(found: Listing) -> Iterator[str]:
    written = sum(info.updateable for info in found.fields)
    some = f"{len(found.fields):,} of " if len(found.fields) < found.among else ""
    yield f"{some}{counted(found.among, 'field')} of {plain(found.inspection.object)}; {written:,} may be written."
    if found.filled:
        yield f"Filled: share of the {counted(found.sampled, 'record')} that changed last."
    if found.saved:
        yield f"[green]✓[/] Kept in {plain(str(found.saved))}, for: leadrelay check --schema {pasted(found.saved)}"
    else:
        yield "[dim]All options: --json. Only some fields: --search TEXT. For checks without the CRM: --save FILE.[/]"


def _type(info: FieldInfo) -> str:
    return f"{info.type}({info.length})" if info.length and not info.picklist else info.type


def _remarks(info: FieldInfo) -> str:
    """What a mapping has to heed."""
    told = [
        ("[red]required[/]", info.required and info.createable),
        ("unique", info.unique),
        ("formula", info.calculated),
        ("read only", not info.updateable and not info.calculated),
    ]
    return ", ".join(word for word, holds in told if holds)


def _said(info: FieldInfo) -> str:
    """The label where it is more than the name, and the first options."""
    label = "" if _bare(info.label) == _bare(info.name) else info.label
    shown = ", ".join(info.picklist[:_OPTIONS])
    more = f" and {len(info.picklist) - _OPTIONS} more" if len(info.picklist) > _OPTIONS else ""
    return ": ".join(filter(None, [label, f"{shown}{more}"]))


def _bare(text: str) -> str:
    return re.sub(r"__c$|[^a-z0-9]", "", text.lower())
