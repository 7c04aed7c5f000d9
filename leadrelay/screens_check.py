"""What `check` found, section by section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType

from leadrelay.findings import Finding, Level
from leadrelay.terminal import plain

_MARKS = {Level.OK: "[green]✓[/]", Level.HINT: "[blue]·[/]", Level.WARNING: "[yellow]![/]", Level.ERROR: "[red]✗[/]"}
_ORDER = (Level.OK, Level.ERROR, Level.WARNING, Level.HINT)
_KINDS = ((Level.ERROR, "error", "red"), (Level.WARNING, "warning", "yellow"), (Level.HINT, "hint", "blue"))


def report(findings: Sequence[Finding], *, saved: bool = False) -> Iterator[RenderableType]:
    """By section, what is right first and then the worst; where it is and how to mend it below each."""
    for section, lines in groupby(findings, key=lambda finding: finding.section):
        yield f"[bold]{plain(section)}[/]"
        for line in sorted(lines, key=lambda line: _ORDER.index(line.level)):
            yield f"  {_MARKS[line.level]} {plain(line.message)}"
            if line.place or line.cure:
                yield f"      [dim]{plain(': '.join(filter(None, [line.place, line.cure])))}[/]"
    counts = Counter(finding.level for finding in findings)
    yield f"\n{_counted(counts)} {_next(findings, counts, saved=saved)}"


def _counted(counts: Counter[Level]) -> str:
    told = [f"[{colour}]{n} {word}{'s' * (n != 1)}[/]" for level, word, colour in _KINDS if (n := counts[level])]
    return f"{', '.join(told)}." if told else "[green]✓[/] Nothing to mend."


def _next(findings: Sequence[Finding], counts: Counter[Level], *, saved: bool) -> str:
    """What to do now."""
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    if errors and all(finding.endured for finding in errors):
        return "These jobs go on without what is gone. Mend it, then: leadrelay check"
    if errors:
        return "Mend the errors before these jobs may run, then: leadrelay check"
    if saved:
        return "Where the CRM can be reached: leadrelay check"
    look = "Look at the warnings, then at" if counts[Level.WARNING] else "Next, look at"
    return f"{look} what a run would write: leadrelay plan {_job(findings)} --out plan.json"


def _job(findings: Sequence[Finding]) -> str:
    """The only job that was looked at, or the word for any."""
    jobs = {one.section.removesuffix(_OF_JOB) for one in findings if one.section.endswith(_OF_JOB)}
    return plain(jobs.pop()) if len(jobs) == 1 else "JOB"


_OF_JOB = ": schedule"
