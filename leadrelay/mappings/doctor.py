"""Holds a mapping against the CRM's live schema: what is missing, cannot be written, or would not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.people import Closed
from leadrelay.core import casts
from leadrelay.core.assign.values import LONGEST_WHY
from leadrelay.core.casts import Target
from leadrelay.core.changes import Policy, Write
from leadrelay.core.lead import Type
from leadrelay.core.outputs import TEXTS
from leadrelay.core.toml_text import nearest
from leadrelay.mappings.crm_types import READABLE, WRITABLE
from leadrelay.mappings.crm_types import held as held_by
from leadrelay.mappings.mapping_values import Mapping as FieldMapping
from leadrelay.mappings.mapping_values import Read, TaskMapping

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an error stops the job for, or that a warning asks to look at."""

    level: Literal["error", "warning"]
    place: str
    message: str
    cure: str = ""


def examine(mapping: FieldMapping, schema: Mapping[str, FieldInfo], kind: str) -> list[Finding]:
    """Every finding about every mapped field. `kind` is "salesforce" or "hubspot"."""
    return [
        *(finding for read in mapping.reads for finding in _read(read, schema, kind)),
        *(finding for write in mapping.writes for finding in _Examination(write, schema, kind).findings()),
        *(_owner(mapping.task, schema) if mapping.task and mapping.task.owner else ()),
        *(_reason(mapping.task, schema) if mapping.task and mapping.task.reason else ()),
        *(_closed(mapping.task.place, mapping.closed, schema, kind) if mapping.task and mapping.closed else ()),
    ]


def unreadable(mapping: FieldMapping, schema: Mapping[str, FieldInfo], kind: str) -> list[str]:
    """The CRM fields that are there, but hold another type than the lead fields that they feed can be read from."""
    present = [read for read in mapping.reads if read.field in schema]
    return [read.field for read in present if any(finding.level == "error" for finding in _read(read, schema, kind))]


def _owner(task: TaskMapping, schema: Mapping[str, FieldInfo]) -> Iterator[Finding]:
    """The lead's field that gets the task's owner. The task's own fields are no part of this schema."""
    info = schema.get(task.owner)
    if info is None:
        yield _missing(task.place, task.owner, schema)
    elif not info.updateable:
        message = f"'{task.owner}' cannot be written by this user, so leads could not follow their tasks."
        yield Finding("error", task.place, message, "Grant edit access, or remove 'owner' from [task].")


def _reason(task: TaskMapping, schema: Mapping[str, FieldInfo]) -> Iterator[Finding]:
    """The lead's field for the line that says why this owner."""
    info = schema.get(task.reason)
    if info is None:
        message = f"the CRM has no field '{task.reason}', or hides it from this user: owners come without a reason."
        cure = f"Create it, as a text of {LONGEST_WHY} characters, grant access to it, or remove 'reason' from [task]."
        yield Finding("warning", task.place, message, cure)
    elif not info.updateable:
        message = f"'{task.reason}' cannot be written by this user, so no lead could get an owner."
        yield Finding("error", task.place, message, "Grant edit access, or remove 'reason' from [task].")
    elif info.length is not None and info.length < LONGEST_WHY:
        message = f"'{task.reason}' takes {info.length} characters; the line, why this owner, may have {LONGEST_WHY}."
        yield Finding("error", task.place, message, f"Make it a text of {LONGEST_WHY} characters.")


def _closed(place: str, closed: Closed, schema: Mapping[str, FieldInfo], kind: str) -> Iterator[Finding]:
    """The statuses of leads that are nobody's work."""
    if kind == "hubspot":
        message = "'closed' changes nothing: HubSpot cannot count by owner, so the leads that were given are counted."
        yield Finding("warning", place, message, "Remove 'closed' from [task].")
        return
    known = schema[closed.field].picklist if closed.field in schema else ()
    for value in closed.values if known else ():
        if value not in known:
            yield Finding(
                "warning", place, f"'{value}' in 'closed' is no value of '{closed.field}'.", nearest(value, known)
            )


def _read(read: Read, schema: Mapping[str, FieldInfo], kind: str) -> Iterator[Finding]:
    if kind == "salesforce" and "." in read.field:
        yield from _relation(read, schema)
    elif read.field not in schema:
        yield _missing(read.place, read.field, schema)
    elif held := held_by(schema[read.field], kind):
        yield from _plausible(read, schema[read.field], held)
    else:
        message = f"'{read.field}' is made up of other fields ({schema[read.field].type})."
        yield Finding("error", read.place, message, "Read one of its parts.")


def _relation(read: Read, schema: Mapping[str, FieldInfo]) -> Iterator[Finding]:
    """`Owner.Email`: the related object's fields are not part of this schema, but its name is."""
    relations = [str(info.extra["relationship"]) for info in schema.values() if info.extra.get("relationship")]
    relation = read.field.partition(".")[0]
    if relations and relation not in relations:
        yield Finding("error", read.place, f"there is no relation '{relation}'.", nearest(relation, relations))


