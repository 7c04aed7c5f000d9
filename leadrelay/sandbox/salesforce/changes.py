"""Which records changed, and which went to the bin, in a span of time: getUpdated and getDeleted.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getupdated.htm
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from leadrelay.sandbox.salesforce import objects
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, not_found
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.store import stamp
from leadrelay.sandbox.wire import Request, Response, Router

UPDATED_DAYS = 30
DELETED_DAYS = 15
MOST_IDS = 600_000


def add_routes(router: Router, org: Org) -> None:
    """`sobjects/Lead/updated` and `sobjects/Lead/deleted`; handlers raise SalesforceError."""
    base = "/services/data/v{version}/sobjects/{object}/"
    router.add("GET HEAD", base + "updated", lambda request: _updated(org, request))
    router.add("GET HEAD", base + "deleted", lambda request: _deleted(org, request))


def _updated(org: Org, request: Request) -> Response:
    kind, start, end = _asked(org, request, UPDATED_DAYS)
    found = _found(org, kind, start, end, deleted=False)
    return Response(200, {"ids": [key for key, _ in found], "latestDateCovered": _covered(org, end)})


def _deleted(org: Org, request: Request) -> Response:
    kind, start, end = _asked(org, request, DELETED_DAYS)
    found = _found(org, kind, start, end, deleted=True) if "isdeleted" in org.visible(kind.name) else []
    body = {
        "deletedRecords": [{"id": key, "deletedDate": _printed(when)} for key, when in found],
        "earliestDateAvailable": _printed(org.store.select("SELECT CreatedDate FROM Organization")[0]["CreatedDate"]),
        "latestDateCovered": _covered(org, end),
    }
    return Response(200, body)


def _asked(org: Org, request: Request, days: int) -> tuple[ObjectType, datetime, datetime]:
    """The object type and the span, to the minute, within what the API looks back."""
    kind = objects.find(org.store, request.parts["object"])
    if kind is None:
        raise not_found()
    start, end = _minute(request, "start"), _minute(request, "end")
    if start < org.now() - timedelta(days=days):
        raise _wrong_date(f"startDate cannot be more than {days} days ago")
    if end - start < timedelta(minutes=1):
        raise _wrong_date("endDate must be at least one minute greater than startDate")
    return kind, start, end


def _minute(request: Request, name: str) -> datetime:
    text = request.query.get(name)
    if not text:
        raise bad("MISSING_ARGUMENT", f"Required parameter is missing: {name}")
    try:
        # A plus sign that was not encoded arrives as a blank.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(second=0, microsecond=0)
    except (ValueError, OverflowError):
        raise _wrong_date(f"Invalid {name} date: {text}") from None


def _wrong_date(message: str) -> SalesforceError:
    return bad("INVALID_REPLICATION_DATE", message)


def _found(org: Org, kind: ObjectType, start: datetime, end: datetime, *, deleted: bool) -> Sequence[tuple[Any, ...]]:
    has_bin = "isdeleted" in org.visible(kind.name)
    more = [f"IsDeleted = {int(deleted)}"] if has_bin else []
    where = " AND ".join(["SystemModstamp >= ?", "SystemModstamp < ?", *more, *org.hidden.clause(kind.name, "t")])
    sql = f'SELECT Id, SystemModstamp FROM "{kind.name}" t WHERE {where}'
    found = org.store.db.execute(f"{sql} ORDER BY SystemModstamp, Id", (stamp(start), stamp(end))).fetchall()
    if len(found) > MOST_IDS:
        raise bad("EXCEEDED_ID_LIMIT", f"exceeded limit of {MOST_IDS} ids")
    return found


def _covered(org: Org, end: datetime) -> str:
    """The end asked for, or the minute that is not over yet, or the start of the oldest edit that nobody sees yet.

    https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_getupdated_getupdatedresult.htm
    """
    known = [moment for moment in (org.now(), org.late.oldest()) if moment is not None]
    until = min(known).replace(microsecond=0)
    return _printed(stamp(min(end, until.replace(second=0) if setting(org, "covered_by_minute") else until)))


def _printed(when: str) -> str:
    return f"{when[:23]}+0000"
