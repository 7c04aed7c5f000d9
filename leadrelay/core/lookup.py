"""Booleans packed into a number, texts that repeat, and the small tables in which is looked up what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import polars as pl

T = TypeVar("T")

EIGHT = 8
"""Booleans that make a byte, of which 256 entries are a table that is quickly made."""
PLACE = pl.UInt32()
"""The type of a place in a small table."""

LARGEST_TABLE = 256
"""Entries that a merged table may have."""
LARGEST_FOR_MANY = 65_536
"""The same where many leads make up for the milliseconds that such a table takes: two bytes."""
WORTH_COUNTING = 20_000
"""Leads in a frame from which on it pays to look for texts that repeat."""
SAMPLE = 2_000
"""Texts that tell whether the others repeat: half of them have to."""


@dataclass(frozen=True, slots=True)
class Words:
    """Texts to look up; an empty one says nothing."""

    index: pl.Expr
    texts: Sequence[str] | pl.Series

    def look_up(self) -> pl.Expr:
        """The text of each row."""
        return pl.lit(self.table).gather(self.index)

    @property
    def table(self) -> pl.Series:
        """The texts, null where nothing is said."""
        texts = pl.Series("", self.texts, dtype=pl.String)
        return texts.set(texts == "", None)


def merged(parts: Iterable[Words], between: str, largest: int = LARGEST_TABLE) -> list[Words]:
    """The same said with fewer tables, since joining texts costs by the number of columns."""
    found: list[Words] = []
    for part in parts:
        if found and len(found[-1].texts) * len(part.texts) <= largest:
            found[-1] = _pair(found[-1], part, between)
        else:
            found.append(part)
    return found


def _pair(first: Words, second: Words, between: str) -> Words:
    size = len(second.texts)
    index = first.index.cast(pl.UInt32) * size + second.index.cast(pl.UInt32)
    places = pl.int_range(len(first.texts) * size)
    pair = (pl.lit(first.table).gather(places // size), pl.lit(second.table).gather(places % size))
    return Words(index, pl.select(pl.concat_str(pair, separator=between, ignore_nulls=True)).to_series())


def gather(table: Sequence[object], index: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """The entry of a small table that stands at each row's index."""
    return pl.lit(pl.Series(table, dtype=dtype)).gather(index)


def first_of(conditions: Sequence[pl.Expr], entries: Sequence[object], dtype: pl.DataType) -> pl.Expr:
    """The entry of the first condition that holds; the last entry where none does. Small numbers move fast."""
    if not conditions:
        return pl.lit(entries[-1], dtype)
    return gather(entries, first_place(conditions, pl.lit(len(conditions), PLACE)), dtype)


def first_place(conditions: Sequence[pl.Expr], otherwise: pl.Expr) -> pl.Expr:
    """The number of the first condition that holds, from 0."""
    place = otherwise
    for number in reversed(range(len(conditions))):
        place = pl.when(conditions[number]).then(pl.lit(number, PLACE)).otherwise(place)
    return place


def subsets(items: Sequence[T]) -> list[list[T]]:
    """For each value of a packed number, the items whose bits are set."""
    return [[item for place, item in enumerate(items) if value >> place & 1] for value in range(1 << len(items))]


def in_eights(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """At most eight at a time: what one byte tells apart."""
    return (items[start : start + EIGHT] for start in range(0, len(items), EIGHT))


def pack(bits: Sequence[pl.Expr], dtype: pl.DataType | None = None) -> pl.Expr:
    """Booleans as the bits of one whole number, the first lowest; unknown counts as false.

    Eight at a time: to move eight bytes for each bit of a large number costs five times as much.
    """
    eights = [_byte(eight) for eight in in_eights(bits)]
    if dtype is None or not eights:
        return eights[0] if eights else pl.lit(0, dtype or pl.UInt8())
    return pl.sum_horizontal(eight.cast(dtype) * pl.lit(1 << 8 * place, dtype) for place, eight in enumerate(eights))


def _byte(bits: Sequence[pl.Expr]) -> pl.Expr:
    kind = pl.UInt8()
    none = pl.lit(0, kind)
    return pl.sum_horizontal(
        none, *(pl.when(bit).then(pl.lit(1 << place, kind)).otherwise(none) for place, bit in enumerate(bits))
    )


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column as a frame of the texts that are in it, each once, and the place of each row's text among them.

    What is missing has a place too.
    """

    texts: pl.DataFrame
    places: pl.Series

    def rows(self, found: pl.DataFrame) -> list[pl.Series]:
        """What was found for each text, as columns for each row."""
        return [column.gather(self.places) for column in found]


def coded(frame: pl.DataFrame, names: Iterable[str]) -> dict[str, Coded]:
    """Those of these text columns that repeat, where there are enough rows for that to pay."""
    if frame.height < WORTH_COUNTING:
        return {}
    counts = frame.head(SAMPLE).select(pl.col(name).n_unique() for name in names)
    kinds = {column.name: pl.Categorical(pl.Categories.random("texts")) for column in counts if column[0] * 2 <= SAMPLE}
    return {column.name: _coded(column) for column in frame.select(pl.col(name).cast(kinds[name]) for name in kinds)}


def coded_texts(column: pl.Series) -> Coded:
    """One text column, whether or not it repeats."""
    return _coded(column.cast(pl.Categorical(pl.Categories.random("texts"))))


def _coded(column: pl.Series) -> Coded:
    places = column.to_physical()
    count = 0 if (last := places.max()) is None else cast("int", last) + 1
    known = pl.int_range(count, dtype=pl.UInt32, eager=True).cat.to(column.dtype).cast(pl.String).rename(column.name)
    return Coded(known.extend_constant(None, 1).to_frame(), places.fill_null(count))


def once_per_text(frame: pl.DataFrame, exprs: Mapping[str, Sequence[pl.Expr]]) -> tuple[list[pl.Expr], list[pl.Series]]:
    """By text column the expressions that look at it alone: those to compute row by row, and what the others give."""
    found = coded(frame, exprs)
    plain = [expr for name, of_column in exprs.items() if name not in found for expr in of_column]
    return plain, [each for name, texts in found.items() for each in texts.rows(texts.texts.select(exprs[name]))]
