"""Candidates in the order of their turns, while leads for the same candidates follow each other.

R. Tijdeman, The chairman assignment problem, Discrete Mathematics 32 (1980): of those who have earned a certain part of
the next lead, who would be owed almost a whole one first. It keeps everybody within 1 - 1 / (2k - 2) of the
entitlement, where the k candidates are always the same.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from leadrelay.core.assign.ledger import LEAD

Key = tuple[int, int, int]

MANY = 2
"""Leads that somebody is owed, from which on they come one by one."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of a lead: their places in the team, and by place the share of each in a lead.

    The shares are whole parts and add up to `LEAD`. `ready`: who is owed that much may have the next lead. `most`: who
    is owed more than that has waited too long.
    """

    places: tuple[int, ...]
    shares: Mapping[int, int]
    ready: int
    most: int

    @classmethod
    def of(cls, places: Sequence[int], weights: Sequence[float]) -> Pool:
        """`weights`: of the whole team, by place."""
        ready = LEAD // max(2 * len(places) - 2, 1)
        return cls(tuple(places), _shares(places, weights), ready, LEAD - ready)

    def open_in(self, balance: int, share: int) -> int:
        """After how many more leads one may have the next."""
        return -((balance - self.ready) // share)

    def late_in(self, balance: int, share: int) -> int:
        """With which lead from now one has waited too long; 0: with this one, below 0: with one before."""
        return (self.most - balance) // share + 1


def _shares(places: Sequence[int], weights: Sequence[float]) -> dict[int, int]:
    """What rounding leaves over goes to the heaviest; nobody's share is nothing."""
    whole = sum(weights[place] for place in places)
    shares = {place: max(1, int(LEAD * (weights[place] / whole))) for place in places}
    heaviest = max(places, key=lambda place: (weights[place], -place))
    shares[heaviest] += LEAD - sum(shares.values())
    return shares


class Line:
    """One pool, lead after lead. Moments are counted in leads since the line was formed.

    `lasts`: by place of the team, when each received last; it is kept up to date by whoever asks.
    """

    def __init__(self, pool: Pool, balances: Mapping[int, int], lasts: Sequence[int]) -> None:
        self.pool, self.leads = pool, 0
        self._start = dict(balances)
        self._lasts = lasts
        self._ready: list[Key] = []
        self._waiting: list[tuple[int, int]] = []
        for place in pool.places:
            self._enter(place)

    def balance(self, place: int) -> int:
        """How much one is owed now."""
        return self._start[place] + self.pool.shares[place] * self.leads

    def balances(self, places: Sequence[int]) -> list[int]:
        """The same of several."""
        start, shares, leads = self._start, self.pool.shares, self.leads
        return [start[place] + shares[place] * leads for place in places]

    def next(self) -> int:
        """One more lead comes: the place of who gets it. The caller notes when that was, then calls `gave`."""
        self.leads += 1
        waiting = self._waiting
        while waiting and waiting[0][0] <= self.leads:
            self._enter(waiting.pop(0)[1])
        if self._ready and self._ready[0][0] >= self.leads:
            return self._ready.pop(0)[2]
        balances = dict(zip(self.pool.places, self.balances(self.pool.places), strict=True))
        return self._leave(most_owed(self.pool, balances, self._lasts))

    def gave(self, place: int) -> None:
        """Who got the lead stands behind again."""
        self._start[place] -= LEAD
        self._enter(place)

    def nearest(self, most: int) -> list[int]:
        """Whose turn comes next."""
        ready = [key[2] for key in self._ready[:most]]
        return ready + [key[1] for key in self._waiting[: most - len(ready)]]

    def _enter(self, place: int) -> None:
        pool, share, balance = self.pool, self.pool.shares[place], self.balance(place)
        if balance >= pool.ready:
            insort(self._ready, (self.leads + pool.late_in(balance, share), self._lasts[place], place))
        else:
            insort(self._waiting, (self.leads + pool.open_in(balance, share), place))

    def _leave(self, place: int) -> int:
        self._ready = [key for key in self._ready if key[2] != place]
        self._waiting = [key for key in self._waiting if key[1] != place]
        return place


def most_owed(pool: Pool, owed: Mapping[int, int] | Sequence[int], lasts: Sequence[int]) -> int:
    """Of several who are owed the same, the one who has waited longest, then the first of the roster.

    Somebody who is owed many leads, such as those that were returned during an absence, gets every other one at most,
    where that is enough to catch up: a flood helps nobody.
    """
    first = min(_claims(pool.places, owed, lasts))[2]
    in_a_row = lasts[first] == max(lasts) > 0
    if in_a_row and owed[first] > MANY * LEAD and pool.shares[first] <= LEAD // 4:
        return min(_claims([place for place in pool.places if place != first], owed, lasts))[2]
    return first


def _claims(places: Sequence[int], owed: Mapping[int, int] | Sequence[int], lasts: Sequence[int]) -> Iterator[Key]:
    return ((-owed[place], lasts[place], place) for place in places)
