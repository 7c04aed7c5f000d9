"""What was spent on each provider by run, day and month, and how much more may be. Within transactions only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from leadrelay.state.database import ensure, upsert
from leadrelay.state.tables import budgets as table

_ALL = "all"
"""The period without an end. Who would spend on a provider waits at its row."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What may be spent at most, in millionths; None is no limit. Days and months are those of UTC."""

    run: int | None = None
    day: int | None = None
    month: int | None = None

    def __iter__(self) -> Iterator[int | None]:
        return iter((self.run, self.day, self.month))

    def room(self, spent: Spending, most: int) -> int | None:
        """How many more look-ups at this price fit; None for any number."""
        left = [max(0, cap - so_far) // most for cap, so_far in zip(self, spent, strict=True) if cap is not None]
        return min(left) if left else None

    def free_at(self, spent: Spending, most: int, now: datetime) -> datetime:
        """When a look-up fits again: at the end of the longest period that is used up; of a run, at once."""
        full = [cap is not None and cap - so_far < most for cap, so_far in zip(self, spent, strict=True)]
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if full[2]:
            return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
        return midnight + timedelta(days=1) if full[1] else now


@dataclass(frozen=True, slots=True)
class Spending:
    """What is spent or set aside, in millionths. `ever`: since the store was made."""

    run: int = 0
    day: int = 0
    month: int = 0
    ever: int = 0

    def __iter__(self) -> Iterator[int]:
        return iter((self.run, self.day, self.month))

    def more(self, amount: int) -> Spending:
        """The same, and so much more by a run of today."""
        return Spending(self.run + amount, self.day + amount, self.month + amount, self.ever + amount)


def periods(run: str, now: datetime) -> tuple[str, str, str, str]:
    """The names of the periods that a moment of a run belongs to."""
    day = now.astimezone(UTC)
    return f"run:{run}", f"day:{day:%Y-%m-%d}", f"month:{day:%Y-%m}", _ALL


def lock(connection: Connection, provider: str) -> None:
    """Have all who would spend on this provider queue, until this transaction ends."""
    connection.execute(ensure(connection, table), [{"provider": provider, "period": _ALL, "spent": 0}])
    mine = (table.c.provider == provider, table.c.period == _ALL)
    connection.execute(select(table.c.spent).where(*mine).with_for_update())


def spending(connection: Connection, provider: str, run: str, now: datetime) -> Spending:
    """What is spent or set aside so far."""
    names = periods(run, now)
    query = select(table.c.period, table.c.spent).where(table.c.provider == provider, table.c.period.in_(names))
    found: dict[str, int] = dict(connection.execute(query).all())
    return Spending(*(found.get(name, 0) for name in names))


def spend(connection: Connection, provider: str, run: str, at: datetime, amount: int) -> None:
    """Set so much aside, or give it back where it is less than nothing, in every period."""
    if amount:
        rows = [{"provider": provider, "period": name, "spent": amount} for name in periods(run, at)]
        connection.execute(upsert(connection, table, (), adding=["spent"]), rows)
