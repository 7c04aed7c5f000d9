"""Costly work on texts, done once for each text that is there: what CRMs hold repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from leadrelay.core.lookup import WORTH_COUNTING, coded_texts

_TEXT = pl.String()
FEW = 500
"""Up to so many rows, a loop in Python is done before Polars has begun."""


def per_text(column: pl.Expr, found: Callable[[str], object], dtype: pl.DataType = _TEXT) -> pl.Expr:
    """What a function finds for each text; null stays null. An empty text that it finds counts as nothing found.

    >>> pl.DataFrame({"a": ["x", None, "", "x"]}).select(per_text(pl.col("a"), str.upper))["a"].to_list()
    ['X', None, None, 'X']
    """
    return column.map_batches(partial(_per_text, found=found, dtype=dtype), return_dtype=dtype, is_elementwise=True)


def per_row(columns: Sequence[pl.Expr], found: Callable[..., object], dtype: pl.DataType = _TEXT) -> pl.Expr:
    """The same for several columns, asked once for each set of values that occurs; some of them may be None.

    >>> both = per_row([pl.col("a"), pl.col("b")], lambda a, b: a or b)
    >>> pl.DataFrame({"a": ["x", None, None], "b": ["y", "z", None]}).select(both.alias("c"))["c"].to_list()
    ['x', 'z', None]
    """
    names = [f"_{place}" for place in range(len(columns))]
    rows = pl.struct(column.alias(name) for name, column in zip(names, columns, strict=True))
    return rows.map_batches(partial(_per_row, found=found, dtype=dtype), return_dtype=dtype, is_elementwise=True)


def once(column: pl.Expr, made: Callable[[pl.Expr], pl.Expr], dtype: pl.DataType = _TEXT) -> pl.Expr:
    """An expression over one text column, computed once for each text.

    >>> pl.DataFrame({"a": ["x", None]}).select(once(pl.col("a"), lambda a: a.str.to_uppercase()))["a"].to_list()
    ['X', None]
    """
    return column.map_batches(partial(_once, made=made), return_dtype=dtype, is_elementwise=True)


def per_kind(column: pl.Expr, work: Callable[[pl.Series], pl.Series], dtype: pl.DataType = _TEXT) -> pl.Expr:
    """As `once`, for work of many steps, each of which is wanted once.

    >>> shouted = per_kind(pl.col("a"), lambda kinds: kinds.str.to_uppercase())
    >>> pl.DataFrame({"a": ["x", None]}).select(shouted)["a"].to_list()
    ['X', None]
    """
    return column.map_batches(partial(by_kind, work=work), return_dtype=dtype, is_elementwise=True)


def texts_by(texts: pl.Series, found: Callable[[str], object], dtype: pl.DataType = _TEXT) -> pl.Series:
    """As `per_text`, for a column that is at hand.

    >>> texts_by(pl.Series(["x", None, "x"]), str.upper).to_list()
    ['X', None, 'X']
    """
    return _per_text(texts, found, dtype)


def kept(quick: pl.Series, texts: pl.Series, sure: pl.Series, found: Callable[[str], str]) -> pl.Series:
    """What a quick way says where it is sure; elsewhere what a function finds for each text.

    >>> quick, sure = pl.Series(["a", "?", None]), pl.Series([True, False, None])
    >>> kept(quick, pl.Series(["A", "B", None]), sure, str.lower).to_list()
    ['a', 'b', None]
    """
    left = texts.set(sure.fill_null(value=False), None)
    if left.null_count() == left.len():
        return quick
    return quick.zip_with(left.is_null(), _per_text(left, found, _TEXT))


def columnwise(work: Callable[..., pl.Series], *columns: pl.Expr, dtype: pl.DataType = _TEXT) -> pl.Expr:
    """What a function of whole columns makes of them; for work of many steps, each of which is wanted once.

    >>> both = columnwise(lambda a, b: a + b, pl.col("a"), pl.col("b"))
    >>> pl.DataFrame({"a": ["x"], "b": ["y"]}).select(both)[0, 0]
    'xy'
    """
    rows = pl.struct(column.alias(f"_{place}") for place, column in enumerate(columns))
    return rows.map_batches(partial(_columnwise, work=work), return_dtype=dtype, is_elementwise=True)


def _columnwise(rows: pl.Series, work: Callable[..., pl.Series]) -> pl.Series:
    return work(*rows.struct.unnest()).rename(rows.name)


def _per_text(texts: pl.Series, found: Callable[[str], object], dtype: pl.DataType) -> pl.Series:
    if texts.len() <= FEW:
        known = {text: found(text) or None for text in dict.fromkeys(texts) if text is not None}
        return pl.Series(texts.name, [known.get(text) for text in texts], dtype=dtype)
    coded = coded_texts(texts)
    values = [None if text is None else found(text) or None for text in coded.texts.to_series()]
    return pl.Series(texts.name, values, dtype=dtype).gather(coded.places)


def _per_row(rows: pl.Series, found: Callable[..., object], dtype: pl.DataType) -> pl.Series:
    return rowwise([*rows.struct.unnest()], found, dtype).rename(rows.name)


def rowwise(columns: Sequence[pl.Series], found: Callable[..., object], dtype: pl.DataType = _TEXT) -> pl.Series:
    """As `per_row`, for columns that are at hand.

    >>> rowwise([pl.Series(["x", None, None]), pl.Series(["y", "z", None])], lambda a, b: a or b).to_list()
    ['x', 'z', None]
    """
    if columns[0].len() <= FEW:
        rows = list(zip(*columns, strict=True))
        known = {row: found(*row) or None for row in dict.fromkeys(rows)}
        return pl.Series("found", [known[row] for row in rows], dtype=dtype)
    frame = pl.DataFrame([column.alias(f"_{place}") for place, column in enumerate(columns)])
    kinds = frame.unique(maintain_order=True)
    values = [found(*row) or None for row in kinds.iter_rows()]
    table = kinds.with_columns(pl.Series("found", values, dtype=dtype))
    return frame.join(table, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")["found"]


def _once(texts: pl.Series, made: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    return by_kind(texts, lambda kinds: kinds.to_frame().select(made(pl.col(kinds.name)).alias("")).to_series())


def by_kind(texts: pl.Series, work: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """As `per_kind`, for a column that is at hand.

    >>> by_kind(pl.Series(["x", None]), lambda kinds: kinds.str.to_uppercase()).to_list()
    ['X', None]
    """
    if texts.len() < WORTH_COUNTING:
        return work(texts).rename(texts.name)
    coded = coded_texts(texts)
    return work(coded.texts.to_series()).gather(coded.places).rename(texts.name)
