"""What a record says of a lead field, as one text to cast: of one CRM field, the first of several, or a template."""

from __future__ import annotations

from collections import abc

import polars as pl

from leadrelay.core.amounts import inward
from leadrelay.core.casts import finite
from leadrelay.core.lead import Type
from leadrelay.core.template_columns import filled
from leadrelay.mappings.mapping_values import Read

_NO_NUMBER = "?"
"""What was given, and is not what it was to be: it counts as not given, and is told."""


def given(text: pl.Expr, read: Read) -> pl.Expr:
    """Whether a CRM field says anything; never null."""
    plain = text.str.strip_chars().str.to_lowercase()
    if read.type is Type.LIST:
        entries = plain.str.split(read.separator.lower()).list.eval(_says(pl.element().str.strip_chars(), read))
        return entries.list.any().fill_null(value=False)
    return _says(plain, read).fill_null(value=False)


def _says(folded: pl.Expr, read: Read) -> pl.Expr:
    return (folded != "") & ~folded.is_in(pl.Series(read.empty, dtype=pl.String).implode())


def is_looked_up(read: Read) -> bool:
    """Whether each text of its one field is worth looking at only once."""
    return bool(read.field) and read.type is not Type.LIST and not read.currency and _is_translated(read)


def _is_translated(read: Read) -> bool:
    return bool(read.values or read.empty or read.other or read.number)


def to_cast(read: Read) -> pl.Expr:
    """The text to cast. Types have their own way with blanks, so that only free text and mapped text is trimmed."""
    raw = raw_text(read)
    if read.type is Type.LIST or (read.may_misfit and not _is_translated(read) and not read.currency):
        return raw
    text = raw.str.strip_chars()
    table = {**read.values, **dict.fromkeys(read.empty)}
    if read.other is not None:
        return pl.when(text != "").then(replaced(text, table, pl.lit(read.other)))
    plain = counted(text, read) if read.number or read.currency else text
    return replaced(text, table, plain) if table else plain


def raw_text(read: Read) -> pl.Expr:
    """The text that counts, as it is spelled there."""
    if read.first:
        return pl.coalesce(pl.when(given(pl.col(name), read)).then(pl.col(name)) for name in read.first)
    if read.template:
        said = {name: pl.when(given(pl.col(name), read)).then(pl.col(name).str.strip_chars()) for name in read.fields}
        return filled(read.template, said)
    return pl.col(read.field)


def counted(text: pl.Expr, read: Read) -> pl.Expr:
    """The number that a text holds, in the unit of the lead field, as text again."""
    number = finite(text.cast(pl.Float64, strict=False))
    if read.number:
        number = read.number.of(text, whole=read.type is Type.INTEGER)
    if read.currency:
        number = inward(number)
    return pl.when(text != "").then(number.cast(pl.String).fill_null(_NO_NUMBER))


def has_mapped_entries(read: Read) -> bool:
    return read.type is Type.LIST and bool(read.values or read.empty or read.other)


def mapped_entries(read: Read) -> pl.Expr:
    """A list whose every entry is looked up; two that mean the same become one."""
    part = pl.element()
    table = {**read.values, **dict.fromkeys(read.empty)}
    other = part if read.other is None else pl.lit(read.other)
    mapped = replaced(part, table, other).drop_nulls().unique(maintain_order=True)
    entries = pl.col(read.lead).list.eval(mapped)
    return pl.when(entries.list.len() > 0).then(entries).alias(read.lead)


def replaced(text: pl.Expr, table: abc.Mapping[str, str | None], other: pl.Expr) -> pl.Expr:
    keys = pl.Series(list(table), dtype=pl.String)
    values = pl.Series(list(table.values()), dtype=pl.String)
    return text.str.to_lowercase().replace_strict(keys, values, default=other, return_dtype=pl.String)
