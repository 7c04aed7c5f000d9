"""The commands that look at a CRM and at what is configured for it, and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadrelay.cli_common import CONFIG, Config, Json, now, opened_house
from leadrelay.terminal import Terminal


def check(
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="One job; all without it.")] = None,
    config: Config = CONFIG,
    schema: Annotated[
        list[Path] | None,
        typer.Option(help="A file of `fields --save`, instead of the CRM: for CI. Once for each connection."),
    ] = None,
    json: Json = False,
) -> None:
    """Check configuration, rights, every mapped field, rules and schedule before a job may run."""
    from leadrelay import screens_check
    from leadrelay.checkup.examine import examine, exit_code

    terminal = Terminal(json)
    with terminal.watching("looking at the CRM"):
        findings = examine(opened_house(config), now(), job, schema or ())
    document = {"findings": [finding.to_json() for finding in findings]}
    terminal.show(document, *screens_check.report(findings, saved=bool(schema)))
    raise typer.Exit(exit_code(findings))


def fields(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="A connection of the configuration.")],
    object_type: Annotated[str | None, typer.Argument(metavar="[OBJECT]", help="Lead or contacts without it.")] = None,
    config: Config = CONFIG,
    search: Annotated[str, typer.Option(help="Only fields with this in name, label or options.")] = "",
    sample: Annotated[int, typer.Option(help="So many records tell how often a field is filled.", min=0, max=2_000)] = (
        100
    ),
    save: Annotated[Path | None, typer.Option(help="Keep all that `check --schema` needs in this file.")] = None,
    json: Json = False,
) -> None:
    """List the fields that a CRM's object has, as the API user sees them, and how often they are filled."""
    from leadrelay import screens_fields
    from leadrelay.checkup import listing

    terminal, house = Terminal(json), opened_house(config)
    name = house.connection_name(connection)
    with terminal.watching(name):
        found = listing.listed(house, name, object_type or house.lead_object(name), search, sample, save)
    terminal.show(found.to_json(), *screens_fields.fields(found))
