"""What a run may not take from the air."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadrelay.jobs.reading import Nobody, Watch

_ROUNDS = 3
"""How often a lead that changes under our hands is decided anew within a run, before the next run's turn comes."""

_MOMENT = 1.1
"""Seconds after which a change that was made in the second of our reading has a stamp that tells it from the next."""


@dataclass(frozen=True)
class Surroundings:
    """The time, a wish to stop, who looks on, and how to wait a moment."""

    now: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False
    watch: Watch = field(default_factory=Nobody)
    sleep: Callable[[float], None] = time.sleep

    def once_more(self, left: list[str], again: Callable[[Sequence[str]], list[str]]) -> list[str]:
        """Leads that changed under our hands, `again` and again, each time after a moment; those left in the end."""
        for _ in range(_ROUNDS):
            if not left or self.stopping():
                break
            self.sleep(_MOMENT)
            left = again(left)
        return left
