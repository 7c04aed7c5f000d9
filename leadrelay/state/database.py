"""The database under the state store: its address, its transactions, and its faults in words."""

from __future__ import annotations

import sqlite3
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, create_engine, event, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SAWarning

from leadrelay.errors import ConfigError, LeadrelayError, Problem, Stopped

CHUNK = 500
"""Values bound in one statement: well below SQLite's oldest limit of 999 variables."""

_PAGE = 2_000
_Item = TypeVar("_Item")


class Guard(Protocol):
    """Who may write."""

    def check(self, connection: Connection) -> None:
        """Raise `Stopped` within the transaction when somebody else may write now."""
        ...


class Database:
    """An engine, and everything-or-nothing transactions on it. May be used by several threads."""

    def __init__(self, engine: Engine, place: str, guard: Guard | None = None) -> None:
        self.engine = engine
        self.place = place
        self._guard = guard
        self._writer = engine.execution_options(begin="BEGIN IMMEDIATE")

    @classmethod
    def at(cls, url: str, place: str) -> Database:
        """By its address, which is checked as far as that goes without connecting."""
        return cls(_engine(url, place), place)

    def under(self, guard: Guard) -> Database:
        """The same database for who holds a lease: `guarded` transactions check it."""
        return Database(self.engine, self.place, guard)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def file(self) -> Path | None:
        """The SQLite file, by one name whatever links lead to it; None for a store in memory, or on a server."""
        url = self.engine.url
        if not self.is_sqlite or url.database in {None, "", ":memory:"} or url.query.get("mode") == "memory":
            return None
        return Path((url.database or "").removeprefix("file:")).resolve()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads: it waits for nobody."""
        with self._told(self.engine) as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Everything or nothing. SQLite's writers queue at the beginning, so that none fails half-way."""
        with self._told(self._writer) as connection:
            yield connection

    @contextmanager
    def guarded(self) -> Iterator[Connection]:
        """A transaction that is refused once somebody else has taken over the lease."""
        with self.transaction() as connection:
            if self._guard is not None:
                self._guard.check(connection)
            yield connection

    @contextmanager
    def words(self) -> Iterator[None]:
        """What the database refuses is told in words, without the values of the statement."""
        try:
            yield
        except DBAPIError as error:
            fault = _fault(self.place, self.engine.url, error)
        else:
            return
        raise fault

    @contextmanager
    def _told(self, engine: Engine) -> Iterator[Connection]:
        with self.words(), engine.begin() as connection:
            yield connection


def upsert(
    connection: Connection,
    table: Table,
    changing: Iterable[str],
    adding: Iterable[str] = (),
    also: Mapping[str, Any] | None = None,
    where: Any = None,
) -> Any:
    """An insert that changes these columns where the primary key is there already.

    `adding`: columns that it adds to. `also`: columns by an expression over what is there.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    changes = {name: statement.excluded[name] for name in changing}
    sums = {name: table.c[name] + statement.excluded[name] for name in adding}
    keys = list(table.primary_key.columns)
    return statement.on_conflict_do_update(index_elements=keys, set_={**changes, **sums, **(also or {})}, where=where)


def inserted(connection: Connection, table: Table) -> Any:
    """The row that an `upsert` would insert, as an expression in `also`."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).excluded


def ensure(connection: Connection, table: Table) -> Any:
    """An insert that does nothing where the primary key is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def chunks(items: Sequence[_Item], size: int = CHUNK) -> Iterator[Sequence[_Item]]:
    """The items, few enough at a time for one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def in_time(database: Database, moment: Column[datetime], lead: Column[str], due: ColumnElement[bool]) -> Iterator[str]:
    """The leads of the rows that are due, the longest due first, a piece at a time; not those settled meanwhile."""
    after = (datetime.min.replace(tzinfo=UTC), "")
    while True:
        rest = tuple_(moment, lead) > tuple_(literal(after[0], moment.type), literal(after[1]))
        with database.reading() as connection:
            query = select(moment, lead).where(due, rest).order_by(moment, lead)
            found = connection.execute(query.limit(_PAGE)).all()
        yield from (one for _, one in found)
        if len(found) < _PAGE:
            return
        after = (found[-1][0], found[-1][1])


def bad_url(place: str, why: str) -> Problem:
    """An address that leads to no database."""
    cure = "Use sqlite:///FILE.db, or postgresql+psycopg://… with the extra: pip install 'leadrelay[postgres]'."
    return Problem(place, f"is not the address of a database ({why}).", cure)


def _engine(url: str, place: str) -> Engine:
    try:
        address = _with_patience(make_url(url))
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)  # of a parameter that the driver does not know
            engine = create_engine(address, pool_pre_ping=address.get_backend_name() != "sqlite")
    except (ArgumentError, ModuleNotFoundError, SAWarning, ValueError, TypeError) as error:
        raise ConfigError([bad_url(place, type(error).__name__)]) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _be_durable)
        event.listen(engine, "begin", _begin)
    return engine


_PATIENCE = {"timeout": "30"}
"""Seconds to wait while another process writes, where the address does not say."""

_KEEPALIVE = {
    "connect_timeout": "10",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "11000",
}
"""A server that is gone without a word is noticed within 11 s.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
"""


def _with_patience(address: URL) -> URL:
    wanted = _PATIENCE if address.get_backend_name() == "sqlite" else {}
    if address.drivername in {"postgresql", "postgresql+psycopg"}:
        wanted = _KEEPALIVE
    return address.update_query_dict({name: value for name, value in wanted.items() if name not in address.query})


def _be_durable(connection: Any, _record: object) -> None:
    """Committed means that it survives a power cut: https://sqlite.org/pragma.html#pragma_synchronous."""
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin` does
    _log_ahead(connection)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _log_ahead(connection: Any) -> None:
    """A new file changes over to a log once. Of many that do so at once, SQLite refuses some without waiting."""
    for _ in range(_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.05)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


_TRIES = 100


def _begin(connection: Connection) -> None:
    """Two that read first and write then would both fail: https://sqlite.org/lang_transaction.html."""
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _fault(place: str, url: URL, error: DBAPIError) -> LeadrelayError:
    """What a fault of the database means. Its first line names no value; PostgreSQL quotes rows below it."""
    shown = url.set(query={}).render_as_string(hide_password=True)
    why = str(error.orig).partition("\n")[0].rstrip(".")
    if "database is locked" in why:
        return Stopped(f"{place}: {shown} is locked by another process. Wait until it has ended, then run again.")
    cure = "Does the folder exist, may this user write there, is there room, is the file a leadrelay store?"
    return ConfigError([Problem(place, f"{shown} cannot be opened or used: {type(error.orig).__name__}: {why}.", cure)])
