"""`[read]` of a mapping's TOML: which CRM field a lead field comes from, and what its texts stand for."""

from __future__ import annotations

import json
from collections import abc
from typing import Any

from leadrelay.core import casts
from leadrelay.core.casts import Target
from leadrelay.core.lead import Schema, Type
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import Document, nearest
from leadrelay.errors import Problem
from leadrelay.mappings.mapping_section import Section
from leadrelay.mappings.mapping_values import MOST_CASTS, Read


class Reads(Section):
    name = "read"
    short = "field"

    def __init__(self, document: Document, schema: Schema, empty: abc.Sequence[str], problems: list[Problem]) -> None:
        super().__init__(document, problems)
        self._schema = schema
        self._empty = empty

    def all(self) -> tuple[Read, ...]:
        reads = tuple(read for lead, table, entry in self.entries() for read in self._read(lead, table, entry))
        if sum(read.may_misfit for read in reads) > MOST_CASTS:
            self.problem("", f"more than {MOST_CASTS} fields that are not text.", "Leave out those that no rule uses.")
        return reads

    def _read(self, lead: str, table: Table, entry: abc.Mapping[str, Any]) -> abc.Iterator[Read]:
        known = self._schema.get(lead)
        if known is None:
            cure = nearest(lead, list(self._schema)) or "Add it to the playbook's [fields]."
            table.problem("", f"unknown lead field '{lead}'.", cure)
        kind = known.type if known else Type.TEXT
        table.needs("field")
        name = table.text("field")
        if name:
            self.check_name(table, "field", name)
        read = Read(
            lead=lead,
            type=kind,
            field=name or "",
            values=self._values(table, entry, kind),
            other=self._scalar(table, entry, "other", kind),
            default=self._default(table, entry, kind),
            empty=_folded([*self._empty, *(table.texts("empty") or ())]),
            separator=self._separator(table, entry, kind),
            place=table.place(),
        )
        table.close("values", "other", "default")
        if known and name:
            yield read

    def _values(self, table: Table, entry: abc.Mapping[str, Any], kind: Type) -> dict[str, str]:
        table.table("values")
        found: dict[str, str] = {}
        given = entry.get("values", {})
        for text, value in given.items() if isinstance(given, dict) else ():
            (folded,) = _folded([text]) or ("",)
            if not folded:
                table.problem("values", "a blank text counts as not given anyway.", "Use 'default' for it.")
            if folded in found:
                table.problem("values", f"'{text}' stands there twice; case does not matter.", "Remove one.")
            if self._fits(table, "values", value, kind):
                found[folded] = casts.spelled(value)
        return found

    def _scalar(self, table: Table, entry: abc.Mapping[str, Any], key: str, kind: Type) -> str | None:
        """A value of the lead field's type, whichever that is."""
        value = entry.get(key)
        return casts.spelled(value) if value is not None and self._fits(table, key, value, kind) else None

    def _default(self, table: Table, entry: abc.Mapping[str, Any], kind: Type) -> str | None:
        if kind is Type.LIST and "default" in entry:
            table.problem("default", "a list that is not given has no default.", "Remove it.")
        return self._scalar(table, entry, "default", kind)

    def _fits(self, table: Table, key: str, value: Any, kind: Type) -> bool:
        wanted = Type.TEXT if kind is Type.LIST else kind
        scalar = isinstance(value, str) or (wanted is not Type.TEXT and not isinstance(value, list | dict))
        if scalar and casts.fits(value, Target(wanted)):
            return True
        table.problem(key, f"{json.dumps(value, default=str)} is not of the lead field's type, {wanted}.")
        return False

    def _separator(self, table: Table, entry: abc.Mapping[str, Any], kind: Type) -> str:
        if "separator" in entry and kind is not Type.LIST:
            table.problem("separator", f"the lead field is no list but {kind}.", "Remove the separator.")
        return table.text("separator") or ";"


def _folded(texts: abc.Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded for text in texts if (folded := text.strip().lower())))
