"""One TOML table while it is being read: typed access that notes every problem with its place, and misses no key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from leadrelay.core.toml_text import Document, Written, nearest
from leadrelay.errors import Problem

_LARGEST = 2**53 - 1
"""Whole numbers stay exact as a double up to here."""

_KINDS: Mapping[type, str] = {str: "text", int: "a whole number", float: "a number", dict: "a table", list: "a list"}


class Table:
    """A table of a document. Whatever is asked for is known; what is left at `close()` is an unknown key."""

    def __init__(self, document: Document, path: str, data: Mapping[str, Any], problems: list[Problem]) -> None:
        self.path = path
        self._document = document
        self._data = data
        self._problems = problems
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def at(self, key: str) -> str:
        """The dotted path of a key of this table."""
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def place(self, key: str = "") -> str:
        """File, line and dotted path of a key, or of the table itself."""
        return self._document.place(self.at(key))

    def written(self, key: str) -> Written:
        """The text of a key, which knows where it stands character by character."""
        return Written(self._document, self.at(key), str(self._data.get(key, "")))

    def problem(self, key: str, message: str, cure: str = "") -> None:
        """Note that something is wrong with a key, or with the table itself."""
        self._problems.append(Problem(self.place(key), message, cure))

    def note(self, problems: Iterable[Problem]) -> None:
        """Note problems that were found elsewhere and know their places."""
        self._problems.extend(problems)

    def value(self, key: str) -> Any:
        """Whatever stands at a key, None where nothing does; for what takes values of several types."""
        self._known.append(key)
        return self._data.get(key)

    def text(self, key: str) -> str | None:
        """The text of a key; None when it is absent or was found wrong."""
        value: str | None = self._value(key, str)
        if value is not None and not value.strip():
            self.problem(key, "is empty.", "Write a text, or leave the key out.")
            return None
        return value

    def choice(self, key: str, known: Iterable[str]) -> str | None:
        """The text of a key, when it is one of the known words."""
        value = self.text(key)
        if value is None or value in (words := [str(word) for word in known]):
            return value
        self.problem(key, f"unknown {key} '{value}'.", nearest(value, words) or f"Known: {', '.join(words)}.")
        return None

    def integer(self, key: str) -> int | None:
        """The whole number of a key."""
        value: int | None = self._value(key, int)
        if value is not None and abs(value) > _LARGEST:
            self.problem(key, f"must be between -{_LARGEST:,} and {_LARGEST:,}.")
            return None
        return value

    def number(self, key: str) -> float | None:
        """The number of a key, whole or not."""
        value: float | None = self._value(key, float)
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts; one text alone is a list of one."""
        if isinstance(self._data.get(key), str):
            value = self.text(key)
            return None if value is None else (value,)
        values: list[Any] | None = self._value(key, list)
        if values is None:
            return None
        if not all(isinstance(value, str) and value.strip() for value in values):
            self.problem(key, "must hold texts only, none of them empty.")
            return None
        return tuple(values)

    def needs(self, *keys: str) -> bool:
        """Whether all these keys are there; a problem for each that is not. Tables go by their heading: `[read]`."""
        missing = [key for key in keys if key.strip("[]") not in self._data]
        for key in missing:
            cure = f"Add the table: {key}" if key.startswith("[") else f"Add the line: {key} = ..."
            self.problem("", f"lacks '{key.strip('[]')}'.", cure)
        return not missing

    def table(self, key: str) -> Table:
        """The table below a key; an empty one when it is absent."""
        return Table(self._document, self.at(key), self._value(key, dict) or {}, self._problems)

    def optional(self, key: str) -> Table | None:
        """The table below a key; None when it is absent."""
        table = self.table(key)
        return table if key in self._data else None

    def tables(self, key: str) -> list[Table]:
        """The tables of an array `[[key]]`."""
        cure = f"Head each with two brackets: [[{self.at(key)}]]."
        found = self._value(key, list, cure) or []
        if not all(isinstance(item, dict) for item in found):
            self.problem(key, "must be a list of tables.", cure)
            return []
        return [
            Table(self._document, f"{self.at(key)}[{number}]", item, self._problems)
            for number, item in enumerate(found)
        ]

    def children(self, names: Collection[str] | None = None) -> Iterator[tuple[str, Table]]:
        """Every key with the table below it, in the order written: those of `names`, or all, being the admin's own."""
        for key in self._data:
            if names is None or key in names:
                yield key, self.table(key)

    def names(self) -> tuple[str, ...]:
        """Every key, in the order written, where they are the admin's own."""
        return tuple(self._data)

    def only(self, known: Collection[str]) -> None:
        """Note every key that is not among the known ones, whoever asked for it."""
        for key in self._data:
            if key not in known:
                self.problem(key, f"unknown key '{key}'.", nearest(key, list(known)))

    def close(self, *known: str) -> None:
        """Note every key that nobody asked for and that is not among the known ones."""
        names = dict.fromkeys([*self._known, *known])
        for key in self._data:
            if key not in names:
                self.problem(key, f"unknown key '{key}'.", nearest(key, list(names)))

    def _value(self, key: str, kind: type, cure: str = "") -> Any:
        self._known.append(key)
        value = self._data.get(key)
        if value is None or _is_a(value, kind):
            return value
        self.problem(key, f"must be {_KINDS[kind]}, not {_kind_of(value)}.", cure)
        return None


def _is_a(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, float):
        return "a number with a fraction"
    return next((word for kind, word in _KINDS.items() if isinstance(value, kind)), "a date")
