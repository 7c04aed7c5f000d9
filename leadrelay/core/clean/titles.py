"""Rank and function by job title, in several languages: who works for somebody does not hold that one's title."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby

import polars as pl

from leadrelay.core.clean.distinct import once, per_row, per_text
from leadrelay.core.clean.title_words import ASIAN_FUNCTIONS, ASIAN_HELPERS, ASIAN_RANKS, FUNCTIONS, RANKS
from leadrelay.core.predicates.titles import CUT, titles

SENIORITIES = tuple(RANKS)
"""What `seniority` can be."""
JOB_FUNCTIONS = tuple(FUNCTIONS)
"""What `job_function` can be."""

_LONGEST = 200
"""Letters of a title that are looked at: what is longer is no title."""

_TOP = r"(?i)\b(c[a-z]{1,3}o|president|chairman|managing director|md|geschäftsführer) *[-/,]? *(?:p\.?a|e\.?a)\b\.?"
_HELPER = re.compile(
    r"\b(?:assistants?|asst|p\.?a|e\.?a|aide|secretary|sekret[äa]r(?:in)?|\w*assisten[tz](?:in)?|assistante|"
    r"secr[ée]taire|asistente|secretari[oa]|assistente|office of)\b",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"\b(?:former|formerly|ex|retired|ehemalige[rnms]?|ehem|ancien|ancienne|antigu[oa])\b", re.IGNORECASE
)
_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TOKEN = re.compile(r"[^\W_]+")
NOTHING = 99
"""The number of no word."""
_JOINING = frozenset(("and", "und", "et", "y"))


class _Words:
    """Words that tell something, by how much each tells: the lower its number, the more."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._whole: dict[str, int] = {}
        self._begin: dict[str, int] = {}
        self._end: dict[str, int] = {}
        self._within: dict[str, int] = {}
        for place, text in enumerate(words.values()):
            for word in filter(None, map(str.strip, text.split(","))):
                self._add(word, place)
        self._longest = {word.split(" ", 1)[0]: 1 for word in self._whole}
        for word in self._whole:
            first, *others = word.split(" ")
            self._longest[first] = max(self._longest[first], 1 + len(others))
        self._of_token = lru_cache(maxsize=50_000)(self._told_by)

    def _add(self, word: str, place: int) -> None:
        kinds = {(False, False): self._whole, (False, True): self._begin, (True, False): self._end}
        kind = kinds.get((word.startswith("*"), word.endswith("*")), self._within)
        kind.setdefault(" ".join(_tokens(word.strip("*"))), place)

    def found(self, tokens: Sequence[str]) -> int:
        """The least number of a word that is among them; `NOTHING` where there is none."""
        least = min(map(self._of_token, tokens), default=NOTHING)
        for start, token in enumerate(tokens):
            for end in range(start + 2, min(start + self._longest.get(token, 0), len(tokens)) + 1):
                least = min(least, self._whole.get(" ".join(tokens[start:end]), NOTHING))
        return least

    def _told_by(self, token: str) -> int:
        """By one word alone."""
        parts = [place for part, place in self._within.items() if part in token]
        begins = [self._begin.get(token[:end], NOTHING) for end in range(1, len(token) + 1)]
        ends = [self._end.get(token[start:], NOTHING) for start in range(len(token))]
        return min(self._whole.get(token, NOTHING), *parts, *begins, *ends)


def seniority(title: pl.Expr) -> pl.Expr:
    """The rank that a title tells: one of `SENIORITIES`; nothing where it tells none.

    >>> said = ["Chief Information Officer", "SVP, Technology", "Leiter IT", "IT-Manager", "Sr. Engineer", "Intern, IT"]
    >>> pl.DataFrame({"a": said}).select(seniority(pl.col("a")))["a"].to_list()
    ['c-level', 'vp', 'director', 'manager', 'senior', 'entry']
    >>> said = ["Assistant to the CEO", "CEO PA", "Vice President's office", "Former CIO", "情報システム部長", "n/a"]
    >>> pl.DataFrame({"a": said}).select(seniority(pl.col("a")))["a"].to_list()
    ['staff', 'staff', None, None, 'director', None]
    """
    return once(_plain(title), lambda kinds: per_row([kinds, *_own(kinds)], _seniority))


