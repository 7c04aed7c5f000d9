"""What there is to do: pieces of Parquet files, each small enough for one worker at a time.

Addresses are paths, or such as `s3://bucket/leads`, which pyarrow opens; driver and workers must see the same files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadrelay.errors import ConfigError, Problem
from leadrelay.optional import needs

if TYPE_CHECKING:
    import pyarrow as pa

_ENDING = ".parquet"
_HIDDEN = ("_", ".")


@dataclass(frozen=True, slots=True)
class Piece:
    """One row group of one file. `start`: how many leads there are before it, in all files.

    `state`: the file's size and time, so that another file is known for another.
    """

    number: int
    start: int
    file: str
    row_group: int
    leads: int
    state: str

    @property
    def part(self) -> str:
        """The name of the file that its verdicts are written to."""
        return f"part-{self.number:05d}.parquet"

    def mark(self, fingerprint: str) -> str:
        """Tells the verdicts on this piece from any others. `fingerprint`: of the batch."""
        told = f"{fingerprint} {self.number} {self.file} {self.row_group} {self.leads} {self.state}"
        return sha256(told.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.file}, row group {self.row_group}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every piece, in the order of the leads, and every file."""

    pieces: tuple[Piece, ...]
    files: tuple[str, ...]

    @classmethod
    def of(cls, paths: Iterable[str | Path]) -> Manifest:
        """All row groups of these files, of those in these folders, and of those that patterns such as `a/*` name.

        Raises `ConfigError` with every path that leads to no Parquet file.
        """
        problems: list[Problem] = []
        files = [file for path in paths for file in _files(str(path), problems)]
        groups = [group for file in files for group in _row_groups(file, problems)]
        if problems:
            raise ConfigError(problems)
        starts = accumulate((leads for _, _, leads, _ in groups), initial=0)
        pieces = (
            Piece(number, start, *group) for number, (start, group) in enumerate(zip(starts, groups, strict=False), 1)
        )
        return cls(tuple(pieces), tuple(files))

    @property
    def leads(self) -> int:
        """How many there are."""
        return sum(piece.leads for piece in self.pieces)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the first file."""
        import pyarrow.parquet as pq

        system, path = place(self.files[0])
        with system.open_input_file(path) as source:
            return pq.read_schema(source)


def place(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path there."""
    with needs("analysis", "reading and writing Parquet"):
        from pyarrow import fs
    system, path = fs.FileSystem.from_uri(address) if "://" in address else (fs.LocalFileSystem(), address)
    return system, path


def _files(path: str, problems: list[Problem]) -> Iterator[str]:
    from pyarrow import fs

    pattern = "://" not in path and has_magic(path)
    found = sorted(glob(path, recursive=True)) if pattern else [path]  # noqa: PTH207 - a pattern may be absolute
    files = [file for name in found for file in _under(name, fs)]
    if not files:
        cure = "Name a file, a folder with files that end in .parquet, or a pattern in quotes."
        problems.append(Problem(path, "leads to no Parquet file.", cure))
    yield from files


def _under(path: str, fs: Any) -> list[str]:
    address = path if "://" in path else str(Path(path).resolve())
    system, inner = place(address)
    kind = system.get_file_info(inner).type
    if kind == fs.FileType.File:
        return [address]
    if kind != fs.FileType.Directory:
        return []
    infos = system.get_file_info(fs.FileSelector(inner, recursive=True))
    names = sorted(info.path for info in infos if info.type == fs.FileType.File)
    return [
        address.removesuffix("/") + name.removeprefix(inner.removesuffix("/")) for name in names if _counts(name, inner)
    ]


def _counts(name: str, folder: str) -> bool:
    """Whether it holds data, by its name: what begins with `_` or `.` is others' book-keeping."""
    parts = name.removeprefix(folder).strip("/").split("/")
    return name.endswith(_ENDING) and not any(part.startswith(_HIDDEN) for part in parts)


def _row_groups(file: str, problems: list[Problem]) -> Iterator[tuple[str, int, int, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    system, path = place(file)
    info = system.get_file_info(path)
    try:
        with system.open_input_file(path) as source:
            found = pq.read_metadata(source)
    except (pa.ArrowException, OSError):
        problems.append(Problem(file, "is no Parquet file that can be read.", "Write it again."))
        return
    for group in range(found.num_row_groups):
        if leads := found.row_group(group).num_rows:
            yield file, group, leads, f"{info.size} {info.mtime_ns}"
