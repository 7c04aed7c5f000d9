"""Companies and people in the shape that Clearbit has, and Hunter after it.

https://github.com/clearbit/clearbit-slack/blob/master/spec/support/fixtures/company.json
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from leadrelay.sandbox.provider.truth import Contact, Firm, chance
from leadrelay.sandbox.provider.vendor import bands

_RANGES = {
    10: "1-10",
    50: "11-50",
    250: "51-250",
    1000: "251-1K",
    5000: "1K-5K",
    10_000: "5K-10K",
    50_000: "10K-50K",
    100_000: "50K-100K",
    10**12: "100K+",
}
_REVENUES = {
    1_000_000: "$0-$1M",
    10_000_000: "$1M-$10M",
    50_000_000: "$10M-$50M",
    100_000_000: "$50M-$100M",
    250_000_000: "$100M-$250M",
    500_000_000: "$250M-$500M",
    1_000_000_000: "$500M-$1B",
    10_000_000_000: "$1B-$10B",
    10**15: "$10B+",
}
_SENIORITY = (None, "manager", "director", "executive")


def company(firm: Firm) -> dict[str, Any]:
    """A company."""
    return {
        "id": _id("company", firm.domain),
        "name": firm.name,
        "legalName": firm.name,
        "domain": firm.domain,
        "domainAliases": [],
        "category": {"sector": None, "industryGroup": None, "industry": firm.industry, "subIndustry": None},
        "tags": [firm.industry] if firm.industry else [],
        "foundedYear": firm.founded,
        "location": ", ".join(part for part in (firm.city, firm.state, firm.country) if part),
        "geo": _geo(firm),
        "linkedin": {"handle": f"company/{firm.domain.partition('.')[0]}"},
        "type": "private",
        "metrics": {
            "employees": firm.employees,
            "employeesRange": bands(firm.employees, _RANGES),
            "annualRevenue": firm.revenue,
            "estimatedAnnualRevenue": bands(firm.revenue, _REVENUES),
        },
        "tech": [name.lower().replace(" ", "_") for name in firm.technologies],
    }


def person(contact: Contact) -> dict[str, Any]:
    """A person."""
    return {
        "id": _id("person", contact.email),
        "name": {
            "fullName": f"{contact.given} {contact.family}",
            "givenName": contact.given,
            "familyName": contact.family,
        },
        "email": contact.email,
        "location": ", ".join(part for part in (contact.firm.city, contact.firm.country) if part),
        "geo": _geo(contact.firm),
        "employment": {
            "domain": contact.firm.domain,
            "name": contact.firm.name,
            "title": contact.title,
            "role": contact.department.lower() or None,
            "seniority": _SENIORITY[contact.rank],
        },
        "fuzzy": False,
    }


def _geo(firm: Firm) -> dict[str, Any]:
    return {"city": firm.city, "state": firm.state, "country": firm.country, "countryCode": firm.code}


def _id(kind: str, key: str) -> str:
    return str(UUID(int=int(chance(kind, key, 1) * (1 << 64)) << 64 | int(chance(kind, key, 2) * (1 << 64))))
