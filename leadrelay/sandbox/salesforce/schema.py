"""An object type as a write sees it: which fields there are, what they take, which must be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadrelay.sandbox.salesforce import payload
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, no_such_column, required_missing
from leadrelay.sandbox.salesforce.fields import visible
from leadrelay.sandbox.salesforce.validation import Check, RecordRefused, check_of
from leadrelay.sandbox.store import Column, Store

Values = dict[str, Any]
"""Values by field name, as the store keeps them."""

WITHHELD = "withheld"
"""Where a column keeps what may be done with it by all but the API user, from whom it was taken."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field is written."""

    column: Column
    parse: payload.Parse
    check: Check


class ObjectSchema:
    """The fields of an object type that the API user may see, or with `people` those that a person may."""

    def __init__(self, store: Store, name: str, *, people: bool = False) -> None:
        self.name = name
        self.source = store.columns(name)
        columns = self.source if people else visible(store, name)
        self.rules = {
            lower: FieldRule(column, payload.parser_of(column.meta["type"]), check_of(column, store, name))
            for lower, column in columns.items()
        }
        self._spelled: dict[str, FieldRule] = {}
        self._createable, self._updateable = (
            {c.name for c in columns.values() if (c.meta.get(WITHHELD, c.meta) if people else c.meta)[access]}
            for access in ("createable", "updateable")
        )
        self._defaults = {c.name: _default(c) for c in columns.values() if c.meta["defaultValue"] is not None}
        self._required = [
            c.name for c in columns.values() if c.meta["createable"] and not c.meta["nillable"] and c.name != "OwnerId"
        ]
        self.unique = [c.name for c in self.source.values() if c.meta["unique"]]
        self.has = frozenset(c.name for c in self.source.values())

    def rule(self, name: str) -> FieldRule:
        """A field by its name in whatever case."""
        rule = self._spelled.get(name)
        if rule is None:
            rule = self.rules.get(name.lower())
            if rule is None:
                raise no_such_column(name, self.name)
            self._spelled[name] = rule
        return rule

    def read(self, record: Mapping[str, Any], body: bytes = b"") -> Values:
        """A JSON record, less its `attributes`, as values by field name; `body` is where it stood, for the message."""
        values: Values = {}
        for name, value in record.items():
            if name == "attributes":
                continue
            rule = self.rule(name)
            try:
                values[rule.column.name] = None if value is None else rule.parse(value)
            except payload.WrongType:
                raise payload.wrong_json_type(rule.column.meta["type"], name, value, body) from None
        return values

    def checked(self, values: Values, *, creating: bool) -> Values:
        """The values as they will be kept; raises all refusals of the record at once."""
        allowed = self._createable if creating else self._updateable
        if not values.keys() <= allowed:
            raise _not_writable([name for name in values if name not in allowed])
        kept = dict(self._defaults) if creating else {}
        errors: list[SalesforceError] = []
        for name, value in values.items():
            try:
                kept[name] = self.rule(name).check(value)
            except SalesforceError as error:
                errors.append(error)
        errors += self._missing(kept, errors, creating=creating)
        if errors:
            raise RecordRefused(errors)
        return kept

    def _missing(self, kept: Values, errors: Sequence[SalesforceError], *, creating: bool) -> list[SalesforceError]:
        broken = {field for error in errors for field in error.fields or ()}
        looked_at = [name for name in self._required if creating or name in kept]
        missing = [name for name in looked_at if kept.get(name) is None and name not in broken]
        return [required_missing(missing)] if missing else []


class Schemas:
    """The schemas of an org, made anew when its fields change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, bool], ObjectSchema] = {}

    def of(self, name: str, *, people: bool = False) -> ObjectSchema:
        """The schema of an object type by its exact name."""
        known = self._known.get((name, people))
        if known is None or known.source is not self._store.columns(name):
            known = self._known[name, people] = ObjectSchema(self._store, name, people=people)
        return known


def _default(column: Column) -> Any:
    value = column.meta["defaultValue"]
    return int(value) if isinstance(value, bool) else value


def _not_writable(names: Sequence[str]) -> SalesforceError:
    message = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set."
    )
    return bad("INVALID_FIELD_FOR_INSERT_UPDATE", message, names)
