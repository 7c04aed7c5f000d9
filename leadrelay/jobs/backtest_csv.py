"""CSV as a source of leads, block after block, so that memory stays flat.

Polars' own `collect_batches` reads ahead of who takes the batches: 400 MB for 500,000 leads, 620 MB for 2,000,000.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from leadrelay.errors import ConfigError
from leadrelay.jobs.backtest_files import BATCH, ROW, chosen, wrong
from leadrelay.jobs.reading import Watch

BLOCK = 16 << 20
"""Bytes that are parsed together: some ten thousand leads."""

_SEPARATORS = ",;\t|"
_NO_LINE = re.compile(r"\0|\r(?!\n)")
_EXPORT = "Export it as UTF-8 with the line breaks of Windows or Unix: in Excel, 'CSV UTF-8'."
_CHUNK = 1 << 20
_MOST = 4
"""Blocks without the end of a record, from which on a quote is taken for one that was never closed."""


@dataclass(frozen=True)
class CsvFile:
    """Separated values with a head line, in UTF-8. Every column is text. `start`: the byte after its head."""

    path: Path
    separator: str
    schema: Mapping[str, pl.DataType]
    start: int
    block: int = BLOCK

    @classmethod
    def open(cls, path: Path) -> CsvFile:
        """Look at its head; raises `ConfigError` where it has none."""
        with path.open("rb") as file:
            head = next(_records(file, _CHUNK, one=True), b"")
        try:
            text = head.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _foreign(path) from None
        if not text.strip():
            raise wrong(path, "is empty.", "Export again, with the names of the columns in the first line.")
        if _NO_LINE.search(text):
            raise wrong(path, "has a head line that is no line of text.", _EXPORT, line=1)
        separator = max(_SEPARATORS, key=text.count)
        names = next(csv.reader([text], delimiter=separator))
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise wrong(path, f"has two columns {', '.join(map(repr, twice))}.", "Leave one of them out.", line=1)
        return cls(path, separator, dict.fromkeys(names, pl.String()), len(head))

    def batches(self, columns: Mapping[str, str], watch: Watch) -> Iterator[pl.DataFrame]:
        """Frames with `id` and these columns (name in the frame -> name in the file)."""
        try:
            for frame in self._frames(columns):
                for piece in frame.iter_slices(BATCH):
                    yield piece
                    watch.advance(piece.height)
        except pl.exceptions.PolarsError:
            raise self._trouble() from None

    def _frames(self, columns: Mapping[str, str]) -> Iterator[pl.DataFrame]:
        row = 0
        with self.path.open("rb") as file:
            file.seek(self.start)
            for block in _records(file, self.block):
                frame = self._parsed(block)
                frame = frame.with_columns(pl.int_range(row, row + frame.height).alias(ROW))
                row += frame.height
                yield frame.select(chosen(self.schema, columns))

    def _parsed(self, block: bytes) -> pl.DataFrame:
        """All columns: Polars notices a record with too many values only then. Empty lines are no leads."""
        head = self.separator.join(map(str, range(len(self.schema)))).encode()  # Polars knows no line break in a name
        frame = pl.read_csv(head + b"\n" + block, infer_schema=False, separator=self.separator)
        frame.columns = list(self.schema)
        return frame.filter(~pl.all_horizontal(pl.all().is_null()))

    def _trouble(self) -> ConfigError:
        """What Polars says may hold a value; this says where the file is not as it should be."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, delimiter=self.separator)
                longer = next((row for row in reader if len(row) > len(self.schema)), None)
                line = reader.line_num
        except UnicodeDecodeError:
            return _foreign(self.path)
        if longer is None:
            return wrong(self.path, "cannot be read as CSV.", "Is each text that holds a quote quoted?")
        told = f"has {len(longer)} values where the head line names {len(self.schema)} columns."
        return wrong(self.path, told, "Are texts that hold a separator, quotes or a line break quoted?", line)


def _records(file: BinaryIO, size: int, *, one: bool = False) -> Iterator[bytes]:
    """Whole records, about `size` bytes of them at a time, or `one`: the first record alone.

    A line break within quotes ends no record: up to the end of a record, quotes come in pairs.
    """
    held = b""
    while chunk := file.read(size):
        held += chunk
        end = _first_end(held) if one else _last_end(held, surely=len(held) >= _MOST * size)
        if end:
            yield held[:end]
            held = held[end:]
            if one:
                return
    if held:
        yield held


def _first_end(held: bytes) -> int:
    end = held.find(b"\n") + 1
    while end and held.count(b'"', 0, end) % 2:
        end = held.find(b"\n", end) + 1
    return end


def _last_end(held: bytes, *, surely: bool) -> int:
    """After the last line break with an even number of quotes before it; 0 where there is none."""
    last = end = held.rfind(b"\n") + 1
    quotes = held.count(b'"', 0, end)
    while end and quotes % 2:
        before = held.rfind(b"\n", 0, end - 1) + 1
        quotes -= held.count(b'"', before, end)
        end = before
    return last if surely and not end else end


def _foreign(path: Path) -> ConfigError:
    """The first byte that is no UTF-8, and its line."""
    decoder, line, at = codecs.getincrementaldecoder("utf-8-sig")(), 1, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                line += chunk[: max(0, error.start)].count(b"\n")
                at += error.start
                break
            line, at = line + chunk.count(b"\n"), at + len(chunk)
    return wrong(path, f"is not UTF-8 text (byte {at}).", "Export it as UTF-8: in Excel, 'CSV UTF-8'.", line)
