"""Handing leads off in Salesforce: a task that is inserted under a unique key, and the lead's own changes with it.

An insert, never an upsert: what is there already is refused, and stays as people left it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from leadrelay.connectors import soql
from leadrelay.connectors.base import (
    CHANGED_MEANWHILE,
    Claim,
    Guarantee,
    HandOff,
    JsonValue,
    Once,
    Outcome,
    Standing,
    Update,
)
from leadrelay.connectors.delivery import Delivery, parked
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_graph import MOST, MOST_NODES, Graphs, Node, Reply
from leadrelay.connectors.salesforce_notes import NOTE_CURE
from leadrelay.connectors.salesforce_records import Record, Records
from leadrelay.connectors.salesforce_tasks import Tasks
from leadrelay.connectors.salesforce_verdict import HALTED, OF_FIELDS, ROLLED_BACK, refused
from leadrelay.connectors.salesforce_wire import Complaint
from leadrelay.connectors.salesforce_write import NO_ASSIGNMENT, Result, Writer, judged, results, unsendable
from leadrelay.errors import Refused

_TAKEN = "DUPLICATE_VALUE"


@dataclass(frozen=True, slots=True)
class _Offer:
    """A hand-off as something to be sent. `there`: keys of its tasks that exist."""

    hand_off: HandOff
    there: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return self.hand_off.update.id

    @property
    def key(self) -> str:
        return self.hand_off.key

    @property
    def keys(self) -> list[str]:
        """Of all its tasks."""
        return [self.key, *(draft.key for draft in self.hand_off.more)]

    @property
    def fields(self) -> Mapping[str, JsonValue]:
        return {**self.update.fields, "Task.OwnerId": self.hand_off.owner}

    @property
    def update(self) -> Update:
        """The lead's own part, for a task that is not there yet."""
        return self.hand_off.update_for(self.hand_off.owner)


