"""Which leads are one person, and who is known at which account: as hashes, ids and roles, and nothing personal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, and_, delete, func, or_, select, update

from leadrelay.core.identity import KINDS, Member
from leadrelay.state.database import Database, chunks, upsert
from leadrelay.state.tables import accounts, leads
from leadrelay.state.tables import people as table

_NAMES = ("lead", *KINDS, "account", "role", "created_at", "told", "grouped")
_COLUMNS = [table.c[name] for name in _NAMES]
_LOOKED_UP = {"email": ("email",), "phone": ("phone", "mobile"), "name": ("name",)}
_MOST_OUTSIDE = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom the CRM knows at an account besides leads: by its record's id, a key of the person and the role."""

    at: datetime
    people: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What a page adds. `members`: its leads as they are now. `gone`: leads that are nobody's any more.

    `due`: other leads that have to be told something else. `grouped`: by account, the digest of its group: its other
    leads that know another one are due too. `asked`: by account, what the CRM said of it.
    """

    members: Sequence[Member] = ()
    gone: Sequence[str] = ()
    due: Collection[str] = ()
    grouped: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)


class People:
    """What is read of people. It is written only as part of a promise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, job: str, ids: Sequence[str]) -> dict[str, Member]:
        """By lead, those of these that are known."""
        with self._database.reading() as connection:
            return {one.lead: one for one in _found(connection, job, table.c.lead, ids)}

    def circle(self, job: str, members: Iterable[Member], but: Collection[str] = ()) -> dict[str, Member]:
        """By lead, all who share a key with one of these, or with somebody who does. `but`: leads to be left out."""
        found: dict[str, Member] = {}
        asked: set[str] = set()
        fresh = _by_kind(members, asked)
        with self._database.reading() as connection:
            while any(fresh.values()):
                asked |= set().union(*fresh.values())
                near = [one for one in _with_keys(connection, job, fresh) if one.lead not in but]
                found |= {one.lead: one for one in near}
                fresh = _by_kind(near, asked)
        return found

    def with_roles(self, job: str, accounts_: Collection[str]) -> list[Member]:
        """Who has a role in the decision at these accounts."""
        with self._database.reading() as connection:
            return [one for one in _found(connection, job, table.c.account, sorted(accounts_)) if one.role]

    def asked(self, job: str, accounts_: Collection[str]) -> dict[str, Asked]:
        """By account, what the CRM said of it last."""
        found: dict[str, Asked] = {}
        with self._database.reading() as connection:
            for chunk in chunks(sorted(accounts_)):
                query = select(accounts).where(accounts.c.job == job, accounts.c.account.in_(chunk))
                for row in connection.execute(query):
                    people = {one: (key, role) for one, key, role in row.people}
                    found[row.account] = Asked(row.asked_at, people)
        return found

    def several(self, job: str) -> Iterator[Member]:
        """Everybody who shares a key with another lead."""
        with self._database.reading() as connection:
            shared: dict[str, set[str]] = {}
            for kind, columns in _LOOKED_UP.items():
                parts = [select(table.c.lead, table.c[one].label("key")).where(table.c.job == job) for one in columns]
                both = parts[0].union(*parts[1:]).subquery() if parts[1:] else parts[0].subquery()
                twice = select(both.c.key).where(both.c.key.is_not(None)).group_by(both.c.key)
                shared[kind] = set(connection.execute(twice.having(func.count() > 1)).scalars())
            seen: set[str] = set()
            for one in _with_keys(connection, job, shared):
                if one.lead not in seen:
                    seen.add(one.lead)
                    yield one

    def known(self, job: str) -> int:
        """How many leads are known."""
        query = select(func.count()).select_from(table).where(table.c.job == job)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()


def _by_kind(members: Iterable[Member], but: Collection[str]) -> dict[str, set[str]]:
    """The keys of these by where they are looked up, less those that were."""
    found: dict[str, set[str]] = {kind: set() for kind in _LOOKED_UP}
    places = [(kind, KINDS.index(name)) for kind, names in _LOOKED_UP.items() for name in names]
    for member in members:
        for kind, place in places:
            if (key := member.keys[place]) and key not in but:
                found[kind].add(key)
    return found


