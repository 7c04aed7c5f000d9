"""The command that proposes points for a playbook's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadrelay.cli_backtest import AllowMissing, From, asked, expect_file, leads_of, moment
from leadrelay.cli_common import CONFIG, Config, JobName, Json, opened_house
from leadrelay.terminal import Terminal


def learn(
    job: JobName,
    outcome: Annotated[
        str, typer.Option(metavar="PREDICATE", help="True: won, false: lost, unknown: not learned from.")
    ],
    config: Config = CONFIG,
    source: From = "",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the playbook with these points.")] = None,
    patch: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what would change in it.")] = None,
    at: Annotated[str, typer.Option(metavar="MOMENT", help="Learn as of this ISO moment; now without it.")] = "",
    allow_missing: AllowMissing = False,
    json: Json = False,
) -> None:
    """Propose points for the playbook's own rules, from what became of past leads. Changes nothing by itself."""
    from leadrelay import files, screens_learn
    from leadrelay.core.playbook import patch as playbook_patch
    from leadrelay.core.trial.trial import Trial
    from leadrelay.jobs.backtest import prepared
    from leadrelay.jobs.learn import learned

    house, terminal, as_of = opened_house(config), Terminal(json), moment(at)
    name = house.job_name(job)
    expect_file("--out", out)
    expect_file("--patch", patch)
    text, file = house.playbook_text(name)
    with leads_of(house, name, source) as (live, mapping, leads), terminal.watching(job) as watch:
        trial = Trial(live, None, as_of, shown=0)
        found = learned(prepared(trial, mapping, leads, outcome, allow_missing=allow_missing), watch)
    after = playbook_patch.repointed(text, file, found.lesson.points)
    changes = playbook_patch.patch(text, after, file)
    for path, written in ((out, after), (patch, changes)):
        if path:
            files.write(path, written)
    head = asked(name, as_of, source, outcome)
    document = {**head, **screens_learn.document(found), "patch": changes}
    terminal.show(document, *screens_learn.screen(found, head, out))
