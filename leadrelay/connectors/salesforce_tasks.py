"""Tasks that exist under a key of ours: whether the organisation can promise that, finding them, taking them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from leadrelay.connectors import soql
from leadrelay.connectors.base import Claim, Guarantee, JsonValue, Once, Outcome, Standing
from leadrelay.connectors.customising import KEY_LENGTH
from leadrelay.connectors.delivery import Delivery
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_describe import Field, described
from leadrelay.connectors.salesforce_notes import Notes
from leadrelay.connectors.salesforce_query import Reader
from leadrelay.connectors.salesforce_records import about
from leadrelay.connectors.salesforce_verdict import GONE
from leadrelay.connectors.salesforce_write import outcome, results
from leadrelay.connectors.transport import Rejection
from leadrelay.errors import Refused

_COLUMNS = (
    *("Id", "OwnerId", "IsDeleted", "Status"),
    *("LastModifiedById", "CreatedById", "LastModifiedDate", "CreatedDate"),
    *("WhoId", "WhatId"),
)
_BATCH = 200
_STAY = frozenset({Standing.PENDING, Standing.PARKED})
_BIRTH = timedelta(seconds=1)
"""What automation does to a new task comes with it, in the same second or the next."""


@dataclass(frozen=True, slots=True)
class Found:
    """A claim, whether the last to change the task was who created it, and the record that it is about."""

    claim: Claim
    by_creator: bool
    about: str = ""


@dataclass(frozen=True, slots=True)
class _Withdrawal:
    """A claim as something to be sent."""

    claim: Claim

    @property
    def id(self) -> str:
        return self.claim.key

    @property
    def fields(self) -> Mapping[str, JsonValue]:
        return {}


class Tasks:
    """The tasks of one organisation, for records of one object type.

    `key`: the field that holds the key, "" where the mapping names none.
    """

    def __init__(self, account: Account, object_type: str, reader: Reader, key: str) -> None:
        self.key = key
        self.notes = Notes(account, object_type, reader)
        self._type = object_type
        self._account = account
        self._reader = reader
        self._asked = False
        self._fields: Mapping[str, Field] = {}

    def hindrance(self) -> Guarantee | None:
        """Why no task can be created here exactly once; None when nothing is in the way. Asks once."""
        place = self._account.settings.place
        if not self.key:
            return Guarantee(Once.NEVER, "the mapping has no [task].", "Name the field that holds the key there.")
        if missing := _missing(self._described().get(self.key.lower())):
            message = f"{place}: tasks cannot be created exactly once: Task.{self.key} {missing}."
            return Guarantee(Once.NEVER, message, f"{_RECIPE.format(key=self.key)} Then run `leadrelay check`.")
        field = self._described().get(about(self._type).lower())
        if field is None or not field.takes(self._type):
            cure = f"In Setup, Object Manager, {self._type}, Edit: tick Allow Activities. Then run `leadrelay check`."
            return Guarantee(Once.NEVER, f"{place}: no task can be about a record of {self._type}.", cure)
        return None

    def claims(self, keys: Sequence[str]) -> Mapping[str, Claim]:
        """The tasks of these keys, deleted and archived ones too; where a key has several, the one that is left."""
        return {key: found.claim for key, found in self.found(keys).items()}

    def found(self, keys: Sequence[str]) -> Mapping[str, Found]:
        """The same, and who was the last to change them."""
        wanted = [key for key in dict.fromkeys(keys) if soql.KEY.fullmatch(key)]
        if not wanted or not self.key:
            return {}
        columns = [*_COLUMNS, self.key]
        tasks: list[Found] = []
        for part in soql.parts(wanted, soql.select("Task", columns)):
            query = soql.select("Task", columns, soql.one_of(part, self.key))
            tasks += [self._read(msgspec.json.decode(row)) for row in self._rows(query)]
        by_key = {task.claim.key: task for task in sorted(tasks, key=lambda task: not task.claim.deleted)}
        return {key: by_key[key] for key in wanted if key in by_key}

    def withdraw(self, claims: Sequence[Claim]) -> Iterator[Outcome]:
        """Delete those that nobody touched, each with the note that came with it, which goes first.

        A note that somebody changed stays, and so does a task whose note cannot be deleted.
        """
        sent: set[str] = set()
        delivery = Delivery(partial(self._withdrawn, sent), _BATCH, self._account.transport.pace, frozenset())
        return delivery.outcomes([_Withdrawal(claim) for claim in claims])

    def _withdrawn(self, sent: set[str], batch: Sequence[_Withdrawal]) -> list[Outcome]:
        now = self.found([one.id for one in batch])
        outcomes = {one.id: _kept(one.claim, now.get(one.id), sent) for one in batch}
        left = [one for one in batch if outcomes[one.id] is None]
        if notes := self.notes.of({one.id: now[one.id].about for one in left}):
            kept = self._deleted([one for one in left if one.id in notes], notes)
            outcomes |= {key: said for key, said in kept.items() if said.standing in _STAY}
            left = [one for one in left if outcomes[one.id] is None]
        if left:
            sent |= {one.id for one in left}
            outcomes |= self._deleted(left, {one.id: now[one.id].claim.task for one in left})
        return self._settled([outcomes[one.id] or Outcome(one.id, Standing.DONE) for one in batch], sent)

    def _deleted(self, batch: Sequence[_Withdrawal], ids: Mapping[str, str]) -> dict[str, Outcome]:
        """Delete a record for each, and tell what became of it."""
        given = ",".join(ids[one.id] for one in batch)
        found = self._account.call(
            lambda client: client.restful(
                "composite/sobjects", method="DELETE", params={"ids": given, "allOrNone": "false"}
            ),
            lambda answer: results(answer, len(batch)),
        )
        return {one.id: outcome(one, result) for one, result in zip(batch, found, strict=True)}

    def _settled(self, outcomes: Sequence[Outcome], sent: set[str]) -> list[Outcome]:
        """A task that is gone by our own hand was deleted by a request whose answer got lost."""
        gone = [said.id for said in outcomes if said.standing is Standing.VOID and said.code in GONE]
        found = self.found([key for key in gone if key in sent])
        ours = {key for key, task in found.items() if task.claim.deleted and task.by_creator}
        return [Outcome(said.id, Standing.DONE) if said.id in ours else said for said in outcomes]

    def learn(self, fields: Mapping[str, Field]) -> None:
        """What was told of Task meanwhile."""
        self._fields = {name.lower(): field for name, field in fields.items()}
        self._asked = True

    @property
    def fields(self) -> Mapping[str, Field]:
        """Task's fields by their names in lower case; none where the API user may not see tasks. Asks once."""
        return self._described()

    def _described(self) -> Mapping[str, Field]:
        if not self._asked:
            with suppress(Rejection):  # of one who may not see tasks at all
                self._fields = {name.lower(): field for name, field in described(self._account, "Task").items()}
            self._asked = True
        return self._fields

    def _rows(self, query: str) -> Iterator[msgspec.Raw]:
        """A refusal here is about the query, and so about nobody's hand-off."""
        try:
            yield from self._reader.rows(query, deleted=True)
        except Rejection as no:
            raise Refused(str(no)) from None

    def _read(self, row: Mapping[str, Any]) -> Found:
        row = {name.lower(): value for name, value in row.items()}
        status = self._fields["status"].default if "status" in self._fields else ""
        by_creator = row["lastmodifiedbyid"] == row["createdbyid"]
        age = datetime.fromisoformat(row["lastmodifieddate"]) - datetime.fromisoformat(row["createddate"])
        touched = not by_creator or age > _BIRTH or bool(status and row["status"] != status)
        claim = Claim(
            key=str(row[self.key.lower()]).lower(),
            task=row["id"],
            owner=row["ownerid"] or "",
            deleted=bool(row["isdeleted"]),
            touched=touched,
        )
        return Found(claim, by_creator, row["whoid"] or row["whatid"] or "")


