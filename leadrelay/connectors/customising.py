"""The verbs that make and unmake what leadrelay owns in a CRM: fields, access to them, keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from leadrelay.core.lead import Type
from leadrelay.core.references import Reference

LEAD, TASK, NOTE = "lead", "task", "note"
"""Where an own field lies: on the mapping's object, on tasks (Salesforce: Activity), on notes (HubSpot)."""

KEY_LENGTH = 40
"""Characters of the field that holds a task's key: more than a key has."""

_PREFIX = "leadrelay_"


def is_ours(name: str) -> bool:
    """Whether a field is leadrelay's own by its name; any other is left as it is."""
    return name.lower().startswith(_PREFIX)


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field to be created. `length`: of texts, in characters; above 255 it is a long text.

    `source`: the output or lead field that goes into it; "" for a key. `unique`: no two records may hold the same.
    `reference`: whose ids the field holds.
    """

    on: str
    name: str
    label: str
    type: Type
    description: str
    length: int | None = None
    unique: bool = False
    source: str = ""
    reference: Reference | None = None


class State(StrEnum):
    """How a step stands."""

    DONE = "done"  # nothing to do
    TO_DO = "to do"
    CONFLICT = "conflict"  # something else is there under the same name: a person has to decide


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to create, to grant, or to remove. `what`: field, group, permission set, access, assignment.

    `target`: its full name, such as Lead.Leadrelay_Score__c. `told`: in words, with the reason of a conflict.
    `holds`: of a removal, how many records hold a value there; None where the CRM does not count.
    """

    what: str
    target: str
    state: State
    told: str = ""
    cure: str = ""
    holds: int | None = None
    field: OwnField | None = None


class Customiser(Protocol):
    """A connection that may customise its CRM. Every verb looks first, so that repeating it is harmless."""

    def steps(self, fields: Sequence[OwnField]) -> list[Step]:
        """All that these fields need, in the order in which it has to be done, with what is done already."""
        ...

    def take(self, step: Step) -> None:
        """Do one step that is to do. Raises `Refused` with the CRM's reason and the way out."""
        ...

    def removals(self, fields: Sequence[OwnField]) -> list[Step]:
        """What there is to take away again, in that order, with how many records hold a value."""
        ...

    def remove(self, step: Step) -> None:
        """Take one of them away."""
        ...


class Customisable(Protocol):
    """A connector that leads to one, over the same connection and for the same object type."""

    def customiser(self, reads: Collection[str] = (), writes: Collection[str] = ()) -> Customiser:
        """Who makes and unmakes what is ours there.

        `reads`, `writes`: the object's fields that mappings name, for a CRM that shows its API user only what it must.
        """
        ...
