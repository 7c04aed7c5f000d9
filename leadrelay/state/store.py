"""The state store: small transactions over `tables`, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from leadrelay.connectors.base import Cursor, Outcome, Verdict
from leadrelay.errors import ConfigError, Problem
from leadrelay.state.tables import HEAD, cursors, intents, runs, written

_CHUNK = 500
"""Ids bound in one statement: well below SQLite's oldest limit of 999 variables."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead whose write is not settled. `modified`: its record's stamp when it was decided."""

    lead: str
    state: str
    modified: str
    code: str
    message: str
    attempts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is kept of a run."""

    id: str
    job: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    """What one page leads to. `sending`: lead -> its record's stamp. `settled`: leads that need no sending any more.

    `cursor`: how far the job has read once this is kept; None leaves it there. `fingerprint`: of the rules in force.
    """

    job: str
    run: str
    sending: Mapping[str, str]
    settled: Sequence[str]
    cursor: Cursor | None
    fingerprint: str


class Store:
    """Everything that outlives a run. One instance per process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Store:
        """Open and migrate the store; a problem with the address or the file is a `ConfigError`."""
        try:
            engine = create_engine(url)
            if engine.dialect.name == "sqlite":
                event.listen(engine, "connect", _be_durable)
            with engine.begin() as connection:
                _migrate(connection)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise ConfigError([_bad_url(error)]) from None
        except DBAPIError as error:
            raise ConfigError([_cannot_open(url, error)]) from None
        return cls(engine)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    # -- runs ---------------------------------------------------------------------------------------------------------

    def begin_run(self, run: str, job: str, now: datetime) -> None:
        """Remember that a run began. A run that never ended stays `running`, and so shows that it was cut off."""
        row = {"id": run, "job": job, "started_at": now, "outcome": "running", "summary": {}}
        with self._transaction() as connection:
            connection.execute(insert(runs).values(row))

    def end_run(self, run: str, now: datetime, outcome: str, summary: Mapping[str, Any]) -> None:
        """Remember how a run ended."""
        values = {"ended_at": now, "outcome": outcome, "summary": dict(summary)}
        with self._transaction() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(values))

    def last_run(self, job: str) -> RunRecord | None:
        """The latest run of a job."""
        query = select(runs).where(runs.c.job == job).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(1)
        with self._transaction() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return RunRecord(**{**row, "started_at": _utc(row["started_at"]), "ended_at": _utc(row["ended_at"])})

    # -- cursor -------------------------------------------------------------------------------------------------------

    def cursor(self, job: str, fingerprint: str) -> Cursor | None:
        """How far the job has read with these rules; None when it has to read everything."""
        query = select(cursors.c.cursor).where(cursors.c.job == job, cursors.c.fingerprint == fingerprint)
        with self._transaction() as connection:
            found = connection.execute(query).scalar()
        return Cursor.from_json(found) if found else None

    # -- the outbox ---------------------------------------------------------------------------------------------------

    def promise(self, promise: Promise, now: datetime) -> None:
        """One transaction: record what will be sent, drop what needs no sending any more, move the cursor."""
        job = promise.job
        rows = [
            {"job": job, "lead": lead, "run": promise.run, "state": "sending", "modified": modified, "at": now}
            for lead, modified in promise.sending.items()
        ]
        with self._transaction() as connection:
            self._drop(connection, job, promise.settled)
            if rows:
                statement = _upsert(connection, intents, ("job", "lead"), ("run", "state", "modified", "at"))
                connection.execute(statement, rows)
            if promise.cursor is not None:
                row = {"job": job, "cursor": promise.cursor.to_json(), "fingerprint": promise.fingerprint}
                connection.execute(_upsert(connection, cursors, ("job",), ("cursor", "fingerprint")), [row])

    def settle(
        self, job: str, outcomes: Sequence[Outcome], shared: Mapping[str, Mapping[str, str | None]], now: datetime
    ) -> None:
        """One transaction: what the CRM answered. `shared`: by lead, what now stands in fields that people edit too."""
        done = [outcome.id for outcome in outcomes if outcome.verdict is Verdict.DONE]
        with self._transaction() as connection:
            self._drop(connection, job, done)
            self._remember_written(connection, job, {lead: shared[lead] for lead in done if lead in shared})
            for outcome in outcomes:
                if outcome.verdict is not Verdict.DONE:
                    connection.execute(_leave(job, outcome, now))

    def unsettled(self, job: str) -> list[str]:
        """Leads whose write is not settled and should be decided anew: cut off, or pending."""
        query = select(intents.c.lead).where(intents.c.job == job, intents.c.state != "parked").order_by(intents.c.lead)
        with self._transaction() as connection:
            return list(connection.execute(query).scalars())

    def waiting(self, job: str) -> list[Waiting]:
        """Every lead whose write is not settled, parked ones too."""
        columns = [intents.c[name] for name in ("lead", "state", "modified", "code", "message", "attempts", "at")]
        query = select(*columns).where(intents.c.job == job).order_by(intents.c.state, intents.c.code, intents.c.lead)
        with self._transaction() as connection:
            rows = connection.execute(query).mappings().all()
        return [Waiting(**{**row, "at": _utc(row["at"])}) for row in rows]

    def counts(self, job: str) -> dict[str, int]:
        """How many leads wait, by state."""
        query = select(intents.c.state, func.count()).where(intents.c.job == job).group_by(intents.c.state)
        with self._transaction() as connection:
            return dict(connection.execute(query).all())

    def release(self, job: str, leads: Sequence[str] | None = None) -> int:
        """Make parked leads (all, or these) pending, so that the next run tries them again; how many there were."""
        query = update(intents).where(intents.c.job == job, intents.c.state == "parked").values(state="pending")
        if leads is not None:
            query = query.where(intents.c.lead.in_(leads))
        with self._transaction() as connection:
            return connection.execute(query).rowcount

    def forget(self, job: str, leads: Sequence[str]) -> None:
        """Drop what waits for leads that are gone."""
        with self._transaction() as connection:
            self._drop(connection, job, leads)

    # -- what we wrote ------------------------------------------------------------------------------------------------

    def seen(self, job: str, leads: Sequence[str], fields: Sequence[str]) -> pl.DataFrame:
        """What we wrote last: `id` and one text column a field; null means never."""
        found: dict[str, Mapping[str, str | None]] = {}
        if fields:
            with self._transaction() as connection:
                for chunk in _chunks(leads):
                    query = select(written.c.lead, written.c.fields).where(
                        written.c.job == job, written.c.lead.in_(chunk)
                    )
                    found |= dict(connection.execute(query).all())
        columns = {field: [found.get(lead, {}).get(field) for lead in leads] for field in fields}
        return pl.DataFrame(
            {"id": list(leads), **columns}, schema={"id": pl.String, **dict.fromkeys(fields, pl.String)}
        )

    # -- inside -------------------------------------------------------------------------------------------------------

    def _drop(self, connection: Connection, job: str, leads: Sequence[str]) -> None:
        for chunk in _chunks(leads):
            connection.execute(delete(intents).where(intents.c.job == job, intents.c.lead.in_(chunk)))

    def _remember_written(
        self, connection: Connection, job: str, shared: Mapping[str, Mapping[str, str | None]]
    ) -> None:
        before = {}
        for chunk in _chunks(list(shared)):
            query = select(written.c.lead, written.c.fields).where(written.c.job == job, written.c.lead.in_(chunk))
            before.update(dict(connection.execute(query).all()))
        rows = [
            {"job": job, "lead": lead, "fields": {**before.get(lead, {}), **values}} for lead, values in shared.items()
        ]
        if rows:
            connection.execute(_upsert(connection, written, ("job", "lead"), {"fields"}), rows)


def _leave(job: str, outcome: Outcome, now: datetime) -> Any:
    values = {"state": outcome.verdict.value, "code": outcome.code[:80], "message": outcome.message, "at": now}
    row = update(intents).where(intents.c.job == job, intents.c.lead == outcome.id)
    return row.values(**values, attempts=intents.c.attempts + 1)


def _upsert(connection: Connection, table: Table, keys: Sequence[str], changing: Iterable[str]) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in changing}
    )


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def _utc(moment: datetime | None) -> Any:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _be_durable(connection: Any, _record: object) -> None:
    """Committed means that it survives a power cut: https://sqlite.org/pragma.html#pragma_synchronous."""
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(connection: Connection) -> None:
    if not inspect(connection).has_table("alembic_version"):
        _upgrade(connection)
        return
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is not None and revision > HEAD:
        message = f"was made by a newer leadrelay (revision {revision}, this one knows {HEAD})."
        raise ConfigError([Problem("state.url: the state store", message, "Update leadrelay, or name another store.")])
    if revision != HEAD:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "leadrelay.state:migrations")
    command.upgrade(config, "head")


def _bad_url(error: Exception) -> Problem:
    cure = "Use sqlite:///FILE.db, or postgresql+psycopg://… with the extra: pip install 'leadrelay[postgres]'."
    return Problem("state.url", f"is not the address of a database ({type(error).__name__}).", cure)


def _cannot_open(url: str, error: DBAPIError) -> Problem:
    shown = make_url(url).render_as_string(hide_password=True)
    cure = "Does the folder exist, may this user write there, is the file a leadrelay store?"
    return Problem("state.url", f"{shown} cannot be opened: {type(error.orig).__name__}: {error.orig}.", cure)
