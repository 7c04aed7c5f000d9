"""If-Modified-Since and If-Unmodified-Since on single records, to the second.

https://developer.salesforce.com/docs/platform/api-rest/guide/intro-rest-conditional-requests.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from leadrelay.sandbox.salesforce.errors import SalesforceError, bad
from leadrelay.sandbox.store import Row
from leadrelay.sandbox.wire import Request

NAMES = ("if-modified-since", "if-unmodified-since", "if-match", "if-none-match")


def last_modified(row: Row) -> dict[str, str]:
    """The Last-Modified header of a record, where it has such a moment."""
    moment = _modified(row)
    return {"Last-Modified": format_datetime(moment, usegmt=True)} if moment else {}


def is_unmodified(request: Request, row: Row) -> bool:
    """Whether a reader has the record as it is (304)."""
    modified, since = _modified(row), _since(request.headers, "if-modified-since")
    return bool(modified and since and modified <= since)


def refuse_if_modified(request: Request, row: Row, *, writing: bool) -> None:
    """Refuse with 412 where the record was modified since, or for a write with If-Modified-Since where it was not."""
    modified, unmodified_since = _modified(row), _since(request.headers, "if-unmodified-since")
    if modified and unmodified_since and modified > unmodified_since:
        raise precondition_failed()
    if writing and is_unmodified(request, row):
        raise precondition_failed()


def precondition_failed() -> SalesforceError:
    message = "The record was modified since the date that the request's precondition names"
    return SalesforceError(412, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK", message)


def _modified(row: Row) -> datetime | None:
    text = row.get("LastModifiedDate")
    return datetime.fromisoformat(text).replace(microsecond=0) if text else None


def _since(headers: Mapping[str, str], header: str) -> datetime | None:
    text = headers.get(header)
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        raise bad("INVALID_HEADER", f"Invalid value for header {header.title()}: {text}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
