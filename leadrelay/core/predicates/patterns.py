r"""The patterns of `like` and `matches`: read, refused when they cannot run in linear time, and made fast.

A `like` pattern is kept with `\` as its escape sign, whatever the text used.
"""

from __future__ import annotations

import re
from enum import Enum, StrEnum, auto
from itertools import groupby, product

import polars as pl


class Wild(Enum):
    """A sign of a `like` pattern that stands for other text."""

    MANY = auto()
    ONE = auto()


class Shape(StrEnum):
    """Patterns that need no regular expression, and the others."""

    EXACT = "exact"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    INNER = "inner"
    GENERAL = "general"


_WILDS = {"%": Wild.MANY, "_": Wild.ONE}
_SIGNS = {Wild.MANY: "%", Wild.ONE: "_"}
_SHAPES = {
    (str,): Shape.EXACT,
    (str, Wild.MANY): Shape.PREFIX,
    (Wild.MANY, str): Shape.SUFFIX,
    (Wild.MANY, str, Wild.MANY): Shape.INNER,
}
_META = re.compile(r"[\\.+*?()|\[\]{}^$]")
_PLAIN = re.compile(r"[A-Za-z0-9 ,/&'@_-]+(\|[A-Za-z0-9 ,/&'@_-]+)*")
_MANY_VARIANTS = 64
# The only two letters outside ASCII that Unicode's simple case folding takes for an ASCII letter.
_FOLDED = {"s": "s\u017f", "k": "k\u212a"}


def canonical(pattern: str, escape: str = "") -> str | None:
    r"""The pattern with `\` as its escape sign; nothing when an escape sign escapes neither a wildcard nor itself."""
    parts: list[str] = []
    rest = iter(pattern)
    for char in rest:
        if escape and char == escape:
            char = next(rest, "")  # noqa: PLW2901 - the escaped character takes its place
            if char not in ("%", "_", escape):
                return None
            parts.append(_escaped(char))
        else:
            parts.append(char if char in _WILDS else _escaped(char))
    return re.sub(r"(?<!\\)((?:\\\\)*)%%+", r"\1%", "".join(parts))


def containing(text: str) -> str:
    """The canonical pattern of every text that has this one within it."""
    return f"%{''.join(map(_escaped, text))}%" if text else "%"


def shape(pattern: str) -> tuple[Shape, str]:
    """What a canonical pattern asks, and the text that it asks for."""
    parts = _parts(pattern) or [""]
    if parts == [Wild.MANY]:
        return Shape.PREFIX, ""
    kinds = tuple(str if isinstance(part, str) else part for part in parts)
    text = next((part for part in parts if isinstance(part, str)), "")
    return _SHAPES.get(kinds, Shape.GENERAL), text


def regex(pattern: str) -> str:
    """A canonical pattern as a regular expression over the whole text."""
    printed = {Wild.MANY: ".*", Wild.ONE: "."}
    inner = "".join(printed[part] if isinstance(part, Wild) else quoted(part) for part in _parts(pattern))
    return rf"(?s)\A{inner}\z"


def quoted(text: str) -> str:
    """The text as a regular expression that means nothing else."""
    return _META.sub(r"\\\g<0>", text)


def alternatives(pattern: str) -> list[str] | None:
    """The texts that a plain pattern such as `cio|head of it` looks for; nothing for a real regular expression.

    Searching texts takes half the time of a regular expression. The list holds each spelling that the engine's
    search, which ignores case in ASCII only, would miss.
    """
    if not _PLAIN.fullmatch(pattern):
        return None
    found: list[str] = []
    for text in pattern.lower().split("|"):
        letters = [_FOLDED.get(char, char) for char in text]
        if 2 ** sum(len(choice) - 1 for choice in letters) + len(found) > _MANY_VARIANTS:
            return None
        found.extend("".join(chosen) for chosen in product(*letters))
    return found


def why_not(pattern: str) -> str:
    """Why a regular expression is refused; empty when it is fine. The engine itself compiles it here."""
    if not pattern:
        return "it is empty and would match everything"
    bare = re.sub(r"\\.", "_", pattern)
    if any(not set(flags) <= set("ims-") for flags in re.findall(r"\(\?([a-zA-Z-]+)[:)]", bare)):
        return "only the flags i, m and s are supported"
    if any(int(number) > 1000 for number in re.findall(r"(?<=[{,])\d+(?=[,}])", bare)):
        return "it repeats a part more than 1,000 times"
    try:
        pl.Series([""]).str.contains(ignoring_case(pattern))
    except pl.exceptions.ComputeError as error:
        return _engine_says(str(error))
    return ""


def ignoring_case(pattern: str) -> str:
    """The same regular expression, ignoring case."""
    return f"(?i){pattern}"


def _parts(pattern: str) -> list[str | Wild]:
    signs = re.findall(r"\\.|.", pattern, re.DOTALL)
    marked = [_WILDS.get(sign, sign[-1]) for sign in signs]
    parts: list[str | Wild] = []
    for literal, group in groupby(marked, key=lambda sign: isinstance(sign, str)):
        run = list(group)
        parts.extend(["".join(map(str, run))] if literal else run)
    return parts


def _escaped(char: str) -> str:
    return f"\\{char}" if char in ("%", "_", "\\") else char


def _engine_says(message: str) -> str:
    reason = re.search(r"^error: (.+)$", message, re.MULTILINE)
    if reason:
        return reason[1]
    return "it is too large" if "size limit" in message else "it is not a regular expression"
