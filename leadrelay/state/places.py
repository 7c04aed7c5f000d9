"""The SQLite file itself: who may read it, and where it must not lie.

On another machine, its locks and shared memory cannot be relied on. https://sqlite.org/wal.html: "all processes using a
database must be on the same host computer".
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from leadrelay.errors import ConfigError, Problem

_MOUNTS = Path("/proc/self/mountinfo")
_SHARED = frozenset({"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "fuse.sshfs"})


def make_private(file: Path) -> None:
    """Make the file, if it is not there, for this user only: it holds personal data. SQLite's other files follow it.

    Where it cannot be made, SQLite says why.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def refuse_shared_folders(file: Path, place: str, mounts: Path = _MOUNTS) -> None:
    """Refuse a file on a network file system, where the system tells. `mounts`: the kernel's list of them."""
    kind = _kind(file, mounts)
    if kind in _SHARED:
        message = f"{file} lies on a network file system ({kind}), where SQLite's locks cannot be relied on."
        raise ConfigError([Problem(place, message, "Name a file on a local disk, or use PostgreSQL.")])


def _kind(file: Path, mounts: Path) -> str:
    """The kind of file system that a file lies on, by https://docs.kernel.org/filesystems/proc.html#proc-pid-mountinfo."""
    if not mounts.exists():
        return ""
    folder = file.absolute().parent.resolve()
    found = [_mount(line) for line in mounts.read_text(errors="replace").splitlines() if " - " in line]
    above = [(len(point.parts), kind) for point, kind in found if folder.is_relative_to(point)]
    return max(enumerate(above), key=lambda one: (one[1][0], one[0]))[1][1] if above else ""


def _mount(line: str) -> tuple[Path, str]:
    left, _, right = line.partition(" - ")
    return Path(left.split()[4].replace("\\040", " ")), right.split()[0]
