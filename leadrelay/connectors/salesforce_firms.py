"""The companies of leads in Salesforce, and who else is known there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from leadrelay.connectors import frames, soql
from leadrelay.connectors.people import Account, Colleague, Firm
from leadrelay.connectors.salesforce_batch import Questions
from leadrelay.core.assign import matching
from leadrelay.errors import FieldsGone

_SITES = ("", "http://", "https://")
_ACCOUNT = ("Id", "Name", "Website", "OwnerId")
_CONTACT = ("Id", "Name", "Title", "Email", "Phone", "AccountId")
_OWN = ("Id", *(f"Account.{name}" for name in _ACCOUNT))
_ROLE = ("Id", "ContactId", "Role")
_LEAD = ("Id", "Name", "Title", "Email", "Phone")
_NEWEST = "LastModifiedDate DESC, Id"
_LIMIT = " LIMIT 2000"
"""One page a query: a well-known company has more contacts than anybody reads."""
_SHORTEST = 3
"""Letters of a name that may stand for all that begin with them."""


class _Account(msgspec.Struct, rename="pascal"):
    id: str
    name: str | None = None
    website: str | None = None
    owner_id: str | None = None

    def value(self) -> Account:
        domain = matching.domain(self.website)
        return Account(self.id, self.name or "", domain, self.owner_id or "")


class _Person(msgspec.Struct, rename="pascal"):
    id: str
    name: str | None = None
    title: str | None = None
    email: str | None = None
    phone: str | None = None
    account_id: str | None = None
    account: _Account | None = None
    contact_id: str | None = None
    role: str | None = None

    def value(self, role: str) -> Colleague:
        return Colleague(self.id, self.name or "", self.title or "", self.email or "", self.phone or "", role)


class Firms:
    """What one organisation knows of companies, as far as its API user may see; `lacks` tells what is out of sight."""

    def __init__(self, questions: Questions, object_type: str) -> None:
        self._questions = questions
        self._of_contacts = object_type.lower() == "contact"

    def accounts(self, firms: Sequence[Firm]) -> dict[str, Account]:
        """By lead, the account of the contact that it is, else of its domain, else of its name.

        Of several the one that was changed last.
        """
        own = self._own([firm.lead for firm in firms]) if self._of_contacts else {}
        return {**self._alike([firm for firm in firms if firm.lead not in own]), **own}

    def _own(self, contacts: Sequence[str]) -> dict[str, Account]:
        ids = [f"'{contact}'" for contact in contacts if soql.ID.fullmatch(contact)]
        where = "AccountId != null AND Id IN ({})"
        rows = self._questions.seen(list(_queries("Contact", _OWN, where, ids, ",")))
        people = [msgspec.json.decode(row, type=_Person) for row in rows]
        return {person.id: person.account.value() for person in people if person.account}

    def _alike(self, firms: Sequence[Firm]) -> dict[str, Account]:
        by_domain = self._by_domain({firm.domain.lower() for firm in firms if firm.domain})
        left = [firm for firm in firms if firm.name and firm.domain.lower() not in by_domain]
        by_name = self._by_name({firm.name for firm in left})
        found = {
            firm.lead: by_domain.get(firm.domain.lower()) or by_name.get(matching.company(firm.name)) for firm in firms
        }
        return {lead: account for lead, account in found.items() if account}

    def colleagues(self, firms: Sequence[Firm], most: int) -> dict[str, Sequence[Colleague]]:
        """Contacts of the account first, then those with an address of the domain, then open leads with one.

        Before them all come those who have a role in an opportunity of the account.
        """
        accounts = {lead: account.id for lead, account in self.accounts(firms).items()}
        domains = sorted({firm.domain.lower() for firm in firms if firm.domain})
        crowd = _Crowd(self._people(sorted(set(accounts.values())), domains))
        found = {firm.lead: list(crowd.around(firm, accounts.get(firm.lead, "")))[:most] for firm in firms}
        return {lead: people for lead, people in found.items() if people}

    def values(self, domains: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, str]]:
        """By domain, what its account holds in these fields. A refusal of a field is raised as it came."""
        wanted = {domain.lower(): domain for domain in domains if domain}
        sites = [soql.text(site) for domain in sorted(wanted) for site in _sites(domain)]
        columns = ("Id", "Website", *fields)
        rows = list(self._questions.rows(list(_queries("Account", columns, "Website IN ({})", sites, ","))))
        found: dict[str, dict[str, str]] = {}
        for site, *values in _texts(rows, columns[1:]):
            told = {name: value for name, value in zip(fields, values, strict=True) if value not in (None, "")}
            found.setdefault(matching.domain(site), told)
        return {domain: found[key] for key, domain in wanted.items() if key in found}

    def _by_domain(self, domains: Iterable[str]) -> dict[str, Account]:
        sites = [soql.text(site) for domain in sorted(domains) for site in _sites(domain)]
        rows = self._accounts("Website IN ({})", sites, ",")
        return _first((matching.domain(row.website), row) for row in rows)

    def _by_name(self, names: Iterable[str]) -> dict[str, Account]:
        """By the name made plain. Asked for is what begins alike, since legal forms stand at the end."""
        likes = [condition for name in sorted(names) if (condition := _named(name))]
        rows = self._accounts("({})", sorted(set(likes)), " OR ")
        return _first((matching.company(row.name), row) for row in rows)

    def _accounts(self, where: str, pieces: Sequence[str], between: str) -> list[_Account]:
        queries = _queries("Account", _ACCOUNT, where, pieces, between)
        return [msgspec.json.decode(row, type=_Account) for row in self._questions.seen(list(queries))]

    def _people(self, accounts: Sequence[str], domains: Sequence[str]) -> list[_Person]:
        ids = [f"'{account}'" for account in accounts if soql.ID.fullmatch(account)]
        likes = [f"Email LIKE {soql.like('%', domain, '')}" for domain in domains]
        queries = [
            *_queries("Contact", _CONTACT, "AccountId IN ({})", ids, ","),
            *_queries("OpportunityContactRole", _ROLE, "Role != null AND Contact.AccountId IN ({})", ids, ","),
            *_queries("Contact", _CONTACT, "({})", likes, " OR "),
            *_queries("Lead", _LEAD, "IsConverted = false AND ({})", likes, " OR "),
        ]
        return [msgspec.json.decode(row, type=_Person) for row in self._questions.seen(queries)]


class _Crowd:
    """People by their account and by the domain of their address, in the order in which they came; and their roles."""

    def __init__(self, people: Iterable[_Person]) -> None:
        self._of_account: dict[str, list[_Person]] = {}
        self._of_domain: dict[str, list[_Person]] = {}
        self._addresses: dict[str, str] = {}
        self._roles: dict[str, str] = {}
        for person in people:
            if person.contact_id:
                self._roles.setdefault(person.contact_id, person.role or "")
                continue
            self._addresses[person.id] = (person.email or "").lower()
            self._of_account.setdefault(person.account_id or "", []).append(person)
            self._of_domain.setdefault(matching.domain(person.email), []).append(person)

    def around(self, firm: Firm, account: str) -> Iterator[Colleague]:
        """Everybody of that company once, by record and by address, without the lead itself."""
        of_account = self._of_account.get(account, ()) if account else ()
        of_domain = self._of_domain.get(firm.domain.lower(), ()) if firm.domain else ()
        seen = {firm.lead, self._addresses.get(firm.lead, "") or firm.lead}
        for person in sorted((*of_account, *of_domain), key=lambda one: one.id not in self._roles):
            own = {person.id, self._addresses[person.id] or person.id}
            if seen.isdisjoint(own):
                yield person.value(self._roles.get(person.id, ""))
            seen |= own


def _queries(
    object_type: str, columns: Sequence[str], where: str, pieces: Sequence[str], between: str
) -> Iterator[str]:
    frame = soql.select(object_type, columns, where, _NEWEST) + _LIMIT
    for part in soql.packed(pieces, frame, between):
        yield soql.select(object_type, columns, where.format(between.join(part)), _NEWEST) + _LIMIT


def _texts(rows: Sequence[msgspec.Raw], names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Records as text, a column for each name; Salesforce spells names its own way."""
    if rows:
        spelled = frames.spelling(rows[0], names)
        if missing := [name for name in names if name not in spelled]:
            raise FieldsGone(f"Salesforce did not give {', '.join(missing)} of Account.", missing)
        paths = [spelled[name] for name in names]
        frame = frames.lines(rows, list(dict.fromkeys(paths)))
        yield from zip(*(frame[path] for path in paths), strict=True)


def _sites(domain: str) -> Iterator[str]:
    """A domain as people type it into the web site of an account."""
    for scheme in _SITES:
        for host in (domain, f"www.{domain}"):
            yield f"{scheme}{host}"
            yield f"{scheme}{host}/"


def _named(name: str) -> str:
    """The condition for accounts whose name may be this one, in whatever legal form; "" where it says nothing."""
    plain = matching.company(name)
    words = name.split()
    stem = next(
        (
            " ".join(words[:count])
            for count in range(1, len(words))
            if matching.company(" ".join(words[:count])) == plain
        ),
        name.strip(),
    ).rstrip(" ,.")
    if not plain:
        return ""
    if len(stem) < _SHORTEST or "\\" in stem:
        return f"Name = {soql.text(name.strip())}"
    return f"Name LIKE {soql.like('', stem, '%')}"


def _first(pairs: Iterable[tuple[str, _Account]]) -> dict[str, Account]:
    found: dict[str, Account] = {}
    for key, row in pairs:
        found.setdefault(key, row.value())
    return found
