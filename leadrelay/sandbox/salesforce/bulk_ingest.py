"""Bulk API 2.0 ingest jobs: CSV is uploaded whole, worked through in the background, and reported row by row."""

from __future__ import annotations

import csv
import email
import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from leadrelay.sandbox.salesforce import ids, objects, payload
from leadrelay.sandbox.salesforce.assignment import Assignment
from leadrelay.sandbox.salesforce.bulk_jobs import (
    CSV,
    DELIMITERS,
    Job,
    bad_state,
    csv_text,
    form_of,
    found,
    listed,
)
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.records import Records, own_key
from leadrelay.sandbox.salesforce.schema import FieldRule, Values
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.salesforce.sobjects import json_object
from leadrelay.sandbox.salesforce.validation import each
from leadrelay.sandbox.salesforce.writes import Caller, Writer
from leadrelay.sandbox.wire import Request, Response, Router

_BASE = "/services/data/v{version}/jobs/ingest"
_OPERATIONS = {"insert", "update", "upsert", "delete"}
_LARGEST = 150_000_000
_LARGEST_PART = 100_000
_BUDGET = 0.5
"""Seconds of work on jobs before any one request; the rest waits for the next."""

Row = list[str]


@dataclass
class IngestJob(Job):
    """A job, its upload, and what became of each row."""

    external_id: str | None = field(kw_only=True, default=None)
    who: Caller = field(kw_only=True)
    data: bytes | None = None
    header: Row = field(default_factory=list)
    rows: Iterator[Row] | None = None
    successful: list[Row] = field(default_factory=list)
    failed: list[Row] = field(default_factory=list)
    unprocessed: list[Row] = field(default_factory=list)


