"""What an action of `/_sandbox/act` is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PERSON = "person"

Arguments = Mapping[str, Any]
Done = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """An action, and which arguments it takes."""

    run: Callable[[Arguments], Done]
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


def actor_of(given: Arguments) -> str:
    """Who does it."""
    return str(given.get("actor") or PERSON)
