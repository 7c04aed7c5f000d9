"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from leadrelay.errors import ConfigError, Problem


def expect_place(path: Path) -> None:
    """Raise `ConfigError` where no file can be: before long work, not after it."""
    if path.is_dir():
        raise ConfigError([Problem(str(path), "is a folder.", "Name a file.")])
    if not path.parent.is_dir():
        raise ConfigError([Problem(str(path), f"there is no folder {path.parent}.", "Make it, or name another.")])


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a text file in the place of whatever was there before."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False) as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(mode)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
