"""What companies call the fields of a lead, and what their options mean: `words.toml` and `values.toml`, looked up."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import polars as pl

from leadrelay.core.clean.known import known_compliance, known_technologies
from leadrelay.core.clean.texts import fold

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_AFFIX = re.compile(r"^(hs_|p\d+_)|__c$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """A lead field by its names. `shape`: of its values; `words`: the table of what its texts stand for, or ""."""

    names: tuple[str, ...]
    foreign: frozenset[str]
    shape: str
    words: str


@cache
def known() -> Mapping[str, Known]:
    """By lead field."""
    return {
        name: Known(
            tuple(dict.fromkeys([spelled(name), *_listed(table["names"])])),
            frozenset(fold(table.get("not", "")).split()),
            table.get("shape", ""),
            table.get("words", ""),
        )
        for name, table in _toml("words")["fields"].items()
    }


def standard(kind: str, lead: str) -> tuple[str, ...]:
    """The fields that the CRM itself brings for a lead field, the best first."""
    return tuple(_toml("words")["standard"].get(kind, {}).get(lead, ()))


@cache
def system(kind: str) -> frozenset[str]:
    """The fields that the CRM keeps for itself, in small letters."""
    return frozenset(_toml("words")["system"].get(kind, "").lower().split())


@lru_cache(maxsize=5_000)
def spelled(name: str) -> str:
    """A label or an API name as plain words.

    >>> spelled("NumberOfEmployees"), spelled("Anzahl_Mitarbeiter__c"), spelled("hs_email_optout"), spelled("Öffnung")
    ('number of employees', 'anzahl mitarbeiter', 'email optout', 'offnung')
    """
    return fold(_CAMEL.sub(" ", _AFFIX.sub("", name)))


def meaning(table: str, text: str) -> str:
    """The word that a text stands for; "" where that is not known.

    >>> meaning("source", "Kontaktformular"), meaning("source", "Messe Hannover"), meaning("source", "Sonstiges")
    ('inbound', 'event', '')
    """
    every, plain = _meant(table), fold(text)
    if plain in every:
        return every[plain]
    padded = f" {plain} "
    held = [known for known in every if len(known) >= _FEWEST and f" {known} " in padded]
    told = {every[known] for known in held if len(known) == max(map(len, held))}
    return told.pop() if len(told) == 1 else ""


def meanings(table: str, texts: Sequence[str]) -> list[str]:
    """The same of several texts."""
    if finder := _FINDERS.get(table):
        named = pl.DataFrame({"entries": [[text] for text in texts]}).select(finder(pl.col("entries")))
        return [found[0] if found else "" for found in named.to_series().to_list()]
    return [meaning(table, text) for text in texts]


_FINDERS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "technologies": known_technologies,
    "compliance": known_compliance,
}
_FEWEST = 4
"""Letters that a text must have to be told within another."""


def _listed(texts: str) -> list[str]:
    return [plain for text in texts.split(";") if (plain := fold(text))]


@cache
def _meant(table: str) -> Mapping[str, str]:
    """What each text of a table stands for, by the text."""
    found = _toml("values").get(table, {})
    every = {text: word for word, texts in found.items() for text in _listed(texts)}
    return every | {fold(word): word for word in found}


@cache
def _toml(name: str) -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
