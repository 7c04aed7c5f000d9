"""Tasks in HubSpot by the key that makes each of them the only one, and what may be promised of that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from leadrelay.connectors.base import Claim, Guarantee, Once, Outcome, Standing
from leadrelay.connectors.hubspot_batch import MOST, Found, look
from leadrelay.connectors.hubspot_wire import Paging, Portal
from leadrelay.connectors.transport import Answer, Rejection

TASKS = "tasks"
ASSOCIATIONS = {"contacts": 204, "companies": 192, "deals": 216}
"""From a task to each, as HubSpot defines it (hubspot/crm/association_type.py of its client library)."""

_MOST_ASSOCIATIONS = 1_000
_UNTOUCHED = "NOT_STARTED"
_OWNER, _STATUS = "hubspot_owner_id", "hs_task_status"
_WORK = (_STATUS, _OWNER, "hs_task_subject", "hs_task_body", "hs_timestamp", "hs_task_priority", "hs_task_type")


class Ledger:
    """The tasks that carry keys in the property `key`.

    Where the property is not unique, only the tasks that were met by way of their leads are known.
    """

    def __init__(self, portal: Portal, object_type: str, key: str) -> None:
        self._portal = portal
        self._type = object_type
        self.key = key
        self._known: dict[str, str] = {}
        self._guarantee: Guarantee | None = None

    def guarantee(self) -> Guarantee:
        """What the property allows; asked once."""
        self._guarantee = self._guarantee or self._asked()
        return self._guarantee

    def claims(self, keys: Sequence[str]) -> dict[str, Claim]:
        """The tasks of these keys, archived ones too, and whether somebody worked on them."""
        once = self.guarantee().once
        if once is Once.CLAIM:
            return self.by_key(keys, _WORK)
        if once is Once.MARKER:
            return self._of_known([key for key in keys if key in self._known])
        return {}

    def by_key(self, keys: Sequence[str], history: Sequence[str] = ()) -> dict[str, Claim]:
        """The same; without `history` nothing counts as touched but a status."""
        claims: dict[str, Claim] = {}
        for archived in (False, True):
            left = [key for key in keys if key not in claims]
            names = (self.key, _OWNER, _STATUS)
            found = look(
                self._portal, TASKS, left, names, history=history, id_property=self.key, archived=archived
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
        tasks = list(self._tasks_of(leads))
        found = look(self._portal, TASKS, tasks, (self.key, _OWNER, _STATUS)).records
        claims = {key: claim for key, claim in self._read(found, deleted=False) if key}
        self.remember(claims.values())
        return claims

    def remember(self, claims: Iterable[Claim]) -> None:
        """For `claims`, where keys alone do not lead to their tasks."""
        self._known |= {claim.key: claim.task for claim in claims}

    def withdraw(self, claims: Sequence[Claim]) -> Iterator[Outcome]:
        """Archive those that nobody touched; looked at right before."""
        for start in range(0, len(claims), MOST):
            batch = claims[start : start + MOST]
            now = self._by_id([claim.task for claim in batch])
            free = [claim for claim in batch if claim.task in now and not now[claim.task].touched]
            if free:
                inputs = {"inputs": [{"id": claim.task} for claim in free]}
                self._portal.call(self._portal.batch.archive, _nothing, TASKS, inputs)
            yield from (_withdrawn(claim, now.get(claim.task)) for claim in batch)

    def _by_id(self, tasks: Sequence[str]) -> dict[str, Claim]:
        found = look(self._portal, TASKS, tasks, (self.key, _OWNER, _STATUS), history=_WORK).records
        return {claim.task: claim for _, claim in self._read(found, deleted=False)}

    def _of_known(self, keys: Sequence[str]) -> dict[str, Claim]:
        tasks = [self._known[key] for key in keys]
        claims: dict[str, Claim] = {}
        for archived in (False, True):
            found = look(
                self._portal, TASKS, tasks, (self.key, _OWNER, _STATUS), history=_WORK, archived=archived
            ).records
            claims |= dict(self._read(found, deleted=archived))
            tasks = [task for task in tasks if task not in found]
        return {key: claims[key] for key in keys if key in claims}

    def _read(self, found: Mapping[str, Found], *, deleted: bool) -> Iterator[tuple[str, Claim]]:
        for task in found.values():
            key = task.properties[self.key] or ""
            yield key, Claim(key, task.id, task.properties[_OWNER] or "", deleted, _touched(task))

    def _tasks_of(self, leads: Sequence[str]) -> Iterator[str]:
        """https://developers.hubspot.com/docs/api-reference/latest/crm/associations: a page per lead, each goes on."""
        path = f"/crm/v4/associations/{self._type}/{TASKS}/batch/read"
        asked: list[dict[str, str]] = [{"id": lead} for lead in dict.fromkeys(leads)]
        while asked:
            now, asked = asked[:_MOST_ASSOCIATIONS], asked[_MOST_ASSOCIATIONS:]
            for linked in self._portal.post(path, {"inputs": now}, _links).results:
                yield from (str(other.to_object_id) for other in linked.to)
                if linked.paging and linked.paging.after:
                    asked.append({"id": linked.source.id, "after": linked.paging.after})

    def _asked(self) -> Guarantee:
        if not self.key:
            return _never("the mapping names no property for the key of a task", "Name one: key, in its table [task].")
        if self._type not in ASSOCIATIONS:
            return _never(f"tasks for {self._type} are not supported", f"Use one of {', '.join(ASSOCIATIONS)}.")
        try:
            found = self._portal.call(self._portal.properties.get_by_name, _property, TASKS, self.key)
        except Rejection as no:
            if no.status != 404:
                raise
            return _never(f"tasks have no property {self.key}", f"Create it. {_CURE}")
        if found.type != "string":
            return _never(f"the tasks' property {self.key} is no single-line text", f"Make another one. {_CURE}")
        return self._unique() if found.has_unique_value else self._marker()

    def _unique(self) -> Guarantee:
        try:
            look(self._portal, TASKS, ["leadrelay-check"], [], id_property=self.key)
        except Rejection as no:
            if no.status != 400:
                raise
            return self._marker()
        once = f"HubSpot refuses a second task with the same {self.key}: it comes first, and the lead follows it."
        return Guarantee(Once.CLAIM, once)

    def _marker(self) -> Guarantee:
        message = (
            f"the tasks' property {self.key} is not unique, so that HubSpot takes a second task with the same key. "
            "The tasks of each lead are read before one is created; two installations at the same moment may still "
            "create two, and a task that somebody deleted may come again where our state is lost"
        )
        cure = f"This cannot be changed later: make another property. {_CURE}"
        return Guarantee(Once.MARKER, f"{message}.", cure, self._portal.settings.timeout_seconds + AFTER_TIMEOUT)


