"""Getting a list of updates written, whatever the CRM says about some of them: one algorithm for both.

A batch that is refused as a whole is cut until the culprits stand alone; records that could not be written just now
are tried again in smaller batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from leadrelay.connectors.base import CHANGED_JUST_NOW, CHANGED_MEANWHILE, UNKNOWN, JsonValue, Outcome, Standing
from leadrelay.connectors.transport import Pace, Rejection
from leadrelay.errors import Refused, Unavailable


class Item(Protocol):
    """What is sent: an `Update`, or what else has an id and fields."""

    @property
    def id(self) -> str:
        """Of the record."""
        ...

    @property
    def fields(self) -> Mapping[str, JsonValue]:
        """New values, by CRM field."""
        ...


Sent = TypeVar("Sent", bound=Item)

Attempt = Callable[[Sequence[Sent]], Sequence[Outcome]]
"""Sends one batch; one outcome per item, in order. Pending means: worth another try. Raises `Rejection` for all."""

Around = Callable[[Sequence[Sent], Attempt[Sent]], Sequence[Outcome]]
"""What is to be done before and after a batch is sent, however often; it does the sending by what it is given."""

LOCKED = "LOCKED"
"""The code of a refusal that passes: somebody else is at work on the record."""

_ROUNDS = 5
_SHRINK = 5
_HOPELESS = 2
_CROWD = 50
_CREDENTIALS = frozenset({401, 403})


class Delivery(Generic[Sent]):
    """How one connector writes. `of_fields`: codes that blame fields, whatever their values."""

    def __init__(
        self,
        attempt: Attempt[Sent],
        size: int,
        pace: Pace,
        of_fields: frozenset[str],
        around: Around[Sent] | None = None,
    ) -> None:
        self._attempt = attempt
        self._around = around or _plainly
        self._size = size
        self._pace = pace
        self._of_fields = of_fields
        self._sent = 0

    def outcomes(self, updates: Sequence[Sent]) -> Iterator[Outcome]:
        """One outcome per update, in order. Raises `Refused` when batch after batch is refused to the last record."""
        missed, hopeless = False, 0
        outcomes: Sequence[Outcome] = ()
        for batch in batches(updates, self._size):
            if hopeless == _HOPELESS:
                raise Refused(_every_record(outcomes[-1]))
            try:
                sent, outcomes = self._sent, self._around(batch, self._settled)
                hopeless = hopeless + 1 if _hopeless(outcomes, self._sent - sent) else 0
                yield from outcomes
                missed = False
            except Unavailable as fault:
                # One batch may be too much for the CRM (slow triggers); two in a row, or a time to wait, is an outage.
                if missed or fault.retry_after is not None:
                    raise
                missed = True
                yield from _unanswered(batch)

    def _settled(self, batch: Sequence[Sent]) -> list[Outcome]:
        outcomes = self._halved(batch)
        size = len(batch)
        for attempt in range(1, _ROUNDS):
            waiting = [at for at, outcome in enumerate(outcomes) if _is_busy(outcome)]
            if not waiting:
                break
            self._pace.sleep(self._pace.backoff(attempt, first=2.0))
            size = max(1, size // _SHRINK)
            for start in range(0, len(waiting), size):
                part = waiting[start : start + size]
                tried, answered = self._tried_again([batch[at] for at in part])
                for at, outcome in zip(part, tried, strict=True):
                    outcomes[at] = outcome
                if not answered:
                    return outcomes
        return outcomes

    def _tried_again(self, batch: Sequence[Sent]) -> tuple[Sequence[Outcome], bool]:
        """The outcomes, and whether there was an answer: without one, what is known of the others stays known."""
        try:
            return self._halved(batch), True
        except Unavailable as fault:
            if fault.retry_after is not None:
                raise
            return _unanswered(batch), False

    def _halved(self, batch: Sequence[Sent]) -> list[Outcome]:
        self._sent += 1
        try:
            return list(self._attempt(batch))
        except Rejection as no:
            refusal = no
        if refusal.status in _CREDENTIALS:
            raise refusal
        if len(batch) == 1 and refusal.code == LOCKED:
            return [Outcome(batch[0].id, Standing.PENDING, LOCKED, "the record is locked")]
        if len(batch) == 1 or self._blames_all(refusal, batch):
            return [parked(update, refusal.code, refusal.fields) for update in batch]
        outcomes: dict[int, Outcome] = {}
        for part in _parts(refusal, batch):
            outcomes |= zip(part, self._halved([batch[at] for at in part]), strict=True)
        return [outcomes[at] for at in range(len(batch))]

    def _blames_all(self, refusal: Rejection, batch: Sequence[Sent]) -> bool:
        """A field that does not exist is refused for every record that has it; halving would only cost calls."""
        if refusal.code not in self._of_fields or not refusal.fields:
            return False
        blamed = {name.lower() for name in refusal.fields}
        return all(blamed & {name.lower() for name in update.fields} for update in batch)


def _parts(refusal: Rejection, batch: Sequence[Item]) -> tuple[Sequence[int], Sequence[int]]:
    """Where to cut: around those whose values the CRM quoted, if it quoted any; else in the middle."""
    suspects = [at for at, update in enumerate(batch) if refusal.suspects(update.fields)]
    if suspects and len(suspects) <= len(batch) // 2:
        return suspects, [at for at in range(len(batch)) if at not in suspects]
    middle = len(batch) // 2
    return range(middle), range(middle, len(batch))


def _unanswered(batch: Sequence[Item]) -> list[Outcome]:
    return [Outcome(item.id, Standing.PENDING, "NO_ANSWER", "no answer in time") for item in batch]


def _is_busy(outcome: Outcome) -> bool:
    """Whether another try may help: not where the record must be read first, nor where a task's lead is left."""
    overtaken = outcome.code in {CHANGED_MEANWHILE, CHANGED_JUST_NOW, UNKNOWN}
    return outcome.standing is Standing.PENDING and not overtaken and not outcome.task


