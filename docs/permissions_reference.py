#!/usr/bin/env python
"""Writes the tables of permissions.md from those that `check` goes by: run it after a change of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from leadrelay.connectors import hubspot_needs, salesforce_needs
from leadrelay.connectors.needs import Need

PAGE = Path(__file__).with_name("permissions.md")
BEGIN, END = "<!-- {}, written by docs/permissions_reference.py -->\n", "<!-- end -->\n"

FEATURES: Mapping[str, str] = {
    "reads": "always",
    "writes": "writes fields",
    "owners": "gives leads to owners",
    "tasks": "creates tasks",
    "notes": "writes notes",
    "roster": "teams",
    "sla": "`[sla]`",
    "report": "`report`",
    "accounts": "accounts of leads",
    "people": "colleagues of leads",
    "rates": '`rates = "crm"`',
    "setup": "`setup`",
}
"""What `Uses` calls its features, in the words of the page."""
OBJECTS: Mapping[str, str] = {"salesforce": "Lead", "hubspot": "contacts"}


def current(page: str) -> str:
    """The page with its tables as the code has them now."""
    for name, lines in tables().items():
        before, _, rest = page.partition(BEGIN.format(name))
        _, _, after = rest.partition(END)
        table = "\n".join(lines)
        page = f"{before}{BEGIN.format(name)}\n{table}\n\n{END}{after}"
    return page


def tables() -> Mapping[str, Iterable[str]]:
    """The lines of each table, by the name that marks it."""
    return {
        "Salesforce's permissions": _table(salesforce_needs.NEEDS, OBJECTS["salesforce"], how=True),
        "HubSpot's scopes": _table(hubspot_needs.NEEDS, OBJECTS["hubspot"], how=False),
    }


def _table(needs: Iterable[Need], object_type: str, *, how: bool) -> list[str]:
    head = ["grant", "needed by a job that", "for", "without it", *(["where"] if how else [])]
    by_grant: dict[str, list[Need]] = {}
    for need in needs:
        by_grant.setdefault(need.grant.replace("{object}", object_type), []).append(need)
    rows = [
        [*_cells(grant, some, object_type), *([some[0].how.replace("{object}", object_type)] if how else [])]
        for grant, some in by_grant.items()
    ]
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _cells(grant: str, some: Sequence[Need], object_type: str) -> Iterator[str]:
    """Rows about one grant are one row; what is always needed needs no more reasons."""
    features = dict.fromkeys(name for need in some for name in need.features)
    yield f"`{grant}`"
    words = FEATURES["reads"] if "reads" in features else ", ".join(FEATURES[name] for name in features)
    others = dict.fromkeys(need.of for need in some if need.of not in {"", object_type.lower()})
    yield f"{words}, with leads in `{'`, `'.join(others)}`" if others else words
    yield "; ".join(need.what for need in some)
    yield "; ".join(dict.fromkeys(need.without for need in some))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
