"""How much a CRM field's name says that it is this or that lead field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from leadrelay.mappings.proposing.words import known, spelled

EQUAL, SAME_WORDS, NEARLY = 1.0, 0.96, 0.9
_HELD, _PER_LETTER = 0.45, 0.4
_FOREIGN = 0.4
_LATER = 0.9995
"""The first name that a lead field goes by is the usual one."""
_FEWEST, _CLOSE, _MOST_WORDS = 5, 90, 6
_NOISE = frozenset(
    [*("lead", "contact", "the", "of", "number", "no", "c"), *("der", "die", "das", "des", "le", "la", "de", "du")]
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike, from 0 to 1, and to which of the lead field's names."""

    degree: float
    name: str


@lru_cache(maxsize=5_000)
def likeness(text: str) -> Mapping[str, Likeness]:
    """By lead field, for a label or an API name.

    >>> [(lead, round(found.degree, 2)) for lead, found in likeness("Anzahl_Mitarbeiter__c").items()]
    [('employees', 0.99)]
    >>> [(lead, round(found.degree, 2)) for lead, found in likeness("Email Bounced Reason").items()]
    [('email', 0.22)]
    """
    plain = spelled(text)
    found: dict[str, Likeness] = {}
    for degree, name in _alike(plain):
        for lead in _leads().get(name, ()):
            less = _LATER ** known()[lead].names.index(name)
            less *= _FOREIGN if degree < SAME_WORDS and _foreign(lead, plain, name) else 1.0
            if lead not in found or found[lead].degree < degree * less:
                found[lead] = Likeness(degree * less, name)
    return found


def _alike(plain: str) -> Iterator[tuple[float, str]]:
    """Known names that a text is, or nearly is, or holds."""
    close, bag = plain.replace(" ", ""), _bag(plain)
    if not close:
        return
    yield from ((EQUAL, name) for name in _joined().get(close, ()))
    yield from ((SAME_WORDS, name) for name in _bags().get(bag, ()))
    if len(close) >= _FEWEST:
        near = process.extract(plain, list(_leads()), scorer=fuzz.ratio, score_cutoff=_CLOSE, limit=_MOST_WORDS)
        yield from ((NEARLY * ratio / 100, name) for name, ratio, _ in near)
    words = plain.split()
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _MOST_WORDS) + 1):
            part = "".join(words[start:end])
            yield from ((_HELD + _PER_LETTER * len(part) / len(close), name) for name in _joined().get(part, ()))


def _foreign(lead: str, plain: str, name: str) -> bool:
    return bool(known()[lead].foreign & (set(plain.split()) - set(name.split())))


def _bag(plain: str) -> frozenset[str]:
    words = frozenset(plain.split())
    return words - _NOISE or words


@cache
def _leads() -> Mapping[str, tuple[str, ...]]:
    """Every known name, and the lead fields that go by it."""
    found: dict[str, tuple[str, ...]] = {}
    for lead, one in known().items():
        for name in one.names:
            found[name] = (*found.get(name, ()), lead)
    return found


@cache
def _joined() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for name in _leads():
        found[name.replace(" ", "")] += (name,)
    return found


@cache
def _bags() -> Mapping[frozenset[str], tuple[str, ...]]:
    found: dict[frozenset[str], tuple[str, ...]] = defaultdict(tuple)
    for name in _leads():
        found[_bag(name)] += (name,)
    return found
