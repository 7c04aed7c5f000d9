"""Where enriched values come from: as a line that a CRM field can hold, and, of one lead, in full.

Values come from outside: what steers a screen or turns a line is taken out of them, and long ones are cut.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import polars as pl

from leadrelay.core.enrich.values import FORM, KEPT, Enrichment
from leadrelay.core.enrich.waterfall import Merged
from leadrelay.core.lead import Schema
from leadrelay.core.reasons import BETWEEN
from leadrelay.core.shown import shown_expr, text_expr

LINE = "provenance"
"""The name of the line for all fields; that for one is its name behind it: provenance.employees."""

_STEERING = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+"
"""Control characters, line ends, and marks that nobody sees: some of them turn the line around."""


def of_field(name: str) -> str:
    """The name of the line for one field."""
    return f"{LINE}.{name}"


def is_line(source: str) -> bool:
    """Whether a mapping asks for one of these lines."""
    return source.partition(".")[0] == LINE


class Provenance:
    """Adds the lines that are asked for: `provenance`, `provenance.FIELD`."""

    def __init__(self, plan: Enrichment, schema: Schema, asked: Collection[str]) -> None:
        self._fields = [schema[one.field] for one in plan.fields]
        self._line = LINE in asked
        self._alone = [field.name for field in self._fields if of_field(field.name) in asked]

    def __call__(self, merged: Merged) -> pl.DataFrame:
        """The leads, with a column for each line; null where no provider, and no form, has said anything."""
        names = [field.name for field in self._fields] if self._line else self._alone
        if not names:
            return merged.leads
        sources = self._columns(merged, names, _sources(merged.facts))
        found = merged.leads.hstack([sources[name].alias(of_field(name)) for name in self._alone])
        if not self._line:
            return found
        others = self._columns(merged, names, _others(merged.facts))
        told = (_told(name, text, sources[name], others[name]) for name, text in self._texts(merged.leads))
        return found.with_columns(_joined(list(told)).alias(LINE))

    def _columns(self, merged: Merged, names: Collection[str], facts: pl.DataFrame) -> dict[str, pl.Series]:
        """A text for each lead, by field."""
        ids = merged.leads.select("id")
        by_field = facts.partition_by("field", as_dict=True, include_key=False)
        nothing = facts.clear().drop("field")
        return {
            name: ids.join(by_field.get((name,), nothing), on="id", how="left", maintain_order="left")["text"]
            for name in names
        }

    def _texts(self, leads: pl.DataFrame) -> Iterator[tuple[str, pl.Series]]:
        for field in self._fields:
            text = leads.select(text=harmless(text_expr(field)))
            yield field.name, text.select(shown_expr(pl.col("text"))).to_series()


def harmless(text: pl.Expr) -> pl.Expr:
    """A text of somebody else's as one line that shows what it holds."""
    return text.str.replace_all(_STEERING, " ").str.strip_chars()


def _sources(facts: pl.DataFrame) -> pl.DataFrame:
    """By lead and field, who said what is used: `pdl, 92 %, 2026-11-20`; a form and what stands have no day."""
    percent = (pl.col("confidence") * 100).round(mode="half_away_from_zero").cast(pl.Int64).cast(pl.String)
    named = pl.concat_str("provider", percent + " %", pl.col("at").dt.to_string("%Y-%m-%d"), separator=", ")
    text = pl.when(pl.col("provider").is_in([FORM, KEPT])).then("provider").otherwise(named)
    return facts.filter("won").select("id", "field", text=text)


def _others(facts: pl.DataFrame) -> pl.DataFrame:
    """By lead and field, who says otherwise: `apollo: 950`."""
    text = pl.concat_str("provider", shown_expr(harmless(pl.col("value"))), separator=": ")
    against = facts.filter(pl.col("conflict") & ~pl.col("won")).select("id", "field", text=text)
    return against.group_by("id", "field", maintain_order=True).agg(pl.col("text").str.join("; "))


def _told(name: str, text: pl.Series, source: pl.Series, others: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"text": text, "source": source, "others": others})
    why = pl.concat_str("source", "others", separator="; ", ignore_nulls=True)
    said = pl.concat_str(pl.lit(f"{name} "), "text", pl.lit(" ("), why, pl.lit(")"))  # pl.format panics at empty chunks
    return frame.select(pl.when(pl.col("source").is_not_null()).then(said)).to_series()


def _joined(columns: list[pl.Series]) -> pl.Expr:
    line = pl.concat_str([pl.lit(column) for column in columns], separator=BETWEEN, ignore_nulls=True)
    return pl.when(line != "").then(line)
