"""The audit: every effect that took place, in the order in which it became known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from leadrelay.core.changes import JsonValue
from leadrelay.state.database import Database, chunks
from leadrelay.state.tables import audit as table
from leadrelay.state.values import AuditRow

_PAGE = 2_000


class Audit:
    """What was done, to be read. Rows are added only in the transaction that learns that an effect took place."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_run(self, run: str) -> Iterator[AuditRow]:
        """What a run did, in order."""
        return self._walk(table.c.run == run)

    def settled(self, run: str, keys: Sequence[str]) -> dict[str, set[str]]:
        """Of these effects, those that a run knows the end of: what became of each."""
        found: dict[str, set[str]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(keys):
                query = select(table.c.key, table.c.action).where(table.c.run == run, table.c.key.in_(chunk))
                for key, action in connection.execute(query):
                    found.setdefault(key, set()).add(action)
        return found

    def of_lead(self, lead: str) -> Iterator[AuditRow]:
        """What was done to a lead, in order."""
        return self._walk(table.c.lead == lead)

    def runs_of(self, lead: str) -> list[str]:
        """The runs that did something to a lead, in order."""
        query = select(table.c.run).where(table.c.lead == lead).group_by(table.c.run).order_by(func.min(table.c.seq))
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def forget(self, job: str, before: datetime) -> None:
        """Drop what a job did earlier than that: it holds personal data, and cannot be undone any more."""
        oldest = select(table.c.at).order_by(table.c.seq).limit(1)
        with self._database.reading() as connection:
            at = connection.execute(oldest).scalar()
        if at is not None and at < before:  # rows come in the order of time: else there is nothing to look for
            with self._database.transaction() as connection:
                connection.execute(delete(table).where(table.c.job == job, table.c.at < before))

    def _walk(self, condition: ColumnElement[bool]) -> Iterator[AuditRow]:
        after = 0
        while True:
            query = select(table).where(condition, table.c.seq > after).order_by(table.c.seq).limit(_PAGE)
            with self._database.reading() as connection:
                rows = connection.execute(query).mappings().all()
            for row in rows:
                yield AuditRow(**row)
            if len(rows) < _PAGE:
                return
            after = rows[-1]["seq"]


def entry(row: Mapping[str, Any], action: str, fields: Mapping[str, Sequence[JsonValue]]) -> dict[str, Any]:
    """A row to be added: what was done, of the intent that it was done for."""
    same = ("run", "job", "organisation", "object", "lead", "why", "key")
    return {**{name: row[name] for name in same}, "action": action, "fields": fields, "task": ""}


def came_along(connection: Connection, keys: Sequence[str]) -> list[dict[str, Any]]:
    """What was created under these keys, and is no promise of its own; within a transaction."""
    if not keys:
        return []
    query = select(table).where(table.c.key.in_(keys), table.c.action.in_(("task", "note")))
    return [dict(row) for row in connection.execute(query).mappings()]


def append(connection: Connection, rows: Sequence[Mapping[str, Any]], at: Any) -> None:
    """Add rows, within a transaction."""
    if rows:
        connection.execute(insert(table), [{**row, "at": at} for row in rows])
