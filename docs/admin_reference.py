#!/usr/bin/env python
"""Writes mapping-keys.md, and what is to be granted into the pages that connect a CRM: run it after a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from leadrelay.connectors import hubspot_needs, salesforce_needs
from leadrelay.connectors.needs import Need, Uses, needed
from leadrelay.mappings.mapping_keys import CURRENCY, KEYS, READ, TASK, TOP, WRITE

DOCS = Path(__file__).parent
BEGIN, END = "<!-- what is to be granted, written by docs/admin_reference.py -->\n", "<!-- end -->\n"

PARTS: Mapping[str, tuple[str, str]] = {
    TOP: ("At the top", ""),
    CURRENCY: ("`[currency]`", "Needs one of `field` and `from`."),
    READ: ("`[read]`", "The keys of one lead field. A text in place of the table is `field`."),
    WRITE: ("`[write]`", "The keys of one CRM field. A text in place of the table is `from`."),
    TASK: ("`[task]`", ""),
}
HEAD = """\
# Keys of a mapping

Every key that a mapping may hold, as the loader knows them; this page is written by `docs/admin_reference.py`. \
[Mappings](mappings.md) tells how they work together, with examples.
"""
USES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "the main job": ("reads, writes, hands off", ("reads", "writes", "owners", "tasks", "notes")),
    "a roster, first responses, the report": (
        "accounts, colleagues, answers, opportunities",
        ("roster", "sla", "report", "accounts", "people"),
    ),
    "`setup --apply`": ("take it away afterwards: `check` warns while it is there", ("setup",)),
}
"""What is used at a time, from what everybody needs to what is needed once."""


def mapping_keys() -> str:
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


def granted(page: str, table: Sequence[Need], lead_object: str, places: bool) -> str:
    """The page with the table of what is to be granted as the code has it now. `places`: also where, grant by grant."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    head = ["grant", "for", *(["where"] if places else []), "without it"]
    rows = [head, ["---"] * len(head), *_rows(table, lead_object, places)]
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{before}{BEGIN}\n{lines}\n\n{END}{after}"


def _rows(table: Sequence[Need], lead_object: str, places: bool) -> Iterator[list[str]]:
    had: set[str] = set()
    for title, (about, features) in USES.items():
        fresh = [need for need in _needed(table, lead_object, features) if need.grant not in had]
        if fresh:
            yield [f"**{title}**", about, *([""] if places else []), ""]
        for need in fresh:
            yield [f"`{need.grant}`", need.what, *([need.how] if places else []), need.without]
        had.update(need.grant for need in fresh)


def _needed(table: Sequence[Need], lead_object: str, features: tuple[str, ...]) -> Sequence[Need]:
    return needed(table, Uses(lead_object, **({"reads": False} | dict.fromkeys(features, True))))


PAGES: Mapping[str, tuple[Sequence[Need], str, bool]] = {
    "connect-salesforce.md": (salesforce_needs.NEEDS, "Lead", True),
    "connect-hubspot.md": (hubspot_needs.NEEDS, "contacts", False),
}


def pages() -> dict[str, str]:
    """Every page that is written here, by its name."""
    texts = {name: (DOCS / name).read_text(encoding="utf-8") for name in PAGES}
    connect = {name: granted(texts[name], *told) for name, told in PAGES.items()}
    return {"mapping-keys.md": mapping_keys(), **connect}


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
