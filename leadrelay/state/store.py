"""The state store: small transactions over `tables`, on SQLite or PostgreSQL."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SAWarning

from leadrelay.connectors.base import Cursor, Outcome, Standing
from leadrelay.errors import ConfigError, LeadrelayError, Problem, Stopped
from leadrelay.state.tables import HEAD, cursors, intents, metadata, runs, written

_CHUNK = 500
"""Ids bound in one statement: well below SQLite's oldest limit of 999 variables."""


Fields = Mapping[str, str | None]
"""CRM field -> the text that we put there."""


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

    `shared`: by lead, what is sent into fields that people edit too.
    `cursor`: how far the job has read once this is kept; None leaves it there. `fingerprint`: of the rules in force.
    """

    job: str
    run: str
    sending: Mapping[str, str]
    settled: Sequence[str]
    cursor: Cursor | None
    fingerprint: str
    shared: Mapping[str, Fields] = field(default_factory=dict)


class Store:
    """Everything that outlives a run. One instance per process."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._place = place

    @classmethod
    def open(cls, url: str, place: str = "state.url") -> Store:
        """Open and migrate the store; a problem with the address or the file is a `ConfigError` at `place`."""
        store = cls(_engine(url, place), place)
        try:
            with store._transaction() as connection:
                _migrate(connection, place)
        except ValueError:  # a zero byte in the file's name
            raise ConfigError([_bad_url(place, "a name with a zero byte")]) from None
        return store

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Everything or nothing. What the database refuses is told in words, without the values of the statement."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            fault = _fault(self._place, self._engine.url, error)
        else:
            return
        raise fault

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
        common = {"job": job, "run": promise.run, "state": "sending", "at": now}
        rows = [
            {**common, "lead": lead, "modified": modified, "fields": dict(promise.shared.get(lead, {}))}
            for lead, modified in promise.sending.items()
        ]
        with self._transaction() as connection:
            self._drop(connection, job, promise.settled)
            if rows:
                statement = _upsert(connection, intents, ("job", "lead"), ("run", "state", "modified", "at", "fields"))
                connection.execute(statement, rows)
            if promise.cursor is not None:
                row = {"job": job, "cursor": promise.cursor.to_json(), "fingerprint": promise.fingerprint}
                connection.execute(_upsert(connection, cursors, ("job",), ("cursor", "fingerprint")), [row])

    def settle(self, job: str, outcomes: Sequence[Outcome], shared: Mapping[str, Fields], now: datetime) -> None:
        """One transaction: what the CRM answered. `shared`: by lead, what now stands in fields that people edit too."""
        done = [outcome.id for outcome in outcomes if outcome.standing is Standing.DONE]
        with self._transaction() as connection:
            self._drop(connection, job, done)
            self._remember_written(connection, job, {lead: shared[lead] for lead in done if lead in shared})
            for outcome in outcomes:
                if outcome.standing is not Standing.DONE:
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

    def promised(self, job: str) -> dict[str, Fields]:
        """By lead whose write is not settled: what was to go into fields that people edit too."""
        query = select(intents.c.lead, intents.c.fields).where(intents.c.job == job, intents.c.state != "parked")
        with self._transaction() as connection:
            return {lead: fields for lead, fields in connection.execute(query) if fields}

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
        columns = {name: [found.get(lead, {}).get(name) for lead in leads] for name in fields}
        return pl.DataFrame(
            {"id": list(leads), **columns}, schema={"id": pl.String, **dict.fromkeys(fields, pl.String)}
        )

    def remember(self, job: str, shared: Mapping[str, Fields]) -> None:
        """Note what we wrote."""
        with self._transaction() as connection:
            self._remember_written(connection, job, shared)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _drop(self, connection: Connection, job: str, leads: Sequence[str]) -> None:
        for chunk in _chunks(leads):
            connection.execute(delete(intents).where(intents.c.job == job, intents.c.lead.in_(chunk)))

    def _remember_written(self, connection: Connection, job: str, shared: Mapping[str, Fields]) -> None:
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
    values = {"state": outcome.standing.value, "code": outcome.code[:80], "message": outcome.message, "at": now}
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
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(connection: Connection, place: str) -> None:
    if _is_current(connection, place):
        return
    if connection.dialect.name == "sqlite":  # two processes may find the same new file
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if _is_current(connection, place):
            return
    _upgrade(connection)


def _is_current(connection: Connection, place: str) -> bool:
    """Whether the store has today's form. A database of another program is left alone."""
    tables = set(inspect(connection).get_table_names())
    revision = None
    if "alembic_version" in tables:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if tables and (revision is None or not metadata.tables.keys() <= tables):
        message = "this database belongs to another program."
        raise ConfigError([Problem(place, message, "Name a database of its own; a new SQLite file is made.")])
    if revision is not None and revision > HEAD:
        message = f"the state store was made by a newer leadrelay (revision {revision}, this one knows {HEAD})."
        raise ConfigError([Problem(place, message, "Update leadrelay, or name another store.")])
    return revision == HEAD


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "leadrelay.state:migrations")
    command.upgrade(config, "head")


def _engine(url: str, place: str) -> Engine:
    """An engine by its address, which is checked as far as that goes without connecting."""
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and "timeout" not in address.query:
            address = address.update_query_dict({"timeout": _PATIENCE})
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)  # of a parameter that the driver does not know
            engine = create_engine(address)
    except (ArgumentError, ModuleNotFoundError, SAWarning, ValueError, TypeError) as error:
        raise ConfigError([_bad_url(place, type(error).__name__)]) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _be_durable)
    return engine


_PATIENCE = "10"
"""Seconds to wait while another process writes, where the address does not say."""


def _bad_url(place: str, why: str) -> Problem:
    cure = "Use sqlite:///FILE.db, or postgresql+psycopg://… with the extra: pip install 'leadrelay[postgres]'."
    return Problem(place, f"is not the address of a database ({why}).", cure)


def _fault(place: str, url: URL, error: DBAPIError) -> LeadrelayError:
    """What a fault of the database means. Its first line names no value; PostgreSQL quotes rows below it."""
    shown = url.set(query={}).render_as_string(hide_password=True)
    why = str(error.orig).partition("\n")[0].rstrip(".")
    if "database is locked" in why:
        return Stopped(f"{place}: {shown} is locked by another process. Wait until it has ended, then run again.")
    cure = "Does the folder exist, may this user write there, is there room, is the file a leadrelay store?"
    return ConfigError([Problem(place, f"{shown} cannot be opened or used: {type(error.orig).__name__}: {why}.", cure)])
