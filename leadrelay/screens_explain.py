"""The screen of `explain`: one lead, through every step of the playbook, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from leadrelay.core.found import CriterionFound, Finding, Named
from leadrelay.core.trace import Trace
from leadrelay.jobs.preview import Explanation
from leadrelay.screens import lead_plan
from leadrelay.screens_people import group
from leadrelay.screens_tables import grid
from leadrelay.terminal import plain

_VERDICTS = {"met": "[green]✓[/]", "unmet": "[red]✗[/]", "unknown": "[dim]?[/]", "contradicted": "[yellow]![/]"}
_HOLDS = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[dim]?[/]"}


def explanation(found: Explanation) -> Iterator[RenderableType]:
    """One lead, through every step."""
    trace = found.trace
    yield f"[bold]{plain(found.plan.lead)}[/]  [dim]{plain(found.plan.link)}[/]"
    yield "   ".join(_standing(trace))
    yield from others(found)
    yield "\n[bold]BANT[/]"
    yield _criteria(trace)
    if question := trace.outputs["question"]:
        yield f"  [dim]ask next:[/] {plain(question)}"
    yield "\n[bold]Score[/]"
    yield _scores(trace)
    yield "\n[bold]Qualification[/]"
    yield _qualification(trace)
    if trace.gate:
        yield "\n[bold]Gate[/]"
        yield from _gate(trace)
    if trace.recycling:
        yield "\n[bold]Recycling[/]"
        yield _lines(trace.because("recycled"))
    yield "\n[bold]Stage[/]"
    yield _lines(trace.because("stage"))
    yield "\n[bold]Hand-off[/]"
    yield _handoff(found)
    yield from whose(found)
    if touched := [topic for topic in trace.topics if topic.finding and topic.finding.holds]:
        yield "\n[bold]Topics[/]"
        yield _named(touched)
    yield "\n[bold]What a run would write[/]"
    if found.plan.changes or found.plan.withheld or found.plan.task or found.plan.steps:
        yield from list(lead_plan(found.plan))[1:]
    else:
        yield "  nothing: the CRM holds all of it"


def others(found: Explanation) -> Iterator[RenderableType]:
    """What others know of the lead, which leads are the same person, and who decides with it."""
    if found.enriched:
        yield "\n[bold]Enrichment[/]"
        yield from (_source(told.lines()) for told in found.enriched)
    if found.outlook:
        yield _lines(list(found.outlook.lines()))
    if found.duplicates:
        yield f"\n[bold]The same person[/]\n  {plain(', '.join(found.duplicates))}"
    if found.group:
        yield "\n[bold]Decision group[/]"
        yield from group(found.group)


def whose(found: Explanation) -> Iterator[RenderableType]:
    """Whose the lead is and why, and what was promised for it."""
    trace = found.trace
    if trace.territories:
        yield "\n[bold]Assignment[/]"
        yield _lines([_team(trace), *trace.because("team")])
    if found.owner:
        yield "\n[bold]Owner[/]"
        yield _lines(found.owner.lines())
    if found.clock:
        yield "\n[bold]First response[/]"
        yield _lines(found.clock.lines())


def _standing(trace: Trace) -> Iterator[str]:
    """Such as `stage mql   score 45   grade B4`; what the playbook does not give is left out."""
    for name in ("stage", "score", "grade", "band", "qualification"):
        value = trace.outputs[name]
        if value is not None:
            yield f"{name} [bold]{plain(str(value))}[/]"
    yield f"side [bold]{plain(trace.outputs['side'])}[/]"
    if held := trace.outputs["stage_held"]:
        yield f"[yellow]held back from[/] [bold]{plain(held)}[/]"
    if trace.outputs["recycled"]:
        yield f"in nurture until [bold]{trace.outputs['reengage_on']}[/]"


def _team(trace: Trace) -> str:
    team, rule = trace.outputs["team"], trace.outputs["territory"]
    return f"{team}, by rule {rule}" if team else "no rule speaks for the lead"


def _lines(lines: Iterable[str]) -> Padding:
    """The first is the answer, the others say what else was tried."""
    table = grid("")
    table.show_header = False
    table.columns[0].no_wrap = False
    for place, line in enumerate(lines):
        table.add_row(plain(line), style="dim" if place else "")
    return Padding(table, (0, 0, 0, 2))


def _source(lines: Iterable[str]) -> RenderableType:
    """The first line tells what is used; who said something else, or nothing, stands below it."""
    first, *rest = lines
    return Group(_lines([first]), Padding(_lines(rest), (0, 0, 0, 2))) if rest else _lines([first])


def _criteria(trace: Trace) -> Table:
    table = _marked()
    for found in trace.criteria:
        table.add_row(_VERDICTS[found.verdict], found.criterion, found.verdict, plain(_evidence(found)))
    return table


def _evidence(found: CriterionFound) -> str:
    """What speaks for it, and how long that counts."""
    if not found.age or (found.verdict == "unknown" and not found.age.expired):
        return found.in_short
    lasts = f"answers count for {found.age.expires_after}"
    return "\n".join(filter(None, [found.in_short, f"{found.age}; {lasts}"]))


def _scores(trace: Trace) -> Table:
    table = grid("", "points", "why")
    table.columns[1].justify = "right"
    for output in ("contact_fit", "organisation_fit", "engagement", "intent", "bant_score"):
        for reason, rule in trace.told(output):
            if rule:
                table.add_row(f"  {plain(rule.rule)}", f"{rule.points:+}", plain(rule.finding.known))
            else:
                table.add_row("", "", f"[dim]{plain(reason)}[/]")
        table.add_row(f"[bold]{output.replace('_', ' ')}[/]", f"[bold]{trace.outputs[output]}[/]", "")
    capped = ", ".join(trace.capped[output] for output in ("fit", "score") if output in trace.capped)
    table.add_row("[bold]score[/]", f"[bold]{trace.outputs['score']}[/]", plain(capped))
    return table


def _qualification(trace: Trace) -> Table:
    table = _marked()
    mark = _HOLDS[trace.outputs["qualified"]]
    words = "qualified" if trace.outputs["qualified"] else "not qualified"
    table.add_row(mark, words, "", plain(_why(trace.qualification)))
    for found in trace.disqualifiers:
        if found.finding and found.finding.holds:
            table.add_row(_HOLDS[False], "disqualified", "", plain(f"{found.label}: {found.finding}"))
    for status in trace.statuses:
        if status.name == trace.outputs["qualification"]:
            why = str(status.finding) if status.finding else "no other status takes it"
            table.add_row("", f"status {plain(status.label)}", "", plain(why))
    return table


def _gate(trace: Trace) -> Iterator[RenderableType]:
    lacking = [found for found in trace.gate if not (found.finding and found.finding.holds)]
    yield f"  lacks {len(lacking)} of {len(trace.gate)}" if lacking else "  passed"
    yield _named(trace.gate)


def _named(found: Iterable[Named]) -> Table:
    table = _marked()
    for one in found:
        if one.finding:
            table.add_row(_HOLDS[one.finding.holds], plain(one.label), "", plain(_why(one.finding)))
    return table


def _why(finding: Finding) -> str:
    """The predicate with the values that it looked at."""
    return str(finding) if finding.holds else f"{finding.word}: {finding}"


def _handoff(found: Explanation) -> RenderableType:
    finding = found.trace.handoff
    if finding is None:
        return "  the playbook has no [handoff]: nobody is handed off".replace("[", "\\[")
    words = "to be handed off" if finding.holds else "not handed off"
    table = _marked()
    table.add_row(_HOLDS[finding.holds], words, "", plain("\n".join(filter(None, [_why(finding), found.no_task]))))
    return table


def _marked() -> Table:
    """A mark, a name, a word, and why."""
    table = grid("", "", "", "")
    table.show_header = False
    table.columns[0].min_width = 3
    table.columns[0].justify = "right"
    return table
