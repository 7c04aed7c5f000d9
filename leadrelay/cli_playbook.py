"""The commands for who writes playbooks and mappings."""

from __future__ import annotations

from typing import Annotated

import typer

from leadrelay.cli_common import CONFIG, Config, JobName, Json, now, opened_house, opened_job
from leadrelay.terminal import Terminal


def check(
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="One job; all without it.")] = None,
    config: Config = CONFIG,
    json: Json = False,
) -> None:
    """Check configuration, rules, sign-in and every mapped field before a job may run."""
    from leadrelay import screens
    from leadrelay.checkup.examine import examine, exit_code

    findings = examine(opened_house(config), now(), job)
    Terminal(json).show({"findings": [finding.to_json() for finding in findings]}, *screens.report(findings))
    raise typer.Exit(exit_code(findings))


def fields(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="A connection of the configuration.")],
    object_type: Annotated[str | None, typer.Argument(metavar="[OBJECT]", help="Lead or contacts without it.")] = None,
    config: Config = CONFIG,
    search: Annotated[str, typer.Option(help="Only fields with this in their name or label.")] = "",
    json: Json = False,
) -> None:
    """List the fields that a CRM's object has, as the API user sees them."""
    from leadrelay import screens

    house = opened_house(config)
    name = house.connection_name(connection)
    with house.connector(name, object_type or house.lead_object(name)) as connector:
        found = [
            info for info in connector.describe().values() if search.lower() in f"{info.name} {info.label}".lower()
        ]
    Terminal(json).show({"fields": screens.as_json(found)}, *screens.fields(found))


def explain(
    job: JobName,
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="The record's id in the CRM.")],
    config: Config = CONFIG,
    json: Json = False,
    task: Annotated[bool, typer.Option("--task", help="What its hand-off would say, due or not.")] = False,
) -> None:
    """Show why one lead stands where it stands: every rule, BANT, stage, and what a run would write."""
    from leadrelay import screens_draft, screens_explain
    from leadrelay.jobs.handoff.drafts import draft
    from leadrelay.jobs.preview import explanation

    with opened_job(config, job) as (_, ready, store):
        if task:
            said = draft(ready, store, lead, now())
            Terminal(json).show(screens_draft.as_json(said), *screens_draft.draft(said))
            return
        found = explanation(ready, store, lead, now())
    Terminal(json).show(found.to_json(), *screens_explain.explanation(found))
