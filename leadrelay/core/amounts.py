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
"""Decimal places of an amount that is written."""
EXACT = 15
"""Digits of a double that mean something: what is beyond them is noise of the multiplication."""

RATE = "~rate"
"""The column with what one unit of the record's currency is worth."""


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
    `on`: the CRM field whose day says which of several rates holds; without it the first day's, `date.min`, do.
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
        none = pl.lit(self.usual or None, pl.String)
        code = pl.col(self.field).str.strip_chars().str.to_uppercase() if self.field else none
        named = pl.when(code != "").then(code).otherwise(none)
        return records.select(named.alias("currency")).to_series() if self.field else _all(none, records)

    def of(self, records: pl.DataFrame) -> pl.Series:
        """Row by row what one unit of the record's currency is worth; null where that is not known."""
        asked = pl.DataFrame([self.codes(records), self._days(records)]).with_row_index("~row")
        dated = asked.filter(pl.col("since").is_not_null()).sort("since")
        found = dated.join_asof(self._known, on="since", by="currency", check_sortedness=False)
        worth = asked.select("~row").join(found.select("~row", "worth"), on="~row", how="left", maintain_order="left")
        return worth["worth"].alias(RATE)

    def _days(self, records: pl.DataFrame) -> pl.Series:
        """The day of which the rates hold. A record without one has those that hold from ever."""
        if not self.on:
            return _all(pl.lit(date.min), records).alias("since")
        caster = Caster({"since": Target(Type.DATE, zone=self.zone)})
        days = caster.cast(records.select(since=pl.col(self.on))).frame
        return days.select(pl.col("since").fill_null(date.min)).to_series()


def _all(value: pl.Expr, records: pl.DataFrame) -> pl.Series:
    return pl.select(pl.repeat(value, records.height)).to_series().alias("currency")


def inward(amount: pl.Expr) -> pl.Expr:
    """An amount of the record's currency in that of leads."""
    return (amount * pl.col(RATE)).round_sig_figs(EXACT)


def outward(amount: pl.Expr) -> pl.Expr:
    """An amount in the currency of leads in that of the record."""
    return (amount.cast(pl.Float64) / pl.col(RATE)).round(CENTS)


def rates_of(worth: Mapping[str, float], default: str, to: str) -> tuple[Rate, ...]:
    """Rates as a CRM has them, so many units for one of its default currency, as worth in `to`."""
    units = {default: 1.0, **worth}
    if to not in units:
        return ()
    return tuple(Rate(code, units[to] / rate) for code, rate in units.items() if rate > 0)
