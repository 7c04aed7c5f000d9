"""The command that tells how lead generation does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadrelay.cli_backtest import expect_file
from leadrelay.cli_common import CONFIG, Config, JobName, Json, now, opened_store
from leadrelay.errors import ConfigError, Problem
from leadrelay.terminal import Terminal

if TYPE_CHECKING:
    from leadrelay.core.report.report import Period

ALL = "all"
_DAY = timedelta(days=1)


def report(
    job: JobName,
    config: Config = CONFIG,
    since: Annotated[str, typer.Option(metavar="DATE", help="The first day, in UTC.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day; today without it.")] = "",
    weeks: Annotated[int, typer.Option(help="So many weeks up to the last day, without --since.", min=1, max=520)] = 12,
    by: Annotated[str, typer.Option(help="Break down by source, team, rep, or all of them.")] = ALL,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one self-contained page with plots.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="From what is kept, without asking the CRM.")] = False,
    json: Json = False,
) -> None:
    """Tell how lead generation does: response, conversion, accuracy, meetings, fairness. Writes nothing to the CRM."""
    from leadrelay import report_html, reporting, screens_report
    from leadrelay.core.report.json import document
    from leadrelay.core.report.report import report as reported
    from leadrelay.jobs.report_facts import collected

    terminal = Terminal(json)
    expect_file("--html", html)
    parts, asked = _parts(by), now()
    period = _period(since, until, weeks, asked)
    with opened_store(config) as (house, store), terminal.watching(job) as watch:
        name = house.job_name(job)
        known = reporting.offline(house, store, name) if offline else reporting.online(house, store, name, now, watch)
        found = reported(collected(store, name, asked), period, known.basis, parts)
    head = {"job": name, "offline": offline, "read": known.read, "api_calls": known.calls, "notes": known.notes}
    if html:
        report_html.write(html, found, head, known.names)
    shown = {**head, **document(found)}
    shown["notes"] = [*known.notes, *found.notes]
    terminal.show(shown, *screens_report.report(found, head, known.names, html))


def _parts(by: str) -> tuple[str, ...]:
    from leadrelay.core.report.report import BY
    from leadrelay.core.toml_text import nearest

    if by == ALL:
        return tuple(BY)
    if by not in BY:
        known = [*BY, ALL]
        cure = nearest(by, known) or f"Known: {', '.join(known)}."
        raise ConfigError([Problem("--by", f"there is no breakdown by '{by}'.", cure)])
    return (by,)


def _period(since: str, until: str, weeks: int, asked: datetime) -> Period:
    """From the Monday so many weeks back, or from a day on, up to and with a day."""
    from leadrelay.core.report.report import WEEK, Period, monday_of

    end = _day("--until", until) + _DAY if until else asked
    begin = _day("--since", since) if since else monday_of(end - timedelta(microseconds=1)) - (weeks - 1) * WEEK
    if begin >= min(end, asked):
        raise ConfigError([Problem("--since", "the period ends before it begins.", "Take an earlier first day.")])
    if end - begin > _MOST_WEEKS * WEEK:
        raise ConfigError([Problem("--since", "is too long ago.", f"Take at most {_MOST_WEEKS} weeks.")])
    return Period(begin, min(end, asked), asked)


_MOST_WEEKS = 521


def _day(option: str, text: str) -> datetime:
    try:
        found = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ConfigError([Problem(option, f"'{text}' is no day.", "Write it as 2026-01-31.")]) from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ConfigError([Problem(option, "lies beyond the reach of calendars.", "Take a day of this century.")])
    return found


_FIRST_YEAR, _LAST_YEAR = 1970, 8999
