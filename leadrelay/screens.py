"""The screens: values in, Rich renderables out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from leadrelay import screens_providers
from leadrelay.connectors.base import FieldInfo
from leadrelay.jobs.overview import JobStatus
from leadrelay.jobs.preview import LeadPlan, Preview
from leadrelay.jobs.rollback import Rollback
from leadrelay.jobs.summary import Summary
from leadrelay.screens_tables import bar, counted, grid
from leadrelay.state.values import AuditRow, RunRecord, Waiting
from leadrelay.terminal import plain

_OUTCOMES = {
    "done": "green",
    "attention": "yellow",
    "paused": "yellow",
    "stopped": "red",
    "failed": "red",
    "running": "cyan",
}


def summary(found: Summary) -> Iterator[RenderableType]:
    """What a run did."""
    mark = "[yellow]![/]" if found.attention else "[green]✓[/]"
    yield f"{mark} [bold]{plain(found.job)}[/]  {found.seconds:.1f} s, {found.api_calls} API calls"
    yield _accounts(found)
    if found.due:
        yield f"Of those read, {found.due:,} because time has passed."
    made = found.tasks_created - found.reminded - found.escalated - found.reassigned - found.topics
    if made or found.tasks_found:
        there = f", {found.tasks_found:,} were there already" if found.tasks_found else ""
        yield f"{counted(made, 'lead')} handed off with a task{there}."
    if found.assigned:
        yield f"{counted(found.assigned, 'lead')} got an owner."
    if found.returned:
        yield f"{counted(found.returned, 'lead')} came back from sales."
    yield from _cared_for(found)
    yield from screens_providers.enrichment(found)
    if found.duplicates:
        people = "is a person who was a lead" if found.duplicates == 1 else "are people who were leads"
        yield f"{counted(found.duplicates, 'lead')} {people} already: leadrelay duplicates {plain(found.job)}"
    if found.stages and found.changed:
        yield _bars("stage", dict(found.stages))
    yield from _advice(found)


def _cared_for(found: Summary) -> Iterator[str]:
    """First responses and topics, where there were any."""
    counts = {
        "answered": found.answered,
        "reminded": found.reminded,
        "reassigned": found.reassigned,
        "escalated": found.escalated,
    }
    if any(counts.values()):
        told = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
        yield f"First responses: {told}."
    if found.topics:
        yield f"{counted(found.topics, 'task')} for topics."


def _accounts(found: Summary) -> Table:
    table = grid("read", "= unchanged", "+ done", "+ pending", "+ parked", "", "qualified", "withheld fields")
    for column in table.columns:
        column.justify = "right"
    numbers = (found.read, found.unchanged, found.done, found.pending, found.parked)
    table.add_row(*[f"{number:,}" for number in numbers], "", f"{found.qualified:,}", f"{found.withheld:,}")
    return table


def _bars(title: str, counts: dict[str, int]) -> Table:
    table, most = grid(title, "leads", ""), max(counts.values())
    table.columns[1].justify = "right"
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(plain(name), f"{count:,}", bar(count, most, 30))
    return table


def _advice(found: Summary) -> Iterator[str]:
    if not found.complete:
        yield "Stopped early, as asked. The next run goes on from here."
    if found.parked or found.pending:
        yield f"See why leads wait: leadrelay parked {plain(found.job)}"
    if found.withheld:
        yield f"Fields that a person changed were left alone: leadrelay plan {plain(found.job)} --all"
    if found.crossed:
        yield f"{found.crossed:,} fields were changed by a person at the same moment; the person's value was put back."
    if found.ignored:
        yield f"{found.ignored:,} fields stay as they are: HubSpot takes no lifecycle stage back."
    if found.missing:
        yield _gone(found.missing)
    for trouble, count in found.failed_templates.items():
        yield f"[yellow]![/] {plain(trouble)} ({counted(count, 'lead')})"
    if found.misfits:
        yield f"{found.misfits:,} leads have a value that does not fit its field's type; it counts as not given."


def _gone(missing: Sequence[str]) -> str:
    gone = plain(", ".join(missing))
    return f"[red]The CRM has no field {gone} any more, or of another type.[/] What depends on it is not scored."


def preview(found: Preview) -> Iterator[RenderableType]:
    """What a run would write, field by field, and why."""
    if found.missing:
        yield _gone(found.missing)
    if not found.changed and not found.withheld:
        yield from screens_providers.would_ask(found.enrichment)
        yield f"[green]✓[/] Nothing to write: {counted(found.read, 'lead')} read. With --all every lead is looked at."
        return
    for lead in found.leads:
        yield from lead_plan(lead)
    yield from screens_providers.would_ask(found.enrichment)
    counts = f"{counted(found.read, 'lead')} read, {found.changed:,} would change, {found.tasks:,} of them handed off, "
    counts += f"{found.assigned:,} given to another owner, " if found.assigned else ""
    counts += f"{counted(found.steps, 'further task')}, " if found.steps else ""
    counts += f"{counted(found.withheld, 'field')} withheld."
    first = f"the first {len(found.leads)}" if found.leads else "none"
    more = f" Shown: {first}; more with --limit, all with --json." if _cut_short(found) else ""
    yield f"{counts}{more} Nothing was written."


def _cut_short(found: Preview) -> bool:
    return found.shown is not None and len(found.leads) == found.shown


def lead_plan(lead: LeadPlan) -> Iterator[RenderableType]:
    """One lead, and every field that would be written."""
    yield f"[bold]{plain(lead.lead)}[/]  [dim]{plain(lead.link)}[/]"
    if lead.changes:
        table = grid("field", "old", "new", "why")
        for change in lead.changes:
            table.add_row(plain(change.field), _value(change.old), _value(change.new), plain(change.in_short))
        yield table
    if lead.task:
        yield f"  [green]hand-off[/] {plain(lead.task)}"
    for step in lead.steps:
        yield f"  [green]task[/] {plain(step)}"
    for kept in lead.withheld:
        yield f"  [yellow]withheld[/] {plain(kept.field)}: {plain(kept.why)}"
    yield ""


def _value(value: object) -> str:
    return "[dim]—[/]" if value is None else plain(str(value))


def as_json(found: Iterable[FieldInfo | Waiting | RunRecord | AuditRow]) -> list[dict[str, Any]]:
    """The same as these screens show, for programs."""
    return [asdict(one) for one in found]


def status(rows: Sequence[JobStatus]) -> Iterator[RenderableType]:
    """How the jobs stand."""
    table = grid("job", "schedule (UTC)", "last run", "outcome", "read", "done", "pending", "parked", "due")
    for row in rows:
        last = row.last
        done = [str(last.summary.get(name, "")) for name in ("read", "done")] if last else ["", ""]
        outcome = f"[{_OUTCOMES.get(last.outcome, 'white')}]{_spoken(last.outcome)}[/]" if last else ""
        table.add_row(
            plain(row.job),
            plain(row.schedule or "by hand"),
            f"{_span(row.now - last.started_at)} ago" if last else "never",
            outcome,
            *done,
            str(row.pending),
            str(row.parked),
            f"in {_span(row.due - row.now)}" if row.due else "",
        )
    yield table
    for row in rows:
        yield from _late(row)


def _late(row: JobStatus) -> Iterator[str]:
    """What waits for approval, what owners owe, and what has been in its stage for too long."""
    if row.plans:
        yield f"{plain(row.job)}  {counted(row.plans, 'plan')} for approval: leadrelay plans {plain(row.job)}"
    if (found := row.promised) is not None:
        due = f", next due in {_span(found.next_due - row.now)}" if found.next_due else ""
        steps = f"; {found.waiting:,} for the next run" if found.waiting else ""
        late = f"[yellow]{found.late:,} late[/]" if found.late else "none late"
        yield f"{plain(row.job)}  first responses: {found.open:,} open, {late}{due}{steps}"
    if row.overdue is not None:
        told = ", ".join(f"{plain(stage)} [yellow]{count:,}[/]" for stage, count in row.overdue.items() if count)
        yield f"{plain(row.job)}  in their stage for too long: {told or 'none'}"


def waiting(job: str, leads: Sequence[Waiting]) -> Iterator[RenderableType]:
    """The leads whose write is not settled, grouped by reason."""
    if not leads:
        yield f"[green]✓[/] Nothing waits in {plain(job)}."
        return
    table = grid("lead", "state", "since (UTC)", "tries", "why")
    for lead in leads[:_MOST_WAITING]:
        table.add_row(plain(lead.lead), lead.state, f"{lead.at:%Y-%m-%d %H:%M}", str(lead.attempts), plain(_why(lead)))
    yield table
    if len(leads) > _MOST_WAITING:
        yield f"These are the first {_MOST_WAITING} of {len(leads):,}; all with --json. All of them, by reason:"
        yield from (f"  {count:,} leads: {plain(why)}" for why, count in Counter(map(_why, leads)).most_common())
    if any(lead.state == "parked" for lead in leads):
        yield f"Parked: mend the record or the mapping; the next run then tries again, or: leadrelay retry {plain(job)}"
    if any(lead.state != "parked" for lead in leads):
        yield f"All else goes on by itself: leadrelay run {plain(job)}"


_MOST_WAITING = 20


def _why(lead: Waiting) -> str:
    return f"{lead.code} {lead.message}".strip() or _WAITS.get(lead.state, "")


_WAITS = {
    "planned": "the run ended before it was sent",
    "sending": "the run was cut off before the CRM answered",
    "unknown": "the run was cut off before the CRM answered",
    "retry": "to be tried again, as asked",
}


def rollback(undoing: Rollback, found: Summary, *, dry: bool) -> Iterator[RenderableType]:
    """What was undone, or would be."""
    verb = "would be restored" if dry else "restored"
    mark = "[yellow]![/]" if found.attention and not dry else "[green]✓[/]"
    count = found.changed if dry else found.done
    tasks = f", {undoing.tasks:,} tasks taken back" if undoing.tasks else ""
    yield f"{mark} [bold]{plain(undoing.target)}[/]: {count:,} of {found.read:,} records {verb}{tasks}."
    if undoing.kept:
        table = grid("lead", "field", "left alone, because")
        for kept in undoing.kept[:_MOST_WAITING]:
            table.add_row(plain(kept.id), plain(kept.field), plain(kept.why))
        yield table
        if len(undoing.kept) > _MOST_WAITING:
            yield f"These are the first {_MOST_WAITING} of {len(undoing.kept):,}; all with --json."
    if waits := found.pending + found.parked:
        yield f"{waits:,} records could not be restored yet; why: leadrelay parked {plain(found.job)}"
    if waits or not found.complete:
        yield f"To go on with it: leadrelay rollback {plain(undoing.target)}"
    if not dry:
        yield f"This is a run too: leadrelay rollback {plain(undoing.run)}"
        yield "The next run decides anew: mend the rules first, or it writes its own fields again."
        yield "No lead is handed off again by itself; fields that people may edit keep what they hold now."


def runs(job: str, found: Sequence[RunRecord]) -> Iterator[RenderableType]:
    """A job's runs."""
    if not found:
        yield f"{plain(job)} has not run yet."
        return
    table = grid("run", "began (UTC)", "outcome", "done", "waiting", "tasks")
    for run in found:
        kind = "" if run.kind == "run" else f"{run.kind}, "
        until = f" until {run.paused_until:%H:%M}" if run.paused_until else ""
        outcome = f"[{_OUTCOMES.get(run.outcome, 'white')}]{kind}{_spoken(run.outcome)}{until}[/]"
        waits = run.summary.get("pending", 0) + run.summary.get("parked", 0)
        counts = (run.summary.get("done", ""), waits, run.summary.get("tasks_created", ""))
        table.add_row(plain(run.id), f"{run.started_at:%m-%d %H:%M}", outcome, *map(str, counts))
    yield table
    yield "What one did: leadrelay audit RUN    Undo it: leadrelay rollback RUN"


