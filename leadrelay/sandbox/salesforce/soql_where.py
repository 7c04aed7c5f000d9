"""Conditions as SQL with bound values, under SOQL's rules: case does not matter, and null is a value like others."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from leadrelay.sandbox.salesforce.soql_ast import Comparison, Condition, Expression, Logical, Not, SemiJoin
from leadrelay.sandbox.salesforce.soql_scope import Scope, Target
from leadrelay.sandbox.salesforce.soql_values import Mismatch, Span, convert, is_text
from leadrelay.sandbox.store import Column

_ORDERED = {"<", "<=", ">", ">="}
_NO_ORDER = {"boolean", "multipicklist"}
_MOST_JOINED = 50
_NOT_FILTERED = "field '{}' can not be filtered in a query call"


class Where:
    """Turns conditions of one query into SQL; `values` are to be bound in that order."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.today: date = scope.org.now().date()
        self.values: list[Any] = []

    def sql(self, condition: Condition) -> str:
        """An expression that is true for the wanted records, and false or null for all others."""
        match condition:
            case Logical(operator=operator, items=items):
                return _joined(operator.upper(), [self.sql(item) for item in items])
            case Not(item=item):
                return f"({self.sql(item)}) IS NOT TRUE"
            case SemiJoin():
                return self._semi_join(condition)
            case Comparison():
                return self._comparison(condition)

    def floor(self, condition: Condition) -> str | None:
        """A SystemModstamp below which no wanted record can be, so that a keyset condition finds its index."""
        if isinstance(condition, Logical):
            floors = [self.floor(item) for item in condition.items]
            known = [floor for floor in floors if floor is not None]
            if condition.operator == "and":
                return max(known, default=None)
            return min(known) if len(known) == len(floors) else None
        if not isinstance(condition, Comparison) or condition.operator not in {"=", ">", ">="}:
            return None
        target = self.scope.resolve(condition.left)
        if target.path != ("SystemModstamp",) or condition.values[0].kind != "datetime":
            return None
        return str(convert(target.column, condition.values[0], self.today))

    # -- one condition ----------------------------------------------------------------------------------------------

    def _comparison(self, condition: Comparison) -> str:
        target = self.target(condition.left)
        operator = condition.operator
        self._check_operator(target.column, operator, condition.at)
        try:
            values = [convert(target.column, literal, self.today) for literal in condition.values]
        except Mismatch as mismatch:
            raise self.scope.refuse(mismatch.code, condition.at, mismatch.message) from None
        if operator in {"includes", "excludes"}:
            return self._includes(target, values, excluded=operator == "excludes")
        if operator in {"in", "not in"}:
            found = self._among(target, values)
            return found if operator == "in" else f"({found}) IS NOT TRUE"
        return self._single(target, operator, values[0])

    def target(self, expression: Expression) -> Target:
        """The meaning of what is compared; raises when the API cannot filter by it."""
        target = self.scope.resolve(expression)
        if not target.column.meta["filterable"]:
            raise self.scope.refuse("INVALID_FIELD", expression.at, _NOT_FILTERED.format(target.column.name))
        return target

    def _check_operator(self, column: Column, operator: str, at: int) -> None:
        type_ = column.meta["type"]
        multi = type_ == "multipicklist"
        if operator in {"includes", "excludes"} and not multi:
            message = "includes or excludes operator only valid on multipicklist field"
            raise self.scope.refuse("INVALID_QUERY_FILTER_OPERATOR", at, message)
        wrong_order = operator in _ORDERED and type_ in _NO_ORDER
        if wrong_order or (operator == "like" and (multi or not is_text(column))):
            named = "id" if type_ == "reference" else type_
            raise self.scope.refuse("INVALID_QUERY_FILTER_OPERATOR", at, f"invalid operator on {named} field")

    def _single(self, target: Target, operator: str, value: Any) -> str:
        if isinstance(value, Span):
            return self._span(target.sql, operator, value)
        if value is None:
            return _null(target.sql, operator)
        left = f"coalesce({target.sql}, 0)" if target.column.kind == "boolean" else target.sql
        if is_text(target.column):
            return self._text(left, operator, value)
        self.values.append(value)
        return f"{left} {'IS NOT' if operator == '!=' else operator} ?"

    def _text(self, left: str, operator: str, value: str) -> str:
        # SQLite ignores case in ASCII only; `fold` does it everywhere, but takes no index.
        plain = value.isascii()
        left = left if plain else f"fold({left})"
        self.values.append(value if plain else value.lower())
        if operator == "like":
            return f"{left} LIKE ? ESCAPE '\\'"
        return f"{left} {'IS NOT' if operator == '!=' else operator} ? COLLATE NOCASE"

    def _span(self, left: str, operator: str, span: Span) -> str:
        if operator in {"=", "!="}:
            self.values += [span.start, span.end]
            inside = f"({left} >= ? AND {left} < ?)"
            return inside if operator == "=" else f"{inside} IS NOT TRUE"
        compare, bound = {
            "<": ("<", span.start),
            "<=": ("<", span.end),
            ">": (">=", span.end),
            ">=": (">=", span.start),
        }[operator]
        self.values.append(bound)
        return f"{left} {compare} ?"

    def _among(self, target: Target, values: list[Any]) -> str:
        spans = [self._span(target.sql, "=", value) for value in values if isinstance(value, Span)]
        single = [value for value in values if value is not None and not isinstance(value, Span)]
        parts = [*spans, *([f"{target.sql} IS NULL"] if None in values else [])]
        if single:
            parts.append(self._listed(target, single))
        return f"({' OR '.join(parts)})"

    def _listed(self, target: Target, values: list[Any]) -> str:
        left = f"coalesce({target.sql}, 0)" if target.column.kind == "boolean" else target.sql
        if is_text(target.column):
            plain = all(value.isascii() for value in values)
            left = f"{left} COLLATE NOCASE" if plain else f"fold({left})"
            values = values if plain else [value.lower() for value in values]
        self.values.append(json.dumps(values))
        return f"{left} IN (SELECT value FROM json_each(?))"

    def _includes(self, target: Target, values: Iterable[str | None], *, excluded: bool) -> str:
        wanted = [self._holds_all(target.sql, value.split(";")) for value in values if value]
        found = f"({' OR '.join(wanted)})" if wanted else f"({target.sql} IS NULL)"
        return f"{found} IS NOT TRUE" if excluded else found

    def _holds_all(self, left: str, parts: list[str]) -> str:
        self.values += [f";{part.strip().lower()};" for part in parts]
        one = f"instr(fold(';' || {left} || ';'), ?) > 0"
        return f"({' AND '.join([one] * len(parts))})"

    # -- semi-joins -------------------------------------------------------------------------------------------------

    def _semi_join(self, join: SemiJoin) -> str:
        target = self.target(join.left)
        if target.column.meta["type"] not in {"id", "reference"}:
            message = (
                "The left operand field in the where expression for outer query should be an id field, cannot use:"
                f" '{target.label}'"
            )
            raise self.scope.refuse("INVALID_FIELD", join.at, message)
        inner = Scope(self.scope.org, join.query, f"{self.scope.root.aliases[0]}s{join.at}_")
        selected = self._semi_join_field(inner, join)
        where = Where(inner)
        conditions = [] if join.query.where is None else [where.sql(join.query.where)]
        alias = inner.root.aliases[0]
        conditions += [f'{alias}."IsDeleted" = 0'] if "isdeleted" in inner.org.visible(inner.object) else []
        conditions += inner.org.hidden.clause(inner.object, alias)
        conditions.append(f"{selected.sql} IS NOT NULL")
        self.values += where.values
        body = f'SELECT {selected.sql} FROM "{inner.object}" {alias} {" ".join(inner.joins)}'
        found = f"{target.sql} IN ({body} WHERE {' AND '.join(conditions)})"
        return f"({found}) IS NOT TRUE" if join.negated else found

    def _semi_join_field(self, inner: Scope, join: SemiJoin) -> Target:
        items = join.query.items
        if len(items) != 1:
            raise self.scope.refuse("MALFORMED_QUERY", join.at, "Semi join sub-select must select exactly one field")
        selected = inner.resolve(items[0].expression)
        if selected.column.meta["type"] not in {"id", "reference"}:
            message = f"The selected field '{selected.label}' in the semi join sub-select must be an id field"
            raise self.scope.refuse("INVALID_FIELD", items[0].expression.at, message)
        return selected


def _joined(operator: str, parts: list[str]) -> str:
    """The parts as a tree of little depth: SQLite takes expressions up to a depth of 1,000."""
    if len(parts) > _MOST_JOINED:
        half = len(parts) // 2
        parts = [_joined(operator, parts[:half]), _joined(operator, parts[half:])]
    return f"({f' {operator} '.join(parts)})"


def _null(left: str, operator: str) -> str:
    """Null equals null; nothing comes before or after it."""
    return {"=": f"{left} IS NULL", "!=": f"{left} IS NOT NULL", "like": f"{left} IS NULL"}.get(operator, "0")
