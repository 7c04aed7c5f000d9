"""The commands that carry a job out, take it back, or show what it would do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadrelay import cli_plans
from leadrelay.cli_common import (
    CONFIG,
    Config,
    Everything,
    JobName,
    Json,
    RunId,
    Wait,
    leased,
    now,
    opened_house,
    opened_job,
    opened_store,
)
from leadrelay.terminal import Terminal


def plan(
    job: JobName,
    config: Config = CONFIG,
    everything: Everything = False,
    limit: Annotated[int, typer.Option(help="Show so many leads; --json shows all.", min=0)] = 10,
    out: Annotated[Path | None, typer.Option(help="Keep it in a file, to be shown, approved and applied.")] = None,
    json: Json = False,
) -> None:
    """Show what a run would write, field by field, and why. Writes nothing to the CRM."""
    if out is not None:
        cli_plans.make(job, config, out, everything=everything, json=json)
        return
    from leadrelay import screens
    from leadrelay.jobs.preview import Preview

    terminal = Terminal(json)
    with opened_job(config, job) as (_, ready, store), terminal.watching(job) as watch:
        preview = Preview(ready, store, now(), watch, shown=None if json else limit)
        preview.gather(everything=everything)
    terminal.show(preview.to_json(), *screens.preview(preview))


def run(
    job: JobName,
    config: Config = CONFIG,
    everything: Everything = False,
    brake: Annotated[bool, typer.Option("--brake/--no-brake", help="Heed max_changes and its like.")] = True,
    wait: Wait = 0.0,
    json: Json = False,
) -> None:
    """Carry out a job: pull, qualify, write back, hand off. With approval = true: apply what was approved, and plan."""
    from leadrelay import screens, screens_plans
    from leadrelay.jobs.plans.approving import ApprovalRun
    from leadrelay.jobs.qualify import Run, Surroundings
    from leadrelay.jobs.schedule import Bell

    terminal, bell = Terminal(json), Bell()
    bell.listen()
    with leased(config, job, wait, bell) as (house, ready, store), terminal.watching(job) as watch:
        around = Surroundings(now, bell.rung, watch)
        if house.settings.jobs[job].approval:
            turn = ApprovalRun(ready, store, around, house.plans_folder(job), house.run_id)
            ended = turn(everything=everything, brake=brake)
            terminal.show(ended.to_json(), *screens_plans.ended(ended, job))
            raise typer.Exit(1 if ended.attention else 0)
        summary = Run(ready, store, house.run_id(), around)(everything=everything, brake=brake)
    terminal.show(summary.to_json(), *screens.summary(summary))
    raise typer.Exit(1 if summary.attention else 0)


def serve(
    config: Config = CONFIG,
    metrics_port: Annotated[
        int | None, typer.Option(help="Prometheus metrics on 127.0.0.1.", min=1, max=65_535)
    ] = None,
    json: Json = False,
) -> None:
    """Run every scheduled job when it is due, until SIGTERM or Ctrl-C."""
    from leadrelay import service

    service.run(opened_house(config), now, Terminal(json), metrics_port)


def retry(
    job: JobName,
    lead: Annotated[list[str] | None, typer.Argument(metavar="[LEAD]...", help="These leads; all without any.")] = None,
    config: Config = CONFIG,
    json: Json = False,
) -> None:
    """Let the next run try parked leads again."""
    with opened_store(config) as (house, store):
        released = store.outbox.release(house.job_name(job), lead or None)
    Terminal(json).show(
        {"job": job, "released": released}, f"{released} parked leads will be tried by the next run of {job}."
    )


def rollback(
    target: RunId,
    config: Config = CONFIG,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only show what would be undone.")] = False,
    wait: Wait = 0.0,
    json: Json = False,
) -> None:
    """Undo a run: fields that still hold what it wrote get back what they held; untouched tasks are taken back."""
    from leadrelay import screens
    from leadrelay.jobs.qualify import Surroundings
    from leadrelay.jobs.rollback import Rollback
    from leadrelay.jobs.schedule import Bell

    terminal, bell = Terminal(json), Bell()
    bell.listen()
    with opened_store(config) as (house, opened):
        job = house.job_of(opened, target)
    with leased(config, job, wait, bell) as (house, ready, store), terminal.watching(f"undo {target}") as watch:
        undoing = Rollback(ready, store, house.run_id(), target, Surroundings(now, bell.rung, watch))
        summary = undoing(dry=dry)
    terminal.show(undoing.to_json(summary), *screens.rollback(undoing, summary, dry=dry))
    raise typer.Exit(1 if summary.attention and not dry else 0)
