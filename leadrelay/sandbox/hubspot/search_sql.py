"""Search filters as SQL conditions, with HubSpot's own ideas of equality.

Texts compare without regard to case, options exactly; `IN` wants lower-case texts; a record without a value matches no
comparison: https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from leadrelay.sandbox.hubspot.associations import searched
from leadrelay.sandbox.hubspot.errors import Refusal, bad_input
from leadrelay.sandbox.hubspot.objecttypes import ObjectType
from leadrelay.sandbox.hubspot.portal import Portal
from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.hubspot.query import record_id
from leadrelay.sandbox.hubspot.scopes import missing_scopes
from leadrelay.sandbox.hubspot.values import EPOCH, NUMBER, Stored, moment, show_number
from leadrelay.sandbox.store import stamp

Condition = tuple[str, list[Any]]

MOST_GROUPS, MOST_IN_GROUP, MOST_FILTERS = 5, 6, 18
MOST_VALUES = 100
OPERATORS = (
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
)
_COMPARISONS = {"EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}


def install(db: sqlite3.Connection) -> None:
    """Give SQLite the two comparisons of texts that it lacks."""
    db.create_function("hs_fold", 1, lambda text: None if text is None else str(text).lower(), deterministic=True)
    db.create_function("hs_token", 2, contains_token, deterministic=True)


def contains_token(text: Any, pattern: str) -> bool | None:
    """Whether a text holds the words of a pattern; `*` stands for anything within a word, or within the whole text."""
    if text is None:
        return None
    text, pattern = str(text).lower(), pattern.lower()
    if "*" not in pattern:
        return set(_WORD.findall(pattern)) <= set(_WORD.findall(text))
    regex = re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
    return any(regex.fullmatch(part) for part in (text, *text.split(), *_WORD.findall(text)))


_WORD = re.compile(r"\w+")


class Filters:
    """Turns the filters of one object type into SQL."""

    def __init__(self, portal: Portal, kind: ObjectType) -> None:
        self.portal = portal
        self.kind = kind
        self.properties = portal.properties(kind)

    def condition(self, groups: Sequence[Sequence[Any]]) -> Condition:
        """Any group, all filters of a group."""
        _expect_few(groups)
        conditions = [_all([self._one(given) for given in group]) for group in groups]
        if not conditions:
            return "1", []
        return "(" + " OR ".join(sql for sql, _ in conditions) + ")", [p for _, ps in conditions for p in ps]

    def text_query(self, query: str) -> Condition:
        """Records with each word of the text in one of the searchable properties, so that a full name is found."""
        columns = [f'instr(hs_fold("{name}"), ?) > 0' for name in self.kind.searchable]
        return _all([(f"({' OR '.join(columns)})", [word] * len(columns)) for word in query.lower().split()])

    def order(self, name: str, direction: str) -> str:
        """What to sort by; records without the value come last, equal ones in order of id."""
        prop = self.properties.get(name)
        if prop is None:
            raise Refusal(400, f"Cannot sort by unknown property {name}")
        column, key = self._column(prop), f'"{self.portal.store.key}"'
        if name in self.kind.always:
            return f"{column} {direction}, {key}"
        return f"{column} IS NULL, {column} {direction}, {key}"

    def _one(self, given: Any) -> Condition:
        if not isinstance(given, dict) or not given.get("propertyName") or not given.get("operator"):
            raise bad_input("Cannot build Filter, some of required attributes are not set [propertyName, operator]")
        name, operator = str(given["propertyName"]), given["operator"]
        if operator not in OPERATORS:
            raise bad_input(f'Cannot deserialize Filter: "{operator}" is not one of [{", ".join(OPERATORS)}]')
        if name.startswith("associations."):
            values = _values(given) if operator == "IN" else [_value(given, "value")]
            return searched(self.portal.store, self.kind, name.removeprefix("associations."), values)
        prop = self.properties.get(name)
        if prop is None:
            raise Refusal(400, f'Filter names a property that does not exist: "{name}"')
        if prop.sensitive:
            raise missing_scopes([f"crm.objects.{self.kind.name}.sensitive.read.v2"])
        return self._by_operator(operator)(prop, given)

    def _by_operator(self, operator: str) -> Callable[[Property, dict[str, Any]], Condition]:
        if operator in _COMPARISONS:
            return self._compare
        if operator.endswith("IN"):
            return self._in
        if operator.endswith("HAS_PROPERTY"):
            return self._has
        return self._between if operator == "BETWEEN" else self._token

    def _compare(self, prop: Property, given: dict[str, Any]) -> Condition:
        value = self._operand(prop, _value(given, "value"))
        if prop.several and given["operator"] in {"EQ", "NEQ"}:
            return _holds(self._column(prop), [value], negate=given["operator"] == "NEQ")
        return f"{self._column(prop)} {_COMPARISONS[given['operator']]} ?", [value]

    def _between(self, prop: Property, given: dict[str, Any]) -> Condition:
        if given.get("highValue") is None:
            raise bad_input("Cannot construct instance of Filter, problem: operator BETWEEN requires a highValue")
        bounds = [self._operand(prop, _value(given, name)) for name in ("value", "highValue")]
        return f"{self._column(prop)} BETWEEN ? AND ?", bounds

    def _in(self, prop: Property, given: dict[str, Any]) -> Condition:
        """Texts are taken as they are: only lower-case ones can match."""
        negate = given["operator"] == "NOT_IN"
        plain = prop.type in {"string", "phone_number"}
        values = [value if plain else self._operand(prop, value) for value in _values(given)]
        if prop.several:
            return _holds(self._column(prop), values, negate=negate)
        word = "NOT IN" if negate else "IN"
        return f"{self._column(prop)} {word} (SELECT value FROM json_each(?))", [json.dumps(values)]

    def _has(self, prop: Property, given: dict[str, Any]) -> Condition:
        if given.get("value") is not None:
            raise bad_input(f"operator {given['operator']} does not take a value")
        word = "NULL" if given["operator"].startswith("NOT") else "NOT NULL"
        return f'"{self.portal.column(self.kind, prop.name)}" IS {word}', []

    def _token(self, prop: Property, given: dict[str, Any]) -> Condition:
        wanted = int(given["operator"] == "CONTAINS_TOKEN")
        column = self.portal.column(self.kind, prop.name)
        return f'hs_token("{column}", ?) = {wanted}', [_value(given, "value")]

    def _column(self, prop: Property) -> str:
        """The column as comparisons see it. E-mail addresses are kept in lower case already, under an index."""
        column = f'"{self.portal.column(self.kind, prop.name)}"'
        folded = prop.type in {"string", "phone_number"} and prop.name != "email"
        return f"hs_fold({column})" if folded else column

    def _operand(self, prop: Property, text: str) -> Stored:
        if prop.name == "hs_object_id":
            return _id(prop, text)
        if prop.type == "number":
            return _float(prop, text)
        if prop.type in {"datetime", "date"}:
            return _time(prop, text)
        if prop.type == "bool":
            return int(text.lower() == "true")
        return text if prop.type == "enumeration" else text.lower()


def _all(conditions: Sequence[Condition]) -> Condition:
    if not conditions:
        return "1", []
    return "(" + " AND ".join(sql for sql, _ in conditions) + ")", [p for _, ps in conditions for p in ps]


def _holds(column: str, values: Sequence[Stored], *, negate: bool) -> Condition:
    """Whether a checkbox value has one of the options."""
    tests = " OR ".join([f"instr(';' || {column} || ';', ';' || ? || ';') > 0"] * len(values)) or "0"
    return (f"({column} IS NOT NULL AND NOT ({tests}))" if negate else f"({tests})"), list(values)


def _expect_few(groups: Sequence[Sequence[Any]]) -> None:
    total = sum(len(group) for group in groups)
    if len(groups) > MOST_GROUPS:
        raise Refusal(400, f"Too many filterGroups: {len(groups)}. At most {MOST_GROUPS} are allowed.")
    if total > MOST_FILTERS or any(len(group) > MOST_IN_GROUP for group in groups):
        why = f"At most {MOST_IN_GROUP} filters in a group and {MOST_FILTERS} in all are allowed."
        raise Refusal(400, f"Too many filters: {total}. {why}")


def _value(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        raise bad_input(f"Cannot construct instance of Filter, problem: operator {given['operator']} requires a {name}")
    if isinstance(value, list | dict):
        raise bad_input("Cannot deserialize instance of `java.lang.String` out of START_ARRAY token")
    return _plain(value)


def _values(given: dict[str, Any]) -> list[str]:
    values = given.get("values")
    if not isinstance(values, list) or not values:
        raise bad_input(f"Cannot construct instance of Filter, problem: operator {given['operator']} requires values")
    if len(values) > MOST_VALUES:
        raise Refusal(400, f"A filter takes at most {MOST_VALUES} values, not {len(values)}.")
    return [_plain(value) for value in values]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return show_number(value) if isinstance(value, int | float) else str(value)


def _float(prop: Property, text: str) -> float:
    if not NUMBER.fullmatch(text):
        raise _refused(prop, text)
    return float(text)


def _time(prop: Property, text: str) -> str:
    found = moment(text)
    if found is None:
        raise _refused(prop, text)
    if found == EPOCH:
        # As the real one does: https://github.com/estuary/connectors, source-hubspot-native, search_objects.py.
        raise Refusal(500, "internal error", None)
    return stamp(found) if prop.type == "datetime" else found.date().isoformat()


def _refused(prop: Property, text: str) -> Refusal:
    return Refusal(400, f"Filter value {text} does not fit property {prop.name} of type {prop.type}")


def _id(prop: Property, text: str) -> int:
    found = record_id(text)
    if found is None:
        raise _refused(prop, text)
    return found