class HandOffs:
    """Creates tasks of one organisation."""

    def __init__(self, account: Account, object_type: str, graphs: Graphs, writer: Writer, tasks: Tasks) -> None:
        self._account = account
        self._type = object_type
        self._graphs = graphs
        self._writer = writer
        self._tasks = tasks
        self._guarantee: Guarantee | None = None

    def guarantee(self) -> Guarantee:
        """What holds here for tasks; asked once."""
        self._guarantee = self._guarantee or self._asked()
        return self._guarantee

    def _asked(self) -> Guarantee:
        if hindrance := self._tasks.hindrance():
            return hindrance
        place = self._account.settings.place
        leads = self._writer.some_ids()
        if not leads:
            return Guarantee(Once.ATOMIC, f"{place}: {_ATOMIC} It has no record yet to try this on; it is assumed.")
        if self._graphs.honour_conditions(leads):
            return Guarantee(Once.ATOMIC, f"{place}: {_ATOMIC}")
        return Guarantee(Once.CLAIM, f"{place}: {_CLAIM}")

    def hand_off(self, hand_offs: Sequence[HandOff], as_of: str) -> Iterator[Outcome]:
        """One outcome each, in order."""
        if hand_offs and (hindrance := self._tasks.hindrance()):
            raise Refused(f"{hindrance.message} {hindrance.cure}")
        if any(one.note for one in hand_offs) and (lacks := self._tasks.notes.lacks()):
            raise Refused(f"{self._account.settings.place}: no note can be written: {lacks}. {NOTE_CURE}")
        delivery = Delivery(partial(self._attempt, as_of), _size(hand_offs), self._account.transport.pace, OF_FIELDS)
        yield from delivery.outcomes([_Offer(hand_off) for hand_off in hand_offs])

    def _attempt(self, as_of: str, batch: Sequence[_Offer]) -> list[Outcome]:
        known = self._tasks.claims([key for offer in batch for key in offer.keys])
        batch = [replace(offer, there=frozenset(known)) for offer in batch]
        claims = {offer.key: known[offer.key] for offer in batch if offer.key in known}
        before, repeats = frozenset(claims), self._account.transport.repeats
        outcomes = {offer.key: unfit for offer in batch if (unfit := _unfit(offer, claims, as_of))}
        fresh = [offer for offer in batch if offer.key not in claims and offer.key not in outcomes]
        created: dict[str, Claim] = {}
        if fresh and self._graphs.honour_conditions([offer.id for offer in fresh]):
            outcomes |= self._in_graphs(fresh)
        elif fresh:
            said, created = self._claimed(fresh)
            outcomes |= said
        # A graph whose answer got lost has changed the lead, so that the condition may say no before the key does.
        claims |= self._tasks.claims(
            [key for key, said in outcomes.items() if said.code in {_TAKEN, CHANGED_MEANWHILE}]
        )
        if self._account.transport.repeats == repeats:  # every answer came: what is there besides is another's
            before = frozenset(claims)
        owned = [offer for offer in batch if offer.key in claims or offer.key in created]
        outcomes |= self._leads_of(owned, {**claims, **created}, before, as_of)
        return [outcomes[offer.key] for offer in batch]

    # -- the task and the lead in one -------------------------------------------------------------------------------

    def _in_graphs(self, offers: Sequence[_Offer]) -> dict[str, Outcome]:
        replies = self._graphs.each([self._nodes(offer) for offer in offers])
        outcomes = [_outcome(*pair) for pair in zip(offers, replies, strict=True)]
        return self._named(offers, self._writer.sure_of_gone(offers, outcomes))

    def _nodes(self, offer: _Offer) -> list[Node]:
        """The lead first: automation upon a new task may change it, which is no reason for its condition to say no.

        Who owns a task that is left to the CRM must be asked for.
        """
        lead = [replace(self._writer.node(offer.update), name="lead")] if offer.update.fields else []
        return [*lead, *self._new_nodes(offer)]

    def _new_nodes(self, offer: _Offer) -> list[Node]:
        task, *others = (Node("POST", f"sobjects/{kind}", fields) for kind, fields in self._records(offer))
        owner = Node("GET", "sobjects/Task/@{task.id}?fields=OwnerId", name="owner")
        return [replace(task, name="task"), *others, *([] if offer.hand_off.owner else [owner])]

    def _records(self, offer: _Offer) -> list[Record]:
        return list(Records(self._type, self._tasks.key, self._tasks.fields).of(offer.hand_off, offer.there))

    # -- the task first ---------------------------------------------------------------------------------------------

    def _claimed(self, offers: Sequence[_Offer]) -> tuple[dict[str, Outcome], dict[str, Claim]]:
        """Insert the tasks by themselves: what was refused, and what is there now."""
        records = {offer.key: self._records(offer) for offer in offers}
        alone = [offer for offer in offers if len(records[offer.key]) == 1]
        found: dict[str, Result] = {}
        if alone:
            said = self._inserted([records[offer.key][0] for offer in alone], together=False)
            found |= {offer.key: result for offer, result in zip(alone, said, strict=True)}
        if len(alone) < len(offers):
            found |= self._together([offer for offer in offers if offer.key not in found])
        created = {offer.key: _new(offer, found[offer.key]) for offer in offers if found[offer.key].success}
        if unowned := [key for key, claim in created.items() if not claim.owner]:
            created |= self._tasks.claims(unowned)
        refusals = [offer for offer in offers if offer.key not in created]
        outcomes = [_not_created(offer, 0, found[offer.key].errors, alone=False) for offer in refusals]
        return self._named(refusals, self._writer.sure_of_gone(refusals, outcomes)), created

    def _together(self, offers: Sequence[_Offer]) -> dict[str, Result]:
        """The tasks and notes of each hand-off, all or none of them; what became of its own task.

        In a graph each, or in a collection each where this user has no graphs.
        """
        if self._graphs.available:
            replies = self._graphs.each([self._new_nodes(offer) for offer in offers])
            return {offer.key: _of_graph(reply) for offer, reply in zip(offers, replies, strict=True)}
        return {offer.key: _of_all(self._inserted(self._records(offer), together=True)) for offer in offers}

    def _inserted(self, records: Sequence[Record], *, together: bool) -> list[Result]:
        ordered = [{"attributes": {"type": kind}, **fields} for kind, fields in records]
        body = {"allOrNone": together, "records": ordered}
        return self._account.call(
            lambda client: client.restful("composite/sobjects", method="POST", json=body, headers=NO_ASSIGNMENT),
            lambda answer: results(answer, len(records)),
        )

    def _leads_of(
        self, offers: Sequence[_Offer], claims: Mapping[str, Claim], before: Collection[str], as_of: str
    ) -> dict[str, Outcome]:
        """Write the leads of tasks that are there, each with the owner that its task has.

        `before`: those that others created; one besides is ours, though the answer to its creation may have been lost.
        """
        updates = [offer.hand_off.update_for(claims[offer.key].owner) for offer in offers]
        said = self._writer.write([update for update in updates if update.fields], as_of)
        outcomes = [next(said) if update.fields else Outcome(update.id, Standing.DONE) for update in updates]
        return {
            offer.key: replace(
                outcome,
                task=claims[offer.key].task,
                owner=claims[offer.key].owner,
                adopted=offer.key in before,
            )
            for offer, outcome in zip(offers, outcomes, strict=True)
        }

    def _named(self, offers: Sequence[_Offer], outcomes: Sequence[Outcome]) -> dict[str, Outcome]:
        return {offer.key: said for offer, said in zip(offers, outcomes, strict=True)}


