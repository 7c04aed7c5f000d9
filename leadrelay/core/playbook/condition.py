"""A predicate of the admin's, as a value that every part of a playbook may hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadrelay.core.predicates import Node


@dataclass(frozen=True, slots=True)
class Condition:
    """A predicate, as the admin wrote it and as it was understood."""

    text: str
    node: Node
    place: str = field(default="", compare=False)
