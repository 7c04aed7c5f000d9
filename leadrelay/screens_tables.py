"""What the screens are laid out with: tables without lines, and bars of text."""

from __future__ import annotations

from rich.table import Table

_WIDEST = 20


def grid(*columns: str) -> Table:
    """A table of texts; the first column is kept on one line. An empty heading is none."""
    table = _table()
    for place, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=place == 0)
    return table


def figures(*columns: str, names: int = 1) -> Table:
    """A table of numbers: the first `names` columns are names, those without a heading are bars or remarks."""
    table = _table()
    for place, column in enumerate(columns):
        named = place < names or not column
        table.add_column(column, justify="left" if named else "right", overflow="fold")
    return table


def bar(part: float, most: float, widest: int = _WIDEST) -> str:
    """As long as the part is of the most; anything but zero can be seen."""
    return "█" * (max(1, round(widest * part / most)) if part and most else 0)


def counted(number: int, noun: str) -> str:
    """Such as `1 lead` or `1,200 leads`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
