"""People Data Labs: https://docs.peopledatalabs.com/docs/reference-company-enrichment-api and .../errors.

A match is billed, a 404 is free; `likelihood` runs from 1 to 10. Texts are in lower case unless `titlecase` is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadrelay.sandbox.provider.truth import Contact, Firm, chance
from leadrelay.sandbox.provider.vendor import Endpoint, No, Unanswerable, Vendor, bands, domain_of, found_of, whom
from leadrelay.sandbox.provider.views import View
from leadrelay.sandbox.wire import Request, Response

_REFUSALS = {
    No.KEY: (401, "authentication_error"),
    No.CREDITS: (402, "payment_required"),
    No.RATE: (429, "rate_limit_error"),
    No.QUESTION: (400, "invalid_request_error"),
    No.NOBODY: (404, "not_found"),
    No.ADDRESS: (405, "invalid_request_error"),
}
_SIZES = {
    10: "1-10",
    50: "11-50",
    200: "51-200",
    500: "201-500",
    1000: "501-1000",
    5000: "1001-5000",
    10_000: "5001-10000",
    10**12: "10001+",
}
_REVENUES = {
    1_000_000: "$0-$1M",
    10_000_000: "$1M-$10M",
    25_000_000: "$10M-$25M",
    50_000_000: "$25M-$50M",
    100_000_000: "$50M-$100M",
    250_000_000: "$100M-$250M",
    500_000_000: "$250M-$500M",
    1_000_000_000: "$500M-$1B",
    10_000_000_000: "$1B-$10B",
    10**15: "$10B+",
}
_LEVELS = ("entry", "manager", "director", "cxo")
_COMPANY = ("website", "name")


def _refuse(why: No, text: str) -> Response:
    status, kind = _REFUSALS[why]
    return Response(status, {"status": status, "error": {"type": kind, "message": text}})


def _key(request: Request) -> str | None:
    return request.headers.get("x-api-key") or request.query.get("api_key")


def _whom(request: Request) -> dict[str, str]:
    return whom(request.query, "company", "Request contained either missing or invalid parameters")


def _asked(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    told = {name: request.query[name].strip() for name in known if request.query.get(name, "").strip()}
    if not told:
        raise Unanswerable(f"Request contained either missing or invalid parameters; give {' or '.join(known)}")
    if "website" in told:
        told["website"] = domain_of(told["website"])
    return {name: value.lower() for name, value in told.items()}


def _wanted(request: Request) -> int:
    text = request.query.get("min_likelihood", "2")
    if not (text.isdecimal() and 1 <= int(text) <= 10):
        raise Unanswerable("min_likelihood must be between 1 and 10")
    return int(text)


def _company(view: View, asked: Mapping[str, str], request: Request) -> Any:
    website = asked.get("website")
    firm = view.firm(website) if website else view.by_name(asked["name"])
    if firm is None:
        return None
    likelihood = _likelihood(view, firm.domain) - (0 if website else 2)
    if likelihood < _wanted(request):
        return None
    return {"status": 200, **_cased(company(firm), request), "likelihood": max(likelihood, 1)}


def _person(view: View, asked: Mapping[str, str], request: Request) -> Any:
    found = found_of(view, asked, "company")
    if found is None:
        return None
    likelihood = _likelihood(view, found.email)
    if likelihood < _wanted(request):
        return None
    return {"status": 200, "likelihood": likelihood, "data": _cased(person(found), request)}


def _likelihood(view: View, key: str) -> int:
    return min(10, 1 + int(view.sure(key) * 10))


def company(firm: Firm) -> dict[str, Any]:
    """https://docs.peopledatalabs.com/docs/example-company-record, its free fields."""
    return {
        "id": _id(firm.domain),
        "name": firm.name,
        "display_name": firm.name,
        "size": bands(firm.employees, _SIZES),
        "employee_count": firm.employees,
        "founded": firm.founded,
        "inferred_revenue": bands(firm.revenue, _REVENUES),
        "industry": firm.industry,
        "naics": None,
        "location": {
            "name": ", ".join(part for part in (firm.city, firm.state, firm.country) if part),
            "locality": firm.city,
            "region": firm.state,
            "country": firm.country,
        },
        "linkedin_url": f"linkedin.com/company/{firm.domain.partition('.')[0]}",
        "website": firm.domain,
        "type": "private",
        "tags": list(firm.technologies),
    }


def person(contact: Contact) -> dict[str, Any]:
    """https://docs.peopledatalabs.com/docs/example-record, what concerns work."""
    firm = contact.firm
    return {
        "id": _id(contact.email),
        "full_name": f"{contact.given} {contact.family}",
        "first_name": contact.given,
        "last_name": contact.family,
        "work_email": contact.email,
        "industry": firm.industry,
        "job_title": contact.title,
        "job_title_role": contact.department or None,
        "job_title_levels": [_LEVELS[contact.rank]],
        "job_company_name": firm.name,
        "job_company_website": firm.domain,
        "job_company_size": bands(firm.employees, _SIZES),
        "job_company_industry": firm.industry,
        "job_company_location_country": firm.country,
        "location_locality": firm.city,
        "location_region": firm.state,
        "location_country": firm.country,
    }


def _id(key: str) -> str:
    return f"{int(chance('pdl', key) * 1e16):028x}"


def _cased(value: Any, request: Request) -> Any:
    if request.query.get("titlecase", "").lower() == "true":
        return value
    return _lower(value)


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        kept = ("id", "display_name", "size", "inferred_revenue")
        return {name: one if name in kept else _lower(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_lower(one) for one in value]
    return value.lower() if isinstance(value, str) else value


def _spent(credits_spent: int) -> dict[str, str]:
    """https://docs.peopledatalabs.com/docs/usage-limits ."""
    return {"x-call-credits-spent": str(credits_spent)}


PDL = Vendor(
    "pdl",
    _key,
    _refuse,
    (
        Endpoint("GET", "/v5/company/enrich", "company", lambda request: _asked(request, _COMPANY), _company),
        Endpoint("GET", "/v5/person/enrich", "person", _whom, _person),
    ),
    _spent,
)