def _with_keys(connection: Connection, job: str, keys: Mapping[str, Collection[str]]) -> Iterator[Member]:
    for kind, columns in _LOOKED_UP.items():
        for name in columns:
            yield from _found(connection, job, table.c[name], sorted(keys[kind]))


def _found(connection: Connection, job: str, column: Column[Any], values: Sequence[str]) -> Iterator[Member]:
    for chunk in chunks(values):
        query = select(*_COLUMNS).where(table.c.job == job, column.in_(chunk))
        for lead, *rest in connection.execute(query):
            keys, (account, role, created_at, told, grouped) = rest[: len(KINDS)], rest[len(KINDS) :]
            yield Member(lead, tuple(keys), account, role, created_at, told, grouped)


def acquaint(connection: Connection, job: str, new: Acquaintance, now: datetime) -> None:
    """Keep what a page adds, and make due whom it concerns, within a transaction."""
    rows = [_row(job, member) for member in new.members]
    if rows:
        connection.execute(upsert(connection, table, [name for name in _NAMES if name != "lead"]), rows)
    _leave(connection, job, new.gone)
    for chunk in chunks(sorted({*new.due, *_of_groups(connection, job, new.grouped)})):
        _make_due(connection, and_(leads.c.job == job, leads.c.lead.in_(chunk)), now)
    said = [_said(job, account, asked) for account, asked in sorted(new.asked.items())]
    if said:
        connection.execute(upsert(connection, accounts, ("asked_at", "people")), said)


def vanished(connection: Connection, job: str, gone: Sequence[str], now: datetime) -> None:
    """These leads are nobody's any more, within a transaction; whom that concerns is due."""
    members = {one.lead: one for one in _found(connection, job, table.c.lead, gone)}
    _leave(connection, job, list(members))
    concerned = {one.lead for one in _with_keys(connection, job, _by_kind(members.values(), ()))}
    places = sorted({one.account for one in members.values() if one.account and one.role})
    concerned |= {one.lead for one in _found(connection, job, table.c.account, places) if one.grouped}
    for chunk in chunks(sorted(concerned)):
        _make_due(connection, and_(leads.c.job == job, leads.c.lead.in_(chunk)), now)


def _leave(connection: Connection, job: str, gone: Sequence[str]) -> None:
    for chunk in chunks(gone):
        connection.execute(delete(table).where(table.c.job == job, table.c.lead.in_(chunk)))


def _of_groups(connection: Connection, job: str, grouped: Mapping[str, str]) -> Iterator[str]:
    """The leads of these accounts that know another group."""
    for chunk in chunks(sorted(grouped)):
        query = select(table.c.lead, table.c.account, table.c.grouped)
        for lead, account, digest in connection.execute(query.where(table.c.job == job, table.c.account.in_(chunk))):
            if digest != grouped[account]:
                yield lead


def _make_due(connection: Connection, whose: Any, now: datetime) -> None:
    later = or_(leads.c.recheck_at.is_(None), leads.c.recheck_at > now)
    connection.execute(update(leads).where(whose, leads.c.state_hash.is_not(None), later).values(recheck_at=now))


def _row(job: str, member: Member) -> dict[str, Any]:
    keys = dict(zip(KINDS, member.keys, strict=True))
    rest = {name: getattr(member, name) for name in ("lead", "account", "role", "created_at", "told", "grouped")}
    return {"job": job, **keys, **rest}


def _said(job: str, account: str, asked: Asked) -> dict[str, Any]:
    some: Iterable[tuple[str, tuple[str, str]]] = list(asked.people.items())[:_MOST_OUTSIDE]
    people = [[one, key, role] for one, (key, role) in some]
    return {"job": job, "account": account, "asked_at": asked.at, "people": people}