_ATOMIC = (
    "a task and its lead's changes are one transaction under a unique key; no lead gets a second task, whatever fails."
)
_CLAIM = (
    "a task comes first, under a unique key, and its lead's changes follow, since composite graphs do not honour"
    " If-Unmodified-Since here; no lead gets a second task, whatever fails."
)


def _size(hand_offs: Sequence[HandOff]) -> int:
    """How many hand-offs make a call, by the largest of them: its lead, task, note, further tasks and owner."""
    nodes = max((2 + bool(one.note) + len(one.more) + (not one.owner) for one in hand_offs), default=1)
    return max(1, min(MOST, MOST_NODES // nodes))


def _of_graph(reply: Reply) -> Result:
    """A graph's answer as that of a collection, about its first record."""
    if reply.done:
        return Result(success=True, id=reply.nodes[0].value("id"))
    complaints = [found for _, node in reply.causes for found in node.complaints]
    return Result(success=False, errors=complaints or [Complaint(error_code=HALTED)])


def _of_all(found: Sequence[Result]) -> Result:
    """The answer about the first of several records that stand or fall together: the culprit's refusal is its own."""
    if found[0].success:
        return found[0]
    complaints = [complaint for result in found for complaint in result.errors]
    blamed = [complaint for complaint in complaints if complaint.code != ROLLED_BACK]
    return Result(success=False, errors=blamed or complaints)


def _unfit(offer: _Offer, claims: Mapping[str, Claim], as_of: str) -> Outcome | None:
    """Why nothing is sent for a hand-off that has no task yet."""
    if offer.key in claims:
        return None
    if not soql.ID.fullmatch(offer.id) or not soql.KEY.fullmatch(offer.key):
        return parked(offer, "MALFORMED_ID", ())
    return unsendable(offer.hand_off.update, as_of)


def _outcome(offer: _Offer, reply: Reply) -> Outcome:
    """What became of a graph; by the node that is named, or by all where all are."""
    if reply.done:
        task = reply.nodes[bool(offer.update.fields)].value("id")
        owner = offer.hand_off.owner or reply.nodes[-1].value("OwnerId")
        return Outcome(offer.id, Standing.DONE, task=task, owner=owner)
    for at, node in reply.causes:
        if any(found.code == _TAKEN for found in node.complaints):
            alone = len(reply.causes) == 1 and at == 0 and bool(offer.update.fields)
            return _not_created(offer, node.status, node.complaints, alone=alone)
    return judged(offer, reply)


def _not_created(offer: _Offer, status: int, complaints: Sequence[Complaint], *, alone: bool) -> Outcome:
    """A key that is taken is no refusal: its task is looked for. `alone`: another field of the lead is taken."""
    if any(found.code == _TAKEN for found in complaints) and not alone:
        message = "the key is taken by a task that the API user cannot find"
        return Outcome(offer.id, Standing.PENDING, _TAKEN, message)
    return refused(offer, status, complaints)


def _new(offer: _Offer, result: Result) -> Claim:
    return Claim(offer.key, result.id or "", offer.hand_off.owner)
