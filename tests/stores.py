"""State stores that are migrated already: migrating a new one takes longer than most of the tests that use it."""

import tempfile
from functools import cache
from pathlib import Path

import psycopg

from leadrelay.state.store import Store
from leadrelay.state.tables import metadata

_CLEAR = f"SET lock_timeout = '2s'; TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"


def new_store(file):
    """The address of a new store in a file."""
    file.write_bytes(_empty())
    return f"sqlite:///{file}"


@cache
def _empty():
    with tempfile.TemporaryDirectory() as folder:
        Store.open(f"sqlite:///{folder}/new.db").close()
        return Path(folder, "new.db").read_bytes()


class Pool:
    """Stores on a PostgreSQL server; one that is given back is emptied for the next test."""

    def __init__(self, server):
        self._server = server
        self._made = 0
        self._free = []

    def take(self):
        """The name of one that is empty."""
        if self._free:
            return self._free.pop()
        name = f"store{self._made}"
        self._made += 1
        self._server.create(name)
        Store.open(self._server.url(name)).close()
        return name

    def url(self, name):
        return self._server.url(name)

    def give_back(self, name):
        try:
            with self._server.connect(name) as connection:
                connection.execute(_CLEAR)
        except psycopg.Error:  # somebody still holds it, or has changed its tables
            return
        self._free.append(name)
