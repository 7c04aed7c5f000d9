"""A number within a text: "ca. 1.200 MA", "50-200", "10k", "1,2 Mio". What cannot be told for certain is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl


class Range(StrEnum):
    """Which number of a range counts."""

    LOW = "low"
    HIGH = "high"
    MIDDLE = "middle"


DECIMALS = (".", ",")

THOUSANDS = {
    "k": 1e3,
    "tsd": 1e3,
    "tausend": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mio": 1e6,
    "mln": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "millionen": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "mrd": 1e9,
    "billion": 1e9,
    "billions": 1e9,
    "milliarde": 1e9,
    "milliarden": 1e9,
}
"""What a word right behind a number makes of it, in small letters."""
CLOSE = ("m", "b")
"""Those that stand for it only where no blank is between: `5M`, but `5 m` may be metres."""

_WORDS = "|".join(sorted((word for word in THOUSANDS if word not in CLOSE), key=len, reverse=True))
_UNIT = rf"(?:\s*({_WORDS})\b|({'|'.join(CLOSE)})\b)?\.?"
_BETWEEN = r"\s*[^\d\s.,-]{0,3}\s*(?:-|\bto\b|\bbis\b|\band\b|\bund\b|\.\.\.?)\s*[^\d\s.,-]{0,3}\s*"
_SIGN = r"((?:^|[\s(])-)?"
_BEHIND_ONE = r"(?:[.,]?(?:(?:[^\d.,'e]|e[^\d+-]|e$).*)?)$"
_BEHIND_TWO = r"(?:[.,]?(?:\s*[^\d.,'\s-].*)?)$"
_EXPONENT = r"^\s*(-?\d+(?:\.\d+)?e[+-]?\d{1,3})\s*$"
_PLAIN = {"[\u2013\u2014\u2212]": "-", "\u2019": "'", "[\u00a0\u202f]": " ", "\u2026": "..."}
"""Characters that mean the same as a plain one."""
_DIGITS = 15
"""Of a double; what is beyond them is noise of the multiplication."""


@dataclass(frozen=True, slots=True)
class NumberIn:
    """How numbers are spelled. `decimal`: the mark before the fraction; the other one parts the thousands."""

    decimal: str = "."
    range: Range = Range.LOW

    @property
    def _number(self) -> str:
        mark, other = (r"\.", ",") if self.decimal == "." else (",", r"\.")
        return rf"(\d{{1,3}}(?:(?:{other}|[\s'])\d{{3}})+(?:{mark}\d+)?|\d+(?:{mark}\d+)?){_UNIT}"

    def of(self, text: pl.Expr, *, whole: bool = False) -> pl.Expr:
        """The number of each text; null where there is none. `whole`: the middle of a range is rounded."""
        for strange, plain in _PLAIN.items():
            text = text.str.replace_all(strange, plain)
        number = self._number
        one = text.str.extract_groups(rf"(?is)^[^\d]*?{_SIGN}{number}{_BEHIND_ONE}")
        two = text.str.extract_groups(rf"(?is)^[^\d]*?{number}{_BETWEEN}{number}{_BEHIND_TWO}")
        alone = ~text.str.contains(rf"(?is)^[^\d]*?{number}{_BETWEEN}\d")
        exponent = text.str.to_lowercase().str.extract(_EXPONENT).cast(pl.Float64, strict=False)
        sign = pl.when(_group(one, 1).is_not_null()).then(-1.0).otherwise(1.0)
        single = pl.when(alone).then(self._value(one, 2) * sign)
        return pl.coalesce(self._of_range(two, whole=whole), single, exponent)

    def _of_range(self, pair: pl.Expr, *, whole: bool) -> pl.Expr:
        low, high = self._value(pair, 1), self._value(pair, 4)
        unit = pl.when(_unit(pair, 1).is_null()).then(_times(pair, 4)).otherwise(1.0)
        low = pl.when(low * unit <= high).then(low * unit).otherwise(low)
        least, most = pl.min_horizontal(low, high), pl.max_horizontal(low, high)
        found = {Range.LOW: least, Range.HIGH: most, Range.MIDDLE: (least + most) / 2}[self.range]
        if whole and self.range is Range.MIDDLE:
            found = (found + 0.5).floor()
        return pl.when(low.is_not_null() & high.is_not_null()).then(found)

    def _value(self, groups: pl.Expr, at: int) -> pl.Expr:
        other = "," if self.decimal == "." else "."
        digits = _group(groups, at).str.replace_all(rf"[\s'{other}]", "").str.replace(",", ".", literal=True)
        return (digits.cast(pl.Float64, strict=False) * _times(groups, at)).round_sig_figs(_DIGITS)


def _group(groups: pl.Expr, at: int) -> pl.Expr:
    return groups.struct.field(str(at))


def _unit(groups: pl.Expr, at: int) -> pl.Expr:
    return pl.coalesce(_group(groups, at + 1), _group(groups, at + 2)).str.to_lowercase()


def _times(groups: pl.Expr, at: int) -> pl.Expr:
    return _unit(groups, at).replace_strict(THOUSANDS, default=1.0, return_dtype=pl.Float64)
