"""The commands: parse, call, print. No logic."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from leadrelay import __version__
from leadrelay.errors import ConfigError, LeadrelayError, Problem
from leadrelay.terminal import Terminal

if TYPE_CHECKING:
    from leadrelay.jobs.desk import Job
    from leadrelay.jobs.schedule import Bell
    from leadrelay.state.store import Store
    from leadrelay.wiring import House

app = typer.Typer(
    name="leadrelay",
    help="Relays leads from lead generation to sales, inside Salesforce and HubSpot.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Config = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.", show_default=True)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
JobName = Annotated[str, typer.Argument(metavar="JOB", help="A job of the configuration.")]
Wait = Annotated[float, typer.Option(help="Seconds to wait while another process runs the job.", min=0.0)]
Everything = Annotated[bool, typer.Option("--all", help="All leads, not only those that changed since the last run.")]

_CONFIG = Path("config.toml")


@app.command()
def run(
    job: JobName,
    config: Config = _CONFIG,
    everything: Everything = False,
    brake: Annotated[bool, typer.Option("--brake/--no-brake", help="Heed max_changes and its like.")] = True,
    wait: Wait = 0.0,
    json: Json = False,
) -> None:
    """Carry out a job: pull, qualify, write back, hand off."""
    from leadrelay import screens
    from leadrelay.jobs.qualify import Run, Surroundings
    from leadrelay.jobs.schedule import Bell

    terminal, bell = Terminal(json), Bell()
    bell.listen()
    with _leased(config, job, wait, bell) as (house, ready, store), terminal.watching(job) as watch:
        carried_out = Run(ready, store, house.run_id(), Surroundings(_now, bell.rung, watch))
        summary = carried_out(everything=everything, brake=brake)
    terminal.show(summary.to_json(), *screens.summary(summary))
    raise typer.Exit(1 if summary.attention else 0)


@app.command()
def rollback(
    target: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, from: leadrelay runs JOB")],
    config: Config = _CONFIG,
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
    with _store(config) as (house, opened):
        job = house.job_of(opened, target)
    with _leased(config, job, wait, bell) as (house, ready, store), terminal.watching(f"undo {target}") as watch:
        undoing = Rollback(ready, store, house.run_id(), target, Surroundings(_now, bell.rung, watch))
        summary = undoing(dry=dry)
    terminal.show(undoing.to_json(summary), *screens.rollback(undoing, summary, dry=dry))
    raise typer.Exit(1 if summary.attention and not dry else 0)


@app.command()
def runs(
    job: JobName,
    config: Config = _CONFIG,
    limit: Annotated[int, typer.Option(help="Show so many, the latest first.", min=1)] = 20,
    json: Json = False,
) -> None:
    """List a job's runs and rollbacks, the latest first."""
    from leadrelay import screens

    with _store(config) as (house, store):
        found = store.runs.recent(house.job_name(job), limit)
    Terminal(json).show({"job": job, "runs": screens.runs_json(found)}, *screens.runs(job, found))


@app.command()
def audit(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, from: leadrelay runs JOB")],
    config: Config = _CONFIG,
    lead: Annotated[str, typer.Option(help="Only this record.")] = "",
    limit: Annotated[int, typer.Option(help="Show so many leads; --json shows all.", min=0)] = 20,
    json: Json = False,
) -> None:
    """Show what a run did to each record: every field's old and new value, and why."""
    from leadrelay import screens

    with _store(config) as (house, store):
        house.job_of(store, run)
        rows = [row for row in store.audit.of_run(run) if lead in ("", row.lead)]
    Terminal(json).show({"run": run, "effects": screens.audit_json(rows)}, *screens.audit(run, rows, limit))


@app.command()
def plan(
    job: JobName,
    config: Config = _CONFIG,
    everything: Everything = False,
    limit: Annotated[int, typer.Option(help="Show so many leads; --json shows all.", min=0)] = 10,
    json: Json = False,
) -> None:
    """Show what a run would write, field by field, and why. Writes nothing."""
    from leadrelay import screens
    from leadrelay.jobs.preview import Preview

    terminal = Terminal(json)
    with _job(config, job) as (_, ready, store), terminal.watching(job) as watch:
        preview = Preview(ready, store, _now(), watch, shown=None if json else limit)
        preview.gather(everything=everything)
    terminal.show(preview.to_json(), *screens.preview(preview))


