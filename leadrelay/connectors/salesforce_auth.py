"""Signing in to Salesforce: once for everybody, and once more when the session has ended."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from jwt.exceptions import PyJWTError
from simple_salesforce.login import SalesforceLogin

from leadrelay.connectors.moments import before, server_time
from leadrelay.connectors.salesforce_wire import SALESFORCE, Client, SessionExpired, Wire
from leadrelay.connectors.transport import (
    Again,
    Answer,
    Broken,
    Dialect,
    Pace,
    Replied,
    Transport,
    common_fault,
    is_loopback,
)
from leadrelay.errors import ConfigError, Problem, Refused, Unavailable

T = TypeVar("T")

_HOST = ".salesforce.com"
_USER = re.compile(r"/id/00D\w+/(005\w{12}(?:\w{3})?)")
_ORGANISATION = re.compile(r"/id/(00D\w{12}(?:\w{3})?)/")


@dataclass(frozen=True, slots=True)
class SalesforceSettings:
    """An organisation, how to sign in to it, and how much to ask at a time.

    `auth` is client-credentials, jwt or token. `domain` is the host without `.salesforce.com`; `instance_url` is needed
    for a token, and for a host that is not under salesforce.com. `private_key` is PEM text.

    `page_size`: records per answer, at most 2,000. `bulk_threshold`: records from which on Bulk API 2.0 is used.
    `frame_rows`: records per page of a walk, about. `overlap_seconds`: how much earlier than this walk the next one
    starts. `timeout_seconds`: how long an answer may take.
    """

    name: str = ""
    auth: str = "client-credentials"
    domain: str = ""
    instance_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    private_key: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    api_version: str = "66.0"
    ca_file: str | Path = ""
    overlap_seconds: float = 600
    bulk_threshold: int = 20_000
    page_size: int = 2_000
    frame_rows: int = 6_000
    timeout_seconds: float = 120.0

    @property
    def place(self) -> str:
        """The connection in messages."""
        return f"Salesforce ({f'connection {self.name}' if self.name else urlsplit(self.entry).netloc})"

    @property
    def login_domain(self) -> str:
        """What simple-salesforce puts before `.salesforce.com`."""
        host = urlsplit(self.instance_url).hostname or ""
        return self.domain or (host.removesuffix(_HOST) if host.endswith(_HOST) else "sandbox.my")

    @property
    def entry(self) -> str:
        """Where requests go until the sign-in says where the organisation lives."""
        return self.instance_url.rstrip("/") or f"https://{self.login_domain}{_HOST}"

    def check(self) -> None:
        """Raise `ConfigError` with everything that is wrong."""
        if problems := list(self._problems()):
            raise ConfigError([Problem(self.place, message) for message in problems])

    def _problems(self) -> list[str]:
        return [message for message, wrong in self._checks().items() if wrong]

    def _checks(self) -> Mapping[str, bool]:
        missing = [key for key in _NEEDED.get(self.auth, ()) if not getattr(self, key)]
        generic = self.auth == "client-credentials" and self.login_domain in {"login", "test"}
        plain = self.entry.startswith("http://") and not is_loopback(self.entry)
        return {
            f"auth = '{self.auth}' is not one of {', '.join(_NEEDED)}.": self.auth not in _NEEDED,
            f"auth = '{self.auth}' needs {' and '.join(missing)}.": bool(missing),
            "domain is missing: 'acme.my' for acme.my.salesforce.com.": not (self.domain or self.instance_url),
            f"domain = '{self.domain}' cannot be used with client-credentials: name your own ('acme.my').": generic,
            "instance_url must start with https://: plain HTTP is for this machine only.": plain,
            f"api_version = '{self.api_version}' must look like '66.0'.": not re.fullmatch(
                r"\d\d\.0", self.api_version
            ),
        }


_NEEDED: Mapping[str, tuple[str, ...]] = {
    "client-credentials": ("client_id", "client_secret"),
    "jwt": ("client_id", "username", "private_key"),
    "token": ("access_token", "instance_url"),
}


class Account:
    """The organisation as signed in to. One sign-in serves every thread, and so does a renewal."""

    def __init__(self, settings: SalesforceSettings, pace: Pace) -> None:
        settings.check()
        self.settings = settings
        self.transport = Transport(SALESFORCE, settings.place, pace, settings.timeout_seconds)
        self.organisation = ""
        self._user = ""
        self._login = Transport(_LOGIN, settings.place, pace, settings.timeout_seconds)
        self._wire = self._session(range(200, 300))
        # SalesforceLogin forgets the organisation's id and fails on an answer without instance_url, so that every
        # answer is taken out of its hands.
        self._door = self._session(range(0))
        self._client: Client | None = None
        self._heard: tuple[str, float] | None = None
        self._lock = threading.Lock()

    @property
    def calls(self) -> int:
        """API calls, sign-ins among them."""
        return self.transport.calls + self._login.calls

    @property
    def now(self) -> str:
        """The CRM's clock, by its last answer and the time since; "" before the first."""
        if self._heard is None:
            return ""
        moment, at = self._heard
        return before(moment, at - self.transport.pace.clock())

    @property
    def home(self) -> str:
        """The address of the organisation."""
        entry = self.settings.entry
        return entry if is_loopback(entry) else f"https://{self.client().sf_instance}"

    def client(self) -> Client:
        """The signed-in client; signs in the first time."""
        with self._lock:
            self._client = self._client or self._sign_in()
            return self._client

    def user(self) -> str:
        """The id of the user that the API calls are made as; a sign-in tells it, where there is one."""
        self.client()
        if not self._user:
            self._user = self.call(lambda client: client.restful(""), _identity)
        return self._user

    def call(self, send: Callable[[Client], Answer | None], read: Callable[[Answer], T]) -> T:
        """Make a call with the library's client; an ended session is renewed once, and the request sent as it was."""
        client = self.client()
        try:
            return self._call(client, send, read)
        except SessionExpired:
            client = self._renewed(client)
        try:
            return self._call(client, send, read)
        except SessionExpired:
            message = f"{self.settings.place} ended a session that had only just begun."
        raise Refused(f"{message} Check that the user may use the REST API.")

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()
        self._door.close()

    def _session(self, expected: range) -> Wire:
        settings = self.settings
        login_url = f"https://{settings.login_domain}{_HOST}"
        return Wire(self.transport.timeout, login_url, settings.entry, str(settings.ca_file), expected)

    def _call(self, client: Client, send: Callable[[Client], Answer | None], read: Callable[[Answer], T]) -> T:
        nothing = Answer(204, {}, b"")  # the library gives None for an empty body
        return self.transport.call(lambda: send(client) or nothing, lambda answer: read(self._noted(answer)))

    def _noted(self, answer: Answer) -> Answer:
        with suppress(Broken):
            self._heard = server_time(answer), self.transport.pace.clock()
        return answer

    def _renewed(self, ended: Client) -> Client:
        with self._lock:
            if self._client is ended:
                self._client = self._sign_in(again=True)
            return self._client or ended

    def _sign_in(self, *, again: bool = False) -> Client:
        settings = self.settings
        token, url = settings.access_token, settings.instance_url
        if settings.auth != "token":
            granted = self._login.call(self._ask, lambda answer: _granted(self._noted(answer)))
            token, url, self.organisation = granted.access_token, granted.instance_url, granted.organisation
            self._user = granted.user
        elif again:
            raise Refused(f"{settings.place}: the session has ended. Give the connection a new access_token.")
        return Client(token, url, settings.api_version, self._wire)

    def _ask(self) -> Answer:
        settings = self.settings
        flow: dict[str, Any] = {
            "client-credentials": {"consumer_secret": settings.client_secret},
            "jwt": {"username": settings.username, "privatekey": settings.private_key},
        }[settings.auth]
        try:
            SalesforceLogin(session=self._door, domain=settings.login_domain, consumer_key=settings.client_id, **flow)
        except Replied as reply:
            return reply.answer
        except (PyJWTError, ValueError, TypeError):
            raise Refused(f"{settings.place}: private_key is no RSA key in PEM form.") from None
        raise Refused(f"{settings.place}: auth = '{settings.auth}' is not complete.")


