"""`[write]` of a mapping's TOML: what goes into which CRM field, and who wins there."""

from __future__ import annotations

import re
from collections import abc
from typing import Any

from leadrelay.core.changes import MOST_WRITES, JsonValue, Policy, Write
from leadrelay.core.lead import Type
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import Document, nearest
from leadrelay.errors import Problem
from leadrelay.mappings.mapping_section import Section
from leadrelay.mappings.mapping_sources import Sources

_OURS = re.compile(r"leadrelay_", re.IGNORECASE)


class Writes(Section):
    name = "write"
    short = "from"

    def __init__(self, document: Document, playbook: Playbook, filled: frozenset[str], problems: list[Problem]) -> None:
        super().__init__(document, problems)
        self._sources = Sources(playbook, filled)
        self._taken: dict[str, str] = {}

    def all(self) -> tuple[Write, ...]:
        writes = tuple(write for name, table, entry in self.entries() for write in self._write(name, table, entry))
        if len(writes) > MOST_WRITES:
            self.problem("", f"more than {MOST_WRITES} fields.", "Spread them over two jobs.")
        return writes

    def _write(self, name: str, table: Table, entry: abc.Mapping[str, Any]) -> abc.Iterator[Write]:
        self._check_target(name, table)
        source, constant = table.text("from"), self._constant(table, entry)
        if ("from" in table) == ("constant" in table):
            table.problem("", "needs one of 'from' and 'constant'.", "Name an output or a lead field: from = ...")
        kind = self._kind(table, source, constant)
        policy = self._policy(name, table)
        values = self._values(table, entry, source, kind)
        initial, cut = self._initial(table, policy), self._cut(table, kind, values)
        backward = self._backward(table, entry, source, Type.TEXT if values else kind)
        table.close("values", "constant", "backward")
        if kind and policy:
            known = self._known(source, constant, values)
            final, place = Type.TEXT if values else kind, table.place()
            yield Write(name, final, policy, source or "", constant, values, initial, cut, known, place, backward)

    def _check_target(self, name: str, table: Table) -> None:
        self.check_name(table, "", name)
        if "." in name or name.lower() == "id":
            table.problem("", f"'{name}' cannot be written.", "Write a field of the record itself.")
        if first := self._taken.get(name.lower()):
            table.problem("", f"'{name}' is written already, as '{first}'.", "Keep one of the two.")
        self._taken.setdefault(name.lower(), name)

    def _constant(self, table: Table, entry: abc.Mapping[str, Any]) -> JsonValue:
        value = entry.get("constant")
        if value is None or isinstance(value, str | bool | int | float):
            return value
        table.problem("constant", "must be a text, a number, true or false.")
        return None

    def _kind(self, table: Table, source: str | None, constant: JsonValue) -> Type | None:
        return _type_of(constant) if source is None else self._sources.kind(table, "from", source)

    def _policy(self, name: str, table: Table) -> Policy | None:
        if "policy" not in table and _OURS.match(name):
            return Policy.OWN
        if "policy" not in table:
            cure = (
                'Add policy = "own" (always ours), "fill" (while empty) or "unless-edited" (until a person edits it).'
            )
            table.problem("", f"'{name}' is not a field of leadrelay's own, so it needs a policy.", cure)
        word = table.choice("policy", Policy)
        return Policy(word) if word else None

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

    def _initial(self, table: Table, policy: Policy | None) -> tuple[str, ...]:
        initial = table.texts("initial") or ()
        if "initial" in table and policy not in {Policy.UNLESS_EDITED, None}:
            table.problem(
                "initial", "has a meaning for policy 'unless-edited' only.", "Remove it, or change the policy."
            )
        return initial

    def _backward(self, table: Table, entry: abc.Mapping[str, Any], source: str | None, kind: Type | None) -> bool:
        backward = entry.get("backward", False)
        if not isinstance(backward, bool):
            table.problem("backward", "must be true or false.")
        elif backward and (source is None or kind not in {Type.TEXT, None}):
            table.problem("backward", "only texts that come from somewhere, such as the stage, go back.", "Remove it.")
        return backward is True

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
