"""L3: walks through the history and knows for every field whose value stands in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torture.evidence import Policy, Row
from torture.families import Families
from torture.values import plain, short

_Place = tuple[str, str, str]
_FREE = "free"
_OURS = "ours"
_AUTOMATIC = "automatic"
_PERSON = "person"


@dataclass(slots=True)
class Cell:
    """A field of a record: whose value stands in it, and what stood there before we wrote, and whose that was.

    `known`: whether a value of ours ever stood in it.
    """

    value: Any
    whose: str
    seq: int = 0
    before: Any = None
    before_whose: str = _FREE
    known: bool = False

    @property
    def ours(self) -> bool:
        return self.whose == _OURS


@dataclass(frozen=True, slots=True)
class _Crossing:
    record: str
    field: str
    seq: int
    words: str


class Walk:
    """Whose value stands where. `crossed`: persons' values that we replaced; `put_back`: those that stood again."""

    def __init__(self, policy: Policy, families: Families) -> None:
        self._policy = policy
        self._families = families
        self._ours = policy.us | policy.proxies
        self._cells: dict[_Place, Cell] = {}
        self._open: dict[_Place, _Crossing] = {}
        self._kept: list[_Crossing] = []
        self._fights: Counter[tuple[_Place, str]] = Counter()
        self.crossed = 0
        self.put_back = 0

    def over(self, history: Sequence[Row]) -> None:
        """Take in the rows, in order."""
        stamps = self._policy.stamps
        for row in history:
            if row["field"] and row["field"] not in stamps and row["action"] in {"create", "update", "merge"}:
                place = (row["object"], short(row["record"]), row["field"])
                if row["action"] != "update":
                    self._created(place, row)
                elif row["actor"] in self._ours:
                    self._by_us(place, row)
                else:
                    self._by_others(place, row)

    def cell(self, record: str, name: str) -> Cell | None:
        """A field of a lead, if it was ever written."""
        return self._cells.get((self._policy.lead, short(record), name))

    def value(self, record: str, name: str, begin: Any) -> Any:
        """What a field of a lead holds at the end."""
        cell = self.cell(record, name)
        return begin if cell is None else cell.value

    def replaced(self) -> Iterator[tuple[str, str, int, str]]:
        """Persons' values that were replaced: for good where the CRM cannot refuse a crossing, else at all."""
        for found in (*self._kept, *self._open.values()):
            yield found.record, found.field, found.seq, found.words

    def rewrites(self) -> int:
        """How often at most we wrote one field within a day against an automation."""
        return max(self._fights.values(), default=0)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _created(self, place: _Place, row: Row) -> None:
        whose = _OURS if row["actor"] in self._ours else self._inherited(place, row["new"])
        self._cells[place] = Cell(row["new"], whose, row["seq"], known=whose == _OURS)

    def _inherited(self, place: _Place, value: Any) -> str:
        """A merge creates a record of values that were there before: they stay whose they were."""
        for parent in self._families.parents.get(place[1], ()):
            cell = self._cells.get((place[0], parent, place[2]))
            if cell is not None and plain(cell.value) == plain(value):
                return cell.whose
        return _PERSON

    def _by_others(self, place: _Place, row: Row) -> None:
        """Whatever a person puts over a crossing is what the person wants now."""
        whose = _AUTOMATIC if row["actor"] in self._policy.automatic else _PERSON
        before = self._cells.get(place)
        if whose == _AUTOMATIC and before is not None and before.ours:
            self._cells[place] = Cell(row["new"], whose, row["seq"], before.value, _OURS, known=True)
            return
        self._cells[place] = Cell(row["new"], whose, row["seq"], known=before is not None and before.known)
        if whose == _PERSON and self._closed(place):
            self.put_back += 1

    def _by_us(self, place: _Place, row: Row) -> None:
        cell = self._cells.get(place) or Cell(row["old"], _PERSON if plain(row["old"]) else _FREE)
        if cell.whose == _AUTOMATIC and cell.before_whose == _OURS:
            self._fights[place, str(row["at"])[:10]] += 1
        if cell.ours and cell.before_whose != _OURS and plain(row["new"]) == plain(cell.before):
            self._restored(place, cell, row)
            return
        if self._is_persons(place, cell):
            self._cross(place, cell, row)
        kept = (cell.before, cell.before_whose) if cell.ours else (cell.value, cell.whose)
        self._cells[place] = Cell(row["new"], _OURS, row["seq"], *kept, known=True)

    def _restored(self, place: _Place, cell: Cell, row: Row) -> None:
        self._cells[place] = Cell(row["new"], cell.before_whose, row["seq"], known=True)
        if self._closed(place):
            self.put_back += 1

    def _closed(self, place: _Place) -> bool:
        return self._open.pop(place, None) is not None

    def _is_persons(self, place: _Place, cell: Cell) -> bool:
        """Whether a person's choice stands in the field, and the field is not ours to write over.

        To empty a field is a choice against what we wrote; where we never wrote it is as if it had never been filled.
        """
        kind, _, name = place
        policy = self._policy.fields.get(name, "") if kind == self._policy.lead else ""
        if policy == "own" or cell.whose != _PERSON or not (plain(cell.value) or cell.known):
            return False
        return plain(cell.value) not in {plain(value) for value in self._policy.initial.get(name, ())}

    def _cross(self, place: _Place, cell: Cell, row: Row) -> None:
        words = "a person's value was replaced" if plain(cell.value) else "a person cleared it, and we filled it again"
        found = _Crossing(place[1], place[2], row["seq"], words)
        self.crossed += 1
        if self._policy.crossing and plain(cell.value):
            self._open[place] = found
        else:
            self._kept.append(found)
