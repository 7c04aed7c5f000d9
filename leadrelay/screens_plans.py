"""The screens of plans: what one comes to, its leads, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from leadrelay.core.effects import HANDOFF
from leadrelay.jobs.plans.applying import Apply
from leadrelay.jobs.plans.approving import Ended, Waits
from leadrelay.jobs.plans.values import Calls, Effect, Plan, Row
from leadrelay.jobs.summary import Summary
from leadrelay.screens_tables import counted, grid
from leadrelay.state.plans import PlanRecord, PlanState
from leadrelay.terminal import pasted, plain

_MOST_REFUSED = 20
_STATES = {
    PlanState.OPEN: "[yellow]waits[/]",
    PlanState.APPROVED: "[cyan]approved[/]",
    PlanState.REJECTED: "[red]rejected[/]",
    PlanState.REPLACED: "[dim]replaced[/]",
    PlanState.BEGUN: "[yellow]not through yet[/]",
    PlanState.APPLIED: "[green]applied[/]",
}


def as_json(plan: Plan, *, rows: bool = False) -> dict[str, Any]:
    """As `plan --out --json` prints it, and `show --json` with every lead."""
    names = ("run", "job", "connection", "organisation", "object", "made_at", "sha256", "brake", "note", "stages")
    told: dict[str, Any] = {name: getattr(plan, name) for name in names}
    told |= {"tallied": asdict(plan.tallied), "calls": asdict(plan.calls), "missing": list(plan.missing)}
    return told | ({"leads": [_row_json(plan, row) for row in plan.rows]} if rows else {})


def _row_json(plan: Plan, row: Row) -> dict[str, Any]:
    return {
        "lead": row.lead,
        "link": row.link,
        "version": row.version,
        "owner": row.owner,
        "changes": [
            {"field": one.field, "old": one.old, "new": one.new, "because": plan.because(one)} for one in row.changes
        ],
        "withheld": [asdict(one) for one in row.withheld],
        "tasks": [{"kind": one.kind, **one.task} for one in row.effects if one.task.get("subject")],
    }


def made(plan: Plan, out: Path, config: Path) -> Iterator[RenderableType]:
    """What was planned, where it is, and what comes next: with the configuration, where it is not the usual one."""
    if not plan.sends:
        yield f"[green]✓[/] Nothing to write: {counted(plan.tallied.read, 'lead')} read."
    yield from _counts(plan)
    yield from ahead(plan)
    name = plain(str(out))
    yield f"[green]✓[/] Kept in {name}, for this user's eyes: it holds values of records. Nothing was written."
    more = "" if config == Path("config.toml") else f" -c {pasted(config)}"
    yield f"Look at it: leadrelay show {pasted(out)} --html plan.html    Then: leadrelay apply {pasted(out)}{more}"


def shown(plan: Plan, limit: int, html: Path | None) -> Iterator[RenderableType]:
    """The first leads, and what the whole comes to."""
    rows = [row for row in plan.rows if row.sends or row.withheld]
    for row in rows[:limit]:
        yield from _lead(plan, row)
    yield f"[bold]{plain(plan.job)}[/], made {plan.made_at:%Y-%m-%d %H:%M} UTC for {plain(plan.organisation)}"
    yield from _counts(plan)
    yield from ahead(plan)
    yield f"[dim]{plain(plan.note)}[/]"
    if len(rows) > limit:
        yield f"Shown: the first {limit}; more with --limit, all with --json, or to filter with --html FILE."
    if html is not None:
        yield f"[green]✓[/] The page: {plain(str(html))}"


def _counts(plan: Plan) -> Iterator[str]:
    found = plan.tallied
    told = [f"{counted(found.read, 'lead')} read", f"{found.changed:,} would change, {counted(found.fields, 'field')}"]
    told += [f"{found.hand_offs:,} handed off"] if found.hand_offs else []
    told += [f"{counted(found.tasks, 'task')}"] if found.tasks else []
    told += [f"{found.owners:,} given to another owner"] if found.owners else []
    told += [f"{found.cleared:,} lose a value"] if found.cleared else []
    told += [f"{counted(found.withheld, 'field')} withheld"] if found.withheld else []
    yield f"{'; '.join(told)}."


def ahead(plan: Plan) -> Iterator[str]:
    """What the brake says, and what applying takes of the CRM's quota."""
    if plan.brake:
        yield f"[yellow]! The brake:[/] it would {plain(plan.brake)}. apply stops there, unless you say --no-brake."
    if plan.calls.needed:
        yield _calls(plan.calls)


def _calls(calls: Calls) -> str:
    told = f"Applying takes about {calls.needed:,} API calls"
    if not calls.total:
        return f"{told}."
    left = max(0, calls.total - calls.used)
    mark = "[yellow]![/] " if calls.needed > left else ""
    return f"{mark}{told}; {left:,} of {calls.total:,} of the day are left."


def _lead(plan: Plan, row: Row) -> Iterator[RenderableType]:
    owner = plan.owners.get(row.owner) or row.owner
    whose = f"  owner: {plain(owner)}" if owner else ""
    yield f"[bold]{plain(row.lead)}[/]  [dim]{plain(row.link)}{whose}[/]"
    if row.changes:
        table = grid("field", "old", "new", "why")
        for one in row.changes:
            table.add_row(plain(one.field), _value(one.old), _value(one.new), plain(plan.reasons[one.why].short))
        yield table
    for effect in row.effects:
        yield from _task(plan, effect)
    for kept in row.withheld:
        yield f"  [yellow]withheld[/] {plain(kept.field)}: {plain(kept.why)}"
    yield ""


