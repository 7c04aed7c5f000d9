"""A line of text with places such as `{company}` for what is known of a lead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from leadrelay.core.toml_text import nearest

PLACE = re.compile(r"\{([^{}]*)\}")
_NOTHING_WITHIN = re.compile(r"\(\s*\)|\[\s*\]")
_BEFORE_A_MARK = re.compile(r"\s+([,;:.!?)\]])|([(\[])\s+")
_MARKS_IN_A_ROW = re.compile(r"[,;:·|](?:\s*[,;:·|])+")
LOOSE = " ,;:·|/\u2013\u2014-"


def places(text: str) -> tuple[str, ...]:
    """The names in braces, each once."""
    return tuple(dict.fromkeys(name.strip() for name in PLACE.findall(text)))


def problems(text: str, known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with it, and the way out."""
    for name in places(text):
        if name not in known:
            yield f"'{{{name}}}' is neither a lead field nor an output.", nearest(name, known)
    if set("{}") & set(PLACE.sub("", text)):
        yield "a brace has no partner.", "Write a place as {company}."


def fill(text: str, values: Mapping[str, str | None]) -> str:
    """The text with its values. What is not known leaves no blanks, brackets or commas behind."""
    filled = PLACE.sub(lambda place: values.get(place[1].strip()) or "\0", text)
    return tidy(filled.replace("\0", "")) if "\0" in filled else " ".join(filled.split())


def tidy(text: str) -> str:
    text = _NOTHING_WITHIN.sub("", text)
    text = _BEFORE_A_MARK.sub(r"\1\2", text)
    text = _MARKS_IN_A_ROW.sub(lambda marks: marks[0][0], text)
    return " ".join(text.split()).strip(LOOSE)
