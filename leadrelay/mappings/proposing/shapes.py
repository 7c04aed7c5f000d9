"""What the values of a column look like. Only shares and counts leave this module, never a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from leadrelay.core.clean.languages import language_of
from leadrelay.core.clean.places import country_of
from leadrelay.core.clean.sectors import sector

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_PHONE = re.compile(r"\+?[\d\s()./\-\u2013]{6,}(?:\s?(?:x|ext\.?)\s?\d+)?", re.IGNORECASE)
_DIGITS = re.compile(r"\d")
_URL = re.compile(r"(?:https?://|www\.)\S+|[a-z0-9äöü][a-z0-9.äöü-]*\.[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_COUNT = re.compile(
    r"[-+]?\d+(?:[.,' ]\d+)*|\d+\s*(?:-|\u2013|to|bis|à|a|tot)\s*\d+|\d+\+|[<>]\s*\d+|\d+(?:\.\d+)?[kKmM]"
)
_MOMENT = re.compile(r"\d{4}-\d\d?-\d\d?(?:[T ].*)?|\d\d?[./]\d\d?[./]\d{2,4}(?: .*)?|\d{13}")
_BOOLEAN = frozenset(["true", "false", "yes", "no", "ja", "nein", "oui", "non", "si", "sí", "nee", "0", "1", "y", "n"])
_POSTAL = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 -]{2,9}", re.IGNORECASE)
_LONG = 30
_MOST = 200

_DOTTED = re.compile(r"(?<!\d)\d{1,3}(?:\.\d{3})+(?![\d.])")

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Shape:
    """A column: how many records were looked at, how many tell something, and which share of those looks how."""

    records: int = 0
    given: int = 0
    distinct: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def fill(self) -> float | None:
        """The share of records that tell something; None where none were looked at."""
        return self.given / self.records if self.records else None

    def share(self, name: str) -> float | None:
        """Which share of what is given looks so; None where nothing is given, or the shape has no test."""
        return self.shares.get(name) if self.given else None

    @property
    def dotted(self) -> bool:
        """Whether dots part thousands, so that a comma parts decimals."""
        return self.shares.get("dotted", 0) > 0

    @property
    def told(self) -> str:
        """In words, for a screen."""
        if not self.given:
            return "empty"
        best = [name for name in TELLING if self.shares.get(name, 0) >= _MOSTLY]
        return TELLING[best[0]] if best else f"texts, {self.distinct} different"


def shape_of(column: pl.Series) -> Shape:
    """Of a column of texts."""
    texts = column.cast(pl.String).str.strip_chars()
    given = texts.filter(texts != "")
    distinct = given.unique()
    looked = given.head(_MOST).to_list()
    shares = {name: sum(map(test, looked)) / len(looked) for name, test in _TESTS.items()} if looked else {}
    if looked:
        shares["industry"] = float(pl.DataFrame({"a": looked}).select(sector(pl.col("a")))["a"].is_not_null().mean())  # type: ignore[arg-type]
    return Shape(column.len(), given.len(), distinct.len(), shares)


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and len(_DIGITS.findall(text)) >= _FEWEST_DIGITS and not _MOMENT.fullmatch(text)


def _is_name(text: str) -> bool:
    return not any(letter.isdigit() or letter in "@/;:" for letter in text) and text.count(" ") <= _MOST_BLANKS


_FEWEST_DIGITS, _MOST_BLANKS = 6, 3
_MOSTLY = 0.8
_TESTS: Mapping[str, Test] = {
    "email": lambda text: bool(_EMAIL.fullmatch(text)),
    "phone": _is_phone,
    "url": lambda text: bool(_URL.fullmatch(text)) and "@" not in text,
    "boolean": lambda text: text.lower() in _BOOLEAN,
    "moment": lambda text: bool(_MOMENT.fullmatch(text)),
    "count": lambda text: bool(_COUNT.fullmatch(text)),
    "dotted": lambda text: bool(_DOTTED.search(text)),
    "country": lambda text: bool(country_of(text)),
    "language": lambda text: bool(language_of(text)),
    "postal": lambda text: bool(_POSTAL.fullmatch(text)),
    "name": _is_name,
    "place": _is_name,
    "title": lambda text: not text.isdigit() and "@" not in text,
    "company": lambda text: not text.isdigit() and "@" not in text,
    "list": lambda text: not _MOMENT.fullmatch(text),
    "text": lambda text: not _MOMENT.fullmatch(text) and not text.isdigit() and text.lower() not in _BOOLEAN,
}
TELLING: Mapping[str, str] = {
    "email": "e-mail addresses",
    "url": "web addresses",
    "boolean": "yes or no",
    "moment": "dates",
    "phone": "telephone numbers",
    "count": "numbers",
    "country": "names or codes of countries",
    "language": "languages",
    "industry": "industries",
    "postal": "postal codes",
}
"""The shapes that say something by themselves, as a person calls them; the narrower ones first."""
