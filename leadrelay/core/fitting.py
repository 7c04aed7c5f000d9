"""What the CRM's fields have room for: what does not fit is not sent, as the CRM would refuse all that goes along.

It is for values that somebody else chose the words of. Our own are checked before any run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl
from rapidfuzz import fuzz, process

from leadrelay.core import casts
from leadrelay.core.lead import Type

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")
"""As both CRMs take it."""

_NEAR, _NEAREST = 60, 2
_LONGEST_SHOWN, _LONGEST_COMPARED = 60, 200


@dataclass(frozen=True, slots=True)
class Room:
    """A CRM field. `options`: of a picklist that takes no others. `length`: in characters. `below`: of numbers.

    `address`: whether it takes e-mail addresses only.
    """

    options: tuple[str, ...] = ()
    length: int | None = None
    below: float | None = None
    address: bool = False

    def refusals(self, values: pl.Series, kind: Type) -> pl.Series:
        """Row by row, why a value does not fit; null where it does."""
        if kind in {Type.INTEGER, Type.NUMBER} and self.below is not None:
            return self._too_big(values)
        texts = values.to_frame().select(casts.to_text(pl.col(values.name), kind).cast(pl.String)).to_series()
        told = {text: self._refused(text, kind) for text in texts.drop_nulls().unique()}
        return texts.replace_strict(list(told), list(told.values()), default=None, return_dtype=pl.String)

    def _too_big(self, values: pl.Series) -> pl.Series:
        why = f"takes numbers below {self.below:,.10g} only"
        big = pl.col(values.name).abs() >= self.below
        return values.to_frame().select(pl.when(big).then(pl.lit(why))).to_series()

    def _refused(self, text: str, kind: Type) -> str | None:
        parts = text.split(";") if kind is Type.LIST else [text]
        strange = next((part for part in parts if part not in self.options), None) if self.options else None
        if strange is not None:
            return f"has no option '{_short(strange)}'{self._nearest(strange)}"
        if self.length is not None and len(text) > self.length:
            return f"takes {self.length} characters, not {len(text)}"
        if self.address and not _ADDRESS.fullmatch(text):
            return f"takes e-mail addresses only, not '{_short(text)}'"
        return None

    def _nearest(self, text: str) -> str:
        """As an end of that sentence."""
        asked = text[:_LONGEST_COMPARED].lower()
        found = process.extract(asked, self.options, processor=str.lower, limit=_NEAREST, scorer=fuzz.WRatio)
        near = " or ".join(f"'{option}'" for option, alike, _ in found if alike >= _NEAR)
        return f"; the nearest: {near}" if near else ""


class Refusing(Protocol):
    """Whatever tells which values a CRM field does not take."""

    def refusals(self, values: pl.Series, kind: Type) -> pl.Series:
        """Row by row, why a value does not fit; null where it does."""
        ...


class Rooms:
    """The fields of a lead with their rooms. `kinds`: by CRM field in the order of the plan's bits, what is written."""

    def __init__(self, rooms: Mapping[str, Refusing], kinds: Mapping[str, Type]) -> None:
        self._rooms = [
            (bit, name, kind, rooms[name]) for bit, (name, kind) in enumerate(kinds.items()) if name in rooms
        ]

    def unfit(self, wanted: pl.DataFrame, write: pl.Series) -> tuple[pl.Series, Sequence[tuple[str, str, str]]]:
        """Of what is to be written, what does not fit, as masks; and the lead, the field and why, of each."""
        masks, told = pl.repeat(0, len(write), dtype=pl.Int64, eager=True), []
        for bit, name, kind, room in self._rooms:
            due = ((write & 1 << bit) != 0).arg_true()
            why = room.refusals(wanted[name].gather(due), kind)
            rows = due.filter(why.is_not_null())
            masks = masks.scatter(rows, masks.gather(rows) | 1 << bit)
            told += [(lead, name, text) for lead, text in zip(wanted["id"].gather(rows), why.drop_nulls(), strict=True)]
        return masks, told


class Speller:
    """Spells what equals an option but for capitals and spaces as that option. `options`: of a picklist."""

    def __init__(self, options: Sequence[str]) -> None:
        folded = pl.DataFrame({"option": list(options)}, schema={"option": pl.String})
        known = folded.with_columns(folded=_folded(pl.col("option"))).unique("folded", keep="none", maintain_order=True)
        self._folded, self._options = known["folded"], known["option"]

    def __call__(self, text: pl.Expr) -> pl.Expr:
        """Any other text stays as it is."""
        return _folded(text).replace_strict(self._folded, self._options, default=text, return_dtype=pl.String)

    def of(self, value: pl.Expr, kind: Type) -> pl.Expr:
        """The same of a text, or of every entry of a list."""
        if kind is Type.LIST:
            return value.list.eval(self(pl.element()).unique(maintain_order=True))
        return self(value)


def spelled(frame: pl.DataFrame, spellers: Mapping[str, tuple[Speller, Type]]) -> Iterator[pl.Expr]:
    """The columns of a frame that hold options, in the options' spelling."""
    for name, (speller, kind) in spellers.items():
        if name in frame.columns:
            yield speller.of(pl.col(name), kind).alias(name)


def _folded(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"[\s_]+", " ").str.strip_chars()


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
