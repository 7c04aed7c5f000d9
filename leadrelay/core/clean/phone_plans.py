"""Numbering plans out of the metadata of the library phonenumbers, as expressions that Polars evaluates on columns.

Step by step what `phonenumbers.parse` and `is_valid_number` do with digits; a law holds both equal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

_TYPES = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST = len(_LETTERS)
"""Digits are counted up to here; no number has so many."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the metadata of a region say, as expressions of the regex engine.

    code: calling code. abroad: prefix before another country's code. trunk: prefix of national numbers; `rule`: what
    becomes of a number whose last group in it matched. looks: what every number looks like. counted, types: the same,
    and that of a type of numbers, behind the letter of their length. leading: first digits where regions share a code.
    fits: lengths for which a trunk prefix is taken off. longest: of all numbers; local: lengths without area code.
    """

    code: str
    abroad: str
    trunk: str
    rule: str
    looks: str
    counted: str
    types: str
    leading: str
    fits: frozenset[int]
    longest: int
    local: frozenset[int]


@cache
def shared() -> dict[str, tuple[str, ...]]:
    """The regions of each calling code, the main one first."""
    import phonenumbers

    return {str(code): tuple(each) for code, each in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()}


@cache
def regions() -> frozenset[str]:
    """Countries that have a numbering plan."""
    import phonenumbers

    return frozenset(phonenumbers.SUPPORTED_REGIONS)


@cache
def plan(code: str, region: str) -> Plan:
    """That of a region; those of the world by their calling code."""
    from phonenumbers.phonemetadata import PhoneMetadata

    data: Any = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    general = data.general_desc
    possible, local = set(general.possible_length), frozenset(general.possible_length_local_only)
    return Plan(
        code=code,
        abroad=_digits(data.international_prefix or ""),
        trunk=_digits(data.national_prefix_for_parsing or ""),
        rule=re.sub(r"\\(\d)", r"$${\1}", data.national_prefix_transform_rule or "").replace("$$", "$"),
        looks=f"^(?:{_digits(general.national_number_pattern)})$",
        counted=_counted([general]),
        types=_counted([getattr(data, name) for name in _TYPES]),
        leading=_digits(data.leading_digits or ""),
        fits=frozenset(length for length in range(_MOST) if length in possible or length > max(possible)) - local,
        longest=max(possible),
        local=local,
    )


@cache
def plan_of(region: str) -> Plan:
    """That of a country."""
    return plan(next(code for code, each in shared().items() if region in each), region)


def _digits(pattern: str) -> str:
    """To the regex engine, a digit is one of every script; of a number's text none but ASCII ones are left."""
    return pattern.replace(r"\d", "[0-9]")


def _counted(kinds: Sequence[Any]) -> str:
    """One expression for several kinds of numbers with the lengths of each."""
    parts = [
        f"{_lengths(kind.possible_length)}(?:{_digits(kind.national_number_pattern)})"
        for kind in kinds
        if kind is not None and kind.national_number_pattern and tuple(kind.possible_length) != (-1,)
    ]
    return f"^(?:{'|'.join(parts)})$" if parts else "^$"


def _lengths(lengths: Sequence[int]) -> str:
    return f"[{''.join(_LETTERS[length] for length in lengths)}]" if lengths else "[a-z]"


def after_abroad(plan: Plan, digits: pl.Series) -> pl.Series:
    """What follows the prefix for calls abroad; null where there is none. No calling code begins with 0."""
    rest = digits.str.slice(_found(plan.abroad, digits))
    return rest.set(rest.str.starts_with("0").fill_null(value=False), None)


def with_code(plan: Plan, digits: pl.Series) -> tuple[pl.Series, pl.Series]:
    """What follows the country's own calling code, and where that is meant though no plus sign says so."""
    begins = digits.str.starts_with(plan.code)
    rest = without_trunk(plan, digits.set(~begins, None).str.slice(len(plan.code)))
    better = ~digits.str.contains(plan.looks) & rest.str.contains(plan.looks)
    lengths = digits.str.len_bytes()
    too_long = (lengths > plan.longest) & ~lengths.is_in(sorted(plan.local) or [0])
    return rest, (begins & (better | too_long)).fill_null(value=False)


def without_trunk(plan: Plan, digits: pl.Series) -> pl.Series:
    """Digits without the prefix of national numbers, unless they were a number with it and are none without."""
    if not plan.trunk:
        return digits
    length = _found(plan.trunk, digits)
    rest = digits.str.slice(length)
    if plan.rule:
        rest = _changed(plan, digits, rest)
    spoilt = digits.str.contains(plan.looks) & ~rest.str.contains(plan.looks)
    return rest.zip_with((length.is_not_null() & ~spoilt).fill_null(value=False), digits)


def _found(prefix: str, digits: pl.Series) -> pl.Series:
    """How long the prefix is in each; null where it is not there."""
    if not prefix:
        return pl.Series([None], dtype=pl.UInt32).new_from_index(0, digits.len())
    if prefix.isdecimal():
        there = digits.str.starts_with(prefix)
        lengths = pl.Series([len(prefix)], dtype=pl.UInt32).new_from_index(0, digits.len())
        return lengths.set(~there.fill_null(value=False), None)
    return digits.str.extract(f"^({prefix})", 1).str.len_bytes()


def _changed(plan: Plan, digits: pl.Series, rest: pl.Series) -> pl.Series:
    """Where the last group of the prefix is there, the number is put together anew."""
    groups = re.compile(plan.trunk).groups
    there = digits.str.extract(f"^(?:{plan.trunk})", groups).is_not_null()
    anew = digits.set(~there, None).str.replace(f"^(?:{plan.trunk})", plan.rule)
    return anew.zip_with(there, rest)


def national(plan: Plan, digits: pl.Series) -> pl.Series:
    """The national significant number: without trunk prefix where what is left is long enough."""
    rest = without_trunk(plan, digits)
    return rest.zip_with(rest.str.len_bytes().is_in(sorted(plan.fits)).fill_null(value=False), digits)


def valid(code: str, numbers: pl.Series) -> pl.Series:
    """Whether these national numbers are a region's: the first whose they are by their first digits decides."""
    found = pl.DataFrame({"number": numbers, "key": _key(numbers)}).with_row_index("row")
    good = []
    for region in shared()[code]:
        each = plan(code, region)
        known = found["key"].str.contains(each.counted) & found["key"].str.contains(each.types)
        mine = found["number"].str.contains(f"^(?:{each.leading})") if each.leading else known
        good.append(found["row"].filter(mine & known))
        found = found.filter(~mine.fill_null(value=False))
        if found.is_empty():
            break
    rows = pl.int_range(numbers.len(), dtype=pl.UInt32, eager=True)
    return rows.is_in(pl.concat(good).implode())


def _key(numbers: pl.Series) -> pl.Series:
    """Numbers behind the letter of their length."""
    lengths = numbers.str.len_bytes()
    letters = pl.Series([*_LETTERS]).gather(lengths.set(lengths >= _MOST, 0).fill_null(0))
    return letters + numbers