def _plausible(read: Read, info: FieldInfo, held: Type) -> Iterator[Finding]:
    if not read.values and held not in READABLE[read.type]:
        message = f"'{read.field}' holds {_named(held)}, and lead field '{read.lead}' {_named(read.type)}."
        yield Finding("error", read.place, message, "Read another field, or map its texts with 'values'.")
    elif read.may_misfit and held is Type.TEXT:
        spare = [text for text in info.picklist if not _fits(read, text)]
        if spare:
            message = f"{_listed(spare)} of '{read.field}' would count as not given: not {_named(read.type)}."
            yield Finding("warning", read.place, message, "Say with 'values' what they stand for.")


def _fits(read: Read, text: str) -> bool:
    folded = text.strip().lower()
    known = read.other is not None or folded in read.values or folded in read.empty
    return known or casts.fits(text, Target(read.type))


def _missing(place: str, name: str, schema: Mapping[str, FieldInfo]) -> Finding:
    labels = [info.name for info in schema.values() if info.label.lower() == name.replace("_", " ").lower()]
    cure = f"Did you mean '{labels[0]}'?" if labels else nearest(name, list(schema))
    message = f"the CRM has no field '{name}', or this user may not see it."
    return Finding("error", place, message, cure or "Create it, grant access to it, or remove the line.")


class _Examination:
    """One written field: is it there, may it be written, and does everything fit that could come?"""

    def __init__(self, write: Write, schema: Mapping[str, FieldInfo], kind: str) -> None:
        self.write = write
        self.schema = schema
        self.kind = kind

    def findings(self) -> Iterator[Finding]:
        info = self.schema.get(self.write.field)
        if info is None:
            yield _missing(self.write.place, self.write.field, self.schema)
            return
        held = held_by(info, self.kind)
        if not info.updateable:
            yield self._error("cannot be written by this user.", "Grant edit access, or write another field.")
        elif held is None or held not in WRITABLE[self.write.type]:
            yield self._error(
                f"cannot take {_named(self.write.type)}: its type is {info.type}.", "Write another field."
            )
        else:
            yield from self._values(info, held)
        if self.write.backward and (self.kind, info.name) not in _ONE_WAY:
            yield self._warning("goes back anyway, so that 'backward' only costs requests.", "Remove 'backward'.")
        if info.required and self.write.policy is Policy.OWN and self.write.source:
            yield self._warning("is required, so that leadrelay cannot clear it.", 'Use policy = "unless-edited".')

    def _values(self, info: FieldInfo, held: Type) -> Iterator[Finding]:
        if info.picklist and not info.extra.get("external_options"):
            yield from self._options(info)
        elif self.write.type is Type.TEXT:
            yield from self._length(info)
        if held in {Type.INTEGER, Type.NUMBER}:
            yield from self._digits(info, held)

    def _options(self, info: FieldInfo) -> Iterator[Finding]:
        for text in self.write.known or ():
            if text not in info.picklist:
                cure = nearest(text, info.picklist) or f"Options: {_listed(info.picklist)}."
                message = f"has no option '{text}'."
                yield self._error(message, cure) if info.restricted else self._warning(message, cure)
        if self.write.known is None and info.restricted:
            yield self._warning(
                "takes its own options only; other texts would park the lead.", "Map them with 'values'."
            )
        for text in self.write.initial:
            if text not in info.picklist:
                yield self._warning(f"has no option '{text}', which 'initial' names.", nearest(text, info.picklist))

    def _length(self, info: FieldInfo) -> Iterator[Finding]:
        most = info.length
        if not most:
            return
        long = [text for text in self.write.known or () if len(text) > most]
        if long:
            yield self._error(f"holds {most} characters, too few for {_listed(long)}.", "Shorten the text.")
        if self.write.cut and self.write.cut > most:
            yield self._error(f"holds {most} characters only.", f"Set cut = {most}.")
        if self.write.source in _ENDLESS and not self.write.cut:
            yield self._warning(
                f"holds {most} characters, and '{self.write.source}' can be longer.", f"Set cut = {most}."
            )

    def _digits(self, info: FieldInfo, held: Type) -> Iterator[Finding]:
        precision, scale = info.extra.get("precision"), info.extra.get("scale")
        if isinstance(precision, int) and isinstance(scale, int) and 0 < precision - scale < _DIGITS:
            yield self._warning(f"has room for {precision - scale} digits before the point.", f"Give it {_DIGITS}.")
        if self.write.type is Type.NUMBER and (held is Type.INTEGER or scale == 0):
            message = "rounds to whole numbers, so that others would be written again in every run."
            yield self._warning(message, "Give it decimal places.")

    def _error(self, message: str, cure: str) -> Finding:
        return Finding("error", self.write.place, f"'{self.write.field}' {message}", cure)

    def _warning(self, message: str, cure: str) -> Finding:
        return Finding("warning", self.write.place, f"'{self.write.field}' {message}", cure)


_ONE_WAY = frozenset({("hubspot", "lifecyclestage")})
"""What a CRM itself only moves forward."""

_DIGITS = 3
"""A score has up to three digits."""

_ENDLESS = frozenset(TEXTS) - {"question"}
"""Outputs whose length grows with the rules; a playbook's questions are checked where they are written."""


def _named(kind: Type) -> str:
    article = "an" if kind is Type.INTEGER else "a"
    return kind.value if kind is Type.TEXT else f"{article} {kind.value}"


def _listed(texts: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(f"'{text}'" for text in texts[:_SHOWN])
    return f"{shown} and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else shown
