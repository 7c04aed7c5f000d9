"""What a job reads, for a run as for its preview, and who looks on meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from leadrelay.connectors.base import Cursor, Page
from leadrelay.jobs.desk import Job


class Watch(Protocol):
    """Somebody who looks on: a progress bar, or nobody."""

    def expect(self, leads: int) -> None:
        """So many leads will be read."""
        ...

    def advance(self, leads: int) -> None:
        """So many more leads are settled."""
        ...


class Nobody:
    """Looks on without a word."""

    def expect(self, leads: int) -> None: ...

    def advance(self, leads: int) -> None: ...


def pages(job: Job, cursor: Cursor | None, unsettled: Iterable[str], watch: Watch) -> Iterator[Page]:
    """What changed since the cursor; then those leads that an earlier run left unsettled and that did not change."""
    fields, left = job.mapping.crm_fields(), set(unsettled)
    for page in job.connector.changes(fields, cursor):
        if page.total is not None:
            watch.expect(page.total + len(left))
        left.difference_update(page.records["id"])
        yield page
    if left:
        yield Page(job.connector.fetch(sorted(left), fields), None)
