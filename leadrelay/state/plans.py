"""Plans: which were made, who approved which content and when, and which were applied."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, insert, select, update

from leadrelay.state.database import Database
from leadrelay.state.tables import plans as table


class PlanState(StrEnum):
    """What became of a plan."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"  # a newer plan of the same job stands in its place
    BEGUN = "begun"  # its application began, and did not come to its end yet
    APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """What is kept of a plan; `leadrelay.state.tables` tells of its columns."""

    run: str
    job: str
    sha256: str
    changes: str
    file: str
    made_at: datetime
    leads: int
    state: PlanState = PlanState.OPEN
    by: str = ""
    note: str = ""
    at: datetime | None = None
    applied_at: datetime | None = None

    @property
    def is_approved(self) -> bool:
        """Whether somebody approved it."""
        return self.at is not None and self.state in {PlanState.APPROVED, PlanState.BEGUN, PlanState.APPLIED}


_UNDECIDED = (PlanState.OPEN, PlanState.APPROVED, PlanState.REJECTED, PlanState.BEGUN)
_NAMES = tuple(PlanRecord.__dataclass_fields__)
_COLUMNS = [table.c[name] for name in _NAMES]


class Plans:
    """Every plan of every job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, plan: PlanRecord, *, alone: bool = False) -> list[PlanRecord]:
        """Remember a plan. `alone`: in the place of those of its job that nobody decided about, which are given."""
        waiting = and_(table.c.job == plan.job, table.c.state == PlanState.OPEN)
        with self._database.transaction() as connection:
            found = connection.execute(select(*_COLUMNS).where(waiting)).mappings().all() if alone else []
            if found:
                connection.execute(update(table).where(waiting).values(state=PlanState.REPLACED))
            connection.execute(insert(table).values({name: getattr(plan, name) for name in _NAMES}))
        return [_record(row) for row in found]

    def get(self, run: str) -> PlanRecord | None:
        """One plan, by the run that it is."""
        found = self._found(select(*_COLUMNS).where(table.c.run == run))
        return found[0] if found else None

    def of(self, job: str, states: Collection[PlanState] | None = None) -> list[PlanRecord]:
        """The plans of a job, the latest first."""
        query = select(*_COLUMNS).where(table.c.job == job).order_by(table.c.made_at.desc(), table.c.run.desc())
        return self._found(query if states is None else query.where(table.c.state.in_(states)))

    def decide(self, run: str, sha256: str, state: PlanState, by: str, note: str, at: datetime) -> bool:
        """Approve or reject just this content, unless it is applied or replaced; whether it was still to be decided.

        One that began may be rejected, so that what cannot be gone on with does not hold its job up for ever.
        """
        query = update(table).where(table.c.run == run, table.c.sha256 == sha256, table.c.state.in_(_UNDECIDED))
        with self._database.transaction() as connection:
            done = connection.execute(query.values(state=state, by=by, note=note, at=at))
            return done.rowcount == 1

    def began(self, run: str) -> bool:
        """Remember that something of it is about to be sent; False for one that is not to be sent any more."""
        may = table.c.state.in_((PlanState.OPEN, PlanState.APPROVED, PlanState.BEGUN))
        with self._database.transaction() as connection:
            done = connection.execute(update(table).where(table.c.run == run, may).values(state=PlanState.BEGUN))
            return done.rowcount == 1

    def applied(self, run: str, now: datetime) -> None:
        """Remember that nothing of it is left to be sent."""
        with self._database.transaction() as connection:
            query = update(table).where(table.c.run == run)
            connection.execute(query.values(state=PlanState.APPLIED, applied_at=now))

    def _found(self, query: Select[Any]) -> list[PlanRecord]:
        with self._database.reading() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]


def _record(row: Any) -> PlanRecord:
    return PlanRecord(**{**row, "state": PlanState(row["state"])})
