"""Handing leads on in HubSpot. The task is the claim, and the lead's owner is the one that it has.

HubSpot has no transaction over two objects. What goes along with a task, its note and the follow-ups, is created under
keys of its own before it: where the task is there, all of it is. Whoever comes second finds the task there, and does
the rest as it says.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from leadrelay.connectors.base import Claim, HandOff, Once, Outcome, Standing
from leadrelay.connectors.hubspot_batch import MOST
from leadrelay.connectors.hubspot_claims import TASKS, Ledger
from leadrelay.connectors.hubspot_create import Creation, Creator, Item
from leadrelay.connectors.hubspot_guard import Guard
from leadrelay.connectors.hubspot_wire import Portal
from leadrelay.connectors.hubspot_write import Writer
from leadrelay.connectors.people import Note, TaskDraft
from leadrelay.connectors.transport import Answer
from leadrelay.errors import Refused

_TYPES = {"call": "CALL", "email": "EMAIL", "linkedin": "LINKED_IN_MESSAGE", "todo": "TODO"}
_LINKED_IN = ("LINKED_IN_MESSAGE", "LINKED_IN", "TODO")
"""Its task types are not in every portal; the first that is there is taken."""


class HandingOff:
    """Creates tasks for leads of one object type, and what goes along with them."""

    def __init__(
        self, portal: Portal, object_type: str, tasks: Ledger, notes: Ledger, writer: Writer, guard: Guard
    ) -> None:
        self._portal = portal
        self._ledger = tasks
        self._tasks = Creator(portal, object_type, tasks)
        self._note_ledger = notes
        self._notes = Creator(portal, object_type, notes)
        self._writer = writer
        self._guard = guard
        self._linked_in = ""

    def hand_off(self, hand_offs: Sequence[HandOff], as_of: str = "") -> Iterator[Outcome]:
        """One outcome each, in order. `as_of`: when the notes are of."""
        if not hand_offs:
            return
        ledgers = [self._ledger, *([self._note_ledger] if any(one.note for one in hand_offs) else [])]
        for guarantee in (ledger.guarantee() for ledger in ledgers):
            if guarantee.once is Once.NEVER:
                raise Refused(f"{self._portal.settings.place}: {guarantee.message} {guarantee.cure}")
        for batch in _batches(hand_offs):
            yield from self._handed_off(batch, as_of or datetime.now(UTC).isoformat(timespec="milliseconds"))

    def _handed_off(self, batch: Sequence[HandOff], at: str) -> Iterator[Outcome]:
        keys = [one.key for one in batch]
        if self._ledger.once is Once.MARKER:  # the tasks of the leads are read anyway
            keys += [draft.key for one in batch for draft in one.more]
        known = self._tasks.there([one.update.id for one in batch], keys)
        tasks = Creation(there={one.key: known[one.key] for one in batch if one.key in known})
        before, repeats = frozenset(tasks.there), self._portal.transport.repeats
        owners = {key: claim.owner for key, claim in tasks.there.items()}
        batch = [replace(one, update=one.update_for(owners.get(one.key, ""))) for one in batch]
        refusals = self._guard.refusals([one.update for one in batch])
        due = [one for one in batch if one.key not in tasks.there and one.update.id not in refusals]
        failed, along = self._gone_along(due, known, at)
        tasks.failed |= failed
        tasks.add(self._tasks.create([self._item(one) for one in due if one.key not in tasks.failed]))
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
            if one.key in claims:
                yield _with_task(outcome, claims[one.key], adopted=one.key in before)
            else:
                yield replace(outcome, along=along.intersection(one.keys_along)) if along else outcome

    # -- what is created ----------------------------------------------------------------------------------------------

    def _gone_along(
        self, due: Sequence[HandOff], known: Mapping[str, Claim], at: str
    ) -> tuple[dict[str, Outcome], frozenset[str]]:
        """Create the follow-ups and the notes: what stands in the way, by the key of the hand-off; what was created."""
        drafts = [self._draft(draft, one) for one in due for draft in one.more if draft.key not in known]
        tasks = self._tasks.create(drafts)
        stuck = {one.key: tasks.failed[draft.key] for one in due for draft in one.more if draft.key in tasks.failed}
        noted = [(one, one.note) for one in due if one.note and one.key not in stuck]
        notes = self._noted([_note(note, one, at) for one, note in noted]) if noted else Creation()
        stuck |= {one.key: notes.failed[note.key] for one, note in noted if note.key in notes.failed}
        return stuck, frozenset(tasks.made | notes.made)

    def _noted(self, items: Sequence[Item]) -> Creation:
        """Create notes; where their keys are not unique, those that are there are not created again."""
        if self._notes.sure:
            return self._notes.create(items)
        known = self._notes.there([one.update.id for one in items], [one.key for one in items])
        return self._notes.create([one for one in items if one.key not in known])

    def _item(self, one: HandOff) -> Item:
        properties = self._task(one.subject, one.html or _as_html(one.body), one.due, one.kind, one.remind)
        return Item(one.key, one.update, properties, one.owner)

    def _draft(self, draft: TaskDraft, one: HandOff) -> Item:
        properties = self._task(draft.subject, draft.html or _as_html(draft.body), draft.due, draft.kind, draft.remind)
        return Item(draft.key, one.update, properties, draft.owner or one.owner)

    def _task(self, subject: str, body: str, due: str, kind: str, remind: str) -> dict[str, str]:
        return {
            "hs_task_subject": subject,
            TASKS.body: body,
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": self._linked_in_type() if kind == "linkedin" else _TYPES.get(kind, "TODO"),
            "hs_timestamp": due,
            **({"hs_task_reminders": _milliseconds(remind)} if remind else {}),
        }

    def _linked_in_type(self) -> str:
        if not self._linked_in:
            get = self._portal.properties.get_by_name
            there = self._portal.call(get, _options, TASKS.name, "hs_task_type")
            self._linked_in = next((name for name in _LINKED_IN if name in there), "TODO")
        return self._linked_in


def _note(note: Note, one: HandOff, at: str) -> Item:
    title = f"<p><strong>{html.escape(note.title)}</strong></p>" if note.title else ""
    properties = {"hs_note_body": f"{title}{note.html or _as_html(note.body)}", "hs_timestamp": at}
    return Item(note.key, one.update, properties, one.owner)


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


def _with_task(outcome: Outcome, claim: Claim, *, adopted: bool) -> Outcome:
    return replace(outcome, task=claim.task, owner=claim.owner, adopted=adopted)


def _as_html(body: str) -> str:
    """HubSpot shows the body as HTML; whatever came from outside must not become markup."""
    return html.escape(body).replace("\r\n", "\n").replace("\n", "<br>")


def _milliseconds(moment: str) -> str:
    return str(round(datetime.fromisoformat(moment).timestamp() * 1000))


class _Choice(msgspec.Struct):
    value: str


class _Definition(msgspec.Struct):
    options: list[_Choice] = []


def _options(answer: Answer) -> list[str]:
    return [option.value for option in msgspec.json.decode(answer.body, type=_Definition).options]
