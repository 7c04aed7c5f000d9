"""What is read: is it there, and can the lead field be read from it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadrelay.connectors.base import FieldInfo
from leadrelay.core import casts
from leadrelay.core.casts import Target
from leadrelay.core.lead import Type
from leadrelay.core.toml_text import nearest
from leadrelay.mappings.crm_types import READABLE
from leadrelay.mappings.crm_types import held as content
from leadrelay.mappings.doctor.values import Finding, listed, missing, named
from leadrelay.mappings.mapping_values import Read


def of_read(read: Read, schema: Mapping[str, FieldInfo], kind: str) -> Iterator[Finding]:
    if kind == "salesforce" and "." in read.field:
        yield from _relation(read, schema)
    elif read.field not in schema:
        yield missing(read.place, read.field, schema)
    elif held := content(schema[read.field], kind):
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
        message = f"'{read.field}' holds {named(held)}, and lead field '{read.lead}' {named(read.type)}."
        yield Finding("error", read.place, message, "Read another field, or map its texts with 'values'.", read.field)
    elif read.may_misfit and held is Type.TEXT:
        spare = [text for text in info.picklist if not _fits(read, text)]
        if spare:
            message = f"{listed(spare)} of '{read.field}' would count as not given: not {named(read.type)}."
            yield Finding("warning", read.place, message, "Say with 'values' what they stand for.")


def _fits(read: Read, text: str) -> bool:
    folded = text.strip().lower()
    known = read.other is not None or folded in read.values or folded in read.empty
    return known or casts.fits(text, Target(read.type))
