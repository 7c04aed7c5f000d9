"""What is remembered of leads: what was decided, and what we wrote into the fields that people edit too."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, and_, case, func, select, update

from leadrelay.state.database import Database, chunks, in_time, inserted, upsert
from leadrelay.state.tables import leads as table
from leadrelay.state.values import Fields
from leadrelay.state.values import Memory as Remembered

_MOMENT = pl.Datetime("us", "UTC")
_SCHEMA = {
    "id": pl.String(),
    "state_hash": pl.Int64(),
    "wanted_hash": pl.Int64(),
    "decided_at": _MOMENT,
    "repaired_at": _MOMENT,
    "recheck_at": _MOMENT,
}
_KEPT = ("state_hash", "wanted_hash", "decided_at", "recheck_at")


class Memory:
    """What each job remembers of each lead. It is written only as part of a promise, or of what settles one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recall(self, job: str, leads: Sequence[str]) -> pl.DataFrame:
        """How those of the leads that are known were left, as `Memory` has it; `id` first, no order."""
        columns = [table.c.lead, *(table.c[name] for name in list(_SCHEMA)[1:])]
        rows: list[Any] = []
        with self._database.reading() as connection:
            for chunk in chunks(leads):
                query = select(*columns).where(table.c.job == job, table.c.lead.in_(chunk))
                rows += connection.execute(query.where(table.c.state_hash.is_not(None))).all()
        return pl.DataFrame([tuple(row) for row in rows], schema=_SCHEMA, orient="row")

    def seen(self, job: str, leads: Sequence[str], fields: Sequence[str]) -> pl.DataFrame:
        """What we wrote last: `id` and one text column a field, in the order of `leads`; null means never."""
        found: dict[str, Fields] = {}
        if fields:
            with self._database.reading() as connection:
                found = written(connection, job, leads)
        columns = {name: [found.get(lead, {}).get(name) for lead in leads] for name in fields}
        schema = {"id": pl.String, **dict.fromkeys(fields, pl.String)}
        return pl.DataFrame({"id": list(leads), **columns}, schema=schema)

    def due(self, job: str, now: datetime) -> Iterator[str]:
        """The leads whose time has come, the longest due first, a piece at a time; not those decided meanwhile."""
        due = and_(table.c.job == job, table.c.recheck_at <= now)
        return in_time(self._database, table.c.recheck_at, table.c.lead, due)

    def stages(self, job: str, stages: Collection[str], until: datetime) -> list[tuple[str, str, datetime]]:
        """The leads that have been in one of these stages since then or longer, with it, since when; by time.

        Records that are gone are in none. There is no index: one look at all of a job's leads, not one a page.
        """
        here = and_(table.c.job == job, table.c.stage.in_(stages), table.c.state_hash.is_not(None))
        query = select(table.c.lead, table.c.stage, table.c.stage_since).where(here, table.c.stage_since <= until)
        with self._database.reading() as connection:
            return [tuple(row) for row in connection.execute(query.order_by(table.c.stage_since, table.c.lead))]

    def known(self, job: str) -> int:
        """How many leads are known."""
        query = select(func.count()).select_from(table).where(table.c.job == job)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()


def written(connection: Connection, job: str, leads: Sequence[str]) -> dict[str, Fields]:
    """What we wrote last into shared fields, by lead."""
    found: dict[str, Fields] = {}
    for chunk in chunks(leads):
        query = select(table.c.lead, table.c.fields).where(table.c.job == job, table.c.lead.in_(chunk))
        found |= dict(connection.execute(query).all())
    return found


def note_written(connection: Connection, job: str, shared: Mapping[str, Fields]) -> None:
    """Add what we wrote into shared fields, within a transaction."""
    before = written(connection, job, list(shared))
    rows = [{"job": job, "lead": lead, "fields": {**before.get(lead, {}), **new}} for lead, new in shared.items()]
    if rows:
        connection.execute(upsert(connection, table, ("fields",)), rows)


def remember(connection: Connection, job: str, rows: Sequence[Remembered]) -> None:
    """Within a transaction."""
    common = [
        {
            "job": job,
            "lead": row.lead,
            "state_hash": row.state_hash,
            "wanted_hash": row.wanted_hash,
            "decided_at": row.decided_at,
            "repaired_at": row.repaired_at,
            "recheck_at": row.recheck_at,
            "stage": row.stage,
            "stage_since": row.decided_at,
        }
        for row in rows
    ]
    repaired = [row for row in common if row["repaired_at"] is not None]
    others = [row for row in common if row["repaired_at"] is None]
    for kept, some in (((*_KEPT, "repaired_at"), repaired), (_KEPT, others)):
        if some:
            since = {"stage_since": _since_of(connection)}
            connection.execute(upsert(connection, table, (*kept, "stage"), also=since), some)


def _since_of(connection: Connection) -> Any:
    """Since when a lead is in its stage: the moment that is known, where the stage is the same."""
    new = inserted(connection, table)
    same = and_(table.c.stage == new.stage, table.c.stage_since.is_not(None))
    return case((same, table.c.stage_since), else_=new.stage_since)


def unlearn(connection: Connection, job: str, leads: Sequence[str]) -> None:
    """Have these leads decided anew when they are read again, within a transaction."""
    for chunk in chunks(leads):
        query = update(table).where(table.c.job == job, table.c.lead.in_(chunk))
        connection.execute(query.values(dict.fromkeys(_KEPT)))


def postpone(connection: Connection, job: str, leads: Sequence[str], until: datetime) -> None:
    """Do not ask for those of these leads that are due before then, within a transaction."""
    for chunk in chunks(leads):
        mine = and_(table.c.job == job, table.c.lead.in_(chunk), table.c.recheck_at < until)
        connection.execute(update(table).where(mine).values(recheck_at=until))
