#!/usr/bin/env python
"""Writes the reference of operators and functions into rules.md: run it after a change of the rule language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from leadrelay.core.predicates import FUNCTIONS, OPERATORS, Doc

PAGE = Path(__file__).with_name("rules.md")
BEGIN = "<!-- What follows up to the next such line is written by docs/reference.py. -->\n"
END = "<!-- end -->\n"


def current(page: str) -> str:
    """The page with the reference as the rule language has it now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{reference()}{END}{after}"


def reference() -> str:
    """Every operator and every function: how it is written, what it means, an example."""
    parts = ["## Operators", *_entries(OPERATORS.values()), "## Functions", *_entries(FUNCTIONS.values())]
    return "\n" + "\n\n".join(parts) + "\n\n"


def _entries(docs: Iterable[Doc]) -> Iterator[str]:
    for doc in docs:
        yield f"`{doc.usage}`: {doc.meaning}"
        yield f"```sql\n{doc.example}\n```"


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
