"""Who received how many leads, beside what each was entitled to (R5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Received:
    """One rep of one team, since the ledger began.

    `load`: open leads now, None where nobody counts them. `capacity`: None for no limit. `known`: whether the roster
    has the rep still.
    """

    team: str
    owner: str
    entitled: float
    received: float
    entitled_value: float = 0.0
    received_value: float = 0.0
    load: int | None = None
    capacity: int | None = None
    known: bool = True

    @property
    def difference(self) -> float:
        """How many leads more than entitled to."""
        return self.received - self.entitled
