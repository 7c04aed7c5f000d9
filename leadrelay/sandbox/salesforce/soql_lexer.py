"""SOQL text as tokens, and a place in that text as Salesforce shows it in an error."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leadrelay.sandbox.salesforce.errors import SalesforceError, bad

_BEFORE = _AFTER = 31
_TOKENS = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<open>\d{4}-\d\d-\d\dT[\d:.]*)
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<number>\d+(?:\.\d*)?|\.\d+)
  | (?P<name>[A-Za-z][A-Za-z0-9_]*(?:\s*\.\s*[A-Za-z][A-Za-z0-9_]*)*)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<symbol><=|>=|!=|<>|[(),:=<>*+\-])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query: `kind` is name, string, number, date, datetime, symbol or end."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The text in lower case, for keywords."""
        return self.text.lower()


def tokens(text: str) -> list[Token]:
    """All tokens and the end; raises SalesforceError where no token can begin."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKENS.match(text, at)
        kind = match.lastgroup if match else None
        if match is None or kind == "open":
            raise _no_token(text, match.end() if match else at)
        if kind != "space":
            found.append(Token(str(kind), re.sub(r"\s", "", match[0]) if kind == "name" else match[0], at))
        at = match.end()
    return [*found, Token("end", "<EOF>", len(text))]


def unexpected(text: str, token: Token) -> SalesforceError:
    """The refusal of a token that the grammar does not take here."""
    message = f"unexpected token: '{token.text}'"
    if token.kind == "end" or token.at == 0:
        return bad("MALFORMED_QUERY", message)
    return bad("MALFORMED_QUERY", located(text, token.at, message, syntax=True))


def located(text: str, at: int, message: str, *, syntax: bool = False) -> str:
    """The message with the words around the place, a caret and `ERROR at Row:1:Column:8`.

    Salesforce counts columns from 0 in errors of syntax and from 1 in all others; the caret follows the column.
    """
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line, place = text[start : len(text) if end < 0 else end], at - start
    first, last = _window(line, place)
    column = place + (0 if syntax else 1)
    row = text.count("\n", 0, at) + 1
    caret = " " * max(column - 1 - first, 0) + "^"
    return f"\n{line[first:last]}\n{caret}\nERROR at Row:{row}:Column:{column}\n{message}"


def _window(line: str, place: int) -> tuple[int, int]:
    """Some 31 characters on both sides, widened to whole words and without what separates words at their ends."""
    first, last = max(place - _BEFORE, 0), min(place + _AFTER + 1, len(line))
    while first > 0 and _in_word(line[first - 1]) and _in_word(line[first]):
        first -= 1
    while last < len(line) and _in_word(line[last - 1]) and _in_word(line[last]):
        last += 1
    while first < place and line[first] in " ,":
        first += 1
    while last > place + 1 and line[last - 1] in " ,":
        last -= 1
    return first, last


def _in_word(character: str) -> bool:
    return not character.isspace() and character not in ",()"


def _no_token(text: str, at: int) -> SalesforceError:
    row, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at) - 1
    if text[at : at + 1] == "'":
        message = f"line {row}:{column} mismatched character '<EOF>' expecting '''"
        return bad("MALFORMED_QUERY", message)
    found = text[at] if at < len(text) else "<EOF>"
    message = f"line {row}:{column} no viable alternative at character '{found}'"
    return bad("MALFORMED_QUERY", located(text, min(at, len(text) - 1), message, syntax=True))
