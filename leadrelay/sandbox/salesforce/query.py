"""SOQL over HTTP: query, queryAll and their further pages."""

from __future__ import annotations

import json
import re
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from leadrelay.sandbox.salesforce import fields, ids, objects
from leadrelay.sandbox.salesforce.errors import (
    SalesforceError,
    bad,
    entity_deleted,
    invalid_locator,
    not_found,
    too_complicated,
)
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.payload import count_of
from leadrelay.sandbox.salesforce.printing import Row, Shape, Sobject, print_value, selected
from leadrelay.sandbox.salesforce.soql import parse
from leadrelay.sandbox.salesforce.soql_ast import Comparison, Field, Item, Literal, Query
from leadrelay.sandbox.salesforce.soql_scope import no_such_column
from leadrelay.sandbox.salesforce.soql_sql import Plan, compile_query
from leadrelay.sandbox.wire import Request, Response, Router

__all__ = ["Cursor", "QueryResult", "add_routes", "print_value", "record", "run"]

LARGEST_PAGE = 2000
SMALLEST_PAGE = 200
CURSOR_LIFE = timedelta(days=2)
_WIDE = 30
_CSV_CHUNK = 5000


@dataclass(frozen=True)
class QueryResult:
    """An answered query: the plan, and the rowids of its records as they were when it was asked."""

    org: Org
    plan: Plan
    rowids: array[int] = field(default_factory=lambda: array("q"))
    rows: Sequence[Row] = ()

    @property
    def columns(self) -> Sequence[str]:
        """Names as a CSV header has them: `Id`, `Owner.Name`."""
        return self.plan.names

    @property
    def total(self) -> int:
        """How many records it found; `SELECT COUNT()` has the number in its only row."""
        if self.plan.count_only:
            return int(self.rows[0][0])
        return len(self.rows) if self.plan.aggregate else len(self.rowids)

    def records(self, version: str, start: int, count: int) -> list[Sobject]:
        """Objects of the answer from `start` on; those that went to the bin since the query are left out."""
        shape = Shape(self.plan.object, self.plan.targets, version)
        return list(shape.records(self._read(shape.expressions, start, count)))

    def csv_rows(self, start: int = 0, count: int | None = None) -> Iterator[Row]:
        """Rows as Bulk API 2.0 prints them: text, numbers, `true`/`false`, `...Z`, None for empty."""
        end = self.total if count is None else min(start + count, self.total)
        expressions = [selected(target, csv=True) for target in self.plan.targets]
        for first in range(start, end, _CSV_CHUNK):
            yield from self._read(expressions, first, min(_CSV_CHUNK, end - first))

    def aggregates(self) -> list[Sobject]:
        """The rows of a query with COUNT(Id), MAX(...) or GROUP BY."""
        columns = [target.column for target in self.plan.targets]
        names = self.plan.names
        made = []
        for row in self.rows:
            values = [None if v is None else print_value(c, v) for c, v in zip(columns, row, strict=True)]
            made.append({"attributes": {"type": "AggregateResult"}, **dict(zip(names, values, strict=True))})
        return made

    def _read(self, expressions: Sequence[str], start: int, count: int) -> Iterator[Row]:
        wanted = json.dumps(self.rowids[start : start + count].tolist())
        # CROSS JOIN keeps the order of the list: https://www.sqlite.org/optoverview.html#crossjoin
        sql = f"SELECT {', '.join(expressions)} FROM json_each(?) page CROSS JOIN {self.plan.source}"
        return iter(_executed(self.org, sql, (wanted,)))


@dataclass(frozen=True)
class Cursor:
    """A query result that further pages are read from."""

    result: QueryResult
    size: int
    born: datetime


def run(org: Org, soql: str, include_deleted: bool, *, bulk: bool = False) -> QueryResult:
    """Answer a query; raises SalesforceError. `bulk` also refuses what Bulk API 2.0 does not take."""
    query = parse(soql)
    plan = compile_query(org, query, include_deleted=include_deleted)
    if bulk:
        _check_bulk(query, plan)
    if plan.aggregate:
        return QueryResult(org, plan, rows=_few(org, plan))
    return QueryResult(org, plan, _rowids(org, plan))


def record(org: Org, version: str, object_name: str, key: str, wanted: Sequence[str] | None = None) -> Sobject:
    """One sObject as `GET sobjects/Lead/{id}` prints it; `wanted` are the fields asked for, all when None."""
    kind = objects.find(org.store, object_name)
    stored = org.store.get(kind.name, ids.normalize(key) or "") if kind else None
    if kind is None or stored is None or org.hidden.has(kind.name, stored["Id"]):
        raise not_found()
    if stored.get("IsDeleted"):
        raise entity_deleted()
    seen = org.visible(kind.name)
    for name in wanted or ():
        if "." not in name and name.lower() not in seen:
            raise bad("INVALID_FIELD", no_such_column(name, kind.name))
    names = wanted or [column.name for column in seen.values()]
    is_it = Comparison(Field("Id", 0), "=", (Literal("string", stored["Id"], 0),), 0)
    items = tuple(Item(Field(name, 0)) for name in dict.fromkeys(names))
    plan = compile_query(org, Query("", items, kind.name, 0, where=is_it), include_deleted=False)
    return QueryResult(org, plan, _rowids(org, plan)).records(version, 0, 1)[0]


