"""The work on one piece: its leads are read in batches, what is said of them is written or added up.

It can be done again at any time, here or elsewhere, with the same result: a worker that dies leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from leadrelay.batch import Batch
from leadrelay.core.salvage import ERROR
from leadrelay.engines.manifest import Manifest, Piece, place
from leadrelay.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

SIZE = 16_000
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
        with in_file(piece.file), _part(self.folder, piece.part, self.batch.schema) as part:
            for leads in batches(piece, self.batch.columns):
                verdicts = self.batch(leads)
                failed += len(verdicts) - verdicts[ERROR].null_count
                part.write_table(verdicts)
            part.add_key_value_metadata({_MARK: piece.mark(self.batch.fingerprint), _FAILED: str(failed)})
        return Written(piece.number, piece.part, piece.leads, failed)


@dataclass(frozen=True)
class Sums:
    """Adds up what `count` says of the leads of a piece. It is told how many leads there are before them, too."""

    columns: tuple[str, ...]
    count: Callable[[pa.Table, int], Any]

    def __call__(self, piece: Piece) -> Any:
        """Read and add up."""
        total: Any = 0
        start = piece.start
        with in_file(piece.file):
            for leads in batches(piece, self.columns):
                total += self.count(leads, start)
                start += leads.num_rows
        return total


def checked(manifest: Manifest, batch: Batch) -> None:
    """Raises `ConfigError` where the first file's columns are not what the batch needs, before anything is started."""
    if manifest.files:
        with in_file(manifest.files[0]):
            batch(manifest.schema.empty_table())


@contextmanager
def in_file(name: str) -> Iterator[None]:
    """Whatever `ConfigError` comes out tells the file."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError([replace(found, place=f"{name}, {found.place}") for found in error.problems]) from None


def batches(piece: Piece, columns: tuple[str, ...]) -> Iterator[pa.Table]:
    """The leads of a piece, `SIZE` at a time; of the columns those that are there.

    `pre_buffer` would hold a whole file's bytes in memory.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    system, path = place(piece.file)
    with system.open_input_file(path) as source, pq.ParquetFile(source, pre_buffer=False) as file:
        there = [name for name in columns if name in file.schema_arrow.names]
        for batch in file.iter_batches(SIZE, row_groups=[piece.row_group], columns=there, use_threads=False):
            yield pa.Table.from_batches([batch])


def standing(folder: str, piece: Piece, mark: str) -> Written | None:
    """The part of a piece as it stands in the folder, if it has this mark."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    system, path = place(folder)
    try:
        with system.open_input_file(f"{path}/{piece.part}") as source:
            told = pq.read_metadata(source).metadata or {}
    except pa.ArrowInvalid:
        return None
    if told.get(_MARK) != mark.encode():
        return None
    return Written(piece.number, piece.part, piece.leads, int(told[_FAILED]))


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
