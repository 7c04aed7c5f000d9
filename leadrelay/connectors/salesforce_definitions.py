"""Custom fields and the permission set, by the Tooling API and by plain records: found, made, changed, removed.

https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-fieldpermissions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from leadrelay.connectors import soql
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_query import Reader
from leadrelay.connectors.transport import Answer, Rejection
from leadrelay.errors import Refused

ACTIVITY = "Activity"
"""Where the custom fields of tasks and events are defined."""

_SUFFIX = "__c"
_FIELDS = "tooling/sobjects/CustomField"
_SETS, _GRANTS, _ASSIGNMENTS = "PermissionSet", "FieldPermissions", "PermissionSetAssignment"
_TWICE = frozenset({"DUPLICATE_VALUE", "DUPLICATE_DEVELOPER_NAME"})
_NO_RIGHT = frozenset(
    {
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "INVALID_TYPE",
        "HTTP_403",
    }
)
_EXPORT = "or write files that an administrator deploys: `leadrelay setup CONNECTION --export DIR`"
_RIGHTS: Mapping[str, tuple[str, ...]] = {
    "field": ("create custom fields", "Customize Application"),
    "permission set": ("create permission sets", "Manage Profiles and Permission Sets"),
    "access": ("grant access to fields", "Manage Profiles and Permission Sets"),
    "assignment": ("assign permission sets", "Assign Permission Sets"),
}
"""By step: what it is, and the permissions that it takes."""

_REMOVAL_RIGHTS: Mapping[str, tuple[str, ...]] = {
    # https://help.salesforce.com/s/articleView?id=platform.fields_purge_deleted_fields.htm
    "field": ("delete custom fields", "Customize Application", "View All Data"),
    "permission set": ("delete permission sets", "Manage Profiles and Permission Sets"),
    "assignment": ("take permission sets from users", "Assign Permission Sets"),
}

_REFERRED = (
    "Something refers to it, such as a layout, a flow or a report: Setup shows what, at the field, under "
    "'Where is this used?'."
)
_FULL = (
    "The object has as many of them as its edition allows. Deleted fields count for 15 days: purge them in Setup, "
    "under Deleted Fields."
)
_CURES: Mapping[str, str] = {
    "CUSTOM_ENTITY_OR_FIELD_LIMIT": _FULL,
    "CUSTOM_FIELD_INDEX_LIMIT_EXCEEDED": _FULL,
    "CUSTOM_CLOB_FIELD_LIMIT_EXCEEDED": _FULL,
    "LIMIT_EXCEEDED": _FULL,
    "DELETE_FAILED": _REFERRED,
    "DEPENDENCY_EXISTS": _REFERRED,
}


@dataclass(frozen=True, slots=True)
class Access:
    """What a user may do with a field."""

    read: bool = False
    edit: bool = False

    def covers(self, needed: Access) -> bool:
        """Whether it is enough."""
        return (self.read or not needed.read) and (self.edit or not needed.edit)


class _Row(msgspec.Struct, rename="pascal"):
    id: str
    developer_name: str = ""
    field: str = ""
    assignee_id: str = ""
    permissions_read: bool = False
    permissions_edit: bool = False


class _Found(msgspec.Struct):
    records: list[_Row]


class _Defined(msgspec.Struct, rename="pascal"):
    metadata: dict[str, Any]


class _Made(msgspec.Struct):
    id: str


class Definitions:
    """What the organisation defines."""

    NAME = "Leadrelay"
    """Of the permission set."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._reader = Reader(account)

    @contextmanager
    def rights(self, what: str, *, removing: bool = False) -> Iterator[None]:
        """A refusal for want of a permission leaves with its name and with the other way."""
        try:
            yield
        except Rejection as no:
            place = self._account.settings.place
            if no.code in _NO_RIGHT:
                deed, *rights = (_REMOVAL_RIGHTS if removing else _RIGHTS)[what]
                needed = " and ".join(f"'{right}'" for right in rights)
                message = f"{place} does not let the API user {deed} ({no.code}). Give it {needed}"
                raise Refused(f"{message}{'' if removing else f', {_EXPORT}'}.") from None
            if no.code in _CURES:
                raise Refused(f"{place} refused the request: {no.code}. {_CURES[no.code]}") from None
            raise

    # -- fields --------------------------------------------------------------------------------------------------------

    def defined(self, names: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], str]:
        """The ids of the custom fields of these names, by table and name in small letters, hidden ones too."""
        return {
            (table.lower(), f"{row.developer_name}{_SUFFIX}".lower()): row.id
            for table, wanted in names.items()
            for row in self._listed(table, wanted)
        }

    def find(self, table: str, name: str) -> str:
        """The id of one; "" where there is none."""
        return self.defined({table: [name]}).get((table.lower(), name.lower()), "")

    def _listed(self, table: str, names: Sequence[str]) -> list[_Row]:
        bases = sorted({name[: -len(_SUFFIX)] for name in names if name.lower().endswith(_SUFFIX)})
        if not bases:
            return []
        # A custom object goes by an id there, and by its name here only.
        column = "EntityDefinition.QualifiedApiName" if table.lower().endswith(_SUFFIX) else "TableEnumOrId"
        where = f"{column} = '{table}' AND {soql.one_of(bases, 'DeveloperName')}"
        query = {"q": soql.select("CustomField", ["Id", "DeveloperName"], where)}
        return self._account.call(lambda client: client.restful("tooling/query/", params=query), _rows)

    def metadata(self, key: str) -> dict[str, Any]:
        """How a field is defined."""
        return self._account.call(
            lambda client: client.restful(f"{_FIELDS}/{key}"),
            lambda answer: msgspec.json.decode(answer.body, type=_Defined).metadata,
        )

    def create(self, full_name: str, metadata: Mapping[str, Any]) -> str:
        """Make a field; the id of the one that is there, where somebody, or an answer that was lost, was faster."""
        body = {"FullName": full_name, "Metadata": metadata}
        try:
            self._account.call(lambda client: client.restful(f"{_FIELDS}/", method="POST", json=body), _made)
        except Rejection as no:
            if no.code not in _TWICE:
                raise
            table, _, name = full_name.partition(".")
            return self.find(table, name)
        return ""

    def change(self, key: str, metadata: Mapping[str, Any]) -> None:
        """Define a field anew."""
        body = {"Metadata": metadata}
        self._account.call(lambda client: client.restful(f"{_FIELDS}/{key}", method="PATCH", json=body), _nothing)

    def drop(self, key: str) -> None:
        """Delete a field."""
        self._account.call(lambda client: client.restful(f"{_FIELDS}/{key}", method="DELETE"), _nothing)

    # -- the permission set --------------------------------------------------------------------------------------------

    def permission_set(self) -> str:
        """Its id; "" where there is none."""
        return next((row.id for row in self._found(_SETS, ["Id"], f"Name = '{self.NAME}'")), "")

    def granted(self, permission_set: str) -> dict[str, Access]:
        """What it grants, by `lead.name__c`."""
        columns = ["Id", "Field", "PermissionsRead", "PermissionsEdit"]
        rows = self._found(_GRANTS, columns, f"ParentId = '{permission_set}'")
        return {row.field.lower(): Access(row.permissions_read, row.permissions_edit) for row in rows}

    def holders(self, permission_set: str) -> dict[str, str]:
        """Its assignments, by user."""
        rows = self._found(_ASSIGNMENTS, ["Id", "AssigneeId"], f"PermissionSetId = '{permission_set}'")
        return {row.assignee_id: row.id for row in rows}

    def create_set(self) -> str:
        """Make it, unless it is there; its id."""
        if found := self.permission_set():
            return found
        told = "What leadrelay reads and writes, and no more. Made by `leadrelay setup`."
        return self._insert(_SETS, {"Name": self.NAME, "Label": self.NAME, "Description": told}) or self._needed()

    def grant(self, target: str, *, edit: bool) -> None:
        """Let its users read a field, or read and edit it. Never less than it grants already."""
        known = self._needed()
        wanted = {"PermissionsRead": True, **({"PermissionsEdit": True} if edit else {})}
        body = {"ParentId": known, "SobjectType": target.partition(".")[0], "Field": target, **wanted}
        if self._insert(_GRANTS, body):
            return
        where = f"ParentId = '{known}' AND Field = '{target}'"
        for row in self._found(_GRANTS, ["Id"], where):
            self._send(f"sobjects/{_GRANTS}/{row.id}", "PATCH", wanted)

    def assign(self, user: str) -> None:
        """Give it to a user."""
        known = self._needed()
        if user not in self.holders(known):
            self._insert(_ASSIGNMENTS, {"PermissionSetId": known, "AssigneeId": user})

    def unassign(self) -> None:
        """Take it from everybody."""
        found = self.permission_set()
        for key in self.holders(found).values() if found else ():
            self._delete(_ASSIGNMENTS, key)

    def drop_set(self) -> None:
        """Delete it, with all that it grants."""
        if found := self.permission_set():
            self._delete(_SETS, found)

    def _needed(self) -> str:
        if found := self.permission_set():
            return found
        message = f"there is no permission set {self.NAME}, or the API user may not see it. Set up again"
        raise Refused(f"{self._account.settings.place}: {message}.")

    # -- records -------------------------------------------------------------------------------------------------------

    def _found(self, object_type: str, columns: Sequence[str], where: str) -> Iterator[_Row]:
        rows = self._reader.rows(soql.select(object_type, columns, where))
        return (msgspec.json.decode(row, type=_Row) for row in rows)

    def _insert(self, object_type: str, body: Mapping[str, Any]) -> str:
        """The id; "" where it is there already."""
        path = f"sobjects/{object_type}/"
        try:
            return self._account.call(lambda client: client.restful(path, method="POST", json=body), _made)
        except Rejection as no:
            if no.code in _TWICE:
                return ""
            raise

    def _send(self, path: str, method: str, body: Mapping[str, Any]) -> None:
        self._account.call(lambda client: client.restful(path, method=method, json=body), _nothing)

    def _delete(self, object_type: str, key: str) -> None:
        """What is gone already is gone."""
        path = f"sobjects/{object_type}/{key}"
        try:
            self._account.call(lambda client: client.restful(path, method="DELETE"), _nothing)
        except Rejection as no:
            if no.status != 404:
                raise


def _rows(answer: Answer) -> list[_Row]:
    return msgspec.json.decode(answer.body, type=_Found).records


def _made(answer: Answer) -> str:
    return msgspec.json.decode(answer.body, type=_Made).id


def _nothing(_: Answer) -> None:
    return None