class _Grant(msgspec.Struct):
    access_token: str
    instance_url: str
    id: str = ""

    @property
    def organisation(self) -> str:
        found = _ORGANISATION.search(self.id)
        return found[1] if found else ""

    @property
    def user(self) -> str:
        """The user's id."""
        return _user_of(self.id)


class _Resources(msgspec.Struct):
    identity: str


class _Denial(msgspec.Struct):
    error: str = ""
    error_description: str = ""


def _user_of(identity: str) -> str:
    """`https://login.salesforce.com/id/00D.../005...`."""
    found = _USER.search(identity)
    return found[1] if found else ""


def _identity(answer: Answer) -> str:
    if not (user := _user_of(msgspec.json.decode(answer.body, type=_Resources).identity)):
        raise Broken("no user in the identity")
    return user


def _granted(answer: Answer) -> _Grant:
    return msgspec.json.decode(answer.body, type=_Grant)


def _judge(place: str, answer: Answer) -> Exception | None:
    if fault := common_fault(place, answer):
        return fault
    if answer.status < 400:
        return None
    denial = _denial(answer)
    if denial.error == "unknown_error":  # "retry your request"
        return Again("the sign-in asks to be tried again")
    if "rate exceeded" in denial.error_description:
        return Unavailable(f"{place}: too many sign-ins. Run again in an hour.", 3600.0)
    code = denial.error if _CODE.fullmatch(denial.error) else f"HTTP {answer.status}"
    cure = _CURES.get(code, "Check the connection's credentials and domain.")
    return Refused(f"{place} refused the sign-in: {code}. {cure}")


def _denial(answer: Answer) -> _Denial:
    try:
        return msgspec.json.decode(answer.body, type=_Denial)
    except msgspec.MsgspecError:
        return _Denial()


_LOGIN = Dialect("Salesforce", _judge, lambda _: None)
_CODE = re.compile(r"[a-z_]{1,40}")
_CURES: Mapping[str, str] = {
    "invalid_client_id": "It does not know this client_id; is domain the right organisation?",
    "invalid_client": "Check client_id and client_secret.",
    "invalid_grant": "Check username, private_key and domain, and that the app lets this user in.",
    "invalid_app_access": "Let the user into the connected app, in Salesforce under Setup.",
    "app_not_found": "The app lives in another organisation: check domain and client_id.",
    "no_run_as_user": "Name a run-as user for the client credentials flow, in Salesforce under Setup.",
}
