"""What is kept of runs, and how far a job has read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from leadrelay.connectors.base import Cursor
from leadrelay.state.database import Database, ensure, upsert
from leadrelay.state.tables import cursors, pins, runs
from leadrelay.state.values import RunRecord


class Runs:
    """Every run of every job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, run: str, job: str, now: datetime, kind: str = "run") -> None:
        """Remember that a run began, or goes on: one that never ended stays `running`, and so shows it was cut off."""
        row = {"id": run, "job": job, "kind": kind, "started_at": now, "outcome": "running", "summary": {}}
        with self._database.transaction() as connection:
            connection.execute(upsert(connection, runs, ("kind", "outcome")), [row])

    def end(
        self, run: str, now: datetime, outcome: str, summary: Mapping[str, Any], paused_until: datetime | None = None
    ) -> None:
        """Remember how a run ended."""
        values = {"ended_at": now, "outcome": outcome, "summary": dict(summary), "paused_until": paused_until}
        with self._database.transaction() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(values))

    def get(self, run: str) -> RunRecord | None:
        """One run."""
        return self._first(select(runs).where(runs.c.id == run))

    def last(self, job: str) -> RunRecord | None:
        """The latest run of a job, rollbacks aside."""
        return self._first(_latest(job).where(runs.c.kind != "rollback"))

    def last_ended(self, job: str) -> RunRecord | None:
        """The latest run of a job that came to its end, whatever it left to do."""
        ended = runs.c.outcome.in_(("done", "attention"))
        return self._first(_latest(job).where(runs.c.kind.in_(("run", "plan")), ended))

    def paused_until(self, job: str) -> datetime | None:
        """Until when the last run put the job off; None when it did not."""
        last = self.last(job)
        return last.paused_until if last else None

    def recent(self, job: str, limit: int) -> list[RunRecord]:
        """The latest runs, rollbacks too, latest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_latest(job).limit(limit)).mappings().all()
        return [RunRecord(**row) for row in rows]

    def _first(self, query: Select[Any]) -> RunRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(query.limit(1)).mappings().first()
        return RunRecord(**row) if row is not None else None


def _latest(job: str) -> Select[Any]:
    return select(runs).where(runs.c.job == job).order_by(runs.c.started_at.desc(), runs.c.id.desc())


class Cursors:
    """How far each job has read. They move only as part of a promise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, job: str, fingerprint: str) -> Cursor | None:
        """How far the job has read with these rules; None when it has to read everything."""
        query = select(cursors.c.cursor).where(cursors.c.job == job, cursors.c.fingerprint == fingerprint)
        with self._database.reading() as connection:
            found = connection.execute(query).scalar()
        return Cursor.from_json(found) if found else None


def move_cursor(connection: Connection, job: str, cursor: Cursor, fingerprint: str) -> None:
    """Within a transaction."""
    row = {"job": job, "cursor": cursor.to_json(), "fingerprint": fingerprint}
    connection.execute(upsert(connection, cursors, ("cursor", "fingerprint")), [row])


class Pins:
    """Which organisation each connection belongs to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pin(self, connection: str, organisation: str) -> str | None:
        """Pin the connection to its organisation; the other one that it was pinned to before, if it was."""
        with self._database.transaction() as transaction:
            transaction.execute(ensure(transaction, pins), [{"connection": connection, "organisation": organisation}])
            query = select(pins.c.organisation).where(pins.c.connection == connection)
            found = str(transaction.execute(query).scalar_one())
        return None if found == organisation else found

    def get(self, connection: str) -> str | None:
        """The organisation that the connection was pinned to."""
        with self._database.reading() as transaction:
            query = select(pins.c.organisation).where(pins.c.connection == connection)
            found = transaction.execute(query).scalar_one_or_none()
        return None if found is None else str(found)

    def expect_writable(self) -> None:
        """Raise `LeadrelayError` where the store cannot be written. Changes nothing: no connection has no name."""
        with self._database.transaction() as transaction:
            transaction.execute(delete(pins).where(pins.c.connection == ""))
