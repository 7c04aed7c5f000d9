"""An `Inspection` as a file, so that a mapping can be checked where nobody signs in. It names no person.

Users' e-mail addresses are kept as hashes, so that those of a playbook can be found among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

import msgspec

from leadrelay.connectors.base import Owner
from leadrelay.connectors.inspection import Inspection
from leadrelay.errors import ConfigError, Problem

FORMAT = 1
_HASHED = "sha256:"
_CURE = "Make it anew: leadrelay fields CONNECTION --save FILE"


@dataclass(frozen=True, slots=True)
class Saved:
    """An inspection, the connection that it was made with, and the tasks' key that `guarantee` is about."""

    connection: str
    inspection: Inspection
    task_key: str = ""


def hashed(email: str) -> str:
    """How the file keeps an address; what it keeps already stays."""
    return (
        email
        if not email or email.startswith(_HASHED)
        else _HASHED + sha256(email.strip().lower().encode()).hexdigest()
    )


def to_text(saved: Saved) -> str:
    """The file's text. What others use of the quota is left out: it is another in a minute."""
    found = saved.inspection
    usage = replace(found.usage, used=0) if found.usage else None
    owners = tuple(map(_unnamed, found.owners)) if found.owners is not None else None
    document = {
        "leadrelay_schema": FORMAT,
        "connection": saved.connection,
        "task_key": saved.task_key,
        "inspection": _plain(asdict(replace(found, usage=usage, owners=owners))),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


def from_text(text: str, file: str) -> Saved:
    """Read it back; raises `ConfigError` where it is no such file."""
    try:
        document = msgspec.json.decode(text)
        if not isinstance(document, Mapping) or "leadrelay_schema" not in document:
            raise ConfigError([Problem(file, "is no saved schema.", _CURE)])
        if document["leadrelay_schema"] != FORMAT:
            raise ConfigError([Problem(file, "was made by another version of leadrelay.", _CURE)])
        return Saved(
            str(document["connection"]),
            msgspec.convert(document["inspection"], Inspection),
            str(document.get("task_key", "")),
        )
    except (msgspec.MsgspecError, KeyError, RecursionError) as error:
        raise ConfigError([Problem(file, f"is no saved schema ({_told(error)}).", _CURE)]) from None


def _told(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _unnamed(owner: Owner) -> Owner:
    return replace(owner, name=owner.name if owner.queue else "", email=hashed(owner.email))


def _plain(value: Any) -> Any:
    """Sets in order, so that two files can be compared."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(value)
    return [_plain(one) for one in value] if _is_several(value) else value


def _is_several(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)
