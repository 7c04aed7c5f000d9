"""Technologies and compliance frameworks that texts name, by their usual names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

import polars as pl

from leadrelay.core.clean.distinct import per_kind, texts_by
from leadrelay.core.clean.known_words import COMPLIANCE, TECHNOLOGIES, Spelled

KNOWN_TECHNOLOGIES = tuple(name for name in TECHNOLOGIES if name)
"""What `known_technologies` can hold."""
KNOWN_COMPLIANCE = tuple(COMPLIANCE)
"""What `known_compliance` can hold."""

_BETWEEN = "\n"
"""Entries and texts stand on lines of their own, so that nothing is found across them."""
_LONGEST = 20_000
"""Letters of a lead that are looked at."""

_BOUND = r"(?-u:\b)"
"""Of words in ASCII: by those of Unicode the engine is sixty times slower where a text has but one umlaut."""


def known_technologies(entries: pl.Expr, *texts: pl.Expr) -> pl.Expr:
    """Technologies that the entries of a list, or texts, name; sorted, each once; nothing where there are none.

    >>> told = {"a": [["snow", "VM-Ware", "vSphere 8"], ["sap"], None], "b": ["Migration to azure", "sapphire", None]}
    >>> for found in pl.DataFrame(told).select(known_technologies(pl.col("a"), pl.col("b")))["a"].to_list():
    ...     print(found)
    ['Azure', 'VMware']
    ['SAP']
    None
    """
    return _technologies()(_whole(entries, texts))


def known_compliance(entries: pl.Expr, *texts: pl.Expr) -> pl.Expr:
    """Compliance frameworks, likewise.

    >>> told = {"a": [["ISO/IEC 27001:2022", "PCI-DSS v4"], None], "b": ["SOC2 Type II, NIS-2", "Dora from sales"]}
    >>> for found in pl.DataFrame(told).select(known_compliance(pl.col("a"), pl.col("b")))["a"].to_list():
    ...     print(found)
    ['ISO 27001', 'NIS2', 'PCI DSS', 'SOC 2']
    None
    """
    return _compliance()(_whole(entries, texts))


def _whole(entries: pl.Expr, texts: tuple[pl.Expr, ...]) -> pl.Expr:
    parts = [entries.list.join(_BETWEEN, ignore_nulls=True), *texts]
    return pl.concat_str(parts, separator=_BETWEEN, ignore_nulls=True).str.slice(0, _LONGEST)


class _Finder:
    """Finds names in texts by one expression, whatever their number."""

    def __init__(self, words: Mapping[str, Spelled]) -> None:
        special_first = sorted(words, key=lambda name: (name != "", -len(name)))
        anywhere = [part for name in special_first for part in _anywhere(words[name])]
        alone = [words[name].alone for name in special_first if words[name].alone]
        self._regex = rf"(?m){_BOUND}(?:{'|'.join(anywhere)}){_BOUND}|^(?i:{'|'.join(alone)})$"
        self._names = [(name, re.compile("|".join(_all(words[name])))) for name in special_first]
        self.name = lru_cache(maxsize=10_000)(self._name)

    def __call__(self, text: pl.Expr) -> pl.Expr:
        return per_kind(text, self._found, pl.List(pl.String()))

    def _found(self, texts: pl.Series) -> pl.Series:
        spelled = texts.str.extract_all(self._regex).list.join(_BETWEEN)
        return texts_by(spelled, self._names_of).str.split(_BETWEEN)

    def _names_of(self, spelled: str) -> str:
        return _BETWEEN.join(sorted(set(filter(None, map(self.name, spelled.split(_BETWEEN))))))

    def _name(self, spelled: str) -> str:
        """Empty for what only looks like a name."""
        return next((name for name, regex in self._names if regex.fullmatch(spelled)), "")


def _anywhere(spelled: Spelled) -> list[str]:
    return [part for part in (f"(?i:{spelled.any})" if spelled.any else "", spelled.exact) if part]


def _all(spelled: Spelled) -> list[str]:
    return [*_anywhere(spelled), *([f"(?i:{spelled.alone})"] if spelled.alone else [])]


@cache
def _technologies() -> _Finder:
    return _Finder(TECHNOLOGIES)


@cache
def _compliance() -> _Finder:
    return _Finder(COMPLIANCE)
