"""What the doctor says, and what the fields of both CRMs hold, in our own types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.customising import is_ours
from leadrelay.core.lead import Type

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an error stops the job for, or that a warning asks to look at.

    `gone`: the CRM field that is not there, or of another type: a job that was good once goes on without it.
    """

    level: Literal["error", "warning"]
    place: str
    message: str
    cure: str = ""
    gone: str = ""


def known_as(schema: Mapping[str, FieldInfo], names: Iterable[str], kind: str) -> Mapping[str, FieldInfo]:
    """The schema with its fields under the names asked for as well: Salesforce tells no case in them."""
    if kind != "salesforce":
        return schema
    folded = {name.lower(): info for name, info in schema.items()}
    return {**schema, **{name: folded[name.lower()] for name in names if name.lower() in folded}}


def missing(place: str, name: str, schema: Mapping[str, FieldInfo]) -> Finding:
    """A field that is not in sight, with the names that are nearest to it, in letters or by their label."""
    message = f"the CRM has no field '{name}', or this user may not see it."
    near = _nearest(name, schema)
    meant = f"Did you mean {' or '.join(map(repr, near))}?" if near else ""
    cure = f"{meant} Else create it: {_SET_UP}" if meant else f"Create it: {_SET_UP}"
    cure = cure if is_ours(name) else meant or _CREATE
    return Finding("error", place, message, cure, gone=name)


_CREATE = "Create it, grant access to it, or remove the line."
_SET_UP = "leadrelay setup CONNECTION --apply"


def _nearest(name: str, schema: Mapping[str, FieldInfo]) -> list[str]:
    wanted = _plain(name)
    labelled = [info.name for info in schema.values() if _plain(info.label) == wanted]
    spelled = [known for known in schema if _plain(known) == wanted]
    close = get_close_matches(name.lower(), [known.lower() for known in schema], n=2, cutoff=_NEAR)
    named = [known for one in close for known in schema if known.lower() == one]
    return list(dict.fromkeys([*labelled, *spelled, *named]))[:2]


def _plain(text: str) -> str:
    """Without what tells a label from a name."""
    return re.sub(r"(__c$)|[^a-z0-9]", "", text.lower())


_NEAR = 0.75


def named(kind: Type) -> str:
    article = "an" if kind is Type.INTEGER else "a"
    return kind.value if kind is Type.TEXT else f"{article} {kind.value}"


def quoted(texts: Sequence[str]) -> str:
    """All of them."""
    return ", ".join(f"'{text}'" for text in texts)


def listed(texts: Sequence[str]) -> str:
    shown = quoted(texts[:_SHOWN])
    return f"{shown} and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else shown
