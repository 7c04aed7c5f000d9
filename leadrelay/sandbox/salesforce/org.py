"""One org: its store, its people, its settings, and who its API user is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadrelay.sandbox.credentials import SF_USERNAME
from leadrelay.sandbox.salesforce import ids, objects, setup_state
from leadrelay.sandbox.salesforce.fields import visible
from leadrelay.sandbox.salesforce.hidden import Hidden
from leadrelay.sandbox.salesforce.late import LateEdits
from leadrelay.sandbox.salesforce.rules import Rules
from leadrelay.sandbox.store import Column, Store, stamp


@dataclass
class Org:
    """What every handler gets. `cursors` are the open query results (see query.py), `late` the edits not yet seen.

    `closed`: object types that the API user may not see.
    """

    store: Store
    url_of: Callable[[], str]
    cursors: dict[str, Any] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    late: LateEdits = field(default_factory=LateEdits)
    closed: set[str] = field(default_factory=set)
    hidden: Hidden = field(init=False)

    def __post_init__(self) -> None:
        self.hidden = Hidden(self.store)
        self.store.db.create_function("fold", 1, _fold, deterministic=True)

    def now(self) -> datetime:
        return self.store.clock.now()

    def visible(self, object_name: str) -> dict[str, Column]:
        """The fields of an object that the API user may see, by lower-case name."""
        return visible(self.store, object_name)

    def sees(self, object_name: str) -> bool:
        """Whether there is such an object type for the API user."""
        if object_name in self.closed:
            return False
        if object_name == "CurrencyType":
            return bool(self.setting(setup_state.SEVERAL, False))
        return object_name not in {"DuplicateRule", "ObjectPermissions"} or setup_state.may(self.store, "ViewSetup")

    def user_id(self) -> str:
        """The id of the API user."""
        return user_id(self.store)

    def forget(self) -> None:
        """Drop what lives beside the store, as a reset does."""
        self.cursors.clear()
        self.rules.clear()
        self.late.clear()
        self.hidden.clear()
        self.closed.clear()

    def setting(self, name: str, default: Any = None) -> Any:
        """A switch of the org, kept in the store under `setting:NAME`."""
        return self.store.recall(f"setting:{name}", default)


def _fold(text: object) -> str | None:
    """Text without case, in every script: what comparison by SOQL goes by."""
    return None if text is None else str(text).lower()


def user_id(store: Store) -> str:
    """The id of the integration user as whom all API calls are made."""
    found = store.select('SELECT "Id" FROM "User" WHERE "Username" = ?', (SF_USERNAME,))
    return str(found[0]["Id"])


def prepare(store: Store, *, bare: bool = False) -> None:
    """Create the org: objects, people, queues, the lead assignment rule. An older state gets new objects only.

    `bare`: without the fields that leadrelay owns.
    """
    with store.transaction():
        objects.create_tables(store, bare=bare)
        if not store.recall("prepared"):
            _add_people(store)
            _add_setup(store)
            store.remember("prepared", True)
        setup_state.prepare(store, user_id(store))


_PEOPLE = [
    ("Integration", "User", "Marketing operations", "System Administrator", True),
    ("Ada", "Okafor", "Sales development", "Standard User", True),
    ("Ben", "Lindqvist", "Sales development", "Standard User", True),
    ("Chiara", "Moretti", "Sales development", "Standard User", True),
    ("Dmitri", "Sokolov", "Account executive", "Standard User", True),
    ("Emi", "Tanaka", "Account executive", "Standard User", True),
    ("Farid", "Haddad", "Sales manager", "Standard User", True),
    ("Greta", "Nilsson", "Sales development", "Standard User", False),
]
_QUEUES = [("Inbound Leads", "Inbound_Leads"), ("Nurture", "Nurture")]


def _add_people(store: Store) -> None:
    profiles = dict(zip(("System Administrator", "Standard User"), ids.take(store, "Profile", 2), strict=True))
    people = ids.take(store, "User", len(_PEOPLE))
    manager = people[6]
    _add(
        store,
        people[0],
        "Profile",
        *({"Id": key, "Name": name, "UserType": "Standard"} for name, key in profiles.items()),
    )
    for key, (first, last, title, profile, active) in zip(people, _PEOPLE, strict=True):
        address = f"{first}.{last}@sandbox.example".lower()
        person = {
            "Id": key,
            "Username": SF_USERNAME if key == people[0] else address,
            "Email": SF_USERNAME if key == people[0] else address,
            "FirstName": first,
            "LastName": last,
            "Alias": (first[0] + last)[:8].lower(),
            "Title": title,
            "ProfileId": profiles[profile],
            "IsActive": int(active),
            "ManagerId": None if key in {people[0], manager} else manager,
            "CompanyName": "Sandbox Discovery",
            "UserType": "Standard",
            "TimeZoneSidKey": "Europe/London",
            "LocaleSidKey": "en_US",
            "EmailEncodingKey": "UTF-8",
            "LanguageLocaleKey": "en_US",
        }
        _add(store, people[0], "User", person)


def _add_setup(store: Store) -> None:
    admin = user_id(store)
    queues = ids.take(store, "Group", len(_QUEUES))
    _add(store, admin, "Group", *(_queue(key, *names) for key, names in zip(queues, _QUEUES, strict=True)))
    _add(store, admin, "Organization", _organization(ids.take(store, "Organization")[0]))
    rule = ids.take(store, "AssignmentRule")[0]
    _add(store, admin, "AssignmentRule", {"Id": rule, "Name": "Standard", "SobjectType": "Lead", "Active": 1})
    store.remember("setting:lead_assignment", {"rule": rule, "owner": queues[0]})
    _add(store, admin, "LeadStatus", *_statuses(store))
    _add_permission_set(store, admin)


def _queue(key: str, name: str, developer_name: str) -> dict[str, Any]:
    return {"Id": key, "Name": name, "DeveloperName": developer_name, "Type": "Queue"}


def _organization(key: str) -> dict[str, Any]:
    return {
        "Id": key,
        "Name": "Sandbox Discovery",
        "Country": "GB",
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "LR1S",
        "IsSandbox": 1,
        "DefaultLeadAccess": "ReadEditTransfer",
        "DefaultContactAccess": "Edit",
        "DefaultLocaleSidKey": "en_US",
        "TimeZoneSidKey": "Europe/London",
        "LanguageLocaleKey": "en_US",
        "FiscalYearStartMonth": 1,
    }


def _statuses(store: Store) -> list[dict[str, Any]]:
    names = store.columns("Lead")["status"].meta["picklistValues"]
    return [
        {
            "Id": key,
            "MasterLabel": name,
            "ApiName": name,
            "SortOrder": place,
            "IsDefault": int(place == 1),
            "IsConverted": int(name == "Closed - Converted"),
        }
        for place, (key, name) in enumerate(zip(ids.take(store, "LeadStatus", len(names)), names, strict=True), 1)
    ]


def _add_permission_set(store: Store, admin: str) -> None:
    key = ids.take(store, "PermissionSet")[0]
    _add(store, admin, "PermissionSet", {"Id": key, "Name": "Integration", "Label": "Integration", "IsCustom": 1})
    link = {
        "Id": ids.take(store, "PermissionSetAssignment")[0],
        "PermissionSetId": key,
        "AssigneeId": admin,
        "IsActive": 1,
    }
    _add(store, admin, "PermissionSetAssignment", link)


def _add(store: Store, admin: str, name: str, *rows: Mapping[str, Any]) -> None:
    now = stamp(store.clock.now().replace(microsecond=0))
    stamps = {"CreatedDate": now, "CreatedById": admin, "LastModifiedDate": now, "LastModifiedById": admin}
    known = {column.name: 0 for column in store.columns(name).values() if column.kind == "boolean"}
    store.insert(name, [{**known, **stamps, "SystemModstamp": now, **row} for row in rows], "setup", silent=True)
