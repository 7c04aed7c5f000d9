"""SOQL over HTTP: query, queryAll and their further pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.store import Column
from leadrelay.sandbox.wire import Router


@dataclass(frozen=True)
class QueryResult:
    """An answered query. `columns` are the names as asked (`Id`, `Owner.Name`, `expr0`), rows are read when wanted."""

    columns: Sequence[str]
    total: int

    def csv_rows(self, start: int = 0, count: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Rows as Bulk API 2.0 prints them: text, numbers, `true`/`false`, `...Z`, None for empty."""
        raise NotImplementedError


def run(org: Org, soql: str, include_deleted: bool, *, bulk: bool = False) -> QueryResult:
    """Answer a query; raises SalesforceError. `bulk` also refuses what Bulk API 2.0 does not take."""
    raise NotImplementedError


def record(org: Org, version: str, object_name: str, key: str, fields: Sequence[str] | None = None) -> dict[str, Any]:
    """One sObject as `GET sobjects/Lead/{id}` prints it; refuses unknown, deleted and unseen fields with 404 or 400."""
    raise NotImplementedError


def print_value(column: Column, value: Any, *, csv: bool = False) -> Any:
    """A stored value as the API prints it."""
    raise NotImplementedError


def add_routes(router: Router, org: Org) -> None:
    """query, queryAll."""
    raise NotImplementedError
