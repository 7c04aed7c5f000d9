"""What people write from habit (spreadsheets, program code, other languages, everyday English), and what to write here.

Only looked for in a text that is no predicate. Each finding leaves something in its place that reads on, so that what
else is wrong is told in the same breath.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from leadrelay.core.lead import Schema
from leadrelay.core.predicates import dates
from leadrelay.core.predicates.ir import Span
from leadrelay.core.predicates.source import MOST_PROBLEMS

_CASE = "Write case when employees > 500 then 10 else 0 end; a rule's own condition stands alone."
_JOINT = "Write another condition there, or remove it."
_MANY = {"k": 1_000, "thousand": 1_000, "tsd": 1_000, "m": 10**6, "mio": 10**6, "million": 10**6, "mn": 10**6}
_POINTS = "A rule's points stand in their own line: points = 10."
_COMMENT = "Write it behind a # in the TOML file."
_AGAIN = "Name the field again, as in employees > 5 and employees < 9."
_DOUBLED = "A quote within a text is doubled: 'O''Brien'."
_SIDE_BY_SIDE = "two texts stand side by side."
_SEVERAL = "several values stand behind '='."
_NO_UNIT = "a number has no unit."
_HIDDEN = "\x01"

_OTHERWISE = "a rule says this in other words."

Said = Callable[[re.Match[str]], str]


class Finding(NamedTuple):
    """A habit found in a text: where, what is wrong, and the way out."""

    span: Span
    message: str
    cure: str


class _Habit(NamedTuple):
    """`form`: how it looks, where texts in quotes are hidden. `instead`: what reads on in its place; None: nothing."""

    form: re.Pattern[str]
    cure: str | Said
    instead: str | None = None
    message: str = "'{}' is not part of the rule language."


def found(text: str, schema: Schema) -> tuple[list[Finding], str | None]:
    """The habits in a text, and the text as it reads without them; None where it would not."""
    hidden, plain = _hidden(text), text
    taken: list[Span] = []
    findings: list[Finding] = []
    whole = True
    for habit in (*_numbers(), *_signs(), *_words(), *_sentences(), *_of_fields(schema)):
        for match in habit.form.finditer(hidden):
            span = _span(match)
            if any(span.start < other.end and other.start < span.end for other in taken):
                continue
            if len(findings) == MOST_PROBLEMS:
                return sorted(findings), None
            taken.append(span)
            findings.append(_finding(habit, match, text))
            whole &= habit.instead is not None
            plain = plain[: span.start] + (habit.instead or "").ljust(span.end - span.start) + plain[span.end :]
    return sorted(findings), plain if whole else None


def _finding(habit: _Habit, match: re.Match[str], text: str) -> Finding:
    span = _span(match)
    shown = " ".join(text[span.start : span.end].split())
    cure = habit.cure if isinstance(habit.cure, str) else _unhidden(habit.cure(match), match, text)
    return Finding(span, habit.message.format(shown if len(shown) <= 40 else f"{shown[:37]}..."), cure)


def _span(match: re.Match[str]) -> Span:
    return Span(*match.span("here" if "here" in match.re.groupindex else 0))


def _hidden(text: str) -> str:
    """The text with what stands in single quotes made unreadable; the quotes stay."""
    return re.sub(r"'(?:[^']|'')*'", lambda found: f"'{_HIDDEN * (len(found[0]) - 2)}'", text)


def _unhidden(cure: str, match: re.Match[str], text: str) -> str:
    """A way out that shows the texts in quotes as they were written."""
    quoted = re.search(rf"'{_HIDDEN}*'", match[0])
    if not quoted:
        return cure
    start = match.start() + quoted.start() + 1
    return re.sub(f"{_HIDDEN}+", lambda _: text[start : start + len(quoted[0]) - 2], cure)


def _date(match: re.Match[str]) -> str:
    return dates.suggestion(match[0].strip("#"))


def _digits(match: re.Match[str]) -> str:
    return f"Write {re.sub(r'[^0-9]', '', match[0].replace(_HIDDEN, '0'))}, without signs between its digits."


def _many(match: re.Match[str]) -> str:
    return f"Write {int(match[1]) * _MANY[match[2].lower()]}."


def _called(name: str) -> Said:
    """`title contains 'x'` as a function of both."""

    def cure(match: re.Match[str]) -> str:
        return f"Write {'not ' if match[2] else ''}{name}({match[1]}, {match[3]})."

    return cure


def _liked(before: str, after: str) -> Said:
    def cure(match: re.Match[str]) -> str:
        return f"Write {match[1]} {'not ' if match[2] else ''}like '{before}{match[3][1:-1]}{after}'."

    return cure


def _pointed(match: re.Match[str]) -> str:
    return f"Write {match[0].replace(',', '.')}, with a point."


def _priced(match: re.Match[str]) -> str:
    return f"Write {match[1] or match[2]}, without a currency."


def _share(match: re.Match[str]) -> str:
    return f"Write {int(match[1]) / 100:g} for a share, or {match[1]} for points."


def _lately(match: re.Match[str]) -> str:
    return f"Write >= now() - interval '{match[1]}'."


def _unit(match: re.Match[str]) -> str:
    return f"Write {match[1]} alone beside days_since(), interval '{match[0]}' beside a date."


def _straight(match: re.Match[str]) -> str:
    return f"Put text in straight quotes: '{match[0][1:-1]}'."


def _without_is(match: re.Match[str]) -> str:
    return f"Write {match[1]}, without is."


def _alone(match: re.Match[str]) -> str:
    return f"Write {match[1]} alone."


def _limits(match: re.Match[str]) -> str:
    return f"Write between {match[1] or match[3]} and {match[2] or match[4]}."


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_SUBJECT = r"\b(\w+)\s+((?:does\s+|is\s+)?not\s+)?"
_QUOTED = rf"\(?\s*('{_HIDDEN}*')\s*\)?"
_NOT_A_LIST = r"(?<![\d.,(])(?<![,(]\s)"

_TEXT = rf"'{_HIDDEN}*'"
_DAY = r"(?<![\w.])(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}[-./]\d{1,2}[-./]\d{1,2})(?![\w.])"
_GROUPED = (
    rf"{_NOT_A_LIST}\d{{1,3}}(?:,\d{{3}})+(?!\d)|\b\d{{1,3}}(?:\.\d{{3}}){{2,}}|\b\d{{1,3}}(?:_\d{{3}})+\b|"
    rf"\b\d{{1,3}}'{_HIDDEN}{{3}}'(?:\d{{3}})?|\b\d{{1,3}}(?: \d{{3}})+\b"
)
_CURLED = "\u2018\u2019\u201a\u201c\u201d\u201e\xab\xbb`\xb4"
_SIGN = r"(?:=+|<>|!=|<=?|>=?)(?=[\s'])"
_AHEAD = r"(?=\s*(?:[<>=!,)]|$|is\b|in\b|like\b|ilike\b|and\b|or\b))"
_NO_NUMBER = "{} is no number."
_BETWEEN_THEM = "'and' and 'or' stand between conditions."


def _numbers() -> Iterator[_Habit]:
    yield _Habit(_form(rf"#[\d/.-]+#|{_DAY}"), _date, "now()", "{} is no date.")
    yield _Habit(_form(_GROUPED), _digits, "1", _NO_NUMBER)
    yield _Habit(_form(_NOT_A_LIST + r"\d+,\d+\b"), _pointed, "1", _NO_NUMBER)
    yield _Habit(_form(rf"\b(\d+)\s?({'|'.join(_MANY)})\b"), _many, "1", _NO_NUMBER)
    yield _Habit(_form(r"(?<!\w)[$€£]\s?(\d+)|\b(\d+)\s?(?:[$€£]|eur\b|usd\b)"), _priced, "1", _NO_NUMBER)
    yield _Habit(_form(r"%\w+%|\*\w+\*"), lambda found: f"Write like '%{found[0].strip('%*')}%', in quotes.", "'1'")
    yield _Habit(_form(r"\b(\d+)\s?%"), _share, "1", _NO_NUMBER)
    yield _Habit(_form(r"\b(?:in\s+the\s+)?(?:last|past|within)\s+(\d+\s+\w+)"), _lately)
    yield _Habit(_form(r"(?<!interval )\b(\d+)\s+(?:hours?|days?|weeks?|months?|years?)\b"), _unit, None, _NO_UNIT)


def _signs() -> Iterator[_Habit]:
    yield _Habit(_form(r"(?<=\s)(?:#|//|--).*|/\*.*?\*/"), _COMMENT, "", "a predicate holds no comments.")
    yield _Habit(_form(rf"(?<=\band)\s+{_SIGN}|(?<=\bor)\s+{_SIGN}"), _AGAIN, None, "a field is missing before '{}'.")
    yield _Habit(_form(r"!=="), "Write <> for unequal.", "<>")
    yield _Habit(_form(r"=>|>==|≥"), "Write >= for 'at least'.", ">")
    yield _Habit(_form(r"=<|<==|≤"), "Write <= for 'at most'.", "<")
    yield _Habit(_form(r"={2,3}"), "Write = for equal.", "=")
    yield _Habit(_form(r"≠|=!|!(?=[<>])"), "Write <> for unequal, <= or >= for the opposite of > or <.", "")
    yield _Habit(_form(r"&&"), "Write and.", "or")
    yield _Habit(_form(r"\|\|"), "Write or between conditions; texts are not joined in a rule.", "or")
    yield _Habit(_form(r"=~|!?~\*?"), "Write matches 'regex', or ilike '%part%'.", "=")
    yield _Habit(_form(r"\*\*|\^"), "Powers are not computed; write a * a.", "*")
    yield _Habit(_form(r">>|<<"), "Write > or <.", ">")
    yield _Habit(_form(r"!(?=\s*[\w(])"), "Write not, or <> for unequal.", "")
    yield _Habit(_form(r";(?=\s*$)"), "One predicate holds one condition.", "")
    yield _Habit(_form(r";(?=[^();]*[;)])"), "Put commas between values.", ",")
    yield _Habit(_form(rf"[{_CURLED}][^{_CURLED}']*[{_CURLED}]"), _straight, "'1'", "these are typographic quotes.")
    yield _Habit(_form(rf"{_TEXT}\w+'"), _DOUBLED, None, "this text ends too early.")
    yield _Habit(_form(rf"(?<=')\s+(?={_TEXT})"), "Put a comma between the two, or an operator.", ",", _SIDE_BY_SIDE)


def _words() -> Iterator[_Habit]:
    verb = r"(?:contains?|has|having|includes?)"
    yield _Habit(_form(rf"{_SUBJECT}{verb}\s+{_QUOTED}"), _called("contains"), "true", _OTHERWISE)
    yield _Habit(_form(rf"{_SUBJECT}(?:starts?|begins?)\s?with\s+{_QUOTED}"), _liked("", "%"), "true", _OTHERWISE)
    yield _Habit(_form(rf"{_SUBJECT}ends?\s?with\s+{_QUOTED}"), _liked("%", ""), "true", _OTHERWISE)
    yield _Habit(
        _form(r"\bis\s+((?:not\s+)?(?:in|like|ilike|between))\b"), lambda found: f"Write {found[1]}, without is."
    )
    yield _Habit(_form(r"\b(?:is\s+)?(?:not\s+)?(?:one|any)\s+of\b"), "Write in ('Banking', 'Insurance').", "in")
    yield _Habit(_form(r"\b(?:is\s+)?(?:(?:greater|more|larger|higher)\s+than|above|over)\b(?!\s*\()"), "Write >.", ">")
    yield _Habit(_form(r"\b(?:is\s+)?(?:(?:less|fewer|smaller|lower)\s+than|below|under)\b(?!\s*\()"), "Write <.", "<")
    yield _Habit(_form(r"\b(?:is\s+)?at\s+least\b"), "Write >=.", ">")
    yield _Habit(_form(r"\b(?:is\s+)?at\s+most\b"), "Write <=.", "<")
    yield _Habit(_form(r"\b(?:is\s+)?(?:equal|equals)(?:\s+to)?\b"), "Write =.", "=")
    yield _Habit(_form(r"(?:^|(?<=[(,]))\s*(?:and|or)\s*\("), "Write a and b, a or b.", None, _BETWEEN_THEM)
    yield _Habit(_form(r"(?<=\band)\s+and\b|(?<=\bor)\s+or\b"), "Remove one.", "", "'{}' stands twice.")
    yield _Habit(_form(r"^\s*(?:and|or)\b"), _JOINT, "", "nothing stands before '{}'.")
    yield _Habit(_form(r"\b(?:and|or|and not|or not)\s*$"), _JOINT, "", "nothing stands behind '{}'.")
    yield _Habit(_form(r"^\s*(?:where|when)\b"), "Write the condition alone.", "")


def _sentences() -> Iterator[_Habit]:
    yield _Habit(_form(r"\b(?:iif|ifs?)\s*\(.*|^\s*if\b.*|\?.*"), _CASE)
    yield _Habit(
        _form(r"\A(?s:(?!.*\bcase\b).*?)(?P<here>\bthen\b.*)"),
        "A rule's points stand in their own line: points = 10.",
        "",
    )
    yield _Habit(_form(r"\bin\s*\[[^\]]*\]"), "Write in ('a', 'b'), in round brackets.")
    yield _Habit(_form(rf"\bin\s+(?:\d+|{_TEXT})\s*,[^()]*"), "Write in ('a', 'b'), in brackets.")
    yield _Habit(_form(rf"(?<==)\s*{_TEXT}(?:\s*,\s*{_TEXT})+(?!\s*\))"), "Write in ('a', 'b').", "'1'", _SEVERAL)
    yield _Habit(_form(r"\bbetween\s+(\w+)\s+to\s+(\w+)|\bbetween\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)"), _limits)
    yield _Habit(
        _form(rf"(?<!\w)[{{\[$@]{{1,3}}!?\s*([a-z_]\w*)\s*[}}\]]{{0,3}}{_AHEAD}"),
        lambda found: f"Write {found[1]} alone.",
    )
    yield _Habit(_form(rf"\b(\w+)\.([a-z]\w*)\s*\(\s*(?:{_TEXT}\s*)?\)"), _as_function)


def _as_function(found: re.Match[str]) -> str:
    argument = re.search(rf"'{_HIDDEN}*'", found[0])
    return f"Write {found[2].lower()}({found[1]}{f', {argument[0]}' if argument else ''})."


def _of_fields(schema: Schema) -> Iterator[_Habit]:
    """`lead.title` for `title`."""

    def cure(found: re.Match[str]) -> str:
        name = found[1].lower()
        return f"Write {name} alone." if name in schema else "A field is named by one word."

    yield _Habit(_form(r"\b[a-z]\w*\.([a-z]\w*)\b"), cure)
