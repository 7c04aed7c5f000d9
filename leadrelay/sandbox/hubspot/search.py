"""`POST /crm/v3/objects/{type}/search`: filters, text query, one sort rule, pages of 200, 10,000 results a query.

Beyond them: https://developers.hubspot.com/docs/api-reference/search/guide#limitations (400; its words are not known).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal, bad_input
from leadrelay.sandbox.hubspot.index import Index
from leadrelay.sandbox.hubspot.objecttypes import ObjectType, object_type
from leadrelay.sandbox.hubspot.query import body, strings, text
from leadrelay.sandbox.hubspot.records import Records, View
from leadrelay.sandbox.hubspot.search_sql import Condition, Filters, install
from leadrelay.sandbox.wire import Request, Response

MOST_RESULTS = 10_000
MOST_A_PAGE = 200
LONGEST_QUERY = 3_000
FEW = 5_000
_DIRECTIONS = {"ASCENDING": "ASC", "DESCENDING": "DESC"}


class SearchApi:
    """Search reads through an index, which may lag."""

    def __init__(self, records: Records, index: Index) -> None:
        self.records = records
        self.index = index
        self.store = records.store
        self._counted: tuple[object, tuple[int, bool]] = None, (0, False)
        install(self.store.db)

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        return [("POST", "/crm/v3/objects/{type}/search", self.search)]

    def search(self, request: Request) -> Response:
        kind, given = object_type(self.store, request.parts["type"]), body(request)
        self.index.settle(kind)
        filters = Filters(self.records.portal, kind)
        limit, after = _limit(given), _after(given)
        if after + limit > MOST_RESULTS:
            raise Refusal(400, f"Paging through more than {MOST_RESULTS} results of a query is not possible.")
        total, keys = self._find(kind, *self._where(filters, given), self._order(filters, given), [limit, after])
        names = strings(given.get("properties"), "properties")
        answer: dict[str, Any] = {
            "total": total,
            "results": self._shown(kind, keys, self.records.view(kind, names or None)),
        }
        if after + limit < total:
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return Response(200, answer)

    def _shown(self, kind: ObjectType, keys: list[int], view: View) -> list[dict[str, Any]]:
        """The records as they are now; what is gone and still in the index, as it was."""
        now = {record["id"]: record for record in self.records.by_id(kind, keys, view)}
        gone = [key for key in keys if str(key) not in now]
        was = [view.record(row) for row in self.index.rows(kind, view.select, gone)] if gone else []
        found = {**now, **{record["id"]: record for record in was}}
        return [found[str(key)] for key in keys if str(key) in found]

    def _where(self, filters: Filters, given: dict[str, Any]) -> Condition:
        parts: list[Condition] = [('"_archived" IS NULL', []), filters.condition(_groups(given))]
        query = text(given.get("query"), "query")
        if len(query) > LONGEST_QUERY:
            raise Refusal(400, f"The query may hold at most {LONGEST_QUERY} characters.")
        if query:
            parts.append(filters.text_query(query))
        return " AND ".join(sql for sql, _ in parts), [param for _, params in parts for param in params]

    def _order(self, filters: Filters, given: dict[str, Any]) -> str:
        """Oldest first, where nothing is said; ids are handed out in time."""
        sorts = given.get("sorts") or []
        if not isinstance(sorts, list) or len(sorts) > 1:
            raise Refusal(400, "Only one sorting rule can be applied to a search.")
        return filters.order(*_rule(sorts[0])) if sorts else f'"{self.store.key}"'

    def _find(
        self, kind: ObjectType, where: str, params: list[Any], order: str, page: list[int]
    ) -> tuple[int, list[int]]:
        """How many match, and the ids of a page. Few that changed lately are found by time, others by id."""
        total, few = self._total(kind, where, params)
        rest = f"{where} ORDER BY {order}"
        if few:
            rest = self._not_by_id(rest)
        sql = f'SELECT "{self.store.key}" FROM {self.index.source(kind)} WHERE {rest} LIMIT ? OFFSET ?'
        return total, [key for (key,) in self.store.db.execute(sql, [*params, *page])]

    def _total(self, kind: ObjectType, where: str, params: Sequence[Any]) -> tuple[int, bool]:
        """How many match, and whether the index by time found them to be few.

        The pages of one query count once, as long as nothing is written between them.
        """
        asked = (kind.name, where, tuple(params), self.store.db.total_changes)
        if self._counted[0] != asked:
            self._counted = asked, self._count(kind, where, params)
        return self._counted[1]

    def _count(self, kind: ObjectType, where: str, params: Sequence[Any]) -> tuple[int, bool]:
        rows = f"FROM {self.index.source(kind)} WHERE"
        if f'"{kind.modified}"' in where:
            probe = f"SELECT count(*) FROM (SELECT 1 {rows} {self._not_by_id(where)} LIMIT {FEW + 1})"
            found = self.store.db.execute(probe, params).fetchone()[0]
            if found <= FEW:
                return found, True
        return self.store.db.execute(f"SELECT count(*) {rows} {where}", params).fetchone()[0], False

    def _not_by_id(self, sql: str) -> str:
        """The same for SQLite not to look up by id: https://sqlite.org/optoverview.html, "unary plus"."""
        key = f'"{self.store.key}"'
        return sql.replace(key, f"+{key}")


def _groups(given: dict[str, Any]) -> list[list[Any]]:
    """The filter groups; filters on the top level, which the docs show too, are one more."""
    groups = given.get("filterGroups") or []
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise bad_input("filterGroups must be a list of objects")
    listed = [group.get("filters") or [] for group in groups]
    if given.get("filters"):
        listed.append(given["filters"])
    if not all(isinstance(filters, list) for filters in listed):
        raise bad_input("filters must be a list")
    return listed


def _rule(rule: object) -> tuple[str, str]:
    """A sort rule as the API takes it: an object, that object as JSON text, `name` or `-name`."""
    if isinstance(rule, str) and rule.startswith("{"):
        try:
            rule = json.loads(rule)
        except ValueError:
            raise bad_input("a sort rule is no JSON") from None
    if isinstance(rule, str):
        return rule.removeprefix("-"), "DESC" if rule.startswith("-") else "ASC"
    direction = _DIRECTIONS.get(str(rule.get("direction") or "ASCENDING")) if isinstance(rule, dict) else None
    if direction is None or not isinstance(rule, dict) or not isinstance(rule.get("propertyName"), str):
        raise bad_input("a sort rule needs a propertyName and a direction, ASCENDING or DESCENDING")
    return rule["propertyName"], direction


def _limit(given: dict[str, Any]) -> int:
    limit = 10 if given.get("limit") is None else given["limit"]
    if not str(limit).isdecimal() or int(limit) > MOST_A_PAGE:
        raise Refusal(400, f"limit must be from 0 to {MOST_A_PAGE}, not {limit}.")
    return int(limit)


def _after(given: dict[str, Any]) -> int:
    after = given.get("after") or 0
    if not str(after).isdecimal():
        raise bad_input("after must be an integer")
    return int(after)
