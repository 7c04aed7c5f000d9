"""The companies that a portal has of its sample contacts: HubSpot makes them of the domains of e-mail addresses.

https://knowledge.hubspot.com/records/automatically-create-and-associate-companies-with-contacts
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from leadrelay.sandbox.hubspot.association_types import CATEGORY, AssociationType, types_between
from leadrelay.sandbox.hubspot.objecttypes import COMPANIES, CONTACTS
from leadrelay.sandbox.hubspot.owners import ACTIVE_IDS, LEFT_ID
from leadrelay.sandbox.hubspot.portal import Portal
from leadrelay.sandbox.sample_companies import words
from leadrelay.sandbox.store import Store

Row = dict[str, Any]

_TAKEN_OVER = {"industry": "industry", "country": "country", "city": "city", "website": "website"}
"""What a company has from its first contact."""


class Companies:
    """One for each domain that is nobody's free mail, with its contacts. Four of ten have an owner, some of whom left.

    The owner of a company is not the one of its contacts: somebody sold to it before they came.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._store = portal.store
        self._free = {domain for place in words()["places"] for domain in place["free"]}
        sql = f'SELECT domain, "{self._store.key}" FROM "{COMPANIES.name}" WHERE domain IS NOT NULL'
        self._known: dict[str, int] = dict(self._store.db.execute(sql))

    def take_in(self, contacts: Sequence[Row]) -> None:
        """Make companies of new contacts, or find those that are there, and associate both."""
        domains: dict[str, list[Row]] = {}
        for contact in contacts:
            domain = contact.get("hs_email_domain")
            if domain and domain not in self._free:
                domains.setdefault(domain, []).append(contact)
        fresh = [domain for domain in domains if domain not in self._known]
        self._known.update(zip(fresh, self._portal.new_ids(len(fresh)), strict=True))
        made = [self._company(self._known[domain], domain, domains[domain]) for domain in fresh]
        self._store.insert(COMPANIES.name, made, "setup", silent=True)
        pairs = [(one[self._store.key], self._known[domain]) for domain, group in domains.items() for one in group]
        self._store.insert("associations", list(_links(self._store, pairs)), "setup", silent=True)

    def _company(self, key: int, domain: str, contacts: Sequence[Row]) -> Row:
        born = min(contact[CONTACTS.created] for contact in contacts)
        names = [contact["company"] for contact in contacts if contact.get("company")]
        first = {name: contacts[0].get(source) for name, source in _TAKEN_OVER.items()}
        row = {self._store.key: key, COMPANIES.created: born, COMPANIES.modified: born, "domain": domain}
        row |= {"name": names[0] if names else domain, "hs_object_source": "CRM_SETTING", "lifecyclestage": "lead"}
        return {**row, **first, "numberofemployees": contacts[0].get("numemployees"), "hubspot_owner_id": _owner(key)}


def _owner(key: int) -> str | None:
    if key % 10 >= 4:
        return None
    people = (*ACTIVE_IDS[:-1], LEFT_ID)
    return people[key % len(people)]


def _links(store: Store, pairs: Sequence[tuple[int, int]]) -> Iterator[Row]:
    for found in types_between(store, CONTACTS, COMPANIES):
        for contact, company in pairs:
            yield _link(found, contact, company)
            yield _link(found.turned, company, contact)


def _link(found: AssociationType, one: int, other: int) -> Row:
    ends = {"from_type": found.source, "from_id": one, "to_type": found.target, "to_id": other}
    return {**ends, "type_id": found.type_id, "category": CATEGORY, "label": found.label}
