"""HTTP policy for both CRMs in one place: what is tried again and when, how fast we ask, what each fault means.

How a request is sent is the caller's; here it is a function that gives an `Answer`, or raises what its library raises.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import polars as pl
from requests.exceptions import RequestException, Timeout
from requests.utils import get_environ_proxies
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from urllib3.exceptions import HTTPError

from leadrelay.connectors.base import JsonValue, Usage
from leadrelay.errors import CrmError, Refused, Unavailable, Unexpected

T = TypeVar("T")

CONNECT_SECONDS = 10.0
PATIENCE = 60.0
"""Seconds that a run sits out when the CRM names a time to wait; longer waits belong to the schedule."""

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 528)})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many seconds. Header names are case-insensitive.

    As long as its body, so that an empty one is falsy.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.body)


@dataclass(frozen=True, slots=True)
class Pace:
    """Time and chance, as a test wants to hold them."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def backoff(self, attempt: int, first: float = _FIRST_WAIT, longest: float = _LONGEST_WAIT) -> float:
        """Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)."""
        return self.random() * min(longest, first * 2.0 ** (attempt - 1))


class Again(Exception):
    """A passing fault: worth another try, not before `after` seconds, at most `tries` times in all.

    `lasting`: what it means when it does not pass; without it, that the CRM is not available.
    """

    def __init__(
        self,
        reason: str,
        after: float = 0.0,
        tries: int = 6,
        *,
        broken: bool = False,
        lasting: CrmError | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason, self.after, self.tries, self.broken, self.lasting = reason, after, tries, broken, lasting


class Broken(Exception):
    """An answer that is not whole or not of the documented form; raised by whoever reads it."""


class Replied(Exception):
    """Carries an answer out of a client library that would have made an exception of it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


class Rejection(Refused):
    """The CRM said no to this one request. `fields`: the fields it blames, where it blames any.

    `suspects`: whether new values, by field, are what it quoted; the quotation itself is in no message.
    `said`: the CRM's own words, which may hold such quotations. Show them where no record is spoken of, and only there.
    """

    def __init__(
        self,
        message: str,
        status: int,
        code: str,
        fields: tuple[str, ...] = (),
        suspects: Callable[[Mapping[str, JsonValue]], bool] = lambda _: False,
        said: str = "",
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.fields, self.suspects, self.said = status, code, fields, suspects, said


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one CRM speaks: what an answer means (None: fine), and what it tells about the quota."""

    crm: str
    judge: Callable[[str, Answer], Exception | None]
    usage: Callable[[Answer], Usage | None]


class Window:
    """At most `limit` requests in any stretch of `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit, self.seconds = limit, seconds
        self._sent: deque[float] = deque()

    def enter(self, pace: Pace) -> None:
        """Wait for room, and take it."""
        while (wait := self._wait(pace.clock())) > 0:
            pace.sleep(wait)
        self._sent.append(pace.clock())

    def learn(self, allowed: int, remaining: int) -> None:
        """Make room for others who ask with the same credentials: the CRM says how many requests are left."""
        self.limit = max(1, min(allowed, len(self._sent) + remaining))

    def _wait(self, now: float) -> float:
        while self._sent and self._sent[0] + self.seconds <= now:
            self._sent.popleft()
        return self._sent[0] + self.seconds - now if len(self._sent) >= self.limit else 0.0


class Transport:
    """Sends, waits, tries again, counts. One per connector; `place` names the connection in messages.

    `repeats`: how often a request was sent again that perhaps was carried out before.
    """

    def __init__(self, dialect: Dialect, place: str, pace: Pace, read_seconds: float) -> None:
        self.place = place
        self.pace = pace
        self.timeout = (CONNECT_SECONDS, read_seconds)
        self.calls = self.repeats = 0
        self.usage: Usage | None = None
        self._dialect = dialect

    def call(self, send: Callable[[], Answer], read: Callable[[Answer], T], window: Window | None = None) -> T:
        """Send until an answer can be read, or raise what the fault means."""
        retrying = Retrying(
            sleep=self.pace.sleep,
            stop=_tried_enough,
            wait=self._wait,
            retry=retry_if_exception_type(Again),
            before_sleep=self._note_repeat,
            reraise=True,
        )
        try:
            value: T = retrying(self._once, send, read, window)
            return value
        except Again as fault:
            given_up = self._given_up(fault)
        raise given_up

    def _once(self, send: Callable[[], Answer], read: Callable[[Answer], T], window: Window | None) -> T:
        if window:
            window.enter(self.pace)
        self.calls += 1
        asked = self.pace.clock()
        answer = self._send(send)
        answer = replace(answer, seconds=self.pace.clock() - asked)
        self.usage = self._dialect.usage(answer) or self.usage
        fault = self._dialect.judge(self.place, answer)
        if isinstance(fault, Again) and fault.after > PATIENCE:
            fault = Unavailable(f"{self.place} asks to wait ({fault.reason}).", fault.after)
        if fault is not None:
            raise fault
        try:
            return read(answer)
        except (Broken, msgspec.MsgspecError, pl.exceptions.PolarsError, UnicodeDecodeError) as error:
            fault = Again(f"a broken answer ({type(error).__name__})", tries=3, broken=True)
        raise fault

    def _send(self, send: Callable[[], Answer]) -> Answer:
        try:
            return send()
        except Replied as reply:
            return reply.answer
        except (RequestException, HTTPError) as error:
            fault = self._unreached(error)
        except UnicodeDecodeError:  # hubspot-api-client decodes error pages of proxies as UTF-8, whatever they are
            fault = Again("an answer that is no text")
        raise fault

    def _unreached(self, error: Exception) -> Exception:
        text = str(error)
        if "CERTIFICATE_VERIFY_FAILED" in text:
            cure = "Name the certificate of its authority with ca_file."
            return Refused(f"{self.place}: its TLS certificate cannot be verified. {cure}")
        if isinstance(error, Timeout) or "timed out" in text:
            return Again("no answer in time", tries=3)
        return Again("it cannot be reached, or hung up", tries=4)

    def _note_repeat(self, _: RetryCallState) -> None:
        self.repeats += 1

    def _wait(self, state: RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        after = fault.after if isinstance(fault, Again) else 0.0
        return after + self.pace.backoff(state.attempt_number)

    def _given_up(self, fault: Again) -> CrmError:
        if fault.lasting is not None:
            return fault.lasting
        if fault.broken:
            cure = "Check that its address is that of the CRM, with nothing in between that answers in its stead."
            return Unexpected(f"{self.place} gave {fault.reason}, {fault.tries} times. {cure}")
        return Unavailable(f"{self.place} is not available: {fault.reason}. Run again later.")


def _tried_enough(state: RetryCallState) -> bool:
    fault = state.outcome.exception() if state.outcome else None
    return isinstance(fault, Again) and state.attempt_number >= fault.tries


def common_fault(place: str, answer: Answer, transient: frozenset[int] = frozenset()) -> Exception | None:
    """What redirects and passing faults mean, the same for every CRM; None for all else."""
    if 300 <= answer.status < 400:
        cure = "Check the connection's address: credentials are never sent on."
        return Unexpected(f"{place} answered with a redirect (HTTP {answer.status}). {cure}")
    if answer.status in _TRANSIENT or answer.status in transient:
        return Again(f"HTTP {answer.status}", retry_after(answer) or 0.0)
    return None


def retry_after(answer: Answer) -> float | None:
    """Seconds to wait by the Retry-After header, which holds seconds or a date; the date is read by the CRM's clock."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        return max(0.0, (until - parsedate_to_datetime(answer.headers.get("Date", ""))).total_seconds())
    except (ValueError, TypeError):
        return None


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def proxies_for(url: str) -> dict[str, str]:
    """Proxies by the environment (HTTPS_PROXY, NO_PROXY); never for this machine.

    The libraries are told these and nothing else of the environment: `requests` would let ~/.netrc replace our token
    (https://requests.readthedocs.io/en/latest/user/authentication/#netrc-authentication).
    """
    return {} if is_loopback(url) else dict(get_environ_proxies(url))
