"""Text with {lead_field} and {secrets.NAME} in it, and JSON made of such texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

_HOLE = re.compile(r"\{([^{}]*)\}")
_PREFIX = "secrets."
_SECRET_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CURE = "Write {domain} for a lead field, {secrets.key} for a secret."


@dataclass(frozen=True, slots=True)
class Template:
    """A text in parts: what stands in it, and (fields, secrets) the holes to be filled, in their order."""

    texts: tuple[str, ...]
    holes: tuple[str, ...]

    @property
    def fields(self) -> frozenset[str]:
        """The lead fields in it."""
        return frozenset(hole for hole in self.holes if not hole.startswith(_PREFIX))

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets in it, by name."""
        return frozenset(hole.removeprefix(_PREFIX) for hole in self.holes if hole.startswith(_PREFIX))

    def fill(
        self, asked: Mapping[str, str], secrets: Mapping[str, str], quote: Callable[[str], str] = str
    ) -> str | None:
        """The whole text; None where a lead field in it is not asked with."""
        if not self.fields <= asked.keys():
            return None
        values = (
            secrets[hole.removeprefix(_PREFIX)] if hole.startswith(_PREFIX) else asked[hole] for hole in self.holes
        )
        filled = [text + quote(value) for text, value in zip(self.texts, values, strict=False)]
        return "".join([*filled, self.texts[-1]])


def template(table: Table, key: str, text: str, known: Collection[str]) -> Template:
    """The template at a key. `known`: the lead fields that may stand in it; what is wrong is noted."""
    texts = _HOLE.split(text)
    holes = tuple(texts[1::2])
    for hole in holes:
        _check(table, key, hole, known)
    if any(brace in rest for rest in texts[::2] for brace in "{}"):
        table.problem(key, "has a brace without its other half.", _CURE)
    return Template(tuple(texts[::2]), holes)


def _check(table: Table, key: str, hole: str, known: Collection[str]) -> None:
    if hole.startswith(_PREFIX):
        if not _SECRET_NAME.fullmatch(hole.removeprefix(_PREFIX)):
            table.problem(key, f"'{{{hole}}}' names no secret.", "Write it as {secrets.key}: small letters, digits, _.")
    elif not known:
        table.problem(key, f"'{{{hole}}}': only secrets may stand here, no lead fields.", "Move it to query or body.")
    elif hole not in known:
        cure = nearest(hole, list(known)) or "Name it in 'asks'."
        table.problem(key, f"'{{{hole}}}' is not among the lead fields that it asks with.", cure)


def holes(tree: Any) -> Iterator[Template]:
    """Every template of a JSON body."""
    if isinstance(tree, Template):
        yield tree
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from holes(value)
    elif isinstance(tree, tuple):
        for value in tree:
            yield from holes(value)


def filled(tree: Any, asked: Mapping[str, str], secrets: Mapping[str, str]) -> Any:
    """A JSON body; entries whose lead field is not asked with are left out."""
    if isinstance(tree, Template):
        return tree.fill(asked, secrets)
    if isinstance(tree, Mapping):
        values = {key: filled(value, asked, secrets) for key, value in tree.items()}
        return {key: value for key, value in values.items() if value is not None}
    if isinstance(tree, tuple):
        return [value for value in (filled(value, asked, secrets) for value in tree) if value is not None]
    return tree
