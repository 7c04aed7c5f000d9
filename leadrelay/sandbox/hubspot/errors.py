"""HubSpot's refusals: one error form for single calls, one for the entries of a batch.

Forms: https://developers.hubspot.com/docs/api-reference/error-handling
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from leadrelay.sandbox.wire import Response

PORTAL_ID = 26892217


@dataclass(frozen=True, slots=True)
class Issue:
    """One property value that was not valid."""

    name: str
    code: str
    message: str


class Refusal(Exception):
    """HubSpot says no: an HTTP status and the body that explains it."""

    def __init__(
        self,
        status: int,
        message: str,
        category: str | None = "VALIDATION_ERROR",
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.headers = headers
        self.status = status
        self.message = message
        self.category = category
        self.more = more

    def response(self) -> Response:
        """The answer to the whole call."""
        body = {"status": "error", "message": self.message, "correlationId": str(uuid4()), **self.more}
        if self.category:
            body["category"] = self.category
        return Response(self.status, body, {**self.headers, "X-HubSpot-Correlation-Id": body["correlationId"]})

    def entry(self, **context: list[str]) -> dict[str, Any]:
        """The same refusal of one input among many, in the `errors` of a 207."""
        more = {**self.more, "context": {**self.more.get("context", {}), **context}}
        return {"status": "error", "category": self.category, "message": self.message, **more}


def bad_input(why: str, line: int = 1, column: int = 1) -> Refusal:
    """A body or a query that is not of the documented form: https://github.com/HubSpot/hubspot-api-php/issues/227."""
    return Refusal(400, f"Invalid input JSON on line {line}, column {column}: {why}", None)


def bad_values(issues: Iterable[Issue]) -> Refusal:
    """Property values that do not fit; the message carries them as JSON text, as the real one does."""
    issues = list(issues)
    listed = [
        {
            "isValid": False,
            "message": issue.message,
            "error": issue.code,
            "name": issue.name,
            "localizedErrorMessage": issue.message,
            "portalId": PORTAL_ID,
        }
        for issue in issues
    ]
    text = json.dumps(listed, separators=(",", ":"), ensure_ascii=False)
    errors = [{"message": i.message, "code": i.code, "context": {"propertyName": [i.name]}} for i in issues]
    return Refusal(400, f"Property values were not valid: {text}", errors=errors)


def missing(key: str) -> Refusal:
    """No such record."""
    if not key.isdecimal():
        text = "Object not found.  objectId are usually numeric."
        return Refusal(404, text, "OBJECT_NOT_FOUND", context={"id": [key]})
    return Refusal(404, "resource not found", "OBJECT_NOT_FOUND")


def too_many(limit: int, what: str = "a batch") -> Refusal:
    """More inputs than a batch takes."""
    text = f"The maximum number of inputs supported in {what} is {limit}."
    return Refusal(400, f"{text} Please reduce the number of items and try again")


def multi_status(
    status: int, now: str, results: list[dict[str, Any]], errors: list[dict[str, Any]] | None = None
) -> Response:
    """The answer of a batch: with errors it is a 207."""
    answer: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if errors:
        answer |= {"numErrors": len(errors), "errors": errors}
    return Response(207 if errors else status, answer)
