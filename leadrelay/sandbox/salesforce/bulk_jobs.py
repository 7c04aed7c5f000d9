"""What query and ingest jobs of Bulk API 2.0 share: how they are described, found, and how their CSV is written.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_0.htm
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, not_found
from leadrelay.sandbox.store import stamp
from leadrelay.sandbox.wire import Response

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
CSV = "text/csv;charset=UTF-8"


@dataclass
class Job:
    """What every job has. `state` is what its work has come to, not yet what a client is told."""

    id: str
    operation: str
    object_name: str
    version: float
    delimiter: str
    line_ending: str
    user_id: str
    created: datetime
    state: str
    started: datetime | None = None
    error: str | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def described(self, job_type: str) -> dict[str, Any]:
        """The fields that both kinds of job show."""
        created = stamp(self.created)[:-5] + ".000+0000"
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.object_name,
            "createdById": self.user_id,
            "createdDate": created,
            "systemModstamp": created,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": self.version,
            "jobType": job_type,
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
            **({"errorMessage": self.error} if self.error else {}),
        }


J = TypeVar("J", bound=Job)


def form_of(body: Mapping[str, Any]) -> tuple[str, str]:
    """The column delimiter and line ending that a job asks for."""
    delimiter, ending = str(body.get("columnDelimiter", "COMMA")), str(body.get("lineEnding", "LF"))
    if delimiter not in DELIMITERS or ending not in LINE_ENDINGS:
        raise bad("INVALIDJOB", "columnDelimiter or lineEnding is not one of the allowed values")
    if str(body.get("contentType", "CSV")) != "CSV":
        raise bad("INVALIDJOB", "contentType must be CSV")
    return delimiter, ending


def found(jobs: Mapping[str, J], key: str) -> J:
    """A job by its id of 15 or 18 characters."""
    job = next((job for name, job in jobs.items() if name[:15] == key[:15]), None)
    if job is None:
        raise not_found()
    return job


def bad_state(message: str) -> SalesforceError:
    return bad("INVALIDJOBSTATE", message)


def csv_text(job: Job, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[bytes, int]:
    """CSV with every cell quoted, and how many rows it has."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer,
        delimiter=DELIMITERS[job.delimiter],
        lineterminator=LINE_ENDINGS[job.line_ending],
        quoting=csv.QUOTE_ALL,
    )
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    return buffer.getvalue().encode(), count


def listed(records: Sequence[dict[str, Any]]) -> Response:
    """All jobs of a kind, on one page."""
    return Response(200, {"done": True, "nextRecordsUrl": None, "records": list(records)})
