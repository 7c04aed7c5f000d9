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
    ":": "Write then behind the condition of a case.",
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
    "if": "Write case when employees > 500 then 10 else 0 end; a rule's own condition stands alone.",
    "iferror": "What cannot be computed is missing; write coalesce(a, 0) for another value.",
    "ifnull": "Write coalesce(a, 0).",
    "nvl": "Write coalesce(a, 0).",
    "isnull": "Write 'email is null', or coalesce(a, 0) for another value.",
    "isblank": "Write 'email is null'.",
    "isempty": "Write 'email is null'.",
    "isnumber": "A field has its type already; write 'is not null'.",
    "concat": "Texts are not joined in a rule; ask for each field with and.",
    "substring": "Write like 'VP%' or matches '^VP'.",
    "startswith": "Write title like 'VP%'.",
    "starts_with": "Write title like 'VP%'.",
    "endswith": "Write title like '%VP'.",
    "ends_with": "Write title like '%VP'.",
    "left": "Write like 'VP%'.",
    "right": "Write like '%VP'.",
    "mid": "Write like '%VP%'.",
    "search": "Write contains(title, 'director').",
    "datediff": "Write days_since(created_at) or days_until(project_start).",
    "dateadd": "Write now() - interval '30 days'.",
    "date": "Write '2026-01-31' in quotes; year(), month() and weekday() take parts of a date.",
    "yesterday": "Write today() - interval '1 day'.",
    "tomorrow": "Write today() + interval '1 day'.",
    "yes": "A field that is true or false stands alone: opted_out.",
    "no": "A field that is true or false stands alone: not opted_out.",
    "xor": "Write a <> b.",
    "und": "Write and.",
    "oder": "Write or.",
    "nicht": "Write not.",
    "power": "Powers are not computed; write a * a.",
    "sqrt": "Roots are not computed; compare a * a.",
    "len": "Write length(text or list).",
    "distinct": "Write = or <>, and 'is null' for missing values.",
    "all": "Write all_of(list, 'a', 'b').",
    "current_date": "Write today().",
    "current_timestamp": "Write now().",
    "div": _ARITHMETIC,
    "mod": _ARITHMETIC,
}
