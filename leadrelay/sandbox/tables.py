"""Any CSV as columns and rows for `--load`, and what its columns are called in each CRM."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from leadrelay.sandbox.errors import SandboxError

DELIMITERS = ",;\t|"
LONGEST_TEXT = 255
MOST_COLUMNS = 800
"""As many custom fields as a Salesforce object takes, whatever its edition."""


class TableError(SandboxError):
    """A file that is no table; the message names the file, the line and the way out."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a CSV file holds: unique column names, and rows as wide as the header. An empty cell is None."""

    columns: list[str]
    rows: list[list[str | None]]


def read_table(path: str | Path) -> Table:
    """Read a CSV file: UTF-8 (or UTF-16 with its mark), separated by comma, semicolon, tab or bar."""
    text = _text(Path(path))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    table: Table | None = None
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if table is None:
                if len(cells) > MOST_COLUMNS:
                    raise TableError(f"{path} has {len(cells)} columns, a CRM takes {MOST_COLUMNS}; leave some out")
                table = Table(list(_unique(cells)), [])
            else:
                _expect(len(cells), len(table.columns), f"{path}, line {lines.line_num}")
                table.rows.append([cell if cell and not cell.isspace() else None for cell in cells])
    except csv.Error as error:
        raise TableError(f"{path}, line {lines.line_num}: {error}; is a quote left open?") from None
    if table is None:
        raise TableError(f"{path} is empty: its first line must name the columns")
    return table


def kind_of(values: Iterable[str | None]) -> str:
    """What a column holds: integer, real, text, or long (text over 255 characters). All empty is text.

    Digits with a leading zero or a plus are text: they are postal codes and telephone numbers.
    """
    present = [value for value in values if value is not None]
    if present and all(_INTEGER.fullmatch(value) for value in present):
        return "integer"
    if present and all(_REAL.fullmatch(value) for value in present):
        return "real"
    return "long" if any(len(value) > LONGEST_TEXT for value in present) else "text"


def cast(value: str | None, kind: str) -> str | int | float | None:
    """A cell as the store keeps it, given its column's kind."""
    if value is None or kind in {"text", "long"}:
        return value
    return int(value) if kind == "integer" else float(value)


def salesforce_name(header: str, taken: Collection[str]) -> str:
    """A header as the API name of a new custom field: `Time on Site (min)` is `Time_on_Site_min__c`."""
    return _free(_word(header), "__c", 40, taken)


def hubspot_name(header: str, taken: Collection[str]) -> str:
    """A header as the internal name of a new property: `Time on Site (min)` is `time_on_site_min`."""
    return _free(_word(header).lower(), "", 100, taken)


# Fifteen digits are what a double holds exactly, and both CRMs keep numbers as doubles.
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})", re.ASCII)
_REAL = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?", re.ASCII)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}") from None
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableError(f"{path}, line {line}: not UTF-8 text; save the file as CSV UTF-8") from None


def _delimiter(text: str) -> str:
    header = re.sub(r'"[^"]*"', "", next((line for line in text.splitlines() if line.strip()), ""))
    return max(DELIMITERS, key=header.count)


def _unique(cells: list[str]) -> Iterator[str]:
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        header = name = " ".join(cell.split()) or f"Column {number}"
        copy = 1
        while name.lower() in taken:
            copy += 1
            name = f"{header} {copy}"
        taken.add(name.lower())
        yield name


def _expect(found: int, wanted: int, place: str) -> None:
    if found != wanted:
        raise TableError(f"{place}: {found} cells where the header has {wanted}; quote cells that hold the separator")


def _word(header: str) -> str:
    plain = unicodedata.normalize("NFKD", header.replace("ß", "ss")).encode("ascii", "ignore").decode()
    word = re.sub(r"[^0-9A-Za-z]+", "_", plain).strip("_") or "Column"
    return word if word[0].isalpha() else f"X{word}"


def _free(word: str, suffix: str, longest: int, taken: Collection[str]) -> str:
    used = {name.lower() for name in taken}
    name, copy = word[:longest].rstrip("_") + suffix, 1
    while name.lower() in used:
        copy += 1
        tail = f"_{copy}"
        name = word[: longest - len(tail)].rstrip("_") + tail + suffix
    return name
