"""The words of providers and those of the CRM: answers read as the CRM's own values are, and written where they fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.changes import Write
from leadrelay.core.clean.fields import WORKED_OUT
from leadrelay.core.clean.recipes import derived
from leadrelay.core.enrich.provenance import is_line
from leadrelay.core.fitting import Room, Speller
from leadrelay.core.lead import Type
from leadrelay.mappings.mapping_values import Mapping as FieldMapping
from leadrelay.mappings.mapping_values import Read

_WORDS = frozenset({Type.TEXT, Type.LIST})
_LONGEST = 65_536
"""HubSpot's longest text; Salesforce tells the length of each field."""


class Wording:
    """Answers of providers in the words that the mapping makes of the CRM's. Made once per run."""

    def __init__(self, mapping: FieldMapping, enriched: Collection[str], schema: Mapping[str, FieldInfo]) -> None:
        reads = [read for read in mapping.reads if read.lead in enriched]
        self._said = [(read.lead, expr) for read in reads if (expr := _said(read, schema)) is not None]

    def __call__(self, answers: pl.DataFrame) -> pl.DataFrame:
        """`answers`: rows of the core's `ANSWERS`. A word that means nothing becomes null: not known."""
        if not self._said or answers.is_empty():
            return answers
        value = pl.col("value")
        for field, said in self._said:
            value = pl.when(pl.col("field") == field).then(said).otherwise(value)
        return answers.with_columns(value)


def rooms(mapping: FieldMapping, enriched: Collection[str], schema: Mapping[str, FieldInfo]) -> dict[str, Room]:
    """By written CRM field into which the words of providers may come, what it has room for."""
    return {write.field: _room(schema[write.field]) for write in _written(mapping, enriched, schema)}


def spellers(
    mapping: FieldMapping, enriched: Collection[str], schema: Mapping[str, FieldInfo]
) -> dict[str, tuple[Speller, Type]]:
    """By written picklist, its spelling; not where the lead field is read from it, since its words are the options."""
    read = {(read.lead, name) for read in mapping.reads for name in read.fields}
    written = [write for write in _written(mapping, enriched, schema) if write.type in _WORDS and not write.values]
    return {
        write.field: (Speller(options), write.type)
        for write in written
        if (write.source, write.field) not in read and (options := _options(schema[write.field]))
    }


def _written(mapping: FieldMapping, enriched: Collection[str], schema: Mapping[str, FieldInfo]) -> Iterator[Write]:
    sources = derived(enriched) | WORKED_OUT
    for write in mapping.writes:
        if write.field in schema and (sources.intersection(write.sources) or any(map(is_line, write.sources))):
            yield write


def _room(info: FieldInfo) -> Room:
    return Room(
        options=_options(info) if info.restricted else (),
        length=info.length or _LONGEST,
        below=_below(info),
        address=info.type == "email" or (info.type == "string" and info.name == "email"),
    )


def _options(info: FieldInfo) -> tuple[str, ...]:
    return () if info.extra.get("external_options") else info.picklist


def _below(info: FieldInfo) -> float | None:
    """The first whole number that has too many digits; what would be rounded up to it is too big as well."""
    digits, precision, scale = (info.extra.get(name) for name in ("digits", "precision", "scale"))
    if isinstance(digits, int) and digits:
        return float(10**digits)
    if isinstance(precision, int) and isinstance(scale, int) and precision > scale:
        return float(10 ** (precision - scale)) - 0.5 * 10.0**-scale
    return None


def _said(read: Read, schema: Mapping[str, FieldInfo]) -> pl.Expr | None:
    """An answer to a lead field as the Reader would read it; None where it stays as it is said."""
    options = _words_of(read, schema) if read.type in _WORDS else ()
    if not (options or read.values or read.empty or (read.other is not None and read.type in _WORDS)):
        return None
    if read.type is Type.LIST:
        entries = pl.col("value").str.split(";").list.eval(_word(pl.element(), read, options).drop_nulls())
        joined = entries.list.unique(maintain_order=True).list.join(";")
        return pl.when(joined != "").then(joined)
    return _word(pl.col("value"), read, options)


def _words_of(read: Read, schema: Mapping[str, FieldInfo]) -> tuple[str, ...]:
    """The options that its texts are; a template joins them to others."""
    known = [schema[name] for name in read.fields if name in schema and not read.template]
    return tuple(dict.fromkeys(option for info in known for option in _options(info)))


def _word(value: pl.Expr, read: Read, options: Collection[str]) -> pl.Expr:
    """What a provider says in the words of the lead field already stands for itself; the CRM's words come first."""
    text = value.str.strip_chars()
    spelled = Speller(tuple(options))(text) if options else text
    own = [*read.values.values(), *([read.other] if read.other is not None else [])] if read.type in _WORDS else []
    table = {**{word.lower(): word for word in own}, **read.values, **dict.fromkeys(read.empty)}
    keys, words = pl.Series(list(table), dtype=pl.String), pl.Series(list(table.values()), dtype=pl.String)
    other = pl.lit(read.other, pl.String) if read.other is not None and read.type in _WORDS else spelled
    known = spelled.str.to_lowercase().replace_strict(keys, words, default=other, return_dtype=pl.String)
    return pl.when(text != "").then(known) if table else spelled
