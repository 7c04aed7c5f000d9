"""A pace that all threads of a provider keep together."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class Pace:
    """At most `per_second` starts a second, evenly; None: no limit. `hold` puts everybody's next start off."""

    def __init__(self, per_second: float | None, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._next = clock()

    def wait(self) -> None:
        """Come back when it is this caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._gap
        if turn > now:
            self._sleep(turn - now)

    def hold(self, seconds: float) -> None:
        """Nobody starts before so long; those who have their turn already go on."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
