"""A playbook that does without some lead fields: nothing that looks at one of them holds.

A field that is not there is not an empty one: `email is null` would hold for every lead.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields as slots
from dataclasses import is_dataclass, replace
from typing import Any, TypeVar

from leadrelay.core.lead import Type
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import Node, Op, fields
from leadrelay.core.touched import touched

T = TypeVar("T")

_NEVER = Node(Op.VALUE, Type.BOOLEAN, value=False)


def without(playbook: Playbook, missing: Collection[str]) -> Playbook:
    """The same playbook, every predicate on a missing field replaced by one that never holds."""
    return _without(playbook, touched(missing, playbook.decision_group)) if missing else playbook


def _without(value: T, missing: frozenset[str]) -> T:
    """Through every part of it, so that a part which a playbook gets later is not forgotten."""
    found: Any = value
    if isinstance(found, Condition):
        found = replace(found, node=_NEVER) if fields(found.node) & missing else found
    elif isinstance(found, tuple) and type(found) is tuple:
        found = tuple(_without(part, missing) for part in found)
    elif is_dataclass(found) and not isinstance(found, type | Node):
        parts = {slot.name: getattr(found, slot.name) for slot in slots(found) if slot.init}
        changed = {name: new for name, part in parts.items() if (new := _without(part, missing)) is not part}
        found = replace(found, **changed) if any(changed[name] != parts[name] for name in changed) else found
    kept: T = found
    return kept
