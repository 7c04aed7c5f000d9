"""A query as SQL: which records it means, and what it shows of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leadrelay.sandbox.salesforce.errors import bad, malformed_query
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.soql_ast import (
    Call,
    Condition,
    Expression,
    Field,
    Item,
    Logical,
    Order,
    Query,
    is_aggregate,
    semi_joins,
)
from leadrelay.sandbox.salesforce.soql_scope import Scope, Target
from leadrelay.sandbox.salesforce.soql_where import Where

MAX_OFFSET = 2000
MAX_FIELDS_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and the values to bind."""

    sql: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked query. `rows` yields rowids in order, or the rows themselves when it is an `aggregate`.

    `targets` are what it shows, `names` how the answer calls them, `source` what to read a shown record from.
    """

    object: str
    targets: Sequence[Target]
    names: Sequence[str]
    rows: Statement
    source: str = ""
    aggregate: bool = False
    count_only: bool = False


def compile_query(org: Org, query: Query, *, include_deleted: bool) -> Plan:
    """Check the query against the org and turn it into SQL; raises SalesforceError."""
    if query.offset > MAX_OFFSET:
        raise bad("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MAX_OFFSET}")
    scope = Scope(org, query)
    query = replace(query, items=tuple(_expanded(scope)))
    if query.count_only:
        return _counted(scope, include_deleted)
    if query.group or query.having or any(is_aggregate(item.expression) for item in query.items):
        return _aggregated(Scope(org, query), include_deleted)
    return _listed(Scope(org, query), include_deleted)


# -- records ----------------------------------------------------------------------------------------------------------


def _listed(scope: Scope, include_deleted: bool) -> Plan:
    query = scope.query
    targets = [scope.resolve(item.expression) for item in query.items]
    if any(item.alias for item in query.items):
        raise malformed_query("only aggregate expressions use field aliasing")
    names = [target.label for target in targets]
    _refuse_duplicates(names)
    source = f'"{scope.object}" t ON t.rowid = page.value {" ".join(scope.joins)}'
    seen = _seen(scope, include_deleted)
    source += f" WHERE {' AND '.join(seen)}" if seen else ""
    return Plan(scope.object, targets, names, _rowids(Scope(scope.org, query), include_deleted), source)


def _rowids(scope: Scope, include_deleted: bool) -> Statement:
    query = scope.query
    where, values = _where(scope, include_deleted)
    order = ", ".join(_ordered(scope.resolve(entry.expression), scope, entry) for entry in query.order)
    sql = f'SELECT t.rowid FROM "{scope.object}" t {" ".join(scope.joins)}{where}'
    return Statement(sql + (f" ORDER BY {order}" if order else "") + _limits(query), values)


def _refuse_duplicates(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise bad("INVALID_FIELD", f"duplicate field selected: {name}")
        seen.add(name)


def _expanded(scope: Scope) -> Iterator[Item]:
    """The selected items, with FIELDS(...) spelled out."""
    for item in scope.query.items:
        expression = item.expression
        if not isinstance(expression, Call) or expression.function != "FIELDS":
            yield item
            continue
        for name in _field_group(scope, expression):
            yield Item(Field(name, expression.at))


def _field_group(scope: Scope, call: Call) -> list[str]:
    group = call.field.path.upper() if call.field else ""
    if group not in {"ALL", "STANDARD", "CUSTOM"}:
        raise scope.refuse("MALFORMED_QUERY", call.at, "FIELDS() must have one of the values ALL, STANDARD, CUSTOM")
    limit = scope.query.limit
    if group != "STANDARD" and (limit is None or limit > MAX_FIELDS_LIMIT):
        raise malformed_query(f"The SOQL FIELDS function must have a LIMIT of at most {MAX_FIELDS_LIMIT}")
    columns = scope.org.visible(scope.object).values()
    return [column.name for column in columns if group == "ALL" or column.meta["custom"] == (group == "CUSTOM")]


# -- parts ------------------------------------------------------------------------------------------------------------


def _seen(scope: Scope, include_deleted: bool) -> list[str]:
    """What holds of every record that the query may show, whatever it asks for."""
    alias = scope.root.aliases[0]
    has_bin = "isdeleted" in scope.org.visible(scope.object)
    alive = [f"{alias}.IsDeleted = 0"] if has_bin and not include_deleted else []
    return [*alive, *scope.org.hidden.clause(scope.object, alias)]


def _where(scope: Scope, include_deleted: bool) -> tuple[str, list[Any]]:
    where = Where(scope)
    parts = _seen(scope, include_deleted)
    condition = scope.query.where
    if condition is not None:
        _check_semi_joins(condition)
        sql, floor = where.sql(condition), where.floor(condition)
        if floor is not None:
            parts.append("t.SystemModstamp >= ?")
            where.values.insert(0, floor)
        parts.append(sql)
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), where.values


def _check_semi_joins(condition: Condition) -> None:
    """Sub-selects stand at the top of the WHERE clause, joined by AND."""
    top = condition.items if isinstance(condition, Logical) and condition.operator == "and" else (condition,)
    if any(join not in top for join in semi_joins(condition)):
        message = "Semi join sub-selects are only allowed at the top level WHERE expressions"
        raise malformed_query(f"{message} and not in nested WHERE expressions.")


def _ordered(target: Target, scope: Scope, entry: Order) -> str:
    if not target.column.meta["sortable"]:
        message = f"field '{target.column.name}' can not be sorted in a query call"
        raise scope.refuse("INVALID_FIELD", entry.expression.at, message)
    text = target.column.kind == "text" and target.column.meta["type"] not in {"id", "reference"}
    sql = f"{target.sql}{' COLLATE NOCASE' if text else ''}{' DESC' if entry.descending else ''}"
    if not target.column.meta["nillable"] and not target.parents:
        return sql
    # Nulls come first in both directions unless told otherwise.
    return f"{sql} NULLS {(entry.nulls or 'first').upper()}"


def _limits(query: Query) -> str:
    if query.limit is None and not query.offset:
        return ""
    return f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset}"


# -- aggregates -------------------------------------------------------------------------------------------------------


def _counted(scope: Scope, include_deleted: bool) -> Plan:
    """Neither groups nor an order go with COUNT().

    https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_count.htm
    """
    if scope.query.group or scope.query.having:
        raise malformed_query("COUNT() cannot be used with GROUP BY; use COUNT(fieldName)")
    for entry in scope.query.order:
        _check_grouped("Ordered field", entry.expression, scope.resolve(entry.expression), [])
    where, values = _where(scope, include_deleted)
    body = f'SELECT 1 FROM "{scope.object}" t {" ".join(scope.joins)}{where}{_limits(scope.query)}'
    return Plan(scope.object, (), (), Statement(f"SELECT count(*) FROM ({body})", values), "", True, True)


def _aggregated(scope: Scope, include_deleted: bool) -> Plan:
    query = scope.query
    if query.limit is not None and not query.group:
        message = "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
        raise malformed_query(message)
    group = [_grouped(scope, expression) for expression in query.group]
    targets = [scope.resolve(item.expression) for item in query.items]
    for item, target in zip(query.items, targets, strict=True):
        _check_grouped("Field", item.expression, target, group)
    order = []
    for entry in query.order:
        target = scope.resolve(entry.expression)
        _check_grouped("Ordered field", entry.expression, target, group)
        order.append(_ordered(target, scope, entry))
    names = list(_names(query.items, targets))
    rows = _aggregate_rows(scope, include_deleted, [target.sql for target in targets], [t.sql for t in group], order)
    return Plan(scope.object, targets, names, rows, "", True)


def _aggregate_rows(
    scope: Scope, include_deleted: bool, shown: Sequence[str], group: Sequence[str], order: Sequence[str]
) -> Statement:
    where, values = _where(scope, include_deleted)
    having = Where(scope)
    parts = [
        f'SELECT {", ".join(shown)} FROM "{scope.object}" t',
        "{joins}",
        where,
        f"GROUP BY {', '.join(group)}" if group else "",
        f"HAVING {having.sql(scope.query.having)}" if scope.query.having else "",
        f"ORDER BY {', '.join(order)}" if order else "",
        _limits(scope.query),
    ]
    sql = " ".join(part for part in parts if part)
    return Statement(sql.replace("{joins}", " ".join(scope.joins), 1), [*values, *having.values])


def _grouped(scope: Scope, expression: Expression) -> Target:
    target = scope.resolve(expression)
    if is_aggregate(expression):
        raise malformed_query(f"Grouped field should not be aggregated: {target.label}")
    if not target.column.meta["groupable"]:
        message = f"field '{target.column.name}' can not be grouped in a query call"
        raise scope.refuse("INVALID_FIELD", expression.at, message)
    return target


def _check_grouped(what: str, expression: Expression, target: Target, group: Sequence[Target]) -> None:
    if not is_aggregate(expression) and target.sql not in {grouped.sql for grouped in group}:
        raise malformed_query(f"{what} must be grouped or aggregated: {target.label}")


def _names(items: Sequence[Item], targets: Sequence[Target]) -> Iterator[str]:
    unnamed = 0
    for item, target in zip(items, targets, strict=True):
        if item.alias:
            yield item.alias
        elif isinstance(item.expression, Field):
            yield target.path[-1]
        else:
            yield f"expr{unnamed}"
            unnamed += 1
