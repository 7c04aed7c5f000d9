"""Several files at once: all of them, or none."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from leadrelay.errors import ConfigError, Problem

_MODE, _SECRET_MODE = 0o644, 0o600


def refuse_to_overwrite(folder: Path, names: Collection[str], *, force: bool) -> None:
    """Raises `ConfigError` where a file is there already, or the folder cannot be one."""
    if folder.exists() and not folder.is_dir():
        raise ConfigError([Problem("--folder", f"'{folder}' is no folder.", "Name another.")])
    there = [name for name in names if (folder / name).exists()]
    if there and not force:
        cure = "Choose another --folder, or overwrite them with --force."
        raise ConfigError([Problem(str(folder / name), "is there already.", cure) for name in there])


def write_all(folder: Path, texts: Mapping[str, str], secrets: Collection[str] = ()) -> None:
    """Write each text to its name, `secrets` for nobody else to read. A name may be a path, and may lie elsewhere.

    All are on the disk before the first gets its name. Where giving names fails midway, those given are taken back.
    """
    with ExitStack() as undo:
        modes = {name: _SECRET_MODE if name in secrets else _MODE for name in texts}
        staged = [(_staged(folder / name, text, modes[name], undo), folder / name) for name, text in texts.items()]
        before = {place: _Before.of(place) for _, place in staged}
        done: list[Path] = []
        try:
            for temporary, place in staged:
                temporary.replace(place)
                done.append(place)
        except OSError:
            for place in done:
                before[place].restore(place)
            raise


def _staged(place: Path, text: str, mode: int, undo: ExitStack) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=place.parent, prefix=f".{place.name}.", encoding="utf-8", delete=False) as file:
        path = Path(file.name)
        undo.callback(path.unlink, missing_ok=True)
        path.chmod(mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return path


@dataclass(frozen=True, slots=True)
class _Before:
    """What stood there; None where nothing did."""

    content: bytes | None
    mode: int = 0

    @classmethod
    def of(cls, place: Path) -> _Before:
        return cls(place.read_bytes(), place.stat().st_mode) if place.exists() else cls(None)

    def restore(self, place: Path) -> None:
        if self.content is None:
            place.unlink(missing_ok=True)
        else:
            place.chmod(self.mode)
            place.write_bytes(self.content)
