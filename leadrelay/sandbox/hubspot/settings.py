"""What a test or a benchmark may change about the portal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Settings:
    """The limits of a Professional account; None switches a limit off.

    `shuffle_batches`: batch results come in an order of their own, as the real ones may; match them by id.
    """

    per_ten_seconds: int | None = 190
    per_day: int | None = 625_000
    searches_per_second: int | None = 5
    shuffle_batches: bool = False
