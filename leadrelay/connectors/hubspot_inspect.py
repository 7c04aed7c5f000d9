"""A HubSpot portal as a whole, in few calls: the token's own scopes are asked for instead of trying each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from leadrelay.connectors.base import FieldInfo, Guarantee, Once, Owner
from leadrelay.connectors.hubspot_account import Account, rates
from leadrelay.connectors.hubspot_claims import Ledger
from leadrelay.connectors.hubspot_describe import described
from leadrelay.connectors.hubspot_scopes import SEEN, granted, lacking, tried
from leadrelay.connectors.hubspot_wire import Forbidden, Portal
from leadrelay.connectors.inspection import PARTS, Currencies, Inspection
from leadrelay.connectors.moments import stamp
from leadrelay.connectors.people import Lack
from leadrelay.connectors.transport import Answer, Rejection

T = TypeVar("T")

_Properties = Mapping[str, Mapping[str, FieldInfo] | None]
"""By object; None where they are not told."""
_TEST = frozenset({"DEVELOPER_TEST", "SANDBOX", "APP_DEVELOPER"})
"""https://developers.hubspot.com/docs/api-reference/latest/account/account-information/get-account-details"""


@dataclass(slots=True)
class _Notes:
    """What is refused on the way."""

    lacks: list[Lack] = field(default_factory=list)

    def tell(self, ask: Callable[[], T], otherwise: T, what: str) -> T:
        """What is asked for; where it is refused, a lack is noted, and what stands for it given."""
        try:
            return ask()
        except Forbidden as no:
            self.lacks.append(Lack(f"the token may not {what}.", no.cure))
        except Rejection as no:
            self.lacks.append(Lack(f"HubSpot does not let the token {what} ({no.code}).", "Check its scopes."))
        return otherwise


class Inspector:
    """Looks at one portal."""

    def __init__(
        self,
        portal: Portal,
        object_type: str,
        tasks: Ledger,
        notes: Ledger,
        owners: Callable[[], Sequence[Owner]],
        details: Callable[[], Account],
    ) -> None:
        self._portal = portal
        self._type = object_type
        self._tasks = tasks
        self._notes = notes
        self._owners = owners
        self._details = details

    def inspect(self, parts: Collection[str], related: Sequence[str]) -> Inspection:
        """Ten calls for everything with one related object; one more where there are several currencies."""
        wanted, noted = PARTS & set(parts), _Notes()
        scopes = granted(self._portal) if wanted & {"granted", "lacks"} else None
        portal = self._details()
        fields = described(self._portal, self._type) if "fields" in wanted else {}
        ofs = {name: self._properties(noted, name) for name in self._described(wanted, related)}
        records = noted.tell(self._count, None, f"search {self._type}") if "records" in wanted else None
        notes = noted.tell(lambda: self._of_notes(ofs), None, "read associations of notes")
        guarantee = self._guarantee(noted, ofs, notes) if "guarantee" in wanted else None
        lacks = self._lacks(scopes, notes, read=records is not None) if "lacks" in wanted else ()
        return Inspection(
            kind="hubspot",
            object=self._type,
            organisation=str(portal.portal_id),
            organisation_name=portal.portal_name or "",
            test=portal.account_type in _TEST,
            zone=portal.time_zone or "",
            currencies=self._currencies(noted, portal) if "currencies" in wanted else Currencies(),
            fields=fields,
            task_fields=(ofs.get("tasks") or {}) if "task_fields" in wanted else {},
            related={name: found for name in related if (found := ofs.get(name)) and "related" in wanted},
            owners=noted.tell(self._people, None, "read owners: none can be checked") if "owners" in wanted else None,
            granted=scopes if "granted" in wanted else None,
            guarantee=guarantee,
            records=records,
            usage=self._portal.transport.usage if "usage" in wanted else None,
            lacks=(*lacks, *noted.lacks),
            taken_at=stamp(datetime.now(UTC)),
        )

    def _described(self, wanted: AbstractSet[str], related: Sequence[str]) -> list[str]:
        """Objects beside the lead object whose properties are needed."""
        names = ["tasks"] if wanted & {"task_fields", "guarantee"} else []
        names += ["notes"] if wanted & {"guarantee", "lacks"} and self._notes.key else []
        return list(dict.fromkeys([*names, *(related if "related" in wanted else ())]))

    def _properties(self, noted: _Notes, name: str) -> Mapping[str, FieldInfo] | None:
        return noted.tell(lambda: described(self._portal, name), None, f"see the properties of {name}")

    def _people(self) -> tuple[Owner, ...] | None:
        return tuple(self._owners())

    def _currencies(self, noted: _Notes, portal: Account) -> Currencies:
        several, company = bool(portal.additional_currencies), portal.company_currency or ""
        if not several:
            return Currencies(company)
        none: dict[str, float] = {}
        found = noted.tell(lambda: rates(self._portal, company), none, "read exchange rates")
        return Currencies(company, several=True, rates={**found, company: 1.0} if found else {})

    def _guarantee(self, noted: _Notes, ofs: _Properties, notes: Guarantee | None) -> Guarantee | None:
        """As the connector tells it, with the properties that are known by now; that of notes is not tried.

        None where tasks are out of sight.
        """
        if self._tasks.key and ofs.get("tasks") is None:
            return None
        self._tasks.learn(_key(ofs, "tasks", self._tasks.key))
        found = noted.tell(self._tasks.guarantee, None, "read tasks: no lead can be handed off")
        wait = notes.wait_seconds if notes else 0.0
        if found is None or found.once is Once.NEVER:
            return found
        return replace(found, wait_seconds=max(found.wait_seconds, wait))

    def _lacks(self, scopes: Collection[str] | None, notes: Guarantee | None, *, read: bool) -> list[Lack]:
        """`read`: whether the lead object's records were; what stands under the same scope need not be tried."""
        known = SEEN[self._type][0] if self._type in SEEN else ""
        left = {kind: told for kind, told in SEEN.items() if told[0] != known}
        beside = () if read else lacking({scope for scope, _ in left.values()})
        found = [*tried(self._portal, left), *beside] if scopes is None else list(lacking(scopes))
        return [*found, Lack(notes.message, notes.cure)] if notes and notes.once is not Once.CLAIM else found

    def _of_notes(self, ofs: _Properties) -> Guarantee | None:
        return self._notes.foreseen(_key(ofs, "notes", self._notes.key)) if ofs.get("notes") is not None else None

    def _count(self) -> int | None:
        request: dict[str, Any] = {"filterGroups": [], "properties": ["hs_object_id"], "limit": 1}
        return self._portal.find(self._type, request, _total)


def _key(ofs: _Properties, name: str, key: str) -> FieldInfo | None:
    return (ofs.get(name) or {}).get(key)


class _Total(msgspec.Struct):
    total: int


def _total(answer: Answer) -> int:
    return msgspec.json.decode(answer.body, type=_Total).total
