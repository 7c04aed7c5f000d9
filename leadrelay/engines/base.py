"""What every engine does alike. They differ in where the work on a piece is carried out."""

from __future__ import annotations

import platform
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import polars as pl

from leadrelay import __version__
from leadrelay.batch import Batch
from leadrelay.engines.folder import Folder, Result
from leadrelay.engines.manifest import Manifest, Piece
from leadrelay.engines.pieces import Sums, Verdicts, checked
from leadrelay.errors import ConfigError, LeadrelayError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")


def versions() -> dict[str, str]:
    """What has to be the same everywhere, so that everywhere the same is decided."""
    return {"Python": ".".join(platform.python_version_tuple()[:2]), "leadrelay": __version__, "Polars": pl.__version__}


@dataclass(frozen=True)
class Errand(Generic[T]):
    """Work that is sent to a worker. An error of ours comes back as a value: to try again would not help."""

    work: Callable[[Piece], T]
    versions: dict[str, str] = field(default_factory=versions)

    def __call__(self, piece: Piece) -> T | LeadrelayError:
        """Carry it out on a piece."""
        problems = [
            Problem("worker", f"has {name} {here}, not {self.versions[name]}.", "Install the same everywhere.")
            for name, here in versions().items()
            if here != self.versions[name]
        ]
        if problems:
            return ConfigError(problems)
        import pyarrow as pa

        try:
            return self.work(piece)
        except LeadrelayError as error:
            return error
        except (OSError, pa.ArrowException) as error:
            return LeadrelayError(f"{piece}: {type(error).__name__} while reading it or writing about it.")


def nobody(_: int) -> None:
    """Looks on without a word."""


class Engine(ABC):
    """Decides about many leads. Use it in a `with`: no process and no open port is left behind."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def send(self, errand: Errand[T], pieces: Sequence[Piece]) -> Iterator[tuple[Piece, T | LeadrelayError]]:
        """What came of the errand, piece by piece, in any order."""

    @abstractmethod
    def close(self) -> None:
        """Stop what was started."""

    def run(self, manifest: Manifest, batch: Batch, folder: str, advance: Callable[[int], None] = nobody) -> Result:
        """Write the verdicts on all leads into a folder, a part for each piece; parts that are there stay.

        `advance` is told how many more leads are done. Raises `ConfigError` where the folder holds other verdicts.
        """
        checked(manifest, batch)
        there = Folder(folder, manifest, batch.fingerprint)
        parts = there.parts()
        skipped = len(parts)
        left = [piece for piece in manifest.pieces if piece.number not in parts]
        advance(manifest.leads - sum(piece.leads for piece in left))
        for piece, part in self._settled(Verdicts(batch, folder), left):
            parts[piece.number] = part
            advance(piece.leads)
        return there.close(parts, skipped)

    def tally(
        self,
        manifest: Manifest,
        columns: Sequence[str],
        count: Callable[[pa.Table, int], Any],
        advance: Callable[[int], None] = nobody,
    ) -> Any:
        """The sum of what `count` says of every batch of leads, added up in their order; 0 where there are none.

        `count` gets a batch, and how many leads there are before it. It has to be one that can be pickled.
        """
        waiting: dict[int, Any] = {}
        total: Any = 0
        numbers = iter([piece.number for piece in manifest.pieces])
        following = next(numbers, None)
        for piece, found in self._settled(Sums(tuple(columns), count), manifest.pieces):
            waiting[piece.number] = found
            advance(piece.leads)
            while following in waiting:
                total += waiting.pop(following)
                following = next(numbers, None)
        return total

    def _settled(self, work: Callable[[Piece], T], pieces: Sequence[Piece]) -> Iterator[tuple[Piece, T]]:
        for piece, found in self.send(Errand(work), pieces):
            if isinstance(found, LeadrelayError):
                raise found
            yield piece, found
