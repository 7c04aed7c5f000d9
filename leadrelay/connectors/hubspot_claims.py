"""Tasks and notes in HubSpot by the key that makes each of them the only one, and what may be promised of that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from leadrelay.connectors.base import Claim, FieldInfo, Guarantee, Once, Outcome, Standing
from leadrelay.connectors.hubspot_batch import MOST, Found, look
from leadrelay.connectors.hubspot_describe import one_described
from leadrelay.connectors.hubspot_links import links
from leadrelay.connectors.hubspot_wire import Portal
from leadrelay.connectors.transport import Answer, Rejection


@dataclass(frozen=True, slots=True)
class Kind:
    """What is created under a key. `associations`: the type ids that lead from it to some object types.

    They are HubSpot's own (hubspot/crm/association_type.py of its client library); for others it is asked. `body`: its
    text. `work`: what tells by its past that somebody worked on it. `prefix`: tells its ids from those of tasks.
    """

    name: str
    word: str
    associations: Mapping[str, int]
    body: str
    work: tuple[str, ...]
    status: str = ""
    prefix: str = ""

    def id_of(self, claim: Claim) -> str:
        """HubSpot's id of what is claimed."""
        return claim.task.removeprefix(self.prefix)


_OWNER = "hubspot_owner_id"
_UNTOUCHED = "NOT_STARTED"
TASKS = Kind(
    "tasks",
    "task",
    {"contacts": 204, "companies": 192, "deals": 216},
    "hs_task_body",
    ("hs_task_status", _OWNER, "hs_task_subject", "hs_task_body", "hs_timestamp", "hs_task_priority", "hs_task_type"),
    "hs_task_status",
)
NOTES = Kind(
    "notes",
    "note",
    {"contacts": 202, "companies": 190, "deals": 214},
    "hs_note_body",
    ("hs_note_body", _OWNER, "hs_timestamp"),
    prefix="notes/",
)


