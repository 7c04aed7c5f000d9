"""A lead's values as people read them: one spelling, as a Python function and as a Polars expression."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl

from leadrelay.core.decay import half_away
from leadrelay.core.lead import Field, Type
from leadrelay.core.lookup import gather

LONGEST = 80
CUT = "…"
_HUGE = 1e16
"""From here on numbers have powers of ten: a hundredfold of one is no whole number that every engine has."""
_PARTS = ["", *(f".{part:02}".rstrip("0") for part in range(1, 100))]


def shown(value: Any, longest: int = LONGEST) -> str | None:
    """A value as text; None for what is missing. Long texts are cut, numbers have at most two decimals."""
    text = _text(value)
    return shortened(text, longest) if text else None


def shortened(text: str, longest: int) -> str:
    """A text, cut where it is too long, and seen to be."""
    return text if len(text) <= longest else text[: longest - 1] + CUT


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case float():
            return _number(value)
        case datetime():
            return value.isoformat(" ", "minutes")[:16]
        case date():
            return value.isoformat()
        case list():
            return " + ".join(item for item in value if item is not None)
        case _:
            return str(value)


def _number(value: float) -> str:
    if abs(value) >= _HUGE:
        return repr(value)
    hundredths = half_away(value * 100)
    whole, part = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else ''}{whole}{_PARTS[part]}"


def text_expr(field: Field) -> pl.Expr:
    """A column as text, whole; `shown_expr` makes of it what `shown` gives."""
    column = pl.col(field.name)
    match field.type:
        case Type.BOOLEAN:
            return pl.when(column).then(pl.lit("yes")).when(~column).then(pl.lit("no"))
        case Type.NUMBER:
            return _number_expr(column)
        case Type.DATETIME:
            return column.dt.to_string("%Y-%m-%d %H:%M")
        case Type.LIST:
            return column.list.join(" + ")
        case _:
            return column.cast(pl.String)


def _number_expr(column: pl.Expr) -> pl.Expr:
    """In whole hundredths: Polars divides one number by a constant otherwise than many, in the last bit."""
    hundredths = (column * 100).round(mode="half_away_from_zero").cast(pl.Int64, strict=False)
    sign = pl.when(hundredths < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    part = gather(_PARTS, hundredths.abs() % 100, pl.String())
    text = pl.concat_str(sign, (hundredths.abs() // 100).cast(pl.String), part)
    return pl.when(column.abs() < _HUGE).then(text).otherwise(column.cast(pl.String))


def shown_expr(text: pl.Expr) -> pl.Expr:
    """A column of texts: long ones cut, null for empty ones."""
    length = text.str.len_chars()
    return pl.when(length > LONGEST).then(text.str.head(LONGEST - 1) + CUT).when(length > 0).then(text)
