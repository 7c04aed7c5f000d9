"""What a run asked of each provider, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from leadrelay.enrichers.base import Answer, Found
from leadrelay.jobs.enriching.sources import money


@dataclass(slots=True)
class Tally:
    """Look-ups of one provider. `kept`: answered from the journal. `spent`: in millionths of `unit`.

    `saved_calls`, `saved`: not made, since whatever they told would change nothing; what they might have cost.
    `over_budget`: not made, since the budget was used up. `down`: why nothing more was asked of it; "" where it works.
    """

    unit: str = ""
    asked: int = 0
    hits: int = 0
    misses: int = 0
    failed: int = 0
    kept: int = 0
    spent: int = 0
    saved_calls: int = 0
    saved: int = 0
    over_budget: int = 0
    down: str = ""

    @property
    def busy(self) -> bool:
        """Whether there is anything to tell: it was asked, or had answered, or was not asked for a reason."""
        return bool(self.asked or self.kept or self.saved_calls or self.over_budget or self.down)

    def count(self, answers: Iterable[Answer]) -> None:
        """What came back."""
        for answer in answers:
            self.asked += 1
            self.hits += answer.found is Found.HIT
            self.misses += answer.found is Found.MISS
            self.failed += answer.found is Found.FAILED
            self.spent += answer.cost

    def to_json(self) -> dict[str, Any]:
        """As `run --json` prints it."""
        return {
            "asked": self.asked,
            "hits": self.hits,
            "misses": self.misses,
            "failed": self.failed,
            "kept": self.kept,
            "spent": money(self.spent),
            "unit": self.unit,
            "saved_calls": self.saved_calls,
            "saved": money(self.saved),
            "over_budget": self.over_budget,
            "down": self.down,
        }
