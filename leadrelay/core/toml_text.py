"""TOML with places: what was read, and in which line each key and each text stands.

`tomllib` forgets lines; an error that names only a key makes the admin search.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from leadrelay.core.toml_places import Places, places
from leadrelay.errors import ConfigError, Problem


@dataclass(frozen=True)
class Document:
    """A parsed TOML text that can name the place of every key."""

    file: str
    data: dict[str, Any]
    places: Places

    def place(self, path: str) -> str:
        """`file:line key` for a dotted path such as `score.fit[0].when`; an absent key gets its parent's line."""
        probe = path
        while probe and probe not in self.places.lines:
            probe = probe.rpartition(".")[0] if not probe.endswith("]") else probe.rpartition("[")[0]
        line = self.places.lines.get(probe)
        where = f"{self.file}:{line}" if line else self.file
        return f"{where} {path}" if path else where

    def line(self, path: str) -> int | None:
        """The 1-based line of a dotted path, if it stands in the text."""
        return self.places.lines.get(path)


@dataclass(frozen=True, slots=True)
class Written:
    """A text of a document that knows the file's line and column of each of its characters."""

    document: Document
    path: str
    value: str

    def __str__(self) -> str:
        return self.document.place(self.path)

    def at(self, character: int) -> str | None:
        """`file:line:column key` of a character; None where the file does not say plainly where it stands."""
        offsets = self.document.places.characters(self.path, self.value)
        if offsets is None or character >= len(offsets):
            return None
        line, column = self.document.places.line_and_column(offsets[character])
        return f"{self.document.file}:{line}:{column} {self.path}"


def parse(text: str, file: str) -> Document:
    """Parse TOML; a syntax error becomes one `ConfigError` with file, line and column."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_problem(str(error), file, text)]) from None
    except RecursionError:
        raise ConfigError([Problem(file, "lists or tables stand too deep in one another.", "Flatten them.")]) from None
    except ValueError:  # int() of thousands of digits; tomllib lets it through
        raise ConfigError([Problem(file, "a number has thousands of digits.", "Write a smaller one.")]) from None
    return Document(file, data, places(text))


def nearest(word: str, known: Sequence[str]) -> str:
    """A sentence that offers the nearest known names, or lists them where few. Small or capital letters: no matter."""
    names = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), list(names), n=2, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(f"'{names[name]}'" for name in close) + "?"
    return f"Known: {', '.join(sorted(known))}." if 0 < len(known) <= 12 else ""


def _syntax_problem(message: str, file: str, source: str) -> Problem:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    place = f"{file}:{found[1]}:{found[2]}" if found else f"{file}:{len(source.splitlines())}"
    text = re.sub(r"\s*\(at .*\)", "", message)
    return Problem(place, f"not valid TOML: {text}.", "Mend the syntax at this place.")
