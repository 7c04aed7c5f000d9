"""Fields that hold the id of something else in the CRM: a user known by an e-mail address, a company by a domain.

Where no id can be told, the reason stands in its place until the plan is made, which withholds it. A reason never holds
the address or the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import polars as pl

from leadrelay.core.lead import Type

_SIGN = "?"
"""No id begins so."""


class Reference(StrEnum):
    """What a field refers to."""

    OWNER = "owner"  # a user of the CRM
    ACCOUNT = "account"  # a company that the CRM knows


def untold(why: str) -> str:
    """What stands in place of an id that cannot be told."""
    return f"{_SIGN}{why}"


def referred(name: str, ids: Mapping[str, str], unknown: str | None = None) -> pl.Expr:
    """The ids of what a column names. `ids`: by text in lower case, or what `untold` gave.

    `unknown`: why all others have none; without it there is nothing to say of them.
    """
    text = pl.col(name).str.strip_chars().str.to_lowercase()
    keys, values = (pl.Series(some, dtype=pl.String) for some in (list(ids), list(ids.values())))
    other = pl.lit(None if unknown is None else untold(unknown), pl.String)
    found = text.replace_strict(keys, values, default=other, return_dtype=pl.String)
    return pl.when(text != "").then(found).alias(name)


def is_untold(value: object) -> bool:
    """Whether this stands in place of an id."""
    return isinstance(value, str) and value.startswith(_SIGN)


class ToldOnly:
    """A field into which only ids go."""

    def refusals(self, values: pl.Series, kind: Type) -> pl.Series:  # noqa: ARG002 - as every room is asked
        """Row by row, why there is no id; null where there is one."""
        why = pl.when(pl.col(values.name).str.starts_with(_SIGN)).then(pl.col(values.name).str.slice(len(_SIGN)))
        return values.to_frame().select(why).to_series()
