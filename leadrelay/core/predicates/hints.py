"""What to write instead of the SQL, the program code or the word processor's signs that people try first."""

from __future__ import annotations

from collections.abc import Mapping

_ONE_LEAD = "A rule sees one lead and no tables."
_NO_SUMS = "A rule sees one lead, so that nothing can be counted over several; length(list) counts members."
_NO_CAST = "Casts are not needed: a field has its type, and a date is written '2026-01-31'."
_ARITHMETIC = "Numbers know + - * and /."

SIGNS: Mapping[str, str] = {
    "==": "Write = for equal.",
    "&&": "Write and.",
    "||": "Write or between conditions; texts are not joined in a rule.",
    "&": "Write and.",
    "|": "Write or.",
    "!": "Write not, or <> for unequal.",
    "::": _NO_CAST,
    ";": "One predicate holds one condition.",
    "%": _ARITHMETIC,
    ".": "A field is named by one word; a number starts with a digit, as 0.5.",
    "[": "Write any_of(list, 'a', 'b') to look into a list.",
}

WORDS: Mapping[str, str] = {
    "select": _ONE_LEAD,
    "from": _ONE_LEAD,
    "exists": f"{_ONE_LEAD} Write 'is not null' to ask whether a field is filled.",
    "over": _NO_SUMS,
    "count": _NO_SUMS,
    "sum": f"{_NO_SUMS} Add fields with +.",
    "cast": _NO_CAST,
    "upper": "Write lower(...) and compare with small letters.",
    "regexp": "Write matches.",
    "rlike": "Write matches.",
    "similar": "Write matches or like.",
    "min": "Write least(a, b) for the smaller of two values; a rule sees one lead.",
    "max": "Write greatest(a, b) for the larger of two values; a rule sees one lead.",
    "distinct": "Write = or <>, and 'is null' for missing values.",
    "all": "Write all_of(list, 'a', 'b').",
    "current_date": "Write today().",
    "current_timestamp": "Write now().",
    "div": _ARITHMETIC,
    "mod": _ARITHMETIC,
}
