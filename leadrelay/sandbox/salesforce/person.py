"""What people do in the CRM's own pages: edit a record, delete and restore it, convert a lead, merge records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from leadrelay.sandbox.salesforce import ids, merging, objects
from leadrelay.sandbox.salesforce.attempt import attempt
from leadrelay.sandbox.salesforce.errors import SalesforceError, not_found
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.schema import Values
from leadrelay.sandbox.salesforce.writes import Caller, Writer, result
from leadrelay.sandbox.store import Row


class People:
    """Carries out `/_sandbox/edit`. An edit in the pages runs no assignment rule unless its box is ticked."""

    def __init__(self, org: Org, writer: Writer) -> None:
        self._org = org
        self._writer = writer

    def edit(self, name: str, key: str, fields: Mapping[str, Any], actor: str, *, late: float = 0.0) -> dict[str, Any]:
        """`{"IsDeleted": true}` deletes, `false` restores, `{"IsConverted": true}` converts a lead; all else edits.

        `late`: seconds until anybody sees it. As in a long transaction, nobody else can write the record until then.
        """
        kind, found = objects.find(self._org.store, name), ids.normalize(key)
        if kind is None or found is None or not found.startswith(kind.prefix):
            raise not_found()
        if late:
            self._later(kind, found, fields, actor, late)
        else:
            with self._org.store.transaction():
                self._carry_out(kind, found, fields, self.caller(actor))
        return result(found)

    def settle(self) -> None:
        """Bring the late edits to light whose time has come, each with the stamps of when it was made."""
        now = self._org.now()
        if not self._org.late.any_due(now):
            return
        store = self._org.store
        with store.transaction():
            for late in self._org.late.due(now):
                caller = self.caller(late.actor, late.made)
                try:
                    with store.transaction():
                        self._carry_out(objects.named(store, late.name), late.key, late.fields, caller)
                except SalesforceError as error:
                    store.note(late.actor, "rolled back", late.name, late.key, "", None, error.code)

    def merge(self, kind: ObjectType, master: str, losers: Sequence[str], actor: str) -> None:
        with self._org.store.transaction():
            merging.merge(self._org, self._writer, kind, master, losers, self.caller(actor))

    def convert(self, lead: str, opportunity: str, actor: str) -> None:
        """Convert a lead, with an opportunity of that name."""
        with self._org.store.transaction():
            self._convert(objects.OBJECTS["Lead"], lead, self.caller(actor), opportunity)

    def create(self, name: str, fields: Mapping[str, Any], actor: str) -> str:
        """Add a record in the pages."""
        with self._org.store.transaction():
            values = self._writer.schemas.of(name, people=True).read(fields)
            return self._writer.create(objects.named(self._org.store, name), values, self.caller(actor))

    def caller(self, actor: str, made: datetime | None = None) -> Caller:
        """A person, as the writer wants to know one."""
        return Caller(actor, self._user(actor), api=False, made=made)

    def _later(self, kind: ObjectType, key: str, fields: Mapping[str, Any], actor: str, late: float) -> None:
        """Try the edit now, so that its refusal is told, and keep it for its time."""
        now, locks = self._org.now(), self._org.rules.locks
        with attempt(self._org.store) as tried:
            self._carry_out(kind, key, fields, self.caller(actor, now))
            tried.failed = True
        locks[key] = max(now + timedelta(seconds=late), locks.get(key, now))
        self._org.late.add(now, locks[key], kind.name, key, fields, actor)

    def _carry_out(self, kind: ObjectType, key: str, fields: Mapping[str, Any], caller: Caller) -> None:
        act = self._special(kind, fields)
        if act is not None:
            act(kind, key, caller)
        else:
            self._writer.update(kind, key, self._writer.schemas.of(kind.name, people=True).read(fields), caller)

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

    def _convert(self, _: ObjectType, key: str, caller: Caller, opportunity: str = "") -> None:
        """Make an account and a contact of a lead, and an opportunity where it has a name, as the page lets one do."""
        lead = self._writer.existing(objects.OBJECTS["Lead"], key)
        # An update that changes nothing refuses what cannot be changed: deleted and converted leads.
        self._writer.update(objects.OBJECTS["Lead"], key, {}, caller, lead)
        owner = {"OwnerId": lead["OwnerId"]} if (lead["OwnerId"] or "").startswith("005") else {}
        account = self._writer.create(objects.OBJECTS["Account"], {"Name": lead["Company"], **owner}, caller)
        contact = self._writer.create(
            objects.OBJECTS["Contact"], {**_contact(lead), "AccountId": account, **owner}, caller
        )
        stamps = self._writer.touched("Lead", caller)
        converted: Values = {
            "IsConverted": 1,
            "Status": self._converted_status(),
            "ConvertedDate": stamps["LastModifiedDate"][:10],
            "ConvertedAccountId": account,
            "ConvertedContactId": contact,
            **stamps,
        }
        if opportunity:
            converted["ConvertedOpportunityId"] = self._opportunity(opportunity, account, owner, caller)
        store = self._org.store
        store.update("Lead", key, converted, caller.actor)
        self._writer.track("Lead", key, lead, converted, caller)
        store.note(caller.actor, "convert", "Lead", key, "ConvertedContactId", None, contact)
        for name in objects.ACTIVITIES:
            moved = {"WhoId": contact, "AccountId": account, "SystemModstamp": stamps["SystemModstamp"]}
            for child in store.select(f'SELECT * FROM "{name}" WHERE WhoId = ? AND IsDeleted = 0', (key,)):
                store.update(name, child["Id"], moved, caller.actor, child)
        for note in store.select("SELECT * FROM Note WHERE ParentId = ? AND IsDeleted = 0", (key,)):
            store.update("Note", note["Id"], {"ParentId": contact}, caller.actor, note)

    def _opportunity(self, name: str, account: str, owner: Values, caller: Caller) -> str:
        closes = (self._org.now() + timedelta(days=90)).date().isoformat()
        values = {"Name": name, "AccountId": account, "StageName": "Prospecting", "CloseDate": closes, **owner}
        return self._writer.create(objects.OBJECTS["Opportunity"], values, caller)

    def _converted_status(self) -> str:
        found = self._org.store.db.execute("SELECT MasterLabel FROM LeadStatus WHERE IsConverted = 1").fetchone()
        return str(found[0])


def _contact(lead: Row) -> Values:
    names = ("FirstName", "LastName", "Salutation", "Email", "Phone", "MobilePhone", "Title", "LeadSource")
    return {name: lead[name] for name in names if lead.get(name)}
