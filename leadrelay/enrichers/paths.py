"""JMESPath of a description: checked when it is read, functions and all, and harmless on whatever an answer holds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, ParseError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult

from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

_LONGEST = 1_000
"""The parser is recursive, and nobody writes a longer one by hand."""
_GRAMMAR = "See https://jmespath.org/specification.html."
_KNOWN: Mapping[str, Mapping[str, Any]] = Functions.FUNCTION_TABLE


class Shape(Exception):
    """What came back is not of the shape that a path expects. Says nothing of what it holds."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path, compiled once; equal where its text is."""

    text: str
    parsed: ParsedResult = field(compare=False, repr=False)

    def __call__(self, found: Any) -> Any:
        """What it finds; None where there is nothing. `Shape` where a function of it meets another type."""
        try:
            return self.parsed.search(found)
        except Exception:  # noqa: BLE001 - whatever the library makes of what a provider made up
            raise Shape from None


def path(table: Table, key: str, text: str) -> Path | None:
    """The path that stands at a key; None where it is wrong, which is noted."""
    try:
        if len(text) > _LONGEST:
            raise RecursionError  # noqa: TRY301 - what the parser would say of it
        with warnings.catch_warnings(action="error", category=PendingDeprecationWarning):
            parsed = jmespath.compile(text)
    except PendingDeprecationWarning:  # of `text` in backticks, which is meant to be JSON
        table.problem(key, f"'{text}' has a text between backticks.", "Write texts as 'text', JSON as `404`.")
        return None
    except RecursionError:
        table.problem(key, "is too long for a JMESPath.", "Shorten it.")
        return None
    except JMESPathError as error:
        table.problem(key, f"'{text}' is no JMESPath: {_why(error)}.", _GRAMMAR)
        return None
    wrong = list(_wrong_calls(parsed.parsed))
    for message, cure in wrong:
        table.problem(key, message, cure)
    return None if wrong else Path(text, parsed)


def _why(error: JMESPathError) -> str:
    at = getattr(error, "lex_position", getattr(error, "lexer_position", None))
    token = getattr(error, "token_value", None) if isinstance(error, ParseError) else None
    if token:
        return f"'{token}' does not fit at character {int(at or 0) + 1}"
    return "it ends too early" if at is None or token is None else f"character {int(at) + 1} does not fit"


def _wrong_calls(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """JMESPath itself tells an unknown function only when it is called."""
    if node["type"] == "function_expression":
        yield from _wrong_call(str(node["value"]), len(node["children"]))
    for child in node["children"]:
        if isinstance(child, Mapping):
            yield from _wrong_calls(child)


def _wrong_call(name: str, given: int) -> Iterator[tuple[str, str]]:
    if name not in _KNOWN:
        yield f"there is no function '{name}' in JMESPath.", nearest(name, list(_KNOWN)) or _GRAMMAR
        return
    signature = _KNOWN[name]["signature"]
    several = bool(signature) and signature[-1].get("variadic")
    if given < len(signature) or (given > len(signature) and not several):
        least = " or more" if several else ""
        yield f"'{name}' takes {len(signature)}{least} arguments, not {given}.", _GRAMMAR
