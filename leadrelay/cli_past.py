"""The commands that show what jobs did, and what waits."""

from __future__ import annotations

from typing import Annotated

import typer

from leadrelay.cli_common import CONFIG, Config, JobName, Json, RunId, now, opened_job, opened_store
from leadrelay.terminal import Terminal


def status(config: Config = CONFIG, json: Json = False) -> None:
    """Show each job's last run and what waits."""
    from leadrelay import screens
    from leadrelay.jobs.overview import overview

    with opened_store(config) as (house, store):
        rows = overview(house.settings.jobs, store, now(), house.readable_playbook)
    Terminal(json).show({"jobs": [row.to_json() for row in rows]}, *screens.status(rows))


def runs(
    job: JobName,
    config: Config = CONFIG,
    limit: Annotated[int, typer.Option(help="Show so many, the latest first.", min=1)] = 20,
    json: Json = False,
) -> None:
    """List a job's runs and rollbacks, the latest first."""
    from leadrelay import screens

    with opened_store(config) as (house, store):
        found = store.runs.recent(house.job_name(job), limit)
    Terminal(json).show({"job": job, "runs": screens.as_json(found)}, *screens.runs(job, found))


def audit(
    run: RunId,
    config: Config = CONFIG,
    lead: Annotated[str, typer.Option(help="Only this record.")] = "",
    limit: Annotated[int, typer.Option(help="Show so many leads; --json shows all.", min=0)] = 20,
    json: Json = False,
) -> None:
    """Show what a run did to each record: every field's old and new value, and why."""
    from leadrelay import screens

    with opened_store(config) as (house, store):
        house.job_of(store, run)
        rows = [row for row in store.audit.of_run(run) if lead in ("", row.lead)]
    Terminal(json).show({"run": run, "effects": screens.as_json(rows)}, *screens.audit(run, rows, limit))


def parked(job: JobName, config: Config = CONFIG, json: Json = False) -> None:
    """List the leads that the CRM refused, or that wait for another try."""
    from leadrelay import screens

    with opened_store(config) as (house, store):
        waiting = store.outbox.waiting(house.job_name(job))
    Terminal(json).show({"job": job, "waiting": screens.as_json(waiting)}, *screens.waiting(job, waiting))
    raise typer.Exit(1 if waiting else 0)


def duplicates(job: JobName, config: Config = CONFIG, json: Json = False) -> None:
    """List the leads that are one person, by what, and which of them was handed off."""
    from leadrelay import screens_people
    from leadrelay.jobs.duplicates import duplicates as known_duplicates

    with opened_job(config, job) as (_, ready, store):
        found = known_duplicates(ready, store)
    Terminal(json).show(found.to_json(), *screens_people.duplicates(found))
