"""Answers that do not arrive: the connection is closed or torn down, in the middle of a body or before it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "leadrelay.transport"


class Protocol(H11Protocol):
    """HTTP/1.1 that shows its connection to the application, as an ASGI extension: only so can it be closed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base has it
        super().connection_made(transport)
        self.app = _showing(self.app, transport)


def _showing(app: Any, transport: asyncio.Transport) -> ASGIApp:
    async def shown(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[TRANSPORT] = transport
        await app(scope, receive, send)

    return shown


class Spoiled(Response):
    """A response that comes in slices, or in part, or not at all (None)."""

    def __init__(
        self,
        response: Response | None,
        cut: int | None,
        size: int | None,
        pause: float,
        wait: Callable[[float], Awaitable[None]],
        *,
        reset: bool,
    ) -> None:
        super().__init__()
        self._response = response
        self._cut = cut
        self._size = size
        self._pause = pause
        self._wait = wait
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._response:
            await self._send(self._response, send)
        if self._response is None or self._cut is not None:
            await _hang_up(scope["extensions"][TRANSPORT], receive, reset=self._reset)

    async def _send(self, response: Response, send: Send) -> None:
        await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
        body = bytes(response.body)[: self._cut]
        size = self._size or len(body) or 1
        for start in range(0, len(body), size):
            if start:
                await self._wait(self._pause)
            await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
        if self._cut is None:
            await send({"type": "http.response.body", "body": b""})


async def _hang_up(transport: asyncio.Transport, receive: Receive, *, reset: bool) -> None:
    if reset:
        # A socket that does not linger says RST when it closes, not FIN.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
