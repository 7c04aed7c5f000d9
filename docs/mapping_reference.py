#!/usr/bin/env python
"""Writes mapping-keys.md: run it after a change of the keys of a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from leadrelay.mappings.mapping_keys import CURRENCY, KEYS, READ, TASK, TOP, WRITE

PAGE = Path(__file__).with_name("mapping-keys.md")

PARTS: Mapping[str, tuple[str, str]] = {
    TOP: ("At the top", ""),
    CURRENCY: ("`[currency]`", "Needs one of `field` and `from`."),
    READ: ("`[read]`", "The keys of one lead field. A text in place of the table is `field`."),
    WRITE: ("`[write]`", "The keys of one CRM field. A text in place of the table is `from`."),
    TASK: ("`[task]`", ""),
}
HEAD = """\
# Keys of a mapping

Every key that a mapping may hold, as the loader knows them; this page is written by `docs/mapping_reference.py`. \
[Mappings](mappings.md) tells how they work together, with examples.
"""


def page() -> str:
    """All of mapping-keys.md."""
    return "\n".join([HEAD, *(_part(part, *told) for part, told in PARTS.items())])


def _part(part: str, heading: str, about: str) -> str:
    rows = [
        f"| `{key.name}` | {key.takes} | {'required' if key.needed else key.default or 'none'} | {key.meaning} |"
        for key in KEYS
        if key.part == part
    ]
    above = [about, ""] if about else []
    return "\n".join(
        [f"## {heading}", "", *above, "| key | takes | without it | meaning |", "|---|---|---|---|", *rows, ""]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