_RECIPE = (
    "In Setup, Object Manager, Activity, create the field {key}: Text(40), External ID, Unique (case insensitive);"
    " let the API user read and edit it."
)


def _missing(field: Field | None) -> str:
    """What the key field lacks, in words; "" when it is fit."""
    if field is None:
        return "does not exist, or the API user may not see it"
    lacks = {
        "is no text field": field.type != "string",
        f"is shorter than {KEY_LENGTH} characters": field.length < KEY_LENGTH,
        "is not unique": not field.unique,
        "is no external id": not field.external_id,
        "cannot be filtered by": not field.filterable,
        "may not be written by the API user": not field.createable,
    }
    return " and ".join(words for words, wrong in lacks.items() if wrong)


def _kept(claim: Claim, now: Found | None, sent: set[str]) -> Outcome | None:
    """Why a task is not deleted; None when it may be."""
    if now is None or (now.claim.deleted and claim.key not in sent):
        return Outcome(claim.key, Standing.VOID, "NOT_FOUND", "the task is gone")
    if now.claim.deleted:
        return Outcome(claim.key, Standing.VOID, "ENTITY_IS_DELETED", "the task is gone")
    if now.claim.touched or now.claim.task != claim.task or now.claim.owner != claim.owner:
        return Outcome(claim.key, Standing.PARKED, "TOUCHED", "somebody worked on the task")
    return None
