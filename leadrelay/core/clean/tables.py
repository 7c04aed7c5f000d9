"""Names that no library has, from places.toml; and what names of several sources agree about."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from leadrelay.core.clean.texts import fold

LOCALES = tuple(
    "de fr es it nl pt pt_PT ja zh zh_Hant pl sv da nb fi el bg ar ko cs sk hu ro ru uk tr he hi th vi id hr sl sr "  # noqa: SIM905 - read at a glance
    "sr_Latn et lv lt ca is".split()
)
"""Languages of CLDR whose names of countries and languages are known besides English."""


@cache
def known() -> dict[str, Any]:
    """What places.toml holds."""
    return tomllib.loads(resources.files("leadrelay.core.clean").joinpath("places.toml").read_text("utf-8"))


def agreed(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names, without case and accents, with their code; without names of several.

    >>> agreed([("Österreich", "AT"), ("Osterreich", "AT"), ("Korea", "KP"), ("Korea", "KR")])
    {'osterreich': 'AT'}
    """
    found: dict[str, set[str]] = {}
    for name, code in pairs:
        found.setdefault(fold(name), set()).add(code)
    return {name: next(iter(codes)) for name, codes in found.items() if name and len(codes) == 1}
