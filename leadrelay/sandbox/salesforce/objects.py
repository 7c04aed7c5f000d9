"""The object types of an org: how they are called and what the API may do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from leadrelay.sandbox.salesforce import fields, further_fields, ids, setup_fields, standard_fields
from leadrelay.sandbox.store import Column, Store


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object type. `writable` and `deletable` are what its describe says of it.

    `key_prefix`: how the ids of a custom object begin.
    """

    name: str
    label: str
    plural: str
    writable: bool = True
    deletable: bool = True
    key_prefix: str = ""

    @property
    def prefix(self) -> str:
        return self.key_prefix or ids.PREFIXES[self.name]

    @property
    def custom(self) -> bool:
        """Whether an admin made it."""
        return bool(self.key_prefix)


_ALL = [
    ObjectType("Account", "Account", "Accounts"),
    ObjectType("AssignmentRule", "Assignment Rule", "Assignment Rules", writable=False, deletable=False),
    ObjectType("Contact", "Contact", "Contacts"),
    ObjectType("CurrencyType", "Currency Type", "Currency Types", writable=False, deletable=False),
    ObjectType("DuplicateRule", "Duplicate Rule", "Duplicate Rules", writable=False, deletable=False),
    ObjectType("Event", "Event", "Events"),
    ObjectType("FieldPermissions", "Field Permissions", "Field Permissions"),
    ObjectType("Group", "Group", "Groups"),
    ObjectType("Lead", "Lead", "Leads"),
    ObjectType("LeadHistory", "Lead History", "Lead History", writable=False, deletable=False),
    ObjectType("LeadStatus", "Lead Status Value", "Lead Status Values", writable=False, deletable=False),
    ObjectType("Note", "Note", "Notes"),
    ObjectType("ObjectPermissions", "Object Permissions", "Object Permissions"),
    ObjectType("Opportunity", "Opportunity", "Opportunities"),
    ObjectType("OpportunityContactRole", "Opportunity Contact Role", "Opportunity Contact Roles"),
    ObjectType("Organization", "Organization", "Organizations", writable=False, deletable=False),
    ObjectType("PermissionSet", "Permission Set", "Permission Sets"),
    ObjectType("PermissionSetAssignment", "Permission Set Assignment", "Permission Set Assignments"),
    ObjectType("Profile", "Profile", "Profiles", writable=False, deletable=False),
    ObjectType("Task", "Task", "Tasks"),
    ObjectType("User", "User", "Users", deletable=False),
    ObjectType(
        "UserPermissionAccess", "User Permission Access", "User Permission Access", writable=False, deletable=False
    ),
]
OBJECTS = {kind.name: kind for kind in _ALL}
_BY_LOWER = {kind.name.lower(): kind for kind in _ALL}

ACTIVITIES = ("Task", "Event")
"""Custom fields of tasks and events are defined once, on Activity, and permitted on each."""

CUSTOM_PREFIX = "a"
"""How the ids of all custom objects begin."""

_CUSTOM = "custom objects"

_INDEXES: dict[str, Sequence[str]] = {
    "Contact": ["Email COLLATE NOCASE"],
    "Event": ["WhoId"],
    "Lead": ["Email COLLATE NOCASE"],
    "LeadHistory": ["LeadId"],
    "Note": ["ParentId"],
    "Task": ["WhoId"],
}


def find(store: Store, name: str) -> ObjectType | None:
    """The object type of that name, in whatever case."""
    found = _BY_LOWER.get(name.lower())
    if found is None and name.lower().endswith("__c"):
        return next((kind for kind in custom(store) if kind.name.lower() == name.lower()), None)
    return found


def named(store: Store, name: str) -> ObjectType:
    """The object type of that exact name, which is there."""
    return OBJECTS.get(name) or next(kind for kind in custom(store) if kind.name == name)


def custom(store: Store) -> list[ObjectType]:
    """The objects that admins of the org made."""
    return [ObjectType(**known) for known in store.recall(_CUSTOM, [])]


