"""Refusals as Salesforce words them: status, errorCode, message, fields; the body is a JSON list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadrelay.sandbox.wire import Response


class SalesforceError(Exception):
    """A refusal. `item` gives the entry for collections (key `statusCode`), `response` the whole answer."""

    def __init__(self, status: int, code: str, message: str, fields: Sequence[str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = None if fields is None else list(fields)

    def body(self) -> list[dict[str, Any]]:
        """What a single-record resource answers."""
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        return [entry if self.fields is None else {**entry, "fields": self.fields}]

    def item(self) -> dict[str, Any]:
        """What a collection answers in the `errors` of a record."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields or []}

    def response(self) -> Response:
        """The answer to the request that failed."""
        return Response(self.status, self.body())


def bad(code: str, message: str, fields: Sequence[str] | None = None) -> SalesforceError:
    """Any refusal with status 400."""
    return SalesforceError(400, code, message, fields)


def session_expired() -> SalesforceError:
    return SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def limit_exceeded() -> SalesforceError:
    return SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def api_disabled() -> SalesforceError:
    """Of a user without the permission API Enabled, as of an edition without API."""
    return SalesforceError(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.")


def not_found(message: str = "The requested resource does not exist") -> SalesforceError:
    return SalesforceError(404, "NOT_FOUND", message)


def no_external_id(field: str) -> SalesforceError:
    return not_found(f"Provided external ID field does not exist or is not accessible: {field}")


def entity_deleted() -> SalesforceError:
    return SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted")


def method_not_allowed(method: str, allowed: Sequence[str]) -> SalesforceError:
    names = ",".join(sorted(allowed))
    return SalesforceError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {names}")


def no_such_column(field: str, object_name: str) -> SalesforceError:
    """A field in the body of a write that does not exist, or that the user may not see."""
    return bad("INVALID_FIELD", f"No such column '{field}' on sobject of type {object_name}")


def required_missing(fields: Sequence[str]) -> SalesforceError:
    return bad("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(fields)}]", fields)


def json_error(message: str) -> SalesforceError:
    return bad("JSON_PARSER_ERROR", message)


def malformed_query(message: str) -> SalesforceError:
    return bad("MALFORMED_QUERY", message)


def too_complicated() -> SalesforceError:
    message = "Query is either selecting too many fields or the filter is too complicated"
    return bad("QUERY_TOO_COMPLICATED", message)


def invalid_locator() -> SalesforceError:
    return bad("INVALID_QUERY_LOCATOR", "invalid query locator")
