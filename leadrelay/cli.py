"""The command line: which commands there are, in which order, and how they end. Each imports late what it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import TextIOWrapper
from typing import Any

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from leadrelay import (
    __version__,
    cli_backtest,
    cli_check,
    cli_init,
    cli_jobs,
    cli_learn,
    cli_mapping,
    cli_past,
    cli_plans,
    cli_playbook,
    cli_providers,
    cli_report,
    cli_sandbox,
    cli_setup,
)
from leadrelay.cli_common import Json
from leadrelay.errors import ConfigError, LeadrelayError, Problem
from leadrelay.terminal import Terminal

ALLOCATORS = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:2000", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""How Polars and Arrow keep freed memory, told before they load; `bench.scale` measures it.

Polars gives it back after half a second, and batch after batch asks for it again: a tenth of the time. Arrow's own pool
keeps a hundred megabytes more than the system's.
"""

app = typer.Typer(
    name="leadrelay",
    help="Relays leads from lead generation to sales, inside Salesforce and HubSpot.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def version(json: Json = False) -> None:
    """Print the version."""
    Terminal(json).show({"version": __version__}, __version__)


_COMMANDS: Mapping[str, Sequence[Callable[..., None]]] = {
    "Look at it": (cli_sandbox.demo, cli_sandbox.sandbox, version),
    "Set it up": (cli_init.init, cli_setup.setup, cli_check.fields, cli_check.check),
    "Know what the rules do": (cli_playbook.explain, cli_backtest.backtest, cli_learn.learn),
    "Run it": (cli_jobs.plan, cli_plans.show, cli_plans.apply, cli_jobs.run, cli_jobs.serve),
    "Have it approved": (cli_plans.plans, cli_plans.approve, cli_plans.reject),
    "See what it did": (
        cli_past.status,
        cli_past.runs,
        cli_past.audit,
        cli_past.parked,
        cli_past.duplicates,
        cli_report.report,
    ),
    "Put it right": (cli_jobs.retry, cli_jobs.rollback),
}

for _panel, _commands in _COMMANDS.items():
    for _command in _commands:
        app.command(rich_help_panel=_panel)(_command)
app.add_typer(cli_mapping.app, name="mapping", rich_help_panel="Know what the rules do")
app.add_typer(cli_providers.app, name="providers", rich_help_panel="See what it did")


def main() -> None:
    """The entry point of the console script. What a terminal's character set lacks is shown as a question mark."""
    for name, value in ALLOCATORS.items():
        os.environ.setdefault(name, value)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(execute(sys.argv[1:]))


@cache
def entry() -> Callable[..., Any]:
    """The commands with their options, which take longer to put together than to read."""
    return get_command(app)


def execute(arguments: list[str]) -> int:
    """Run one command; the exit code. Errors are told in words."""
    terminal = Terminal("--json" in arguments)
    try:
        ended = entry()(arguments, prog_name="leadrelay", standalone_mode=not terminal.json)
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
