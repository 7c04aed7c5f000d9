"""What is written: is it there, may it be written, and does everything fit that could come?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.changes import Write
from leadrelay.core.lead import Type
from leadrelay.core.outputs import ENDLESS, OUTPUTS
from leadrelay.core.toml_text import nearest
from leadrelay.mappings.crm_types import WRITABLE
from leadrelay.mappings.crm_types import held as content
from leadrelay.mappings.doctor.references import of_reference
from leadrelay.mappings.doctor.values import Finding, listed, missing, named, quoted
from leadrelay.mappings.mapping_values import Read


class Examination:
    """One written field: is it there, may it be written, and does everything fit that could come?"""

    def __init__(self, write: Write, schema: Mapping[str, FieldInfo], kind: str, reads: Mapping[str, Read]) -> None:
        self.write = write
        self.read = reads.get(write.source)
        self.schema = schema
        self.kind = kind

    def findings(self) -> Iterator[Finding]:
        info = self.schema.get(self.write.field)
        if info is None:
            yield missing(self.write.place, self.write.field, self.schema)
            return
        held = content(info, self.kind)
        if info.calculated or info.extra.get("calculated"):
            yield self._error("is a formula, which nobody can write.", "Write another field.")
        elif not info.updateable:
            yield self._error("cannot be written by this user.", "Grant edit access, or write another field.")
        elif self.write.reference:
            yield from of_reference(self.write, info, self.kind)
        elif message := self._foreign(info):
            yield self._error(message, "Write another field.")
        elif held is None or held not in WRITABLE[self.write.type]:
            yield self._unfit(info, held)
        else:
            yield from self._values(info, held)
        if self.write.backward and (self.kind, info.name) not in _ONE_WAY:
            yield self._warning("goes back anyway, so that 'backward' only costs requests.", "Remove 'backward'.")
        if info.required and self.write.clears and self.write.sources:
            yield self._warning("is required, so that leadrelay cannot clear it.", 'Use policy = "unless-edited".')

    def _unfit(self, info: FieldInfo, held: Type | None) -> Finding:
        cure = "Write another field."
        if {held, self.write.type} == {Type.DATE, Type.DATETIME}:
            zone = 'Say in which time zone, such as zone = "Europe/Berlin", or write another field.'
            cure = "Remove 'zone': it is of this type already." if self.write.zone else zone
        return self._error(f"cannot take {named(self.write.type)}: its type is {info.type}.", cure)

    def _foreign(self, info: FieldInfo) -> str:
        """Why a field of no plain text takes nothing of what could come."""
        if _of_ids(info) and (self.write.source in OUTPUTS or not self._an_id()):
            return f"holds the id of a record, and '{self.write.source or self.write.template}' is none."
        if info.type == "email" and self.write.known and not any("@" in text for text in self.write.known):
            return f"takes e-mail addresses only, and {listed(self.write.known)} are none."
        if self.write.type is Type.LIST and info.picklist and content(info, self.kind) is Type.TEXT:
            return f"takes one of its options, and '{self.write.source}' may have several entries."
        if info.unique and (self.write.constant is not None or self.write.known):
            return "is unique, so that no two leads can hold the same value there."
        return ""

    def _an_id(self) -> bool:
        """Whether the lead field is read from a field of ids, as far as that is known."""
        if self.write.constant is not None:
            return True
        origins = [self.schema[name] for name in self.read.fields if name in self.schema] if self.read else []
        return not origins or any(_of_ids(info) for info in origins)

    def _longest(self) -> int:
        """Of the texts that the lead field may hold, as far as the CRM limits them."""
        if self.read is None or self.read.values or self.read.reference:
            return 0
        origins = [self.schema[name] for name in self.read.fields if name in self.schema]
        return max((info.length or 0 for info in origins if not info.picklist), default=0)

    def _values(self, info: FieldInfo, held: Type) -> Iterator[Finding]:
        if info.picklist and not info.extra.get("external_options"):
            yield from self._options(info)
        elif self.write.type is Type.TEXT:
            yield from self._length(info)
        if held in {Type.INTEGER, Type.NUMBER}:
            yield from self._digits(info, held)

    def _options(self, info: FieldInfo) -> Iterator[Finding]:
        strange = [text for text in self.write.known or () if text not in info.picklist]
        if strange:
            near = _meant(strange[0], info.picklist) if len(strange) == 1 else ""
            told, cure = f"has no option {quoted(strange)}.", f"{near}Options: {listed(info.picklist)}."
            yield self._error(told, cure) if info.restricted else self._warning(told, cure)
        if self.write.known is None and info.restricted:
            yield self._warning(
                "takes its own options only; other texts would park the lead.", "Map them with 'values'."
            )
        if info.controller and info.restricted and self.write.known:
            message = f"has options that depend on '{info.controller}': one that does not go with it is refused."
            yield self._warning(message, f"Look at the dependency of '{info.name}' in the CRM.")
        for text in self.write.initial:
            if text not in info.picklist:
                yield self._warning(f"has no option '{text}', which 'initial' names.", nearest(text, info.picklist))

    def _length(self, info: FieldInfo) -> Iterator[Finding]:
        most = info.length
        if not most:
            return
        long = [text for text in self.write.known or () if len(text) > most]
        if long:
            yield self._error(f"holds {most} characters, too few for {listed(long)}.", "Shorten the text.")
        if self.write.cut and self.write.cut > most:
            yield self._error(f"holds {most} characters only.", f"Set cut = {most}.")
        endless = [source for source in self.write.sources if source in ENDLESS]
        if self.write.known is None and self._longest() > most:
            endless.append(self.write.source)
        if endless and not self.write.cut:
            yield self._warning(f"holds {most} characters, and '{endless[0]}' can be longer.", f"Set cut = {most}.")

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


def _of_ids(info: FieldInfo) -> bool:
    return info.type in {"reference", "id"} or bool(info.extra.get("external_options"))


def _meant(text: str, options: Sequence[str]) -> str:
    """Only an option that differs by a slip: two options of one picklist often begin alike."""
    near = get_close_matches(text.lower(), [option.lower() for option in options], n=1, cutoff=_SLIP)
    return "".join(f"Did you mean '{option}'? " for option in options if option.lower() in near)


_SLIP = 0.7
_ONE_WAY = frozenset({("hubspot", "lifecyclestage")})
"""What a CRM itself only moves forward."""

_DIGITS = 3
"""A score has up to three digits."""
