"""Whether two providers say the same of a field, however each of them spells it."""

from __future__ import annotations

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.lead import Field, Type

NEAR = 0.1
"""Numbers that differ by no more than this share of the greater one say the same: nobody counts heads alike."""

_BY_MEANING = {
    "email": "email_clean",
    "phone": "phone_e164",
    "mobile": "mobile_e164",
    "language": "language_code",
    "company": "company_key",
    "website": "domain",
    "country": "country_code",
    "state": "state_code",
}
"""By field, the derived one that is the same for whatever means the same, such as Germany and DE."""


def alike(field: Field, one: pl.Series, other: pl.Series) -> pl.Series:
    """Row by row, whether two values of the field's type, none of them null, say the same."""
    pair = pl.DataFrame({"one": one, "other": other})
    left, right = pl.col("one"), pl.col("other")
    if field.type in {Type.INTEGER, Type.NUMBER}:
        most = pl.max_horizontal(left.abs(), right.abs())
        return pair.select((left.cast(pl.Float64) - right).abs() <= most * NEAR).to_series()
    if field.type not in {Type.TEXT, Type.LIST}:
        return pair.select(left == right).to_series()
    same = pair.select(_folded(left, field.type) == _folded(right, field.type)).to_series()
    if field.name not in _BY_MEANING or same.all():
        return same
    return same | (_meant(field.name, one) == _meant(field.name, other)).fill_null(value=False)


def _folded(value: pl.Expr, kind: Type) -> pl.Expr:
    if kind is Type.LIST:
        return value.list.eval(_folded(pl.element(), Type.TEXT)).list.unique().list.sort().list.join("\n")
    return value.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


def _meant(name: str, values: pl.Series) -> pl.Series:
    derived = _BY_MEANING[name]
    found = Cleaner([derived])(pl.DataFrame({name: values}))
    return found[derived] if derived in found.columns else pl.repeat(None, len(values), dtype=pl.String, eager=True)
