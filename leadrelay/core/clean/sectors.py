"""The sector of an industry, whatever the CRM or the person calls it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

import polars as pl

from leadrelay.core.clean.distinct import per_text
from leadrelay.core.clean.sector_words import ASIAN_SECTORS
from leadrelay.core.clean.sector_words import SECTORS as _TABLE

SECTORS = tuple(_TABLE)
"""What `sector` can be."""

_LONGEST = 200
"""Letters of an industry that are looked at."""
_FEWEST = 4
"""Letters that a part of a word has to have, or it says nothing."""

_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W_]+")
_JOINING = frozenset(("and", "und", "et", "y", "e", "en", "the", "of"))


def sector(industry: pl.Expr) -> pl.Expr:
    """The sector of each industry, one of `SECTORS`; nothing where it cannot be told.

    >>> said = ["Hospital & Health Care", "COMPUTER_SOFTWARE", "Health Care REITs", "Maschinenbau", "銀行", "Other"]
    >>> for found in pl.DataFrame({"a": said}).select(sector(pl.col("a")))["a"]:
    ...     print(found)
    Health Care
    Information
    Real Estate
    Manufacturing
    Finance and Insurance
    None
    """
    return per_text(industry.str.slice(0, _LONGEST), _sector)


@lru_cache(maxsize=50_000)
def _sector(industry: str) -> str | None:
    if _ASIAN.search(industry):
        asian = (name for name, words in ASIAN_SECTORS.items() if any(word in industry for word in words.split("|")))
        if found := next(asian, None):
            return found
    words = _words(industry)
    runs = [" ".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1)]
    known = [run for run in runs if run in _phrases()]
    if known:
        return _phrases()[max(known, key=lambda run: (run.count(" "), len(run)))]
    parts = [(len(part), found) for word in words for part, found in _parts_in(word)]
    return max(parts)[1] if parts else None


def _parts_in(word: str) -> Iterator[tuple[str, str]]:
    for (part, before, behind), found in _parts().items():
        at = word.find(part)
        if at >= 0 and (before or at == 0) and (behind or word.endswith(part)):
            yield part, found


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if word not in _JOINING]


def _listed() -> Iterator[tuple[str, str]]:
    for name, (_, words) in _TABLE.items():
        yield from ((" ".join(word.split()), name) for word in words.split(",") if word.strip())


@cache
def _phrases() -> dict[str, str]:
    plain = {" ".join(_words(name)): name for name in _TABLE}
    return {" ".join(_words(word)): name for word, name in _listed() if "*" not in word} | plain


@cache
def _parts() -> dict[tuple[str, bool, bool], str]:
    """Parts of words, whether more letters may stand before and behind."""
    words = ((word, name) for word, name in _listed() if "*" in word and len(word) > _FEWEST)
    return {(" ".join(_words(word)), word.startswith("*"), word.endswith("*")): name for word, name in words}
