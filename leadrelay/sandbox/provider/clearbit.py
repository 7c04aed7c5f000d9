"""Clearbit as it was documented: https://dashboard.clearbit.com/docs ; requests with an Authorization header are its.

What is not found counts as well, and the same question once only:
https://help.clearbit.com/hc/en-us/articles/115015508588-What-counts-as-an-Enrichment-API-request-
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from leadrelay.sandbox.provider import profiles
from leadrelay.sandbox.provider.vendor import Endpoint, No, Unanswerable, Vendor, domain_of
from leadrelay.sandbox.provider.views import View
from leadrelay.sandbox.wire import Request, Response

_REFUSALS = {
    No.KEY: (401, "auth_invalid"),
    No.CREDITS: (402, "over_limit"),
    No.RATE: (429, "rate_limit"),
    No.QUESTION: (422, "params_invalid"),
    No.NOBODY: (404, "unknown_record"),
    No.ADDRESS: (405, "method_not_allowed"),
}


def _refuse(why: No, text: str) -> Response:
    status, kind = _REFUSALS[why]
    return Response(status, {"error": {"type": kind, "message": text}})


def _key(request: Request) -> str | None:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()
    try:
        return b64decode(text, validate=True).decode().partition(":")[0]
    except ValueError:
        return None


def _asked(name: str, spelled: Callable[[str], str]) -> Callable[[Request], dict[str, str]]:
    def read(request: Request) -> dict[str, str]:
        value = spelled(request.query.get(name, ""))
        if not value:
            raise Unanswerable(f"{name} is required")
        return {name: value}

    return read


def _lower(text: str) -> str:
    return text.strip().lower()


def _company(view: View, asked: Mapping[str, str], _: Request) -> Any:
    firm = view.firm(asked["domain"])
    return profiles.company(firm) if firm else None


def _person(view: View, asked: Mapping[str, str], _: Request) -> Any:
    found = view.contact(asked["email"])
    return profiles.person(found) if found else None


def _combined(view: View, asked: Mapping[str, str], _: Request) -> Any:
    found = view.contact(asked["email"])
    return {"person": profiles.person(found), "company": profiles.company(found.firm)} if found else None


def _always(_found: bool) -> int:
    return 1


CLEARBIT = Vendor(
    "clearbit",
    _key,
    _refuse,
    (
        Endpoint("GET", "/v2/companies/find", "company", _asked("domain", domain_of), _company, _always, once=True),
        Endpoint("GET", "/v2/people/find", "person", _asked("email", _lower), _person, _always, once=True),
        Endpoint("GET", "/v2/combined/find", "combined", _asked("email", _lower), _combined, _always, once=True),
    ),
)