class Ledger:
    """The tasks or notes that carry keys in the property `key`.

    Where the property is not unique, only those that were met by way of their leads are known. Notes for which there is
    no such property have the key at the end of their text: `in_body`.
    """

    def __init__(self, portal: Portal, object_type: str, key: str, kind: Kind = TASKS) -> None:
        self._portal = portal
        self._type = object_type
        self.kind = kind
        self.key = key
        self.in_body = False
        self._known: dict[str, str] = {}
        self._association: dict[str, Any] | None = None
        self._associated = False
        self._guarantee: Guarantee | None = None
        self._told: tuple[FieldInfo | None] | None = None

    @property
    def once(self) -> Once:
        """How it is made sure that each is created once."""
        return self.guarantee().once

    def guarantee(self) -> Guarantee:
        """What the property allows; asked once."""
        self._guarantee = self._guarantee or self._asked()
        return self._guarantee

    def association(self) -> dict[str, Any] | None:
        """The type of the association with a record, as HubSpot takes it; None where there is none. Asked once."""
        if not self._associated:
            self._association, self._associated = association(self._portal, self.kind, self._type), True
        return self._association

    def learn(self, found: FieldInfo | None) -> None:
        """What was told meanwhile of the property; None where there is none."""
        self._told = (found,)

    def foreseen(self, found: FieldInfo | None) -> Guarantee:
        """What the property allows by its definition; it is not tried out."""
        return self._hindrance() or self._judged(found, lambda: Guarantee(Once.CLAIM, self._once()))

    def claims(self, keys: Sequence[str]) -> dict[str, Claim]:
        """The tasks of these keys, archived ones too, and whether somebody worked on them."""
        once = self.guarantee().once
        if once is Once.CLAIM:
            return self.by_key(keys, self.kind.work)
        if once is Once.MARKER:
            return self._of_known([key for key in keys if key in self._known])
        return {}

    def by_key(self, keys: Sequence[str], history: Sequence[str] = ()) -> dict[str, Claim]:
        """The same; without `history` nothing counts as touched but a status."""
        claims: dict[str, Claim] = {}
        for archived in (False, True):
            left = [key for key in keys if key not in claims]
            found = look(
                self._portal,
                self.kind.name,
                left,
                self._names(),
                history=history,
                id_property=self.key,
                archived=archived,
            ).records
            claims |= {key: claim for key, claim in self._read(found, deleted=archived) if key in left}
        return claims

    def by_lead(self, leads: Sequence[str], keys: Sequence[str]) -> dict[str, Claim]:
        """Those of these keys among the tasks of these leads: from the associations, which do not lag as search does.

        A task that was archived has no associations any more, and is not found.
        """
        wanted, claims = set(keys), self._of_leads(leads)
        return {key: claim for key, claim in claims.items() if key in wanted}

    def meet(self, leads: Sequence[str]) -> None:
        """Come to know the tasks of these leads, where keys alone do not lead to them: a merge brings others along."""
        if leads and self.guarantee().once is Once.MARKER:
            self._of_leads(leads)

    def _of_leads(self, leads: Sequence[str]) -> dict[str, Claim]:
        linked = links(self._portal, self._type, self.kind.name, leads)
        ids = list(dict.fromkeys(one for others in linked.values() for one in others))
        found = look(self._portal, self.kind.name, ids, self._names()).records
        claims = {key: claim for key, claim in self._read(found, deleted=False) if key}
        self.remember(claims.values())
        return claims

    def remember(self, claims: Iterable[Claim]) -> None:
        """For `claims`, where keys alone do not lead to their tasks."""
        self._known |= {claim.key: self.kind.id_of(claim) for claim in claims}

    def withdraw(self, claims: Sequence[Claim]) -> Iterator[Outcome]:
        """Archive those that nobody touched; looked at right before."""
        for start in range(0, len(claims), MOST):
            batch = claims[start : start + MOST]
            now = self._by_id([self.kind.id_of(claim) for claim in batch])
            free = [claim for claim in batch if claim.task in now and not now[claim.task].touched]
            if free:
                inputs = {"inputs": [{"id": self.kind.id_of(claim)} for claim in free]}
                self._portal.call(self._portal.batch.archive, _nothing, self.kind.name, inputs)
            yield from (_withdrawn(claim, now.get(claim.task), self.kind.word) for claim in batch)

    def _by_id(self, ids: Sequence[str]) -> dict[str, Claim]:
        found = look(self._portal, self.kind.name, ids, self._names(), history=self.kind.work).records
        return {claim.task: claim for _, claim in self._read(found, deleted=False)}

    def _of_known(self, keys: Sequence[str]) -> dict[str, Claim]:
        tasks = [self._known[key] for key in keys]
        claims: dict[str, Claim] = {}
        for archived in (False, True):
            found = look(
                self._portal, self.kind.name, tasks, self._names(), history=self.kind.work, archived=archived
            ).records
            claims |= dict(self._read(found, deleted=archived))
            tasks = [task for task in tasks if task not in found]
        return {key: claims[key] for key in keys if key in claims}

    def _read(self, found: Mapping[str, Found], *, deleted: bool) -> Iterator[tuple[str, Claim]]:
        for one in found.values():
            key = self.key_of(one)
            named = f"{self.kind.prefix}{one.id}"
            yield key, Claim(key, named, one.properties[_OWNER] or "", deleted, _touched(one, self.kind.status))

    def key_of(self, found: Found) -> str:
        """The key that it was created under; "" for what is not ours."""
        if not self.in_body:
            return found.properties.get(self.key) or ""
        told = _TOLD.search(found.properties.get(self.kind.body) or "")
        return told[1] if told else ""

    def marked(self, key: str, body: str) -> dict[str, str]:
        """What makes its text and its key known in HubSpot."""
        if self.in_body:
            return {self.kind.body: f"{body}<p>leadrelay key: {key}</p>"}
        return {self.kind.body: body, self.key: key}

    def _names(self) -> tuple[str, ...]:
        return (self.kind.body if self.in_body else self.key, _OWNER, *([self.kind.status] if self.kind.status else []))

    def _asked(self) -> Guarantee:
        return self._hindrance() or self._judged(self._definition(), self._unique)

    def _hindrance(self) -> Guarantee | None:
        if not self.key:
            return _never("the mapping names no property for the key of a task", "Name one: key, in its table [task].")
        if not self.association():
            cure = f"HubSpot: Settings, Data Model, {self._type}: let it be associated with {self.kind.name}."
            return _never(f"{self.kind.name} cannot be associated with {self._type}", cure, self.kind.word)
        return None

    def _definition(self) -> FieldInfo | None:
        if self._told:
            return self._told[0]
        try:
            return self._portal.call(self._portal.properties.get_by_name, one_described, self.kind.name, self.key)
        except Rejection as no:
            if no.status != 404:
                raise
        return None

    def _judged(self, found: FieldInfo | None, unique: Callable[[], Guarantee]) -> Guarantee:
        if found is None:
            return self._without(f"{self.kind.name} have no property {self.key}", "Create it.")
        if found.type != "string":
            why = f"the {self.kind.name}' property {self.key} is no single-line text"
            return self._without(why, "Make another one.")
        return unique() if found.unique else self._marker()

    def _without(self, why: str, cure: str) -> Guarantee:
        if self.kind is TASKS:
            return _never(why, f"{cure} {_cure(TASKS)}")
        self.in_body = True
        return Guarantee(
            Once.MARKER,
            f"{why}: the key stands at the end of each note, and the notes of each lead are read before one is made.",
            f"{cure} {_cure(self.kind)}",
            self._portal.settings.timeout_seconds + AFTER_TIMEOUT,
        )

    def _unique(self) -> Guarantee:
        try:
            look(self._portal, self.kind.name, ["leadrelay-check"], [], id_property=self.key)
        except Rejection as no:
            if no.status != 400:
                raise
            return self._marker()
        return Guarantee(Once.CLAIM, self._once())

    def _once(self) -> str:
        word = self.kind.word
        return f"HubSpot refuses a second {word} with the same {self.key}: it comes first, and the lead follows it."

    def _marker(self) -> Guarantee:
        name, word = self.kind.name, self.kind.word
        message = (
            f"the {name}' property {self.key} is not unique, so that HubSpot takes a second {word} with the same key. "
            f"The {name} of each lead are read before one is created; two installations at the same moment may still "
            f"create two, and a {word} that somebody deleted may come again where our state is lost"
        )
        cure = f"This cannot be changed later: make another property. {_cure(self.kind)}"
        return Guarantee(Once.MARKER, f"{message}.", cure, self._portal.settings.timeout_seconds + AFTER_TIMEOUT)


