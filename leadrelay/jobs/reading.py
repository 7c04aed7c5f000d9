"""What a job reads, for a run as for its preview, and who looks on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Protocol, TypeVar

import polars as pl

from leadrelay.connectors.base import Cursor, Page
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.desk import Job
from leadrelay.state.store import Store

T = TypeVar("T")

_TOGETHER = 1_000
"""Records asked for by their ids at a time."""


class Watch(Protocol):
    """Somebody who looks on: a progress bar, or nobody."""

    def expect(self, leads: int) -> None:
        """So many leads will be read."""
        ...

    def advance(self, leads: int) -> None:
        """So many more leads are settled."""
        ...

    def look_up(self, under_way: int) -> None:
        """So many look-ups are under way at this moment."""
        ...


class Nobody:
    """Looks on without a word."""

    def expect(self, leads: int) -> None: ...

    def advance(self, leads: int) -> None: ...

    def look_up(self, under_way: int) -> None: ...


def pages(job: Job, cursor: Cursor | None, watch: Watch) -> Iterator[Page]:
    """What changed since the cursor."""
    for page in job.connector.changes(job.mapping.crm_fields(), cursor):
        if page.total is not None:
            watch.expect(page.total)
        yield page


def foreseen(
    job: Job,
    store: Store,
    cursor: Cursor | None,
    now: datetime,
    watch: Watch,
    reached: Callable[[Cursor], None] = lambda _: None,
) -> Iterator[pl.DataFrame]:
    """Every record that a run would read: what changed, what an earlier run left, and what is due because of time.

    `reached`: is told how far the walk has come.
    """
    seen = set[str]()
    for page in pages(job, cursor, watch):
        yield page.records
        if page.cursor is not None:
            reached(page.cursor)
        seen.update(page.records["id"] if cursor else ())
    if cursor is None:  # that was all there is
        return
    unanswered = store.assignments.due(job.name, now) if job.playbook.sla else iter(())
    for leads in (store.outbox.leads_unfinished(job.name), store.memory.due(job.name, now), unanswered):
        for page, _ in leftovers(job, (lead for lead in leads if lead not in seen)):
            yield page.records
            seen.update(page.records["id"])


def leftovers(job: Job, leads: Iterable[str]) -> Iterator[tuple[Page, list[str]]]:
    """These records, whether they changed or not; with each page those that are gone, and not only out of sight."""
    for chunk in in_pieces(leads, _TOGETHER):
        page = job.connector.fetch(chunk, job.mapping.crm_fields())
        yield page, sorted(set(chunk).difference(page.records["id"], page.hidden))


def in_pieces(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`, in order."""
    remaining = iter(things)
    while piece := list(islice(remaining, size)):
        yield piece


def one_record(job: Job, lead: str, command: str = "explain") -> pl.DataFrame:
    """The record that a command is asked about; a `ConfigError` where the CRM has none."""
    records = job.connector.fetch([lead], job.mapping.crm_fields()).records
    if records.is_empty():
        cure = f"Take the record's id from the CRM, or from: leadrelay plan {job.name} --all"
        raise ConfigError([Problem(f"{command} {job.name}", f"{job.mapping.object} has no record with this id.", cure)])
    return records
