"""`tooling/query`: SOQL over the custom fields, which are not records but parts of the schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from leadrelay.sandbox.salesforce.custom_fields import CustomField, metadata_of
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, malformed_query
from leadrelay.sandbox.salesforce.soql import parse
from leadrelay.sandbox.salesforce.soql_ast import Comparison, Condition, Expression, Field, Logical, Not, Query
from leadrelay.sandbox.wire import Response

OBJECT = "CustomField"
_ONE_ROW_ONLY = {"metadata", "fullname"}
_Reader = tuple[str, Callable[[CustomField], Any]]
_FIELDS: dict[str, _Reader] = {
    "id": ("Id", lambda field: field.id),
    "developername": ("DeveloperName", lambda field: field.developer_name),
    "tableenumorid": ("TableEnumOrId", lambda field: field.entity),
    "entitydefinitionid": ("EntityDefinitionId", lambda field: field.entity),
    "fullname": ("FullName", lambda field: field.full_name),
    "metadata": ("Metadata", lambda field: metadata_of(field.column)),
    "namespaceprefix": ("NamespacePrefix", lambda _: None),
    "length": ("Length", lambda field: field.column.meta["length"] or None),
    "precision": ("Precision", lambda field: field.column.meta["precision"] or None),
    "scale": ("Scale", lambda field: field.column.meta["scale"] if field.column.meta["precision"] else None),
    "manageablestate": ("ManageableState", lambda _: "unmanaged"),
}
_RELATED: dict[str, Callable[[CustomField], Any]] = {
    "entitydefinition.qualifiedapiname": lambda field: field.table,
    "entitydefinition.developername": lambda field: field.table.removesuffix("__c"),
}
"""What may be asked for, but is shown by no query here."""
_SHOWN = ("id", "developername", "tableenumorid", "fullname", "metadata", "namespaceprefix", "manageablestate")


def answer(soql: str, fields: Sequence[CustomField], version: str) -> Response:
    """Answer a query over custom fields; raises SalesforceError."""
    query = parse(soql)
    if query.object.lower() != OBJECT.lower():
        raise bad("INVALID_TYPE", f"sObject type '{query.object}' is not supported.")
    if query.group or query.having:
        raise malformed_query("GROUP BY is not supported on CustomField")
    found = [field for field in fields if query.where is None or _holds(query.where, field)]
    for order in reversed(query.order):
        found.sort(key=_by(_name(order.expression)), reverse=order.descending)
    found = found[query.offset : None if query.limit is None else query.offset + query.limit]
    records = [] if query.count_only else _records(query, found, version)
    return Response(
        200,
        {
            "size": len(found),
            "totalSize": len(found),
            "done": True,
            "queryLocator": None,
            "entityTypeName": OBJECT,
            "records": records,
        },
    )


def shown(field: CustomField, version: str) -> dict[str, Any]:
    """A custom field as `GET tooling/sobjects/CustomField/{id}` shows it."""
    return _record(field, _SHOWN, version)


def _records(query: Query, found: Sequence[CustomField], version: str) -> list[dict[str, Any]]:
    names = [_name(item.expression) for item in query.items]
    if related := _RELATED.keys() & set(names):
        raise _no_such_column(min(related))
    if len(found) > 1 and _ONE_ROW_ONLY.intersection(names):
        message = (
            "When retrieving results with Metadata or FullName fields, the query qualifications must specify no more "
            f"than one row for retrieval. Result size: {len(found)}"
        )
        raise malformed_query(message)
    return [_record(field, names, version) for field in found]


def _record(field: CustomField, names: Sequence[str], version: str) -> dict[str, Any]:
    url = f"/services/data/v{version}/tooling/sobjects/{OBJECT}/{field.id}"
    values = {_FIELDS[name][0]: _value(field, name) for name in names}
    return {"attributes": {"type": OBJECT, "url": url}, **values}


def _name(expression: Expression) -> str:
    path = expression.path if isinstance(expression, Field) else ""
    name = path.lower()
    if name in _RELATED:
        return name
    if name not in _FIELDS:
        raise _no_such_column(path)
    return name


def _no_such_column(path: str) -> SalesforceError:
    return bad("INVALID_FIELD", f"No such column '{path}' on entity '{OBJECT}'.")


def _value(field: CustomField, name: str) -> Any:
    return _RELATED[name](field) if name in _RELATED else _FIELDS[name][1](field)


def _by(name: str) -> Callable[[CustomField], str]:
    return lambda field: str(_value(field, name) or "").lower()


def _holds(condition: Condition, field: CustomField) -> bool:
    match condition:
        case Logical(operator="and", items=items):
            return all(_holds(item, field) for item in items)
        case Logical(items=items):
            return any(_holds(item, field) for item in items)
        case Not(item=item):
            return not _holds(item, field)
        case Comparison():
            return _compares(condition, _folded(_value(field, _name(condition.left))))
    raise malformed_query("semi-joins are not supported on CustomField")


def _compares(condition: Comparison, value: Any) -> bool:
    wanted = [_folded(literal.value) for literal in condition.values]
    if condition.operator in {"=", "in"}:
        return value in wanted
    if condition.operator in {"!=", "not in"}:
        return value not in wanted
    if condition.operator == "like":
        pattern = re.escape(str(wanted[0])).replace("%", ".*").replace("_", ".")
        return bool(re.fullmatch(pattern, str(value or "")))
    raise bad("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator {condition.operator} on {OBJECT}")


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
