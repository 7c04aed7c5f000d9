"""The goals of the process (R7), and whether what was found reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from leadrelay.core.trial.measures import Share

GOALS: Mapping[str, float] = {"response": 0.90, "conversion": 0.30, "accuracy": 0.90, "meetings": 0.50}
"""Where the playbook names none. Process R7; the share of leads that are to be answered in time is ours."""
RESPONSE = timedelta(hours=24)
"""Business time within which a lead is to be answered, where the playbook says nothing else."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What is to be exceeded. `response`: the share of leads that are answered `within` so much business time."""

    within: timedelta = RESPONSE
    response: float = GOALS["response"]
    conversion: float = GOALS["conversion"]
    accuracy: float = GOALS["accuracy"]
    meetings: float = GOALS["meetings"]

    def judged(self, found: Mapping[str, Share]) -> tuple[Target, ...]:
        """What was found, by the name of the goal, beside the goals."""
        return tuple(Target(name, getattr(self, name), share) for name, share in found.items())


@dataclass(frozen=True, slots=True)
class Target:
    """A goal and what was found. `sure`: the 95 % interval lies wholly on one side of the goal."""

    name: str
    goal: float
    found: Share

    @property
    def met(self) -> bool | None:
        """Whether what was found is above the goal; None where there is nothing to tell by."""
        return None if self.found.value is None else self.found.value > self.goal

    @property
    def sure(self) -> bool:
        """Whether more leads would hardly change that."""
        low, high = self.found.interval
        return not low <= self.goal <= high
