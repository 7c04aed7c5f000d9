"""A predicate's text and place, and the error that points into it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leadrelay.core.predicates.ir import Span
from leadrelay.core.toml_text import Written
from leadrelay.errors import ConfigError, Problem

MOST_PROBLEMS = 12
"""Of more in one predicate, only so many are told."""

_WIDTH = 100


class PredicateError(ConfigError):
    """A predicate that does not load. Each problem shows its line with a caret under the place."""


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one predicate, and where it stands in the configuration.

    `original` is what errors show where `text` is a mended form of it, equally long.
    Errors name the file's line and column where the place knows them, else those within the predicate.
    """

    text: str
    place: str | Written
    original: str | None = None

    def error(self, span: Span, message: str, cure: str = "") -> PredicateError:
        """The error to raise about a stretch of the text."""
        span = self._balanced(span)
        start = min(span.start, len(self.text))
        before = self.text[:start]
        line = before.count("\n") + 1
        column = start - (before.rfind("\n") + 1) + 1
        place = None if isinstance(self.place, str) else self.place.at(start)
        if place is None:
            message = f"line {line}, column {column}: {message}"
        problem = Problem(place or str(self.place), f"{message}\n{self._excerpt(span, line, column)}", cure)
        return PredicateError([problem])

    def snippet(self, span: Span) -> str:
        """The stretch itself, on one line, shortened when long."""
        span = self._balanced(span)
        words = " ".join((self.original or self.text)[span.start : span.end].split())
        return words if len(words) <= 40 else f"{words[:37]}..."

    def _balanced(self, span: Span) -> Span:
        """The stretch with the brackets that belong to it, which no node of the syntax tree covers."""
        opened = closed = 0
        for sign in re.findall(r"'[^']*'|[()]", self.text[span.start : span.end]):
            opened += sign == "("
            closed += sign == ")" and not opened
            opened -= sign == ")" and opened > 0
        before = re.search(rf"(?:\(\s*){{{closed}}}$", self.text[: span.start])
        after = re.match(rf"(?:\s*\)){{{opened}}}", self.text[span.end :])
        return Span(before.start() if before else span.start, span.end + (after.end() if after else 0))

    def _excerpt(self, span: Span, line: int, column: int) -> str:
        shown = (self.original or self.text).split("\n")[line - 1]
        length = max(1, min(span.end - span.start, len(shown) - column + 1))
        cut = max(0, column - 1 - _WIDTH // 2) if len(shown) > _WIDTH else 0
        window = shown[cut : cut + _WIDTH]
        carets = "^" * max(1, min(length, _WIDTH - (column - 1 - cut)))
        pad = "".join(char if char == "\t" else " " for char in window[: column - 1 - cut])
        return f"    {_printable(window)}\n    {pad}{carets}"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\t" else "?" for char in text).rstrip()