def _plainly(batch: Sequence[Sent], send: Attempt[Sent]) -> Sequence[Outcome]:
    return send(batch)


def _hopeless(outcomes: Sequence[Outcome], sent: int) -> bool:
    """A call per record and more, and not one record written: thousands would take hours to learn nothing new."""
    return sent > len(outcomes) >= _CROWD and all(outcome.standing is Standing.PARKED for outcome in outcomes)


def _every_record(last: Outcome) -> str:
    said = f"{last.code}: {last.message}"
    return f"the CRM refuses every record, the last one with {said}. Mend the mapping; `leadrelay check` may tell more."


def parked(update: Item, code: str, fields: Sequence[str]) -> Outcome:
    """The CRM said no to this update. What it said quotes values, so only the code and the fields are kept."""
    named = f"{', '.join(fields)}: " if fields else ""
    return Outcome(update.id, Standing.PARKED, code, f"{named}{_EXPLAINED.get(code, 'refused by the CRM')}")


def batches(updates: Sequence[Sent], size: int) -> Iterator[Sequence[Sent]]:
    """Slices of at most `size`, in none of which a record comes twice: both CRMs refuse that."""
    batch: list[Sent] = []
    seen: set[str] = set()
    for update in updates:
        if len(batch) == size or update.id in seen:
            yield batch
            batch, seen = [], set()
        batch.append(update)
        seen.add(update.id)
    if batch:
        yield batch


_EXPLAINED = {
    "STRING_TOO_LONG": "the text is longer than the field",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "not one of the field's values",
    "INVALID_OPTION": "not one of the field's values",
    "REQUIRED_FIELD_MISSING": "the record lacks a field that is required",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule says no; make the change by hand to read its text",
    "CANNOT_UPDATE_CONVERTED_LEAD": "the lead is converted",
    "ENTITY_IS_DELETED": "the record is deleted",
    "INVALID_CROSS_REFERENCE_KEY": "the record, or one that it refers to, is gone or out of reach",
    "OBJECT_NOT_FOUND": "the record is gone",
    "NOT_FOUND": "the record is gone",
    "INVALID_FIELD": "no such field, or the API user may not see it",
    "PROPERTY_DOESNT_EXIST": "no such field",
    "READ_ONLY_VALUE": "the field is read-only",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "the API user may not write the field",
    "INSUFFICIENT_ACCESS_OR_READONLY": "the API user may not write this record",
    "INVALID_EMAIL_ADDRESS": "not an e-mail address",
    "INVALID_EMAIL": "not an e-mail address",
    "NUMBER_OUTSIDE_VALID_RANGE": "the number is out of the field's range",
    "DUPLICATES_DETECTED": "a duplicate rule says no",
    "DUPLICATE_VALUE": "the value must be unique, and another record has it",
    "CONFLICT": "the value must be unique, and another record has it",
    "INACTIVE_OWNER_OR_USER": "the owner is not active",
    "ENTITY_IS_LOCKED": "the record is locked by an approval",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "automation in the CRM says no",
}
