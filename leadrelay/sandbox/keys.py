"""Tables of keys and values that a person wrote (faults, actors, scenarios): checked whole, every problem at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

LONGEST = 315_360_000
"""Ten years, in seconds: what is counted from a clock stays a date."""


@dataclass(frozen=True, slots=True)
class Takes:
    """The values that a key takes, and how they are called."""

    words: str
    accepts: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table. One without a default has to be there, unless it is `optional`."""

    name: str
    takes: Takes
    meaning: str
    default: Any = None
    optional: bool = False

    @property
    def required(self) -> bool:
        return self.default is None and not self.optional


def number(least: float = -math.inf, most: float = math.inf) -> Takes:
    """Any number between two."""
    return Takes(f"a number{_between(least, most)}", lambda value: _is_number(value) and least <= value <= most)


def whole(least: float = -math.inf, most: float = math.inf) -> Takes:
    """A whole number between two."""
    return Takes(f"a whole number{_between(least, most)}", lambda value: type(value) is int and least <= value <= most)


def choice(options: Iterable[str]) -> Takes:
    """One of a few words."""
    names = tuple(options)
    return Takes(f"one of {', '.join(names)}", lambda value: value in names)


def either(first: Takes, second: Takes) -> Takes:
    """What fits one of two."""
    return Takes(
        f"{first.words}, or {second.words}", lambda value: bool(first.accepts(value)) or bool(second.accepts(value))
    )


TEXT = Takes("a text", lambda value: isinstance(value, str))
NAME = Takes("a name", lambda value: isinstance(value, str) and bool(value.strip()))
HEADER = Takes(
    "a text of printable ASCII", lambda value: isinstance(value, str) and value.isascii() and value.isprintable()
)
SWITCH = Takes("true or false", lambda value: isinstance(value, bool))
TABLE = Takes("a table", lambda value: isinstance(value, dict))
TABLES = Takes("a list of tables", lambda value: isinstance(value, list) and all(isinstance(v, dict) for v in value))
ANYTHING = Takes("any value", lambda _: True)


class Findings(list[str]):
    """What is wrong in a text, each entry with its place."""

    def add(self, where: str, why: str) -> None:
        self.append(f"{where}: {why}" if where else why)


def checked(table: Mapping[str, Any], keys: Sequence[Key], where: str, findings: Findings) -> dict[str, Any]:
    """The values by name with the defaults filled in; what is wrong goes to the findings."""
    names = [key.name for key in keys]
    for name in table.keys() - set(names):
        findings.add(_join(where, name), f"there is no such key; {nearest(name, names)}")
    for key in keys:
        if key.name not in table:
            if key.required:
                findings.add(_join(where, key.name), f"is missing; it takes {key.takes.words}")
        elif not key.takes.accepts(table[key.name]):
            findings.add(_join(where, key.name), f"must be {key.takes.words}")
    return {key.name: table.get(key.name, key.default) for key in keys}


def nearest(name: Any, names: Iterable[str]) -> str:
    """The way out for a name that is none."""
    options = sorted(names)
    close = get_close_matches(name, options, 1) if isinstance(name, str) else []
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(options) or 'none'}"


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _is_number(value: Any) -> bool:
    return type(value) is int or (isinstance(value, float) and math.isfinite(value))


def _between(least: float, most: float) -> str:
    if math.isinf(most):
        return "" if math.isinf(least) else f", {least} or more"
    return f" from {least} to {most}"
