"""One runner at a time: a lock that is freed when its holder dies, and a number that refuses who was overtaken.

The lock saves work; what is true is decided by the fence here and by the unique keys in the CRM.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from leadrelay.errors import ConfigError, Problem, Stopped
from leadrelay.state.database import Database, upsert
from leadrelay.state.tables import leases

POLL = 0.25
"""Seconds between two tries while another holds the lease."""


class Lock(Protocol):
    """A lock that ends with its holder's process."""

    def take(self) -> bool:
        """Try to take it, without waiting."""
        ...

    def held(self) -> bool:
        """Whether it is still ours."""
        ...

    def free(self) -> None:
        """Give it back."""
        ...


class Lease:
    """The right to run something that nobody else may run meanwhile. For one thread at a time."""

    def __init__(
        self,
        database: Database,
        name: str,
        holder: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.holder = holder[:200]
        self.fence: int | None = None
        self._database = database
        self._now = now
        self._lock = _lock(database, name)

    def acquire(self, wait_seconds: float, sleep: Callable[[float], None], stopping: Callable[[], bool]) -> bool:
        """Wait for it at most that long, or until we are to stop; whether it is ours now."""
        waited = 0.0
        while not self._take():
            if waited >= wait_seconds or stopping():
                self._lock.free()  # the connection over which we asked
                return False
            sleep(POLL)
            waited += POLL
        return True

    def release(self) -> None:
        """Give it back. What was opened under it may not write any more."""
        self.fence = None
        self._lock.free()

    def holds(self) -> bool:
        """Whether it is still ours: the lock, and the number too."""
        if self.fence is None or not self._lock.held():
            return False
        with self._database.reading() as connection:
            return connection.execute(select(leases.c.fence).where(leases.c.name == self.name)).scalar() == self.fence

    def check(self, connection: Connection) -> None:
        """Within a transaction that writes: who was overtaken is stopped; who would overtake waits for its end."""
        query = select(leases.c.fence).where(leases.c.name == self.name).with_for_update(read=True)
        if self.fence is None or connection.execute(query).scalar() != self.fence:
            raise Stopped(
                f"{self.name}: {self.holder} does not hold its lease any more: another process has taken over. "
                "Nothing is lost; that process goes on with it."
            )

    def refusal(self) -> Stopped:
        """Who holds it since when, and the way out."""
        with self._database.reading() as connection:
            row = connection.execute(select(leases.c.holder, leases.c.at).where(leases.c.name == self.name)).first()
        who = f"{row.holder} since {row.at:%Y-%m-%d %H:%M:%S} UTC" if row else "another process"
        return Stopped(
            f"{self.name} is held by {who}. Wait until that has ended, or end it; "
            "the lease is free as soon as its process is gone."
        )

    def __enter__(self) -> Self:
        if not self.acquire(0, lambda _: None, lambda: False):
            raise self.refusal()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _take(self) -> bool:
        if self.fence is not None:
            return True
        if not self._lock.take():
            return False
        try:
            self.fence = self._count()
        finally:
            if self.fence is None:
                self._lock.free()
        return True

    def _count(self) -> int:
        """Our number: one more than anybody had before."""
        row = {"name": self.name, "holder": self.holder, "at": self._now(), "fence": 1}
        with self._database.transaction() as connection:
            connection.execute(upsert(connection, leases, ("holder", "at"), adding=["fence"]), [row])
            return int(connection.execute(select(leases.c.fence).where(leases.c.name == self.name)).scalar_one())


def _lock(database: Database, name: str) -> Lock:
    if not database.is_sqlite:
        return AdvisoryLock(database, name)
    file = database.file()
    return FileLock(file.with_name(f"{file.name}.{quote(name, safe='')}.lock"), database.place) if file else NoLock()


class NoLock:
    """A store in memory belongs to one process anyway."""

    def take(self) -> bool:
        return True

    def held(self) -> bool:
        return True

    def free(self) -> None:
        return


class FileLock:
    """A lock on a file beside the database; the kernel frees it when the process ends, however it ends."""

    def __init__(self, file: Path, place: str) -> None:
        self._file = file
        self._place = place
        self._handle: int | None = None

    def take(self) -> bool:
        handle = self._opened()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        if self.held():  # not one that somebody removed between our opening and our locking it
            return True
        self.free()
        return False

    def held(self) -> bool:
        if self._handle is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._handle), self._file.stat())
        except FileNotFoundError:
            return False

    def free(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _opened(self) -> int:
        try:
            return os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            message = f"the lock file {self._file} cannot be made: {error.strerror}."
            cure = "This user needs the right to write in the folder of the store."
            raise ConfigError([Problem(self._place, message, cure)]) from None


class AdvisoryLock:
    """A lock of a PostgreSQL session, on a connection of its own; the server frees it when the connection ends."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._engine = create_engine(database.engine.url, poolclass=NullPool)  # a pool is for what comes and goes
        self._number = int.from_bytes(hashlib.sha256(f"leadrelay lease {name}".encode()).digest()[:8], signed=True)
        self._connection: Connection | None = None

    def take(self) -> bool:
        if self._connection is None:
            self._connection = self._connected()
        try:
            query = text("SELECT pg_try_advisory_lock(:number)")
            taken = bool(self._connection.execute(query, {"number": self._number}).scalar())
        except DBAPIError:  # the connection was lost while we waited: the next try makes another
            taken = False
            self.free()
        return taken

    def held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True

    def free(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()  # closes it: the server frees the lock, also where a request would not get through
            connection.close()

    def _connected(self) -> Connection:
        with self._database.words():
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            for setting, value in _SERVER_KEEPALIVE.items():
                connection.execute(text(f"SET {setting} = {value}"))
            mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        if mine != connection.connection.driver_connection.info.backend_pid:  # type: ignore[union-attr]
            connection.close()
            raise _pooled(self._database.place)
        return connection


_SERVER_KEEPALIVE = {
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 11000,
    "idle_session_timeout": 0,
}
"""A holder whose machine is gone is noticed by the server within 11 s; one that is idle is let be."""


def _pooled(place: str) -> ConfigError:
    message = "leads through a connection pooler, which may give our lock to somebody else."
    return ConfigError([Problem(place, message, "Name the PostgreSQL server itself.")])
