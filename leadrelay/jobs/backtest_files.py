"""Exports as a source of leads: here CSV, batch after batch, so that memory stays flat whatever their size."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.reading import Watch

if TYPE_CHECKING:
    from leadrelay.jobs.backtest_parquet import ParquetFiles

BATCH = 50_000
"""Leads that are looked at together: a compromise between speed and memory (measured: 100,000 cost 190 MB more)."""

ROW = "~row"
"""Stands for the id of a file that has none: leads are then known by their place in it."""

_IDS = ("id", "record id", "record_id", "hs_object_id", "lead id", "leadid", "contact id", "contactid", "prospect id")
_SEPARATORS = ",;\t|"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class CsvFile:
    """Comma-separated values with a head line, in UTF-8. Every column is text."""

    path: Path
    separator: str
    schema: Mapping[str, pl.DataType]

    @classmethod
    def open(cls, path: Path) -> CsvFile:
        """Look at its head; raises `ConfigError` where it has none."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                head = file.readline()
        except UnicodeDecodeError:
            raise _foreign(path) from None
        if not head.strip():
            raise _wrong(path, "is empty.", "Export again, with the names of the columns in the first line.")
        separator = max(_SEPARATORS, key=head.count)
        names = next(csv.reader([head], delimiter=separator))
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise _wrong(path, f"has two columns {', '.join(map(repr, twice))}.", "Leave one of them out.", line=1)
        return cls(path, separator, dict.fromkeys(names, pl.String()))

    @property
    def leads(self) -> int | None:
        """How many there are: not known before the end."""
        return None

    def batches(self, columns: Mapping[str, str], watch: Watch) -> Iterator[pl.DataFrame]:
        """Frames with `id` and these columns (name in the frame -> name in the file)."""
        scan = pl.scan_csv(self.path, separator=self.separator, infer_schema=False, row_index_name=ROW)
        frames = scan.select(chosen(self.schema, columns)).collect_batches(chunk_size=BATCH)
        try:
            for frame in frames:
                yield frame
                watch.advance(frame.height)
        except pl.exceptions.PolarsError:
            raise self._trouble() from None

    def _trouble(self) -> ConfigError:
        """What Polars says may hold a value; this says where the file is not as it should be."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, delimiter=self.separator)
                wrong = next((row for row in reader if row and len(row) != len(self.schema)), None)
                line = reader.line_num
        except UnicodeDecodeError:
            return _foreign(self.path)
        if wrong is None:
            return _wrong(self.path, "cannot be read as CSV.", "Save it as CSV in UTF-8 again.")
        told = f"has {len(wrong)} values where the head line names {len(self.schema)} columns."
        return _wrong(self.path, told, "Are texts that hold a separator, quotes or a line break quoted?", line)


def opened(address: str) -> CsvFile | ParquetFiles:
    """An export: a file by the end of its name, or a folder or pattern of Parquet files.

    Raises `ConfigError` where it is not to be read.
    """
    path = Path(address)
    if path.suffix.lower() in {".csv", ".tsv", ".txt"}:
        if not path.is_file():
            raise _wrong(path, "there is no such file.", "Name an export: --from leads.csv or --from leads.parquet")
        return CsvFile.open(path)
    if path.is_file() and path.suffix.lower() not in {".parquet", ".pq"}:
        raise _wrong(path, f"is of a kind that is not read ('{path.suffix}').", "Export it as .csv or .parquet.")
    from leadrelay.jobs.backtest_parquet import ParquetFiles

    return ParquetFiles.open(address)


def identity(schema: Mapping[str, pl.DataType]) -> str | None:
    """The column that holds the record's id, under one of the names that CRMs export it by."""
    known = {name.strip().lower(): name for name in reversed(list(schema))}
    return next((known[name] for name in _IDS if name in known), None)


def chosen(schema: Mapping[str, pl.DataType], columns: Mapping[str, str]) -> Iterator[pl.Expr]:
    """`id` and these columns (name in the frame -> name in the source) of a frame with row numbers."""
    name = identity(schema)
    yield pl.col(name).cast(pl.String).alias("id") if name else pl.format("row {}", pl.col(ROW) + 1).alias("id")
    yield from (pl.col(column).alias(alias) for alias, column in columns.items())


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
    return _wrong(path, f"is not UTF-8 text (byte {at}).", "Export it as UTF-8: in Excel, 'CSV UTF-8'.", line)


def _wrong(path: Path, message: str, cure: str, line: int | None = None) -> ConfigError:
    return ConfigError([Problem(f"{path}:{line}" if line else str(path), message, cure)])