def job_function(title: pl.Expr, department: pl.Expr) -> pl.Expr:
    """The function that a title tells, else the department: one of `JOB_FUNCTIONS`.

    >>> said, where = ["CISO", "IT-Einkäufer", "Owner / CEO", "Intern"], [None, "IT", None, "Finance"]
    >>> leads = pl.DataFrame({"a": said, "b": where})
    >>> leads.select(job_function(pl.col("a"), pl.col("b")))["a"].to_list()
    ['security', 'procurement', 'general management', 'finance']
    """
    told = once(_plain(title), lambda kinds: per_row([kinds, _own(kinds)[0]], _function_of_title))
    return pl.coalesce(told, per_text(_plain(department), _function))


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.slice(0, _LONGEST).str.strip_chars()


def _own(title: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """A title without what is somebody else's, where a vice president is no president, and where he is what he says."""
    top, rest = _cuts()
    own = title.str.replace_all(_TOP, "assistant to the $1")
    return own.str.replace_all(top, CUT), own.str.replace_all(rest, CUT)


@lru_cache(maxsize=100_000)
def _seniority(title: str | None, top: str | None, rest: str | None) -> str | None:
    if not title:
        return None
    if _ASIAN.search(title) and (found := _asian(title, ASIAN_RANKS, "staff")):
        return found
    place = 0 if _ranks().found(_tokens(top or "")) == 0 else _ranks_below().found(_tokens(rest or ""))
    return SENIORITIES[place] if place < NOTHING else "staff" if _helps(title) else None


@lru_cache(maxsize=100_000)
def _function_of_title(title: str | None, own: str | None) -> str | None:
    if not title:
        return None
    return _function(own or "") or ("administration" if _helps(title) else None)


@lru_cache(maxsize=100_000)
def _function(text: str) -> str | None:
    if _ASIAN.search(text) and (found := _asian(text, ASIAN_FUNCTIONS, "administration")):
        return found
    place = _functions().found(_tokens(text))
    return JOB_FUNCTIONS[place] if place < NOTHING else None


def _asian(text: str, words: Mapping[str, str], helper: str) -> str | None:
    if any(word in text for word in ASIAN_HELPERS.split("|")):
        return helper
    return next((name for name, all_of in words.items() if any(word in text for word in all_of.split("|"))), None)


def _helps(title: str) -> bool:
    """Whether it names a helper, and nobody who was one."""
    return bool(_HELPER.search(title)) and not _FORMER.search(title)


def _tokens(text: str) -> list[str]:
    """Words in small letters; single letters that follow each other are one: V. P. is vp, R&D is rd."""
    words = [word for word in _TOKEN.findall(text.lower()) if word not in _JOINING]
    if all(len(word) > 1 for word in words):
        return words
    runs = groupby(words, key=lambda word: len(word) == 1 and word.isascii() and word.isalpha())
    return [word for letters, run in runs for word in (["".join(run)] if letters else run)]


@cache
def _ranks() -> _Words:
    return _Words(RANKS)


@cache
def _ranks_below() -> _Words:
    return _Words({**RANKS, "c-level": ""})


@cache
def _functions() -> _Words:
    return _Words(FUNCTIONS)


@cache
def _cuts() -> tuple[str, str]:
    """What takes away somebody else's title: with the names of the highest rank, and with those of the others."""
    below = [word for rank, words in RANKS.items() if rank not in {"c-level", "staff"} for word in _listed(words)]
    return titles(_listed(RANKS["c-level"])).cut, titles(below).cut


def _listed(words: str) -> list[str]:
    """Those without a `*`."""
    listed = (" ".join(word.split()) for word in words.split(","))
    return [word for word in listed if word and "*" not in word]
