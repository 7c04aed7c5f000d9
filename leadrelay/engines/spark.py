"""Workers of Spark. Leads do not pass through it: workers are told pieces, and read and write Parquet themselves.

To pass the leads through takes three times as long, nearly all of it for moving rows (docs/scale.md).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from leadrelay.engines.base import Engine, Errand, T
from leadrelay.engines.manifest import Piece
from leadrelay.errors import LeadrelayError
from leadrelay.optional import library

MASTER = "local[2,4]"
"""Two processors of this machine; what fails is tried four times, as on a cluster."""

_MOST_TASKS = 10_000
_ALONE = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""One thread each: Spark has a worker for each processor."""
_HERE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""On this machine nobody else is to reach it."""


class Spark(Engine):
    """The engine of a Spark session: the one that stands, as under `spark-submit`, or one of our own.

    `master`: such as `spark://10.0.0.5:7077`; two processors of this machine without it.
    """

    def __init__(self, master: str | None = None) -> None:
        sql = library("pyspark.sql", "spark", "engine spark")
        self._spark = library("pyspark", "spark", "engine spark")
        self._ours = sql.SparkSession.getActiveSession() is None
        self._starts_java = self._spark.SparkContext._gateway is None  # noqa: SLF001 - no public name tells it
        self._session = _session(sql.SparkSession.builder, master)

    def send(self, errand: Errand[T], pieces: Sequence[Piece]) -> Iterator[tuple[Piece, T | LeadrelayError]]:
        """What came of the errand, when all is done. A piece whose worker dies goes to another."""
        if not pieces:
            return
        refusals = (self._spark.errors.PySparkException, import_module("py4j.protocol").Py4JError)
        tasks = self._session.sparkContext.parallelize(pieces, min(len(pieces), _MOST_TASKS))
        try:
            found = tasks.map(errand).collect()
        except refusals as error:
            raise LeadrelayError("Spark did not carry it out; its log on standard error says why.") from error
        yield from zip(pieces, found, strict=True)

    def close(self) -> None:
        """Leave the session that stood before; end our own, and the Java that it ran in."""
        if not self._ours:
            return
        self._session.stop()
        context = self._spark.SparkContext
        gateway = context._gateway  # noqa: SLF001 - pyspark ends it only with its own process
        if self._starts_java and gateway is not None and gateway.proc is not None:
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait()
            context._gateway = context._jvm = None  # noqa: SLF001 - or the next session would ask the dead one


def _session(builder: Any, master: str | None) -> Any:
    named = builder.appName("leadrelay")
    for name in _ALONE:
        named = named.config(f"spark.executorEnv.{name}", "1")
    if master is None and "PYSPARK_GATEWAY_PORT" in os.environ:  # under spark-submit, which names the master
        return named.getOrCreate()
    where = master or MASTER
    if not where.startswith("local"):
        return named.master(where).getOrCreate()
    for name, value in _HERE.items():
        named = named.config(name, value)
    session = named.master(where).getOrCreate()
    session.sparkContext.pythonExec = os.environ.get("PYSPARK_PYTHON", sys.executable)
    return session
