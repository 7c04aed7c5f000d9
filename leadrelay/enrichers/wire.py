"""One exchange with a provider: to an address that the guard let through, within bytes and seconds, never followed.

On `http.client`, which logs nothing: urllib3 writes the whole address, with the key and the lead's e-mail address in
it, to the log where a header cannot be parsed (`urllib3.connection.HTTPConnection.getresponse`).
"""

from __future__ import annotations

import io
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from queue import Empty, LifoQueue
from typing import Any

from urllib3.util.wait import wait_for_read

from leadrelay.enrichers.description import Limits
from leadrelay.enrichers.guard import Guard, Host

_HEAD = 65_536
"""So many bytes may status line and headers take, and the frames of a body in pieces."""
_PIECE = 65_536
_KEPT = 30.0
"""Seconds that a connection may lie idle: routers between forget it without a word, and what is sent on it is lost."""


class Unsent(Exception):
    """Nothing was sent: it costs nothing, and may be tried again."""


class Lost(Exception):
    """It was sent, and no whole answer came: it may have been charged."""


class TooMuch(Lost):
    """The answer takes more than its limits."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. `target`: path and query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `headers`: names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class _Socket:
    """A connected socket that `http.client` reads from, with a budget of bytes and a moment when time is up."""

    def __init__(self, connected: socket.socket, clock: Callable[[], float]) -> None:
        self._connected = connected
        self._clock = clock
        self._until = clock()
        self._left = 0
        self._used = clock()

    def allow(self, size: int, until: float) -> None:
        """So many bytes from now on, until then."""
        self._left, self._until, self._used = size, until, self._clock()

    def sendall(self, data: bytes) -> None:
        self._connected.settimeout(self._remaining())
        self._connected.sendall(data)

    def read_into(self, buffer: Any) -> int:
        """The next bytes, as many as are there; a provider that trickles has the same time as one that does not."""
        self._connected.settimeout(self._remaining())
        count = self._connected.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise TooMuch("more bytes than are taken")
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What `http.client` reads an answer from."""
        return io.BufferedReader(_Raw(self), 16_384)

    def usable(self) -> bool:
        """Whether it was used lately, and nothing has come unasked since, such as the other side's farewell."""
        return self._clock() - self._used < _KEPT and not wait_for_read(self._connected, timeout=0)

    def close(self) -> None:
        """Nothing: `http.client` closes before the last bytes are read, where the other side will close."""

    def shut(self) -> None:
        """Now it is closed."""
        self._connected.close()

    def _remaining(self) -> float:
        remaining = self._until - self._clock()
        if remaining <= 0:
            raise TimeoutError
        return remaining


class _Raw(io.RawIOBase):
    def __init__(self, source: _Socket) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.read_into(buffer)


class Line:
    """Connections to one host, kept open between look-ups; several threads use it."""

    def __init__(
        self, host: Host, guard: Guard, limits: Limits, context: ssl.SSLContext | None, clock: Callable[[], float]
    ) -> None:
        self._host = host
        self._guard = guard
        self._limits = limits
        self._context = context
        self._clock = clock
        self._open: LifoQueue[tuple[HTTPConnection, _Socket]] = LifoQueue()
        self._closed = False

    def resolve(self) -> None:
        """Find out where to connect to. `Barred` where nobody may; `OSError` where it cannot be told now."""
        self._guard.addresses()

    def exchange(self, request: Request) -> Reply:
        """Send it once. `Barred`, `Unsent` and `Lost` tell what may have been charged."""
        connection, bounded = self._kept() or self._connect()
        bounded.allow(self._limits.size + _HEAD, self._clock() + self._limits.seconds)
        keep = False
        try:
            reply, keep = self._sent(connection, request)
        except TimeoutError:
            raise Lost("no whole answer in time") from None
        except (OSError, HTTPException, ValueError, zlib.error) as error:
            raise Lost(f"the connection broke ({type(error).__name__})") from None
        finally:
            if keep and not self._closed:
                self._open.put((connection, bounded))
            else:
                _close(connection, bounded)
        return reply

    def close(self) -> None:
        """Close what is open, and what others still use when they are done."""
        self._closed = True
        while kept := self._take():
            _close(*kept)

    def _sent(self, connection: HTTPConnection, request: Request) -> tuple[Reply, bool]:
        headers = {"Host": self._host.header, "Accept-Encoding": "gzip", **request.headers}
        connection.request(request.method, request.target, request.body, headers)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        body = _body(response, told.get("content-encoding", ""), self._limits.size)
        keep = not response.will_close
        response.close()
        return Reply(response.status, told, body), keep

    def _take(self) -> tuple[HTTPConnection, _Socket] | None:
        try:
            return self._open.get_nowait()
        except Empty:
            return None

    def _kept(self) -> tuple[HTTPConnection, _Socket] | None:
        while kept := self._take():
            if kept[1].usable():
                return kept
            _close(*kept)
        return None

    def _connect(self) -> tuple[HTTPConnection, _Socket]:
        try:
            addresses = self._guard.addresses()
        except OSError:
            raise Unsent("its name cannot be resolved") from None
        why = ""
        for address in addresses:
            try:
                bounded = _Socket(self._connected(address), self._clock)
            except ssl.SSLCertVerificationError:
                why = "its certificate cannot be verified"
            except OSError as error:
                why = f"cannot be reached ({type(error).__name__})"
            else:
                connection = HTTPConnection(self._host.name, self._host.port)
                connection.sock = bounded
                return connection, bounded
        raise Unsent(why)

    def _connected(self, address: str) -> socket.socket:
        plain = socket.create_connection((address, self._host.port), self._limits.connect_seconds)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._context.wrap_socket(plain, server_hostname=self._host.name) if self._context else plain
        except BaseException:
            plain.close()
            raise


def _close(connection: HTTPConnection, bounded: _Socket) -> None:
    with suppress(OSError):
        connection.close()
    with suppress(OSError):
        bounded.shut()


def _body(response: HTTPResponse, encoding: str, most: int) -> bytes:
    """All of it, unpacked; `TooMuch` as soon as it is more."""
    if encoding.strip().lower() not in {"", "identity", "gzip"}:
        raise TooMuch("packed in a way that was not asked for")
    unpack = zlib.decompressobj(wbits=31) if "gzip" in encoding.lower() else None
    whole = bytearray()
    while piece := response.read1(_PIECE):
        whole += unpack.decompress(piece, most + 1 - len(whole)) if unpack else piece
        if len(whole) > most or (unpack and unpack.unconsumed_tail):
            raise TooMuch("more bytes than are taken")
    if response.length:  # `read1` does not tell
        raise Lost("the connection broke in the middle of the answer")
    return bytes(whole)
