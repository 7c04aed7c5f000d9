"""What the options of a picklist become for the rules, and which of them a decision may set: proposed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from leadrelay import mappings
from leadrelay.connectors.base import FieldInfo
from leadrelay.core.clean.texts import fold
from leadrelay.mappings.proposing.proposals import Candidate
from leadrelay.mappings.proposing.words import known, meaning

NEW, WORKING, REJECTED = "new", "Working - Contacted", "Closed - Not Converted"
_SHIPPED = {"salesforce": "salesforce-lead", "hubspot": "hubspot-contact"}
_AS_SHIPPED = frozenset({"source", "industry", "country"})
"""Texts that people type freely: the shipped mapping has a table of their spellings."""
_LEFT = frozenset({"technologies", "compliance"})
"""Rules ask for these by the names that the options have themselves."""
_BY_FIELD = {("hubspot", "lifecyclestage"): "converted"}

Value = str | int | float | bool | Sequence[str]
Table = Mapping[str, Value]


def shipped(kind: str) -> Mapping[str, Mapping[str, Mapping[str, Value | Table] | str]]:
    """The shipped mapping of a kind of CRM, as its TOML has it."""
    return _read(_SHIPPED[kind])


@cache
def _read(name: str) -> dict[str, dict[str, dict[str, Value | Table] | str]]:
    return tomllib.loads(mappings.text(name))


def reading(lead: str, candidate: Candidate, kind: str) -> tuple[dict[str, Value], Value | None]:
    """What texts stand for, and what all others do (None: themselves)."""
    if _BY_FIELD.get((kind, candidate.field)) == lead:
        table = shipped(kind)["read"][lead]
        other = table["other"] if isinstance(table, Mapping) else None
        return _spellings(lead, kind), other if isinstance(other, bool) else None
    if lead in _LEFT:
        return {}, None
    words = known()[lead].words or (lead if lead in _AS_SHIPPED else "")
    translated = _translated(lead, words, candidate.texts, candidate.info.words)
    return _each_once([*(_spellings(lead, kind).items() if lead in _AS_SHIPPED else ()), *translated.items()]), None


def _translated(lead: str, words: str, texts: Sequence[str], labels: Mapping[str, str]) -> dict[str, Value]:
    """Where an option stands for another word than itself."""
    told = {text: meaning(words, text) or meaning(words, labels.get(text, "")) for text in texts} if words else {}
    return {text: word for text, word in told.items() if word and word != text and (lead, word) != ("status", NEW)}


def _each_once(pairs: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """A mapping tells no case of letters."""
    found = {text.strip().lower(): (text, value) for text, value in pairs if text.strip()}
    return dict(found.values())


def _spellings(lead: str, kind: str) -> dict[str, Value]:
    table = shipped(kind)["read"][lead]
    values = table["values"] if isinstance(table, Mapping) else {}
    return dict(values) if isinstance(values, Mapping) else {}


def statuses(info: FieldInfo, meant: str) -> tuple[str, ...]:
    """The options of a status that mean one of `NEW`, `WORKING`, `REJECTED`, those that are called just so first."""
    labels = info.words
    found = [one for one in info.picklist if meant in {meaning("status", one), meaning("status", labels.get(one, ""))}]
    return tuple(sorted(found, key=lambda option: fold(option) != fold(meant)))
