"""Many leads in Parquet, decided on one machine or on the workers of a cluster: the same verdicts, row for row."""

from __future__ import annotations

from leadrelay.core.toml_text import nearest
from leadrelay.engines.base import Engine
from leadrelay.engines.folder import Result
from leadrelay.engines.manifest import Manifest, Piece
from leadrelay.errors import ConfigError, Problem

__all__ = ["NAMES", "Engine", "Manifest", "Piece", "Result", "open_engine"]

NAMES = ("embedded", "dask", "spark")


def open_engine(name: str, *, scheduler: str | None = None, master: str | None = None) -> Engine:
    """An engine by its name, for a `with`. `scheduler`: where Dask's stands. `master`: where Spark's stands."""
    problems = []
    if name not in NAMES:
        problems.append(Problem("--engine", f"there is none named '{name}'.", nearest(name, NAMES)))
    if scheduler and name != "dask":
        problems.append(Problem("--scheduler", "is for engine dask only.", "Leave it out, or name that engine."))
    if master and name != "spark":
        problems.append(Problem("--master", "is for engine spark only.", "Leave it out, or name that engine."))
    if problems:
        raise ConfigError(problems)
    if name == "dask":
        from leadrelay.engines.dask import Dask

        return Dask(scheduler)
    if name == "spark":
        from leadrelay.engines.spark import Spark

        return Spark(master)
    from leadrelay.engines.embedded import Embedded

    return Embedded()
