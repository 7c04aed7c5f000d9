"""Text as the CRMs write it becomes typed columns, and back. What does not fit becomes null, never an error.

Most columns are spelled in one way throughout: that spelling is cast fast, and only the texts that it leaves over are
looked at again, tolerantly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from leadrelay.core import zones
from leadrelay.core.lead import Type

LARGEST = 2**53 - 1
"""Integers stay exact as a double: what JSON, HubSpot and Salesforce keep numbers in."""

_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
_DAY = "%Y-%m-%d"
_SECONDS = "%Y-%m-%dT%H:%M:%S"
_MILLIS = ".%3f"
_HUBSPOT_AND_BULK = f"{_SECONDS}{_MILLIS}Z"
_SALESFORCE_REST = f"{_SECONDS}{_MILLIS}+0000"
_PEEK = 64
_MILLIS_OF_A_DAY = 86_400_000
_ANYTHING_FITS = frozenset({Type.TEXT, Type.LIST})

_TRUE = ("true", "yes", "1")
_FALSE = ("false", "no", "0")


@dataclass(frozen=True, slots=True)
class Target:
    """What a text column becomes. `separator` parts the entries of a list.

    `zone`: of moments that are spelled without one, and in which a moment is the day that a date stands for.
    """

    type: Type
    separator: str = ";"
    zone: str = zones.UTC


@dataclass(frozen=True, slots=True)
class Cast:
    """A frame of typed columns; `misfits` holds by column the rows that held something of another type."""

    frame: pl.DataFrame
    misfits: Mapping[str, pl.Series] = field(default_factory=dict)


class Caster:
    """Casts the columns that `targets` names, in frame after frame; the others stay. Blank text is null."""

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = targets
        self._fast = [_fast(name, target) for name, target in targets.items() if target.type not in _SEVERAL]
        self._choices = {
            name: _SEVERAL[target.type](name) for name, target in targets.items() if target.type in _SEVERAL
        }
        self._checks = [
            check.alias(name) for name, target in targets.items() if (check := _check(name, target)) is not None
        ]
        self._strict = [name for name, target in targets.items() if target.type not in _ANYTHING_FITS]
        self._samples = [pl.col(name).drop_nulls().first() for name in self._choices]

    def cast(self, texts: pl.DataFrame) -> Cast:
        """Typed columns, and the rows that held something of another type."""
        typed = texts.with_columns(*self._fast, *self._chosen(texts)).with_columns(self._checks)
        left = [name for name in self._strict if typed[name].null_count() > texts[name].null_count()]
        misfits: dict[str, pl.Series] = {}
        columns = []
        for name in left:
            column, rows = _repaired(texts[name], typed[name], self._targets[name])
            columns.append(column)
            if len(rows):
                misfits[name] = rows
        return Cast(typed.with_columns(columns) if columns else typed, misfits)

    def _chosen(self, texts: pl.DataFrame) -> Iterator[pl.Expr]:
        """The first text in sight tells how a column is spelled, most likely."""
        if self._choices:
            samples = texts.head(_PEEK).select(self._samples)
            for name, choice in self._choices.items():
                yield choice.for_sample(samples[name].first())


@dataclass(frozen=True, slots=True)
class _Choice:
    """Two spellings of a column: the one that a sample tells by its pattern, and the usual one."""

    tell: re.Pattern[str]
    special: pl.Expr
    usual: pl.Expr

    def for_sample(self, sample: object) -> pl.Expr:
        return self.special if sample is not None and self.tell.search(str(sample)) else self.usual


def cast(texts: pl.DataFrame, targets: Mapping[str, Target]) -> Cast:
    """One frame; see `Caster`."""
    return Caster(targets).cast(texts)


def to_text(values: pl.Expr, kind: Type) -> pl.Expr:
    """A typed column in the spelling that both CRMs take in JSON; numbers and booleans stay as they are."""
    if kind is Type.DATETIME:
        return values.dt.to_string(_HUBSPOT_AND_BULK)
    if kind is Type.DATE:
        return values.dt.to_string(_DAY)
    return values.list.join(";") if kind is Type.LIST else values


def spelled(value: object) -> str:
    """A value of a mapping or playbook as the text that `cast` reads."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ";".join(spelled(part) for part in value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def spelled_or_null(value: object) -> str | None:
    """The same; what is missing stays so."""
    return None if value is None else spelled(value)


