"""The commands about mappings: one record, there and back."""

from __future__ import annotations

from typing import Annotated

import typer

from leadrelay.cli_common import CONFIG, Config, JobName, Json, now, opened_job
from leadrelay.terminal import Terminal

app = typer.Typer(help="Try what a mapping makes of a record.", no_args_is_help=True)


@app.callback()
def mapping() -> None:
    """Try what a mapping makes of a record."""


@app.command("test")
def translate(
    job: JobName,
    lead: Annotated[str, typer.Option(metavar="ID", help="The record's id in the CRM.")],
    config: Config = CONFIG,
    json: Json = False,
) -> None:
    """Show one record, there and back: what each field is read as, step by step, and what would be written."""
    from leadrelay import screens_mapping
    from leadrelay.jobs.translation import translation

    with opened_job(config, job) as (_, ready, store):
        found = translation(ready, store, lead, now())
    Terminal(json).show(found.to_json(), *screens_mapping.translation(found))
