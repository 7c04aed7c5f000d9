"""Columns that come typed already, from Parquet or from another program: checked, and brought within our bounds.

The rules count on those bounds: no NaN, whole numbers that a double holds, years of four digits, no empty text or list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from leadrelay.core import casts
from leadrelay.core.lead import Field, Type
from leadrelay.errors import ConfigError, Problem

_TEXTS = (pl.String, pl.Categorical, pl.Enum)
_MOMENTS = (pl.Date, pl.Datetime)


def typed(frame: pl.DataFrame, fields: Iterable[Field]) -> pl.DataFrame:
    """`id` and these fields, each of its type; raises `ConfigError` with every column that is not there or not so."""
    wanted = list(fields)
    _refuse(_id_trouble(frame.schema))
    _refuse(_trouble(frame.schema, field.name, field.type) for field in wanted)
    return frame.select(_id(), *(_bounded(field.name, field.type, frame.schema[field.name]) for field in wanted))


def texts(frame: pl.DataFrame, separators: Mapping[str, str]) -> pl.DataFrame:
    """`id` and these columns as texts, which a mapping reads; a list's entries are joined by the column's separator."""
    _refuse(_id_trouble(frame.schema))
    _refuse(_text_trouble(frame.schema, name) for name in separators)
    return frame.select(_id(), *(_spelled(name, frame.schema[name], part) for name, part in separators.items()))


def _refuse(problems: Iterable[Problem | None]) -> None:
    found = [problem for problem in problems if problem]
    if found:
        raise ConfigError(found)


def _id_trouble(schema: pl.Schema) -> Iterator[Problem | None]:
    kind = schema.get("id")
    if kind is None:
        yield Problem("column id", "is missing.", "Every lead needs the id that its verdict is to be known by.")
    elif not (isinstance(kind, (*_TEXTS, pl.Null)) or kind.is_integer()):
        yield Problem("column id", f"holds {kind}, where text or an integer is needed.", "Cast it before.")


def _trouble(schema: pl.Schema, name: str, kind: Type) -> Problem | None:
    found = schema.get(name)
    if found is None:
        cure = "Add it; where nothing is known of it, with nulls."
        return Problem(f"column {name}", f"is missing; the playbook looks at it as {kind}.", cure)
    if isinstance(found, pl.Null) or _suits(found, kind):
        return None
    return Problem(
        f"column {name}", f"holds {found}, where {kind} is needed.", "Cast it before, or read with a mapping."
    )


def _suits(found: pl.DataType, kind: Type) -> bool:
    match kind:
        case Type.TEXT:
            return isinstance(found, _TEXTS)
        case Type.INTEGER | Type.NUMBER:
            return found.is_numeric()
        case Type.BOOLEAN:
            return isinstance(found, pl.Boolean)
        case Type.DATE | Type.DATETIME:
            return isinstance(found, _MOMENTS)
        case Type.LIST:
            return isinstance(found, pl.List) and isinstance(found.inner, (*_TEXTS, pl.Null))


def _text_trouble(schema: pl.Schema, name: str) -> Problem | None:
    found = schema.get(name)
    if found is None:
        cure = "Add it; where nothing is known of it, with nulls."
        return Problem(f"column {name}", "is missing; the mapping reads it.", cure)
    plain = isinstance(found, (*_TEXTS, *_MOMENTS, pl.Boolean, pl.Null)) or found.is_numeric()
    if plain or _suits(found, Type.LIST):
        return None
    return Problem(f"column {name}", f"holds {found}, which has no spelling as text.", "Cast it to text before.")


def _id() -> pl.Expr:
    return pl.col("id").cast(pl.String)


def _bounded(name: str, kind: Type, found: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    match kind:
        case Type.TEXT:
            text = column.cast(pl.String)
            return pl.when(text != "").then(text).alias(name)
        case Type.INTEGER:
            return casts.bounded(casts.whole(column) if found.is_float() else column.cast(pl.Int64, strict=False))
        case Type.NUMBER:
            return casts.finite(column.cast(pl.Float64))
        case Type.DATE:
            return casts.day(_utc(column, found).cast(pl.Date))
        case Type.DATETIME:
            return casts.utc(_utc(column, found).cast(pl.Datetime("ms")))
        case Type.LIST:
            entries = column.cast(pl.List(pl.String)).list.drop_nulls()
            return pl.when(entries.list.len() > 0).then(entries).alias(name)
        case _:
            return column.cast(kind.dtype)


def _utc(column: pl.Expr, found: pl.DataType) -> pl.Expr:
    """Without its zone, as UTC has it; without a zone, a moment is one in UTC."""
    if isinstance(found, pl.Datetime) and found.time_zone:
        return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return column


def _spelled(name: str, found: pl.DataType, separator: str) -> pl.Expr:
    column = pl.col(name)
    match found:
        case pl.Datetime():
            return casts.to_text(casts.utc(_utc(column, found).cast(pl.Datetime("ms"))), Type.DATETIME)
        case pl.Date():
            return casts.to_text(casts.day(column), Type.DATE)
        case pl.List():
            return column.cast(pl.List(pl.String)).list.join(separator, ignore_nulls=True)
        case _:
            return column.cast(pl.String)
