"""How an org is set up, as its own objects tell it: currencies, time zone, duplicate rules, the user's permissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leadrelay.sandbox.salesforce import fields, ids
from leadrelay.sandbox.salesforce.errors import SalesforceError
from leadrelay.sandbox.salesforce.setup_fields import CURRENCIES, CURRENCY_FIELD, PERMISSIONS, SHARING, WITH_CURRENCY
from leadrelay.sandbox.store import Store, stamp

TAKES: Mapping[str, str] = {
    "FieldPermissions": "ManageProfilesPermissionsets",
    "ObjectPermissions": "ManageProfilesPermissionsets",
    "PermissionSet": "ManageProfilesPermissionsets",
    "PermissionSetAssignment": "AssignPermissionSets",
}
"""What it takes to write these objects, by the help pages of the permissions. How a refusal reads is a guess."""

SEVERAL, CURRENCY, ZONE, ACCESS = "several_currencies", "currency", "time_zone", "lead_access"
"""Names of settings."""


def prepare(store: Store, admin: str) -> None:
    """What an org tells of itself. Duplicate rules end with the process, and so do their records."""
    _catch_up(store)
    store.db.execute("DELETE FROM DuplicateRule")
    if not store.select('SELECT "Id" FROM "UserPermissionAccess"'):
        flags = {f"Permissions{name}": int(granted) for name, granted in PERMISSIONS.items()}
        _add(store, admin, "UserPermissionAccess", {**flags, "LastCacheUpdate": stamp(store.clock.now())})
    if not store.select('SELECT "Id" FROM "ObjectPermissions"'):
        parent = store.select('SELECT "Id" FROM "PermissionSet"')[0]["Id"]
        flags = {f"Permissions{verb}": 1 for verb in ("Create", "Read", "Edit", "Delete")}
        _add(store, admin, "ObjectPermissions", {"ParentId": parent, "SobjectType": "Lead", **flags})
    if not store.select('SELECT "Id" FROM "CurrencyType"'):
        for code, rate in CURRENCIES.items():
            digits = 0 if code == "JPY" else 2
            kept = {"IsoCode": code, "ConversionRate": rate, "DecimalPlaces": digits, "IsActive": 1}
            _add(store, admin, "CurrencyType", {**kept, "IsCorporate": int(rate == 1.0)})


def _catch_up(store: Store) -> None:
    """Fields that an older state has not."""
    later = [("Organization", column) for column in fields.parse(SHARING)]
    later += [(name, column) for name in WITH_CURRENCY for column in fields.parse(CURRENCY_FIELD, granted=False)]
    for name, column in later:
        if column.name.lower() not in store.columns(name):
            store.add_column(name, column)


def may(store: Store, permission: str) -> bool:
    """Whether the API user has a permission."""
    return bool(store.select('SELECT * FROM "UserPermissionAccess"')[0][f"Permissions{permission}"])


def expect(store: Store, permission: str, object_name: str) -> None:
    """Refuse what takes a permission that the API user has not."""
    if not may(store, permission):
        raise SalesforceError(403, "INSUFFICIENT_ACCESS", f"insufficient access rights on entity: {object_name}")


def permit(store: Store, permission: str, *, granted: bool) -> None:
    """Give the API user a permission, or take it."""
    values = (int(granted), stamp(store.clock.now()))
    store.db.execute(f'UPDATE "UserPermissionAccess" SET "Permissions{permission}" = ?, "LastCacheUpdate" = ?', values)


def tell_rule(store: Store, admin: str, object_name: str) -> None:
    """A duplicate rule was made. How it acts is in its metadata only."""
    number = len(store.select('SELECT "Id" FROM "DuplicateRule" WHERE "SobjectType" = ?', (object_name,))) + 1
    label = f"{object_name} Duplicate Rule {number}"
    told = {"SobjectType": object_name, "MasterLabel": label, "DeveloperName": label.replace(" ", "_"), "IsActive": 1}
    _add(store, admin, "DuplicateRule", {**told, "Language": "en_US", "SobjectSubtype": "None"})


def forget_rules(store: Store, object_name: str) -> None:
    """The duplicate rules of an object type are gone."""
    store.db.execute('DELETE FROM "DuplicateRule" WHERE "SobjectType" = ?', (object_name,))


def follow(store: Store, name: str, value: Any) -> None:
    """What a turned setting changes in the org."""
    with store.transaction():
        if name == ZONE:
            store.db.execute('UPDATE "Organization" SET "TimeZoneSidKey" = ?', (value,))
        if name == ACCESS:
            store.db.execute('UPDATE "Organization" SET "DefaultLeadAccess" = ?', (value,))
        if name == CURRENCY:
            _count_in(store, value)
        if name == SEVERAL:
            _show_currencies(store, shown=bool(value))


def _count_in(store: Store, code: str) -> None:
    """Another corporate currency: "the system reconfigures all conversion rates" on it."""
    for known, rate in CURRENCIES.items():
        values = (rate / CURRENCIES[code], int(known == code), known)
        store.db.execute(
            'UPDATE "CurrencyType" SET "ConversionRate" = ?, "IsCorporate" = ? WHERE "IsoCode" = ?', values
        )


def _show_currencies(store: Store, *, shown: bool) -> None:
    """With several currencies every record says its own; those that are there get the corporate one.

    https://help.salesforce.com/s/articleView?id=sf.admin_enable_multicurrency_implications.htm
    """
    code = store.recall(f"setting:{CURRENCY}", "USD")
    for name in WITH_CURRENCY:
        column = store.columns(name)["currencyisocode"]
        meta = {**column.meta, "granted": shown, "defaultValue": code if shown else None, "defaultedOnCreate": shown}
        store.change_column(name, replace(column, meta=meta))
        if shown:
            store.db.execute(f'UPDATE "{name}" SET "CurrencyIsoCode" = coalesce("CurrencyIsoCode", ?)', (code,))


def _add(store: Store, admin: str, name: str, row: Mapping[str, Any]) -> None:
    now = stamp(store.clock.now().replace(microsecond=0))
    columns = {column.name for column in store.columns(name).values()}
    stamps = {"CreatedDate": now, "CreatedById": admin, "LastModifiedDate": now, "LastModifiedById": admin}
    known = {column.name: 0 for column in store.columns(name).values() if column.kind == "boolean"}
    kept = {key: value for key, value in {**stamps, "SystemModstamp": now}.items() if key in columns}
    store.insert(name, [{**known, **kept, "Id": ids.take(store, name)[0], **row}], "setup", silent=True)
