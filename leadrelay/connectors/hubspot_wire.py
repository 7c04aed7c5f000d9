"""hubspot-api-client as we use it: its own calls over one kept connection, giving bytes instead of model objects.

Models cost eight times as much (26,000 against 3,400 contacts a second), and an api object of its own for every access
would open a connection each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import hubspot
import msgspec
from hubspot.crm import objects, owners, properties
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from leadrelay.connectors.base import JsonValue, Usage
from leadrelay.connectors.delivery import LOCKED
from leadrelay.connectors.transport import (
    Again,
    Answer,
    Broken,
    Dialect,
    Pace,
    Rejection,
    Replied,
    Transport,
    Window,
    common_fault,
    is_loopback,
    proxies_for,
    retry_after,
)
from leadrelay.errors import ConfigError, Problem, Refused, Unavailable

T = TypeVar("T")

_FAULTS = (objects.ApiException, owners.ApiException, properties.ApiException)  # one class tree per module
_HOUR = 3600.0
_UNSURE = frozenset({408, *range(500, 600)})


@dataclass(frozen=True, slots=True)
class HubSpotSettings:
    """A portal, how to sign in to it, and how much to ask at a time.

    `page_size`: records per search, at most 200. `frame_rows`: records per page of a walk, about. `overlap_seconds`:
    how much earlier than this walk the next one starts. `timeout_seconds`: how long an answer may take.
    """

    name: str = ""
    access_token: str = field(default="", repr=False)
    base_url: str = "https://api.hubapi.com"
    ca_file: str | Path = ""
    overlap_seconds: float = 600
    page_size: int = 200
    frame_rows: int = 6_000
    timeout_seconds: float = 60.0

    @property
    def place(self) -> str:
        """The connection in messages."""
        return f"HubSpot ({f'connection {self.name}' if self.name else urlsplit(self.base_url).netloc})"

    def check(self) -> None:
        """Raise `ConfigError` with everything that is wrong."""
        problems = [] if self.access_token else [Problem(self.place, "access_token is missing.")]
        if not (self.base_url.startswith("https://") or is_loopback(self.base_url)):
            problems.append(
                Problem(self.place, "base_url must start with https://: plain HTTP is for this machine only.")
            )
        if problems:
            raise ConfigError(problems)


class Unsure(Exception):
    """No answer told whether a request had its effect."""


class Forbidden(Refused):
    """The token lacks a scope. `cure`: which one to give it."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.cure = cure


