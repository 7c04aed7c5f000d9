"""What `[read]` and `[write]` have in common while they are read: lines of a name, or tables."""

from __future__ import annotations

import re
from collections import abc
from typing import Any

from leadrelay.core import zones
from leadrelay.core.lead import Type
from leadrelay.core.references import Reference
from leadrelay.core.template import PLACE, places
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import Document, nearest
from leadrelay.errors import Problem

FIELD_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?", re.ASCII)


class Section:
    """What `[read]` and `[write]` have in common."""

    name: str
    short: str

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self._document = document
        self._problems = problems

    def entries(self) -> abc.Iterator[tuple[str, Table, abc.Mapping[str, Any]]]:
        """Each key with its table; a bare text stands for a table of one key."""
        section = self._document.data.get(self.name, {})
        if not isinstance(section, dict):
            self.problem("", f"must be a table headed [{self.name}].")
            return
        for key, value in section.items():
            entry = {self.short: value} if isinstance(value, str) else value
            if isinstance(entry, dict):
                yield key, Table(self._document, f"{self.name}.{key}", entry, self._problems), entry
            else:
                self.problem(key, "must be a name in quotes or a table.", f'Such as: {key} = "..."')

    def problem(self, key: str, message: str, cure: str = "") -> None:
        place = self._document.place(f"{self.name}.{key}" if key else self.name)
        self._problems.append(Problem(place, message, cure))

    def flag(self, table: Table, entry: abc.Mapping[str, Any], key: str) -> bool:
        value = entry.get(key, False)
        if not isinstance(value, bool):
            table.problem(key, "must be true or false.")
        return value is True

    def reference(
        self, table: Table, kind: Type | None, beside: str, known: abc.Iterable[Reference]
    ) -> Reference | None:
        """What the CRM field holds the id of. `beside`: the key that it goes with."""
        word = table.choice("reference", list(known))
        if word and beside not in table:
            table.problem("reference", f"has a meaning beside '{beside}' only.", "Remove it.")
        elif word and kind not in {Type.TEXT, None}:
            table.problem("reference", f"e-mail addresses and domains are text, not {kind}.", "Remove it.")
        return Reference(word) if word else None

    def check_template(self, table: Table, text: str) -> None:
        """That there is something in braces, and every brace has its partner."""
        if not any(places(text)):
            table.problem(
                "template", "names nothing in braces.", "Such as: {FirstName}. One text for all is a 'constant'."
            )
        elif "" in places(text) or set("{}") & set(PLACE.sub("", text)):
            table.problem("template", "a brace has no partner, or nothing in it.", "Write each name as {FirstName}.")

    def check_name(self, table: Table, key: str, name: str) -> None:
        if not FIELD_NAME.fullmatch(name):
            table.problem(key, f"'{name}' is no name of a CRM field.", "Use the API name, not the label.")


def zone_of(table: Table) -> str:
    """The time zone of a key 'zone'; "" where there is none."""
    name = table.text("zone") or ""
    if name and name not in zones.known():
        cure = nearest(name, sorted(zones.known())) or "Use its IANA name, such as Europe/Berlin."
        table.problem("zone", f"unknown time zone '{name}'.", cure)
        return ""
    return name
