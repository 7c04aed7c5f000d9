"""A provider over HTTP as its description says: one look-up a call, never a second one where it may have been paid."""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Lock
from urllib.parse import quote, urlencode

import orjson
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from leadrelay.core.enrich.values import MICRO
from leadrelay.enrichers import answers
from leadrelay.enrichers.base import Answer, Found, Price, Question
from leadrelay.enrichers.description import Description
from leadrelay.enrichers.guard import Barred, Guard, Host, Resolve, host_of
from leadrelay.enrichers.pace import Pace
from leadrelay.enrichers.paths import Shape
from leadrelay.enrichers.templates import filled
from leadrelay.enrichers.wire import Line, Lost, Reply, Request, Unsent
from leadrelay.errors import ConfigError, Problem

_TRIES = 3
_PATIENCE = 5
"""After so many failures in a row nothing more is asked in this run."""
_SOON, _LATER, _TOMORROW = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
_DEFAULT_WAIT = 1.0
_AGENT = "leadrelay"


def make(
    name: str,
    description: Description,
    secrets: Mapping[str, str],
    *,
    hosts: Sequence[str] = (),
    private: bool = False,
    ca_file: Path | None = None,
    at_once: int = 8,
    per_second: float | None = None,
    cost_per_hit: float | None = None,
    cost_per_miss: float | None = None,
    unit: str = "",
    place: str = "",
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    resolve: Resolve = socket.getaddrinfo,
) -> Http:
    """A provider for one run. What is None or empty is as the description has it; costs are in units, not millionths.

    `secrets`: revealed. `hosts`: one, which stands in for the description's. `place`: of `[providers.NAME]`, for
    problems. `ConfigError` with every problem at once; nothing is resolved or connected to yet.
    """
    problems = [
        Problem(place, f"the description '{description.name}' needs the secret '{secret}'.", _secret_cure(secret))
        for secret in sorted(description.secrets - secrets.keys())
    ]
    host = _host(description, hosts, place, problems, private=private, secure=ca_file is not None)
    context = _context(ca_file, place, problems) if ca_file or (host and host.scheme == "https") else None
    if problems or host is None:
        raise ConfigError(problems)
    hit = description.price.hit if cost_per_hit is None else round(cost_per_hit * MICRO)
    miss = description.price.miss if cost_per_miss is None else round(cost_per_miss * MICRO)
    line = Line(host, Guard(host, resolve), description.limits, context if host.scheme == "https" else None, clock)
    pace = Pace(per_second or description.per_second, clock, sleep)
    return Http(name, description, secrets, line, pace, Price(hit, miss), at_once, unit or description.unit, sleep)