def _task(plan: Plan, effect: Effect) -> Iterator[str]:
    subject = str(effect.task.get("subject") or "")
    if not subject:
        return
    owner = str(effect.task.get("owner") or "")
    name = plan.owners.get(owner) or owner
    what = "hand-off" if effect.kind == HANDOFF else "task"
    due = str(effect.task.get("due", ""))[:16].replace("T", " ")
    yield f"  [green]{what}[/] {plain(subject)}{f', for {plain(name)}' if name else ''}, due {plain(due)} UTC"
    for more in effect.task.get("more") or ():
        yield f"    [green]follow-up[/] {plain(str(more.get('subject', '')))}"
    if effect.task.get("note"):
        yield f"    [green]note[/] {plain(str(effect.task['note'].get('title', '')))}"


def _value(value: object) -> str:
    return "[dim]—[/]" if value is None else plain(str(value))


def applied(applying: Apply, found: Summary, path: Path) -> Iterator[RenderableType]:
    """What was written, and what was refused."""
    plan = applying.plan
    if not found.read and found.complete:
        why = "this plan was applied already" if plan.sends else "nothing in this plan is to be written"
        yield f"[green]✓[/] {plain(plan.job)}: {why}. Nothing was done."
        return
    mark = "[yellow]![/]" if found.attention else "[green]✓[/]"
    yield f"{mark} [bold]{plain(plan.job)}[/]  {found.seconds:.1f} s, {found.api_calls} API calls"
    before = f" ({applying.before:,} of them by an earlier application)" if applying.before else ""
    told = [f"{found.done:,} of {counted(found.read, 'lead')} done{before}"]
    told += [f"{found.tasks_created:,} handed off or given a task"] if found.tasks_created else []
    told += [f"{found.pending:,} pending"] if found.pending else []
    told += [f"{found.parked:,} refused by the CRM: leadrelay parked {plain(plan.job)}"] if found.parked else []
    yield f"{'; '.join(told)}."
    yield from _refused(applying)
    if found.pending or not found.complete:
        yield f"To go on with it: leadrelay apply {pasted(path)}"
    if found.done:
        yield f"To undo it: leadrelay rollback {plain(plan.run)}"


def _refused(applying: Apply) -> Iterator[RenderableType]:
    if not applying.refused:
        return
    table = grid("lead", "left alone, because")
    for one in applying.refused[:_MOST_REFUSED]:
        table.add_row(plain(one.id), plain(one.why))
    yield table
    more = f"; the first {_MOST_REFUSED}, all with --json" if len(applying.refused) > _MOST_REFUSED else ""
    yield f"{counted(len(applying.refused), 'lead')} left alone{more}. The next plan, or run, decides about them anew."


def ended(found: Ended, job: str) -> Iterator[RenderableType]:
    """What a turn of a job with approval came to."""
    for applying, summary in zip(found.applied, found.summaries, strict=True):
        yield from applied(applying, summary, Path("FILE"))
    name = plain(found.path)
    if found.plan is not None:
        yield from _counts(found.plan)
        yield from ahead(found.plan)
    told = {
        Waits.NOTHING: f"[green]✓[/] {plain(job)}: nothing is to be changed.",
        Waits.MADE: f"[yellow]![/] A plan waits for approval: {name}",
        Waits.SAME: f"[yellow]![/] A plan waits for approval still: {name}",
        Waits.REJECTED: f"[green]✓[/] {plain(job)}: all that would be changed was rejected.",
        Waits.BEGUN: "[yellow]![/] An approved plan is not through yet: the next turn goes on with it.",
    }
    yield told[found.waits]
    if found.waits in {Waits.MADE, Waits.SAME}:
        path = pasted(found.path)
        yield f"Look at it: leadrelay show {path}    Then: leadrelay approve {path}, or reject"


def listed(found: Sequence[PlanRecord]) -> Iterator[RenderableType]:
    """Plans, the latest first."""
    if not found:
        yield "No plan was made yet: leadrelay plan JOB --out FILE"
        return
    table = grid("plan", "job", "made (UTC)", "leads", "state", "by", "file")
    for one in found:
        by = f"{one.by} {one.at:%m-%d %H:%M}{f': {one.note}' if one.note else ''}" if one.at else ""
        made_at = f"{one.made_at:%Y-%m-%d %H:%M}"
        cells = (plain(one.job), made_at, f"{one.leads:,}", _STATES[one.state], plain(by), plain(one.file))
        table.add_row(plain(one.run), *cells)
    yield table


def decided(one: PlanRecord) -> Iterator[RenderableType]:
    """What was decided, about what."""
    verb = "approved" if one.state is PlanState.APPROVED else "rejected"
    yield f"[green]✓[/] The plan {plain(one.run)} of {plain(one.job)} is {verb} by {plain(one.by)}."
    if one.state is PlanState.APPROVED:
        yield f"What stands in it now is what counts: sha256 {one.sha256}"
        yield f"Applied by leadrelay serve, where approval = true; by hand: leadrelay apply {pasted(one.file)}"


def record_json(one: PlanRecord) -> dict[str, Any]:
    """As `plans --json` prints it."""
    return asdict(one)
