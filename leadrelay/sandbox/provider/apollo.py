"""Apollo: https://docs.apollo.io/reference/organization-enrichment and .../people-enrichment.

Nobody found is a 200 without a record, and free. What a 403 for spent credits looks like could not be confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadrelay.sandbox.provider.truth import Contact, Firm, chance
from leadrelay.sandbox.provider.vendor import Endpoint, No, Unanswerable, Vendor, domain_of, found_of, told, whom
from leadrelay.sandbox.provider.views import View
from leadrelay.sandbox.wire import Request, Response

_REFUSALS = {
    No.KEY: (401, "UNAUTHORIZED"),
    No.CREDITS: (403, "API_INACCESSIBLE"),
    No.RATE: (429, "RATE_LIMITED"),
    No.QUESTION: (422, "INVALID_PARAMETERS"),
    No.NOBODY: (404, "NOT_FOUND"),
    No.ADDRESS: (405, "METHOD_NOT_ALLOWED"),
}


def _refuse(why: No, text: str) -> Response:
    status, code = _REFUSALS[why]
    return Response(status, {"error": text, "error_code": code})


def _key(request: Request) -> str | None:
    return request.headers.get("x-api-key")


def _domain(request: Request) -> dict[str, str]:
    domain = domain_of(told(request).get("domain", ""))
    if not domain:
        raise Unanswerable("domain is missing")
    return {"domain": domain}


def _organization(view: View, asked: Mapping[str, str], _: Request) -> Any:
    firm = view.firm(asked["domain"])
    return {"organization": organization(firm)} if firm else None


def _person(view: View, asked: Mapping[str, str], _: Request) -> Any:
    found = found_of(view, asked, "domain")
    return {"person": person(found)} if found else None


def organization(firm: Firm) -> dict[str, Any]:
    """The fields of the documented example that concern a lead."""
    return {
        "id": _id(firm.domain),
        "name": firm.name,
        "website_url": f"http://www.{firm.domain}",
        "primary_domain": firm.domain,
        "linkedin_url": f"http://www.linkedin.com/company/{firm.domain.partition('.')[0]}",
        "founded_year": firm.founded,
        "industry": firm.industry.lower() if firm.industry else None,
        "estimated_num_employees": firm.employees,
        "annual_revenue": None if firm.revenue is None else float(firm.revenue),
        "city": firm.city,
        "state": firm.state,
        "country": firm.country,
        "technology_names": list(firm.technologies),
        "current_technologies": [{"uid": name.lower().replace(" ", "_"), "name": name} for name in firm.technologies],
    }


def person(contact: Contact) -> dict[str, Any]:
    """The fields of the documented example that concern a lead."""
    return {
        "id": _id(contact.email),
        "first_name": contact.given,
        "last_name": contact.family,
        "name": f"{contact.given} {contact.family}",
        "title": contact.title,
        "email": contact.email,
        "email_status": "verified",
        "seniority": contact.seniority,
        "departments": [contact.department.lower()] if contact.department else [],
        "city": contact.firm.city,
        "state": contact.firm.state,
        "country": contact.firm.country,
        "organization": organization(contact.firm),
    }


def _id(key: str) -> str:
    return f"{int(chance('apollo', key) * (1 << 56)):024x}"


APOLLO = Vendor(
    "apollo",
    _key,
    _refuse,
    (
        Endpoint(
            "GET POST",
            "/api/v1/organizations/enrich",
            "company",
            _domain,
            _organization,
            miss=lambda: Response(200, {"organization": None}),
        ),
        Endpoint(
            "GET POST",
            "/api/v1/people/match",
            "person",
            lambda request: whom(told(request), "domain", "Too little is known of the person"),
            _person,
            miss=lambda: Response(200, {"person": None}),
        ),
    ),
)
