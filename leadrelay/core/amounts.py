"""Amounts of money between the currency of a record and the one that leads are counted in.

An amount whose rate is not known is not known: it never passes as an amount of another currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from leadrelay.core.casts import Caster, Target
from leadrelay.core.lead import Type

CENTS = 2
"""Decimal places of an amount that is written, in most currencies."""
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_PLACES: Mapping[str, int] = {
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
"""Those of the others: the minor units of ISO 4217.

https://www.six-group.com/en/products-services/financial-information/market-reference-data/data-standards.html
"""
EXACT = 15
"""Digits of a double that mean something: what is beyond them is noise of the multiplication."""

RATE, PLACES = "~rate", "~places"
"""The columns with what one unit of the record's currency is worth, and to how many decimal places it is paid."""


def places_of(currency: str) -> int:
    """Decimal places of a currency.

    >>> places_of("EUR"), places_of("JPY"), places_of("KWD")
    (2, 0, 3)
    """
    return _PLACES.get(currency, CENTS)


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in the one of leads, from a day on; from ever without one."""

    currency: str
    worth: float
    since: date | None = None


@dataclass(frozen=True)
class Currency:
    """What amounts are counted in.

    `to`: by leads. `field`: the CRM field with the record's own currency. `usual`: that of records that name none.
    `on`: the CRM field whose day says which of several rates holds; without it those hold that have no day.
    `source`: where the rates come from, when they do not stand in the mapping: "crm", or a file's name.
    """

    to: str
    field: str = ""
    usual: str = ""
    rates: tuple[Rate, ...] = ()
    on: str = ""
    source: str = ""
    zone: str = "UTC"

    @property
    def fields(self) -> tuple[str, ...]:
        """The CRM fields that it looks at."""
        return tuple(name for name in (self.field, self.on) if name)

    @cached_property
    def _known(self) -> pl.DataFrame:
        rows = [(rate.currency, rate.since or date.min, rate.worth) for rate in self.rates if rate.currency != self.to]
        schema = {"currency": pl.String, "since": pl.Date, "worth": pl.Float64}
        return pl.DataFrame([*rows, (self.to, date.min, 1.0)], schema, orient="row").sort("since")

    def codes(self, records: pl.DataFrame) -> pl.Series:
        """Row by row the currency of the record; null where nothing says it."""
        usual = pl.lit(self.usual or None, pl.String)
        if not self.field:
            return _all(usual, records).alias("currency")
        code = pl.col(self.field).str.strip_chars().str.to_uppercase()
        return records.select(currency=pl.when(code != "").then(code).otherwise(usual)).to_series()

    def of(self, records: pl.DataFrame) -> pl.Series:
        """Row by row what one unit of the record's currency is worth; null where that is not known."""
        asked = pl.DataFrame([self.codes(records), self.days(records)]).with_row_index("~row")
        dated = asked.filter(pl.col("since").is_not_null()).sort("since")
        found = dated.join_asof(self._known, on="since", by="currency", check_sortedness=False)
        worth = asked.select("~row").join(found.select("~row", "worth"), on="~row", how="left", maintain_order="left")
        return worth["worth"].alias(RATE)

    def rated(self, records: pl.DataFrame) -> pl.DataFrame:
        """The records with the columns that `inward` and `outward` look at."""
        return records.with_columns(self.of(records), self.places(records))

    def places(self, records: pl.DataFrame) -> pl.Series:
        """Row by row the decimal places of the record's currency."""
        codes = self.codes(records).to_frame("currency")
        known = pl.col("currency").replace_strict(_PLACES, default=CENTS, return_dtype=pl.Int64)
        return codes.select(known.alias(PLACES)).to_series()

    def days(self, records: pl.DataFrame) -> pl.Series:
        """The day of which the rates hold. A record without one has those that hold from ever."""
        if not self.on:
            return _all(pl.lit(date.min), records).alias("since")
        caster = Caster({"since": Target(Type.DATE, zone=self.zone)})
        days = caster.cast(records.select(since=pl.col(self.on))).frame
        return days.select(pl.col("since").fill_null(date.min)).to_series()


def _all(value: pl.Expr, records: pl.DataFrame) -> pl.Series:
    return pl.select(pl.repeat(value, records.height)).to_series()


def inward(amount: pl.Expr) -> pl.Expr:
    """An amount of the record's currency in that of leads."""
    return (amount * pl.col(RATE)).round_sig_figs(EXACT)


def outward(amount: pl.Expr) -> pl.Expr:
    """An amount in the currency of leads in that of the record, to the smallest unit that it is paid in."""
    exact = amount.cast(pl.Float64) / pl.col(RATE)
    rounded = exact.round(CENTS)
    for places in sorted({*_PLACES.values()}):
        rounded = pl.when(pl.col(PLACES) == places).then(exact.round(places)).otherwise(rounded)
    return rounded
