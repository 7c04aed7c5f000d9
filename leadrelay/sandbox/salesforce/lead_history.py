"""LeadHistory: what became of the fields of a lead that the org tracks. An owner's change is two rows, names and ids.

https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-leadhistory.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leadrelay.sandbox.salesforce import ids
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.schema import Values
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.store import Row

_Entry = tuple[str, str, Any, Any]


def track(org: Org, lead: str, old: Row, new: Values, user: str, at: str) -> None:
    """Add the entries of one write, by that user, at that moment; none where the org tracks nothing."""
    entries = list(_entries(org, old, new))
    if not entries or not setting(org, "lead_history"):
        return
    rows = [
        {
            "Id": key,
            "IsDeleted": 0,
            "LeadId": lead,
            "CreatedById": user,
            "CreatedDate": at,
            "Field": field,
            "DataType": kind,
            "OldValue": before,
            "NewValue": after,
        }
        for key, (field, kind, before, after) in zip(
            ids.take(org.store, "LeadHistory", len(entries)), entries, strict=True
        )
    ]
    org.store.insert("LeadHistory", rows, "tracking", silent=True)


def bin_with(org: Org, lead: str, *, deleted: bool) -> None:
    """The history of a lead goes into the bin, and out of it, with the lead."""
    org.store.db.execute("UPDATE LeadHistory SET IsDeleted = ? WHERE LeadId = ?", (int(deleted), lead))


def _entries(org: Org, old: Row, new: Values) -> Iterator[_Entry]:
    if "Status" in new and new["Status"] != old.get("Status"):
        yield "Status", "Text", old.get("Status"), new["Status"]
    if "OwnerId" in new and new["OwnerId"] != old.get("OwnerId"):
        before, after = old.get("OwnerId"), new["OwnerId"]
        yield "Owner", "Text", _name(org, before), _name(org, after)
        yield "Owner", "EntityId", before, after
    if new.get("IsConverted") and not old.get("IsConverted"):
        yield "leadConverted", "Text", None, None


def _name(org: Org, owner: Any) -> Any:
    sql = (
        "SELECT FirstName || ' ' || LastName FROM User WHERE Id = ?1 UNION ALL SELECT Name FROM \"Group\" WHERE Id = ?1"
    )
    found = org.store.db.execute(sql, (owner,)).fetchone()
    return found[0] if found else None