def every(store: Store) -> list[ObjectType]:
    """All object types of the org, by name."""
    return sorted([*_ALL, *custom(store)], key=lambda kind: kind.name)


def definition_of(kind: ObjectType) -> str:
    """The id of an object that an admin made, as part of the org's set-up."""
    return ids.make("01I", int(kind.prefix[1:]) + 1)


def keep_custom(store: Store, kind: ObjectType) -> None:
    """Remember an object that an admin made."""
    store.remember(_CUSTOM, [*store.recall(_CUSTOM, []), asdict(kind)])


def of_record(store: Store, key: str) -> str | None:
    """The name of the object type of an id."""
    found = ids.object_of(key)
    if found is None and key.startswith(CUSTOM_PREFIX):
        return next((kind.name for kind in custom(store) if kind.prefix == key[:3]), None)
    return found


def create_tables(store: Store, *, bare: bool = False) -> None:
    """Add every object type with its fields; the covering index serves `ORDER BY SystemModstamp, Id`.

    `bare`: without the fields that leadrelay owns.
    """
    for name in OBJECTS:
        columns = [_computed(name, column) for column in _columns(name) if not (bare and is_own(column.name))]
        deleted = ", IsDeleted" if any(column.name == "IsDeleted" for column in columns) else ""
        stamped = any(column.name == "SystemModstamp" for column in columns)
        covering = [f"SystemModstamp, Id{deleted}"] if stamped else []
        store.create(name, columns, [*covering, *_INDEXES.get(name, [])])
        for column in columns:
            if column.meta["custom"]:
                add_index(store, name, column)


def is_own(name: str) -> bool:
    """Whether a field is one of leadrelay's."""
    return name.startswith("Leadrelay_")


def add_index(store: Store, name: str, column: Column) -> None:
    """What identifies records is looked up at every insert and upsert."""
    if column.meta["unique"] or column.meta["externalId"]:
        index = f"{name}:{column.name}"
        store.db.execute(f'CREATE INDEX IF NOT EXISTS "{index}" ON "{name}" ("{column.name}" COLLATE NOCASE)')


def drop_index(store: Store, name: str, column: str) -> None:
    """A column with an index on it cannot be dropped."""
    store.db.execute(f'DROP INDEX IF EXISTS "{name}:{column}"')


def _columns(name: str) -> list[Column]:
    columns = fields.parse({**standard_fields.TABLES, **further_fields.TABLES, **setup_fields.TABLES}[name])
    if name == "Organization":
        columns += fields.parse(setup_fields.SHARING)
    if name in setup_fields.WITH_CURRENCY:
        columns += fields.parse(setup_fields.CURRENCY_FIELD, granted=False)
    if name == "Lead":
        for column in fields.parse(standard_fields.LEAD_CUSTOM, custom=True):
            label = column.name.removesuffix("__c").replace("_", " ")
            columns.append(replace(column, meta={**column.meta, "label": label}))
    if name in ACTIVITIES:
        hidden = {"granted": False, "by_permission": True} if name == "Event" else {}
        columns += fields.parse(standard_fields.ACTIVITY_CUSTOM, custom=True, **hidden)
    return columns


def _computed(name: str, column: Column) -> Column:
    prefix = standard_fields.ADDRESSES.get((name, column.name))
    formula = standard_fields.FORMULAS.get((name, column.name)) if prefix is None else _address(prefix)
    return replace(column, meta={**column.meta, "formula": formula}) if formula else column


def _address(prefix: str) -> str:
    parts = ("city", "country", "postalCode", "state", "street")
    pairs = ", ".join(f"'{part}', {{t}}.{prefix}{part[0].upper()}{part[1:]}" for part in parts)
    empty = " AND ".join(f"{{t}}.{prefix}{part[0].upper()}{part[1:]} IS NULL" for part in parts)
    return (
        f"CASE WHEN {empty} THEN NULL ELSE json_object({pairs},"
        " 'geocodeAccuracy', NULL, 'latitude', NULL, 'longitude', NULL) END"
    )
