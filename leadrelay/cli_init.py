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
    from collections.abc import Mapping, Sequence

    from leadrelay.mappings.proposing import Candidate, Proposal
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
    accept: Annotated[bool, typer.Option("--accept", help="Take all proposed fields that are sure.")] = False,
    test: Annotated[bool, typer.Option("--test/--no-test", help="Sign in, and propose from what is there.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    propose: Annotated[str, typer.Option(metavar="JOB", help="Only show what a mapping could read besides.")] = "",
    config: Config = CONFIG,
    json: Json = False,
) -> None:
    """Begin: ask for a CRM, try it, propose a mapping, and write configuration, mapping and playbook."""
    from leadrelay.starting.asking import Nobody, Person
    from leadrelay.starting.beginning import FILES, Plan
    from leadrelay.starting.signing import Flags, sign_in
    from leadrelay.starting.writing import refuse_to_overwrite

    terminal = Terminal(json)
    if propose:
        _propose_again(terminal, config, propose)
        return
    for flag, name in (("--connection", connection), ("--job", job)):
        _expect_name(flag, name or "unnamed")
    refuse_to_overwrite(folder, FILES, force=force)
    asker = Person(terminal.out) if _is_attended(terminal) else Nobody()
    given = (auth, domain, instance_url, client_id, username, secret_env, secret_file, secret_command, ca_file)
    found = sign_in(Flags(crm, connection, *given, sandbox), asker, folder, os.environ)
    rules = _playbook(playbook, asker)
    plan = Plan.of(found, job, object_type, rules, owners or (), folder)
    begun = _with_test(plan, terminal, asker, accept=accept) if test else _without_test(plan)
    _tell(begun, terminal)


def _with_test(plan: Plan, terminal: Terminal, asker: Asker, *, accept: bool) -> Begun:
    from dataclasses import replace

    from leadrelay import screens_init
    from leadrelay.starting import beginning, picking

    with terminal.watching("looking at the CRM"):
        seen = beginning.looked(plan, os.environ)
        proposals = beginning.proposed(seen)
    beginning.check_owners(plan.owners, seen)
    if asker.present:
        terminal.tell(*screens_init.connection(seen), *screens_init.proposals(proposals))
    picked = picking.best(proposals) if accept else _picked(proposals, asker)
    plan = replace(plan, owners=plan.owners or _owners(seen, asker))
    beginning.check_owners(plan.owners, seen)
    return beginning.write(plan, seen, proposals, picked)


def _without_test(plan: Plan) -> Begun:
    from leadrelay.starting import beginning

    return beginning.write(plan, None, (), {})


def _picked(proposals: Sequence[Proposal], asker: Asker) -> Mapping[str, Candidate]:
    from leadrelay.starting import picking
    from leadrelay.starting.asking import Person

    return picking.picked(proposals, asker) if isinstance(asker, Person) else picking.best(proposals)


def _playbook(name: str, asker: Asker) -> str:
    from leadrelay.starting.rules import SHIPPED

    found = name or asker.choice("--playbook", "Which rules to begin with?", SHIPPED, default=next(iter(SHIPPED)))
    if found not in SHIPPED:
        raise ConfigError([Problem("--playbook", f"'{found}' is not known.", f"Say {' or '.join(SHIPPED)}.")])
    return found


def _owners(seen: Look, asker: Asker) -> tuple[str, ...]:
    """Whom a person names; flags alone leave every lead with whom it has."""
    if not asker.present or not seen.users:
        return ()
    none = "nobody"
    question = f"Who takes leads by turns? E-mail addresses of the {len(seen.users)} active users, by commas; or {none}"
    told = asker.text("--owners", question, none)
    return () if told == none else tuple(filter(None, (part.strip() for part in told.split(","))))


def _propose_again(terminal: Terminal, config: Path, job: str) -> None:
    from leadrelay import screens_init
    from leadrelay.starting import again

    house = opened_house(config)
    with terminal.watching("looking at the CRM"):
        found = again.compared(house, house.job_name(job))
    terminal.show(found.to_json(), *screens_init.differences(found))


def _tell(begun: Begun, terminal: Terminal) -> None:
    from leadrelay import screens_init

    terminal.show(screens_init.to_json(begun), *screens_init.begun(begun))


def _is_attended(terminal: Terminal) -> bool:
    return not terminal.json and sys.stdin.isatty() and sys.stdout.isatty()


def _expect_name(flag: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigError([Problem(flag, f"'{name}' is no name.", "Use letters, digits, - and _.")])
