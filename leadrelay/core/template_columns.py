"""Templates such as `{FirstName} {LastName}`, filled in for every row at once: the same as `template.fill`."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from leadrelay.core import casts, zones
from leadrelay.core.lead import Type
from leadrelay.core.template import LOOSE, PLACE, places

_WORDS = {
    r"\(\s*\)|\[\s*\]": "",
    r"\s+([,;:.!?)\]])": "${1}",
    r"([(\[])\s+": "${1}",
    r"([,;:\x{b7}|])(?:\s*[,;:\x{b7}|])+": "${1}",
}
"""What `template.tidy` does, one after the other."""


def filled(template: str, texts: Mapping[str, pl.Expr]) -> pl.Expr:
    """`texts`: by name, the text of each row, null where there is none. Null where not one of them is given."""
    names = places(template)
    given = [texts[name].is_not_null() for name in names]
    parts = [_part(number, piece, texts) for number, piece in enumerate(PLACE.split(template))]
    line = _in_one(pl.concat_str([part for part in parts if part is not None]))
    whole = pl.when(pl.all_horizontal(given)).then(line).otherwise(_tidied(line))
    return pl.when(pl.any_horizontal(given)).then(pl.when(whole != "").then(whole))


def _part(number: int, piece: str, texts: Mapping[str, pl.Expr]) -> pl.Expr | None:
    """`re.split` gives what is between the places and, every second time, what is in them."""
    if number % 2:
        return texts[piece.strip()].fill_null("")
    return pl.lit(piece) if piece else None


def _tidied(line: pl.Expr) -> pl.Expr:
    for pattern, kept in _WORDS.items():
        line = line.str.replace_all(pattern, kept)
    return _in_one(line).str.strip_chars(LOOSE)


def _in_one(line: pl.Expr) -> pl.Expr:
    return line.str.replace_all(r"\s+", " ").str.strip_chars()


def as_text(value: pl.Expr, kind: Type, zone: str = zones.UTC) -> pl.Expr:
    """A typed column as people read it: whole numbers without a point, moments as the clocks of the zone show them."""
    match kind:
        case Type.TEXT:
            return pl.when(value != "").then(value)
        case Type.NUMBER:
            return pl.coalesce(casts.whole(value).cast(pl.String), value.cast(pl.String))
        case Type.DATETIME:
            return zones.clock(value, zone).dt.to_string("%Y-%m-%d %H:%M")
        case Type.LIST:
            return pl.when(value.list.len() > 0).then(value.list.join(", "))
        case _:
            return casts.to_text(value, kind).cast(pl.String)
