"""What is true of the companies and people of the samples, by domain and e-mail address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from random import Random

from leadrelay.sandbox.sample_companies import Company, invent
from leadrelay.sandbox.samples import Truth, truths

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)

COUNTRIES: Mapping[str, str] = {
    "United States": "US",
    "Canada": "CA",
    "United Kingdom": "GB",
    "Germany": "DE",
    "Austria": "AT",
    "Switzerland": "CH",
    "France": "FR",
    "Spain": "ES",
    "Italy": "IT",
    "Netherlands": "NL",
    "Sweden": "SE",
    "Poland": "PL",
    "Brazil": "BR",
    "Mexico": "MX",
    "India": "IN",
    "Japan": "JP",
    "Australia": "AU",
    "Greece": "GR",
    "Bulgaria": "BG",
    "United Arab Emirates": "AE",
    "South Korea": "KR",
}
"""ISO 3166 codes of the sample places."""


@dataclass(frozen=True, slots=True)
class Firm:
    """A company as a provider may tell of it. None: it does not know."""

    domain: str
    name: str
    industry: str | None
    employees: int | None
    revenue: int | None
    country: str
    city: str | None
    state: str | None
    founded: int | None
    technologies: tuple[str, ...]

    @property
    def code(self) -> str:
        """The country as ISO 3166 has it."""
        return COUNTRIES.get(self.country, "")


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as a provider may tell of it."""

    email: str
    given: str
    family: str
    title: str | None
    department: str
    rank: int
    firm: Firm

    @property
    def seniority(self) -> str:
        """As most vendors call it."""
        return ("entry", "manager", "director", "c_suite")[self.rank]


def chance(*parts: object) -> float:
    """A number from 0 up to 1, always the same for the same parts."""
    text = "\n".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=7).digest()) / (1 << 56)


class Directory:
    """Everybody in the samples, built when somebody is first asked about."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._leads = 0
        self._firms: dict[str, Firm] = {}
        self._contacts: dict[str, Contact] = {}
        self._names: dict[str, str] = {}
        self._called: dict[tuple[str, str, str], str] = {}
        self.built = True

    def hold(self, leads: int, seed: int) -> None:
        """Hold so many sample leads of a seed."""
        self._leads, self.seed = leads, seed
        self.forget()

    def build(self) -> None:
        """Takes some seconds for a hundred thousand leads, and nothing at all the second time."""
        if self.built:
            return
        firms, contacts, names = self._firms, self._contacts, self._names
        for lead, truth in truths(self._leads, self.seed, _ANY_TIME):
            firm = firms.get(truth.company.domain) or firms.setdefault(truth.company.domain, self._firm(truth.company))
            names.setdefault(firm.name.casefold(), firm.domain)
            if address := lead["email"]:
                contact = contacts.setdefault(address.lower(), _contact(address.lower(), truth, firm))
                self._called.setdefault(_key(contact.given, contact.family, firm.domain), contact.email)
        self.built = True

    def firm(self, domain: str) -> Firm | None:
        """The company of a domain."""
        self.build()
        return self._firms.get(domain)

    def invented(self, domain: str) -> Firm:
        """A company for a domain that no sample has."""
        company = invent(Random(f"{self.seed} {domain}").random)
        return self._firm(replace(company, domain=domain))

    def named(self, name: str) -> str | None:
        """The domain of the company of that name."""
        self.build()
        return self._names.get(" ".join(name.split()).casefold())

    def contact(self, email: str) -> Contact | None:
        """The person of an e-mail address."""
        self.build()
        return self._contacts.get(email.lower())

    def called(self, given: str, family: str, company: str) -> str | None:
        """The e-mail address of a person of that name, at the company of that domain or name."""
        self.build()
        return self._called.get(_key(given, family, self.named(company) or company))

    def stranger(self, domain: str) -> Firm:
        """Some other company."""
        number = int(chance(self.seed, "stranger", domain) * 1000)
        return self._firm(invent(Random(f"{self.seed} stranger {number}").random))

    def tell(self, firm: Firm | None = None, contact: Contact | None = None) -> None:
        """Let something else be true from now on."""
        self.build()
        if firm:
            self._firms[firm.domain] = firm
        if contact:
            self._contacts[contact.email] = contact
            self._called[_key(contact.given, contact.family, contact.firm.domain)] = contact.email

    def forget(self) -> None:
        """Only the samples are true again."""
        self._firms, self._contacts, self._names, self._called = {}, {}, {}, {}
        self.built = self._leads == 0

    def _firm(self, company: Company) -> Firm:
        cities = company.place.cities
        city = cities[int(chance(self.seed, "city", company.domain) * len(cities))]
        return Firm(
            domain=company.domain,
            name=company.names[0],
            industry=company.industry,
            employees=company.employees,
            revenue=company.revenue,
            country=company.place.spellings[0],
            city=city[0],
            state=city[1] or None,
            founded=1900 + int(chance(self.seed, "founded", company.domain) * 122),
            technologies=company.technologies,
        )


def _key(given: str, family: str, domain: str) -> tuple[str, str, str]:
    return given.strip().casefold(), family.strip().casefold(), domain.strip().lower()


def _contact(email: str, truth: Truth, firm: Firm) -> Contact:
    title = truth.title if any(letter.isalpha() for letter in truth.title) and truth.title != "n/a" else None
    return Contact(email, truth.given.latin, truth.family.latin, title, truth.department, truth.rank, firm)
