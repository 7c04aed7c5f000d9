"""How many API calls it takes to apply a plan: about, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be sent, in leads: read again, patched, patched under a condition, handed off; further tasks."""

    leads: int = 0
    patches: int = 0
    guarded: int = 0
    hand_offs: int = 0
    tasks: int = 0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many go into one call."""

    leads: int
    patches: int
    guarded: int
    hand_offs: int
    tasks: int


_SIZES: Mapping[str, Sizes] = {
    "salesforce": Sizes(200, 200, 75, 75, 75),
    "hubspot": Sizes(100, 100, 25, 20, 25),
}
"""HubSpot's guarded writes look before and after, each fifty at a time, beside the write of a hundred."""

_USUAL = Sizes(100, 100, 100, 100, 100)
_ONCE = 6
"""Sign-in, organisation, owners, the key of tasks, and what is asked once."""


def calls(kind: str, load: Load) -> int:
    """The calls of one application. `kind`: of the CRM."""
    sizes = _SIZES.get(kind, _USUAL)
    pairs: list[tuple[int, int]] = [(getattr(load, name), getattr(sizes, name)) for name in Load.__dataclass_fields__]
    return _ONCE + sum(ceil(many / size) for many, size in pairs)