AFTER_TIMEOUT = 60
"""Seconds after our own patience in which HubSpot may still carry out a request."""

_CURE = "HubSpot: Settings, Properties, Task properties: single-line text, with 'Require unique values' under Rules."


def _never(why: str, cure: str) -> Guarantee:
    return Guarantee(Once.NEVER, f"{why}: no task is created.", cure)


def _withdrawn(claim: Claim, now: Claim | None) -> Outcome:
    if now is None:
        return Outcome(claim.key, Standing.VOID, "OBJECT_NOT_FOUND", "the task is gone", task=claim.task)
    if now.touched:
        return Outcome(claim.key, Standing.PARKED, "TOUCHED", "somebody worked on the task", task=claim.task)
    return Outcome(claim.key, Standing.DONE, task=claim.task)


def _touched(task: Found) -> bool:
    """Whether it is not as it was created, or a person had it in hand."""
    if (task.properties[_STATUS] or _UNTOUCHED) != _UNTOUCHED:
        return True
    histories = [versions for versions in task.properties_with_history.values() if versions]
    return any(
        versions[0].value != versions[-1].value or any(version.by_person for version in versions)
        for versions in histories
    )


class _Definition(msgspec.Struct, rename="camel"):
    type: str = ""
    has_unique_value: bool = False


class _Source(msgspec.Struct):
    id: str


class _Target(msgspec.Struct, rename="camel"):
    to_object_id: int | str


class _Linked(msgspec.Struct, rename={"source": "from"}):
    source: _Source
    to: list[_Target] = []
    paging: Paging | None = None


class _Links(msgspec.Struct):
    results: list[_Linked]


def _property(answer: Answer) -> _Definition:
    return msgspec.json.decode(answer.body, type=_Definition)


def _links(answer: Answer) -> _Links:
    return msgspec.json.decode(answer.body, type=_Links)


def _nothing(_: Answer) -> None:
    return None
