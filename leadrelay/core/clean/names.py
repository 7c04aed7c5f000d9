"""Names of people in the usual capitals, without titles, degrees and what forms leave behind."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache, partial

import polars as pl

from leadrelay.core.clean.companies import listed
from leadrelay.core.clean.distinct import per_text

_LONGEST = 200
"""Letters that a name may have: what is longer is none, and is left as it is."""

_STRAY = re.compile(r"[\x00-\x1f\x7f\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff\ufffd\s]+")
_PICTURES = re.compile(
    r"[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f\u20e3]+"
)
_NOTHING = frozenset(
    ("-", "--", ".", "n/a", "n.a.", "#n/a", "?", "[not provided]", "[[unknown]]", "unknown", "(none)", "null")
)
"""What people and forms write where they know no name."""

_TITLE = re.compile(
    r"(?:(?:prof(?:essor)?\.?|dr\.?|mr\.?|mrs\.?|ms\.|miss|herr|frau|mme\.?|mlle\.?|sr\.|sra\.|srta\.|dott\.|dott\.ssa|"
    r"dipl\.?-?\s?(?:ing|kfm|inf|wirt)\w*\.?|mag\.|ing\.|rer\.|nat\.|med\.|h\.?\s?c\.|phil\.|jur\.|habil\.)\s+)+",
    re.IGNORECASE,
)
_ONLY_TITLE = re.compile(r"(?:prof|dr|mr|mrs|ms|miss|herr|frau|mme|mlle)\.?", re.IGNORECASE)
_DEGREE = re.compile(
    r"(?:\s*,\s*(?:ph\.?\s?d|m\.?\s?d|m\.?\s?b\.?\s?a|b\.?\s?a|m\.?\s?a|b\.?\s?sc|m\.?\s?sc|ll\.?\s?[bm]|j\.?\s?d|esq|cpa|cfa|cissp|"
    r"cism|cisa|pmp|itil|ccie|p\.?\s?e|r\.?\s?n|dipl\.?-?\s?ing)\b\.?|"
    r"\s+(?:ph\.?d|mba|m\.?sc|b\.?sc|ll\.?m|esq|cpa|cfa|cissp|cism|cisa|pmp)\b\.?)+$",
    re.IGNORECASE,
)
_SUFFIX = {"jr": "Jr.", "jr.": "Jr.", "ii": "II", "iii": "III", "iv": "IV"}
_PARTICLES = listed(
    """
    van von vom der den des de del della delle degli dei dello di da do dos das du ten ter te zu zur zum af av of y e
    bin binti bint ibn 't 's
    """
)
"""Small in front of a family name."""
_AFTER_PARTICLES = frozenset(("la", "le", "las", "los", "les", "lo", "el"))
"""Small behind one of those only: de la Cruz, but Le Goff."""

_MAC = listed(
    """
    allister alpine andrew arthur askill aulay bride callum carthy cormack donald donell dougall dowell farlane
    gillivray gowan gregor innes intosh intyre kay kenzie kinnon lachlan laren laughlin lean lellan leod millan nab
    naughton neil neill pherson quarrie rae
    """
)
"""What follows Mac with a capital: not every name that begins so is one of theirs."""
_ROUND_APOSTROPHE = "\u2019"


def first_name_clean(column: pl.Expr) -> pl.Expr:
    """Given names. Two capitals are initials; what is in mixed case is left.

    >>> said = [" JÜRGEN ", "Dr. martina", "jean-marc", "JP", "DeShawn", "陽子", "n/a", None]
    >>> pl.DataFrame({"a": said}).select(first_name_clean(pl.col("a")))["a"].to_list()
    ['Jürgen', 'Martina', 'Jean-Marc', 'JP', 'DeShawn', '陽子', None, None]
    """
    return per_text(column, partial(_clean, given=True))


def last_name_clean(column: pl.Expr) -> pl.Expr:
    """Family names.

    >>> said = ["MÜLLER-LÜDENSCHEIDT", "mcdonald", "o'brien", "van der berg", "DE LA CRUZ", "Smith, PhD", "MACHADO"]
    >>> pl.DataFrame({"a": said}).select(last_name_clean(pl.col("a")))["a"].to_list()
    ['Müller-Lüdenscheidt', 'McDonald', "O'Brien", 'van der Berg', 'de la Cruz', 'Smith', 'Machado']
    """
    return per_text(column, partial(_clean, given=False))


@lru_cache(maxsize=200_000)
def _clean(name: str, *, given: bool) -> str | None:
    if len(name) > _LONGEST:
        return name
    plain = tidy(name)
    if plain.lower() in _NOTHING or not any(map(str.isalnum, plain)):
        return None
    untitled = _TITLE.sub("", plain, count=1) if _TITLE.match(plain) else plain
    if _ONLY_TITLE.fullmatch(untitled):
        return None
    bare = _DEGREE.sub("", untitled) or untitled
    return in_capitals(bare, given=given)


def tidy(text: str) -> str:
    r"""Without pictures, stray blanks and signs that nobody sees; letters in one composition.

    >>> tidy("  Ann\u200b   Lee 🚀")
    'Ann Lee'
    """
    return _STRAY.sub(" ", _PICTURES.sub("", unicodedata.normalize("NFC", text))).strip()


def in_capitals(name: str, *, given: bool) -> str:
    """A name that is all capitals, or all small, as it is usually written; any other as it is."""
    shouted = name.upper() == name
    if name.lower() == name.upper() or not (shouted or name.lower() == name):
        return name
    if given and shouted and len(name.replace(".", "").replace(" ", "")) <= _INITIALS:
        return name
    words = name.split(" ")
    return " ".join(_word(word, words[:place], given=given) for place, word in enumerate(words))


_INITIALS = 2


def _word(word: str, before: list[str], *, given: bool) -> str:
    small = word.lower()
    if before and small in _SUFFIX:
        return _SUFFIX[small]
    first = not before
    if small in _PARTICLES and not (given and first):
        return small
    if small in _AFTER_PARTICLES and before and before[-1].lower() in _PARTICLES:
        return small
    return "-".join(map(_part, word.split("-")))


def _part(part: str) -> str:
    """Between hyphens. After an apostrophe stands a capital where a name follows: O'Brien, D'Angelo, Sant'Ana."""
    for sign in ("'", _ROUND_APOSTROPHE):
        head, found, tail = part.partition(sign)
        if found and head and len(tail) > _INITIALS:
            return f"{_capital(head)}{sign}{_capital(tail)}"
    return _capital(part)


def _capital(word: str) -> str:
    if _LETTERS.fullmatch(word):
        return word.upper()
    small = word.lower().replace("i\u0307", "i")
    if small.startswith("mc") and len(small) > _SHORTEST_MC:
        return f"Mc{small[2].upper()}{small[3:]}"
    if small.startswith("mac") and small[3:] in _MAC:
        return f"Mac{small[3].upper()}{small[4:]}"
    first = word[:1].title()
    return first + word[1:].lower().replace("i\u0307", "i") if len(first) == 1 else word


_SHORTEST_MC = 3
_LETTERS = re.compile(r"(?:[^\W\d_]\.)+")
