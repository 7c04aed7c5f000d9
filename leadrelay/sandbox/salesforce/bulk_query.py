"""Bulk API 2.0 query jobs: made, awaited, and read as CSV page by page."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import timedelta

from leadrelay.sandbox.salesforce import ids, query
from leadrelay.sandbox.salesforce.bulk_jobs import CSV, Job, bad_state, csv_text, form_of, found, listed
from leadrelay.sandbox.salesforce.errors import bad
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.payload import count_of
from leadrelay.sandbox.salesforce.query import QueryResult
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.salesforce.sobjects import json_object
from leadrelay.sandbox.wire import Request, Response, Router

MOST_A_DAY = 10_000
_BASE = "/services/data/v{version}/jobs/query"
_FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)


@dataclass
class QueryJob(Job):
    """A job and the ids that its query found; rows are read when a page is asked for."""

    result: QueryResult = field(kw_only=True)


class BulkQuery:
    """The query jobs of an org, for as long as the process lives."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._jobs: dict[str, QueryJob] = {}

    def add_routes(self, router: Router) -> None:
        router.add("POST", _BASE, self._create)
        router.add("GET", _BASE, self._list)
        router.add("GET", _BASE + "/{job}/results", self._results)
        router.add("GET", _BASE + "/{job}", self._get)
        router.add("PATCH", _BASE + "/{job}", self._abort)
        router.add("DELETE", _BASE + "/{job}", self._delete)

    def left_today(self) -> tuple[int, int]:
        """How many jobs may still be made in these 24 hours, and of how many."""
        since = self._org.now() - timedelta(days=1)
        return MOST_A_DAY - sum(job.created > since for job in self._jobs.values()), MOST_A_DAY

    def clear(self) -> None:
        self._jobs.clear()

    def _create(self, request: Request) -> Response:
        body = json_object(request)
        operation, soql = str(body.get("operation")), body.get("query")
        if operation not in {"query", "queryAll"} or not isinstance(soql, str):
            raise bad("INVALIDJOB", "operation must be query or queryAll, and query a SOQL statement")
        if self.left_today()[0] <= 0:
            raise bad("LIMIT_EXCEEDED", f"Max bulk v2 query jobs ({MOST_A_DAY}) per 24 hrs has been reached")
        delimiter, ending = form_of(body)
        result = query.run(self._org, soql, operation == "queryAll", bulk=True)
        source = _FROM.search(soql)
        job = QueryJob(
            id=ids.take(self._org.store, "AsyncApexJob")[0],
            operation=operation,
            object_name=source.group(1) if source else "",
            version=float(request.parts["version"]),
            delimiter=delimiter,
            line_ending=ending,
            user_id=self._org.user_id(),
            created=self._org.now(),
            state="UploadComplete",
            result=result,
        )
        self._jobs[job.id] = job
        return Response(200, job.described("V2Query"))

    def _list(self, _: Request) -> Response:
        return listed([self._advanced(job).described("V2Query") for job in self._jobs.values()])

    def _get(self, request: Request) -> Response:
        job = self._found(request)
        done = job.state == "JobComplete"
        return Response(
            200,
            {
                **job.described("V2Query"),
                "numberRecordsProcessed": job.result.total if done else 0,
                "retries": 0,
                "totalProcessingTime": int(setting(self._org, "bulk_seconds") * 1000) if done else 0,
                "isPkChunkingSupported": True,
            },
        )

    def _abort(self, request: Request) -> Response:
        job = self._found(request)
        if json_object(request).get("state") != "Aborted":
            raise bad_state("the only state that a query job can be set to is Aborted")
        if job.state == "JobComplete":
            raise bad_state("Aborting already Completed Job not allowed")
        job.state = "Aborted"
        return Response(200, job.described("V2Query"))

    def _delete(self, request: Request) -> Response:
        job = self._found(request)
        if job.state not in {"JobComplete", "Aborted", "Failed"}:
            raise bad_state(f"Job must be completed, aborted or failed to be deleted; it is {job.state}")
        del self._jobs[job.id]
        return Response(204)

    def _results(self, request: Request) -> Response:
        job = self._found(request)
        if job.state != "JobComplete":
            raise bad_state(f"Job must be completed for its results to be read; it is {job.state}")
        start = _place(request.query.get("locator", ""), job.result.total)
        wanted = _count(request.query.get("maxRecords") or str(setting(self._org, "bulk_rows")))
        body, count = csv_text(job, job.result.columns, job.result.csv_rows(start, wanted))
        # Rows that went to the bin since the query are left out, so a page may be short.
        after = start + wanted
        headers = {
            "Sforce-NumberOfRecords": str(count),
            "Sforce-Locator": _locator(after) if after < job.result.total else "null",
        }
        return Response(200, body, headers, CSV)

    def _found(self, request: Request) -> QueryJob:
        return self._advanced(found(self._jobs, request.parts["job"]))

    def _advanced(self, job: QueryJob) -> QueryJob:
        """A job is at work for a while, though its query was answered when it was made."""
        if job.state == "UploadComplete":
            job.state = "InProgress"
        if job.state == "InProgress" and self._org.now() >= job.created + timedelta(
            seconds=setting(self._org, "bulk_seconds")
        ):
            job.state = "JobComplete"
        return job


def _locator(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _place(locator: str, total: int) -> int:
    if locator in {"", "null"}:
        return 0
    try:
        place = int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        place = -1
    if not 0 <= place <= total:
        raise bad("INVALID_LOCATOR", "invalid locator")
    return place


def _count(text: str) -> int:
    count = count_of(text)
    if not count:
        raise bad("INVALID_INPUT", "maxRecords must be a positive whole number")
    return count
