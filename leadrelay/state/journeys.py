"""What became of each lead, as the report keeps it: without names, addresses, or values that somebody typed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from leadrelay.connectors.base import Cursor
from leadrelay.core.effects import HANDOFF
from leadrelay.core.report.journey import Journey
from leadrelay.state.database import Database, chunks, upsert
from leadrelay.state.runs import move_cursor
from leadrelay.state.tables import assignments, audit, intents
from leadrelay.state.tables import journeys as table

CURSOR = "report:"
"""Before the job's name: how far its report has read."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An assignment, as far as the report asks; `said`: what sales had said when it was given."""

    lead: str
    number: int
    team: str
    owner: str
    value: float
    at: datetime
    handed: str
    responded_at: datetime | None
    ended_at: datetime | None
    ended: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What we wrote into a field, and when."""

    at: datetime
    value: str | None


_NAMES = tuple(Journey.__dataclass_fields__)
_COLUMNS = [table.c[name] for name in _NAMES]
_KEPT = tuple(name for name in _NAMES if name != "lead")
_TURN = ("lead", "number", "team", "owner", "value", "at", "handed", "responded_at", "ended_at", "ended", "verdict")


class Journeys:
    """Kept page by page, each together with the cursor that holds from then on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, job: str, journeys: Sequence[Journey], cursor: Cursor | None = None, fingerprint: str = "") -> None:
        """Everything or nothing. `cursor`: how far the report has read once these are kept; None leaves it there."""
        rows = [{"job": job, **{name: getattr(one, name) for name in _NAMES}} for one in journeys]
        with self._database.transaction() as connection:
            if rows:
                connection.execute(upsert(connection, table, _KEPT), rows)
            if cursor is not None:
                move_cursor(connection, CURSOR + job, cursor, fingerprint)

    def of(self, job: str, leads: Sequence[str]) -> dict[str, Journey]:
        """By lead; those that are new are absent."""
        found = []
        with self._database.reading() as connection:
            for chunk in chunks(leads):
                query = select(*_COLUMNS).where(table.c.job == job, table.c.lead.in_(chunk))
                found += [Journey(*row) for row in connection.execute(query)]
        return {one.lead: one for one in found}

    def all(self, job: str) -> list[Journey]:
        """Every lead, by its id."""
        query = select(*_COLUMNS).where(table.c.job == job).order_by(table.c.lead)
        with self._database.reading() as connection:
            return [Journey(*row) for row in connection.execute(query)]

    def turns(self, job: str) -> dict[str, list[Turn]]:
        """By lead, who had it, the first one first; leads that nobody had are absent."""
        columns = [assignments.c[name] for name in _TURN]
        query = select(*columns).where(assignments.c.job == job).order_by(assignments.c.lead, assignments.c.number)
        found: dict[str, list[Turn]] = defaultdict(list)
        with self._database.reading() as connection:
            for row in connection.execute(query):
                found[row.lead].append(Turn(*row))
        return dict(found)

    def handed(self, job: str) -> dict[str, datetime]:
        """By lead, when it was first handed off, whoever got it."""
        query = select(intents.c.lead, func.min(intents.c.at)).group_by(intents.c.lead)
        mine = query.where(intents.c.job == job, intents.c.kind == HANDOFF, intents.c.state == "done")
        with self._database.reading() as connection:
            return dict(connection.execute(mine).all())

    def written(self, job: str, leads: Sequence[str], fields: Sequence[str]) -> dict[tuple[str, str], Written]:
        """By lead and CRM field, what we wrote into it last, as far as the audit goes back."""
        found: dict[tuple[str, str], Written] = {}
        with self._database.reading() as connection:
            for chunk in chunks(leads if fields else ()):
                query = select(audit.c.lead, audit.c.at, audit.c.fields).order_by(audit.c.seq)
                for row in connection.execute(query.where(audit.c.job == job, audit.c.lead.in_(chunk))):
                    for name in row.fields.keys() & set(fields):
                        found[row.lead, name] = Written(row.at, row.fields[name][1])
        return found
