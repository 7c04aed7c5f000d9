"""The work on one piece: its leads are read in batches, what is said of them is written or added up.

It can be done again at any time, here or elsewhere, with the same result: a worker that dies leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import polars as pl

from leadrelay.batch import Batch
from leadrelay.core.salvage import ERROR
from leadrelay.engines.manifest import Manifest, Piece, place
from leadrelay.errors import ConfigError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

SIZE = 20_000
"""Leads of a piece in memory at a time: two pieces at once stay under 600 MB, with 60 columns of text each."""

_MARK, _FAILED = b"leadrelay.mark", b"leadrelay.failed"


@dataclass(frozen=True, slots=True)
class Written:
    """Verdicts on a piece, in a file. `failed`: leads that have an `error` in place of a verdict."""

    number: int
    part: str
    leads: int
    failed: int


@dataclass(frozen=True)
class Verdicts:
    """Writes the verdicts on a piece into a folder."""

    batch: Batch
    folder: str

    def __call__(self, piece: Piece) -> Written:
        """Decide and write."""
        failed = 0
        with _part(self.folder, piece.part, self.batch.schema) as part:
            for leads in batches(piece, self.batch.columns):
                verdicts = self.batch(leads)
                failed += len(verdicts) - verdicts[ERROR].null_count
                part.write_table(verdicts)
            part.add_key_value_metadata({_MARK: piece.mark(self.batch.fingerprint), _FAILED: str(failed)})
        return Written(piece.number, piece.part, piece.leads, failed)


@dataclass(frozen=True)
class Sums:
    """Adds up what `count` says of the leads of a piece."""

    columns: tuple[str, ...]
    count: Callable[[pl.DataFrame], Any]

    def __call__(self, piece: Piece) -> Any:
        """Read and add up."""
        total: Any = 0
        for leads in batches(piece, self.columns):
            total += self.count(pl.DataFrame(leads))
        return total


def checked(manifest: Manifest, batch: Batch) -> None:
    """Raises `ConfigError` where the first file's columns are not what the batch needs, before anything is started."""
    for piece in manifest.pieces[:1]:
        with _opened(piece) as file:
            there = file.schema_arrow.empty_table()
        try:
            batch(there)
        except ConfigError as error:
            raise ConfigError(
                [Problem(f"{piece.file}, {p.place}", p.message, p.cure) for p in error.problems]
            ) from None


def batches(piece: Piece, columns: tuple[str, ...]) -> Iterator[pa.Table]:
    """The leads of a piece, `SIZE` at a time; of the columns those that are there."""
    import pyarrow as pa

    with _opened(piece) as file:
        there = [name for name in columns if name in file.schema_arrow.names]
        for batch in file.iter_batches(SIZE, row_groups=[piece.row_group], columns=there, use_threads=False):
            yield pa.Table.from_batches([batch])


def standing(folder: str, piece: Piece, mark: str) -> Written | None:
    """The part of a piece as it stands in the folder, if it has this mark."""
    import pyarrow.parquet as pq

    system, path = place(folder)
    with system.open_input_file(f"{path}/{piece.part}") as source:
        told = pq.read_metadata(source).metadata or {}
    if told.get(_MARK) != mark.encode():
        return None
    return Written(piece.number, piece.part, piece.leads, int(told[_FAILED]))


@contextmanager
def _opened(piece: Piece) -> Iterator[Any]:
    """Without `pre_buffer`, which would hold a whole file's bytes in memory."""
    import pyarrow.parquet as pq

    system, path = place(piece.file)
    with system.open_input_file(path) as source, pq.ParquetFile(source, pre_buffer=False) as file:
        yield file


@contextmanager
def _part(folder: str, name: str, schema: pa.Schema) -> Iterator[Any]:
    """A writer of Parquet under a name of its own, which becomes `name` in the end; else nothing is left."""
    import pyarrow.parquet as pq

    system, path = place(folder)
    system.create_dir(path, recursive=True)
    temporary = f"{path}/.{name}.{uuid4().hex}"
    try:
        with system.open_output_stream(temporary) as sink, pq.ParquetWriter(sink, schema) as writer:
            yield writer
        system.move(temporary, f"{path}/{name}")
    except BaseException:
        with suppress(OSError):
            system.delete_file(temporary)
        raise
