"""The command that tries a playbook before it goes live."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadrelay.cli_common import CONFIG, Config, JobName, Json, now, opened_house
from leadrelay.errors import ConfigError, Problem
from leadrelay.terminal import Terminal

if TYPE_CHECKING:
    from leadrelay.core.playbook.loading import Playbook
    from leadrelay.engines import Engine
    from leadrelay.jobs.backtest import Source
    from leadrelay.mappings.mapping import Mapping
    from leadrelay.wiring import House

From = Annotated[
    str, typer.Option("--from", metavar="FILE", help="An export (.csv, .parquet, a folder) instead of the CRM.")
]
AllowMissing = Annotated[bool, typer.Option("--allow-missing", help="Go on without columns that the file lacks.")]


def backtest(
    job: JobName,
    config: Config = CONFIG,
    playbook: Annotated[str, typer.Option(help="The new playbook; the live one is judged alone without it.")] = "",
    outcome: Annotated[
        str, typer.Option(metavar="PREDICATE", help="True: won, false: lost, unknown: left out of the judgement.")
    ] = "",
    source: From = "",
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one self-contained page with plots.")] = None,
    limit: Annotated[int, typer.Option(help="Tell of so many leads that move; 0: of none.", min=0)] = 10,
    at: Annotated[str, typer.Option(metavar="MOMENT", help="Judge as of this ISO moment; now without it.")] = "",
    allow_missing: AllowMissing = False,
    engine: Annotated[str, typer.Option(help="Who counts Parquet files: embedded, dask or spark.")] = "embedded",
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="Dask's; two local workers without it.")] = "",
    master: Annotated[str, typer.Option(metavar="URL", help="Spark's; two local processors without it.")] = "",
    json: Json = False,
) -> None:
    """Try a playbook before it goes live: who moves, and is it better. Writes nothing to the CRM."""
    from leadrelay import backtest_html, screens_backtest
    from leadrelay.core.trial.json import document
    from leadrelay.core.trial.trial import Trial
    from leadrelay.jobs.backtest import prepared
    from leadrelay.jobs.backtest_parquet import counted

    house, terminal, as_of = opened_house(config), Terminal(json), moment(at)
    name = house.job_name(job)
    expect_file("--html", html)
    with leads_of(house, name, source) as (live, mapping, leads), terminal.watching(job) as watch:
        trial = Trial(live, house.candidate(playbook) if playbook else None, as_of, shown=limit)
        found = prepared(trial, mapping, leads, outcome, allow_missing=allow_missing)
        with _engine(engine, scheduler, master, found.source) as counter:
            report = found.report(counted(found, counter, watch))
    head = asked(name, as_of, source, outcome)
    if html:
        backtest_html.write(html, report, head)
    terminal.show({**head, **document(report)}, *screens_backtest.backtest(report, head, html))


def asked(job: str, at: datetime, source: str, outcome: str) -> dict[str, Any]:
    """What the command was asked: the head of its document and of its screen."""
    return {"job": job, "at": at.isoformat(), "from": source or None, "predicate": outcome}


def expect_file(option: str, file: Path | None) -> None:
    """That a file can be written there; told before the leads are read, which may take a while."""
    if file and not (folder := file.resolve().parent).is_dir():
        raise ConfigError([Problem(option, f"there is no folder {folder}.", "Make it, or name another file.")])
    if file and file.is_dir():
        raise ConfigError([Problem(option, f"{file} is a folder.", "Name a file in it.")])
    if file and not os.access(folder, os.W_OK):
        raise ConfigError([Problem(option, f"no file can be written in {folder}.", "Name another folder.")])


@contextmanager
def leads_of(house: House, job: str, file: str) -> Iterator[tuple[Playbook, Mapping, Source]]:
    """The live playbook, the mapping, and where leads come from: no sign-in for a file."""
    from leadrelay.jobs.backtest import CrmSource
    from leadrelay.jobs.backtest_files import opened
    from leadrelay.jobs.references import References

    if file:
        mapping, playbook = house.rules(job, offline=True)
        yield playbook, mapping, opened(file)
        return
    with house.job(job) as ready:
        mapping = References(ready.connector, ready.mapping).readable
        yield ready.playbook, mapping, CrmSource(ready.connector)


def _engine(name: str, scheduler: str, master: str, source: Source) -> Engine:
    """The engine that counts; raises `ConfigError` where it cannot reach the leads."""
    from leadrelay.engines import open_engine
    from leadrelay.jobs.backtest_parquet import ParquetFiles

    if name != "embedded" and not isinstance(source, ParquetFiles):
        message, cure = f"{name} counts leads in Parquet files only.", "Name them: --from leads.parquet, or a folder."
        raise ConfigError([Problem("--engine", message, cure)])
    return open_engine(name, scheduler=scheduler or None, master=master or None)


def moment(text: str) -> datetime:
    """A moment or a day; UTC where no zone is given."""
    try:
        found = datetime.fromisoformat(text) if text else now()
        _expect_in_reach(found)
    except ValueError:
        message, cure = f"'{text}' is no moment.", "Write it as 2026-01-31 or 2026-01-31T09:00:00Z."
        raise ConfigError([Problem("--at", message, cure)]) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _expect_in_reach(found: datetime) -> None:
    from leadrelay.core.predicates.dates import in_reach

    if not in_reach(found):
        cure = "Take a day that leads may live to see."
        raise ConfigError([Problem("--at", "lies before the year 1000 or after 8999.", cure)])
