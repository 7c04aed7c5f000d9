"""The outbox: every effect is recorded here before it is sent, and settled once it is known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select, text, update

from leadrelay.core.assign.ledger import Entry
from leadrelay.core.effects import HANDOFF
from leadrelay.state import assignments, lookups, people, settling
from leadrelay.state.database import Database, chunks, upsert
from leadrelay.state.memory import note_written, postpone, remember, unlearn
from leadrelay.state.runs import move_cursor
from leadrelay.state.tables import SOMEBODY, UNFINISHED, intents
from leadrelay.state.values import FINAL, Intent, Promise, Result, Waiting

_PAGE = 2_000
_GIVEN = ("lead", "kind", "epoch", "run", "modified", "before", "after", "task", "why", "person")
_PLANNED = ("job", "organisation", "object", *_GIVEN, "code", "message", "at")
_INTENT = [intents.c[name] for name in Intent.__dataclass_fields__]
_unfinished = text(UNFINISHED)
_somebody = text(SOMEBODY)


class Outbox:
    """Promises and what became of them. Every method that writes is one transaction, under the lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- the way of an intent -----------------------------------------------------------------------------------------

    def promise(self, promise: Promise, now: datetime) -> None:
        """Record all that one page leads to: what is overtaken or known, what will be sent, how far it is read."""
        job = promise.job
        with self._database.guarded() as connection:
            settling.applied(connection, promise.applied, promise.shared, now)
            settling.overtaken(connection, promise.void, promise.intents, promise.shared, now)
            self._plan(connection, promise, now)
            remember(connection, job, promise.remember)
            note_written(connection, job, promise.written)
            people.acquaint(connection, job, promise.people, now)
            assignments.keep(connection, promise.assignments)
            assignments.keep_ledger(connection, job, promise.ledger)
            if promise.settled:
                settling.settle(connection, job, promise.settled, promise.shared, now)
            if promise.cursor is not None:
                move_cursor(connection, job, promise.cursor, promise.fingerprint)

    def sending(self, keys: Sequence[str], now: datetime) -> None:
        """Record that these are about to be sent: from here on nobody can know that they were not.

        Of what is `unknown` nobody could know before, and it stays so.
        """
        ready = intents.c.state.in_(("planned", "retry"))
        with self._database.guarded() as connection:
            for chunk in chunks(keys):
                query = update(intents).where(intents.c.key.in_(chunk), ready)
                connection.execute(query.values(state="sending", at=now))

    def settle(
        self,
        job: str,
        results: Sequence[Result],
        now: datetime,
        shared: Collection[str] = (),
        ledger: Mapping[tuple[str, str], Entry] = MappingProxyType({}),
    ) -> None:
        """Record what the CRM answered. `shared`: the fields that people edit too. `ledger`: what changes by it."""
        with self._database.guarded() as connection:
            settling.settle(connection, job, results, shared, now)
            assignments.keep_ledger(connection, job, ledger)

    def withdrawn(self, keys: Sequence[str], run: str, now: datetime) -> None:
        """Record that a rollback took back the tasks of these hand-offs; they are not made again."""
        with self._database.guarded() as connection:
            settling.withdrawn(connection, keys, run, now)

    def forget(
        self,
        job: str,
        leads: Sequence[str],
        now: datetime,
        ledger: Mapping[tuple[str, str], Entry] = MappingProxyType({}),
    ) -> None:
        """Give up what waits for records that are gone; should one come back, it is decided anew.

        `ledger`: what changes as they are nobody's any more.
        """
        with self._database.guarded() as connection:
            for chunk in chunks(leads):
                mine = and_(_of(job, chunk), intents.c.state.not_in(FINAL))
                keys = list(connection.execute(select(intents.c.key).where(mine)).scalars())
                settling.overtaken(connection, keys, (), (), now)
            unlearn(connection, job, leads)
            people.vanished(connection, job, leads, now)
            lookups.forget_leads(connection, job, leads)
            assignments.end(connection, job, leads, "gone", now)
            assignments.keep_ledger(connection, job, ledger)

    def postpone(self, job: str, leads: Sequence[str], until: datetime) -> None:
        """Leave alone before then what is due of these leads: they are out of our sight."""
        with self._database.guarded() as connection:
            postpone(connection, job, leads, until)
            assignments.postpone(connection, job, leads, until)

    def release(self, job: str, leads: Sequence[str] | None = None) -> int:
        """Have parked effects (all, or of these leads) tried again by the next run; how many there were."""
        parked = and_(intents.c.job == job, intents.c.state == "parked")
        parts = [parked] if leads is None else [and_(parked, intents.c.lead.in_(chunk)) for chunk in chunks(leads)]
        with self._database.transaction() as connection:
            queries = [update(intents).where(part).values(state="retry") for part in parts]
            return sum(connection.execute(query).rowcount for query in queries)

    # -- what stands in it --------------------------------------------------------------------------------------------

    def unfinished(self, job: str, leads: Sequence[str] | None = None, *, parked: bool = False) -> list[Intent]:
        """What is promised and not settled (of these leads), by lead. `parked`: what the CRM refused, too."""
        condition = intents.c.state.not_in(FINAL) if parked else _unfinished
        return self._intents(job, leads, condition)

    def leads_unfinished(self, job: str) -> Iterator[str]:
        """The leads of all that is not settled, parked aside, a piece at a time: there may be very many."""
        after = ""
        while True:
            query = select(intents.c.lead).where(intents.c.job == job, _unfinished, intents.c.lead > after).distinct()
            with self._database.reading() as connection:
                found = list(connection.execute(query.order_by(intents.c.lead).limit(_PAGE)).scalars())
            yield from found
            if len(found) < _PAGE:
                return
            after = found[-1]

    def waiting(self, job: str) -> list[Waiting]:
        """Everything that is not settled, parked too, for a screen."""
        columns = [intents.c[name] for name in Waiting.__dataclass_fields__]
        query = select(*columns).where(intents.c.job == job, intents.c.state.not_in(FINAL))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(intents.c.state, intents.c.code, intents.c.lead)).mappings()
            return [Waiting(**row) for row in rows]

    def counts(self, job: str) -> dict[str, int]:
        """How many effects are not settled, by state."""
        waits = and_(intents.c.job == job, intents.c.state.not_in(FINAL))
        with self._database.reading() as connection:
            query = select(intents.c.state, func.count()).where(waits).group_by(intents.c.state)
            return dict(connection.execute(query).all())

    def parked(self, job: str, leads: Sequence[str]) -> dict[str, str]:
        """Of these leads, those that the CRM refused, with the stamp that the record had then."""
        return {intent.lead: intent.modified for intent in self._intents(job, leads, intents.c.state == "parked")}

    def handed(self, organisation: str, object_type: str, leads: Sequence[str]) -> dict[str, Intent]:
        """Of these leads, those that were handed on or are about to be, by whichever job: the latest hand-off."""
        here = and_(intents.c.organisation == organisation, intents.c.object == object_type)
        parts = [and_(here, intents.c.lead.in_(chunk)) for chunk in chunks(leads)]
        latest: dict[str, Intent] = {}
        for intent in self._found(parts, and_(intents.c.kind == HANDOFF, intents.c.state != "void")):
            known = latest.get(intent.lead)
            if known is None or int(known.epoch) < int(intent.epoch):
                latest[intent.lead] = intent
        return latest

    def standing(self, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Of these effects, those that are known still: their state, and the run that promised them last."""
        found: dict[str, tuple[str, str]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(keys):
                query = select(intents.c.key, intents.c.state, intents.c.run).where(intents.c.key.in_(chunk))
                found |= {key: (state, run) for key, state, run in connection.execute(query)}
        return found

    def epochs(self, organisation: str, object_type: str, kind: str, leads: Sequence[str]) -> dict[str, set[str]]:
        """Of these leads, the epochs of what was done or is about to be, by whichever job: not what was called off."""
        here = and_(intents.c.organisation == organisation, intents.c.object == object_type, intents.c.kind == kind)
        found: dict[str, set[str]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(leads):
                query = select(intents.c.lead, intents.c.epoch).where(here, intents.c.lead.in_(chunk))
                for lead, epoch in connection.execute(query.where(intents.c.state != "void")):
                    found.setdefault(lead, set()).add(epoch)
        return found

    def handed_people(self, job: str, whom: Collection[str]) -> dict[str, str]:
        """Of these people, those that were handed on or are about to be, with the lead that came first."""
        found: dict[str, str] = {}
        counts = and_(intents.c.kind == HANDOFF, intents.c.state.not_in(("void", "undone")), _somebody)
        with self._database.reading() as connection:
            for chunk in chunks(sorted(whom)):
                query = select(intents.c.person, intents.c.lead).where(intents.c.job == job, counts)
                query = query.where(intents.c.person.in_(chunk)).order_by(intents.c.at.desc(), intents.c.lead.desc())
                found |= dict(connection.execute(query).all())
        return found

    # -- inside -------------------------------------------------------------------------------------------------------

    def _plan(self, connection: Connection, promise: Promise, now: datetime) -> None:
        common = {"job": promise.job, "organisation": promise.organisation, "object": promise.object}
        fresh = {"state": "planned", "code": "", "message": "", "at": now}
        rows = [
            {"key": intent.key, **{name: getattr(intent, name) for name in _GIVEN}, **common, **fresh}
            for intent in promise.intents
        ]
        if rows:
            once = and_(intents.c.state != "done", intents.c.state != "undone")  # whoever asks: never twice
            # What was sent once stays doubtful, for the next to ask, until it is settled.
            sent = or_(intents.c.state == "sending", intents.c.state == "unknown")
            state = {"state": case((sent, "unknown"), else_="planned")}
            connection.execute(upsert(connection, intents, _PLANNED, also=state, where=once), rows)

    def _intents(self, job: str, leads: Sequence[str] | None, condition: Any) -> list[Intent]:
        parts = [intents.c.job == job] if leads is None else [_of(job, chunk) for chunk in chunks(leads)]
        return self._found(parts, condition)

    def _found(self, parts: Sequence[ColumnElement[bool]], condition: Any) -> list[Intent]:
        query: Select[Any] = select(*_INTENT).order_by(intents.c.lead, intents.c.key)
        with self._database.reading() as connection:
            queries = [query.where(part, condition) for part in parts]
            return [Intent(**row) for query in queries for row in connection.execute(query).mappings()]


def _of(job: str, leads: Sequence[str]) -> ColumnElement[bool]:
    return and_(intents.c.job == job, intents.c.lead.in_(leads))
