"""Creating tasks and notes in HubSpot, each at most once under its key, whatever answers are lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leadrelay.connectors.base import UNKNOWN, Claim, Once, Outcome, Standing, Update
from leadrelay.connectors.hubspot_batch import MOST, Found, Report, report_of
from leadrelay.connectors.hubspot_claims import AFTER_TIMEOUT, Ledger
from leadrelay.connectors.hubspot_wire import Complaint, Portal, Unsure
from leadrelay.connectors.hubspot_write import refused
from leadrelay.connectors.transport import Rejection

_TAKEN = frozenset({"CONFLICT", "CONFLICTING_UNIQUE_VALUE"})


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be created under `key` for the lead of `update`; `properties` without the key."""

    key: str
    update: Update
    properties: Mapping[str, str]
    owner: str = ""


@dataclass(slots=True)
class Creation:
    """What became of items, by key: those that we created, those that were there, and those that were not created."""

    made: dict[str, Claim] = field(default_factory=dict)
    there: dict[str, Claim] = field(default_factory=dict)
    failed: dict[str, Outcome] = field(default_factory=dict)

    def add(self, other: Creation) -> None:
        """What became of others."""
        self.made |= other.made
        self.there |= other.there
        self.failed |= other.failed


class Creator:
    """Creates what one ledger keeps."""

    def __init__(self, portal: Portal, object_type: str, ledger: Ledger) -> None:
        self._portal = portal
        self._type = object_type
        self._ledger = ledger
        self._unsure: set[str] = set()

    @property
    def sure(self) -> bool:
        """Whether HubSpot itself refuses a second one with the same key."""
        return self._ledger.once is Once.CLAIM

    def there(self, leads: Sequence[str], keys: Sequence[str]) -> dict[str, Claim]:
        """Those of these keys that exist, for these leads."""
        if self.sure:
            return self._ledger.by_key(keys)
        return self._ledger.by_lead(leads, keys)

    def create(self, items: Sequence[Item]) -> Creation:
        """Create them, as many as one call takes at a time; no key comes twice."""
        found = Creation()
        for start in range(0, len(items), MOST):
            found.add(self._created(items[start : start + MOST]))
        return found

    def _created(self, batch: Sequence[Item]) -> Creation:
        """Halved where HubSpot refuses a batch for one of its inputs, as it does where it knows no trace ids."""
        sure = [one for one in batch if one.key not in self._unsure]
        found = Creation(failed={one.key: self._unknown(one) for one in batch if one.key in self._unsure})
        if not sure:
            return found
        send = self._portal.call if self.sure else self._portal.once
        try:
            found.add(self._read(sure, self._sent(sure, send)))
        except Rejection as no:
            found.add(self._refused(sure, no))
        except Unsure:
            self._unsure |= {one.key for one in sure}
            found.failed |= {one.key: self._unknown(one) for one in sure}
        return found

    def _sent(self, batch: Sequence[Item], send: Callable[..., Report]) -> Report:
        inputs = [self._input(one) for one in batch]
        return send(self._portal.batch.create, report_of, self._ledger.kind.name, {"inputs": inputs})

    def _refused(self, batch: Sequence[Item], no: Rejection) -> Creation:
        found = Creation(there=self._found(batch) if no.code in _TAKEN else {})
        rest = [one for one in batch if one.key not in found.there]
        if len(rest) == len(batch) == 1:
            found.failed = {one.key: refused(one.update, no.code, no.fields) for one in rest}
        elif len(rest) == len(batch):
            for part in (rest[: len(rest) // 2], rest[len(rest) // 2 :]):
                found.add(self._created(part))
        else:
            found.add(self._created(rest))
        return found

    def _read(self, batch: Sequence[Item], report: Report) -> Creation:
        prefix = self._ledger.kind.prefix
        made = {self._key_of(one): f"{prefix}{one.id}" for one in report.results}
        errors = {trace: error for error in report.errors for trace in error.traces}
        found = Creation(made={one.key: Claim(one.key, made[one.key], one.owner) for one in batch if one.key in made})
        if not self.sure:
            self._ledger.remember(found.made.values())
        left = [one for one in batch if one.key not in made]
        taken = [one for one in left if one.key not in errors or errors[one.key].code in _TAKEN]
        found.there = self._found(taken) if taken else {}
        for one in left:
            if one.key not in found.there:
                found.failed[one.key] = _failed(one, errors.get(one.key), self._ledger.kind.word)
        return found

    def _found(self, batch: Sequence[Item]) -> dict[str, Claim]:
        return self.there([one.update.id for one in batch], [one.key for one in batch])

    def _key_of(self, found: Found) -> str:
        return found.object_write_trace_id or self._ledger.key_of(found)

    def _input(self, one: Item) -> dict[str, Any]:
        kind = self._ledger.kind
        body = one.properties[kind.body]
        owner = {"hubspot_owner_id": one.owner} if one.owner else {}
        return {
            "objectWriteTraceId": one.key,
            "properties": {**one.properties, **self._ledger.marked(one.key, body), **owner},
            "associations": [{"to": {"id": one.update.id}, "types": [self._ledger.association()]}],
        }

    def _unknown(self, one: Item) -> Outcome:
        seconds = round(self._portal.settings.timeout_seconds) + AFTER_TIMEOUT
        word = self._ledger.kind.word
        message = f"no answer told whether its {word} was created; not to be sent again within {seconds} seconds"
        return Outcome(one.update.id, Standing.PENDING, UNKNOWN, message)


def _failed(one: Item, error: Complaint | None, word: str) -> Outcome:
    if error is None:
        return Outcome(one.update.id, Standing.PENDING, "NO_VERDICT", f"HubSpot said nothing about its {word}")
    return refused(one.update, error.code, error.blamed)
