"""The vendors' books: every look-up that was carried out, what it was about, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One look-up. `credits`: what it was billed with; 0 where it was free."""

    seq: int
    at: str
    vendor: str
    endpoint: str
    asked: Mapping[str, str]
    found: bool
    credits: int

    def shown(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "at": self.at,
            "vendor": self.vendor,
            "endpoint": self.endpoint,
            "asked": dict(self.asked),
            "found": self.found,
            "credits": self.credits,
        }


class Ledger:
    """Kept in memory, and never but by a reset forgotten."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._times: Counter[tuple[Any, ...]] = Counter()
        self._billed: Counter[tuple[Any, ...]] = Counter()
        self._spent: Counter[str] = Counter()

    def add(self, at: str, vendor: str, endpoint: str, asked: Mapping[str, str], *, found: bool, cost: int) -> None:
        """Write one look-up down, with the credits that it costs."""
        self._entries.append(Entry(len(self._entries) + 1, at, vendor, endpoint, asked, found, cost))
        key = (vendor, endpoint, *sorted(asked.items()))
        self._times[key] += 1
        if cost:
            self._billed[key] += 1
            self._spent[vendor] += cost

    def spent(self, vendor: str) -> int:
        """The credits that a vendor has billed."""
        return self._spent[vendor]

    def paid_before(self, vendor: str, endpoint: str, asked: Mapping[str, str]) -> bool:
        """Whether the very same look-up was billed already."""
        return (vendor, endpoint, *sorted(asked.items())) in self._billed

    def shown(self, after: int, limit: int) -> dict[str, Any]:
        """The sums, those that were asked more than once, and the entries after a number."""
        return {
            **_sums(self._entries),
            "distinct": len(self._times),
            "duplicates": sum(count - 1 for count in self._times.values()),
            "billed_twice": sum(count - 1 for count in self._billed.values()),
            "vendors": {name: _sums([e for e in self._entries if e.vendor == name]) for name in self._vendors()},
            "repeated": [self._repeated(key, count) for key, count in self._times.items() if count > 1][:limit],
            "entries": [entry.shown() for entry in self._entries[after : after + limit]],
        }

    def clear(self) -> None:
        """Begin anew."""
        for counted in (self._entries, self._times, self._billed, self._spent):
            counted.clear()

    def _vendors(self) -> list[str]:
        return sorted({entry.vendor for entry in self._entries})

    def _repeated(self, key: tuple[Any, ...], count: int) -> dict[str, Any]:
        vendor, endpoint, *asked = key
        told = {"vendor": vendor, "endpoint": endpoint, "asked": dict(asked)}
        return {**told, "times": count, "billed": self._billed[key]}


def _sums(entries: list[Entry]) -> dict[str, int]:
    return {
        "lookups": len(entries),
        "hits": sum(entry.found for entry in entries),
        "billed": sum(entry.credits > 0 for entry in entries),
        "credits": sum(entry.credits for entry in entries),
    }