def audit(run: str, rows: Sequence[AuditRow], limit: int) -> Iterator[RenderableType]:
    """What a run did."""
    told = ("", "")
    for row in rows[:limit]:
        why = row.why if (row.lead, row.why) != told else ""
        told = (row.lead, row.why)
        yield f"[bold]{plain(row.lead)}[/]  {_ACTIONS.get(row.action, row.action)}  [dim]{plain(why)}[/]".rstrip()
        if row.fields:
            table = grid("field", "old", "new")
            for name, (old, new) in row.fields.items():
                table.add_row(plain(name), _value(old), _value(new))
            yield table
    more = f" Shown: the first {limit}; more with --limit, all with --json." if len(rows) > limit else ""
    yield f"{len(rows):,} effects of {plain(run)}.{more}"


_ACTIONS = {
    "write": "written",
    "restore": "a person's value put back",
    "task": "task made",
    "note": "note made",
    "adopt": "its task was there already",
    "withdraw": "task taken back",
    "unknown": "perhaps written; changed by somebody before it could be told",
}


def _spoken(outcome: str) -> str:
    return {"attention": "needs a look", "running": "cut off or running"}.get(outcome, outcome)


def _span(time: timedelta) -> str:
    """How long, as people say it."""
    seconds = max(0, int(time.total_seconds()))
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= 2 * size), (1, "s"))
    return f"{seconds // size} {unit}"


_UNITS = ((86_400, "days"), (3_600, "h"), (60, "min"))
