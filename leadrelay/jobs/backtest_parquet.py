"""Parquet as a source of leads for a back-test: one file or many, counted by an engine, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import uuid4

import polars as pl

from leadrelay.core.trial.trial import Tally
from leadrelay.engines import Engine, Manifest
from leadrelay.engines.pieces import batches, in_file
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.backtest import Backtest, Work
from leadrelay.jobs.backtest_files import ROW, chosen, identity
from leadrelay.jobs.reading import Watch

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class ParquetFiles:
    """Files with the columns of the first of them."""

    manifest: Manifest
    schema: Mapping[str, pl.DataType]

    @classmethod
    def open(cls, address: str) -> ParquetFiles:
        """A file, a folder, a pattern; raises `ConfigError` where that leads to no Parquet."""
        manifest = Manifest.of([address])
        try:
            empty = pl.DataFrame(manifest.schema.empty_table())
        except (pl.exceptions.PolarsError, TypeError):
            cure = "Write it again without columns of nested values."
            raise ConfigError([Problem(manifest.files[0], "has columns that cannot be read.", cure)]) from None
        return cls(manifest, empty.schema)

    def batches(self, columns: Mapping[str, str], watch: Watch) -> Iterator[pl.DataFrame]:
        """Frames with `id` and these columns (name in the frame -> name in the files)."""
        watch.expect(self.manifest.leads)
        for piece in self.manifest.pieces:
            start = piece.start
            for table in batches(piece, self.needed(columns)):
                with in_file(piece.file):
                    yield _named(table, start, columns)
                start += table.num_rows
                watch.advance(table.num_rows)

    def needed(self, columns: Mapping[str, str]) -> tuple[str, ...]:
        """The columns to read."""
        name = identity(self.schema)
        return tuple(sorted({*columns.values(), *([name] if name else [])}))


@dataclass(frozen=True)
class Counting:
    """Counts batches for a back-test, wherever it is sent. `run`: one back-test is told from another by it."""

    run: str
    work: Work = field(compare=False)

    def __call__(self, table: pa.Table, start: int) -> Tally:
        """What these leads add to the counts; so many are before them."""
        return _ready(self)(_named(table, start, self.work.columns))


@lru_cache(maxsize=1)
def _ready(counting: Counting) -> Callable[[pl.DataFrame], Tally]:
    """Kept, as a worker gets the work anew with each piece."""
    return counting.work.ready()


def counted(backtest: Backtest, engine: Engine, watch: Watch) -> Tally:
    """The counts of a back-test on Parquet files."""
    files, work = backtest.source, backtest.work
    if not isinstance(files, ParquetFiles):
        return backtest.tally(watch)
    watch.expect(files.manifest.leads)
    count = Counting(uuid4().hex, work)
    found = engine.tally(files.manifest, files.needed(work.columns), count, watch.advance)
    return found or Tally(work.trial.shown)


def _named(table: pa.Table, start: int, columns: Mapping[str, str]) -> pl.DataFrame:
    missing = sorted(set(columns.values()).difference(table.column_names))
    if missing:
        told = f"there is no column '{missing[0]}', which the first file has."
        raise ConfigError([Problem("backtest", told, "Give all files the same columns.")])
    rows = pl.int_range(start, start + table.num_rows, eager=True).alias(ROW)
    frame = pl.DataFrame([rows, *pl.DataFrame(table).get_columns()])
    return frame.select(chosen(frame.schema, columns))
