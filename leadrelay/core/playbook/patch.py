"""Other points for the rules of a playbook's TOML: the text stays as its author wrote it, comments and all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Any

from leadrelay.core.toml_text import Document, parse
from leadrelay.errors import ConfigError, Problem

_POINTS = re.compile(r"^(\s*points\s*=\s*)[-+]?[0-9_]+")
_HEADER = re.compile(r"^\s*\[")


def repointed(text: str, file: str, points: Mapping[str, int]) -> str:
    """The playbook with other points for the rules of these names; a rule of 0 points is taken out.

    Raises `ConfigError` where a rule's points do not stand in a line of their own.
    """
    document, lines = parse(text, file), text.splitlines(keepends=True)
    for path, rule in _rules(document.data):
        if rule["name"] in points and points[rule["name"]] != rule["points"]:
            _repoint(lines, document, path, points[rule["name"]])
    after = "".join(lines)
    if parse(after, file).data != _expected(document.data, points):
        raise _Elsewhere(document, "score")
    return after


def patch(before: str, after: str, file: str) -> str:
    """What `after` changes, as a patch for people and for `patch`."""
    return "".join(
        unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), file, f"{file} (learned)")
    )


def _rules(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every score rule with its path in the document."""
    for axis, rules in data["score"].items():
        yield from ((f"score.{axis}[{number}]", rule) for number, rule in enumerate(rules))


def _expected(data: Mapping[str, Any], points: Mapping[str, int]) -> dict[str, Any]:
    """What the changed text has to say."""
    score = {
        axis: [{**rule, "points": points.get(rule["name"], rule["points"])} for rule in rules]
        for axis, rules in data["score"].items()
    }
    left = {axis: [rule for rule in rules if rule["points"]] for axis, rules in score.items()}
    return {**data, "score": {axis: rules for axis, rules in left.items() if rules}}


def _repoint(lines: list[str], document: Document, path: str, points: int) -> None:
    """Lines that are taken out become empty texts, so that the others keep their numbers."""
    if points == 0:
        for number in _block(lines, _line(document, path)):
            lines[number] = ""
        return
    number = _line(document, f"{path}.points")
    if not _POINTS.match(lines[number]):
        raise _Elsewhere(document, f"{path}.points")
    lines[number] = _POINTS.sub(rf"\g<1>{points}", lines[number])


def _line(document: Document, path: str) -> int:
    """The place of a key among the lines."""
    number = document.line(path)
    if number is None:
        raise _Elsewhere(document, path)
    return number - 1


def _block(lines: Sequence[str], first: int) -> range:
    """From a rule's header to its last line; comments before the next header belong to that."""
    last = next((at for at in range(first + 1, len(lines)) if _HEADER.match(lines[at])), len(lines))
    while last > first + 1 and (lines[last - 1].lstrip().startswith("#") or not lines[last - 1].strip()):
        last -= 1
    return range(first, last + 1)  # with the empty line behind it


class _Elsewhere(ConfigError):
    """The rule is written in a way that this module does not change."""

    def __init__(self, document: Document, path: str) -> None:
        message = "points do not stand in lines of their own, or the text around them is too unusual to be changed."
        cure = "Write each rule as a table [[score.fit]], [[score.engagement]], ... with a line: points = 5"
        super().__init__([Problem(document.place(path), message, cure)])