def texts_of(rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> pl.DataFrame:
    """Values by name, a row each, as columns of the texts that `cast` reads; null where a row has no such value."""
    columns = {name: [spelled_or_null(row.get(name)) for row in rows] for name in names}
    return pl.DataFrame(columns, dict.fromkeys(names, pl.String))


def fits(value: object, target: Target) -> bool:
    """Whether a value, spelled as text, is of the type."""
    text = pl.DataFrame({"value": [spelled(value)]}, schema={"value": pl.String})
    return cast(text, {"value": target}).frame["value"][0] is not None


def _repaired(text: pl.Series, typed: pl.Series, target: Target) -> tuple[pl.Series, pl.Series]:
    """The column with its odd spellings read too, and the rows that hold something else altogether."""
    rows = (typed.is_null() & text.is_not_null()).arg_true()
    odd = text.gather(rows).str.strip_chars().rename("odd").to_frame()
    read = odd.select(_tolerant(pl.col("odd"), target)).to_series()
    misfit = rows.filter(read.is_null() & (odd["odd"] != ""))
    return typed.clone().scatter(rows, read) if read.null_count() < len(read) else typed, misfit


def _fast(name: str, target: Target) -> pl.Expr:
    column = pl.col(name)
    match target.type:
        case Type.TEXT:
            return pl.when(column != "").then(column).alias(name)
        case Type.NUMBER:
            return column.cast(pl.Float64, strict=False)
        case Type.BOOLEAN:
            return pl.when(column == "true").then(True).when(column == "false").then(False).alias(name)
        case Type.DATE:
            return column.str.to_date(_DAY, strict=False)
        case _:
            trimmed = column.str.split(target.separator).list.eval(pl.element().str.strip_chars())
            return trimmed.list.eval(pl.element().filter(pl.element() != ""))


def _check(name: str, target: Target) -> pl.Expr | None:
    """What of a cast column stays. It stands apart, since an expression that is named twice is computed twice."""
    column = pl.col(name)
    match target.type:
        case Type.NUMBER:
            return finite(column)
        case Type.DATE:
            return day(column)
        case Type.INTEGER:
            return bounded(column)
        case Type.DATETIME:
            return _in_range(column)
        case Type.LIST:
            return pl.when(column.list.len() > 0).then(column)
        case _:
            return None


def _integers(name: str) -> _Choice:
    """Salesforce writes the whole numbers of its number fields as `20.0`: cut off, that costs a fifth of a float."""
    column = pl.col(name)
    special, usual = (text.cast(pl.Int64, strict=False) for text in (column.str.strip_suffix(".0"), column))
    return _Choice(re.compile(r"\.0$"), special, usual)


def _moments(name: str) -> _Choice:
    """Formats that end in literals: to parse `%z` costs four times as much."""
    rest, usual = (
        pl.col(name).str.to_datetime(form, time_unit="ms", strict=False).dt.replace_time_zone("UTC")
        for form in (_SALESFORCE_REST, _HUBSPOT_AND_BULK)
    )
    return _Choice(re.compile(r"\+0000$"), rest, usual)


_SEVERAL: Mapping[Type, Callable[[str], _Choice]] = {Type.INTEGER: _integers, Type.DATETIME: _moments}
"""Types that the CRMs spell in more than one way."""


def _tolerant(text: pl.Expr, target: Target) -> pl.Expr:
    """Every spelling that is known, of stripped text."""
    match target.type:
        case Type.INTEGER:
            return whole(text.cast(pl.Float64, strict=False))  # `1200.0` and `9.0E7` too
        case Type.NUMBER:
            return finite(text.cast(pl.Float64, strict=False))
        case Type.BOOLEAN:
            lower = text.str.to_lowercase()
            return pl.when(lower.is_in(_TRUE)).then(True).when(lower.is_in(_FALSE)).then(False)
        case Type.DATE:
            return day(pl.coalesce(text.str.to_date(_DAY, strict=False), _day_of(text, target.zone)))
        case Type.DATETIME:
            return _moment(text, target.zone)
        case _:
            return pl.lit(None, target.type.dtype)


def _day_of(text: pl.Expr, zone: str) -> pl.Expr:
    """The day there of a moment. Milliseconds that are a midnight in UTC are how HubSpot spells a day."""
    if zone == zones.UTC:
        return _moment(text, zone).dt.date()
    midnight = _epoch(text)
    is_day = (midnight.dt.timestamp("ms") % _MILLIS_OF_A_DAY) == 0
    return pl.when(is_day).then(midnight.dt.date()).otherwise(zones.day(_moment(text, zone), zone))


def _moment(text: pl.Expr, zone: str) -> pl.Expr:
    """ISO 8601 with offset, `Z` or neither (then of the zone), a date (its midnight there), milliseconds since 1970."""
    iso = text.str.replace(r"^(\d{4}-\d\d-\d\d) ", "${1}T")
    plain = iso.str.replace(r"(?:Z|[+-]00:?00)$", "")
    naive = plain.str.to_datetime(f"{_SECONDS}%.f", time_unit="ms", strict=False)
    there = plain.str.to_datetime(f"{_SECONDS}%.f%z", time_unit="ms", strict=False).dt.replace_time_zone(None)
    midnight = plain.str.to_date(_DAY, strict=False).cast(pl.Datetime("ms"))
    if zone == zones.UTC:
        return utc(pl.coalesce(naive, there, midnight, _epoch(text)))
    wall = zones.moment(pl.coalesce(pl.when(plain == iso).then(naive), midnight), zone)
    return pl.coalesce(utc(pl.coalesce(pl.when(plain != iso).then(naive), there, _epoch(text))), _in_range(wall))


def _epoch(text: pl.Expr) -> pl.Expr:
    return text.str.extract(r"^(-?\d{1,15})$").cast(pl.Int64, strict=False).cast(pl.Datetime("ms"))


def utc(moment: pl.Expr) -> pl.Expr:
    """A moment without a zone as one in UTC; a year that no date of Python's has is null."""
    return _in_range(moment.dt.replace_time_zone("UTC"))


def _in_range(moment: pl.Expr) -> pl.Expr:
    return pl.when(moment.is_between(_EARLIEST, _LATEST)).then(moment)


def day(date: pl.Expr) -> pl.Expr:
    """A day of a year that dates of Python's have, or null."""
    return pl.when(date.is_between(_EARLIEST.date(), _LATEST.date())).then(date)


def whole(number: pl.Expr) -> pl.Expr:
    """A float without a fraction as an integer; null for any other."""
    cut = number.cast(pl.Int64, strict=False)
    return bounded(pl.when(cut.cast(pl.Float64) == number).then(cut))


def bounded(number: pl.Expr) -> pl.Expr:
    """An integer that a double holds, or null."""
    return pl.when(number.is_between(-LARGEST, LARGEST)).then(number)


def finite(number: pl.Expr) -> pl.Expr:
    """A number that is one, or null."""
    return pl.when(number.is_finite()).then(number)
