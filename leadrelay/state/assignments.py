"""Who has which lead, and what each is entitled to. Both change only as part of a promise, or of what settles one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, select, text, update

from leadrelay.core.assign.ledger import Entry, Ledger
from leadrelay.state.database import Database, chunks, in_time, upsert
from leadrelay.state.tables import OPEN
from leadrelay.state.tables import assignments as table
from leadrelay.state.tables import ledger as entries
from leadrelay.state.values import Assignment, Promised

_NAMES = tuple(Assignment.__dataclass_fields__)
_COLUMNS = [table.c[name] for name in _NAMES]
_KEPT = tuple(name for name in _NAMES if name not in {"job", "lead", "number"})
_ENTRY = tuple(Entry.__dataclass_fields__)
_open = text(OPEN)


class Assignments:
    """What is read of assignments and of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, job: str, leads: Sequence[str]) -> dict[str, list[Assignment]]:
        """By lead, everybody who had it, the first one first; leads that nobody had are absent."""
        found: dict[str, list[Assignment]] = {}
        parts = [table.c.lead.in_(chunk) for chunk in chunks(leads)]
        for one in self._found([_all(job).where(part) for part in parts]):
            found.setdefault(one.lead, []).append(one)
        return found

    def latest(self, job: str, leads: Sequence[str]) -> dict[str, Assignment]:
        """By lead, who had it last."""
        return {lead: several[-1] for lead, several in self.of(job, leads).items()}

    def of_run(self, job: str, run: str) -> list[Assignment]:
        """Everything that a run decided, by lead."""
        return self._found([_all(job).where(table.c.run == run)])

    def load(self, job: str) -> dict[str, int]:
        """By owner, how many leads are theirs."""
        query = select(table.c.owner, func.count()).where(table.c.job == job, _open).group_by(table.c.owner)
        with self._database.reading() as connection:
            return dict(connection.execute(query).all())

    def promised(self, job: str, now: datetime) -> Promised:
        """The first responses that owners owe."""
        owed = and_(table.c.job == job, _open, table.c.due_at.is_not(None), table.c.responded_at.is_(None))
        late, ahead = table.c.due_at <= now, table.c.due_at > now
        query = select(
            func.count().label("open"),
            func.count().filter(late).label("late"),
            func.min(table.c.due_at).filter(ahead).label("next_due"),
            func.count().filter(table.c.next_at <= now).label("waiting"),
        )
        with self._database.reading() as connection:
            return Promised(**connection.execute(query.where(owed)).mappings().one())

    def due(self, job: str, now: datetime) -> Iterator[str]:
        """The leads of open assignments for which something is due, the longest due first, a piece at a time."""
        due = and_(table.c.job == job, table.c.next_at <= now, _open)
        return in_time(self._database, table.c.next_at, table.c.lead, due)

    def due_of(self, job: str, leads: Sequence[str], now: datetime) -> dict[str, Assignment]:
        """Of these leads, those of open assignments for which something is due."""
        # Of a bare column, SQLite would look through all that is due of the job, for each chunk.
        due = _all(job).where(_open, func.coalesce(table.c.next_at, None) <= now)
        queries = [due.where(table.c.lead.in_(chunk)) for chunk in chunks(leads)]
        return {one.lead: one for one in self._found(queries)}

    def ledger(self, job: str) -> Ledger:
        """Every entry of a job."""
        query = select(entries).where(entries.c.job == job)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return Ledger({(row.team, row.owner): _entry(row) for row in rows})

    def _found(self, queries: Sequence[Select[Any]]) -> list[Assignment]:
        with self._database.reading() as connection:
            return [Assignment(**row) for query in queries for row in connection.execute(query).mappings()]


def _all(job: str) -> Select[Any]:
    return select(*_COLUMNS).where(table.c.job == job).order_by(table.c.lead, table.c.number)


def _entry(row: Row[Any]) -> Entry:
    return Entry(*(getattr(row, name) for name in _ENTRY))


def keep(connection: Connection, assignments: Sequence[Assignment]) -> None:
    """New assignments, and those that changed, within a transaction."""
    rows = [{name: getattr(one, name) for name in _NAMES} for one in assignments]
    if rows:
        connection.execute(upsert(connection, table, _KEPT), rows)


def keep_ledger(connection: Connection, job: str, changed: Mapping[tuple[str, str], Entry]) -> None:
    """Entries as they are now, within a transaction."""
    rows = [
        {"job": job, "team": team, "owner": owner, **{name: getattr(entry, name) for name in _ENTRY}}
        for (team, owner), entry in sorted(changed.items())
    ]
    if rows:
        connection.execute(upsert(connection, entries, _ENTRY), rows)


def belongs(connection: Connection, job: str, owners: Mapping[str, str]) -> None:
    """By a hand-off's key: whom its task turned out to belong to, within a transaction."""
    rows = [{"of": key, "new_owner": owner} for key, owner in owners.items()]
    if rows:
        mine = and_(table.c.job == job, table.c.key == bindparam("of"), table.c.owner != bindparam("new_owner"))
        connection.execute(update(table).where(mine).values(owner=bindparam("new_owner")), rows)


def end(connection: Connection, job: str, leads: Sequence[str], why: str, now: datetime) -> None:
    """End what is open of these leads, within a transaction."""
    for chunk in chunks(leads):
        mine = and_(table.c.job == job, table.c.lead.in_(chunk), table.c.ended_at.is_(None))
        connection.execute(update(table).where(mine).values(ended=why, ended_at=now, next_at=None))


def postpone(connection: Connection, job: str, leads: Sequence[str], until: datetime) -> None:
    """Do not look before then at what is due of these leads, within a transaction."""
    for chunk in chunks(leads):
        mine = and_(table.c.job == job, table.c.lead.in_(chunk), _open, table.c.next_at < until)
        connection.execute(update(table).where(mine).values(next_at=until))
