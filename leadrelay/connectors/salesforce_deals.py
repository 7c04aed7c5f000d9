"""The opportunities of contacts in Salesforce: by the roles that they have in them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from leadrelay.connectors import soql
from leadrelay.connectors.moments import in_form
from leadrelay.connectors.salesforce_batch import Questions
from leadrelay.connectors.transport import Rejection

_ROLE = "OpportunityContactRole"
_COLUMNS = ("ContactId", "CreatedDate")
_FULL = (*_COLUMNS, "Opportunity.CreatedDate")


class _Opportunity(msgspec.Struct, rename="pascal"):
    created_date: str


class _Role(msgspec.Struct, rename="pascal"):
    contact_id: str
    created_date: str
    opportunity: _Opportunity | None = None

    @property
    def at(self) -> str:
        """When the opportunity was created; out of sight, when the contact got its role."""
        return in_form(self.opportunity.created_date if self.opportunity else self.created_date)


class Deals:
    """Asks one organisation."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def of_contacts(self, contacts: Sequence[str]) -> dict[str, str]:
        """By contact, when its first opportunity was created; contacts without any are absent."""
        found: dict[str, str] = {}
        for role in self._roles(contacts):
            found[role.contact_id] = min(found.get(role.contact_id, role.at), role.at)
        return found

    def _roles(self, contacts: Sequence[str]) -> list[_Role]:
        try:
            rows = list(self._questions.rows(_queries(_FULL, contacts)))
        except Rejection as no:
            if no.code not in {"INVALID_FIELD", "INVALID_TYPE"}:
                raise
            rows = list(self._questions.seen(_queries(_COLUMNS, contacts)))
        return [msgspec.json.decode(row, type=_Role) for row in rows]


def _queries(columns: Sequence[str], contacts: Sequence[str]) -> list[str]:
    frame = soql.select(_ROLE, columns)
    return [soql.select(_ROLE, columns, soql.one_of(part, "ContactId")) for part in soql.parts(contacts, frame)]
