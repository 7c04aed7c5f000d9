"""Writing to Salesforce: collections of 200; what a person may edit too, under the condition that nobody did.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm
https://developer.salesforce.com/docs/platform/api-rest/guide/intro-rest-conditional-requests.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress

import msgspec

from leadrelay.connectors import soql
from leadrelay.connectors.base import Outcome, Standing, Update
from leadrelay.connectors.delivery import Delivery, Item, parked
from leadrelay.connectors.moments import http_date
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_graph import MOST, Graphs, Node, Reply
from leadrelay.connectors.salesforce_query import Reader
from leadrelay.connectors.salesforce_verdict import (
    GONE,
    HALTED,
    OF_FIELDS,
    changed_just_now,
    changed_meanwhile,
    in_doubt,
    refused,
)
from leadrelay.connectors.salesforce_wire import Complaint
from leadrelay.connectors.transport import Answer, Broken, Rejection
from leadrelay.errors import Unavailable

_BATCH = 200
_TOGETHER = 3
"""Leads in a graph: one that fails takes two with it, which are sent once more."""

# Without it the organisation's assignment rules may move every lead that we touch, owner or not; requests within
# others do not inherit it. https://developer.salesforce.com/docs/platform/api-rest/guide/headers-autoassign
NO_ASSIGNMENT: Mapping[str, str] = {"Sforce-Auto-Assign": "FALSE"}
_SECOND = len("2026-01-31T12:00:00")
_SHORT_ID = 15


class Result(msgspec.Struct):
    """A collection's verdict on one record."""

    success: bool
    id: str | None = None
    errors: list[Complaint] = []


