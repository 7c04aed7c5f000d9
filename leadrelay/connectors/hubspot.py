"""HubSpot as a connector, over hubspot-api-client."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec
import polars as pl

from leadrelay.connectors.base import (
    Claim,
    Cursor,
    FieldInfo,
    Guarantee,
    HandOff,
    Once,
    Outcome,
    Owner,
    Page,
    Update,
    Usage,
)
from leadrelay.connectors.hubspot_account import Account as PortalAccount
from leadrelay.connectors.hubspot_account import account
from leadrelay.connectors.hubspot_activity import Activities
from leadrelay.connectors.hubspot_claims import NOTES, Ledger
from leadrelay.connectors.hubspot_describe import described
from leadrelay.connectors.hubspot_guard import Guard
from leadrelay.connectors.hubspot_inspect import Inspector
from leadrelay.connectors.hubspot_people import Company
from leadrelay.connectors.hubspot_read import Reader
from leadrelay.connectors.hubspot_scopes import SEEN, granted, lacking, tried
from leadrelay.connectors.hubspot_setup import HubSpotCustomiser
from leadrelay.connectors.hubspot_tasks import HandingOff
from leadrelay.connectors.hubspot_wire import Forbidden, HubSpotSettings, Paging, Portal
from leadrelay.connectors.hubspot_write import Writer
from leadrelay.connectors.inspection import Inspection
from leadrelay.connectors.people import Account, Activity, Closed, Colleague, Firm, Lack, Milestones
from leadrelay.connectors.transport import Answer, Pace, Rejection
from leadrelay.errors import ConfigError, Problem

__all__ = ["HubSpotConnector", "HubSpotSettings"]

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_OWNERS_MOST = 500
_ONE_WAY = frozenset({"lifecyclestage"})
_TYPE_IDS = {"contacts": "0-1", "companies": "0-2", "deals": "0-3", "leads": "0-136"}


class HubSpotConnector:
    """A HubSpot portal, bound to one object type. `task_key`: the tasks' property for the key of a hand-off, if any."""

    def __init__(self, portal: Portal, object_type: str, task_key: str = "") -> None:
        _check([object_type, *([task_key] if task_key else [])], portal.settings.place)
        self._portal = portal
        self._type = object_type
        self._reader = Reader(portal, object_type)
        guard = Guard(portal, object_type)
        self._writer = Writer(portal, object_type, guard)
        self._ledger = Ledger(portal, object_type, task_key)
        self._notes = Ledger(portal, object_type, task_key, NOTES)
        self._handing_off = HandingOff(portal, object_type, self._ledger, self._notes, self._writer, guard)
        self._company = Company(portal)
        self._activities = Activities(portal, object_type)
        self._inspector = Inspector(portal, object_type, self._ledger, self._notes, self.owners, self._details)
        self._account: PortalAccount | None = None
        self._type_id = ""

    @classmethod
    def connect(
        cls, settings: HubSpotSettings, object_type: str = "contacts", pace: Pace | None = None, task_key: str = ""
    ) -> HubSpotConnector:
        """A connector; nothing is sent before it is used. Raises `ConfigError` for settings that cannot work."""
        return cls(Portal(settings, pace or Pace()), object_type, task_key)

    def changes(self, fields: Sequence[str], since: Cursor | None) -> Iterator[Page]:
        """Every record modified at or after `since`, all when None."""
        _check(fields, self._portal.settings.place)
        return self._reader.changes(fields, since)

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Page:
        """The records of these ids."""
        _check(fields, self._portal.settings.place)
        return self._reader.fetch(ids, fields)

    def write(self, updates: Sequence[Update], as_of: str = "") -> Iterator[Outcome]:  # noqa: ARG002 - values tell it
        """Write, and give one outcome per update, in order.

        A guarded field is compared by its value, so that it never counts as read too freshly. A person's value that our
        write crossed all the same is put back, and told as `kept`.
        """
        return self._writer.write(updates)

    def hand_off(self, hand_offs: Sequence[HandOff], as_of: str = "") -> Iterator[Outcome]:
        """Create what goes along, then the task, then write the lead as it says; raises `Refused` under `Once.NEVER`.

        What is there already stays; a hand-off of which something is refused is parked, and goes on where it stopped.
        """
        return self._handing_off.hand_off(hand_offs, as_of)

    def claims(self, keys: Sequence[str]) -> Mapping[str, Claim]:
        """The tasks and notes of these keys; under `Once.MARKER` only those that this connector met, for search lags.

        The `task` of a note begins with `notes/`.
        """
        tasks = self._ledger.claims(keys)
        left = [key for key in keys if key not in tasks]
        return {**tasks, **self._notes.claims(left)} if left and self._ledger.key else tasks

    def families(self, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """What was merged into each, directly or not; from then on `claims` finds their tasks in any case."""
        found = self._reader.families(ids)
        self._ledger.meet(list(found))
        self._notes.meet(list(found))
        return found

    def withdraw(self, claims: Sequence[Claim]) -> Iterator[Outcome]:
        """Archive the tasks and notes that nobody touched; outcomes in order."""
        notes = [claim for claim in claims if claim.task.startswith(NOTES.prefix)]
        tasks = [claim for claim in claims if claim not in notes]
        said = {
            one.id: one
            for ledger, some in ((self._ledger, tasks), (self._notes, notes))
            for one in ledger.withdraw(some)
        }
        return iter([said[claim.key] for claim in claims])

    def guarantee(self) -> Guarantee:
        """What the properties for the key allow, of tasks and of notes."""
        tasks = self._ledger.guarantee()
        if tasks.once is Once.NEVER:
            return tasks
        return replace(tasks, wait_seconds=max(tasks.wait_seconds, self._notes.guarantee().wait_seconds))

    def workload(self, closed: Closed | None = None) -> None:  # noqa: ARG002, as the contract has it
        """None: HubSpot's search counts what matches, but groups nothing, so that each owner would take a call.

        The state store counts instead.
        """
        return

    def accounts(self, firms: Sequence[Firm]) -> Mapping[str, Account]:
        """By lead, the company of its domain, else the one of its name; {} where the token may not see companies."""
        return self._company.accounts(firms)

    def colleagues(self, firms: Sequence[Firm], most: int = 10) -> Mapping[str, Sequence[Colleague]]:
        """By lead, the contacts of its company, else of its e-mail domain; the newest, those with a buying role first.

        Leads of another object type than contacts have none of their own to leave out.
        """
        return self._company.colleagues(firms, most)

    def company_values(self, domains: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """By the property `domain`; raises `Refused` where the token may not see companies."""
        _check(fields, self._portal.settings.place)
        return self._company.values(domains, fields)

    def company_fields(self) -> Mapping[str, FieldInfo]:
        """The properties of companies."""
        return described(self._portal, "companies")

    def responses(self, since: Mapping[str, str]) -> Mapping[str, Activity]:
        """By lead, the first thing that a person did for it at or after that moment."""
        return self._activities.responses(since)

    def milestones(self, ids: Sequence[str]) -> Mapping[str, Milestones]:
        """What became of these leads: the first deal, else when they entered the stage of opportunities; meetings."""
        return self._activities.milestones(ids)

    def lacks(self) -> Sequence[Lack]:
        """Scopes that the token has not, and unique keys that the portal's notes have not."""
        return [*self._unseen(), *self._unkeyed()]

    def customiser(self, reads: Collection[str] = (), writes: Collection[str] = ()) -> HubSpotCustomiser:  # noqa: ARG002 - a token with the scope sees every property
        """Who makes and unmakes what is ours in this portal."""
        return HubSpotCustomiser(self._portal, self._type)

    def describe(self) -> Mapping[str, FieldInfo]:
        """The object's properties by name."""
        return described(self._portal, self._type)

    def owners(self) -> Sequence[Owner]:
        """Users and queues; those who were deactivated come under `archived` only."""
        return [owner for archived in (False, True) for owner in self._owners(archived=archived)]

    def inspect(self, parts: Collection[str], related: Sequence[str] = ()) -> Inspection:
        """Ten calls for everything with one related object; one more where there are several currencies."""
        _check(related, self._portal.settings.place)
        return self._inspector.inspect(parts, related)

    def sample(self, fields: Sequence[str], count: int) -> pl.DataFrame:
        """A search for each 200."""
        _check(fields, self._portal.settings.place)
        return self._reader.sample(fields, count)

    def organisation(self) -> str:
        """The portal's id."""
        return str(self._details().portal_id)

    def link(self, record_id: str) -> str:
        """The address of the record's page."""
        account = self._details()
        self._type_id = self._type_id or _TYPE_IDS.get(self._type) or self._asked_type_id()
        kind = self._type_id
        return f"https://{account.ui_domain}/contacts/{account.portal_id}/record/{kind}/{record_id}"

    @property
    def one_way(self) -> frozenset[str]:
        """The lifecycle stage."""
        return _ONE_WAY

    @property
    def calls(self) -> int:
        """API calls made so far, retries included."""
        return self._portal.transport.calls

    @property
    def usage(self) -> Usage | None:
        """The quota as the last answer told it."""
        return self._portal.transport.usage

    def close(self) -> None:
        """Let go of connections."""
        self._portal.close()

    def _unseen(self) -> Iterator[Lack]:
        scopes = granted(self._portal)
        return tried(self._portal, SEEN) if scopes is None else lacking(scopes)

    def _unkeyed(self) -> Iterator[Lack]:
        if self._ledger.key:
            found = self._notes.guarantee()
            if found.once is not Once.CLAIM:
                yield Lack(found.message, found.cure)

    def _asked_type_id(self) -> str:
        """What the addresses of pages call an object of the portal's own; its name where the token may not ask."""
        try:
            return self._portal.get(f"/crm-object-schemas/v3/schemas/{self._type}", _type_id)
        except (Forbidden, Rejection):
            return self._type

    def _details(self) -> PortalAccount:
        self._account = self._account or account(self._portal)
        return self._account

    def _owners(self, *, archived: bool) -> Iterator[Owner]:
        after = ""
        while True:
            # As text: the library would send Python's "True".
            page = {"limit": _OWNERS_MOST, "archived": str(archived).lower()} | ({"after": after} if after else {})
            people = self._portal.call(self._portal.owners.get_page, _people, **page)
            yield from (person.owner(active=not archived) for person in people.results)
            following = people.paging.after if people.paging else ""
            if not following or following == after:
                return
            after = following


class _Schema(msgspec.Struct, rename="camel"):
    object_type_id: str


class _Person(msgspec.Struct, rename="camel"):
    id: str
    email: str | None = ""
    first_name: str | None = ""
    last_name: str | None = ""
    type: str = "PERSON"

    def owner(self, *, active: bool) -> Owner:
        """As our own value."""
        name = f"{self.first_name or ''} {self.last_name or ''}".strip()
        return Owner(self.id, name, self.email or "", active, queue=self.type == "QUEUE")


class _People(msgspec.Struct):
    results: list[_Person]
    paging: Paging | None = None


def _type_id(answer: Answer) -> str:
    return msgspec.json.decode(answer.body, type=_Schema).object_type_id


def _people(answer: Answer) -> _People:
    return msgspec.json.decode(answer.body, type=_People)


def _check(names: Sequence[str], place: str) -> None:
    if bad := [name for name in names if not _NAME.fullmatch(name)]:
        raise ConfigError([Problem(place, f"'{name}' cannot be a HubSpot name.", "Mend the mapping.") for name in bad])
