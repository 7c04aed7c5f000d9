"""The commands around the file of a plan: show it, approve or reject it, apply it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadrelay.cli_common import CONFIG, Config, Json, Wait, leased, now, opened_job, opened_store
from leadrelay.terminal import Terminal

if TYPE_CHECKING:
    from leadrelay.jobs.plans.values import Plan
    from leadrelay.state.plans import PlanRecord
    from leadrelay.state.store import Store

File = Annotated[Path, typer.Argument(metavar="FILE", help="A plan, from: leadrelay plan JOB --out FILE")]
By = Annotated[str, typer.Option(help="Who decides; the user of this machine without it.")]
Note = Annotated[str, typer.Option(help="A word about it, kept with the decision.")]


def make(job: str, config: Path, out: Path, *, everything: bool, json: bool) -> None:
    """`plan JOB --out FILE`: the plan in a file, and what it comes to on the screen."""
    from leadrelay import files, screens_plans
    from leadrelay.jobs.plans import file
    from leadrelay.jobs.plans.approving import register
    from leadrelay.jobs.plans.making import Planning

    terminal = Terminal(json)
    with opened_job(config, job) as (house, ready, store), terminal.watching(job) as watch:
        files.expect_place(out)
        plan = Planning(ready, store, house.run_id(), now(), watch)(everything=everything)
        file.write(out, plan)
        register(store, plan, out, alone=False)
    document = {**screens_plans.as_json(plan), "out": str(out), "size": out.stat().st_size}
    terminal.show(document, *screens_plans.made(plan, out, config))


def show(
    file: File,
    html: Annotated[Path | None, typer.Option(help="Write a page for the browser, to filter and read.")] = None,
    limit: Annotated[int, typer.Option(help="Show so many leads; --json shows all.", min=0)] = 10,
    json: Json = False,
) -> None:
    """Show a plan: every lead with old value, new value and why; as a table, or as a page that can be filtered."""
    from leadrelay import files, plan_html, screens_plans
    from leadrelay.jobs.plans import file as plan_file

    plan = plan_file.read(file)
    if html is not None:
        files.expect_place(html)
        files.write(html, plan_html.page(plan), mode=0o600)
    document = screens_plans.as_json(plan, rows=True)
    Terminal(json).show({**document, "html": str(html or "")}, *screens_plans.shown(plan, limit, html))


def apply(
    file: File,
    config: Config = CONFIG,
    recheck: Annotated[
        bool, typer.Option(help="Take an edited plan, once it is validated against mapping, schema and CRM.")
    ] = False,
    brake: Annotated[bool, typer.Option("--brake/--no-brake", help="Heed max_changes and its like.")] = True,
    wait: Wait = 0.0,
    json: Json = False,
) -> None:
    """Write exactly what a plan holds, but for rows whose records changed since; they are listed."""
    from leadrelay import screens_plans
    from leadrelay.jobs.plans import file as plan_file
    from leadrelay.jobs.plans.applying import Apply
    from leadrelay.jobs.plans.checking import expect_approved, expect_ours
    from leadrelay.jobs.schedule import Bell
    from leadrelay.jobs.surroundings import Surroundings
    from leadrelay.state.plans import PlanState

    terminal, bell = Terminal(json), Bell()
    plan = plan_file.read(file, edited=recheck)
    bell.listen()
    job = _job_of(config, plan)
    with leased(config, job, wait, bell) as (house, ready, store):
        known = expect_ours(plan, file, ready, store, edited=recheck)
        if house.settings.jobs[job].approval:
            expect_approved(plan, file, known)
        if known is None or known.state is not PlanState.APPLIED:
            terminal.tell(*screens_plans.ahead(plan))
        with terminal.watching(job) as watch:
            applying = Apply(ready, store, plan, Surroundings(now, bell.rung, watch), recheck)
            summary = applying(brake=brake)
    terminal.show(applying.to_json(summary), *screens_plans.applied(applying, summary, file))
    raise typer.Exit(1 if summary.attention else 0)


def approve(file: File, config: Config = CONFIG, by: By = "", note: Note = "", json: Json = False) -> None:
    """Approve a plan, just as it stands in its file: edited, it is not approved any more."""
    _decide(file, config, by, note, approved=True, json=json)


def reject(file: File, config: Config = CONFIG, by: By = "", note: Note = "", json: Json = False) -> None:
    """Reject a plan: it cannot be applied, and the same is not planned again by a job with approval."""
    _decide(file, config, by, note, approved=False, json=json)


def plans(
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="A job; all without it.")] = None,
    config: Config = CONFIG,
    json: Json = False,
) -> None:
    """List the plans of jobs: which wait, who approved or rejected which, and when."""
    from leadrelay import screens_plans

    with opened_store(config) as (house, store):
        jobs = [house.job_name(job)] if job else list(house.settings.jobs)
        found = [record for name in jobs for record in store.plans.of(name)]
    Terminal(json).show({"plans": [screens_plans.record_json(one) for one in found]}, *screens_plans.listed(found))


def _job_of(config: Path, plan: Plan) -> str:
    """The plan's job, if the configuration has it."""
    from leadrelay.cli_common import opened_house

    return opened_house(config).job_name(plan.job)


def _decide(file: Path, config: Path, by: str, note: str, *, approved: bool, json: bool) -> None:
    from leadrelay import screens_plans
    from leadrelay.state.plans import PlanState

    state = PlanState.APPROVED if approved else PlanState.REJECTED
    with opened_store(config) as (_, store):
        record = _known(store, file, approved=approved)
        who = by or _user()
        if not store.plans.decide(record.run, record.sha256, state, who, note, now()):
            raise _too_late(file, record)
        record = store.plans.get(record.run) or record
    Terminal(json).show(screens_plans.record_json(record), *screens_plans.decided(record))


def _known(store: Store, path: Path, *, approved: bool) -> PlanRecord:
    """The plan of a file as the store knows it; what is rejected may be named by its id, as its file may be lost."""
    from leadrelay.errors import ConfigError, Problem
    from leadrelay.jobs.plans import file

    if not approved and not path.exists() and (lost := store.plans.get(str(path))):
        return lost
    plan = file.read(path)
    record = store.plans.get(plan.run)
    if record is None or record.job != plan.job:
        cure = f"Decide where it was made, or make one here: leadrelay plan {plan.job} --out FILE"
        raise ConfigError([Problem(f"{path}: run", "the plan was made with another state store.", cure)])
    if record.sha256 != plan.sha256:
        message = "is not that of the plan that was made: the file was edited."
        raise ConfigError([Problem(f"{path}: sha256", message, "Take the file as it was made.")])
    return record


def _too_late(path: Path, record: PlanRecord) -> Exception:
    from leadrelay.errors import ConfigError, Problem

    return ConfigError([Problem(str(path), f"the plan is {record.state} already.", "See: leadrelay plans")])


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in some containers
        return "unknown"
