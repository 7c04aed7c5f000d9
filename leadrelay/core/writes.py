"""What we write into a CRM field, as values: what comes into it, and who wins there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as slot
from enum import StrEnum

from leadrelay.core.lead import Type
from leadrelay.core.references import Reference
from leadrelay.core.template import places

JsonValue = str | int | float | bool | None

MOST_WRITES = 63
"""A lead's changes travel as one bit mask."""


class Policy(StrEnum):
    """Who wins in a CRM field that we write."""

    OWN = "own"  # ours: written whenever it differs, cleared when there is nothing to say
    FILL = "fill"  # theirs: written only while it is empty and we never wrote it
    UNLESS_EDITED = "unless-edited"  # shared: written while it holds what we wrote last


class Null(StrEnum):
    """What becomes of a field when there is nothing to say."""

    LEAVE = "leave"
    CLEAR = "clear"  # emptied; of fields that people share, only what we wrote


@dataclass(frozen=True, slots=True)
class Write:
    """A CRM field that we write: what comes into it, as which type, under which policy.

    `source` is an output or a lead field; without one, `constant` is written. `values` maps the source's texts (one
    without a value is not written). `initial`: the values of an `unless-edited` field that nobody chose. `cut`: the
    longest text. `known`: every text that can come out, where that is certain. `place`: where it is written down.
    `backward`: whether it goes back where the CRM itself only lets the field go forward.

    `template`: in place of one source, a text of several. `zone`: where a date that goes into a datetime begins, or in
    which a moment is the day that goes into a date. `currency`: whether it is an amount in the record's currency, and
    `beside` the CRM fields that tell that. `append`: whether entries are only ever added. `null`: what happens when
    there is nothing to say, where that is told. `reference`: what the field holds the id of, which the source names.
    `places`: how many decimal places a number is written with.
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
    template: str = ""
    zone: str = ""
    currency: bool = False
    append: bool = False
    null: Null | None = None
    beside: tuple[str, ...] = ()
    reference: Reference | None = None
    places: int | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The outputs and lead fields that go into it."""
        return places(self.template) if self.template else (self.source,) if self.source else ()

    @property
    def asked(self) -> tuple[str, ...]:
        """Every CRM field that it takes."""
        return (self.field, *self.beside)

    @property
    def clears(self) -> bool:
        """Whether the field is emptied where there is nothing to say, and it is ours to empty."""
        return self.null is Null.CLEAR or (self.null is None and self.policy is Policy.OWN)

    @property
    def guarded(self) -> bool:
        """Whether it is written only over what it was decided on. Who goes back twice steps over what is between."""
        return self.policy is not Policy.OWN or self.backward
