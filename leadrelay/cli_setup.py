"""The command that creates in a CRM what leadrelay owns there, and takes it away again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadrelay.cli_common import CONFIG, Config, Json, opened_house
from leadrelay.errors import ConfigError, Problem
from leadrelay.terminal import Terminal, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadrelay.jobs.setup import Due, Result, Site
    from leadrelay.wiring import House


def setup(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="A connection of the configuration.")],
    config: Config = CONFIG,
    apply: Annotated[bool, typer.Option("--apply", help="Create what lacks.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take away what is ours, after a question.")] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="DIR", help="Salesforce: write files that an administrator deploys instead."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="With --remove: also what holds values.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --remove: do not ask.")] = False,
    json: Json = False,
) -> None:
    """Show what leadrelay needs in a CRM and what of it is there; create what lacks."""
    terminal = Terminal(json)
    _expect_sense(apply=apply, remove=remove, export=export is not None, force=force, yes=yes)
    house = opened_house(config)
    name = house.connection_name(connection)
    if export is not None:
        _export(house, name, export, terminal)
        return
    with house.site(name) as site:
        if remove:
            _remove(site, terminal, force=force, yes=yes)
        else:
            _make(site, terminal, apply=apply)


def _make(site: Site, terminal: Terminal, *, apply: bool) -> None:
    from leadrelay import screens_setup
    from leadrelay.jobs import setup as job

    with terminal.watching("looking") as watch:
        due = job.wanted(site.benches)
        watch.finish()
    result = job.Result(tuple(due))
    if apply:
        with terminal.watching("setting up") as watch:
            result = job.take(site.benches, due, watch.reach)
    terminal.show(_document(site, result), *screens_setup.made(site, result, applied=apply))
    _end(result, terminal)


def _remove(site: Site, terminal: Terminal, *, force: bool, yes: bool) -> None:
    from leadrelay import screens_setup
    from leadrelay.jobs import setup as job

    with terminal.watching("counting values") as watch:
        due = job.removable(site.benches, force=force)
        watch.finish()
    asked = not yes and any(one.open and not one.kept for one in due)
    if asked:
        terminal.tell(*screens_setup.removing(site, due))
    agreed = not asked or _agreed(site, due)
    result = job.Result(tuple(due))
    if agreed:
        with terminal.watching("removing") as watch:
            result = job.remove(due, watch.reach)
    terminal.show(_document(site, result), *screens_setup.removed(site, result, asked=asked))
    if not agreed:
        raise typer.Exit(1)
    _end(result, terminal)


def _export(house: House, name: str, folder: Path, terminal: Terminal) -> None:
    from leadrelay import screens_setup

    files = house.export(name, folder)
    document = {"connection": name, "folder": str(folder), "files": files}
    terminal.show(document, *screens_setup.exported(name, str(folder), files))


def _document(site: Site, result: Result) -> dict[str, Any]:
    return {
        "connection": site.connection,
        "organisation": site.organisation,
        "steps": [one.to_json() for one in result.due],
        "error": told(result.refusal) if result.refusal else None,
    }


def _end(result: Result, terminal: Terminal) -> None:
    """By what is left: 0 where nothing stands in the way, 1 where a person has to decide, 3 where the CRM refused."""
    from leadrelay.connectors.customising import State

    if result.refusal:
        raise typer.Exit(terminal.complain(result.refusal))
    raise typer.Exit(int(any(one.kept or one.step.state is State.CONFLICT for one in result.due)))


def _expect_sense(*, apply: bool, remove: bool, export: bool, force: bool, yes: bool) -> None:
    problems = []
    chosen = [option for option, on in (("--apply", apply), ("--remove", remove), ("--export", export)) if on]
    if len(chosen) > 1:
        problems.append(Problem(" ".join(chosen), "each of them is another thing to do.", "Give one of them."))
    if (force or yes) and not remove:
        option = "--force" if force else "--yes"
        problems.append(Problem(option, "goes with --remove only.", "Leave it out."))
    if problems:
        raise ConfigError(problems)


def _agreed(site: Site, due: Sequence[Due]) -> bool:
    """What somebody at a terminal answers; raises `ConfigError` where nobody sits there."""
    count = sum(one.open and not one.kept for one in due)
    question = f"Remove {count} of {len(due)} from {site.connection}, organisation {site.organisation}?"
    if not sys.stdin.isatty():
        message = "takes things away only where somebody agrees to it."
        raise ConfigError([Problem("setup --remove", message, "Nothing was removed. Agree to it with --yes.")])
    return typer.confirm(question, err=True)
