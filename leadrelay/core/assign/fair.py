"""The fair choice within one team: each lead entitles its candidates to their shares, and one of them receives it.

The same leads give the same answers wherever the stream is cut: all that decides is in whole numbers, or is added up
in the order of the leads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadrelay.core.assign.ledger import LEAD, NOTHING, Entry
from leadrelay.core.assign.line import Line, Pool, most_owed

WORTH_A_LINE = 4
"""So many leads in a row for the same candidates pay for putting these in line."""


class Turns:
    """A team's account while leads are given. Members go by their place in `owners`: roster order.

    `by_value`: the value of leads is evened out instead of their number, where a lead has a value.
    """

    def __init__(self, weights: Mapping[str, float], entries: Mapping[str, Entry], *, by_value: bool = False) -> None:
        gone = sorted(owner for owner in entries if owner not in weights)
        self.owners = (*weights, *gone)
        self.place = {owner: place for place, owner in enumerate(self.owners)}
        self._weights = [*weights.values()]
        self._by_value = by_value
        known = [entries.get(owner, NOTHING) for owner in self.owners]
        self._entitled = [round(entry.entitled * LEAD) for entry in known]
        self._received = [entry.received for entry in known]
        self._entitled_value = [entry.entitled_value for entry in known]
        self._received_value = [entry.received_value for entry in known]
        self._last = [entry.last for entry in known]
        self._given = max(self._last, default=0)
        self._pools: dict[tuple[int, ...], Pool] = {}
        self._line: Line | None = None
        self._pool: Pool | None = None
        self._in_a_row = 0

    def pool(self, places: Sequence[int]) -> Pool:
        """The candidates at these places; there has to be one."""
        key = tuple(places)
        if key not in self._pools:
            self._pools[key] = Pool.of(key, self._weights)
        return self._pools[key]

    def balance(self, place: int) -> float:
        """How many leads one is behind the entitlement."""
        return self._owed(place) / LEAD

    def choose(self, pool: Pool, value: float) -> int:
        """The place of who gets the next lead, which is entered for all."""
        place = self._by_value_of(pool, value) if self._by_value else self._by_count_of(pool, value)
        self._received[place] += 1
        self._received_value[place] += value
        self._given += 1
        self._last[place] = self._given
        if self._line:
            self._line.gave(place)
        return place

    def enter(self, pool: Pool, place: int, value: float) -> None:
        """Somebody else gave a lead to the one at this place."""
        self._book(pool, place, value, 1)

    def give_back(self, pool: Pool, place: int, value: float) -> None:
        """A lead that was given comes back: it counts for nobody any more, and all are entitled to less."""
        self._book(pool, place, value, -1)

    def nearest(self, pool: Pool, most: int) -> list[int]:
        """The candidates whose turn comes next."""
        if self._line and self._line.pool is pool:
            return self._line.nearest(most)
        return sorted(pool.places, key=lambda place: self._rank(pool, place))[:most]

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """The account as it is now, by owner."""
        self._dissolve()
        for place, owner in enumerate(self.owners):
            yield (
                owner,
                Entry(
                    self._entitled[place] / LEAD,
                    self._received[place],
                    self._entitled_value[place],
                    self._received_value[place],
                    self._last[place],
                ),
            )

    # -- by count -----------------------------------------------------------------------------------------------------

    def _by_count_of(self, pool: Pool, value: float) -> int:
        if self._pool is not pool:
            self._dissolve()
            self._pool, self._in_a_row = pool, 0
        self._in_a_row += 1
        if self._line is None and self._in_a_row > WORTH_A_LINE:
            self._line = Line(pool, {place: self._owed(place) for place in pool.places}, self._last)
        if self._line:
            self._line.value += value
            return self._line.next()
        self._entitle(pool, 1, value)
        return self._tijdeman(pool)

    def _tijdeman(self, pool: Pool) -> int:
        """As `Line.next`, for one lead."""
        entitled, received, last, shares = self._entitled, self._received, self._last, pool.shares
        best: tuple[int, int, int] | None = None
        for place in pool.places:
            owed = entitled[place] - received[place] * LEAD
            if owed >= pool.ready:
                key = (pool.late_in(owed, shares[place]), last[place], place)
                if best is None or key < best:
                    best = key
        if best and best[0] >= 0:
            return best[2]
        return most_owed(pool.places, self._owed, last)

    def _rank(self, pool: Pool, place: int) -> tuple[int, int, int, int]:
        """The order of the line."""
        owed, share = self._owed(place), pool.shares[place]
        if owed >= pool.ready:
            return 0, pool.late_in(owed, share), self._last[place], place
        return 1, pool.open_in(owed, share), 0, place

    def _owed(self, place: int) -> int:
        if self._line and place in self._line.pool.shares:
            return self._line.balance(place)
        return self._entitled[place] - self._received[place] * LEAD

    # -- by value -----------------------------------------------------------------------------------------------------

    def _by_value_of(self, pool: Pool, value: float) -> int:
        """A lead that nobody knows the value of evens out the number."""
        self._entitle(pool, 1, value)
        if value <= 0:
            return self._tijdeman(pool)
        return most_owed(pool.places, self._owed_value, self._last)

    def _owed_value(self, place: int) -> float:
        return self._entitled_value[place] - self._received_value[place]

    # -- the account --------------------------------------------------------------------------------------------------

    def _book(self, pool: Pool, place: int, value: float, leads: int) -> None:
        self._dissolve()
        self._entitle(pool, leads, leads * value)
        self._received[place] += leads
        self._received_value[place] += leads * value

    def _entitle(self, pool: Pool, leads: int, value: float) -> None:
        entitled, valued, part = self._entitled, self._entitled_value, value / LEAD
        for place, share in pool.shares.items():
            entitled[place] += leads * share
            valued[place] += part * share

    def _dissolve(self) -> None:
        """Enter what the line has come to."""
        line, self._line, self._pool = self._line, None, None
        if line:
            self._entitle(line.pool, line.leads, line.value)
