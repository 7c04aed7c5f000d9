"""Exports as a source of leads: by the name of the file, and what all kinds share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from leadrelay.errors import ConfigError, Problem

if TYPE_CHECKING:
    from leadrelay.jobs.backtest_csv import CsvFile
    from leadrelay.jobs.backtest_parquet import ParquetFiles

BATCH = 50_000
"""Leads that are looked at together: a compromise between speed and memory (measured: 100,000 cost 190 MB more)."""

ROW = "~row"
"""Stands for the id of a file that has none: leads are then known by their place in it."""

_IDS = ("id", "record id", "record_id", "hs_object_id", "lead id", "leadid", "contact id", "contactid", "prospect id")


def opened(address: str) -> CsvFile | ParquetFiles:
    """An export: a file by the end of its name, or a folder or pattern of Parquet files.

    Raises `ConfigError` where it is not to be read.
    """
    path = Path(address)
    if path.suffix.lower() in {".csv", ".tsv", ".txt"}:
        from leadrelay.jobs.backtest_csv import CsvFile

        if not path.is_file():
            raise wrong(path, "there is no such file.", "Name an export: --from leads.csv or --from leads.parquet")
        return CsvFile.open(path)
    if path.is_file() and path.suffix.lower() not in {".parquet", ".pq"}:
        raise wrong(path, f"is of a kind that is not read ('{path.suffix}').", "Export it as .csv or .parquet.")
    from leadrelay.jobs.backtest_parquet import ParquetFiles

    return ParquetFiles.open(address)


def identity(schema: Mapping[str, pl.DataType]) -> str | None:
    """The column that holds the record's id, under one of the names that CRMs export it by."""
    known = {name.strip().lower(): name for name in reversed(list(schema))}
    return next((known[name] for name in _IDS if name in known), None)


def chosen(schema: Mapping[str, pl.DataType], columns: Mapping[str, str]) -> Iterator[pl.Expr]:
    """`id` and these columns (name in the frame -> name in the source) of a frame with row numbers."""
    name = identity(schema)
    row = pl.concat_str(pl.lit("row "), pl.col(ROW) + 1)
    yield (pl.col(name).cast(pl.String).fill_null(row) if name else row).alias("id")
    yield from (pl.col(column).alias(alias) for alias, column in columns.items())


def wrong(path: Path, message: str, cure: str, line: int | None = None) -> ConfigError:
    """What is wrong with a file."""
    return ConfigError([Problem(f"{path}:{line}" if line else str(path), message, cure)])
