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

MOST_KEPT = 1_000
"""Sets of candidates that are kept for the next lead that has them: members who gave a lead up make many."""

Key = tuple[float, int, int]


class Turns:
    """A team's account while leads are given. Members go by their place in `owners`: roster order.

    `weights`: of the members. Whoever has an account and is no member any more stands behind them; what they were owed,
    or had too much, is shared by those who are left. `by_value`: the value of leads is evened out instead of their
    number, where a lead has a value.
    """

    def __init__(self, weights: Mapping[str, float], entries: Mapping[str, Entry], *, by_value: bool = False) -> None:
        gone = sorted(owner for owner in entries if owner not in weights)
        self.owners = (*weights, *gone)
        self.place = {owner: place for place, owner in enumerate(self.owners)}
        self._weights = [*weights.values()]
        self._by_value = by_value
        known = [entries.get(owner, NOTHING) for owner in self.owners]
        self._received = [entry.received for entry in known]
        self._owed = [round(entry.entitled * LEAD) - entry.received * LEAD for entry in known]
        self._entitled_value = [entry.entitled_value for entry in known]
        self._received_value = [entry.received_value for entry in known]
        self._last = [entry.last for entry in known]
        self._given = max(self._last, default=0)
        self._pools: dict[tuple[int, ...], Pool] = {}
        self._line: Line | None = None
        self._pool: Pool | None = None
        self._in_a_row = 0
        self._queue: list[Key] = []
        self._unentered: dict[tuple[int, ...], float] = {}
        self.valued = False
        self._settle(len(gone))

    def pool(self, places: Sequence[int]) -> Pool:
        """The candidates at these places; there has to be one."""
        key = tuple(places)
        if len(self._pools) >= MOST_KEPT:
            self._enter_values()
            self._pools.clear()
        if key not in self._pools:
            self._pools[key] = Pool.of(key, self._weights)
        return self._pools[key]

    def choose(self, pool: Pool, value: float) -> int:
        """The place of who gets the next lead, which is entered for all. `valued`, from then on: by its value."""
        self.valued = self._by_value and value > 0
        place = self._by_value_of(pool, value) if self._by_value else self._by_count_of(pool, value)
        self._given += 1
        self._last[place] = self._given
        self._receive(place, 1, value)
        if self._line:
            self._line.gave(place)
        return place

    def enter(self, pool: Pool, place: int, value: float) -> None:
        """Somebody else gave a lead to the one at this place."""
        self._book(pool, place, value, 1)

    def give_back(self, pool: Pool, place: int, value: float) -> None:
        """A lead that was given comes back: it counts for nobody any more, and all are entitled to less."""
        self._book(pool, place, value, -1)

    def chosen(self, pool: Pool, place: int, value: float) -> None:
        """What a choice made elsewhere gave to the one at this place."""
        self._book(pool, place, value, 1)
        self._given += 1
        self._last[place] = self._given

    def balances(self, places: Sequence[int]) -> list[float]:
        """How many leads each is behind the entitlement; where the last lead was `valued`, how much value.

        After a choice, of its candidates; else of anybody.
        """
        if self.valued:
            return [self._behind(place) for place in places]
        if self._line:
            return [owed / LEAD for owed in self._line.balances(places)]
        owed = self._owed
        return [owed[place] / LEAD for place in places]

    def nearest(self, pool: Pool, chosen: int, most: int) -> list[int]:
        """The candidates whose turn comes next, after the one who was chosen just now."""
        if self._line:
            return [place for place in self._line.nearest(most + 1) if place != chosen][:most]
        found = [key[2] for key in sorted(self._queue) if key[2] != chosen]
        if len(found) < most and len(self._queue) < len(pool.places):
            ready, owed = {chosen, *found}, self._owed
            waiting = [place for place in pool.places if place not in ready]
            found += sorted(waiting, key=lambda place: (pool.open_in(owed[place], pool.shares[place]), place))
        return found[:most]

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """The account as it is now, by owner."""
        self._dissolve()
        self._enter_values()
        for place, owner in enumerate(self.owners):
            received = self._received[place]
            entitled = received + self._owed[place] / LEAD
            values = self._entitled_value[place], self._received_value[place]
            yield owner, Entry(entitled, received, *values, self._last[place])

    # -- by count -----------------------------------------------------------------------------------------------------

    def _by_count_of(self, pool: Pool, value: float) -> int:
        if self._pool is not pool:
            self._dissolve()
            self._pool, self._in_a_row = pool, 0
        self._in_a_row += 1
        if self._line is None and self._in_a_row > WORTH_A_LINE:
            self._line = Line(pool, {place: self._owed[place] for place in pool.places}, self._last)
        self._unentered[pool.places] = self._unentered.get(pool.places, 0.0) + value
        return self._line.next() if self._line else self._tijdeman(pool)

    def _tijdeman(self, pool: Pool) -> int:
        """As `Line.next`, for one lead."""
        owed, last, queue = self._owed, self._last, list[Key]()
        ready, most = pool.ready, pool.most
        for place, share in pool.shares.items():
            owed[place] = mine = owed[place] + share
            if mine >= ready:
                queue.append(((most - mine) // share, last[place], place))
        self._queue = queue
        first = min(queue, default=None)
        if first and first[0] >= -1:  # -1: with this lead one has waited too long; below: with an earlier one
            return first[2]
        return most_owed(pool, owed, last)

    # -- by value -----------------------------------------------------------------------------------------------------

    def _by_value_of(self, pool: Pool, value: float) -> int:
        """A lead that nobody knows the value of evens out the number."""
        if not self.valued:
            return self._tijdeman(pool)
        owed, last, part, queue = self._owed, self._last, value / LEAD, list[Key]()
        entitled, received = self._entitled_value, self._received_value
        for place, share in pool.shares.items():
            owed[place] += share
            entitled[place] = mine = entitled[place] + part * share
            queue.append((received[place] - mine, last[place], place))
        self._queue = queue
        return min(queue)[2]

    def _behind(self, place: int) -> float:
        return self._entitled_value[place] - self._received_value[place]

    # -- the account --------------------------------------------------------------------------------------------------

    def _settle(self, gone: int) -> None:
        """Else what is owed to those who are here would add up to what those who left had too much."""
        members = len(self._weights)
        if not gone or not members:
            return
        pool, left = self.pool(range(members)), sum(self._owed[members:])
        parts = {place: left * share // LEAD for place, share in pool.shares.items()}
        parts[0] += left - sum(parts.values())
        for place, part in parts.items():
            self._owed[place] += part
        self._owed[members:] = [0] * gone
        if value := sum(map(self._behind, range(members, members + gone))):
            self._entitle_value(pool, value)
            self._entitled_value[members:] = self._received_value[members:]

    def _book(self, pool: Pool, place: int, value: float, leads: int) -> None:
        self._dissolve()
        if place >= len(self._weights):  # who left is owed nothing for it, and nobody has had too much
            self._received[place] += leads
            self._received_value[place] += leads * value
            self._entitled_value[place] += leads * value
            return
        self._entitle(pool, leads)
        self._entitle_value(pool, leads * value)
        self._receive(place, leads, leads * value)

    def _receive(self, place: int, leads: int, value: float) -> None:
        self._received[place] += leads
        self._received_value[place] += value
        if not self._line:
            self._owed[place] -= leads * LEAD

    def _entitle(self, pool: Pool, leads: int) -> None:
        owed = self._owed
        for place, share in pool.shares.items():
            owed[place] += leads * share

    def _entitle_value(self, pool: Pool, value: float) -> None:
        valued, part = self._entitled_value, value / LEAD
        for place, share in pool.shares.items():
            valued[place] += part * share

    def _enter_values(self) -> None:
        for places, value in self._unentered.items():
            self._entitle_value(self._pools.get(places) or Pool.of(places, self._weights), value)
        self._unentered = {}

    def _dissolve(self) -> None:
        """Enter what the line has come to."""
        line, self._line, self._pool = self._line, None, None
        if line:
            for place in line.pool.places:
                self._owed[place] = line.balance(place)
