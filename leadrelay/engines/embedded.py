"""One process: Polars' own threads, and two pieces at a time, so that one is read while the other is decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from leadrelay.engines.base import Engine, Errand, T
from leadrelay.engines.manifest import Piece
from leadrelay.errors import LeadrelayError


class Embedded(Engine):
    """The engine of one machine. `at_once`: pieces in memory at a time."""

    def __init__(self, at_once: int = 2) -> None:
        self._at_once = at_once

    def send(self, errand: Errand[T], pieces: Sequence[Piece]) -> Iterator[tuple[Piece, T | LeadrelayError]]:
        """What came of the errand, in the order of the pieces."""
        pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="leadrelay")
        try:
            yield from zip(pieces, pool.map(errand, pieces), strict=True)
        finally:
            pool.shutdown(cancel_futures=True)

    def close(self) -> None:
        """Nothing outlives what was sent."""
