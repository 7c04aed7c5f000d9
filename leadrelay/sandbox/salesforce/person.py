"""What people do in the CRM's own pages: edit a record, delete and restore it, convert a lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leadrelay.sandbox.salesforce import ids, objects
from leadrelay.sandbox.salesforce.errors import not_found
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.schema import Values
from leadrelay.sandbox.salesforce.writes import Caller, Writer, result, whole_second
from leadrelay.sandbox.store import Row


class People:
    """Carries out `/_sandbox/edit`. An edit in the pages runs no assignment rule unless its box is ticked."""

    def __init__(self, org: Org, writer: Writer) -> None:
        self._org = org
        self._writer = writer

    def edit(self, name: str, key: str, fields: Mapping[str, Any], actor: str) -> dict[str, Any]:
        """`{"IsDeleted": true}` deletes, `false` restores, `{"IsConverted": true}` converts a lead; all else edits."""
        kind, found = objects.find(name), ids.normalize(key)
        if kind is None or found is None or ids.object_of(found) != kind.name:
            raise not_found()
        caller = Caller(actor, self._user(actor))
        with self._org.store.transaction():
            act = self._special(kind, fields)
            if act is not None:
                act(kind, found, caller)
            else:
                values = self._writer.schemas.of(kind.name).read(fields)
                self._writer.update(kind, found, values, caller)
        return result(found)

    def _special(self, kind: ObjectType, fields: Mapping[str, Any]) -> Callable[[ObjectType, str, Caller], None] | None:
        match {name.lower(): value for name, value in fields.items()}:
            case {"isdeleted": bool(deleted), **rest} if not rest:
                return self._writer.delete if deleted else self._writer.restore
            case {"isconverted": True, **rest} if not rest and kind.name == "Lead":
                return self._convert
        return None

    def _user(self, actor: str) -> str:
        """The user of that name, or any active one but the integration user."""
        sql = (
            'SELECT Id FROM "User" WHERE Id <> ?1 AND IsActive = 1'
            " ORDER BY ?2 NOT IN (Username, FirstName || ' ' || LastName), Id LIMIT 1"
        )
        return str(self._org.store.db.execute(sql, (self._org.user_id(), actor)).fetchone()[0])

    def _convert(self, _: ObjectType, key: str, caller: Caller) -> None:
        """Make an account and a contact of a lead; an opportunity is left out, as the page lets one do."""
        lead = self._writer.existing(objects.OBJECTS["Lead"], key)
        # An update that changes nothing refuses what cannot be changed: deleted and converted leads.
        self._writer.update(objects.OBJECTS["Lead"], key, {}, caller, lead)
        owner = {"OwnerId": lead["OwnerId"]} if (lead["OwnerId"] or "").startswith("005") else {}
        account = self._writer.create(objects.OBJECTS["Account"], {"Name": lead["Company"], **owner}, caller)
        contact = self._writer.create(
            objects.OBJECTS["Contact"], {**_contact(lead), "AccountId": account, **owner}, caller
        )
        now = whole_second(self._org.now())
        converted: Values = {
            "IsConverted": 1,
            "Status": self._converted_status(),
            "ConvertedDate": now[:10],
            "ConvertedAccountId": account,
            "ConvertedContactId": contact,
            "SystemModstamp": now,
            "LastModifiedDate": now,
        }
        self._org.store.update("Lead", key, converted, caller.actor)

    def _converted_status(self) -> str:
        found = self._org.store.db.execute("SELECT MasterLabel FROM LeadStatus WHERE IsConverted = 1").fetchone()
        return str(found[0])


def _contact(lead: Row) -> Values:
    names = ("FirstName", "LastName", "Salutation", "Email", "Phone", "MobilePhone", "Title", "LeadSource")
    return {name: lead[name] for name in names if lead.get(name)}
