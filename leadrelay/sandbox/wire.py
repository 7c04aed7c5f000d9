"""Requests and answers as values, so that one request can carry others (composite) and faults can step between."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, unquote

import orjson
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.responses import StreamingResponse
from starlette.routing import Route

from leadrelay.sandbox.hangup import Spoiled

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]

SLASH = "\ue000"
"""Stands in a path for a slash that came as `%2F`: it is part of a name, and parts no names."""


@dataclass(slots=True)
class Request:
    """What a client asked. Header names are lower-case, `path` is of `path_of`, `parts` is what the pattern caught.

    A query parameter that came several times is one, joined by commas. `address_bytes`: how long path and query were.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts: Mapping[str, str] = field(default_factory=dict)
    actor: str = ""
    scheme: str = "http"
    address_bytes: int = 0

    def json(self) -> Any:
        """The body as JSON; raises ValueError where it is none."""
        return orjson.loads(self.body)

    def form(self) -> dict[str, str]:
        """The body as a URL-encoded form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(slots=True)
class Response:
    """What the CRM answers. `body`: bytes go out as they are, None as an empty body, all else as JSON.

    `stream` makes a body that is too large to be held, piece by piece.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"
    stream: Callable[[], Iterable[bytes]] | None = None

    def payload(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


Handler = Callable[[Request], Response]


async def _at_once(_seconds: float) -> None:
    return None


@dataclass(slots=True)
class Delivery:
    """How an answer goes out. Without one the connection is closed, with `reset` torn down.

    `cut`: the body ends before this byte, and the connection. `slice`, `pause`: the body comes in slices; `wait` waits.
    `skew`: so many seconds is the Date header ahead.
    """

    answer: Response | None
    cut: int | None = None
    slice: int | None = None
    pause: float = 0.0
    skew: float = 0.0
    reset: bool = False
    wait: Callable[[float], Awaitable[None]] = _at_once

    @property
    def whole(self) -> bool:
        """Whether the answer arrives as the CRM gave it, but for its Date."""
        return self.answer is not None and self.cut is None and self.slice is None


class Line(Protocol):
    """What lies between the sockets and a CRM."""

    @property
    def quiet(self) -> bool:
        """Whether requests pass as if it were not there."""

    async def carry(self, request: Request) -> Delivery:
        """Have a request answered."""


class Router:
    """Finds the handler of a method and path. Patterns hold `{name}` for one segment, `{name:path}` for the rest."""

    def __init__(self) -> None:
        self._routes: list[tuple[frozenset[str], re.Pattern[str], Handler]] = []

    def add(self, methods: str, pattern: str, handler: Handler) -> None:
        """`methods`: words such as "GET POST". The first pattern that fits wins."""
        parts = re.split(r"(\{\w+(?::path)?\})", pattern)
        regex = "".join(_segment(part) for part in parts)
        self._routes.append((frozenset(methods.split()), re.compile(regex + "/?$", re.IGNORECASE), handler))

    def find(self, method: str, path: str) -> tuple[Handler | None, dict[str, str], Sequence[str]]:
        """The handler, what the pattern caught, and the methods that the path would take."""
        allowed: set[str] = set()
        for methods, regex, handler in self._routes:
            if caught := regex.match(path):
                if method in methods:
                    return handler, {name: part.replace(SLASH, "/") for name, part in caught.groupdict().items()}, ()
                allowed |= methods
        return None, {}, sorted(allowed)


def _segment(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name, _, rest = part[1:-1].partition(":")
    return f"(?P<{name}>.+)" if rest else f"(?P<{name}>[^/]+)"


def path_of(raw: str) -> str:
    """The path of an address as it was sent, decoded but for slashes within names."""
    return unquote(re.sub("//+", "/", re.sub("%2f", quote(SLASH), raw, flags=re.IGNORECASE)))


def query_of(text: str) -> dict[str, str]:
    """A query string by name. A name that comes again (`properties=a&properties=b`) is one list, `a,b`."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def application(handle: Handler, now: Callable[[], datetime] | None = None, line: Line | None = None) -> Starlette:
    """An ASGI application that gives every request to `handle`, one at a time: the event loop is the lock.

    `now`: the CRM's own clock, which its Date header tells; without it the server adds the machine's. `line` stands
    before `handle`, unless it is quiet.
    """

    def rendered(answer: Response, skew: float) -> StarletteResponse:
        dated = {"Date": format_datetime(now() + timedelta(seconds=skew), usegmt=True)} if now else {}
        headers = {**dated, **answer.headers}
        if answer.stream:
            return StreamingResponse(_pieces(answer.stream), answer.status, headers, answer.content_type)
        media_type = answer.content_type if answer.body else None
        return StarletteResponse(answer.payload(), answer.status, headers, media_type)

    async def endpoint(incoming: StarletteRequest) -> StarletteResponse:
        try:
            request = await _received(incoming)
        except ClientDisconnect:
            return StarletteResponse(status_code=400)
        if line is None or line.quiet:
            return rendered(handle(request), 0)
        delivery = await line.carry(request)
        response = rendered(delivery.answer, delivery.skew) if delivery.answer else None
        if response and (delivery.whole or isinstance(response, StreamingResponse)):
            return response
        return Spoiled(response, delivery.cut, delivery.slice, delivery.pause, delivery.wait, reset=delivery.reset)

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])


async def _pieces(stream: Callable[[], Iterable[bytes]]) -> AsyncIterator[bytes]:
    # Of its own, as Starlette would give each piece of a plain iterator to a thread. Others have a go after each piece,
    # also where nobody takes them any more: only so is it noticed that the client has gone.
    for piece in stream():
        if piece:
            yield piece
        await asyncio.sleep(0)


async def _received(incoming: StarletteRequest) -> Request:
    body = await incoming.body()
    raw_path = incoming.scope.get("raw_path", b"").split(b"?")[0].decode() or incoming.url.path
    query = incoming.scope["query_string"]
    return Request(
        method=incoming.method,
        path=path_of(raw_path),
        query=query_of(query.decode()),
        headers={name.lower(): value for name, value in incoming.headers.items()},
        body=body,
        scheme=incoming.url.scheme,
        address_bytes=len(raw_path) + len(query) + bool(query),
    )
