"""What the choice of owners leads to on one page, and everybody who had one lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from leadrelay.connectors.people import Firm
from leadrelay.core.assign.ledger import Entry
from leadrelay.core.assign.matching import company_domain
from leadrelay.core.assign.values import Credit
from leadrelay.core.changes import Withheld
from leadrelay.state.values import Assignment


@dataclass(frozen=True, slots=True)
class Owned:
    """Who gets a lead, and what tells it. `field`: the lead's field for the owner, "" where it holds them already.

    `reason`: the field for the line `why`, "" for none.
    """

    owner: str
    field: str = ""
    reason: str = ""
    why: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """What goes into the lead's record."""
        told = {self.reason: self.why} if self.reason else {}
        return {self.field: self.owner, **told} if self.field else {}


@dataclass
class Given:
    """What one page leads to. `owned`: by lead, whose it is to be; `withheld`: leads that nobody can be found for.

    `assignments`: new and changed ones, `ledger`: changed entries, both to be promised. `assigned`, `returned`: counts.
    `credits`: by lead, what it does to the ledger, where that is noted.
    """

    owned: dict[str, Owned] = field(default_factory=dict)
    assignments: list[Assignment] = field(default_factory=list)
    withheld: dict[str, Withheld] = field(default_factory=dict)
    ledger: Mapping[tuple[str, str], Entry] = field(default_factory=dict)
    assigned: int = 0
    returned: int = 0
    credits: dict[str, list[Credit]] = field(default_factory=dict)

    @property
    def leads(self) -> frozenset[str]:
        """Those whose owner is a matter of this page."""
        return frozenset(one.lead for one in self.assignments)


@dataclass(frozen=True, slots=True)
class HandedOff:
    """The hand-off that an owner is chosen for: its epoch and its key. `found`: it was there before."""

    epoch: str
    key: str
    found: bool = False


class Story:
    """Everybody who had one lead, and what is added on this page."""

    def __init__(self, history: Sequence[Assignment], now: datetime) -> None:
        self._rows = {one.number: one for one in history}
        self._last = max(self._rows, default=0)
        self._now = now
        self.changed: dict[int, Assignment] = {}

    @property
    def open(self) -> Assignment | None:
        """Whose lead it is."""
        last = self._rows.get(self._last)
        return last if last and last.is_open else None

    def end(self, why: str) -> None:
        """It is not theirs any more."""
        if self.open:
            self._keep(self.open.end(why, self._now))

    def begin(self, fresh: Assignment) -> None:
        """Somebody gets it."""
        self._last += 1
        self._keep(replace(fresh, number=self._last))

    def hand(self, handed: HandedOff) -> None:
        """It is handed off to who has it."""
        if self.open:
            self._keep(replace(self.open, handed=handed.epoch, key=handed.key))

    def _keep(self, one: Assignment) -> None:
        self._rows[one.number] = self.changed[one.number] = one


def firm(lead: Mapping[str, Any]) -> Firm | None:
    """The company that a lead says it belongs to; None where it says nothing."""
    domain, name = company_domain(lead.get("website"), lead.get("email")), lead.get("company") or ""
    return Firm(lead["id"], domain, name) if domain or name else None