class Writer:
    """Writes records of one object type."""

    def __init__(self, account: Account, object_type: str, graphs: Graphs, reader: Reader) -> None:
        self._account = account
        self._type = object_type
        self._graphs = graphs
        self._reader = reader
        pace = account.transport.pace
        self._plain = Delivery(self._in_a_collection, _BATCH, pace, OF_FIELDS)
        self._guarded = Delivery(self._under_conditions, MOST * _TOGETHER, pace, OF_FIELDS)

    def write(self, updates: Sequence[Update], as_of: str = "") -> Iterator[Outcome]:
        """One outcome per update, in order."""
        plain = self._plain.outcomes([update for update in updates if not update.guarded])
        guarded = self._guarded.outcomes([update for update in updates if _is_sent_guarded(update, as_of)])
        for update in updates:
            if not update.guarded:
                yield next(plain)
            else:
                yield unsendable(update, as_of) or next(guarded)

    def some_ids(self) -> list[str]:
        """A few records that could be written."""
        condition = "IsConverted = false" if self._type.lower() == "lead" else ""
        rows = self._reader.rows(f"{soql.select(self._type, ['Id'], condition)} LIMIT 3")
        return [msgspec.json.decode(row, type=_Id).id for row in rows]

    def sure_of_gone(self, items: Sequence[Item], outcomes: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes, void only for records that lie in the bin.

        One that is there refers to another that is gone; one that cannot be seen may be hidden from the API user.
        """
        doubtful = {one.id for one, said in zip(items, outcomes, strict=True) if _is_doubtful(one, said)}
        binned = self._binned(doubtful)
        return [
            parked(item, said.code, ()) if item.id in doubtful and item.id[:_SHORT_ID] not in binned else said
            for item, said in zip(items, outcomes, strict=True)
        ]

    def _binned(self, ids: Collection[str]) -> set[str]:
        with suppress(Rejection):  # an object without a bin; the refusal is not about the records
            return self._in_bin(ids)
        return set()

    def _in_bin(self, ids: Collection[str]) -> set[str]:
        found: set[str] = set()
        for part in soql.parts(sorted(one for one in ids if soql.ID.fullmatch(one)), ""):
            query = soql.select(self._type, ["Id"], f"IsDeleted = true AND {soql.one_of(part)}")
            rows = self._reader.rows(query, deleted=True)
            found |= {msgspec.json.decode(row, type=_Id).id[:_SHORT_ID] for row in rows}
        return found

    def out_of_sight(self, ids: Collection[str]) -> frozenset[str]:
        """Of records that do not come, those that were not deleted as far as one can see."""
        try:
            binned = self._in_bin(ids)
        except Rejection:  # an object without a bin
            return frozenset()
        return frozenset(one for one in ids if one[:_SHORT_ID] not in binned)

    def _in_a_collection(self, batch: Sequence[Update]) -> list[Outcome]:
        kind = {"type": self._type}
        records = [{"attributes": kind, "id": update.id, **update.fields} for update in batch]
        body = {"allOrNone": False, "records": records}
        found = self._account.call(
            lambda client: client.restful("composite/sobjects", method="PATCH", json=body, headers=NO_ASSIGNMENT),
            lambda answer: results(answer, len(batch)),
        )
        return self.sure_of_gone(batch, [outcome(*pair) for pair in zip(batch, found, strict=True)])

    def _under_conditions(self, batch: Sequence[Update]) -> list[Outcome]:
        repeats = self._account.transport.repeats
        if self._graphs.honour_conditions([update.id for update in batch]):
            replies = self._graphs.each([[self.node(update)] for update in batch], _TOGETHER)
            outcomes = [judged(*pair) for pair in zip(batch, replies, strict=True)]
        else:
            outcomes = list(self._one_by_one(batch))
        if self._account.transport.repeats > repeats:
            outcomes = [in_doubt(outcome) for outcome in outcomes]
        return self.sure_of_gone(batch, outcomes)

    def node(self, update: Update) -> Node:
        """The update as a request of its own, under its condition."""
        return Node("PATCH", f"sobjects/{self._type}/{update.id}", update.fields, _conditions(update))

    def _one_by_one(self, batch: Sequence[Update]) -> Iterator[Outcome]:
        """A call each, which is documented to honour the condition."""
        for at, update in enumerate(batch):
            try:
                yield self._alone(update)
            except Unavailable as fault:
                if at == 0 or fault.retry_after is not None:
                    raise
                yield from (Outcome(left.id, Standing.PENDING, "NO_ANSWER", "no answer in time") for left in batch[at:])
                return

    def _alone(self, update: Update) -> Outcome:
        node = self.node(update)
        try:
            self._account.call(
                lambda client: client.restful(node.path, method="PATCH", json=node.body, headers=node.headers),
                lambda _: None,
            )
        except Rejection as no:
            if no.status == 403 and not no.code.startswith("INSUFFICIENT_ACCESS"):
                raise
            return refused(update, no.status, [Complaint(error_code=no.code, fields=no.fields)])
        return Outcome(update.id, Standing.DONE)


def unsendable(update: Update, as_of: str) -> Outcome | None:
    """Why a guarded update is not sent; None when it is.

    `modified` is SystemModstamp, which is never before the LastModifiedDate that the condition is about. That is safe:
    whatever a person changes after the reading gets a later second, as long as the reading came after that second.
    """
    if not update.guarded:
        return None
    if not soql.ID.fullmatch(update.id):
        return parked(update, "MALFORMED_ID", ())
    if not update.modified:
        return changed_meanwhile(update)
    return changed_just_now(update) if as_of and update.modified[:_SECOND] >= as_of[:_SECOND] else None


def outcome(item: Item, result: Result) -> Outcome:
    """What a collection said of one record."""
    return Outcome(item.id, Standing.DONE) if result.success else refused(item, 0, result.errors)


def judged(item: Item, reply: Reply) -> Outcome:
    """What a graph said of one record."""
    if reply.done:
        return Outcome(item.id, Standing.DONE)
    if reply.halted:
        return Outcome(item.id, Standing.PENDING, HALTED, "Salesforce did not attempt it")
    _, node = reply.causes[0]
    return refused(item, node.status, node.complaints)


def results(answer: Answer, expected: int) -> list[Result]:
    """A collection's answer."""
    found = msgspec.json.decode(answer.body, type=list[Result])
    if len(found) != expected:
        raise Broken(f"{len(found)} verdicts instead of {expected}")
    return found


class _Id(msgspec.Struct, rename="pascal"):
    id: str


def _is_sent_guarded(update: Update, as_of: str) -> bool:
    return bool(update.guarded) and unsendable(update, as_of) is None


def _conditions(update: Update) -> dict[str, str]:
    unmodified = {"If-Unmodified-Since": http_date(update.modified)} if update.guarded else {}
    return {**NO_ASSIGNMENT, **unmodified}


def _is_doubtful(item: Item, said: Outcome) -> bool:
    """Whether it may be another record that is gone, or this one only out of sight."""
    if said.standing is not Standing.VOID or said.code not in GONE:
        return False
    refers = any(isinstance(value, str) and soql.ID.fullmatch(value) for value in item.fields.values())
    return refers or said.code != "ENTITY_IS_DELETED"
