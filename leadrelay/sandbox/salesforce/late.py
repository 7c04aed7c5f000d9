"""Edits of transactions that take long: made now, seen later, with the stamps of now.

https://github.com/airbytehq/airbyte/issues/27146 shows what readers lose by them.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(order=True, frozen=True, slots=True)
class LateEdit:
    """One edit; those that are due at the same moment come in the order in which they were made."""

    due: datetime
    number: int
    made: datetime = field(compare=False)
    name: str = field(compare=False)
    key: str = field(compare=False)
    fields: Mapping[str, Any] = field(compare=False)
    actor: str = field(compare=False)


class LateEdits:
    """The edits that nobody sees yet."""

    def __init__(self) -> None:
        self._waiting: list[LateEdit] = []
        self._made: deque[LateEdit] = deque()
        self._done: set[int] = set()
        self._count = 0

    def add(self, made: datetime, due: datetime, name: str, key: str, fields: Mapping[str, Any], actor: str) -> None:
        edit = LateEdit(due, self._count, made, name, key, fields, actor)
        self._count += 1
        heapq.heappush(self._waiting, edit)
        self._made.append(edit)

    def due(self, now: datetime) -> Iterator[LateEdit]:
        """Those whose time has come, taken out."""
        while self._waiting and self._waiting[0].due <= now:
            edit = heapq.heappop(self._waiting)
            self._done.add(edit.number)
            yield edit

    def any_due(self, now: datetime) -> bool:
        return bool(self._waiting) and self._waiting[0].due <= now

    def oldest(self) -> datetime | None:
        """When the oldest of those that nobody sees was made."""
        while self._made and self._made[0].number in self._done:
            self._done.remove(self._made.popleft().number)
        return self._made[0].made if self._made else None

    def clear(self) -> None:
        self._waiting.clear()
        self._made.clear()
        self._done.clear()
