"""The names of effects: any installation, and an empty or restored state too, arrives at the same ones."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from leadrelay.core.changes import JsonValue

PREFIX = "lsx1-"
"""Marks the keys that we make; the number stands for how they are made."""

FIELDS = "fields"
HANDOFF = "handoff"
UNDO = "undo"
STEP = "step"
TOPIC = "topic"
"""Kinds of intent: a patch; a task with the patch that goes along; the patch of a rollback; a step of the promise of a
first response, and a topic: a task each, of which a reassignment takes the patch along."""

TASKS = frozenset({HANDOFF, STEP, TOPIC})
"""The kinds that carry a task. Once settled they stay in the store, so that each is done once."""


NOTE = "note"
CADENCE = "cadence"
"""What a hand-off brings along, each under a key of its own: a note, and follow-up tasks."""


def key(organisation: str, object_type: str, lead: str, kind: str, epoch: str) -> str:
    """The key of one effect on one lead: 31 lower-case letters, digits and `-`; holds nothing that could be read."""
    named = f"{organisation}|{object_type}|{lead}|{kind}|{epoch}"
    spelled = base64.b32encode(hashlib.sha256(named.encode()).digest()).decode().lower()
    return PREFIX + spelled[:26]


def digest(modified: str, patch: Mapping[str, JsonValue]) -> str:
    """The epoch of a patch: the same record's state and the same values make the same effect."""
    return hashlib.sha256(f"{modified}|{canonical(patch)}".encode()).hexdigest()


def canonical(patch: Mapping[str, JsonValue]) -> str:
    """One spelling of a patch, whatever order its fields come in."""
    return json.dumps(patch, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fields_key(organisation: str, object_type: str, lead: str, modified: str, patch: Mapping[str, JsonValue]) -> str:
    """The key of a patch of one record's state."""
    return key(organisation, object_type, lead, FIELDS, digest(modified, patch))


def person(email: str) -> str:
    """What two records of one person share: tells nothing but that the addresses are the same."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
