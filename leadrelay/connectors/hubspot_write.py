"""Writing to HubSpot: batches of 100, one outcome per record.

https://developers.hubspot.com/docs/api-reference/error-handling
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from leadrelay.connectors.base import MERGED_MEANWHILE, Outcome, Standing, Update
from leadrelay.connectors.delivery import Delivery, parked
from leadrelay.connectors.hubspot_batch import MOST, Look, Report, report_of
from leadrelay.connectors.hubspot_guard import Guard, absent
from leadrelay.connectors.hubspot_wire import Complaint, Portal, text

PASSING = frozenset({"RATE_LIMITS", "RATE_LIMIT", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"})
GONE = "OBJECT_NOT_FOUND"

_OF_FIELDS = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})


class Writer:
    """Writes records of one object type."""

    def __init__(self, portal: Portal, object_type: str, guard: Guard) -> None:
        self._portal = portal
        self._type = object_type
        self._delivery = Delivery(self._attempt, MOST, portal.transport.pace, _OF_FIELDS, guard.around)

    def write(self, updates: Sequence[Update]) -> Iterator[Outcome]:
        """One outcome per update, in order."""
        return self._delivery.outcomes(updates)

    def _attempt(self, batch: Sequence[Update]) -> list[Outcome]:
        inputs = [
            {"id": update.id, "properties": {name: text(value) for name, value in update.fields.items()}}
            for update in batch
        ]
        report = self._portal.call(self._portal.batch.update, report_of, self._type, {"inputs": inputs})
        return _outcomes(batch, report)


def refused(update: Update, code: str, fields: Sequence[str]) -> Outcome:
    """What it means that HubSpot said no to one input of a batch."""
    if code == GONE:
        return Outcome(update.id, Standing.VOID, GONE, "the record is gone")
    if code in PASSING:
        return Outcome(update.id, Standing.PENDING, code, "HubSpot was busy")
    return parked(update, code or "REFUSED", fields)


def _outcomes(batch: Sequence[Update], report: Report) -> list[Outcome]:
    """Results come in any order; a record that came under another id was merged since we read it.

    What is not spoken of may have been written or not.
    """
    failed = {record_id: error for error in report.errors for record_id in error.ids}
    done = {result.id for result in report.results}
    unseen = Look(strangers=len(report.results) + len(failed) == len(batch))
    return [_outcome(update, failed.get(update.id), unseen, done=update.id in done) for update in batch]


def _outcome(update: Update, error: Complaint | None, unseen: Look, *, done: bool) -> Outcome:
    if error:
        return refused(update, error.code, error.blamed)
    if done:
        return Outcome(update.id, Standing.DONE)
    said = absent(update.id, unseen)
    return replace(said, code=MERGED_MEANWHILE) if said.standing is Standing.VOID else said
