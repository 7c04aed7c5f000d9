"""The journal of look-ups: what was asked of providers, what they answered, and what they may still cost.

A claim and the money that it may cost are one transaction, so that no two runs ask the same, or more than was allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select

from leadrelay.state import budgets
from leadrelay.state.budgets import Caps, Spending
from leadrelay.state.database import Database, chunks, upsert
from leadrelay.state.tables import lookups as table
from leadrelay.state.tables import runs

ASKING, HIT, MISS, FAILED = "asking", "hit", "miss", "failed"

GIVEN_UP = timedelta(hours=1)
"""After so long nobody waits for the answer to another's claim any more."""


@dataclass(frozen=True, slots=True)
class Want:
    """A question to be asked. `key`: of the question. `lead`: whom it names; "" where it names only a company.

    `since`: an answer that was asked for earlier is stale; None: however old.
    """

    key: str
    lead: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a run of a job, what a look-up may cost at most, and what may be spent."""

    job: str
    run: str
    most: int = 0
    caps: Caps = field(default_factory=Caps)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer in the journal. `fields`: by lead field, the text and how sure the provider is."""

    key: str
    state: str
    asked_at: datetime
    again_at: datetime | None = None
    cost: int = 0
    fields: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    why: str = ""

    @property
    def answered(self) -> bool:
        """Whether the provider told something, or that it knows nothing."""
        return self.state in {HIT, MISS}


@dataclass(frozen=True, slots=True)
class Claims:
    """What became of wants: ours to ask, answered already, left to who asks just now, or beyond the budget.

    `free_at`: when there is budget again.
    """

    granted: frozenset[str] = frozenset()
    kept: Mapping[str, Kept] = field(default_factory=dict)
    left: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    free_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a provider stands: answers kept by state, what was paid and lost in all, and the last failure."""

    answers: Mapping[str, int]
    paid: int
    lost: int
    failed_at: datetime | None = None
    why: str = ""

    @property
    def hits(self) -> int:
        """Answers that told something."""
        return self.answers.get(HIT, 0)

    @property
    def kept(self) -> int:
        """Those, and those that the provider knows nothing."""
        return self.hits + self.answers.get(MISS, 0)


class Lookups:
    """Questions and answers. Every method that writes is one transaction, under the lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- the way of a look-up -----------------------------------------------------------------------------------------

    def claim(self, provider: str, wants: Sequence[Want], asker: Asker, now: datetime) -> Claims:
        """Record that these are about to be asked, as far as the budget goes, and set aside what they may cost.

        What a run that is gone was asking is asked again; what it had set aside stays spent, since it may be.
        """
        wanted = {want.key: want for want in sorted(wants, key=lambda want: want.key)}
        with self._database.guarded() as connection:
            budgets.lock(connection, provider)
            rows = _rows(connection, provider, list(wanted))
            living = _living(connection, rows.values(), asker)
            free = [key for key in wanted if key not in rows or _is_free(rows[key], wanted[key], living, now)]
            spent = budgets.spending(connection, provider, asker.run, now)
            granted = free[: asker.caps.room(spent, asker.most) if asker.most else None]
            budgets.spend(connection, provider, asker.run, now, asker.most * len(granted))
            _take(connection, provider, [wanted[key] for key in granted], rows, asker, now)
        others = {key: row for key, row in rows.items() if key not in free}
        return Claims(
            granted=frozenset(granted),
            kept={key: _kept(row) for key, row in others.items() if row["state"] != ASKING},
            left=frozenset(key for key, row in others.items() if row["state"] == ASKING),
            refused=frozenset(free[len(granted) :]),
            free_at=asker.caps.free_at(spent, asker.most, now) if len(granted) < len(free) else None,
        )

    def answer(self, provider: str, run: str, answers: Sequence[Kept], now: datetime) -> frozenset[str]:
        """Keep what came back, and what it cost; the keys of those that were still ours.

        `asked_at` of the answers is not heeded: it is when they were claimed.
        """
        found = {answer.key: answer for answer in answers}
        with self._database.guarded() as connection:
            budgets.lock(connection, provider)
            mine = {
                key: row
                for key, row in _rows(connection, provider, sorted(found)).items()
                if row["run"] == run and row["state"] == ASKING
            }
            for at, keys in _by_moment(mine).items():  # the money was set aside on that day
                change = sum(found[key].cost - mine[key]["reserved"] for key in keys)
                budgets.spend(connection, provider, run, at, change)
            settled = [_settled(mine[key], found[key], now) for key in mine]
            if settled:
                connection.execute(upsert(connection, table, _ANSWERED), settled)
        return frozenset(mine)

    # -- what stands in it --------------------------------------------------------------------------------------------

    def answers(self, provider: str, keys: Collection[str]) -> dict[str, Kept]:
        """Of these questions, those that were answered, whether or not the answer is stale."""
        with self._database.reading() as connection:
            rows = _rows(connection, provider, sorted(keys))
        return {key: _kept(row) for key, row in rows.items() if row["state"] != ASKING}

    def spending(self, provider: str, now: datetime, run: str = "") -> Spending:
        """What is spent or set aside in this run, on this day, and in this month."""
        with self._database.reading() as connection:
            return budgets.spending(connection, provider, run, now)

    def standing(self, provider: str) -> Standing:
        """How the provider stands, for a screen."""
        mine = table.c.provider == provider
        with self._database.reading() as connection:
            counted = select(table.c.state, func.count()).where(mine).group_by(table.c.state)
            counts: dict[str, int] = dict(connection.execute(counted).all())
            sums = select(func.coalesce(func.sum(table.c.cost), 0), func.coalesce(func.sum(table.c.lost), 0))
            paid, lost = connection.execute(sums.where(mine)).one()
            last = select(table.c.asked_at, table.c.why).where(mine, table.c.state == FAILED)
            failed = connection.execute(last.order_by(table.c.asked_at.desc()).limit(1)).first()
        return Standing(counts, int(paid), int(lost), *(failed or (None, "")))

    def last_run(self, provider: str) -> str:
        """The run that asked this provider last; "" for none."""
        query = select(table.c.run).where(table.c.provider == provider).order_by(table.c.asked_at.desc()).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).scalar() or ""

    def forget(self, before: datetime) -> None:
        """Drop answers that were asked for earlier than that: they hold personal data."""
        with self._database.reading() as connection:
            oldest = connection.execute(select(func.min(table.c.asked_at))).scalar()
        if oldest is not None and oldest < before:
            with self._database.transaction() as connection:
                connection.execute(delete(table).where(table.c.asked_at < before, table.c.state != ASKING))


