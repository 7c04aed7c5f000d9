"""`[read]` of a mapping's TOML: what a lead field comes from, and what its texts stand for."""

from __future__ import annotations

import json
from collections import abc
from dataclasses import dataclass
from typing import Any

from leadrelay.core import casts
from leadrelay.core.amounts import Currency
from leadrelay.core.casts import Target
from leadrelay.core.lead import Schema, Type
from leadrelay.core.numbers_in import DECIMALS, NumberIn, Range
from leadrelay.core.references import Reference
from leadrelay.core.template import places
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import Document, nearest
from leadrelay.errors import Problem
from leadrelay.mappings import mapping_keys
from leadrelay.mappings.mapping_section import Section, zone_of
from leadrelay.mappings.mapping_values import MOST_CASTS, Read

_OF_TEXTS = ("values", "other", "empty", "default")
_WAYS = ("field", "first", "template", "constant")
_NUMBERS = frozenset({Type.INTEGER, Type.NUMBER})
_TIMES = frozenset({Type.DATE, Type.DATETIME})


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds for the whole mapping where a field does not say otherwise. `zoned`: whether anybody said the zone."""

    empty: tuple[str, ...] = ()
    zone: str = "UTC"
    currency: Currency | None = None
    zoned: bool = False


class Reads(Section):
    name = mapping_keys.READ
    short = "field"

    def __init__(self, document: Document, schema: Schema, usual: Usual, problems: list[Problem]) -> None:
        super().__init__(document, problems)
        self._schema = schema
        self._usual = usual

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
        ways = [way for way in _WAYS if way in table]
        self._check_ways(table, ways)
        table.only(mapping_keys.names(mapping_keys.READ))
        read = Read(
            lead=lead,
            type=kind,
            field=self._name(table),
            first=self._first(table),
            template=self._template(table),
            constant=self._constant(table, entry, kind),
            values=self._values(table, entry, kind),
            other=self._scalar(table, entry, "other", kind),
            default=self._default(table, entry, kind),
            empty=_folded([*self._usual.empty, *(table.texts("empty") or ())]),
            separator=self._separator(table, entry, kind),
            number=self._number(table, kind),
            zone=self._zone(table, kind),
            zoned=self._usual.zoned or "zone" in table,
            currency=(amount := self._amount(table, entry, kind)),
            beside=self._usual.currency.fields if self._usual.currency and amount else (),
            reference=self.reference(table, kind, "field", [Reference.OWNER]),
            place=table.place(),
        )
        self._check_together(table, read)
        if known and (read.fields or read.constant is not None):
            yield read

    # -- what it comes from --------------------------------------------------------------------------------------------

    def _check_ways(self, table: Table, ways: list[str]) -> None:
        if not ways:
            table.problem("", "lacks 'field'.", f"Add the line: field = ... Or one of {', '.join(_WAYS[1:])}.")
        elif len(ways) > 1:
            table.problem("", f"has {' and '.join(map(repr, ways))}.", "Keep one of them.")
        if "constant" in ways:
            for key in table.names():
                if key != "constant" and key in mapping_keys.names(mapping_keys.READ) and key not in _WAYS:
                    table.problem(key, "has no meaning beside 'constant'.", "Remove it.")

    def _name(self, table: Table) -> str:
        name = table.text("field") or ""
        if name:
            self.check_name(table, "field", name)
        return name

    def _first(self, table: Table) -> tuple[str, ...]:
        names = table.texts("first") or ()
        if "first" in table and not names and isinstance(table.value("first"), list):
            table.problem("first", "names no field.", 'Such as: first = ["MobilePhone", "Phone"]')
        for name in names:
            self.check_name(table, "first", name)
        for name in sorted({name for name in names if [one.lower() for one in names].count(name.lower()) > 1}):
            table.problem("first", f"names '{name}' twice.", "Remove one.")
        return names

    def _template(self, table: Table) -> str:
        text = table.text("template") or ""
        if text:
            self.check_template(table, text)
        for name in places(text):
            self.check_name(table, "template", name)
        return text

    def _constant(self, table: Table, entry: abc.Mapping[str, Any], kind: Type) -> str | None:
        value = entry.get("constant")
        if kind is Type.LIST and isinstance(value, list) and value:
            wrong = [part for part in value if not isinstance(part, str) or not part.strip() or ";" in part]
            if wrong:
                table.problem("constant", "must hold texts only, none of them empty or with a semicolon.")
            return casts.spelled([part.strip() for part in value if part not in wrong]) or None
        return self._scalar(table, entry, "constant", kind)

    # -- what its texts stand for --------------------------------------------------------------------------------------

    def _values(self, table: Table, entry: abc.Mapping[str, Any], kind: Type) -> dict[str, str]:
        table.table("values")
        found: dict[str, str] = {}
        given = entry.get("values", {})
        for text, value in given.items() if isinstance(given, dict) else ():
            if self._is_new(table, "values", text, found) and self._fits(table, "values", value, kind):
                found[text.strip().lower()] = casts.spelled(value)
        for key in ("true", "false"):
            for text in self._words(table, key, kind):
                if self._is_new(table, key, text, found):
                    found[text.strip().lower()] = key
        return found

    def _words(self, table: Table, key: str, kind: Type) -> tuple[str, ...]:
        texts = table.texts(key) or ()
        if texts and kind is not Type.BOOLEAN:
            table.problem(key, f"the lead field is not true or false but {kind}.", "Say with 'values' what texts mean.")
            return ()
        return texts

    def _is_new(self, table: Table, key: str, text: str, found: abc.Collection[str]) -> bool:
        (folded,) = _folded([text]) or ("",)
        if not folded:
            table.problem(key, "a blank text counts as not given anyway.", "Use 'default' for it.")
        elif folded in found:
            table.problem(key, f"'{text}' stands there twice; case does not matter.", "Remove one.")
        return bool(folded)

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

    # -- numbers, times, amounts ---------------------------------------------------------------------------------------

    def _number(self, table: Table, kind: Type) -> NumberIn | None:
        word, decimal, span = (
            table.choice(key, known) for key, known in (("number", ("text",)), ("decimal", DECIMALS), ("range", Range))
        )
        for key in ("decimal", "range"):
            if key in table and "number" not in table:
                table.problem(key, "has a meaning beside 'number' only.", "Add number = 'text', or remove it.")
        if "number" in table and kind not in _NUMBERS:
            table.problem("number", f"the lead field is no number but {kind}.", "Remove it.")
        return NumberIn(decimal or ".", Range(span or Range.LOW)) if word and kind in _NUMBERS else None

    def _zone(self, table: Table, kind: Type) -> str:
        if "zone" in table and kind not in _TIMES:
            table.problem("zone", f"the lead field is no date and no datetime but {kind}.", "Remove it.")
        return zone_of(table) or self._usual.zone

    def _amount(self, table: Table, entry: abc.Mapping[str, Any], kind: Type) -> bool:
        amount = self.flag(table, entry, "currency")
        if amount and self._usual.currency is None:
            table.problem("currency", "the mapping does not say what amounts are in.", "Add the table: [currency]")
        if amount and kind is not Type.NUMBER:
            table.problem("currency", f"the lead field is no number but {kind}.", "Remove it.")
        return amount and kind is Type.NUMBER

    def _check_together(self, table: Table, read: Read) -> None:
        for key in _OF_TEXTS if read.reference else ():
            if key in table:
                table.problem(key, "has no meaning for the id of a user.", "Remove one of the two.")
        for key in ("number", "currency"):
            if read.other is not None and getattr(read, key):
                table.problem("other", f"leaves no text for '{key}' to look at.", "Remove one of the two.")


def _folded(texts: abc.Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded for text in texts if (folded := text.strip().lower())))
