"""What is read: is it there, and can the lead field be read from it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from leadrelay.connectors.base import FieldInfo
from leadrelay.core import casts
from leadrelay.core.casts import Target
from leadrelay.core.lead import Type
from leadrelay.core.toml_text import nearest
from leadrelay.mappings.crm_types import NUMBERS, READABLE
from leadrelay.mappings.crm_types import held as content
from leadrelay.mappings.doctor.references import of_read_reference
from leadrelay.mappings.doctor.values import Finding, listed, missing, named
from leadrelay.mappings.mapping_values import Read


def of_read(read: Read, schema: Mapping[str, FieldInfo], kind: str) -> Iterator[Finding]:
    for name in read.fields:
        yield from of_field(read, name, schema, kind)
    for name in read.beside:
        if "." not in name and name not in schema:
            yield missing(read.place, name, schema)


def of_field(read: Read, name: str, schema: Mapping[str, FieldInfo], kind: str) -> Iterator[Finding]:
    """One of the CRM fields that a lead field comes from. In a template anything is text."""
    if kind == "salesforce" and "." in name:
        yield from _relation(read, name, schema)
    elif name not in schema:
        yield missing(read.place, name, schema)
    elif held := content(schema[name], kind):
        yield from () if read.template else _plausible(read, name, schema[name], held)
        yield from of_read_reference(read, schema[name], kind)
    else:
        message = f"'{name}' is made up of other fields ({schema[name].type})."
        yield Finding("error", read.place, message, "Read one of its parts.")


def _relation(read: Read, name: str, schema: Mapping[str, FieldInfo]) -> Iterator[Finding]:
    """`Owner.Email`: the related object's fields are not part of this schema, but its name is."""
    relations = [str(info.extra["relationship"]) for info in schema.values() if info.extra.get("relationship")]
    relation = name.partition(".")[0]
    if relations and relation not in relations:
        yield Finding("error", read.place, f"there is no relation '{relation}'.", nearest(relation, relations))


def _plausible(read: Read, name: str, info: FieldInfo, held: Type) -> Iterator[Finding]:
    if not read.values and held not in READABLE[read.type]:
        message = f"'{name}' holds {named(held)}, and lead field '{read.lead}' {named(read.type)}."
        yield Finding("error", read.place, message, "Read another field, or map its texts with 'values'.", name)
    elif info.encrypted:
        message = f"'{name}' is encrypted: this user may see it masked."
        yield Finding("warning", read.place, message, "Grant View Encrypted Data, or read another field.")
    elif read.number and read.number.decimal == "," and held in NUMBERS:
        message = (
            f"'{name}' holds {named(held)}, which the CRM spells with a point: with decimal = ',' it is not given."
        )
        yield Finding("error", read.place, message, "Remove 'number' and 'decimal'.", name)
    elif read.may_misfit and held is Type.TEXT:
        spare = [text for text in info.picklist if not _fits(read, text)]
        if spare:
            message = f"{listed(spare)} of '{name}' would count as not given: not {named(read.type)}."
            yield Finding("warning", read.place, message, "Say with 'values' what they stand for.")


def _fits(read: Read, text: str) -> bool:
    folded = text.strip().lower()
    known = read.other is not None or folded in read.values or folded in read.empty
    if known or read.number is None:
        return known or casts.fits(text, Target(read.type))
    return pl.select(read.number.of(pl.lit(text))).item() is not None
