"""Countries as ISO 3166-1 and states as ISO 3166-2 have them, by names in many languages, codes and abbreviations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import polars as pl

from leadrelay.core.clean.distinct import per_row, per_text
from leadrelay.core.clean.tables import LOCALES, agreed, known
from leadrelay.core.clean.texts import fold, visible

LONGEST = 200
"""A text that is longer is no name of a place."""

_CLOSE = re.compile(r"[.\s]+")
_CODE = re.compile(r"[A-Z]{2,3}")
_STATE_CODE = re.compile(r"([A-Z]{2})-([A-Z0-9]{1,3})")
_NOTES = re.compile(r"\s*[\[(/].*$")
_GENERIC = frozenset(
    (
        *(
            "state",
            "province",
            "region",
            "county",
            "prefecture",
            "canton",
            "kanton",
            "governorate",
            "oblast",
            "district",
        ),
        *("voivodeship", "wojewodztwo", "emirate", "lan", "do", "ken", "fu", "to", "provincia", "provincie", "estado"),
        *("departement", "regione", "regiao", "land", "bundesland", "freistaat", "of", "the", "de", "di", "du", "city"),
    )
)


def country_code(country: pl.Expr) -> pl.Expr:
    """Countries as ISO 3166-1 alpha-2 has them; null where the name is nobody's or more than one country's.

    >>> texts = ["Germany ", "DEUTSCHLAND", "U.S.A.", "gbr", "Holland", "日本", "Korea, Republic of", "Korea", "n/a"]
    >>> pl.DataFrame({"a": texts}).select(country_code(pl.col("a"))).to_series().to_list()
    ['DE', 'DE', 'US', 'GB', 'NL', 'JP', 'KR', None, None]
    """
    return per_text(country, country_of)


def state_code(state: pl.Expr, country_code: pl.Expr) -> pl.Expr:
    """States as ISO 3166-2 has them, given the country; null where the two contradict each other.

    >>> states, countries = ["CA", "Bavaria", "Île-de-France", "US-CA", "US-CA"], ["US", "DE", "FR", "DE", None]
    >>> leads = pl.DataFrame({"a": states, "b": countries})
    >>> leads.select(state_code(pl.col("a"), pl.col("b"))).to_series().to_list()
    ['US-CA', 'DE-BY', 'FR-IDF', None, 'US-CA']
    """
    return per_row([state, country_code], state_of)


def country_of(text: str) -> str:
    """The code of one country; "" where there is none.

    >>> country_of("The Netherlands"), country_of("NA"), country_of("na"), country_of("Atlantis")
    ('NL', 'NA', '', '')
    """
    if len(text) > LONGEST:
        return ""
    close = _CLOSE.sub("", visible(text))
    if _CODE.fullmatch(close.upper()) and close != "na" and (code := _codes().get(close.upper())):
        return code
    name = fold(text)
    for table in (_english, _everywhere):
        if found := table().get(name) or table().get(name.removeprefix("the ")):
            return "" if name in known()["countries_of_several"]["names"] else found
    return ""


def state_of(text: str | None, country: str | None) -> str:
    """The code of one state; "" where there is none.

    >>> state_of("Colo.", "US"), state_of("Stockholm", "SE"), state_of("CA", "DE"), state_of("CA", None)
    ('US-CO', 'SE-AB', '', '')
    """
    if not text or len(text) > LONGEST:
        return ""
    close = _CLOSE.sub("", visible(text)).upper()
    if whole := _STATE_CODE.fullmatch(close):
        named = whole[1]
        return close if country in {None, named} and close in _states(named).values() else ""
    if not country:
        return ""
    states, name = _states(country), fold(text)
    return states.get(close.lower()) or states.get(name) or states.get(_without_generic(name)) or ""


def _without_generic(name: str) -> str:
    return " ".join(word for word in name.split() if word not in _GENERIC)


@cache
def _codes() -> Mapping[str, str]:
    import pycountry

    short = {one.alpha_2: one.alpha_2 for one in pycountry.countries}
    long = {one.alpha_3: one.alpha_2 for one in pycountry.countries}
    others = {
        close: code
        for code, names in known()["countries"].items()
        for name in names
        if _CODE.fullmatch(close := name.replace(" ", ""))
    }
    return {**others, **long, **short, "XK": "XK", "UK": "GB"}


@cache
def _english() -> Mapping[str, str]:
    """English names, those of ISO and our own."""
    import pycountry

    iso = [
        (name, one.alpha_2)
        for one in pycountry.countries
        for name in (one.name, getattr(one, "official_name", ""), getattr(one, "common_name", ""))
    ]
    own = [(name, code) for code, names in known()["countries"].items() for name in names]
    return agreed([*iso, *_cldr("en"), *own])


@cache
def _everywhere() -> Mapping[str, str]:
    """Names in other languages; what is one country's here and another's there is nobody's."""
    return agreed(pair for locale in LOCALES for pair in _cldr(locale))


def _cldr(locale: str) -> Iterator[tuple[str, str]]:
    from babel import Locale

    codes = set(_codes().values())
    return ((name, code) for code, name in Locale.parse(locale).territories.items() if code in codes)


@cache
def _states(country: str) -> Mapping[str, str]:
    """Names and codes of a country's states. Where a state and a part of it share a name, the state has it."""
    import pycountry

    all_of_it: list[Any] = [one for one in pycountry.subdivisions if one.country_code == country]
    named: dict[str, dict[str, bool]] = {}
    for one in all_of_it:
        for name in _spellings(one.name):
            named.setdefault(name, {})[one.code] = one.parent_code is None
    found = {name: code for name, codes in named.items() if (code := _foremost(codes))}
    found |= {one.code.partition("-")[2].lower(): one.code for one in all_of_it}
    codes = {one.code for one in all_of_it}
    return found | {name: code for name, code in _own_states(country) if code in codes and name not in found}


def _foremost(codes: Mapping[str, bool]) -> str:
    first = [code for code, top in codes.items() if top] or list(codes)
    return first[0] if len(first) == 1 else ""


def _spellings(name: str) -> set[str]:
    """Of `Asturias, Principado de`, `Catalunya [Cataluña]`, `Stockholms län [SE-01]`, `Seoul-teukbyeolsi`."""
    plain = _NOTES.sub("", name)
    inside = re.findall(r"[\[(/]([^\])/]+)", name)
    first, _, last = plain.partition(", ")
    parts = {name, plain, first, f"{last} {first}", *inside, re.sub(r"-(?:teukbyeol|gwangyeok|do$).*$", "", plain)}
    folded = {fold(part) for part in parts}
    shorter = {_without_generic(part) for part in folded}
    genitive = {part.removesuffix("s") for part in shorter if " lan" in fold(plain)}
    return (folded | shorter | genitive) - {""}


def _own_states(country: str) -> Iterator[tuple[str, str]]:
    for code, names in known()["states"].get(country, {}).items():
        yield from ((fold(name), f"{country}-{code}") for name in names)
