"""Hunter: https://hunter.io/api-documentation/v2 . Its 403 is the rate, its 429 the quota; what is not found is free.

`metrics.employees` is a range, as its users report; how many credits an enrichment costs could not be confirmed: one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leadrelay.sandbox.provider import profiles
from leadrelay.sandbox.provider.truth import Firm, chance
from leadrelay.sandbox.provider.vendor import Endpoint, No, Unanswerable, Vendor, domain_of
from leadrelay.sandbox.provider.views import View
from leadrelay.sandbox.wire import Request, Response

_REFUSALS = {
    No.KEY: (401, "authentication_failed"),
    No.CREDITS: (429, "too_many_requests"),
    No.RATE: (403, "forbidden"),
    No.QUESTION: (400, "wrong_params"),
    No.NOBODY: (404, "not_found"),
    No.ADDRESS: (405, "method_not_allowed"),
}


def _refuse(why: No, text: str) -> Response:
    status, code = _REFUSALS[why]
    return Response(status, {"errors": [{"id": code, "code": status, "details": text}]})


def _key(request: Request) -> str | None:
    return request.query.get("api_key") or request.headers.get("x-api-key")


def _asked(name: str, spelled: Callable[[str], str]) -> Callable[[Request], dict[str, str]]:
    def read(request: Request) -> dict[str, str]:
        value = spelled(request.query.get(name, ""))
        if not value:
            raise Unanswerable(f"You are missing the {name} parameter")
        return {name: value}

    return read


def _lower(text: str) -> str:
    return text.strip().lower()


def _enveloped(data: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": data, "meta": dict(asked)}


def company(firm: Firm) -> dict[str, Any]:
    """A company, its employees as a range only."""
    told = profiles.company(firm)
    metrics = {**told["metrics"], "employees": told["metrics"]["employeesRange"]}
    return {**told, "metrics": {name: metrics[name] for name in ("employees", "annualRevenue")}}


def _company(view: View, asked: Mapping[str, str], _: Request) -> Any:
    firm = view.firm(asked["domain"])
    return _enveloped(company(firm), asked) if firm else None


def _person(view: View, asked: Mapping[str, str], _: Request) -> Any:
    found = view.contact(asked["email"])
    return _enveloped(profiles.person(found), asked) if found else None


def _combined(view: View, asked: Mapping[str, str], _: Request) -> Any:
    found = view.contact(asked["email"])
    if found is None:
        return None
    return _enveloped({"person": profiles.person(found), "company": company(found.firm)}, asked)


def _whose(request: Request) -> dict[str, str]:
    names = ("domain", "first_name", "last_name")
    values = {name: request.query.get(name, "").strip().lower() for name in names}
    for name in names:
        if not values[name]:
            raise Unanswerable(f"You are missing the {name} parameter")
    return values


def _address(view: View, asked: Mapping[str, str], _: Request) -> Any:
    found = view.called(asked["first_name"], asked["last_name"], asked["domain"])
    if found is None:
        return None
    told = {
        "first_name": found.given,
        "last_name": found.family,
        "email": found.email,
        "score": 60 + int(view.sure(found.email) * 40),
        "domain": found.firm.domain,
        "position": found.title,
        "company": found.firm.name,
        "phone_number": None,
        "verification": {"date": None, "status": "valid"},
        "sources": [],
    }
    return _enveloped(told, {"params": asked})


def _verified(view: View, asked: Mapping[str, str], _: Request) -> Any:
    """Whether an address takes mail: one that somebody has does, of a company's others nobody can tell."""
    email = asked["email"]
    domain = email.rpartition("@")[2]
    if view.contact(email):
        status, score = "valid", 90 + int(chance("score", email) * 10)
    elif view.firm(domain):
        status, score = "accept_all", 40 + int(chance("score", email) * 30)
    else:
        status, score = "invalid", int(chance("score", email) * 20)
    there = status != "invalid"
    return _enveloped(
        {
            "status": status,
            "score": score,
            "email": email,
            "regexp": "@" in email,
            "gibberish": False,
            "disposable": False,
            "webmail": False,
            "mx_records": there,
            "smtp_server": there,
            "smtp_check": status == "valid",
            "accept_all": status == "accept_all",
            "block": False,
            "sources": [],
        },
        {"params": asked},
    )


HUNTER = Vendor(
    "hunter",
    _key,
    _refuse,
    (
        Endpoint("GET", "/v2/companies/find", "company", _asked("domain", domain_of), _company),
        Endpoint("GET", "/v2/people/find", "person", _asked("email", _lower), _person),
        Endpoint("GET", "/v2/combined/find", "combined", _asked("email", _lower), _combined),
        Endpoint("GET", "/v2/email-finder", "email", _whose, _address),
        Endpoint("GET", "/v2/email-verifier", "verify", _asked("email", _lower), _verified),
    ),
)
