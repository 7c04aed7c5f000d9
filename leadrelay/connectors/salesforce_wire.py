"""simple-salesforce as we use it: its own calls, over a session of ours, giving bytes instead of dicts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from simple_salesforce.api import Salesforce

from leadrelay.connectors.base import Usage
from leadrelay.connectors.transport import (
    Again,
    Answer,
    Dialect,
    Rejection,
    Replied,
    common_fault,
    is_loopback,
    proxies_for,
    retry_after,
)
from leadrelay.errors import Refused, Unavailable

_QUOTA = re.compile(r"(?:^|;)\s*api-usage=(\d+)/(\d+)")
_COLUMN = re.compile(r"(?:No such column|No such relation|Didn't understand relationship) '([\w.]+)'")
_TRANSIENT = frozenset({406, 420})
_HOUR = 3600.0


class Client(Salesforce):
    """The library's public methods with the answer as it came: a dict per record costs five times the whole rest.

    Measured on pages of 2,000 leads of 40 fields, in the docstring of `frames`. Always in its "direct" mode: its own
    refresh of an expired session drops headers and may recurse for ever
    (https://github.com/simple-salesforce/simple-salesforce/issues/804).
    """

    def __init__(self, token: str, instance_url: str, version: str, session: requests.Session) -> None:
        super().__init__(session_id=token, instance_url=instance_url, version=version, session=session)
        del self.headers["X-PrettyPrint"]  # line breaks and blanks double the size of a page

    def parse_result_to_json(self, result: requests.Response) -> Answer:
        """What every public method hands back."""
        return answer_of(result)


class Wire(requests.Session):
    """A session with timeouts on every call, that follows no redirect; what is not `expected` leaves as `Replied`.

    `entry`: where to reach the host that simple-salesforce signs in at, when that is not its own address. Plain HTTP is
    spoken with this machine only.
    """

    def __init__(
        self,
        timeout: tuple[float, float],
        login_url: str,
        entry: str,
        ca_file: str,
        expected: range = range(200, 300),
    ) -> None:
        super().__init__()
        self._expected = expected
        self.trust_env = False
        self.proxies.update(proxies_for(entry))
        self.verify = ca_file or True
        self._timeout = timeout
        self._login_url, self._entry = login_url, entry

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send once."""
        request.url = self._address(request.url or "")
        options |= {"allow_redirects": False, "timeout": options.get("timeout") or self._timeout}
        response = super().send(request, **options)
        if response.status_code not in self._expected:
            raise Replied(answer_of(response))
        return response

    def _address(self, url: str) -> str:
        """The library insists on https and on hosts under salesforce.com, also for a sandbox on this machine."""
        if url.startswith(self._login_url):
            url = self._entry + url.removeprefix(self._login_url)
        if self._entry.startswith("http://") and is_loopback(url):
            return urlsplit(url)._replace(scheme="http").geturl()
        if not url.startswith("https://"):
            raise Refused("plain HTTP is for this machine only; use an https:// address.")
        return url


def answer_of(response: requests.Response) -> Answer:
    """A response of `requests` as our value."""
    return Answer(response.status_code, response.headers, response.content)


class Complaint(msgspec.Struct, rename="camel"):
    """One entry of Salesforce's error list; the same in a collection's results, there as `statusCode`."""

    error_code: str = ""
    status_code: str = ""
    message: str | None = ""
    fields: tuple[str, ...] | None = None

    @property
    def code(self) -> str:
        """`INVALID_FIELD` and the like."""
        return self.error_code or self.status_code

    @property
    def blamed(self) -> tuple[str, ...]:
        """The fields it names, in its list or in its text."""
        return (self.fields or ()) or tuple(_COLUMN.findall(self.message or ""))

    def says(self, words: str) -> bool:
        """Whether its text has these words."""
        return words.lower() in (self.message or "").lower()


class SessionExpired(Exception):
    """A 401 that a new sign-in may cure."""


def _judge(place: str, answer: Answer) -> Exception | None:
    if fault := common_fault(place, answer, _TRANSIENT):
        return fault
    if answer.status < 400:
        return None
    complaint = _complaint(answer)
    if answer.status == 401:
        return SessionExpired() if complaint.code == "INVALID_SESSION_ID" else _shut_out(place, complaint.code)
    if complaint.code == "REQUEST_LIMIT_EXCEEDED":
        return _limited(place, complaint, answer)
    return _rejection(place, answer.status, complaint)


def _rejection(place: str, status: int, complaint: Complaint) -> Rejection:
    """A refusal in words: the code and the fields, never the text, which quotes values."""
    blamed = f" {', '.join(complaint.blamed)}" if complaint.blamed else ""
    cure = _CURES.get(complaint.code, "")
    message = f"{place} refused the request: {complaint.code or f'HTTP {status}'}{blamed}. {cure}".rstrip()
    return Rejection(message, status, complaint.code or f"HTTP_{status}", complaint.blamed)


def _complaint(answer: Answer) -> Complaint:
    try:
        return msgspec.json.decode(answer.body, type=list[Complaint])[0]
    except (msgspec.MsgspecError, IndexError):
        return Complaint()


def _shut_out(place: str, code: str) -> Refused:
    return Refused(f"{place} does not accept the session ({code or 'HTTP 401'}). Check the connection's credentials.")


def _limited(place: str, complaint: Complaint, answer: Answer) -> Exception:
    """Too many at once passes in seconds; the daily limit is a rolling 24 hours, and frees up slowly."""
    if complaint.says("concurrent"):
        return Again("too many requests at once", retry_after(answer) or 5.0)
    return Unavailable(f"{place}: the daily limit of API calls is used up. Calls free up hour by hour.", _HOUR)


def _usage(answer: Answer) -> Usage | None:
    """Other parts may follow (`api-bursts=...`, `per-app-api-usage=...`)."""
    found = _QUOTA.search(answer.headers.get("Sforce-Limit-Info", ""))
    return Usage(int(found[1]), int(found[2])) if found else None


SALESFORCE = Dialect("Salesforce", _judge, _usage)

_CURES: Mapping[str, str] = {
    "INVALID_FIELD": "The object has no such field, or the API user may not see it: see `leadrelay fields`.",
    "INVALID_TYPE": "There is no such object, or the API user may not see it.",
    "MALFORMED_QUERY": "Check the field names of the mapping.",
    "API_DISABLED_FOR_ORG": "Give the API user the permission API Enabled; some editions of Salesforce have no API.",
    "NOT_FOUND": "Check api_version of the connection.",
}
