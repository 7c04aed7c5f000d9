"""What an admin does to the portal's properties, and an import to many records at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from leadrelay.sandbox.control import BadRequest
from leadrelay.sandbox.hubspot.conduct import RULES
from leadrelay.sandbox.hubspot.objecttypes import ObjectType
from leadrelay.sandbox.hubspot.portal import Portal
from leadrelay.sandbox.hubspot.properties import CUSTOMISABLE, FIELD_TYPES, Property
from leadrelay.sandbox.hubspot.values import Invalid, Stored, parse, show

CHUNK = 5_000

Done = dict[str, Any]


class Admin:
    """Changes definitions; BadRequest where HubSpot would not let an admin do so either."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.store = portal.store

    def find(self, kind: ObjectType, name: str) -> Property:
        found = self.portal.properties(kind).get(name)
        if found is None:
            raise BadRequest(f"{kind.name} have no property {name}")
        return found

    def twice(self, kind: ObjectType, prop: Property) -> bool:
        """Whether records share a value of a property."""
        column = f'"{self.portal.column(kind, prop.name)}"'
        sql = f'SELECT 1 FROM "{kind.name}" WHERE {column} IS NOT NULL AND _archived IS NULL GROUP BY {column}'
        return self.store.db.execute(f"{sql} HAVING count(*) > 1 LIMIT 1").fetchone() is not None

    def drop(self, kind: ObjectType, prop: Property) -> Done:
        """Remove a property with its values."""
        self._expect_own(prop)
        self.portal.drop(kind, prop)
        return {"property": prop.name}

    def restore(self, kind: ObjectType, name: str) -> Done:
        """Bring a removed property back, without values."""
        gone = self.portal.archived(kind).get(name)
        if gone is None:
            raise BadRequest(f"{kind.name} had no property {name}")
        return self.portal.add(kind, replace(gone, archived_at="")).to_json()

    def retype(self, kind: ObjectType, prop: Property, type_: str, form: str) -> Done:
        """Give a property another type; values that do not fit it are lost, which leaves no trace in the history."""
        self._expect_own(prop)
        if form not in FIELD_TYPES.get(type_, ()):
            fits = ", ".join(f"{name} ({', '.join(sorted(forms))})" for name, forms in FIELD_TYPES.items())
            raise BadRequest(f"fieldType {form} does not go with type {type_}; there are {fits}")
        if prop.unique:
            raise BadRequest(f"{prop.name} has unique values; HubSpot does not change its type")
        column, key = self.portal.column(kind, prop.name), self.store.key
        rows = list(self.store.db.execute(f'SELECT "{key}", "{column}" FROM "{kind.name}" WHERE "{column}" NOT NULL'))
        texts = {own: show(prop, value) or "" for own, value in rows}
        made = replace(prop, type=type_, field_type=form)
        if type_ == "enumeration" and not made.options:
            made = made.with_options(sorted(set(texts.values())))
        self.portal.retype(kind, made, {own: _fitting(made, text) for own, text in texts.items()})
        return self.find(kind, prop.name).to_json()

    def set_option(self, kind: ObjectType, prop: Property, value: str, *, there: bool) -> Done:
        """Add an option to an enumeration or remove it; records that have it keep it."""
        if prop.type != "enumeration" or prop.external or (prop.built_in and prop.name not in CUSTOMISABLE):
            raise BadRequest(f"{prop.name} has no options of its own that an admin may change")
        if there == (value in prop.values):
            raise BadRequest(f"{prop.name} has {'' if there else 'no '}such an option{' already' if there else ''}")
        kept = tuple(option for option in prop.options if option.value != value)
        changed = prop.with_options([value]) if there else replace(prop, options=kept)
        return self.portal.change(kind, changed).to_json()

    def expect_rule(self, rule: object) -> None:
        """A rule must be one that can be asked."""
        type_ = rule.get("type") if isinstance(rule, dict) else None
        argument = rule.get("argument") if isinstance(rule, dict) else None
        if type_ not in RULES or isinstance(argument, bool) or not isinstance(argument, str | int | float):
            raise BadRequest(f'a rule is {{"type": one of {", ".join(RULES)}, "argument": limit or pattern}}')
        try:
            re.compile(str(argument)) if type_ == "REGEX" else float(argument)
        except (re.error, ValueError):
            raise BadRequest(f"{argument} is no argument for {type_}") from None

    def first(self, kind: ObjectType, count: int) -> list[int]:
        """The first so many records by id."""
        key = self.store.key
        sql = f'SELECT "{key}" FROM "{kind.name}" WHERE _archived IS NULL ORDER BY "{key}" LIMIT ?'
        return [found for (found,) in self.store.db.execute(sql, (count,))]

    def touch(self, kind: ObjectType, keys: Sequence[int], values: Mapping[str, Stored], actor: str) -> None:
        """Write the same to many records; a mere time of modification leaves no trace in the history."""
        if set(values) == {kind.modified}:
            sql = f'UPDATE "{kind.name}" SET "{kind.modified}" = ? WHERE "{self.store.key}" = ?'
            self.store.db.executemany(sql, [(values[kind.modified], key) for key in keys])
            return
        for start in range(0, len(keys), CHUNK):
            some = [str(key) for key in keys[start : start + CHUNK]]
            for key, row in self.store.get_many(kind.name, some).items():
                self.store.update(kind.name, str(key), values, actor, row)

    def _expect_own(self, prop: Property) -> None:
        if prop.built_in:
            raise BadRequest(f"{prop.name} is HubSpot's own property; an admin can only hide it")


def _fitting(prop: Property, text: str) -> Stored:
    try:
        return parse(prop, text)
    except Invalid:
        return None