class BulkIngest:
    """The ingest jobs of an org, for as long as the process lives."""

    def __init__(self, org: Org, writer: Writer) -> None:
        self._org = org
        self._writer = writer
        self._records = Records(org.store, writer)
        self._jobs: dict[str, IngestJob] = {}

    def add_routes(self, router: Router) -> None:
        router.add("POST", _BASE, self._create)
        router.add("GET", _BASE, self._list)
        router.add("PUT", _BASE + "/{job}/batches", self._upload)
        router.add("GET", _BASE + "/{job}/successfulResults", self._successful)
        router.add("GET", _BASE + "/{job}/failedResults", self._failed)
        router.add("GET", _BASE + "/{job}/unprocessedrecords", self._unprocessed)
        router.add("GET", _BASE + "/{job}", self._get)
        router.add("PATCH", _BASE + "/{job}", self._set_state)
        router.add("DELETE", _BASE + "/{job}", self._delete)

    def clear(self) -> None:
        self._jobs.clear()

    def work(self) -> None:
        """Go on with the jobs that are due. Called before every request, so that nobody sees that no one else works."""
        due = self._org.now() - timedelta(seconds=setting(self._org, "bulk_seconds")) if self._jobs else None
        end = time.monotonic() + _BUDGET
        for job in self._jobs.values():
            if due and job.started and job.started <= due and job.state in {"UploadComplete", "InProgress"}:
                with self._org.store.transaction():
                    self._work_on(job, end)

    # -- requests ---------------------------------------------------------------------------------------------------

    def _create(self, request: Request) -> Response:
        request, upload = _parted(request)
        body = json_object(request)
        kind = objects.find(self._org.store, str(body.get("object")))
        if kind is None:
            raise bad("INVALIDENTITY", f"Unable to find object: {body.get('object')}")
        operation = str(body.get("operation"))
        if operation == "hardDelete":
            raise bad("FEATURENOTENABLED", "hardDelete operation requires special user profile permission")
        if operation not in _OPERATIONS:
            raise bad("INVALIDJOB", f"Unable to process operation {operation}")
        delimiter, ending = form_of(body)
        rule = Assignment(self._org.store).named(str(body.get("assignmentRuleId") or "FALSE"))
        job = IngestJob(
            id=ids.take(self._org.store, "AsyncApexJob")[0],
            operation=operation,
            object_name=kind.name,
            version=float(request.parts["version"]),
            delimiter=delimiter,
            line_ending=ending,
            user_id=self._org.user_id(),
            created=self._org.now(),
            state="Open",
            external_id=self._external_id(kind, operation, body),
            who=Caller(request.actor, self._org.user_id(), rule),
            data=upload,
        )
        if upload is not None:
            job.state, job.started = "UploadComplete", job.created
        self._jobs[job.id] = job
        return Response(200, _described(job, whole=False))

    def _external_id(self, kind: ObjectType, operation: str, body: Mapping[str, Any]) -> str | None:
        if operation != "upsert":
            return None
        name = str(body.get("externalIdFieldName") or "")
        rule = self._writer.schemas.of(kind.name).rules.get(name.lower())
        if rule is None or not (rule.column.meta["externalId"] or rule.column.name == "Id"):
            raise bad("INVALIDJOB", f"InvalidJob : Field name provided, {name} is not an External ID or indexed field")
        return rule.column.name

    def _list(self, _: Request) -> Response:
        return listed([_described(job, whole=False) for job in self._jobs.values()])

    def _get(self, request: Request) -> Response:
        return Response(200, _described(self._found(request), whole=True))

    def _upload(self, request: Request) -> Response:
        job = self._found(request)
        if job.state != "Open" or job.data is not None:
            raise bad_state("a job takes one upload, while it is open")
        if len(request.body) > _LARGEST:
            raise bad("CLIENTINPUTERROR", f"the upload is larger than {_LARGEST} bytes")
        job.data = request.body
        return Response(201)

    def _set_state(self, request: Request) -> Response:
        job, state = self._found(request), json_object(request).get("state")
        if state == "UploadComplete" and job.state == "Open":
            job.state, job.started = "UploadComplete", self._org.now()
        elif state == "Aborted" and job.state in {"Open", "UploadComplete", "InProgress"}:
            job.state = "Aborted"
            job.unprocessed.extend(job.rows or ())
        else:
            raise bad_state(f"a job that is {job.state} cannot become {state}")
        return Response(200, _described(job, whole=False))

    def _delete(self, request: Request) -> Response:
        job = self._found(request)
        if job.state in {"UploadComplete", "InProgress"}:
            raise bad_state(f"Job must be completed, aborted, failed or open to be deleted; it is {job.state}")
        del self._jobs[job.id]
        return Response(204)

    def _successful(self, request: Request) -> Response:
        return self._report(request, ["sf__Id", "sf__Created"], "successful")

    def _failed(self, request: Request) -> Response:
        return self._report(request, ["sf__Id", "sf__Error"], "failed")

    def _unprocessed(self, request: Request) -> Response:
        return self._report(request, [], "unprocessed")

    def _report(self, request: Request, first: Row, name: str) -> Response:
        job = self._found(request)
        if job.state not in {"JobComplete", "Failed", "Aborted"}:
            raise bad_state(f"Job must be completed for its results to be read; it is {job.state}")
        body, _ = csv_text(job, [*first, *job.header], getattr(job, name))
        return Response(200, body, {}, CSV)

    def _found(self, request: Request) -> IngestJob:
        return found(self._jobs, request.parts["job"])

    # -- work -------------------------------------------------------------------------------------------------------

    def _work_on(self, job: IngestJob, end: float) -> None:
        kind = objects.named(self._org.store, job.object_name)
        try:
            if job.rows is None:
                self._open(job, kind)
            for row in job.rows or ():
                self._row(job, kind, row)
                if time.monotonic() > end:
                    return
        except (_BadBatch, csv.Error) as error:
            job.state, job.error = "Failed", f"InvalidBatch : {error}"
            job.unprocessed.extend(job.rows or ())
            return
        job.state, job.data = "JobComplete", None

    def _open(self, job: IngestJob, kind: ObjectType) -> None:
        """Read the header; what is wrong with it is wrong with the whole job."""
        job.state = "InProgress"
        text = (job.data or b"").decode("utf-8-sig", "replace")
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[job.delimiter], strict=True)
        job.header = next(lines, [])
        job.rows = lines
        if "\n" in text and text.partition("\n")[0].endswith("\r") != (job.line_ending == "CRLF"):
            raise _BadBatch(f"LineEnding is invalid on user data. Current LineEnding setting is {job.line_ending}")
        schema = self._writer.schemas.of(kind.name)
        for name in job.header:
            if name.lower() not in schema.rules:
                raise _BadBatch(f"Field name not found : {name}")
        if len({name.lower() for name in job.header}) < len(job.header):
            raise _BadBatch("A field name stands twice in the header")

    def _row(self, job: IngestJob, kind: ObjectType, row: Row) -> None:
        if not row:
            return
        if len(row) != len(job.header):
            job.unprocessed.append(row)
            raise _BadBatch(f"A row has {len(row)} columns where the header has {len(job.header)}")
        key = next((cell for name, cell in zip(job.header, row, strict=True) if name.lower() == "id"), "")
        try:
            with self._org.store.transaction():
                answer = self._write(job, kind, self._values(job, kind, row))
            created = answer.get("created", job.operation == "insert")
            job.successful.append([answer["id"], "true" if created else "false", *row])
        except SalesforceError as error:
            job.failed.append([key, ";".join(_told(one) for one in each(error)), *row])

    def _values(self, job: IngestJob, kind: ObjectType, row: Row) -> Values:
        """An empty cell leaves the field as it is, `#N/A` clears it."""
        schema = self._writer.schemas.of(kind.name)
        values: Values = {}
        for place, (name, cell) in enumerate(zip(job.header, row, strict=True)):
            rule: FieldRule = schema.rules[name.lower()]
            if cell == "#N/A":
                values[rule.column.name] = None
            elif cell:
                values[rule.column.name] = payload.from_csv(rule.column.meta["type"], rule.column.name, cell, place)
        return values

    def _write(self, job: IngestJob, kind: ObjectType, values: Values) -> dict[str, Any]:
        if job.operation == "insert":
            return self._records.create(kind, values, job.who)
        if job.operation == "upsert" and job.external_id:
            value = values.pop(job.external_id, None)
            return self._records.upsert(kind, job.external_id, value, values, job.who)
        key = own_key(kind, values.pop("Id", None))
        if job.operation == "delete":
            return self._records.delete(key, job.who)
        answer, _ = self._records.update(kind, key, values, job.who, self._org.store.get(kind.name, key))
        return answer


