"""Where the keys, tables and texts of a TOML document stand: its lines, and each character of a text.

Reads what `tomllib` has read already, and so need not judge it. What cannot be followed has no place, and no error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*""")
_TEXTS = (
    re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:[^']|'(?!''))*'{3,5}"),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_OTHER = re.compile(r"[^,\]}#\n]+")
_ESCAPED = re.compile(r"\\(?:[ \t]*\n[ \t\n]*|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_LETTERS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Places:
    """The line of each key and table, and the offset of each text, by dotted path such as `score.fit[0].when`."""

    text: str
    lines: Mapping[str, int]
    texts: Mapping[str, int]

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Both counted from 1."""
        before = self.text.rfind("\n", 0, offset) + 1
        return self.text.count("\n", 0, offset) + 1, offset - before + 1

    def characters(self, path: str, value: str) -> list[int] | None:
        """The offset of each character of a text's value, and of its end; None where that is uncertain."""
        if path not in self.texts:
            return None
        signs, offsets = _decoded(self.text, self.texts[path])
        return offsets if "".join(signs) == value else None


def places(text: str) -> Places:
    """The places of a document that `tomllib` has accepted."""
    walk = _Walk(text.replace("\r\n", "\n"))
    with suppress(_LostError, RecursionError):  # what was found before still holds
        walk.document()
    return Places(walk.text, walk.lines, walk.texts)


class _LostError(Exception):
    """The text goes on in a way that this module does not know."""


@dataclass(slots=True)
class _Walk:
    """One way through the text, from its beginning to its end."""

    text: str
    at: int = 0
    lines: dict[str, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    counted: tuple[int, int] = (0, 1)

    def document(self) -> None:
        table = ""
        while self._skip(_BLANK) < len(self.text):
            if self._sees("["):
                table = self._header()
            else:
                self._entry(table)

    def _header(self) -> str:
        start, several = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if several else 1
        name = self._name("")
        self.at += 2 if several else 1
        if several:
            self.counts[name] = self.counts.get(name, -1) + 1
            name = f"{name}[{self.counts[name]}]"
        self._note(name, start)
        return name

    def _entry(self, table: str) -> None:
        start = self.at
        path = self._name(table)
        self._note(path, start)
        self._expect("=")
        self._value(path)

    def _value(self, path: str) -> None:
        self._skip(_BLANK)
        if self._sees("["):
            self._elements(path, "]")
        elif self._sees("{"):
            self._elements(path, "}")
        elif self._sees("'") or self._sees('"'):
            self.texts.setdefault(path, self.at)
            self._text()
        else:
            self._match(_OTHER)

    def _elements(self, path: str, end: str) -> None:
        self.at += 1
        number = 0
        while self._skip(_BLANK) < len(self.text) and not self._sees(end):
            if end == "}":
                self._entry(path)
            else:
                self._note(f"{path}[{number}]", self.at)
                self._value(f"{path}[{number}]")
            number += 1
            self._skip(_BLANK)
            self.at += self._sees(",")
        self._expect(end)

    def _name(self, table: str) -> str:
        """A dotted key below a table. `[a.b]` below `[[a]]` belongs to the latest element of `a`."""
        path = table
        while True:
            part = self._match(_KEY)[1]
            path = f"{path}.{_bare(part)}" if path else _bare(part)
            if not self._sees("."):
                return path
            path = f"{path}[{self.counts[path]}]" if path in self.counts else path
            self.at += 1

    def _text(self) -> None:
        for form in _TEXTS:
            if found := form.match(self.text, self.at):
                self.at = found.end()
                return
        raise _LostError

    def _note(self, path: str, offset: int) -> None:
        since, line = self.counted
        line += self.text.count("\n", since, offset)
        self.counted = (offset, line)
        self.lines.setdefault(path, line)

    def _sees(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def _expect(self, sign: str) -> None:
        if not self._sees(sign):
            raise _LostError
        self.at += 1

    def _skip(self, form: re.Pattern[str]) -> int:
        self.at = self._match(form).end()
        return self.at

    def _match(self, form: re.Pattern[str]) -> re.Match[str]:
        found = form.match(self.text, self.at)
        if found is None:
            raise _LostError
        self.at = found.end()
        return found


def _bare(key: str) -> str:
    if key.startswith('"'):
        return "".join(_decoded(key, 0)[0])
    return key.strip("'")


def _decoded(text: str, start: int) -> tuple[list[str], list[int]]:
    """The characters of the text that begins with the quote at `start`, and where each stands, with the end."""
    quote = text[start]
    fence = quote * 3 if text.startswith(quote * 3, start) else quote
    found = next(found for form in _TEXTS if (found := form.match(text, start)))
    at, end = start + len(fence), found.end() - len(fence)
    at += len(fence) == 3 and text.startswith("\n", at)
    signs, offsets = [], []
    while at < end:
        escaped = _ESCAPED.match(text, at) if quote == '"' and text[at] == "\\" else None
        sign = _meaning(escaped[0]) if escaped else text[at]
        signs.append(sign)
        offsets.extend([at] * len(sign))
        at = escaped.end() if escaped else at + 1
    return signs, [*offsets, end]


def _meaning(escaped: str) -> str:
    if digits := re.fullmatch(r"\\[uU]([0-9A-Fa-f]+)", escaped):
        return chr(int(digits[1], 16))
    return _LETTERS.get(escaped[1:], "")
