"""What a killed run leaves behind, as one number: what leaves the same is the same to the run that recovers."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from torture.arena import Case

_CLOCKS = ("at", "started_at", "ended_at", "decided_at", "repaired_at", "recheck_at", "modified", "cursor")
_NAMES = ("id", "run", "summary", "holder", "fence")
_VOLATILE = frozenset((*_CLOCKS, *_NAMES))
"""Columns that differ from run to run."""


def left_behind(case: Case, state: str = "state") -> str:
    """The history of the CRM and every row of the state store, without what no two runs have in common."""
    effects = [[row["object"], row["action"], row["field"], str(row["new"])] for row in case.door.history()]
    told = json.dumps([sorted(effects), sorted(_rows(case.folder, state))], default=str)
    return sha256(told.encode()).hexdigest()


def _rows(folder: Path, state: str) -> Iterator[list[Any]]:
    """From a copy: to open a store that was killed mends it, which is the business of the run that recovers."""
    with TemporaryDirectory() as name:
        for file in folder.glob(f"{state}.db*"):
            shutil.copy(file, name)
        with closing(sqlite3.connect(Path(name) / f"{state}.db")) as connection:
            connection.row_factory = sqlite3.Row
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    kept = [f"{key}={row[key]}" for key in row.keys() if key not in _VOLATILE]  # noqa: SIM118 - a Row
                    yield [table, *kept]
