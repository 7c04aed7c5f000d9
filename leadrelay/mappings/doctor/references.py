"""Fields that refer to users or companies: do they hold such ids?"""

from __future__ import annotations

from collections.abc import Iterator

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.changes import Write
from leadrelay.core.references import Reference
from leadrelay.mappings.doctor.values import Finding
from leadrelay.mappings.mapping_values import Read

_OBJECTS = {Reference.OWNER: "User", Reference.ACCOUNT: "Account"}
_WORDS = {Reference.OWNER: "users", Reference.ACCOUNT: "companies"}
_LOOKUP = "In Salesforce this takes a lookup field to {}."
_PROPERTIES = {
    Reference.OWNER: "In HubSpot this takes a property of the type HubSpot user.",
    Reference.ACCOUNT: "In HubSpot this takes a text or a number, which is given the company's record id.",
}
_PLAIN = frozenset({"string", "number"})


def of_reference(write: Write, info: FieldInfo, kind: str) -> Iterator[Finding]:
    """What stands in the way of a field that ids go into."""
    if write.reference and not _holds(write.reference, info, kind):
        yield _finding(write.place, write.reference, info, kind)


def of_read_reference(read: Read, info: FieldInfo, kind: str) -> Iterator[Finding]:
    """What stands in the way of a field that ids are read from."""
    if read.reference and not _holds(read.reference, info, kind):
        yield _finding(read.place, read.reference, info, kind)


def _finding(place: str, reference: Reference, info: FieldInfo, kind: str) -> Finding:
    cure = _LOOKUP.format(_OBJECTS[reference]) if kind == "salesforce" else _PROPERTIES[reference]
    return Finding("error", place, f"'{info.name}' holds no ids of {_WORDS[reference]}: its type is {info.type}.", cure)


def _holds(reference: Reference, info: FieldInfo, kind: str) -> bool:
    if kind == "salesforce":
        return _OBJECTS[reference] in str(info.extra.get("reference_to") or "").split(",")
    if reference is Reference.OWNER:
        return bool(info.extra.get("external_options")) or info.type in _PLAIN
    return info.type in _PLAIN


def may_own(info: FieldInfo, kind: str) -> bool:
    """Whether a field may hold the owner of a record, as far as the CRM tells."""
    if kind == "salesforce":
        objects = str(info.extra.get("reference_to") or _OBJECTS[Reference.OWNER]).split(",")
        return info.type == "reference" and _OBJECTS[Reference.OWNER] in objects
    return bool(info.extra.get("external_options", True))
