"""The state store: everything that outlives a run, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from leadrelay.errors import ConfigError
from leadrelay.state.assignments import Assignments
from leadrelay.state.audit import Audit
from leadrelay.state.database import Database, bad_url
from leadrelay.state.journeys import Journeys
from leadrelay.state.lease import Lease
from leadrelay.state.lookups import Lookups
from leadrelay.state.memory import Memory as MemoryOfLeads
from leadrelay.state.migrate import migrate
from leadrelay.state.outbox import Outbox
from leadrelay.state.people import People
from leadrelay.state.places import make_private, refuse_shared_folders
from leadrelay.state.plans import Plans
from leadrelay.state.runs import Cursors, Pins, Runs
from leadrelay.state.values import (
    Applied,
    Assignment,
    AuditRow,
    Fields,
    Intent,
    Memory,
    Promise,
    Result,
    RunRecord,
    Waiting,
)

__all__ = [
    "Applied",
    "Assignment",
    "AuditRow",
    "Fields",
    "Intent",
    "Lease",
    "Memory",
    "Promise",
    "Result",
    "RunRecord",
    "Store",
    "Waiting",
]


class Store:
    """The parts of the store. One instance per process; threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.runs = Runs(database)
        self.cursors = Cursors(database)
        self.outbox = Outbox(database)
        self.memory = MemoryOfLeads(database)
        self.audit = Audit(database)
        self.assignments = Assignments(database)
        self.journeys = Journeys(database)
        self.pins = Pins(database)
        self.lookups = Lookups(database)
        self.people = People(database)
        self.plans = Plans(database)

    @classmethod
    def open(cls, url: str, place: str = "state.url") -> Store:
        """Open and migrate the store; a problem with the address or the file is a `ConfigError` at `place`."""
        store = cls(Database.at(url, place))
        try:
            store._prepare(place)
        except BaseException:
            store.close()
            raise
        return store

    def lease(self, name: str, holder: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Lease:
        """The right to do something that nobody else does meanwhile; to be acquired. `holder`: who asks, for people."""
        return Lease(self._database, name, holder, now)

    def under(self, lease: Lease) -> Store:
        """The same store for who holds this lease: once another has taken over, the outbox refuses to be written."""
        return Store(self._database.under(lease))

    def _prepare(self, place: str) -> None:
        try:
            if file := self._database.file():
                refuse_shared_folders(file, place)
                make_private(file)
            migrate(self._database)
        except ValueError:  # a zero byte in the file's name
            raise ConfigError([bad_url(place, "a name with a zero byte")]) from None

    def close(self) -> None:
        """Let go of the database."""
        self._database.engine.dispose()