class _BadBatch(Exception):
    """The upload as a whole cannot be read."""


def _parted(request: Request) -> tuple[Request, bytes | None]:
    """The request without the upload that a multipart one brings along, and that upload.

    https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/walkthrough_upload_multipart_data.htm
    """
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/"):
        return request, None
    message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body)
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in message.walk()
    }
    job, content = parts.get("job"), parts.get("content")
    if not isinstance(job, bytes) or not isinstance(content, bytes):
        raise bad("INVALIDJOB", "a multipart request needs a part named job and one named content")
    if len(content) > _LARGEST_PART:
        raise bad("CLIENTINPUTERROR", f"the part named content is larger than {_LARGEST_PART} characters")
    return replace(request, body=job), content


def _told(error: SalesforceError) -> str:
    return f"{error.code}:{error.message}:{','.join(error.fields or ())} --"


def _described(job: IngestJob, *, whole: bool) -> dict[str, Any]:
    described = job.described("V2Ingest")
    if job.external_id:
        described["externalIdFieldName"] = job.external_id
    if job.who.rule:
        described["assignmentRuleId"] = job.who.rule
    if job.state == "Open":
        described["contentUrl"] = f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"
    if whole:
        described |= {
            "retries": 0,
            "totalProcessingTime": 0,
            "apiActiveProcessingTime": 0,
            "apexProcessingTime": 0,
            "numberRecordsProcessed": len(job.successful) + len(job.failed),
            "numberRecordsFailed": len(job.failed),
        }
    return described
