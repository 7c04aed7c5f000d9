"""A transaction that can be given up without an exception: its caller still has results to answer with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from leadrelay.sandbox.store import Store


class Attempt:
    """Whether what was done is to stand."""

    def __init__(self) -> None:
        self.failed = False

    def leave(self) -> None:
        """Raise, so that the transaction around is undone, when the attempt failed."""
        if self.failed:
            raise _GivenUp


class _GivenUp(Exception):
    """Never leaves `attempt`."""


@contextmanager
def attempt(store: Store) -> Iterator[Attempt]:
    """A transaction that is undone when it ends with `failed` set."""
    tried = Attempt()
    with suppress(_GivenUp), store.transaction():
        yield tried
        tried.leave()
