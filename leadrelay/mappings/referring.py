"""The CRM's users as a mapping refers to them: their e-mail addresses where it reads ids, their ids where it writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from leadrelay.connectors.base import Owner
from leadrelay.core.references import Reference, untold
from leadrelay.mappings.mapping_values import Mapping, Read

NOBODY = "refers to a user, and the CRM has none with this e-mail address"
_LEFT = "refers to a user, and the one with this e-mail address is not active"
_SEVERAL = "refers to a user, and several have this e-mail address"


def referring(mapping: Mapping, kind: Reference) -> tuple[str, ...]:
    """The written CRM fields that hold such ids."""
    return tuple(write.field for write in mapping.writes if write.reference is kind)


def reads_owners(mapping: Mapping) -> bool:
    """Whether ids of users are read."""
    return any(read.reference for read in mapping.reads)


def with_owners(mapping: Mapping, owners: Sequence[Owner]) -> Mapping:
    """The same, where ids of users stand for their e-mail addresses; an id of nobody is not given."""
    emails = {owner.id.lower(): owner.email.strip().lower() for owner in owners if owner.email}
    return replace(mapping, reads=tuple(_told(read, emails) if read.reference else read for read in mapping.reads))


def _told(read: Read, emails: dict[str, str]) -> Read:
    return replace(read, values=emails, other="")


def ids_of(owners: Collection[Owner]) -> dict[str, str]:
    """By e-mail address in lower case, the id of its one active user, or why there is none."""
    found: dict[str, list[Owner]] = {}
    for owner in owners:
        if owner.email and not owner.queue:
            found.setdefault(owner.email.strip().lower(), []).append(owner)
    return {email: _one_of(several) for email, several in found.items()}


def _one_of(users: Sequence[Owner]) -> str:
    active = [user.id for user in users if user.active]
    if len(active) == 1:
        return active[0]
    return untold(_SEVERAL if active else _LEFT)
