"""Writing to HubSpot: batches of 100, one outcome per record.

https://developers.hubspot.com/docs/api-reference/error-handling
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from leadrelay.connectors.base import JsonValue, Outcome, Standing, Update
from leadrelay.connectors.delivery import Delivery, parked
from leadrelay.connectors.hubspot_wire import Complaint, Portal
from leadrelay.connectors.transport import Answer

_BATCH = 100
_OF_FIELDS = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
_PASSING = frozenset({"RATE_LIMITS", "RATE_LIMIT", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"})


class _Written(msgspec.Struct):
    id: str


class _Report(msgspec.Struct):
    """The answer to a batch; with `errors` where only some of it was done."""

    results: list[_Written]
    errors: list[Complaint] = []


class Writer:
    """Writes records of one object type."""

    def __init__(self, portal: Portal, object_type: str) -> None:
        self._portal = portal
        self._type = object_type
        self._delivery = Delivery(self._attempt, _BATCH, portal.transport.pace, _OF_FIELDS)

    def write(self, updates: Sequence[Update]) -> Iterator[Outcome]:
        """One outcome per update, in order."""
        return self._delivery.outcomes(updates)

    def _attempt(self, batch: Sequence[Update]) -> list[Outcome]:
        inputs = [
            {"id": update.id, "properties": {name: text(value) for name, value in update.fields.items()}}
            for update in batch
        ]
        report = self._portal.call(self._portal.batch.update, _report, self._type, {"inputs": inputs})
        return _outcomes(batch, report)


def text(value: JsonValue) -> str:
    """A value as HubSpot takes it: all are text, and empty text clears."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _report(answer: Answer) -> _Report:
    return msgspec.json.decode(answer.body, type=_Report)


def _outcomes(batch: Sequence[Update], report: _Report) -> list[Outcome]:
    """Results come in any order, and merged records under another id: what is not among the errors counts as done.

    Unless the numbers do not add up; then only what is named counts.
    """
    failed = {record_id: error for error in report.errors for record_id in error.ids}
    done = {result.id for result in report.results}
    all_told = len(report.results) + len(failed) == len(batch)
    return [_outcome(update, failed.get(update.id), done=all_told or update.id in done) for update in batch]


def _outcome(update: Update, error: Complaint | None, *, done: bool) -> Outcome:
    if error is None:
        standing = Standing.DONE if done else Standing.PENDING
        return Outcome(update.id, standing, *(() if done else ("NO_VERDICT", "HubSpot said nothing about it")))
    if error.code in _PASSING:
        return Outcome(update.id, Standing.PENDING, error.code, "HubSpot was busy")
    return parked(update, error.code or "REFUSED", error.blamed)
