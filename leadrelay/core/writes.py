"""What we write into a CRM field, as values: what comes into it, and who wins there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as slot
from enum import StrEnum

from leadrelay.core.lead import Type

JsonValue = str | int | float | bool | None

MOST_WRITES = 63
"""A lead's changes travel as one bit mask."""


class Policy(StrEnum):
    """Who wins in a CRM field that we write."""

    OWN = "own"  # ours: written whenever it differs, cleared when there is nothing to say
    FILL = "fill"  # theirs: written only while it is empty and we never wrote it
    UNLESS_EDITED = "unless-edited"  # shared: written while it holds what we wrote last


@dataclass(frozen=True, slots=True)
class Write:
    """A CRM field that we write: what comes into it, as which type, under which policy.

    `source` is an output or a lead field; without one, `constant` is written. `values` maps the source's texts (one
    without a value is not written). `initial`: the values of an `unless-edited` field that nobody chose. `cut`: the
    longest text. `known`: every text that can come out, where that is certain. `place`: where it is written down.
    `backward`: whether it goes back where the CRM itself only lets the field go forward.
    """

    field: str
    type: Type
    policy: Policy
    source: str = ""
    constant: JsonValue = None
    values: Mapping[str, str] = slot(default_factory=dict)
    initial: tuple[str, ...] = ()
    cut: int | None = None
    known: tuple[str, ...] | None = None
    place: str = ""
    backward: bool = False

    @property
    def guarded(self) -> bool:
        """Whether it is written only over what it was decided on. Who goes back twice steps over what is between."""
        return self.policy is not Policy.OWN or self.backward
