"""Languages as ISO 639-1 has them, by names in many languages, codes and locales; else by the country."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import polars as pl

from leadrelay.core.clean.distinct import per_row
from leadrelay.core.clean.tables import LOCALES, agreed, known
from leadrelay.core.clean.texts import fold, visible

LONGEST = 200
"""A text that is longer is no name of a language."""

_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|\d{3}))?(?:[.@]\w[\w-]*)?")
_VARIANT = re.compile(r"\s*[(\[,;/].*$")


def language_code(language: pl.Expr, country_code: pl.Expr) -> pl.Expr:
    """Languages as ISO 639-1 has them; where none is given, the country's if it has one official language.

    >>> leads = pl.DataFrame({
    ...     "a": ["Deutsch", "de-AT", "eng", "日本語", "Klingon", None, None],
    ...     "b": [None, None, None, None, "FR", "FR", "CH"],
    ... })
    >>> leads.select(language_code(pl.col("a"), pl.col("b"))).to_series().to_list()
    ['de', 'de', 'en', 'ja', None, 'fr', None]
    """
    return per_row([language, country_code], _language)


def _language(text: str | None, country: str | None) -> str:
    if text and visible(text):
        return language_of(text)
    return official(country) if country else ""


def language_of(text: str) -> str:
    """The code of one language; "" where there is none.

    >>> language_of("French (Canada)"), language_of("pt_BR.UTF-8"), language_of("ger"), language_of("?")
    ('fr', 'pt', 'de', '')
    """
    if len(text) > LONGEST:
        return ""
    plain = visible(text)
    if (locale := _LOCALE.fullmatch(plain)) and (code := _codes().get(locale[1].lower())):
        return code
    names = (fold(plain), fold(_VARIANT.sub("", plain)))
    return next((found for table in (_english, _everywhere) for name in names if (found := table().get(name))), "")


@cache
def official(country: str) -> str:
    """The code of the language that alone is official in the whole country; "" where there is none or several.

    >>> official("DE"), official("BR"), official("CH"), official("BE"), official("US"), official("XX")
    ('de', 'pt', '', '', 'en', '')
    """
    from babel.core import get_global

    spoken = get_global("territory_languages").get(country, {})
    nationwide = [name for name, facts in spoken.items() if facts["official_status"] in _NATIONWIDE]
    return _codes().get(nationwide[0].partition("_")[0], "") if len(nationwide) == 1 else ""


_NATIONWIDE = ("official", "de_facto_official")
"""Not: official in a region only."""


@cache
def _codes() -> Mapping[str, str]:
    import pycountry

    short = [one for one in pycountry.languages if getattr(one, "alpha_2", "")]
    found = {one.alpha_3: one.alpha_2 for one in short}
    found |= {one.bibliographic: one.alpha_2 for one in short if getattr(one, "bibliographic", "")}
    own = {name: code for code, names in known()["languages"].items() for name in names if len(name) in {2, 3}}
    found = {**own, **found, **{one.alpha_2: one.alpha_2 for one in short}}
    return {**found, "nb": "no", "nn": "no", "nob": "no", "nno": "no", "iw": "he", "in": "id", "cmn": "zh", "yue": "zh"}


@cache
def _english() -> Mapping[str, str]:
    """English names, and our own."""
    return agreed([*_cldr("en"), *((name, code) for code, names in known()["languages"].items() for name in names)])


@cache
def _everywhere() -> Mapping[str, str]:
    """Names in other languages; what names two of them is nobody's."""
    return agreed(pair for locale in LOCALES for pair in _cldr(locale))


def _cldr(locale: str) -> Iterator[tuple[str, str]]:
    from babel import Locale

    codes = _codes()
    names = Locale.parse(locale).languages.items()
    return ((name, codes[code]) for code, name in names if "_" not in code and code in codes)
