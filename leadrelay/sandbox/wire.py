"""Requests and answers as values, so that one request can carry others (composite) and faults can step between."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import orjson
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route

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
    """What the CRM answers. `body`: bytes go out as they are, None as an empty body, all else as JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"

    def payload(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


Handler = Callable[[Request], Response]


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


def application(handle: Handler, now: Callable[[], datetime] | None = None) -> Starlette:
    """An ASGI application that gives every request to `handle`, one at a time: the event loop is the lock.

    `now`: the CRM's own clock, which its Date header tells; without it the server adds the machine's.
    """

    async def endpoint(incoming: StarletteRequest) -> StarletteResponse:
        try:
            body = await incoming.body()
        except ClientDisconnect:
            return StarletteResponse(status_code=400)
        raw_path = incoming.scope.get("raw_path", b"").split(b"?")[0].decode() or incoming.url.path
        query = incoming.scope["query_string"]
        answer = handle(
            Request(
                method=incoming.method,
                path=path_of(raw_path),
                query=query_of(query.decode()),
                headers={name.lower(): value for name, value in incoming.headers.items()},
                body=body,
                scheme=incoming.url.scheme,
                address_bytes=len(raw_path) + len(query) + bool(query),
            )
        )
        return StarletteResponse(
            answer.payload(),
            answer.status,
            headers={"Date": format_datetime(now(), usegmt=True), **answer.headers} if now else answer.headers,
            media_type=answer.content_type if answer.body else None,
        )

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])
