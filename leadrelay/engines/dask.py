"""Workers of a Dask cluster: one that stands somewhere, by its scheduler's address, or processes of our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any
from uuid import uuid4

from leadrelay.engines.base import Engine, Errand, T
from leadrelay.engines.manifest import Piece
from leadrelay.errors import ConfigError, LeadrelayError, Problem
from leadrelay.optional import library

_AHEAD = 3
"""Pieces that each thread of the workers is given at a time: the cluster holds few, however many there are."""

_PATIENCE = 60
"""Seconds to wait for the first worker."""

_OURS = {
    # Dask gives up a local worker that dies again within seconds: nobody would be left to wait for.
    "distributed.deploy.lost-worker-timeout": "1000 days",
    # Its web servers cannot be left out, but have nothing to show.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}

_ALONE = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""A worker for each processor: more threads would only stand in each other's way."""


class Dask(Engine):
    """The engine of a cluster. Without a scheduler's address, `workers` processes are started here, and ended."""

    def __init__(self, scheduler: str | None = None, workers: int = 2) -> None:
        self._dask = library("distributed", "dask", "engine dask")
        self._stack = ExitStack()
        try:
            where = scheduler or self._processes(workers)
            self._client = self._stack.enter_context(self._dask.Client(where, set_as_default=False))
            self._client.wait_for_workers(1, timeout=_PATIENCE)
        except (OSError, ValueError) as error:  # a timeout is an OSError
            self._stack.close()
            message = f"leads to no scheduler of Dask that has workers ({type(error).__name__})."
            raise ConfigError([Problem(f"--scheduler {scheduler}", message, "Such as: tcp://10.0.0.5:8786")]) from None

    def send(self, errand: Errand[T], pieces: Sequence[Piece]) -> Iterator[tuple[Piece, T | LeadrelayError]]:
        """What came of the errand, as it comes. A piece whose worker dies is given to another, three times."""
        waiting, given, name = iter(pieces), {}, f"leadrelay-{uuid4().hex}"
        done = self._dask.as_completed(loop=self._client.loop)

        def give(count: int) -> None:
            for piece in islice(waiting, count):
                future = self._client.submit(errand, piece, key=f"{name}-{piece.number}", pure=False)
                given[future] = piece
                done.add(future)

        give(_AHEAD * max(1, sum(self._client.nthreads().values())))
        for future in done:
            piece = given.pop(future)
            yield piece, self._outcome(future, piece)
            give(1)

    def close(self) -> None:
        """Leave the cluster; end the processes that are ours."""
        self._stack.close()

    def _outcome(self, future: Any, piece: Piece) -> Any:
        try:
            return future.result()
        except self._dask.KilledWorker:
            return LeadrelayError(f"{piece}: each worker that was given it died, perhaps of too little memory.")

    def _processes(self, workers: int) -> Any:
        """A cluster on this machine that nobody else can speak to: over TLS, with a certificate that only it knows."""
        config = library("dask", "dask", "engine dask").config
        self._stack.enter_context(config.set(_OURS))
        cluster = self._dask.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            security=True,
            env=_ALONE,
        )
        return self._stack.enter_context(cluster)
