"""What Salesforce's refusal of one record means, whichever resource it came from."""

from __future__ import annotations

from collections.abc import Sequence

from leadrelay.connectors.base import CHANGED_JUST_NOW, CHANGED_MEANWHILE, UNKNOWN, Outcome, Standing
from leadrelay.connectors.delivery import Item, parked
from leadrelay.connectors.salesforce_wire import Complaint

OF_FIELDS = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})
HALTED = "PROCESSING_HALTED"
ROLLED_BACK = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
GONE = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"})
"""Of the record, or of one that it refers to."""

_PASSING = frozenset(
    {
        "UNABLE_TO_LOCK_ROW",
        "SERVER_UNAVAILABLE",
        "REQUEST_RUNNING_TOO_LONG",
        "QUERY_TIMEOUT",
        "UNKNOWN_EXCEPTION",
        ROLLED_BACK,
        HALTED,
        "LIMIT_EXCEEDED",
    }
)
_OVERTAKEN = frozenset({"ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK", "PRECONDITION_FAILED"})
_PRECONDITION_FAILED = 412


def is_overtaken(status: int, complaints: Sequence[Complaint]) -> bool:
    """Whether a condition said no: the record changed since."""
    return status == _PRECONDITION_FAILED or any(found.code in _OVERTAKEN for found in complaints)


def refused(item: Item, status: int, complaints: Sequence[Complaint]) -> Outcome:
    """The outcome of what was not written. `status`: of HTTP, where the record has one of its own."""
    first = complaints[0] if complaints else Complaint()
    if is_overtaken(status, complaints):
        return changed_meanwhile(item)
    # A trigger that could not lock a row reports its own failure, with the cause in the text.
    if first.code in _PASSING or first.says("UNABLE_TO_LOCK_ROW"):
        return Outcome(item.id, Standing.PENDING, first.code, "the record is busy")
    if first.code in GONE:
        return Outcome(item.id, Standing.VOID, first.code, "the record is gone")
    fields = [name for found in complaints for name in found.blamed]
    return parked(item, first.code or "REFUSED", list(dict.fromkeys(fields)))


def changed_meanwhile(item: Item) -> Outcome:
    """Nothing was written: somebody was there before us."""
    return Outcome(item.id, Standing.PENDING, CHANGED_MEANWHILE, "the record changed after it was read")


def in_doubt(outcome: Outcome) -> Outcome:
    """The same after a request was sent twice: where the record changed, that may have been ours the first time."""
    if outcome.code != CHANGED_MEANWHILE:
        return outcome
    return Outcome(outcome.id, Standing.PENDING, UNKNOWN, "an answer was lost, and the record has changed")


def changed_just_now(item: Item) -> Outcome:
    """Nothing was sent: another change in the same second would go unseen."""
    return Outcome(item.id, Standing.PENDING, CHANGED_JUST_NOW, "the record was read in the second of its last change")
