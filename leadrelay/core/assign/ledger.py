"""Who is entitled to how much, and who received how much, across all runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LEAD = 2**30
"""Shares are whole numbers of this part of a lead: sums are exact in whatever order and however often they are kept.

As floats in leads they stay exact up to 8 million leads a rep.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one rep was entitled to and received within one team, in leads and in value.

    `last`: the number of the team's choice that gave the last lead; 0 for none yet.
    """

    entitled: float = 0.0
    received: int = 0
    entitled_value: float = 0.0
    received_value: float = 0.0
    last: int = 0

    @property
    def balance(self) -> float:
        """How many leads the rep is behind the share; below zero: ahead of it."""
        return self.entitled - self.received

    @property
    def balance_value(self) -> float:
        """The same by value."""
        return self.entitled_value - self.received_value


NOTHING = Entry()


@dataclass(frozen=True)
class Ledger:
    """Every entry, by team and the CRM's id of the owner."""

    entries: Mapping[tuple[str, str], Entry]

    def entry(self, team: str, owner: str) -> Entry:
        """What is known of a rep; nothing of a new one."""
        return self.entries.get((team, owner), NOTHING)

    def of(self, team: str) -> Mapping[str, Entry]:
        """The entries of a team, by owner."""
        return {owner: entry for (name, owner), entry in self.entries.items() if name == team}

    def changed(self, before: Ledger) -> Iterator[tuple[str, str, Entry]]:
        """What differs from an earlier state: team, owner, entry."""
        for (team, owner), entry in self.entries.items():
            if before.entry(team, owner) != entry:
                yield team, owner, entry


EMPTY = Ledger({})
