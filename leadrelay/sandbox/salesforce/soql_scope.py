"""What names in a query stand for: fields, parents over relationships, functions, aggregates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadrelay.sandbox.salesforce import fields, objects
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.soql_ast import AGGREGATES, Call, Expression, Field, Query
from leadrelay.sandbox.salesforce.soql_lexer import located
from leadrelay.sandbox.store import Column

DEEPEST = 5
_NAME_FIELDS = frozenset(
    ["id", "name", "firstname", "lastname", "email", "username", "title", "phone", "isactive", "alias", "profileid"]
)
_NAMING = "Please reference your WSDL or the describe call for the appropriate names."
_FUNCTIONS: dict[str, tuple[str, str]] = {
    "CALENDAR_MONTH": ("int", "CAST(substr({}, 6, 2) AS INTEGER)"),
    "CALENDAR_QUARTER": ("int", "(CAST(substr({}, 6, 2) AS INTEGER) + 2) / 3"),
    "CALENDAR_YEAR": ("int", "CAST(substr({}, 1, 4) AS INTEGER)"),
    "DAY_IN_MONTH": ("int", "CAST(substr({}, 9, 2) AS INTEGER)"),
    "DAY_ONLY": ("date", "substr({}, 1, 10)"),
    "HOUR_IN_DAY": ("int", "CAST(substr({}, 12, 2) AS INTEGER)"),
}
_UNMODELLED = frozenset(
    {"CONVERTCURRENCY", "CONVERTTIMEZONE", "CUBE", "DAY_IN_WEEK", "DAY_IN_YEAR", "DISTANCE", "FISCAL_MONTH"}
    | {"FISCAL_QUARTER", "FISCAL_YEAR", "FORMAT", "GROUPING", "ROLLUP", "WEEK_IN_MONTH", "WEEK_IN_YEAR"}
)
"""Functions that a real org has; https://developer.salesforce.com/docs/platform/soql-sosl/ ."""
_SUMMED = {"int", "double", "currency", "percent"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where fields come from: one table, or one of several for a reference to several object types."""

    names: tuple[str, ...]
    aliases: tuple[str, ...]

    @property
    def entity(self) -> str:
        return self.names[0] if len(self.names) == 1 else "Name"

    def each(self, build: Callable[[str, str], str | None]) -> str:
        """An SQL expression over whichever table has the record."""
        found = [sql for sql in map(build, self.names, self.aliases) if sql is not None]
        return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"

    @property
    def key(self) -> str:
        """The id of the record, null when there is none."""
        return self.each(lambda _, alias: f'{alias}."Id"')

    @property
    def type(self) -> str:
        """The object type of the record as SQL."""
        if len(self.names) == 1:
            return f"'{self.names[0]}'"
        pairs = zip(self.names, self.aliases, strict=True)
        cases = [f"WHEN {alias}.Id IS NOT NULL THEN '{name}'" for name, alias in pairs]
        return f"CASE {' '.join(cases)} END"


@dataclass(frozen=True, slots=True)
class Target:
    """A resolved expression. `path` is its canonical spelling, `parents` the way to it over relationships."""

    column: Column
    sql: str
    path: tuple[str, ...]
    parents: tuple[Source, ...] = ()

    @property
    def label(self) -> str:
        return ".".join(self.path)


class Scope:
    """Names within one query; collects the joins that they need."""

    def __init__(self, org: Org, query: Query, prefix: str = "t") -> None:
        kind = objects.find(org.store, query.object)
        if kind is None or not org.sees(kind.name):
            raise bad("INVALID_TYPE", located(query.text, query.object_at, _no_type(query.object)))
        self.org = org
        self.query = query
        self.root = Source((kind.name,), (prefix,))
        self.joins: list[str] = []
        self._parents: dict[tuple[str, ...], Source] = {}
        self._own_names = {kind.name.lower(), (query.alias or kind.name).lower()}

    def refuse(self, code: str, at: int, message: str) -> SalesforceError:
        """A refusal that shows the place."""
        return bad(code, located(self.query.text, at, message))

    @property
    def object(self) -> str:
        return self.root.names[0]

    # -- fields -----------------------------------------------------------------------------------------------------

    def resolve(self, expression: Expression) -> Target:
        """The meaning of a field, a function of a field, or an aggregate."""
        if isinstance(expression, Field):
            return self._field(expression)
        if expression.function in AGGREGATES:
            return self._aggregate(expression)
        return self._function(expression)

    def _field(self, field: Field) -> Target:
        *way, name = field.path.split(".")
        if way and way[0].lower() in self._own_names:
            way = way[1:]
        if len(way) > DEEPEST:
            raise self.refuse("INVALID_FIELD", field.at, "maximum 5 levels of parent relationships are allowed")
        source = self.root
        path: list[str] = []
        parents: list[Source] = []
        for relation in way:
            source, spelled = self._parent(source, relation, (*path,), field.at)
            path.append(spelled)
            parents.append(source)
        column, sql = self._column(source, name, field.at)
        return Target(column, sql, (*path, column.name), tuple(parents))

    def _column(self, source: Source, name: str, at: int) -> tuple[Column, str]:
        lower = name.lower()
        if len(source.names) > 1 and lower == "type":
            return fields.column("Type", "string"), source.type
        seen = [self.org.visible(kind).get(lower) for kind in source.names]
        column = next((found for found in seen if found is not None), None)
        if column is None or (len(source.names) > 1 and lower not in _NAME_FIELDS):
            raise self.refuse("INVALID_FIELD", at, no_such_column(name, source.entity))
        by_kind = dict(zip(source.names, seen, strict=True))
        return column, source.each(lambda kind, alias: _read(by_kind[kind], alias))

    def _parent(self, source: Source, relation: str, path: tuple[str, ...], at: int) -> tuple[Source, str]:
        seen = self.org.visible(source.names[0]) if len(source.names) == 1 else {}
        reference = next(
            (c for c in seen.values() if (c.meta["relationshipName"] or "").lower() == relation.lower()), None
        )
        if reference is None:
            raise self.refuse("INVALID_FIELD", at, _no_relationship(relation))
        spelled = str(reference.meta["relationshipName"])
        key = (*path, spelled)
        if key not in self._parents:
            self._parents[key] = self._join(source, reference)
        return self._parents[key], spelled

    def _join(self, source: Source, reference: Column) -> Source:
        names = tuple(reference.meta["referenceTo"])
        aliases = tuple(f"{self.root.aliases[0]}{len(self.joins) + place}" for place in range(1, len(names) + 1))
        for name, alias in zip(names, aliases, strict=True):
            self.joins.append(f'LEFT JOIN "{name}" {alias} ON {alias}."Id" = {_read(reference, source.aliases[0])}')
        return Source(names, aliases)

    # -- functions --------------------------------------------------------------------------------------------------

    def _function(self, call: Call) -> Target:
        if call.field is None:
            raise self.refuse("MALFORMED_QUERY", call.at, "unexpected token: ')'")
        inner = self._field(call.field)
        if call.function == "TOLABEL":
            return inner
        known = _FUNCTIONS.get(call.function)
        if call.function in _UNMODELLED:
            raise self.refuse("MALFORMED_QUERY", call.at, f"the leadrelay sandbox does not model {call.function}()")
        if known is None:
            raise self.refuse("MALFORMED_QUERY", call.at, f"Invalid function: {call.function}")
        if inner.column.kind not in {"date", "datetime"}:
            raise self.refuse("MALFORMED_QUERY", call.at, f"{call.function} works on date and dateTime fields only")
        column = fields.column(call.function, known[0], sortable=True, groupable=True)
        return Target(column, known[1].format(inner.sql), inner.path)

    def _aggregate(self, call: Call) -> Target:
        if call.field is None:
            raise self.refuse("MALFORMED_QUERY", call.at, "unexpected token: ')'")
        inner = self._field(call.field)
        type_ = inner.column.meta["type"]
        counts = call.function in {"COUNT", "COUNT_DISTINCT"}
        if call.function in {"SUM", "AVG"} and type_ not in _SUMMED:
            message = f"field {inner.column.name} does not support aggregate operator {call.function}"
            raise self.refuse("MALFORMED_QUERY", call.at, message)
        distinct = "DISTINCT " if call.function == "COUNT_DISTINCT" else ""
        sql = f"{'COUNT' if counts else call.function}({distinct}{inner.sql})"
        result = "int" if counts else "double" if call.function == "AVG" else type_
        return Target(fields.column(inner.column.name, result, length=0), sql, inner.path)


def no_such_column(name: str, entity: str) -> str:
    return (
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure to append"
        f" the '__c' after the custom field name. {_NAMING}"
    )


def _no_relationship(name: str) -> str:
    return (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship,"
        f" be sure to append the '__r' after the custom relationship name. {_NAMING}"
    )


def _no_type(name: str) -> str:
    return (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the"
        f" '__c' after the entity name. {_NAMING}"
    )


def _read(column: Column | None, alias: str) -> str | None:
    if column is None:
        return None
    formula = column.meta["formula"]
    return f"({formula.replace('{t}', alias)})" if formula else f'{alias}."{column.name}"'
