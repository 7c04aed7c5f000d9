"""Which leads of a page are one person, with whom in the store, and who else is known at their accounts.

Nothing is computed that neither the playbook nor the mapping nor the job asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import polars as pl

from leadrelay.connectors.people import Colleague, Firm
from leadrelay.core import identity
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.fields import DUPLICATES, GROUP
from leadrelay.core.decision_group import Group, Roles, group_of
from leadrelay.core.effects import person
from leadrelay.core.identity import KINDS, Member, Person, persons
from leadrelay.core.recheck import sooner
from leadrelay.jobs.circle import Circle
from leadrelay.jobs.desk import Job, Known
from leadrelay.state.people import Acquaintance, Asked
from leadrelay.state.store import Store

DAY = timedelta(days=1)
"""The CRM is asked once about an account in this time."""

WEEK = timedelta(days=7)
"""Whoever is a duplicate is looked at again after this time: the other record may be gone, of which no CRM tells."""

_MOST = 50
"""People of an account whom the CRM is asked for."""

_BEFORE = ("company", "converted", "created_at", "domain")


@dataclass
class _Page:
    """The page, and what the store has of its leads. `here`: its leads as they are now, less those that are gone."""

    here: dict[str, Member]
    before: dict[str, Member]
    gone: tuple[str, ...]
    cleaned: pl.DataFrame
    others: dict[str, Member] = field(default_factory=dict)

    @property
    def accounts(self) -> frozenset[str]:
        """Those that the leads belong to, or belonged to."""
        return frozenset(one.account for one in (*self.here.values(), *self.before.values()) if one.account)


class Neighbours:
    """Adds what is known of others to leads. Made once for a run. `asks`: whether the CRM is asked, or only the store.

    `duplicates`, `groups`: whether somebody wants to know.
    """

    def __init__(self, job: Job, store: Store, now: datetime, *, asks: bool) -> None:
        self._job, self._store, self._now, self._asks = job, store, now, asks
        wanted = job.playbook.fields_used | job.mapping.fields_asked
        self.duplicates = asked_for(job)
        self.groups = bool(wanted & GROUP)
        self._given = {read.lead for read in job.mapping.reads}
        self._roles = Roles(job.playbook.decision_group, now)
        self._needs = [*self._roles.asks, *_BEFORE, *identity.DERIVED] if self.groups else [*_BEFORE, *identity.DERIVED]
        self._cleaner = Cleaner(self._needs)

    def __call__(self, known: Known) -> Known:
        """The same leads, with the fields about others that are asked for."""
        if known.leads.is_empty() or not (self.duplicates or self.groups):
            return known
        page = self._page(known.leads)
        found = self._persons(page) if self.duplicates else {}
        circle = self._with_groups(page, found) if self.groups else Circle(found)
        return self._told(known, replace(circle, new=self._new(page, circle)))

    # -- the page -----------------------------------------------------------------------------------------------------

    def _page(self, leads: pl.DataFrame) -> _Page:
        cleaned = self._cleaned(leads)
        converted = cleaned["converted"].fill_null(value=False)
        there = cleaned.filter(~converted)
        roles = self._roles(there) if self.groups else {}
        here = {member.lead: member for member in identity.members(there, roles)}
        before = self._store.people.of(self._job.name, leads["id"].to_list())
        gone = tuple(lead for lead in cleaned["id"].filter(converted) if lead in before)
        return _Page(here, before, gone, cleaned)

    def _cleaned(self, leads: pl.DataFrame) -> pl.DataFrame:
        """With all that is needed; what nothing gives is null."""
        return self._job.playbook.schema.completed(self._cleaner(leads), self._needs)

    # -- one person ---------------------------------------------------------------------------------------------------

    def _persons(self, page: _Page) -> dict[str, Person]:
        """By lead of the page, and of others whom it concerns."""
        members = [*page.here.values(), *page.before.values()]
        page.others = self._store.people.circle(self._job.name, members, {*page.here, *page.before})
        return persons([*page.here.values(), *page.others.values()])

    # -- one account --------------------------------------------------------------------------------------------------

    def _with_groups(self, page: _Page, found: Mapping[str, Person]) -> Circle:
        names = self._job.playbook.decision_group.names
        fresh = self._asked_now(page)
        people = self._people_of(page, self._store.people.asked(self._job.name, page.accounts) | fresh)
        of_account = {account: group_of(names, several) for account, several in people.items()}
        groups = {
            lead: of_account[one.account] if one.account else group_of(names, [one]) for lead, one in page.here.items()
        }
        old = {account: group.digest() for account, group in of_account.items()}
        return Circle(found, groups, Acquaintance(grouped=old, asked=fresh))

    def _people_of(self, page: _Page, asked: Mapping[str, Asked]) -> dict[str, list[Member]]:
        """By account: leads of the page, those in the store, and whom the CRM knows besides."""
        people: dict[str, list[Member]] = {account: [] for account in page.accounts}
        for one in page.here.values():
            if one.account:
                people[one.account].append(one)
        for one in self._store.people.with_roles(self._job.name, page.accounts):
            if one.account and one.lead not in page.here and one.lead not in page.gone:
                people[one.account].append(one)
        outside = sorted({one for some in asked.values() for one in some.people})
        leads = {*page.here, *page.before, *page.gone, *self._store.people.of(self._job.name, outside)}
        for account, some in asked.items():
            people[account] += [_outsider(one, *told) for one, told in some.people.items() if one not in leads]
        return people

    def _asked_now(self, page: _Page) -> dict[str, Asked]:
        """Whom the CRM knows at accounts that it was not asked about lately, in one go for the page."""
        if not self._asks:
            return {}
        of_account = {one.account: lead for lead, one in page.here.items() if one.account}
        asked = self._store.people.asked(self._job.name, of_account.keys())
        stale = [one for one in of_account if one not in asked or asked[one].at <= self._now - DAY]
        rows = {row["id"]: row for row in page.cleaned.select("id", "company", "domain").iter_rows(named=True)}
        firms = [_firm(account, rows[of_account[account]]) for account in stale]
        found = self._job.connector.colleagues(firms, _MOST) if firms else {}
        people = self._with_roles(found)
        return {account: Asked(self._now, people.get(account, {})) for account in stale}

    def _with_roles(self, found: Mapping[str, Sequence[Colleague]]) -> dict[str, dict[str, tuple[str, str]]]:
        """By account, those who have a role: as the CRM says, else as the playbook sees their title."""
        rows = [(account, one) for account, several in found.items() for one in several]
        columns = {
            "id": [str(place) for place in range(len(rows))],
            "title": [one.title or None for _, one in rows],
            "email": [one.email or None for _, one in rows],
            "phone": [one.phone or None for _, one in rows],
            "decision_role": [one.role.partition(",")[0] or None for _, one in rows],
        }
        leads = self._cleaned(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
        roles, mails = self._roles(leads), leads["email_clean"].to_list()
        people: dict[str, dict[str, tuple[str, str]]] = {}
        for place, (account, one) in enumerate(rows):
            if role := roles.get(str(place)):
                mail = mails[place]
                people.setdefault(account, {})[one.id] = (person(mail) if mail else "", role)
        return people

    # -- what follows -------------------------------------------------------------------------------------------------

    def _new(self, page: _Page, circle: Circle) -> Acquaintance:
        members = list(self._members(page, circle))
        due = frozenset(one.lead for one in page.others.values() if one.told != circle.persons[one.lead].digest())
        return replace(circle.new, members=members, gone=page.gone, due=due)

    def _members(self, page: _Page, circle: Circle) -> Iterator[Member]:
        for lead, one in page.here.items():
            told = circle.persons[lead].digest() if self.duplicates else ""
            yield replace(one, told=told, grouped=circle.groups[lead].digest() if self.groups else "")

    def _told(self, known: Known, circle: Circle) -> Known:
        ids = known.leads["id"].to_list()
        columns = dict(_duplicates(ids, circle.persons)) if self.duplicates else {}
        columns |= dict(_groups(ids, circle.groups)) if self.groups else {}
        leads = known.leads.with_columns(column for name, column in columns.items() if name not in self._given)
        return replace(known, leads=leads, again_at=self._again(known, circle), circle=circle)

    def _again(self, known: Known, circle: Circle) -> pl.Series | None:
        """Not only because of what providers may say."""
        twice = {lead for lead, one in circle.persons.items() if one.duplicates}
        if not twice:
            return known.again_at
        week = pl.when(pl.col("id").is_in(twice)).then(pl.lit(self._now + WEEK, pl.Datetime("ms", "UTC")))
        return sooner(known.leads.select(again_at=week).to_series(), known.again_at)


def asked_for(job: Job) -> bool:
    """Whether somebody wants to know which leads are one person."""
    return job.hold_duplicates or bool((job.playbook.fields_used | job.mapping.fields_asked) & DUPLICATES)


def _firm(account: str, lead: Mapping[str, str | None]) -> Firm:
    """Stands for the account: nobody of it is left out."""
    return Firm(account, lead["domain"] or "", "" if lead["domain"] else lead["company"] or "")


def _outsider(one: str, key: str, role: str) -> Member:
    keys = tuple((key or None) if kind == "email" else None for kind in KINDS)
    return Member(one, keys, None, role)


def _duplicates(ids: Sequence[str], found: Mapping[str, Person]) -> Iterator[tuple[str, pl.Series]]:
    told = [found[lead].told(lead) if lead in found else (0, None) for lead in ids]
    yield "duplicates", pl.Series("duplicates", [count for count, _ in told], dtype=pl.Int64)
    yield "duplicate_of", pl.Series("duplicate_of", [oldest for _, oldest in told], dtype=pl.String)


def _groups(ids: Sequence[str], groups: Mapping[str, Group]) -> Iterator[tuple[str, pl.Series]]:
    """Null of leads that are gone from their account."""
    found = [groups.get(lead) for lead in ids]
    words = pl.List(pl.String())
    yield "group_known", pl.Series("group_known", [list(one.known) if one else None for one in found], dtype=words)
    yield (
        "group_missing",
        pl.Series("group_missing", [list(one.missing) if one else None for one in found], dtype=words),
    )
    yield "group_size", pl.Series("group_size", [one.size if one else None for one in found], dtype=pl.Int64)