def forget_leads(connection: Connection, job: str, leads: Sequence[str]) -> None:
    """Drop what was asked about these by name or address, within a transaction. What it cost stays spent."""
    for chunk in chunks(leads):
        connection.execute(delete(table).where(table.c.job == job, table.c.lead.in_(chunk), table.c.lead != ""))


# -- inside -----------------------------------------------------------------------------------------------------------

_TAKEN = ("job", "lead", "run", "state", "asked_at", "reserved", "lost", "attempts")
_ANSWERED = ("state", "answered_at", "again_at", "reserved", "cost", "fields", "why")

_Row = Mapping[str, Any]


def _rows(connection: Connection, provider: str, keys: Sequence[str]) -> dict[str, _Row]:
    found: dict[str, _Row] = {}
    for chunk in chunks(keys):
        query = select(table).where(table.c.provider == provider, table.c.key.in_(chunk))
        found |= {row["key"]: row for row in connection.execute(query).mappings()}
    return found


def _living(connection: Connection, rows: Iterable[_Row], asker: Asker) -> frozenset[str]:
    """The runs of other jobs that may still be under way. Of our own job there is none: the lease is ours."""
    asking = {row["run"] for row in rows if row["state"] == ASKING and row["job"] != asker.job}
    if not asking:
        return frozenset()
    ended = select(runs.c.id).where(runs.c.id.in_(sorted(asking)), runs.c.outcome != "running")
    return frozenset(asking - set(connection.execute(ended).scalars()))


def _is_free(row: _Row, want: Want, living: Collection[str], now: datetime) -> bool:
    """Whether it may be asked: by nobody else just now, and without an answer that still counts."""
    if row["state"] == ASKING:
        return row["run"] not in living or row["asked_at"] < now - GIVEN_UP
    if row["state"] == FAILED:
        return row["again_at"] is None or row["again_at"] <= now
    return want.since is not None and row["asked_at"] < want.since


def _take(
    connection: Connection,
    provider: str,
    wants: Sequence[Want],
    rows: Mapping[str, _Row],
    asker: Asker,
    now: datetime,
) -> None:
    taken: list[dict[str, Any]] = [
        {
            "provider": provider,
            "key": want.key,
            "job": asker.job,
            "lead": want.lead,
            "run": asker.run,
            "state": ASKING,
            "attempts": rows[want.key]["attempts"] + 1 if want.key in rows else 1,
            "asked_at": now,
            "reserved": asker.most,
            "cost": 0,
            "lost": _lost(rows.get(want.key)),
            "fields": {},
            "why": "",
        }
        for want in wants
    ]
    if taken:
        connection.execute(upsert(connection, table, _TAKEN), taken)


def _lost(row: _Row | None) -> int:
    """What was set aside for attempts whose answer never came."""
    if row is None:
        return 0
    return int(row["lost"]) + (int(row["reserved"]) if row["state"] == ASKING else 0)


def _by_moment(rows: Mapping[str, _Row]) -> dict[datetime, list[str]]:
    """Keys by the moment at which they were claimed."""
    found: dict[datetime, list[str]] = {}
    for key, row in sorted(rows.items()):
        found.setdefault(row["asked_at"], []).append(key)
    return found


def _settled(row: _Row, answer: Kept, now: datetime) -> dict[str, Any]:
    told = {
        "state": answer.state,
        "answered_at": now,
        "again_at": answer.again_at,
        "reserved": 0,
        "cost": row["cost"] + answer.cost,
        "fields": {name: list(pair) for name, pair in answer.fields.items()},
        "why": answer.why,
    }
    return {**row, **told}


def _kept(row: _Row) -> Kept:
    return Kept(
        key=row["key"],
        state=row["state"],
        asked_at=row["asked_at"],
        again_at=row["again_at"],
        cost=row["cost"],
        fields={name: (text, sure) for name, (text, sure) in row["fields"].items()},
        why=row["why"],
    )
