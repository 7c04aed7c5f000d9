"""The command that begins: it asks or takes flags, tries the connection, proposes a mapping, and writes three files."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadrelay.cli_common import CONFIG, Config, Json, opened_house
from leadrelay.errors import ConfigError, Problem
from leadrelay.terminal import Terminal

if TYPE_CHECKING:
    from leadrelay.starting.asking import Asker
    from leadrelay.starting.beginning import Begun, Plan
    from leadrelay.starting.looking import Look

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


def init(
    crm: Annotated[str, typer.Option(help="salesforce or hubspot.")] = "",
    folder: Annotated[Path, typer.Option(help="Where the files go.")] = Path(),
    auth: Annotated[str, typer.Option(help="Salesforce: client-credentials, jwt or token.")] = "",
    domain: Annotated[str, typer.Option(help="Salesforce: acme.my of acme.my.salesforce.com.")] = "",
    instance_url: Annotated[str, typer.Option(help="An address in its place; HubSpot's, if not the usual one.")] = "",
    client_id: Annotated[str, typer.Option(help="Salesforce: the app's consumer key.")] = "",
    username: Annotated[str, typer.Option(help="Salesforce, jwt: the integration user.")] = "",
    secret_env: Annotated[str, typer.Option(help="Environment variable that holds the secret, key or token.")] = "",
    secret_file: Annotated[str, typer.Option(help="File that holds it.")] = "",
    secret_command: Annotated[str, typer.Option(help="Program that prints it.")] = "",
    ca_file: Annotated[str, typer.Option(help="Certificate authority of your own, as a PEM file.")] = "",
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Sign in to: leadrelay sandbox --bare")] = False,
    connection: Annotated[str, typer.Option(help="What to call it: acme, or portal, without it.")] = "",
    job: Annotated[str, typer.Option(help="What to call the job.")] = "inbound",
    object_type: Annotated[str, typer.Option("--object", help="What holds leads: Lead, or contacts, without it.")] = "",
    playbook: Annotated[str, typer.Option(help="it-discovery or starter.")] = "",
    owners: Annotated[list[str] | None, typer.Option(help="E-mail of who takes leads; may be said again.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Take what is proposed, and ask for nothing more.")] = False,
    test: Annotated[bool, typer.Option("--test/--no-test", help="Sign in, and propose from what is there.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    propose: Annotated[str, typer.Option(metavar="JOB", help="Only show what a mapping could read besides.")] = "",
    config: Config = CONFIG,
    json: Json = False,
) -> None:
    """Begin: ask for a CRM, try it, propose a mapping, and write configuration, mapping and playbook."""
    from leadrelay.starting import beginning
    from leadrelay.starting.asking import Nobody, Person
    from leadrelay.starting.beginning import FILES, Plan
    from leadrelay.starting.signing import Flags, sign_in
    from leadrelay.starting.writing import refuse_to_overwrite

    terminal = Terminal(json)
    if config != CONFIG and not propose:
        cure = "Say --folder for where the files go."
        raise ConfigError([Problem("--config", "has a meaning beside --propose only.", cure)])
    if propose:
        _propose_again(terminal, config, propose)
        return
    for flag, name in (("--connection", connection), ("--job", job)):
        _expect_name(flag, name or "unnamed")
    refuse_to_overwrite(folder, FILES, force=force)
    asker = Person(terminal.out) if _is_attended(terminal) else Nobody()
    given = (auth, domain, instance_url, client_id, username, secret_env, secret_file, secret_command, ca_file)
    flags = Flags(crm, connection, *given, sandbox)
    plan = Plan.of(sign_in(flags, asker, folder, os.environ), job, object_type, owners or (), folder)
    refuse_to_overwrite(folder, plan.sign_in.files, force=force)
    if not test:
        _tell(beginning.write(plan, _playbook(playbook, asker)), terminal)
        return
    seen = _looked(plan, terminal, asker)
    while seen is None:
        plan = plan.signing_in(sign_in(flags, asker, folder, os.environ))
        seen = _looked(plan, terminal, asker)
    _tell(_decided(plan, seen, terminal, asker, playbook, accept=accept), terminal, seen=asker.present)


def _looked(plan: Plan, terminal: Terminal, asker: Asker) -> Look | None:
    """None where it failed, and a person wants to answer again."""
    from leadrelay import screens_init
    from leadrelay.errors import CrmError
    from leadrelay.starting import beginning

    try:
        with terminal.watching("looking at the CRM"):
            seen = beginning.looked(plan, os.environ)
    except (ConfigError, CrmError) as error:
        if not asker.present:
            raise
        terminal.fail(error)
        if asker.agrees("Answer again how to sign in?"):
            return None
        raise typer.Exit(error.exit_code) from None
    if asker.present:
        terminal.tell(*screens_init.connection(seen))
    return seen


def _decided(plan: Plan, seen: Look, terminal: Terminal, asker: Asker, playbook: str, *, accept: bool) -> Begun:
    """What is picked from what was found, written."""
    from leadrelay import screens_init
    from leadrelay.starting import beginning, picking
    from leadrelay.starting.asking import Nobody

    beginning.check_owners(plan.owners, seen)
    found = beginning.proposed(seen)
    if asker.present:
        terminal.tell(*screens_init.proposals(found))
    picked = picking.best(found) if accept else picking.picked(found, asker)
    asker = Nobody() if accept else asker
    rules = _playbook(playbook, asker)
    plan = plan.given_to(plan.owners or picking.owners(seen, asker))
    return beginning.write(plan, rules, seen, found, picked)


def _playbook(name: str, asker: Asker) -> str:
    from leadrelay.starting.rules import SHIPPED

    found = name or asker.choice("--playbook", "Which rules to begin with?", SHIPPED, default=next(iter(SHIPPED)))
    if found not in SHIPPED:
        raise ConfigError([Problem("--playbook", f"'{found}' is not known.", f"Say {' or '.join(SHIPPED)}.")])
    return found


def _propose_again(terminal: Terminal, config: Path, job: str) -> None:
    from leadrelay import screens_init
    from leadrelay.starting import again

    house = opened_house(config)
    with terminal.watching("looking at the CRM"):
        found = again.compared(house, house.job_name(job))
    terminal.show(found.to_json(), *screens_init.differences(found))


def _tell(begun: Begun, terminal: Terminal, *, seen: bool = False) -> None:
    from leadrelay import screens_init

    terminal.show(screens_init.to_json(begun), *screens_init.begun(begun, seen=seen))


def _is_attended(terminal: Terminal) -> bool:
    return not terminal.json and sys.stdin.isatty() and sys.stdout.isatty()


def _expect_name(flag: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigError([Problem(flag, f"'{name}' is no name.", "Use letters, digits, - and _.")])
