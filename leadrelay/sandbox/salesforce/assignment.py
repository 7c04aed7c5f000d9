"""The lead assignment rule: it runs on every create and update of a lead that does not say otherwise.

https://developer.salesforce.com/docs/platform/api-rest/guide/headers-autoassign.html
"""

from __future__ import annotations

from leadrelay.sandbox.salesforce import ids
from leadrelay.sandbox.salesforce.errors import bad
from leadrelay.sandbox.store import Row, Store

ACTOR = "assignment rule"


class Assignment:
    """Sends leads to the queue that the setting `lead_assignment` names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def named(self, header: str) -> str | None:
        """The rule that `Sforce-Auto-Assign` asks for: the active one, one by its id, or none."""
        word = header.strip().upper()
        if word == "FALSE":
            return None
        active = self._store.db.execute(
            "SELECT Id FROM AssignmentRule WHERE Active = 1 AND SobjectType = 'Lead'"
        ).fetchone()
        if word == "TRUE":
            return active[0] if active else None
        key = ids.normalize(header.strip())
        if key is None or self._store.get("AssignmentRule", key) is None:
            raise bad("INVALID_CROSS_REFERENCE_KEY", f"invalid assignment rule: {header}")
        return key

    def run(self, lead: str, row: Row, rule: str) -> str | None:
        """Give the lead to the rule's queue, whoever owned it; the new owner, where it has one."""
        setting = self._store.recall("setting:lead_assignment") or {}
        owner = setting.get("owner")
        if owner and setting.get("rule") == rule and row.get("OwnerId") != owner:
            self._store.update("Lead", lead, {"OwnerId": owner}, ACTOR, {"OwnerId": row.get("OwnerId")})
            return str(owner)
        return None
