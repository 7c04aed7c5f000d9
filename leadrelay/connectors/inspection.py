"""What is known of a CRM before a job runs: asked for in a few calls, or read from a file that was saved earlier."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, runtime_checkable

import polars as pl

from leadrelay.connectors.base import Connector, FieldInfo, Guarantee, Owner, Usage
from leadrelay.connectors.people import Lack


class RuleKind(StrEnum):
    """What an admin of the CRM has set up that acts when records are written."""

    ASSIGNMENT = "assignment"  # gives records to owners
    DUPLICATE = "duplicate"  # looks for records that are alike


@dataclass(frozen=True, slots=True)
class Rule:
    """One such rule. `blocks`: it refuses a write instead of allowing it with a warning; None: not told."""

    kind: RuleKind
    name: str
    active: bool = True
    blocks: bool | None = False


@dataclass(frozen=True, slots=True)
class Currencies:
    """What the organisation counts in.

    `rates`: by ISO 4217 code, what one unit of it is worth in `default`. `several`: records may each say their own.
    """

    default: str = ""
    several: bool = False
    rates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One CRM as its API user sees it, for one object type.

    `granted`: what the sign-in is allowed, in the CRM's own words (scopes, permissions); None where it does not tell.
    `task_fields`, `related`: the fields of tasks, and of further objects by name. `owners`: None where it tells none.
    `records`: how many there are of the object. `zone`: IANA name; "" where it does not tell. `taken_at`: ISO 8601 UTC.
    """

    kind: str
    object: str
    organisation: str
    organisation_name: str = ""
    test: bool = False
    zone: str = ""
    currencies: Currencies = field(default_factory=Currencies)
    fields: Mapping[str, FieldInfo] = field(default_factory=dict)
    task_fields: Mapping[str, FieldInfo] = field(default_factory=dict)
    related: Mapping[str, Mapping[str, FieldInfo]] = field(default_factory=dict)
    owners: tuple[Owner, ...] | None = None
    granted: frozenset[str] | None = None
    lacks: tuple[Lack, ...] = ()
    guarantee: Guarantee | None = None
    rules: tuple[Rule, ...] = ()
    usage: Usage | None = None
    records: int | None = None
    taken_at: str = ""

    def only(self, parts: Collection[str]) -> Inspection:
        """The same without the parts that are not wanted."""
        empty = Inspection(self.kind, self.object, self.organisation)
        return replace(self, **{name: getattr(empty, name) for name in PARTS.difference(parts)})


PARTS = frozenset(
    {"zone", "currencies", "fields", "task_fields", "related", "owners", "granted", "lacks", "guarantee", "rules"}
    | {"usage", "records"}
)
"""What may be asked for. The organisation, and whether it is a test one, are told in any case."""


@runtime_checkable
class Inspectable(Protocol):
    """A connector that can tell all of it. At most twelve calls for everything, sign-in included."""

    def inspect(self, parts: Collection[str], related: Sequence[str] = ()) -> Inspection:
        """The parts wanted: names of `Inspection`'s fields; the others stay empty. `related`: further objects.

        Raises `Refused` where the object itself cannot be described; what else is refused is a `Lack`, or None.
        """
        ...

    def sample(self, fields: Sequence[str], count: int) -> pl.DataFrame:
        """Up to `count` of the records that changed last: `id` and these fields, all columns text, null where unset."""
        ...


class InspectableConnector(Connector, Inspectable, Protocol):
    """Both."""
