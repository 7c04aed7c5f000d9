"""TOML with places: what was read, and in which line each key stands.

`tomllib` forgets lines; an error that names only a key makes the admin search.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from leadrelay.errors import ConfigError, Problem

_HEADER = re.compile(r"^\s*\[(\[)?\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_\-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_\-]+|"[^"]*"|'[^']*'))*)\s*=""")


@dataclass(frozen=True)
class Document:
    """A parsed TOML text that can name the place of every key."""

    file: str
    data: dict[str, Any]
    lines: Mapping[str, int]

    def place(self, path: str) -> str:
        """`file:line key` for a dotted path such as `score.fit[0].when`; an absent key gets its parent's line."""
        probe = path
        while probe and probe not in self.lines:
            probe = probe.rpartition(".")[0] if not probe.endswith("]") else probe.rpartition("[")[0]
        line = self.lines.get(probe)
        where = f"{self.file}:{line}" if line else self.file
        return f"{where} {path}" if path else where

    def line(self, path: str) -> int | None:
        """The 1-based line of a dotted path, if it stands in the text."""
        return self.lines.get(path)


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
    return Document(file, data, _key_lines(text))


def nearest(word: str, known: Sequence[str]) -> str:
    """A sentence that offers the nearest known names, or lists them where few."""
    close = get_close_matches(word, known, n=2, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(f"'{name}'" for name in close) + "?"
    return f"Known: {', '.join(sorted(known))}." if 0 < len(known) <= 12 else ""


def _syntax_problem(message: str, file: str, source: str) -> Problem:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    place = f"{file}:{found[1]}:{found[2]}" if found else f"{file}:{len(source.splitlines())}"
    text = re.sub(r"\s*\(at .*\)", "", message)
    return Problem(place, f"not valid TOML: {text}.", "Mend the syntax at this place.")


def _key_lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _open_table(header, counts)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            path = _join(table, _bare(key[1]))
            lines.setdefault(path, number)
    return lines


def _open_table(header: re.Match[str], counts: dict[str, int]) -> str:
    name = _bare(header[2])
    if not header[1]:
        return _indexed(name, counts)
    counts[name] = counts.get(name, -1) + 1
    return f"{name}[{counts[name]}]"


def _indexed(name: str, counts: Mapping[str, int]) -> str:
    """`[a.b]` below `[[a]]` belongs to the latest element of `a`."""
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        prefix = ".".join(parts[:size])
        if prefix in counts:
            return _join(f"{prefix}[{counts[prefix]}]", ".".join(parts[size:]))
    return name


def _join(table: str, key: str) -> str:
    return f"{table}.{key}" if table and key else table or key


def _bare(name: str) -> str:
    parts = re.findall(r"\"[^\"]*\"|'[^']*'|[^.\s]+", name)
    return ".".join(part.strip("\"'") for part in parts)