@app.command()
def explain(
    job: JobName,
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="The record's id in the CRM.")],
    config: Config = _CONFIG,
    json: Json = False,
) -> None:
    """Show why one lead stands where it stands: every rule, BANT, stage, and what a run would write."""
    from leadrelay import screens
    from leadrelay.jobs.preview import explanation

    with _job(config, job) as (_, ready, store):
        found = explanation(ready, store, lead, _now())
    Terminal(json).show(found.to_json(), *screens.explanation(found))


@app.command()
def check(
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="One job; all without it.")] = None,
    config: Config = _CONFIG,
    json: Json = False,
) -> None:
    """Check configuration, rules, sign-in and every mapped field before a job may run."""
    from leadrelay import screens
    from leadrelay.checkup import examine, exit_code

    findings = examine(_house(config), job)
    Terminal(json).show({"findings": [finding.to_json() for finding in findings]}, *screens.report(findings))
    raise typer.Exit(exit_code(findings))


@app.command()
def fields(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="A connection of the configuration.")],
    object_type: Annotated[str | None, typer.Argument(metavar="[OBJECT]", help="Lead or contacts without it.")] = None,
    config: Config = _CONFIG,
    search: Annotated[str, typer.Option(help="Only fields with this in their name or label.")] = "",
    json: Json = False,
) -> None:
    """List the fields that a CRM's object has, as the API user sees them."""
    from leadrelay import screens

    house = _house(config)
    name = house.connection_name(connection)
    with house.connector(name, object_type or house.lead_object(name)) as connector:
        found = [
            info for info in connector.describe().values() if search.lower() in f"{info.name} {info.label}".lower()
        ]
    Terminal(json).show({"fields": screens.fields_json(found)}, *screens.fields(found))


@app.command()
def status(config: Config = _CONFIG, json: Json = False) -> None:
    """Show each job's last run and what waits."""
    from leadrelay import screens
    from leadrelay.jobs.overview import overview

    with _store(config) as (house, store):
        rows = overview(house.settings.jobs, store, _now())
    Terminal(json).show({"jobs": [row.to_json() for row in rows]}, *screens.status(rows))


@app.command()
def parked(job: JobName, config: Config = _CONFIG, json: Json = False) -> None:
    """List the leads that the CRM refused, or that wait for another try."""
    from leadrelay import screens

    with _store(config) as (house, store):
        waiting = store.outbox.waiting(house.job_name(job))
    Terminal(json).show({"job": job, "waiting": screens.waiting_json(waiting)}, *screens.waiting(job, waiting))
    raise typer.Exit(1 if waiting else 0)


@app.command()
def retry(
    job: JobName,
    lead: Annotated[list[str] | None, typer.Argument(metavar="[LEAD]...", help="These leads; all without any.")] = None,
    config: Config = _CONFIG,
    json: Json = False,
) -> None:
    """Let the next run try parked leads again."""
    with _store(config) as (house, store):
        released = store.outbox.release(house.job_name(job), lead or None)
    Terminal(json).show(
        {"job": job, "released": released}, f"{released} parked leads will be tried by the next run of {job}."
    )


@app.command()
def serve(
    config: Config = _CONFIG,
    metrics_port: Annotated[
        int | None, typer.Option(help="Prometheus metrics on 127.0.0.1.", min=1, max=65_535)
    ] = None,
    json: Json = False,
) -> None:
    """Run every scheduled job when it is due, until SIGTERM or Ctrl-C."""
    from leadrelay import service

    service.run(_house(config), _now, Terminal(json), metrics_port)


