"""The commands that need no CRM: the sandbox, and the demo on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from leadrelay.cli_common import Json
from leadrelay.errors import ConfigError, Problem
from leadrelay.terminal import Terminal


def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its files.")] = Path("demo"),
    leads: Annotated[int, typer.Option(help="So many leads in each CRM.", min=200, max=20_000)] = 500,
    json: Json = False,
) -> None:
    """Run the main job on a local Salesforce and a local HubSpot, and show what happens."""
    from leadrelay import demo as demonstration

    demonstration.run(folder, leads, Terminal(json))


def sandbox(
    leads: Annotated[int, typer.Option(help="So many sample leads in each CRM.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Which sample leads; the same seed gives the same leads.")] = 7,
    load: Annotated[Path | None, typer.Option(help="A CSV file whose rows become leads and contacts.")] = None,
    state: Annotated[Path | None, typer.Option(help="Keep both CRMs in this folder; in memory without it.")] = None,
    salesforce_port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free port.")] = 8701,
    hubspot_port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free port.")] = 8702,
    provider_port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free port.")] = 8703,
    dns_port: Annotated[int, typer.Option(min=0, max=65_535, help="Of the name server; 0: any free port.")] = 8704,
    tls: Annotated[bool, typer.Option(help="Serve https with a throw-away authority whose file is printed.")] = False,
    scenario: Annotated[
        list[Path] | None, typer.Option(help="Faults and people at work: a TOML file, or lossy, brownout, busy-people.")
    ] = None,
    bare: Annotated[bool, typer.Option(help="As a company has them: without any field of leadrelay's own.")] = False,
    json: Json = False,
) -> None:
    """Start a Salesforce, a HubSpot and data providers on this machine, to rehearse on. Ends at Ctrl-C."""
    from leadrelay.sandbox import server
    from leadrelay.sandbox.errors import SandboxError

    terminal = Terminal(json)
    ports = (salesforce_port, hubspot_port, provider_port, dns_port)
    options = server.Options(leads, seed, load, state, *ports, tls, tuple(scenario or ()), bare=bare)
    try:
        with terminal.watching("filling both CRMs") as watch:

            def announce(announced: dict[str, Any]) -> None:
                watch.finish()
                terminal.show(announced, *_announcement(announced))

            server.serve(options, announce, watch.reach)
    except SandboxError as error:
        raise ConfigError([Problem("sandbox", line) for line in str(error).splitlines()]) from None


def _announcement(announced: dict[str, Any]) -> Iterator[str]:
    salesforce, hubspot = announced["salesforce"], announced["hubspot"]
    yield f"[bold]Salesforce[/] {salesforce['url']}"
    yield f"  client_id {salesforce['client_id']}   client_secret {salesforce['client_secret']}"
    yield f"  username {salesforce['username']}   private_key {salesforce['jwt_key']}   (for auth = jwt)"
    yield f"[bold]HubSpot[/]    {hubspot['url']}"
    yield f"  access_token {hubspot['token']}"
    yield f"[bold]Providers[/]  {announced['provider']['url']}"
    yield f"  key {announced['provider']['key']}   name server {announced['provider']['dns']}"
    if announced["ca"]:
        yield f"[bold]Authority[/]  {announced['ca']}"
    state = announced["state"] or "memory"
    yield f"State in {state}. Effects: /_sandbox/history, look-ups: /_sandbox/paid. Ctrl-C ends it."