class Portal:
    """The library's api objects, each made once, and how fast they may be used.

    https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
    """

    def __init__(self, settings: HubSpotSettings, pace: Pace) -> None:
        settings.check()
        self.settings = settings
        self.transport = Transport(HUBSPOT, settings.place, pace, settings.timeout_seconds)
        self._general = Window(100, 10.25)  # the least that any account has, until the first answer tells more
        self._searches = Window(5, 1.1)  # both with room for what the network pushes together
        hub = hubspot.HubSpot(
            access_token=settings.access_token,
            host=settings.base_url.rstrip("/"),
            # Ours to try again, and redirects to refuse: as numbers, since with False a TLS fault breaks the library.
            retry=Retry(total=0, redirect=False),
            ssl_ca_cert=str(settings.ca_file) or None,
            proxy=proxies_for(settings.base_url).get("https"),
        )
        self.basic = hub.crm.objects.basic_api
        self.client = self.basic.api_client
        self.client.set_default_header("Accept-Encoding", "gzip")
        self.search = objects.SearchApi(self.client)
        self.batch = objects.BatchApi(self.client)
        self.owners = hub.crm.owners.owners_api
        self.properties = hub.crm.properties.core_api

    def call(self, method: Callable[..., Any], read: Callable[[Answer], T], *args: Any, **options: Any) -> T:
        """Call a method of one of the api objects."""
        return self.transport.call(lambda: self._learned(self._sent(method, args, options)), read, self._general)

    def find(self, object_type: str, request: Mapping[str, Any], read: Callable[[Answer], T]) -> T:
        """Search, which has a limit of its own and tells nothing of the other."""
        args = (object_type, request)
        return self.transport.call(lambda: self._sent(self.search.do_search, args, {}), read, self._searches)

    def get(self, path: str, read: Callable[[Answer], T]) -> T:
        """A resource that the library has no method for."""
        return self.call(self.client.call_api, read, path, "GET", auth_settings=["oauth2"], _return_http_data_only=True)

    def once(self, method: Callable[..., Any], read: Callable[[Answer], T], *args: Any) -> T:
        """Call a method whose effect must not come twice; raises `Unsure` where it may have had it or not."""

        def sent() -> Answer:
            try:
                return self._learned(self._sent(method, args, {}))
            except Replied as reply:
                if reply.answer.status in _UNSURE:
                    raise Unsure from None
                raise
            except (RequestException, HTTPError, UnicodeDecodeError):
                raise Unsure from None

        def understood(answer: Answer) -> T:
            try:
                return read(answer)
            except (Broken, msgspec.MsgspecError):
                raise Unsure from None

        return self.transport.call(sent, understood, self._general)

    def post(self, path: str, body: Mapping[str, Any], read: Callable[[Answer], T]) -> T:
        """The same for a resource that is asked by POST."""
        options = {"header_params": {"Content-Type": "application/json"}, "body": body, "auth_settings": ["oauth2"]}
        return self.call(self.client.call_api, read, path, "POST", _return_http_data_only=True, **options)

    def close(self) -> None:
        """Let go of connections."""
        for api in (self.basic, self.owners, self.properties):
            api.api_client.rest_client.pool_manager.clear()

    def _sent(self, method: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> Answer:
        raw = {"_preload_content": False, "_request_timeout": self.transport.timeout}
        try:
            response = method(*args, **options, **raw)
        except _FAULTS as fault:
            answer = Answer(fault.status, fault.headers or {}, (fault.body or "").encode())
        else:
            return Answer(response.status, response.headers, response.data)
        raise Replied(answer)

    def _learned(self, answer: Answer) -> Answer:
        allowed, remaining = (_number(answer, f"X-HubSpot-RateLimit-{name}") for name in ("Max", "Remaining"))
        if allowed is not None and remaining is not None:
            self._general.learn(allowed, remaining)
        return answer


class _Next(msgspec.Struct):
    after: str


class Paging(msgspec.Struct):
    """Where the next page starts, as every list of HubSpot's tells it."""

    next: _Next | None = None

    @property
    def after(self) -> str:
        """What the next page starts after; empty at the end."""
        return self.next.after if self.next else ""


def text(value: JsonValue) -> str:
    """A value as HubSpot takes it: all are text, and empty text clears."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


class _Issue(msgspec.Struct):
    name: str = ""
    error: str = ""
    message: str = ""

    def quotes(self, fields: Mapping[str, JsonValue]) -> bool:
        """Whether these new values hold the one that was not valid. What is allowed is quoted, too, after it."""
        said, value = self.message.partition("allowed options")[0], text(fields.get(self.name))
        return bool(value) and value in said


class _Detail(msgspec.Struct):
    context: dict[str, Any] | None = None


class Complaint(msgspec.Struct, rename="camel"):
    """HubSpot's error body, and one entry of a batch's `errors`. Every field is optional, says the documentation."""

    category: str | None = ""
    message: str | None = ""
    policy_name: str | None = ""
    context: dict[str, Any] | None = None
    errors: list[_Detail] | None = None

    @property
    def code(self) -> str:
        """What is wrong with the first value that is not valid, or the category."""
        if "INVALID_OBJECT_IDS" in (self.context or {}):  # https://github.com/HubSpot/hubspot-api-nodejs/issues/646
            return "OBJECT_NOT_FOUND"
        issues = self._issues()
        return issues[0].error if issues else (self.category or "")

    @property
    def blamed(self) -> tuple[str, ...]:
        """The properties of which `code` is said."""
        return tuple(dict.fromkeys(issue.name for issue in self._issues() if issue.error == self.code))

    @property
    def ids(self) -> list[str]:
        """The records that it is about."""
        return [str(record_id) for record_id in (self.context or {}).get("ids", [])]

    @property
    def traces(self) -> list[str]:
        """The inputs that it is about, by their own trace ids."""
        return [str(trace) for trace in (self.context or {}).get("objectWriteTraceId", [])]

    @property
    def said(self) -> str:
        """In HubSpot's words, with the tools that stand in the way where it names any (a workflow, a list)."""
        contexts = [error.context or {} for error in self.errors or []]
        users = [" ".join([*_texts(one, "parentDisplayType"), *_texts(one, "parentName")]) for one in contexts]
        return "; ".join(filter(None, [(self.message or "").rstrip("."), *users]))

    def quotes(self, fields: Mapping[str, JsonValue]) -> bool:
        """Whether these new values hold one that was not valid."""
        return any(issue.quotes(fields) for issue in self._issues())

    def _issues(self) -> list[_Issue]:
        """`Property values were not valid: [{"name": ..., "error": ...}]`: the message carries JSON."""
        _, bracket, rest = (self.message or "").partition("[{")
        try:
            return msgspec.json.decode(bracket + rest, type=list[_Issue])
        except msgspec.MsgspecError:
            return []


def _texts(context: Mapping[str, Any], key: str) -> list[str]:
    found = context.get(key)
    return [str(one) for one in found] if isinstance(found, list) else []


def _judge(place: str, answer: Answer) -> Exception | None:
    if answer.status < 300:
        return None
    complaint = _complaint(answer)
    if answer.status == 429:
        return _limited(place, answer, complaint)
    if answer.status == 423:  # wait two seconds at least; one record that stays locked has a whole batch refused
        locked = Rejection(f"{place}: a record is locked. Run again later.", 423, LOCKED)
        return Again("HTTP 423", 2.0, tries=2, lasting=locked)
    if answer.status == 477:  # the portal is moving, which takes up to a day
        return Again("HTTP 477", max(2.0, retry_after(answer) or 0.0))
    if fault := common_fault(place, answer):
        return fault
    if answer.status == 401:
        return Refused(f"{place} does not accept the access_token. Give the connection a valid one.")
    if answer.status == 403:
        return _forbidden(place, complaint)
    return _rejection(place, answer.status, complaint)


def _limited(place: str, answer: Answer, complaint: Complaint) -> Exception:
    wait = retry_after(answer)
    if "DAILY" in (complaint.policy_name or "").upper():
        return Unavailable(f"{place}: the daily limit of API calls is used up. It is reset at midnight.", wait or _HOUR)
    return Again("too many requests", wait if wait is not None else 1.0)


def _forbidden(place: str, complaint: Complaint) -> Forbidden:
    told = [complaint.context or {}, *(error.context or {} for error in complaint.errors or [])]
    scopes = [str(scope) for context in told for scope in context.get("requiredGranularScopes", [])]
    several = "scopes" if len(scopes) > 1 else "scope"
    cure = f"Give its token the {several} {', '.join(scopes)}." if scopes else "Check the scopes of its token."
    return Forbidden(f"{place} does not allow this. {cure}", cure)


def _rejection(place: str, status: int, complaint: Complaint) -> Rejection:
    code = complaint.code or f"HTTP_{status}"
    blamed = f" {', '.join(complaint.blamed)}" if complaint.blamed else ""
    message = f"{place} refused the request: {code}{blamed}."
    return Rejection(message, status, code, complaint.blamed, complaint.quotes, complaint.said)


def _complaint(answer: Answer) -> Complaint:
    try:
        return msgspec.json.decode(answer.body, type=Complaint)
    except msgspec.MsgspecError:
        return Complaint()


def _usage(answer: Answer) -> Usage | None:
    total, left = (_number(answer, f"X-HubSpot-RateLimit-{name}") for name in ("Daily", "Daily-Remaining"))
    return Usage(total - left, total) if total is not None and left is not None else None


def _number(answer: Answer, header: str) -> int | None:
    value = answer.headers.get(header, "")
    return int(value) if value.isdigit() else None


HUBSPOT = Dialect("HubSpot", _judge, _usage)