@app.command()
def sandbox(
    leads: Annotated[int, typer.Option(help="So many sample leads in each CRM.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Which sample leads; the same seed gives the same leads.")] = 7,
    load: Annotated[Path | None, typer.Option(help="A CSV file whose rows become leads and contacts.")] = None,
    state: Annotated[Path | None, typer.Option(help="Keep both CRMs in this folder; in memory without it.")] = None,
    salesforce_port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free port.")] = 8701,
    hubspot_port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free port.")] = 8702,
    tls: Annotated[bool, typer.Option(help="Serve https with a throw-away authority whose file is printed.")] = False,
    scenario: Annotated[
        list[Path] | None, typer.Option(help="Faults and people at work: a TOML file, or lossy, brownout, busy-people.")
    ] = None,
    json: Json = False,
) -> None:
    """Start a Salesforce and a HubSpot on this machine, to rehearse on. Ends at Ctrl-C."""
    from leadrelay.sandbox import server
    from leadrelay.sandbox.errors import SandboxError

    terminal = Terminal(json)
    options = server.Options(leads, seed, load, state, salesforce_port, hubspot_port, tls, tuple(scenario or ()))
    try:
        with terminal.watching("filling both CRMs") as watch:

            def announce(announced: dict[str, Any]) -> None:
                watch.finish()
                terminal.show(announced, *_announcement(announced))

            server.serve(options, announce, watch.reach)
    except SandboxError as error:
        raise ConfigError([Problem("sandbox", line) for line in str(error).splitlines()]) from None


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its files.")] = Path("demo"),
    leads: Annotated[int, typer.Option(help="So many leads in each CRM.", min=200, max=20_000)] = 500,
    json: Json = False,
) -> None:
    """Run the main job on a local Salesforce and a local HubSpot, and show what happens."""
    from leadrelay import demo as demonstration

    demonstration.run(folder, leads, Terminal(json))


@app.command()
def version(json: Json = False) -> None:
    """Print the version."""
    Terminal(json).show({"version": __version__}, __version__)


def main() -> None:
    """The entry point of the console script. What a terminal's character set lacks is shown as a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: list[str]) -> int:
    """Run one command; the exit code. Errors are told in words."""
    terminal = Terminal("--json" in arguments)
    try:
        ended = app(arguments, prog_name="leadrelay", standalone_mode=not terminal.json)
    except SystemExit as end:
        ended = end.code
    except LeadrelayError as error:
        return terminal.fail(error)
    except TyperException as error:
        return terminal.fail(ConfigError([Problem("command line", error.format_message(), "See --help.")]))
    except OSError as error:
        where = str(error.filename or "standard output")
        return terminal.fail(ConfigError([Problem(where, f"{error.strerror or type(error).__name__}.")]))
    except BaseException as error:  # noqa: BLE001 - the last resort; Polars' panics are no Exceptions
        return terminal.fault(error)
    return ended if isinstance(ended, int) else 0


def _announcement(announced: dict[str, Any]) -> Iterator[str]:
    salesforce, hubspot = announced["salesforce"], announced["hubspot"]
    yield f"[bold]Salesforce[/] {salesforce['url']}"
    yield f"  client_id {salesforce['client_id']}   client_secret {salesforce['client_secret']}"
    yield f"  username {salesforce['username']}   private_key {salesforce['jwt_key']}   (for auth = jwt)"
    yield f"[bold]HubSpot[/]    {hubspot['url']}"
    yield f"  access_token {hubspot['token']}"
    if announced["ca"]:
        yield f"[bold]Authority[/]  {announced['ca']}"
    yield f"State in {announced['state'] or 'memory'}. Effects: /_sandbox/history on both. Ctrl-C ends it."


def _now() -> datetime:
    return datetime.now(UTC)


def _house(config: Path) -> House:
    from leadrelay.wiring import House

    return House.open(config, os.environ)


@contextmanager
def _store(config: Path) -> Iterator[tuple[House, Store]]:
    house = _house(config)
    store = house.store()
    try:
        yield house, store
    finally:
        store.close()


@contextmanager
def _job(config: Path, name: str) -> Iterator[tuple[House, Job, Store]]:
    with _store(config) as (house, store), house.job(house.job_name(name)) as job:
        yield house, job, store


@contextmanager
def _leased(config: Path, name: str, wait_seconds: float, bell: Bell) -> Iterator[tuple[House, Job, Store]]:
    """The job for who alone runs it."""
    with (
        _store(config) as (house, store),
        house.leased(store, house.job_name(name), wait_seconds, bell.rung) as mine,
        house.job(name, bell.pause) as job,
    ):
        yield house, job, mine
