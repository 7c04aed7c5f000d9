"""The companies of leads in HubSpot, and who else is known there.

Companies are searched, and the search index lags: what is new may not be found yet. A portal whose token may not see
them gives none: that is not known, and no reason to stop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from leadrelay.connectors.hubspot_batch import Found, look
from leadrelay.connectors.hubspot_links import links
from leadrelay.connectors.hubspot_wire import Forbidden, Paging, Portal
from leadrelay.connectors.people import Account, Colleague, Firm
from leadrelay.connectors.transport import Answer
from leadrelay.errors import FieldsGone

COMPANIES, CONTACTS = "companies", "contacts"
_MOST_VALUES = 100  # of one filter: https://developers.hubspot.com/docs/api-reference/search/guide
_A_PAGE = 200
_MOST_RESULTS = 10_000
_DOMAIN = "hs_email_domain"
_CHANGED = "hs_lastmodifieddate"
_FIRM = ("name", "domain", "hubspot_owner_id", _CHANGED)
_ROLE = "hs_buying_role"
_PERSON = ("firstname", "lastname", "jobtitle", "email", "phone", "mobilephone", _ROLE)


class Company:
    """The companies of leads, and their people."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def accounts(self, firms: Sequence[Firm]) -> dict[str, Account]:
        """By lead, the company of its domain, else the one of its name; of several, the one that was changed last."""
        try:
            return self._accounts(firms)
        except Forbidden:
            return {}

    def colleagues(self, firms: Sequence[Firm], most: int) -> dict[str, list[Colleague]]:
        """By lead the people of its company, else of its e-mail domain, those who came last; with a role first.

        Where a portal does not associate contacts with companies by itself, the domain has to do.
        """
        accounts = self.accounts(firms)
        there = self._of_companies([account.id for account in accounts.values()])
        known = {lead: [one for one in there.get(account.id, []) if one != lead] for lead, account in accounts.items()}
        alone = {firm.lead: _plain(firm.domain) for firm in firms if firm.domain and not known.get(firm.lead)}
        at_domain = self._of_domains(list(dict.fromkeys(alone.values())), most)
        known |= {lead: at_domain[domain] for lead, domain in alone.items()}
        newest = {lead: _newest([one for one in ids if one != lead], most) for lead, ids in known.items()}
        people = self._people([one for ids in newest.values() for one in ids])
        found = {lead: [people[one] for one in ids if one in people] for lead, ids in newest.items()}
        return {lead: sorted(some, key=lambda one: not one.role) for lead, some in found.items() if some}

    def values(self, domains: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, str]]:
        """By domain, what its company holds in these properties; what HubSpot leaves out is told."""
        wanted = {_plain(domain): domain for domain in domains if domain.strip()}
        newest: dict[str, Found] = {}
        for company in self._searched(COMPANIES, "domain", list(wanted), ("domain", _CHANGED, *fields)):
            self._expect(company, fields)
            place = _plain(company.properties.get("domain") or "")
            if place not in newest or _changed(newest[place]) < _changed(company):
                newest[place] = company
        return {
            domain: {name: value for name in fields if (value := newest[place].properties[name])}
            for place, domain in wanted.items()
            if place in newest
        }

    def _expect(self, company: Found, fields: Sequence[str]) -> None:
        """HubSpot leaves out what it does not know; that must not pass for empty."""
        if missing := [name for name in fields if name not in company.properties]:
            place = self._portal.settings.place
            raise FieldsGone(f"{place} did not give {', '.join(missing)} of companies.", missing)

    def _accounts(self, firms: Sequence[Firm]) -> dict[str, Account]:
        domains = self._by("domain", [firm.domain for firm in firms])
        unknown = [firm for firm in firms if firm.domain.lower() not in domains]
        names = self._by("name", [firm.name for firm in unknown])
        found = {firm.lead: domains.get(firm.domain.lower()) or names.get(_plain(firm.name)) for firm in firms}
        return {lead: account for lead, account in found.items() if account}

    def _by(self, name: str, values: Sequence[str]) -> dict[str, Account]:
        """Companies by what this property holds, in lower case: so does the operator IN want it."""
        wanted = list(dict.fromkeys(_plain(value) for value in values if value.strip()))
        found: dict[str, tuple[str, Account]] = {}
        for company in self._searched(COMPANIES, name, wanted, _FIRM):
            told = {key: company.properties.get(key) or "" for key in _FIRM}
            account = Account(company.id, told["name"], told["domain"], told["hubspot_owner_id"])
            place, changed = _plain(told[name]), told[_CHANGED]
            if place not in found or found[place][0] < changed:
                found[place] = changed, account
        return {place: account for place, (_, account) in found.items()}

    def _of_companies(self, companies: Sequence[str]) -> dict[str, list[str]]:
        return links(self._portal, COMPANIES, CONTACTS, companies) if companies else {}

    def _of_domains(self, domains: Sequence[str], most: int) -> dict[str, list[str]]:
        """The newest contacts of each domain; no more pages than it takes to have enough of all."""
        found: dict[str, list[str]] = {domain: [] for domain in domains}
        for contact in self._searched(CONTACTS, _DOMAIN, domains, (_DOMAIN,)):
            some = found.get(_plain(contact.properties.get(_DOMAIN) or ""))
            if some is not None:
                some.append(contact.id)
            if all(len(some) > most for some in found.values()):
                break
        return found

    def _people(self, ids: Sequence[str]) -> dict[str, Colleague]:
        records = look(self._portal, CONTACTS, ids, _PERSON, lenient=True).records
        return {one.id: _colleague(one) for one in records.values()}

    def _searched(self, kind: str, name: str, values: Sequence[str], names: Sequence[str]) -> Iterator[Found]:
        for start in range(0, len(values), _MOST_VALUES):
            some = values[start : start + _MOST_VALUES]
            after = 0
            while after + _A_PAGE <= _MOST_RESULTS:
                page = self._portal.find(kind, _request(name, some, names, after), _page)
                yield from page.results
                if not (page.paging and page.paging.after):
                    break
                after += _A_PAGE


def _request(name: str, values: Sequence[str], names: Sequence[str], after: int) -> dict[str, Any]:
    filters = [{"propertyName": name, "operator": "IN", "values": list(values)}]
    return {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "DESCENDING"}],
        "properties": list(names),
        "limit": _A_PAGE,
        "after": str(after),
    }


def _changed(company: Found) -> str:
    return company.properties.get(_CHANGED) or ""


def _newest(ids: Sequence[str], most: int) -> list[str]:
    return sorted(dict.fromkeys(ids), key=int, reverse=True)[:most]


def _plain(text: str) -> str:
    return text.strip().lower()


def _colleague(one: Found) -> Colleague:
    told = {name: one.properties.get(name) or "" for name in _PERSON}
    name = f"{told['firstname']} {told['lastname']}".strip()
    phone = told["phone"] or told["mobilephone"]
    role = ", ".join(word.replace("_", " ").lower() for word in told[_ROLE].split(";") if word)
    return Colleague(one.id, name, told["jobtitle"], told["email"], phone, role)


class _Page(msgspec.Struct):
    results: list[Found]
    paging: Paging | None = None


def _page(answer: Answer) -> _Page:
    return msgspec.json.decode(answer.body, type=_Page)
