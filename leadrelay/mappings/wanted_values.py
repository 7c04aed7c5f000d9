"""What a written CRM field is to hold, as an expression over leads and verdicts."""

from __future__ import annotations

from collections import abc

import polars as pl

from leadrelay.core import zones
from leadrelay.core.amounts import outward
from leadrelay.core.lead import Type
from leadrelay.core.template_columns import as_text, filled
from leadrelay.core.writes import Write

_KINDS = {kind.dtype: kind for kind in Type}


def value_of(write: Write) -> pl.Expr:
    """Of one output or lead field, or the constant, as the CRM field takes it."""
    if not write.source:
        return pl.lit(write.constant, write.type.dtype).alias(write.field)
    value = pl.col(write.source)
    if write.values:
        keys, texts = pl.Series(list(write.values)), pl.Series(list(write.values.values()))
        value = value.cast(pl.String).replace_strict(keys, texts, default=None, return_dtype=pl.String)
    elif write.currency:
        value = outward(value)
    elif write.places is not None:
        value = value.round(write.places)
    elif write.zone:
        value = (zones.midnight if write.type is Type.DATETIME else zones.day)(value, write.zone)
    elif write.type is Type.TEXT:
        value = pl.when(value != "").then(value)
    return value.alias(write.field)


def template_of(write: Write, schema: abc.Mapping[str, pl.DataType]) -> pl.Expr:
    """The text of several. `schema`: of the columns that it is made of."""
    texts = {name: as_text(pl.col(name), _KINDS[schema[name]], write.zone or zones.UTC) for name in write.sources}
    return filled(write.template, texts).alias(write.field)


def shortened(write: Write) -> pl.Expr:
    """Cut, and seen to be."""
    text, most = pl.col(write.field), write.cut or 0
    return pl.when(text.str.len_chars() > most).then(text.str.head(most - 1) + "…").otherwise(text).alias(write.field)
