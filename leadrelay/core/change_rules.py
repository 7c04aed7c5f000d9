"""When a field of a record is written, and when a change of it is kept back: one pair of expressions for each write."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from leadrelay.core.lead import Type
from leadrelay.core.writes import Policy, Write


class Rule(NamedTuple):
    """When a field is written, and when a change of it is kept back."""

    write: pl.Expr
    keep: pl.Expr


def rule_of(write: Write) -> Rule:
    """The rule of one field. Who takes an entry out of a list that is added to has edited it; who adds one has not."""
    differs, empty = _differs(write), is_empty(pl.col(f"raw.{write.field}"))
    never, last, want = (pl.col(f"{part}.{write.field}") for part in ("past", "last", "want"))
    never, said = never.is_null(), want.is_not_null()
    if write.policy is Policy.OWN:
        return Rule(differs if write.clears else differs & said, pl.lit(value=False))
    if write.append:
        taken_out = _entries(last).list.set_difference(_entries(pl.col(f"now.{write.field}")))
        ours = never | (last.is_not_null() & (taken_out.list.len() == 0))
        return Rule(differs & ours, differs & ~ours)
    due = differs & said
    if write.policy is Policy.FILL:
        return Rule(due & empty & never, due & empty & ~never)
    untouched = pl.col(f"raw.{write.field}").is_in(write.initial).fill_null(value=False)
    still = last.is_not_null() & ~_differ(write.type, "now", "last", write.field)
    ours = pl.when(never).then(empty | untouched).otherwise(still)
    cleared = differs & ~said & still & ~never if write.clears else pl.lit(value=False)
    return Rule((due & ours) | cleared, due & ~ours)


def appended(write: Write) -> pl.Expr:
    """What a list is to hold to which entries are only added: those that it has, then those that it lacks."""
    both = pl.concat_list(_entries(pl.col(f"now.{write.field}")), _entries(pl.col(f"want.{write.field}")))
    found = both.list.unique(maintain_order=True)
    return pl.when(found.list.len() > 0).then(found).alias(f"want.{write.field}")


def _entries(column: pl.Expr) -> pl.Expr:
    return column.fill_null(pl.lit([], pl.List(pl.String)))


def _differs(write: Write) -> pl.Expr:
    """The CRM holds something else. Text that is not of the field's type differs from everything, nothing included."""
    differs = _differ(write.type, "now", "want", write.field)
    if write.type in {Type.TEXT, Type.LIST}:
        return differs
    raw, now, want = (pl.col(f"{part}.{write.field}") for part in ("raw", "now", "want"))
    return differs | (want.is_null() & now.is_null() & (raw.fill_null("") != ""))


def _differ(kind: Type, one: str, other: str, name: str) -> pl.Expr:
    left, right = pl.col(f"{one}.{name}"), pl.col(f"{other}.{name}")
    if kind is Type.LIST:
        left, right = as_set(left), as_set(right)
    return left.ne_missing(right)


def as_set(entries: pl.Expr) -> pl.Expr:
    """A list as one text in which neither order nor repetition shows; null when it has no entries."""
    joined = entries.list.unique().list.sort().list.join("\x1f")
    return pl.when(joined != "").then(joined)


def as_one(values: pl.Series) -> pl.Series:
    """Values that are equal where they mean the same: Salesforce gives a list in the order of its options."""
    if values.dtype != Type.LIST.dtype:
        return values
    return values.to_frame("entries").select(as_set(pl.col("entries"))).to_series()


def is_empty(raw: pl.Expr) -> pl.Expr:
    return raw.fill_null("").str.strip_chars() == ""