def _rowids(org: Org, plan: Plan) -> array[int]:
    # One JSON text is read twice as fast as 100,000 rows. Under this aggregate SQLite keeps the order of a sub-select:
    # https://www.sqlite.org/optoverview.html, "Omit ORDER BY clauses on subqueries".
    sql = f"SELECT json_group_array(rowid) FROM ({plan.rows.sql})"
    (text,) = _executed(org, sql, plan.rows.values).fetchone()
    return array("q", orjson.loads(text))


def _executed(org: Org, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
    """What is beyond SQLite is beyond Salesforce: https://www.sqlite.org/limits.html ."""
    try:
        return org.store.db.execute(sql, values)
    except sqlite3.OperationalError as error:
        if re.search(r"too (large|many|big|complex)|at most", str(error)):
            raise too_complicated() from None
        if "no such column" in str(error):
            # Its field was deleted since the query was made; that the real org says this is a guess.
            raise invalid_locator() from None
        raise


def _few(org: Org, plan: Plan) -> list[Row]:
    rows = _executed(org, plan.rows.sql, plan.rows.values).fetchall()
    if len(rows) > LARGEST_PAGE and not plan.count_only:
        message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise bad("EXCEEDED_ID_LIMIT", message)
    return rows


def _check_bulk(query: Query, plan: Plan) -> None:
    if plan.aggregate:
        raise bad("API_ERROR", "Aggregate Relationships not supported in Bulk Query")
    if query.offset:
        raise bad("API_ERROR", "OFFSET not supported in Bulk Query")
    if any(target.column.meta["type"] == "address" for target in plan.targets):
        raise bad("API_ERROR", "Selecting compound data not supported in Bulk Query")


# -- HTTP -------------------------------------------------------------------------------------------------------------


def add_routes(router: Router, org: Org) -> None:
    """query, queryAll and the pages that follow; handlers raise SalesforceError."""
    base = "/services/data/v{version}/"
    router.add("GET HEAD", base + "query", lambda request: _query(org, request, include_deleted=False))
    router.add("GET HEAD", base + "queryAll", lambda request: _query(org, request, include_deleted=True))
    for name in ("search", "parameterizedSearch"):
        router.add("GET HEAD POST", base + name, _search)
    router.add("GET HEAD", base + "query/{locator}", lambda request: _more(org, request))
    router.add("GET HEAD", base + "queryAll/{locator}", lambda request: _more(org, request))


def _search(_: Request) -> Response:
    raise bad("MALFORMED_SEARCH", "the leadrelay sandbox does not model SOSL; ask by SOQL, at query")


def _query(org: Org, request: Request, *, include_deleted: bool) -> Response:
    result = run(org, request.query.get("q", ""), include_deleted)
    if result.plan.aggregate:
        return _answer(result.total, [] if result.plan.count_only else result.aggregates())
    size = _page_size(org, result.plan, _asked_size(request) or LARGEST_PAGE)
    if result.total <= size:
        return _answer(result.total, result.records(request.parts["version"], 0, size))
    _forget_old(org)
    locator = ids.take(org.store, "QueryLocator")[0]
    cursor = org.cursors[locator] = Cursor(result, size, org.now())
    return _page(cursor, locator, 0, request.parts["version"])


def _more(org: Org, request: Request) -> Response:
    locator, _, start = request.parts["locator"].partition("-")
    _forget_old(org)
    cursor = org.cursors.get(locator)
    first = count_of(start)
    if cursor is None or first is None or first > cursor.result.total:
        raise invalid_locator()
    asked = _asked_size(request)
    if asked:
        cursor = Cursor(cursor.result, _page_size(org, cursor.result.plan, asked), cursor.born)
    return _page(cursor, locator, first, request.parts["version"])


def _page(cursor: Cursor, locator: str, start: int, version: str) -> Response:
    records = cursor.result.records(version, start, cursor.size)
    after = start + cursor.size
    more = f"/services/data/v{version}/query/{locator}-{after}" if after < cursor.result.total else None
    return _answer(cursor.result.total, records, more)


def _answer(total: int, records: list[Sobject], more: str | None = None) -> Response:
    body: dict[str, Any] = {"totalSize": total, "done": more is None}
    if more is not None:
        body["nextRecordsUrl"] = more
    return Response(200, {**body, "records": records})


def _asked_size(request: Request) -> int | None:
    """The batchSize of `Sforce-Query-Options`, within what the API allows."""
    for option in request.headers.get("sforce-query-options", "").split(","):
        name, _, value = option.partition("=")
        if name.strip().lower() == "batchsize":
            size = count_of(value.strip())
            if size is None:
                raise SalesforceError(400, "INVALID_QUERY_OPTION", f"Invalid batchSize: {value.strip()}")
            return min(max(size, SMALLEST_PAGE), LARGEST_PAGE)
    return None


def _page_size(org: Org, plan: Plan, asked: int) -> int:
    """With the setting `page_shrink`, pages are smaller where the real ones are: long texts, many fields."""
    if not org.setting("page_shrink", False):
        return asked
    if sum(fields.is_long_text(target.column) for target in plan.targets) >= 2:
        return min(asked, SMALLEST_PAGE)
    return max(asked // 2, SMALLEST_PAGE) if len(plan.targets) > _WIDE else asked


def _forget_old(org: Org) -> None:
    oldest = org.now() - CURSOR_LIFE
    for locator in [locator for locator, cursor in org.cursors.items() if cursor.born < oldest]:
        del org.cursors[locator]
