"""The command for who wonders about one lead."""

from __future__ import annotations

from typing import Annotated

import typer

from leadrelay.cli_common import CONFIG, Config, JobName, Json, now, opened_job
from leadrelay.terminal import Terminal


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
