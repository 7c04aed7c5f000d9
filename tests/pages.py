"""A page under docs/ as its tests read it: the boxes, commands, tables and names that it shows."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def page(name):
    return (DOCS / name).read_text(encoding="utf-8")


def all_boxes(text):
    """(language, box) of each, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def boxes(text, language):
    return [box for kind, box in all_boxes(text) if kind == language]


def commands(text):
    """What the page's consoles are told, without the name of the program."""
    return [line.removeprefix("leadrelay ") for box in boxes(text, "console") for line in box.splitlines()]


def table_rows(text, head):
    """The cells of the table that begins so, without its head."""
    table = text.split(head, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table]


def keys_named(text):
    """The keys in code, the last part of those such as `leads.read`."""
    return set(re.findall(r"`(?:[a-z_]+\.)?([a-z0-9_]+)`", text))


def keys_of(document):
    """Every key of a JSON document, however deep."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield name
            yield from keys_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from keys_of(value)
