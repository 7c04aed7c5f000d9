"""Where the state of a case lies: in files of SQLite, or in places of a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from torture import evidence
from torture.postgres import Postgres

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
STATES = (SQLITE, POSTGRESQL)


class States(Protocol):
    """The state stores of one case, by name."""

    def url(self, name: str) -> str:
        """The address of one, made where it was not there."""
        ...

    def books(self, name: str) -> evidence.Books:
        """What stands in one."""
        ...


class Files:
    """Files in the folder of the case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.db"

    def books(self, name: str) -> evidence.Books:
        return evidence.books_of(self._folder / f"{name}.db")


class Schemas:
    """Schemas of one server. `prefix`: the case's."""

    def __init__(self, server: Postgres, prefix: str) -> None:
        self._server, self._prefix = server, prefix
        self._made: set[str] = set()

    def url(self, name: str) -> str:
        schema = f"{self._prefix}_{name}"
        if schema not in self._made:
            self._server.create(schema)
            self._made.add(schema)
        return self._server.url(schema)

    def books(self, name: str) -> evidence.Books:
        schema = f"{self._prefix}_{name}"
        with self._server.connect(schema) as connection:
            query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
            known = {table for (table,) in connection.execute(query)}
            return evidence.books_over(connection, known)
