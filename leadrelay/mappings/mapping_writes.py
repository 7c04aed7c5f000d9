"""`[write]` of a mapping's TOML: what goes into which CRM field, and who wins there."""

from __future__ import annotations

from collections import abc
from typing import Any

from leadrelay.connectors.customising import is_ours
from leadrelay.core.changes import MOST_WRITES, JsonValue, Policy, Write
from leadrelay.core.lead import Type
from leadrelay.core.references import Reference
from leadrelay.core.template import places
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import Document, nearest
from leadrelay.core.writes import Null
from leadrelay.errors import Problem
from leadrelay.mappings import mapping_keys
from leadrelay.mappings.mapping_reads import Usual
from leadrelay.mappings.mapping_section import Section, zone_of
from leadrelay.mappings.mapping_sources import Sources

_WAYS = ("from", "constant", "template")
_OF_TEXTS = ("values", "cut", "initial", "backward")
_ENTRIES = ("replace", "append")
_OTHER_TIME = {Type.DATE: Type.DATETIME, Type.DATETIME: Type.DATE}
_NUMBERS = frozenset({Type.INTEGER, Type.NUMBER})


class Writes(Section):
    name = mapping_keys.WRITE
    short = "from"

    def __init__(self, document: Document, sources: Sources, usual: Usual, problems: list[Problem]) -> None:
        super().__init__(document, problems)
        self._sources = sources
        self._usual = usual
        self._taken: dict[str, str] = {}

    def all(self) -> tuple[Write, ...]:
        writes = tuple(write for name, table, entry in self.entries() for write in self._write(name, table, entry))
        if len(writes) > MOST_WRITES:
            self.problem("", f"more than {MOST_WRITES} fields.", "Spread them over two jobs.")
        return writes

    def _write(self, name: str, table: Table, entry: abc.Mapping[str, Any]) -> abc.Iterator[Write]:
        self._check_target(name, table)
        source, constant, template = table.text("from"), self._constant(table, entry), self._template(table)
        self._check_ways(table)
        kind = self._kind(table, source, constant, template)
        policy = self._policy(name, table)
        values = self._values(table, entry, source, kind)
        zone, amount = self._zone(table, kind, template), self._amount(table, entry, source, kind)
        append, reference = self._appends(table, kind, policy), self._reference(table, kind)
        write = Write(
            field=name,
            type=self._final(kind, values, "" if template else zone, amount=amount),
            policy=policy or Policy.OWN,
            source=source or "",
            constant=constant,
            values=values,
            initial=self._initial(table, policy, append=append),
            cut=self._cut(table, kind, values),
            known=self._known(source, constant, values),
            place=table.place(),
            backward=self._backward(table, entry, source, Type.TEXT if values else kind),
            template=template,
            zone=zone,
            currency=amount,
            append=append,
            null=self._null(table, policy, append=append, amount=amount, account=reference is Reference.ACCOUNT),
            beside=self._usual.currency.fields if self._usual.currency and amount else (),
            reference=reference,
        )
        table.only(mapping_keys.names(mapping_keys.WRITE))
        if kind and policy:
            yield write

    def _check_target(self, name: str, table: Table) -> None:
        self.check_name(table, "", name)
        if "." in name or name.lower() == "id":
            table.problem("", f"'{name}' cannot be written.", "Write a field of the record itself.")
        if first := self._taken.get(name.lower()):
            table.problem("", f"'{name}' is written already, as '{first}'.", "Keep one of the two.")
        self._taken.setdefault(name.lower(), name)

    # -- what goes in --------------------------------------------------------------------------------------------------

    def _check_ways(self, table: Table) -> None:
        if sum(way in table for way in _WAYS) != 1:
            message = "needs one of 'from', 'constant' and 'template'."
            table.problem("", message, "Name an output or a lead field: from = ...")

    def _constant(self, table: Table, entry: abc.Mapping[str, Any]) -> JsonValue:
        value = entry.get("constant")
        if value is None or isinstance(value, str | bool | int | float):
            return value
        table.problem("constant", "must be a text, a number, true or false.")
        return None

    def _template(self, table: Table) -> str:
        text = table.text("template") or ""
        if text:
            self.check_template(table, text)
        for name in filter(None, places(text)):
            self._sources.kind(table, "template", name)
        return text

    def _kind(self, table: Table, source: str | None, constant: JsonValue, template: str) -> Type | None:
        if template:
            return Type.TEXT
        return _type_of(constant) if source is None else self._sources.kind(table, "from", source)

    def _final(self, kind: Type | None, values: abc.Mapping[str, str], zone: str, *, amount: bool) -> Type:
        """What the CRM field is to take."""
        if values or kind is None:
            return Type.TEXT
        if amount:
            return Type.NUMBER
        return _OTHER_TIME.get(kind, kind) if zone else kind

    def _zone(self, table: Table, kind: Type | None, template: str) -> str:
        """Of a template, in which its times are told; of the others only where they change their type."""
        own = self._usual.zone if table.value("zone") is True else zone_of(table)
        if "zone" in table and kind not in {*_OTHER_TIME, None} and not template:
            table.problem("zone", f"what is written is no date and no datetime but {kind}.", "Remove it.")
            return ""
        return own or (self._usual.zone if template else "")

    def _amount(self, table: Table, entry: abc.Mapping[str, Any], source: str | None, kind: Type | None) -> bool:
        amount = self.flag(table, entry, "currency")
        if amount and self._usual.currency is None:
            table.problem("currency", "the mapping does not say what amounts are in.", "Add the table: [currency]")
        if amount and (source is None or kind not in {*_NUMBERS, None}):
            table.problem("currency", "only numbers that come from somewhere are amounts.", "Remove it.")
        return amount

    def _reference(self, table: Table, kind: Type | None) -> Reference | None:
        for key in _OF_TEXTS if "reference" in table else ():
            if key in table:
                table.problem(key, "has no meaning for an id.", "Remove one of the two.")
        return self.reference(table, kind, "from", Reference)

    # -- who wins ------------------------------------------------------------------------------------------------------

    def _policy(self, name: str, table: Table) -> Policy | None:
        if "policy" not in table and is_ours(name):
            return Policy.OWN
        if "policy" not in table:
            cure = (
                'Add policy = "own" (always ours), "fill" (while empty) or "unless-edited" (until a person edits it).'
            )
            table.problem("", f"'{name}' is not a field of leadrelay's own, so it needs a policy.", cure)
        word = table.choice("policy", Policy)
        return Policy(word) if word else None

    def _appends(self, table: Table, kind: Type | None, policy: Policy | None) -> bool:
        append = table.choice("entries", _ENTRIES) == "append"
        if "entries" in table and kind not in {Type.LIST, None}:
            table.problem("entries", f"what is written is no list but {kind}.", "Remove it.")
        elif append and policy not in {Policy.UNLESS_EDITED, None}:
            message = "entries are added to a field that people share, so that its policy is 'unless-edited'."
            table.problem("entries", message, "Use that policy, or entries = 'replace'.")
        return append and kind is Type.LIST

    def _null(self, table: Table, policy: Policy | None, *, append: bool, amount: bool, account: bool) -> Null | None:
        word = table.choice("null", Null)
        if "null" in table and "constant" in table:
            table.problem("null", "a constant is never missing.", "Remove it.")
        why = {
            "a field that is only filled while it is empty is never cleared": policy is Policy.FILL,
            "a list that is only added to is never cleared": append,
            "an amount is also missing where its rate is, which must not clear the field": amount,
            "a company is also missing where the CRM does not know it yet, which must not clear the field": account,
        }
        if word == Null.CLEAR and (told := next((text for text, holds in why.items() if holds), "")):
            table.problem("null", f"{told}.", "Remove it.")
        return Null.LEAVE if amount or account else Null(word) if word else None

    def _initial(self, table: Table, policy: Policy | None, *, append: bool) -> tuple[str, ...]:
        initial = table.texts("initial") or ()
        if "initial" in table and policy not in {Policy.UNLESS_EDITED, None}:
            table.problem(
                "initial", "has a meaning for policy 'unless-edited' only.", "Remove it, or change the policy."
            )
        elif "initial" in table and append:
            table.problem("initial", "has no meaning where entries are only added.", "Remove it.")
        return initial

    def _backward(self, table: Table, entry: abc.Mapping[str, Any], source: str | None, kind: Type | None) -> bool:
        backward = self.flag(table, entry, "backward")
        if backward and (source is None or kind not in {Type.TEXT, None}):
            table.problem("backward", "only texts that come from somewhere, such as the stage, go back.", "Remove it.")
        return backward

    # -- as which text -------------------------------------------------------------------------------------------------

    def _values(
        self, table: Table, entry: abc.Mapping[str, Any], source: str | None, kind: Type | None
    ) -> dict[str, str]:
        table.table("values")
        given = entry.get("values", {})
        if not isinstance(given, dict) or "values" not in entry:
            return {}
        if kind not in {Type.TEXT, Type.BOOLEAN, None} or source is None:
            table.problem("values", "maps texts, and true and false, that come from somewhere.", "Remove it.")
        vocabulary = self._sources.vocabulary(source)
        for key in given if vocabulary else ():
            if key not in (vocabulary or ()):
                table.problem("values", f"'{key}' is no value of '{source}'.", nearest(key, vocabulary or ()))
        for key, value in given.items():
            if not isinstance(value, str) or not value.strip():
                table.problem(
                    "values", f"what '{key}' becomes must be a text, not empty.", "Leave out what is not written."
                )
        return {key: str(value) for key, value in given.items()}

    def _known(self, source: str | None, constant: JsonValue, values: abc.Mapping[str, str]) -> tuple[str, ...] | None:
        if isinstance(constant, str):
            return (constant,)
        return tuple(dict.fromkeys(values.values())) if values else self._sources.vocabulary(source)

    def _cut(self, table: Table, kind: Type | None, values: abc.Mapping[str, str]) -> int | None:
        cut = table.integer("cut")
        if cut is not None and cut < 2:
            table.problem("cut", "must be at least 2: one character and the sign that some are missing.")
        if "cut" in table and (kind not in {Type.TEXT, None} or values):
            table.problem("cut", "only free text can be cut.", "Remove it.")
            return None
        return cut


def _type_of(constant: JsonValue) -> Type | None:
    kinds = ((bool, Type.BOOLEAN), (int, Type.INTEGER), (float, Type.NUMBER), (str, Type.TEXT))
    return next((kind for python, kind in kinds if isinstance(constant, python)), None)
