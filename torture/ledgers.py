"""L6: a ledger adds up: what was received are the assignments that count, and what was earned is what was received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from torture.evidence import Books, Row

COUNTED = frozenset({"fair", "expertise", "person"})
"""How an owner was found who has an entry for it."""

GIVEN_BACK = frozenset({"rejected", "recycled", "disqualified", "reassigned", "moved", "inactive", "undone", "gone"})
"""Ends that take the entry back."""

CLOSE = 1e-6


def wrong(books: Books) -> Iterator[tuple[str, str]]:
    """Record and words."""
    yield from _open_twice(books.assignments)
    yield from _received(books)
    yield from _entitled(books.ledger)


def _open_twice(assignments: Sequence[Row]) -> Iterator[tuple[str, str]]:
    for lead, count in Counter(row["lead"] for row in assignments if row["ended_at"] is None).items():
        if count > 1:
            yield lead, f"belongs to {count} owners at once by the books"


def _received(books: Books) -> Iterator[tuple[str, str]]:
    members = {(row["team"], row["owner"]) for row in books.ledger}
    counted = Counter(row["team"] for row in books.assignments if _counts(row, members))
    received: Counter[str] = Counter()
    for row in books.ledger:
        received[row["team"]] += row["received"]
    for team in sorted(counted.keys() | received.keys()):
        if counted[team] != received[team]:
            yield "", f"{team} received {received[team]} leads by its ledger, {counted[team]} by its assignments"


def _counts(row: Row, members: set[tuple[str, str]]) -> bool:
    """Whom a person chose, or another installation, may be outside of the team, and has no entry then."""
    chosen = row["via"] in COUNTED and (row["team"], row["owner"]) in members
    return chosen and (row["ended_at"] is None or row["ended"] not in GIVEN_BACK)


def _entitled(ledger: Sequence[Row]) -> Iterator[tuple[str, str]]:
    owed: Counter[str] = Counter()
    for row in ledger:
        owed[row["team"]] += row["entitled"] - row["received"]
    for team, balance in sorted(owed.items()):
        if abs(balance) > CLOSE:
            yield "", f"team {team} earned {balance:+.6f} leads more than it received"
