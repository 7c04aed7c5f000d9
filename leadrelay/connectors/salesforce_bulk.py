"""Reading Salesforce through Bulk API 2.0: one job, results as CSV. Cheaper in calls and work from some 20,000 rows on.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_create_job.htm
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec
import polars as pl

from leadrelay.connectors import frames
from leadrelay.connectors.base import Page
from leadrelay.connectors.moments import asked_at, server_time
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_query import Walk, refuse_missing, shaped
from leadrelay.connectors.transport import Answer, Broken, Rejection
from leadrelay.errors import CrmError, Unavailable, Unexpected

_FORM = {"operation": "query", "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
_CSV = {"Accept": "text/csv"}
_ENDED = frozenset({"JobComplete", "Failed", "Aborted"})
_FIRST_LOOK, _LONGEST_PAUSE, _LONGEST_JOB = 0.25, 10.0, 3600.0


class BulkRefused(Exception):
    """Bulk API 2.0 will not do this query; nothing has been read yet. `rejection`: where it said why."""

    def __init__(self, code: str, rejection: Rejection | None = None) -> None:
        super().__init__(code)
        self.rejection = rejection


class _Job(msgspec.Struct, rename="camel"):
    id: str
    state: str
    number_records_processed: int = 0
    moment: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class _Results:
    frame: pl.DataFrame
    locator: str


class BulkReader:
    """Query jobs of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._pace = account.transport.pace

    def pages(self, walk: Walk) -> Iterator[Page]:
        """The pages of a walk. They come in no order, so that only the last one moves the cursor."""
        job = self._created(walk)
        try:
            begun = walk.begun(job.moment, job.as_of)
            if begun.since != walk.since:
                yield from self.pages(begun)
                return
            job = self._completed(job)
            yield from self._results(begun, job)
        finally:
            self._tidy(job)

    def _created(self, walk: Walk) -> _Job:
        # Ordered queries are split less well on Salesforce's side, and we need no order here.
        body = {**_FORM, "query": walk.query(ordered=False)}
        try:
            return self._account.call(lambda client: client.restful("jobs/query", method="POST", json=body), _job)
        except Rejection as no:
            raise BulkRefused(no.code, no) from None

    def _completed(self, job: _Job) -> _Job:
        deadline = self._pace.clock() + _LONGEST_JOB
        pause, path = _FIRST_LOOK, f"jobs/query/{job.id}"
        while job.state not in _ENDED:
            if self._pace.clock() > deadline:
                raise Unavailable(f"{self._account.settings.place}: a bulk query took longer than an hour.")
            self._pace.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)
            job = self._account.call(lambda client: client.restful(path), _job)
        if job.state != "JobComplete":
            raise BulkRefused(job.state)
        return job

    def _results(self, walk: Walk, job: _Job) -> Iterator[Page]:
        rows, locator = 0, ""
        while locator != "null":
            results = self._result(walk, job, locator)
            if results.locator == locator:
                raise Unexpected(f"{self._account.settings.place}: the results of a bulk query do not get ahead.")
            rows, locator = rows + results.frame.height, results.locator
            last = locator == "null"
            if last and rows != job.number_records_processed:
                raise Unexpected(f"{self._account.settings.place}: a bulk query gave too few records. Run again.")
            frame, cursor = self._framed(results.frame, walk), walk.end if last else None
            yield Page(frame, cursor, job.number_records_processed, walk.as_of)

    def _result(self, walk: Walk, job: _Job, locator: str) -> _Results:
        params = {"maxRecords": self._account.settings.frame_rows} | ({"locator": locator} if locator else {})
        path = f"jobs/query/{job.id}/results"
        return self._account.call(
            lambda client: client.restful(path, params=params, headers=_CSV),
            lambda answer: _table(answer, walk.columns),
        )

    def _framed(self, frame: pl.DataFrame, walk: Walk) -> pl.DataFrame:
        spelling = frames.header_spelling(frame.columns, walk.columns)
        refuse_missing(self._account.settings.place, walk, spelling)
        return shaped(frame, walk, spelling)

    def _tidy(self, job: _Job) -> None:
        """Results take room in the organisation for a week; what cannot be deleted goes then."""
        path = f"jobs/query/{job.id}"
        if job.state not in _ENDED:
            with suppress(CrmError):  # it may have ended in the meantime
                self._account.call(
                    lambda client: client.restful(path, method="PATCH", json={"state": "Aborted"}), lambda _: None
                )
        with suppress(CrmError):
            self._account.call(lambda client: client.restful(path, method="DELETE"), lambda _: None)


def _job(answer: Answer) -> _Job:
    job = msgspec.json.decode(answer.body, type=_Job)
    job.moment, job.as_of = server_time(answer), asked_at(answer)
    return job


def _table(answer: Answer, columns: Sequence[str]) -> _Results:
    try:
        count = int(answer.headers.get("Sforce-NumberOfRecords", ""))
    except ValueError:
        raise Broken("no count of records") from None
    frame = frames.table(answer.body) if count else frames.texts(columns)
    return _Results(frames.whole(frame, count), answer.headers.get("Sforce-Locator", "null"))