def association(portal: Portal, kind: Kind, object_type: str) -> dict[str, Any] | None:
    """How a task or note is associated with a record: without a label, where there is such a type."""
    if number := kind.associations.get(object_type):
        return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}
    try:
        found = portal.get(f"/crm/v4/associations/{kind.name}/{object_type}/labels", _types)
    except Rejection as no:
        if no.status not in {400, 404}:
            raise
        return None
    plain = next((one for one in found if not one.label), None)
    return {"associationCategory": plain.category, "associationTypeId": plain.type_id} if plain else None


AFTER_TIMEOUT = 60
"""Seconds after our own patience in which HubSpot may still carry out a request."""

_TOLD = re.compile(r"leadrelay key: ([a-z0-9-]{1,40})")


def _cure(kind: Kind) -> str:
    where = f"HubSpot: Settings, Properties, {kind.word.capitalize()} properties"
    return f"{where}: single-line text, with 'Require unique values' under Rules."


def _never(why: str, cure: str, word: str = "task") -> Guarantee:
    return Guarantee(Once.NEVER, f"{why}: no {word} is created.", cure)


def _withdrawn(claim: Claim, now: Claim | None, word: str) -> Outcome:
    if now is None:
        return Outcome(claim.key, Standing.VOID, "OBJECT_NOT_FOUND", f"the {word} is gone", task=claim.task)
    if now.touched:
        return Outcome(claim.key, Standing.PARKED, "TOUCHED", f"somebody worked on the {word}", task=claim.task)
    return Outcome(claim.key, Standing.DONE, task=claim.task)


def _touched(found: Found, status: str) -> bool:
    """Whether it is not as it was created, or a person had it in hand."""
    if status and (found.properties[status] or _UNTOUCHED) != _UNTOUCHED:
        return True
    histories = [versions for versions in found.properties_with_history.values() if versions]
    return any(
        versions[0].value != versions[-1].value or any(version.by_person for version in versions)
        for versions in histories
    )


class _Type(msgspec.Struct, rename="camel"):
    category: str
    type_id: int
    label: str | None = None


class _Types(msgspec.Struct):
    results: list[_Type]


def _types(answer: Answer) -> list[_Type]:
    return msgspec.json.decode(answer.body, type=_Types).results


def _nothing(_: Answer) -> None:
    return None
