"""The commands about providers: how they stand, and one look-up to try one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from leadrelay.cli_common import CONFIG, Config, Json, now, opened_store
from leadrelay.errors import ConfigError, Problem
from leadrelay.terminal import Terminal

if TYPE_CHECKING:
    from leadrelay.jobs.enriching.standing import Trial

app = typer.Typer(help="Show what providers cost, against what they may, and what is kept of them.")


@app.callback(invoke_without_command=True)
def providers(context: typer.Context, config: Config = CONFIG, json: Json = False) -> None:
    """Show what providers cost, against what they may, and what is kept of them."""
    if context.invoked_subcommand:
        return
    from leadrelay import screens_providers

    with opened_store(config) as (house, store):
        rows = house.standings(store, now())
    Terminal(json).show({"providers": [row.to_json() for row in rows]}, *screens_providers.providers(rows))


@app.command("try")
def try_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A provider of the configuration.")],
    config: Config = CONFIG,
    email: Annotated[str, typer.Option(help="An e-mail address.")] = "",
    domain: Annotated[str, typer.Option(help="A company's domain.")] = "",
    company: Annotated[str, typer.Option(help="A company's name.")] = "",
    country: Annotated[str, typer.Option(help="Its country.")] = "",
    field: Annotated[list[str] | None, typer.Option(help="Any other lead field: NAME=VALUE.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask also where that costs something.")] = False,
    json: Json = False,
) -> None:
    """Ask one provider one question, and show what it says, how sure it is, and what that cost."""
    from leadrelay import screens_providers
    from leadrelay.jobs.surroundings import Surroundings

    given = {"email": email, "domain": domain, "company": company, "country": country, **_pairs(field or [])}
    terminal = Terminal(json)
    with opened_store(config) as (house, store), house.trial(name, {k: v for k, v in given.items() if v}) as trial:
        found = trial.known(store)
        if found is None:
            _expect_consent(trial, yes=yes)
            found = trial.ask(store, Surroundings(now), house.run_id())
    told = {"provider": name, **found.to_json(), "unit": trial.unit}
    terminal.show(told, *screens_providers.tried(name, found, trial.unit))
    raise typer.Exit(0 if found.answered else 1)


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if wrong := [name for name, sign, _ in pairs if not sign or not name]:
        raise ConfigError([Problem("--field", f"'{wrong[0]}' is not NAME=VALUE.", "Such as: --field city=Berlin")])
    return {name: value for name, _, value in pairs}


def _expect_consent(trial: Trial, *, yes: bool) -> None:
    """Raise `ConfigError` unless who asks agrees to what it may cost."""
    from leadrelay.jobs.enriching.sources import money

    if not trial.most or yes:
        return
    price = f"this look-up may cost {money(trial.most)} {trial.unit}".rstrip()
    if not (sys.stdin.isatty() and typer.confirm(f"{price[0].upper()}{price[1:]}. Ask?", err=True)):
        raise ConfigError([Problem("providers try", f"{price}.", "Agree to it with --yes.")])
