"""What the commands share: their options, and how a configuration, its store and its jobs are opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from leadrelay.jobs.desk import Job
    from leadrelay.jobs.schedule import Bell
    from leadrelay.state.store import Store
    from leadrelay.wiring import House

Config = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.", show_default=True)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
JobName = Annotated[str, typer.Argument(metavar="JOB", help="A job of the configuration.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, from: leadrelay runs JOB")]
Wait = Annotated[float, typer.Option(help="Seconds to wait while another process runs the job.", min=0.0)]
Everything = Annotated[bool, typer.Option("--all", help="All leads, not only those that changed since the last run.")]

CONFIG = Path("config.toml")


def now() -> datetime:
    return datetime.now(UTC)


def opened_house(config: Path) -> House:
    """The parts that a configuration names; a `ConfigError` tells everything that is wrong with it."""
    from leadrelay.wiring import House

    return House.open(config, os.environ)


@contextmanager
def opened_store(config: Path) -> Iterator[tuple[House, Store]]:
    """The same with its store, which is closed again at the end."""
    house = opened_house(config)
    store = house.store()
    try:
        yield house, store
    finally:
        store.close()


@contextmanager
def opened_job(config: Path, name: str) -> Iterator[tuple[House, Job, Store]]:
    """The same with one job. Another process may run it meanwhile: nothing is written under it."""
    with opened_store(config) as (house, store), house.job(house.job_name(name)) as job:
        yield house, job, store


@contextmanager
def leased(config: Path, name: str, wait_seconds: float, bell: Bell) -> Iterator[tuple[House, Job, Store]]:
    """The job for who alone runs it."""
    with (
        opened_store(config) as (house, store),
        house.leased(store, house.job_name(name), wait_seconds, bell.rung) as mine,
        house.job(name, bell.pause) as job,
    ):
        yield house, job, mine
