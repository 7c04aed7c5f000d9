"""How each CRM words a refusal that comes from before it: from its edge, its limits, its sign-in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from leadrelay.sandbox.wire import Response

Refusal = Callable[[int, str | None, str | None, str], Response]
"""refusal(status, code, message, policy): code and message are the CRM's own for the status where they are None."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One CRM as faults need to know it.

    `signs_in`: where one signs in. `sessions`: whether a token that was refused stays refused.
    """

    signs_in: re.Pattern[str]
    sessions: bool
    refusal: Refusal
    quota: Callable[[], Response]


_SALESFORCE = {
    400: ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
    401: ("INVALID_SESSION_ID", "Session expired or invalid"),
    403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    404: ("NOT_FOUND", "The requested resource does not exist"),
    429: ("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
    500: ("UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId if you contact support"),
}
_HUBSPOT = {
    401: ("INVALID_AUTHENTICATION", "Authentication credentials not found"),
    403: ("MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call"),
    404: ("OBJECT_NOT_FOUND", "resource not found"),
    423: ("LOCKED", "The resource is locked; wait for at least 2 seconds"),
    477: ("MIGRATION_IN_PROGRESS", "The account is being moved to another data center"),
}
_PROVIDER = {
    401: ("authentication_error", "The API key is missing or invalid"),
    402: ("payment_required", "All credits of this account are used"),
    404: ("not_found", "No records were found matching your request"),
    429: ("rate_limit_error", "Too many requests"),
}
_ANYTHING = {4: ("invalid_request_error", "The request was refused"), 5: ("api_error", "Something went wrong")}
_SOMETHING = {
    4: ("BAD_REQUEST", "The request was refused"),
    5: ("SERVER_UNAVAILABLE", "Service temporarily unavailable"),
}


def _salesforce(status: int, code: str | None, message: str | None, _policy: str) -> Response:
    usual = _SALESFORCE.get(status) or _SOMETHING[status // 100]
    return Response(status, [{"message": message or usual[1], "errorCode": code or usual[0]}])


def _hubspot(status: int, code: str | None, message: str | None, policy: str) -> Response:
    """https://developers.hubspot.com/docs/api-reference/error-handling ; a 429 names its policy instead."""
    body: dict[str, Any] = {"status": "error", "message": message, "correlationId": str(uuid4())}
    if status == 429:
        body["message"] = message or f"You have reached your {policy.lower()} limit."
        body |= {"errorType": code or "RATE_LIMIT", "policyName": policy, "requestId": str(uuid4())}
    else:
        usual = _HUBSPOT.get(status) or _SOMETHING[status // 100]
        body |= {"category": code or usual[0], "message": message or usual[1]}
    return Response(status, body, {"X-HubSpot-Correlation-Id": body["correlationId"]})


def _provider(status: int, code: str | None, message: str | None, _policy: str) -> Response:
    """The form is that of https://docs.peopledatalabs.com/docs/errors ."""
    usual = _PROVIDER.get(status) or _ANYTHING[status // 100]
    return Response(status, {"status": status, "error": {"type": code or usual[0], "message": message or usual[1]}})


SALESFORCE = Dialect(
    re.compile(r"/services/(oauth2|soap)/", re.IGNORECASE), True, _salesforce, lambda: _salesforce(403, None, None, "")
)
HUBSPOT = Dialect(re.compile(r"/oauth/", re.IGNORECASE), False, _hubspot, lambda: _hubspot(429, None, None, "DAILY"))
PROVIDER = Dialect(re.compile(r"(?!)"), False, _provider, lambda: _provider(402, None, None, ""))
"""In the form of People Data Labs, as most vendors have something like it; the vendors' own refusals are their own."""
