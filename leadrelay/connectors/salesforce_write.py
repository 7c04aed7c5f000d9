"""Writing to Salesforce: collections of 200, one outcome per record.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from leadrelay.connectors.base import Outcome, Standing, Update
from leadrelay.connectors.delivery import Delivery, parked
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_wire import Complaint
from leadrelay.connectors.transport import Answer, Broken

_BATCH = 200
# Without it the organisation's assignment rules may move every lead that we touch, owner or not.
# https://developer.salesforce.com/docs/platform/api-rest/guide/headers-autoassign
_HEADERS = {"Sforce-Auto-Assign": "FALSE"}
_OF_FIELDS = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})
_PASSING = frozenset(
    {
        "UNABLE_TO_LOCK_ROW",
        "SERVER_UNAVAILABLE",
        "REQUEST_RUNNING_TOO_LONG",
        "QUERY_TIMEOUT",
        "UNKNOWN_EXCEPTION",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "PROCESSING_HALTED",
        "LIMIT_EXCEEDED",
    }
)


class _Result(msgspec.Struct):
    success: bool
    errors: list[Complaint] = []


class Writer:
    """Writes records of one object type."""

    def __init__(self, account: Account, object_type: str) -> None:
        self._account = account
        self._type = object_type
        self._delivery = Delivery(self._attempt, _BATCH, account.transport.pace, _OF_FIELDS)

    def write(self, updates: Sequence[Update]) -> Iterator[Outcome]:
        """One outcome per update, in order."""
        return self._delivery.outcomes(updates)

    def _attempt(self, batch: Sequence[Update]) -> list[Outcome]:
        kind = {"type": self._type}
        records = [{"attributes": kind, "id": update.id, **update.fields} for update in batch]
        body = {"allOrNone": False, "records": records}
        results = self._account.call(
            lambda client: client.restful("composite/sobjects", method="PATCH", json=body, headers=_HEADERS),
            lambda answer: _results(answer, len(batch)),
        )
        return [_outcome(update, result) for update, result in zip(batch, results, strict=True)]


def _results(answer: Answer, expected: int) -> list[_Result]:
    results = msgspec.json.decode(answer.body, type=list[_Result])
    if len(results) != expected:
        raise Broken(f"{len(results)} verdicts instead of {expected}")
    return results


def _outcome(update: Update, result: _Result) -> Outcome:
    if result.success:
        return Outcome(update.id, Standing.DONE)
    complaint = result.errors[0] if result.errors else Complaint()
    # A trigger that could not lock a row reports its own failure, with the cause in the text.
    if complaint.code in _PASSING or complaint.says("UNABLE_TO_LOCK_ROW"):
        return Outcome(update.id, Standing.PENDING, complaint.code, "the record is busy")
    fields = [name for found in result.errors for name in found.blamed]
    return parked(update, complaint.code or "REFUSED", list(dict.fromkeys(fields)))