class Http:
    """A `Remote` provider. `unit`: what its costs are counted in."""

    piece = 1

    def __init__(
        self,
        name: str,
        description: Description,
        secrets: Mapping[str, str],
        line: Line,
        pace: Pace,
        price: Price,
        at_once: int,
        unit: str,
        sleep: Callable[[float], None],
    ) -> None:
        self.name = name
        self.fields = frozenset(description.fields)
        self.asks = description.asks
        self.price = price
        self.at_once = at_once
        self.unit = unit
        self._description = description
        self._secrets = secrets
        self._line = line
        self._pace = pace
        self._sleep = sleep
        self._rate = price.hit / description.price.hit if description.price.hit else 1.0
        self._lock = Lock()
        self._failures = 0
        self._down = ""

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer]:
        """The answers, in the order of the questions."""
        return [self._one(question.asked) for question in questions]

    def resolve(self) -> None:
        """Find its address out. `Barred` where nobody may connect to it; `OSError` where it cannot be told now."""
        self._line.resolve()

    def close(self) -> None:
        """Close what connections are open."""
        self._line.close()

    def _one(self, asked: Mapping[str, str]) -> Answer:
        if self._down:
            return Answer(Found.FAILED, why=self._down, down=True)
        try:
            request = self._request(asked)
        except (UnicodeError, TypeError):  # half a character, which JSON and addresses cannot hold
            request = None
        if request is None:
            return Answer(Found.FAILED, why="what is asked with cannot be sent", again=_TOMORROW)
        return self._noted(self._answer(asked, request))

    def _answer(self, asked: Mapping[str, str], request: Request) -> Answer:
        try:
            return self._read(asked, self._sent(request))
        except Barred as barred:
            return Answer(Found.FAILED, why=f"its name stands for {barred}: not spoken to", down=True)
        except Unsent as unsent:
            return Answer(Found.FAILED, why=str(unsent), again=_SOON)
        except Lost as lost:
            return Answer(Found.FAILED, cost=self.price.most, why=f"{lost}; counted as paid", again=_LATER)
        except Shape:
            why = "the answer is not of the described shape; counted as paid"
            return Answer(Found.FAILED, cost=self.price.most, why=why, again=_TOMORROW)

    def _sent(self, request: Request) -> Reply:
        """The last reply; once more only where nothing was sent, or the provider itself says "come again"."""
        tries = Retrying(
            stop=stop_after_attempt(_TRIES),
            wait=self._pause,
            retry=retry_if_exception_type((_Busy, Unsent)),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return tries(self._once, request)
        except _Busy as busy:
            return busy.reply

    def _once(self, request: Request) -> Reply:
        self._pace.wait()
        reply = self._line.exchange(request)
        if reply.status not in self._description.busy:
            return reply
        wait = _told_wait(reply)
        if wait is not None:
            self._pace.hold(min(wait, self._description.retry_after))
        if wait is None or wait <= self._description.retry_after:
            raise _Busy(reply, _DEFAULT_WAIT if wait is None else wait)
        return reply

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wait = error.wait if isinstance(error, _Busy) else _DEFAULT_WAIT
        return min(wait, self._description.retry_after)

    def _read(self, asked: Mapping[str, str], reply: Reply) -> Answer:
        said = self._description
        if reply.status in said.miss:
            return answers.missed(said, self.price, self._rate, reply)
        if reply.status in said.busy:
            return self._busy(reply)
        if reply.status in said.down:
            return Answer(Found.FAILED, why=f"it refuses us (status {reply.status})", down=True)
        if reply.status == 200:
            return answers.answer(said, self.price, self._rate, asked, reply)
        if 300 <= reply.status < 400:
            return Answer(Found.FAILED, why=f"it redirects (status {reply.status}): not followed", again=_LATER)
        if 400 <= reply.status < 500:
            return Answer(Found.FAILED, why=f"it refuses the question (status {reply.status})", again=_TOMORROW)
        why = f"it failed (status {reply.status}); counted as paid"
        return Answer(Found.FAILED, cost=self.price.most, why=why, again=_LATER)

    def _busy(self, reply: Reply) -> Answer:
        wait = _told_wait(reply)
        again = _SOON if wait is None else timedelta(seconds=min(wait, 86_400))
        return Answer(Found.FAILED, why=f"it is busy (status {reply.status})", again=again, down=again > _SOON)

    def _noted(self, answer: Answer) -> Answer:
        """The same; what all further look-ups would meet too is remembered."""
        with self._lock:
            self._failures = self._failures + 1 if answer.found is Found.FAILED else 0
            if self._failures >= _PATIENCE or answer.down:
                self._down = self._down or answer.why
        if answer.down or not self._down or answer.found is not Found.FAILED:
            return answer
        return Answer(answer.found, cost=answer.cost, why=answer.why, again=answer.again, down=True)

    def _request(self, asked: Mapping[str, str]) -> Request | None:
        said, secrets = self._description, self._secrets
        path = said.url.path.fill(asked, secrets, lambda value: quote(value, safe=""))
        if path is None or any(part in {".", ".."} for part in path.split("/")):
            return None
        query = {name: value.fill(asked, secrets) for name, value in said.query.items()}
        headers = {name: value.fill({}, secrets) or "" for name, value in said.headers.items()}
        headers = {"Accept": "application/json", "User-Agent": _AGENT, **headers}
        if said.auth and said.auth.kind == "query":
            query[said.auth.name] = said.auth.value.fill({}, secrets)
        elif said.auth:
            headers |= _authorised(said, secrets)
        body = None if said.body is None else orjson.dumps(filled(said.body, asked, secrets))
        if body is not None:
            headers["Content-Type"] = "application/json"
        told = urlencode({name: value for name, value in query.items() if value is not None}, quote_via=quote)
        return Request(said.method, f"{path}?{told}" if told else path, headers, body)


class _Busy(Exception):
    """It says "come again", within a wait that we take."""

    def __init__(self, reply: Reply, wait: float) -> None:
        self.reply = reply
        self.wait = wait
        super().__init__()


def _authorised(said: Description, secrets: Mapping[str, str]) -> dict[str, str]:
    auth = said.auth
    if auth is None:
        return {}
    value = auth.value.fill({}, secrets) or ""
    if auth.kind == "header":
        return {auth.name: value}
    if auth.kind == "bearer":
        return {"Authorization": f"Bearer {value}"}
    password = auth.password.fill({}, secrets) if auth.password else ""
    return {"Authorization": "Basic " + base64.b64encode(f"{value}:{password}".encode()).decode()}


def _told_wait(reply: Reply) -> float | None:
    """`Retry-After`, in seconds: a number, or a date."""
    told = reply.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        until = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)


def _secret_cure(name: str) -> str:
    return f'Add it: secrets = {{ {name} = {{ env = "..." }} }}.'


def _host(
    description: Description,
    hosts: Sequence[str],
    place: str,
    problems: list[Problem],
    *,
    private: bool,
    secure: bool,
) -> Host | None:
    if len(hosts) > 1:
        problems.append(Problem(place, "'hosts' names more than one.", "Name the one that stands in."))
    url = description.url
    if hosts:
        host = host_of(hosts[0], private=private, secure=secure)
        if host is None:
            cure = 'Write a name such as "api.example.com"; for one of this machine or its network add: private = true.'
            told = hosts[0].rpartition("@")[2].partition("?")[0]  # what stands around it may be a password or a key
            problems.append(Problem(place, f"'{told}' is not the name of a host.", cure))
        return host
    if url.scheme != "https" and not private:
        cure = "Write https://; plain http is for hosts with private = true."
        problems.append(Problem(description.place, "its address is not https.", cure))
    return Host(url.scheme, url.host, url.port, private)


def _context(ca_file: Path | None, place: str, problems: list[Problem]) -> ssl.SSLContext | None:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        message = f"ca_file {str(ca_file)!r} cannot be used ({type(error).__name__})."
        problems.append(Problem(place, message, "Name a PEM file with the authority's certificate."))
        return None
