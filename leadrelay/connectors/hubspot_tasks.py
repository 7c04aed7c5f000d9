"""Handing leads on in HubSpot. The task is the claim: it comes first, and the lead's owner is the one that it has.

HubSpot has no transaction over two objects. Whoever comes second finds the task there, and does the rest as it says.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from leadrelay.connectors.base import UNKNOWN, Claim, HandOff, Once, Outcome, Standing
from leadrelay.connectors.hubspot_batch import MOST, Found, Report, report_of
from leadrelay.connectors.hubspot_claims import AFTER_TIMEOUT, ASSOCIATIONS, TASKS, Ledger
from leadrelay.connectors.hubspot_guard import Guard
from leadrelay.connectors.hubspot_wire import Complaint, Portal, Unsure
from leadrelay.connectors.hubspot_write import Writer, refused
from leadrelay.connectors.transport import Rejection
from leadrelay.errors import Refused

_TAKEN = frozenset({"CONFLICT", "CONFLICTING_UNIQUE_VALUE"})


@dataclass(slots=True)
class _Creation:
    """What became of tasks, by key: those that we created, those that were there, and those that were not created."""

    made: dict[str, Claim] = field(default_factory=dict)
    there: dict[str, Claim] = field(default_factory=dict)
    failed: dict[str, Outcome] = field(default_factory=dict)

    def add(self, other: _Creation) -> None:
        """What became of others."""
        self.made |= other.made
        self.there |= other.there
        self.failed |= other.failed


class HandingOff:
    """Creates tasks for leads of one object type."""

    def __init__(self, portal: Portal, object_type: str, ledger: Ledger, writer: Writer, guard: Guard) -> None:
        self._portal = portal
        self._type = object_type
        self._ledger = ledger
        self._writer = writer
        self._guard = guard
        self._unsure: set[str] = set()

    def hand_off(self, hand_offs: Sequence[HandOff]) -> Iterator[Outcome]:
        """One outcome each, in order."""
        if not hand_offs:
            return
        guarantee = self._ledger.guarantee()
        if guarantee.once is Once.NEVER:
            raise Refused(f"{self._portal.settings.place}: {guarantee.message} {guarantee.cure}")
        for batch in _batches(hand_offs):
            yield from self._handed_off(batch, guarantee.once)

    def _handed_off(self, batch: Sequence[HandOff], once: Once) -> Iterator[Outcome]:
        tasks = _Creation(there=self._there(batch, once))
        before, repeats = frozenset(tasks.there), self._portal.transport.repeats
        owners = {key: claim.owner for key, claim in tasks.there.items()}
        batch = [replace(one, update=one.update_for(owners.get(one.key, ""))) for one in batch]
        refusals = self._guard.refusals([one.update for one in batch])
        due = [one for one in batch if one.key not in tasks.there and one.update.id not in refusals]
        tasks.add(self._created(due, once))
        if self._portal.transport.repeats == repeats:  # every answer came: what is there besides is another's
            before = frozenset(tasks.there)
        claims = tasks.there | tasks.made
        self._ledger.remember(claims.values())
        ready = [one for one in batch if one.key in claims and one.update.id not in refusals]
        updates = [one.update_for(claims[one.key].owner) for one in ready]
        written = {outcome.id: outcome for outcome in self._writer.write([each for each in updates if each.fields])}
        for one in batch:
            lead = one.update.id
            outcome = refusals.get(lead) or tasks.failed.get(one.key) or written.get(lead)
            outcome = outcome or Outcome(lead, Standing.DONE)
            yield _with_task(outcome, claims.get(one.key), adopted=one.key in before)

    def _there(self, batch: Sequence[HandOff], once: Once) -> dict[str, Claim]:
        keys = [one.key for one in batch]
        if once is Once.CLAIM:
            return self._ledger.by_key(keys)
        return self._ledger.by_lead([one.update.id for one in batch], keys)

    def _created(self, batch: Sequence[HandOff], once: Once) -> _Creation:
        """Halved where HubSpot refuses a batch for one of its inputs, as it does where it knows no trace ids."""
        sure = [one for one in batch if one.key not in self._unsure]
        found = _Creation(failed={one.key: self._unknown(one) for one in batch if one.key in self._unsure})
        if not sure:
            return found
        send = self._portal.call if once is Once.CLAIM else self._portal.once
        try:
            found.add(self._read(sure, once, self._sent(sure, send)))
        except Rejection as no:
            found.add(self._refused(sure, once, no))
        except Unsure:
            self._unsure |= {one.key for one in sure}
            found.failed |= {one.key: self._unknown(one) for one in sure}
        return found

    def _sent(self, batch: Sequence[HandOff], send: Callable[..., Report]) -> Report:
        inputs = [self._input(one) for one in batch]
        return send(self._portal.batch.create, report_of, TASKS, {"inputs": inputs})

    def _refused(self, batch: Sequence[HandOff], once: Once, no: Rejection) -> _Creation:
        found = _Creation(there=self._there(batch, once) if no.code in _TAKEN else {})
        rest = [one for one in batch if one.key not in found.there]
        if len(rest) == len(batch) == 1:
            found.failed = {one.key: refused(one.update, no.code, no.fields) for one in rest}
        elif len(rest) == len(batch):
            for part in (rest[: len(rest) // 2], rest[len(rest) // 2 :]):
                found.add(self._created(part, once))
        else:
            found.add(self._created(rest, once))
        return found

    def _read(self, batch: Sequence[HandOff], once: Once, report: Report) -> _Creation:
        made = {_key_of(task, self._ledger.key): task.id for task in report.results}
        errors = {trace: error for error in report.errors for trace in error.traces}
        found = _Creation(made={one.key: Claim(one.key, made[one.key], one.owner) for one in batch if one.key in made})
        left = [one for one in batch if one.key not in made]
        taken = [one for one in left if one.key not in errors or errors[one.key].code in _TAKEN]
        found.there = self._there(taken, once) if taken else {}
        for one in left:
            if one.key not in found.there:
                found.failed[one.key] = _failed(one, errors.get(one.key))
        return found

    def _input(self, one: HandOff) -> dict[str, Any]:
        properties = {
            self._ledger.key: one.key,
            "hs_task_subject": one.subject,
            "hs_task_body": _as_html(one.body),
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
            "hs_timestamp": one.due,
        }
        to = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": ASSOCIATIONS[self._type]}
        return {
            "objectWriteTraceId": one.key,
            "properties": properties | ({"hubspot_owner_id": one.owner} if one.owner else {}),
            "associations": [{"to": {"id": one.update.id}, "types": [to]}],
        }

    def _unknown(self, one: HandOff) -> Outcome:
        seconds = round(self._portal.settings.timeout_seconds) + AFTER_TIMEOUT
        message = f"no answer told whether its task was created; not to be sent again within {seconds} seconds"
        return Outcome(one.update.id, Standing.PENDING, UNKNOWN, message)


def _batches(hand_offs: Sequence[HandOff]) -> Iterator[Sequence[HandOff]]:
    """In none of which a lead or a key comes twice."""
    batch: list[HandOff] = []
    seen: set[str] = set()
    for one in hand_offs:
        if len(batch) == MOST or seen & {one.key, one.update.id}:
            yield batch
            batch, seen = [], set()
        batch.append(one)
        seen |= {one.key, one.update.id}
    if batch:
        yield batch


def _with_task(outcome: Outcome, claim: Claim | None, *, adopted: bool) -> Outcome:
    return replace(outcome, task=claim.task, owner=claim.owner, adopted=adopted) if claim else outcome


def _key_of(task: Found, name: str) -> str:
    return task.object_write_trace_id or task.properties.get(name) or ""


def _failed(one: HandOff, error: Complaint | None) -> Outcome:
    if error is None:
        return Outcome(one.update.id, Standing.PENDING, "NO_VERDICT", "HubSpot said nothing about its task")
    return refused(one.update, error.code, error.blamed)


def _as_html(body: str) -> str:
    """HubSpot shows the body as HTML; whatever came from outside must not become markup."""
    return html.escape(body).replace("\r\n", "\n").replace("\n", "<br>")
