"""Salesforce, HubSpot and data providers on 127.0.0.1: one thread, one event loop, from open sockets to closed ones."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sqlite3
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette

from leadrelay.sandbox import credentials
from leadrelay.sandbox.control import CLOCK_KEPT_AS
from leadrelay.sandbox.dialects import HUBSPOT, SALESFORCE
from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.hangup import Protocol
from leadrelay.sandbox.line import Line
from leadrelay.sandbox.population import App, OrgApp, Population, Progress
from leadrelay.sandbox.provider.app import Provider
from leadrelay.sandbox.provider.line import ProviderLine
from leadrelay.sandbox.provider.truth import Directory
from leadrelay.sandbox.scenario import CRMS, Scenario
from leadrelay.sandbox.stage import Stage
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Handler, application

HOST = "127.0.0.1"

BuildSalesforce = Callable[[Store, Callable[[], str]], OrgApp]
"""build(store, url_of): an org over its store; url_of() tells where it is served."""

BuildHubSpot = Callable[[Store], App]
"""build(store): a portal over its store."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to start. `state` is a folder that keeps both CRMs, else they live in memory. Port 0 is any free one.

    `scenario`: files, or names of those that come with the sandbox. `behind`: by so many seconds the clocks of new CRMs
    are behind the machine's, so that there is time to pass. `bare`: without any field of leadrelay's own.
    """

    leads: int = 0
    seed: int = 7
    load: Path | None = None
    state: Path | None = None
    salesforce_port: int = 0
    hubspot_port: int = 0
    provider_port: int = 0
    dns_port: int = 0
    tls: bool = False
    scenario: tuple[Path, ...] = ()
    behind: float = 0.0
    bare: bool = False


def _salesforce(store: Store, url_of: Callable[[], str]) -> OrgApp:
    from leadrelay.sandbox.salesforce.app import Salesforce

    return Salesforce(store, url_of)


def _hubspot(store: Store) -> App:
    from leadrelay.sandbox.hubspot.app import HubSpot

    return HubSpot(store)


def _unseen(_done: int, _all: int) -> None:
    return None


class Sandbox:
    """All of it, running while the context is entered. Look at the apps, but change them over HTTP only.

    The lines take interceptors: `sandbox.salesforce_line.interceptors.append(...)`.
    """

    salesforce: OrgApp
    hubspot: App
    provider: Provider
    salesforce_line: Line
    hubspot_line: Line
    provider_line: Line
    salesforce_url: str
    hubspot_url: str
    provider_url: str
    dns_address: str
    provider_key = credentials.PROVIDER_KEY
    jwt_key_path: Path
    ca_path: Path | None = None
    reused: bool = False

    def __init__(
        self,
        options: Options,
        progress: Progress = _unseen,
        build_salesforce: BuildSalesforce = _salesforce,
        build_hubspot: BuildHubSpot = _hubspot,
    ) -> None:
        self.options = options
        self._progress = progress
        self._build_salesforce = build_salesforce
        self._build_hubspot = build_hubspot
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            options = self.options
            population = Population(options.leads, options.seed, options.load, bare=options.bare)
            scenarios = [Scenario.read(path) for path in self.options.scenario]
            context = self._secure(stack) if self.options.tls else None
            scheme = "https" if context else "http"
            doors = [stack.enter_context(closing(_listen(port, option))) for port, option in self._ports()]
            pair = [stack.enter_context(closing(door)) for door in _pair(self.options.dns_port, "--dns-port")]
            self.dns_address = f"{HOST}:{pair[0].getsockname()[1]}"
            urls = [f"{scheme}://{HOST}:{door.getsockname()[1]}" for door in doors]
            self.salesforce_url, self.hubspot_url, self.provider_url = urls
            stores = [stack.enter_context(closing(_store(self.options, name))) for name in _FILES]
            self.salesforce = self._build_salesforce(stores[0], lambda: self.salesforce_url)
            self.hubspot = self._build_hubspot(stores[1])
            apps = (self.salesforce, self.hubspot)
            self.salesforce_line, self.hubspot_line = lines = [
                Line(app.handle, app.control, store, dialect)
                for app, store, dialect in zip(apps, stores, (SALESFORCE, HUBSPOT), strict=True)
            ]
            self.provider = Provider(stack.enter_context(closing(Store())), Directory(self.options.seed))
            self.provider_line = ProviderLine(self.provider)
            stage = Stage(scenarios, dict(zip(CRMS, (*lines, self.provider_line), strict=True)))
            self.reused = population.settle(list(zip(apps, stores, strict=True)), self._progress)
            self.provider.directory.hold(population.settled["leads"], population.settled["seed"])
            stage.set()
            self.jwt_key_path = self.salesforce.jwt_private_key
            served: list[tuple[Handler, Line]] = [(self.salesforce.handle, lines[0]), (self.hubspot.handle, lines[1])]
            served.append((self.provider.handle, self.provider_line))
            stack.enter_context(_running(served, doors, context, self.provider.names.serving(*pair)))
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def announcement(self) -> dict[str, Any]:
        """Where both are and what lets one in, as plain data."""
        return {
            "salesforce": {
                "url": self.salesforce_url,
                "client_id": credentials.SF_CLIENT_ID,
                "client_secret": credentials.SF_CLIENT_SECRET,
                "username": credentials.SF_USERNAME,
                "password": credentials.SF_PASSWORD,
                "security_token": credentials.SF_SECURITY_TOKEN,
                "jwt_key": str(self.jwt_key_path),
            },
            "hubspot": {"url": self.hubspot_url, "token": credentials.HS_TOKEN},
            "provider": {"url": self.provider_url, "key": self.provider_key, "dns": self.dns_address},
            "ca": str(self.ca_path) if self.ca_path else None,
            "state": str(self.options.state) if self.options.state else None,
            "reused": self.reused,
        }

    def _ports(self) -> tuple[tuple[int, str], ...]:
        options = self.options
        ports = (options.salesforce_port, options.hubspot_port, options.provider_port)
        return tuple(zip(ports, ("--salesforce-port", "--hubspot-port", "--provider-port"), strict=True))

    def _secure(self, stack: ExitStack) -> ssl.SSLContext:
        from leadrelay.sandbox.tls import Authority

        folder = self.options.state or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="leadrelay-sandbox-"))
        )
        authority = Authority(_folder(folder))
        self.ca_path = authority.path
        return authority.context()


def serve(
    options: Options,
    announce: Callable[[dict[str, Any]], None],
    progress: Progress = _unseen,
    build_salesforce: BuildSalesforce = _salesforce,
    build_hubspot: BuildHubSpot = _hubspot,
) -> None:
    """Run in the foreground: announce where both are, end at SIGINT or SIGTERM, also while records are put in."""
    with _signals() as stop:

        def step(done: int, everything: int) -> None:
            if stop.is_set():
                raise _Ended
            progress(done, everything)

        try:
            with Sandbox(options, step, build_salesforce, build_hubspot) as sandbox:
                announce(sandbox.announcement())
                stop.wait()
        except _Ended:
            return


class _Ended(Exception):
    """A signal came before the servers were up."""


_FILES = ("salesforce.db", "hubspot.db")


def _pair(port: int, option: str, tries: int = 20) -> tuple[socket.socket, socket.socket]:
    """Sockets for UDP and TCP on the same port. A port that is free for one is free for the other too, as a rule."""
    tcp = _listen(port, option)
    try:
        return _listen(tcp.getsockname()[1], option, socket.SOCK_DGRAM), tcp
    except SandboxError:
        tcp.close()
        if port or tries == 1:
            raise
        return _pair(port, option, tries - 1)


def _listen(port: int, option: str, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    # Named, so that asyncio sees a TCP socket and sends small answers at once (TCP_NODELAY).
    door = socket.socket(socket.AF_INET, kind, socket.IPPROTO_TCP if kind is socket.SOCK_STREAM else 0)
    try:
        if kind is socket.SOCK_STREAM:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((HOST, port))
        if kind is socket.SOCK_STREAM:
            door.listen(2048)
    except OSError as error:
        door.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened: {error.strerror}"
        raise SandboxError(f"port {port} {why}; choose another with {option}, or 0 for any free one") from None
    return door


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SandboxError(f"{path} cannot be the state folder: {error.strerror}") from None
    return path


def _store(options: Options, name: str) -> Store:
    path = _folder(options.state) / name if options.state else ":memory:"
    try:
        store = Store(str(path))
        # A second sandbox on the same folder must not find half of what this one does.
        store.db.execute("PRAGMA locking_mode = EXCLUSIVE")
        store.clock.advance(store.recall(CLOCK_KEPT_AS, -options.behind))
        store.remember(CLOCK_KEPT_AS, store.clock.offset.total_seconds())
    except sqlite3.Error as error:
        raise SandboxError(f"{path} cannot be opened: {error}; does another sandbox use it?") from None
    return store


class _Server(uvicorn.Server):
    """Ends at once where a client keeps an idle TLS connection: asyncio would wait half a minute for its farewell."""

    def __init__(self, handle: Handler, line: Line, context: ssl.SSLContext | None) -> None:
        super().__init__(_config(application(handle, line.store.clock.now, line), context))
        self._line = line

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._line.close()
        for connection in list(self.server_state.connections):
            if connection.transport.get_write_buffer_size() == 0:
                connection.transport.abort()
        await super().shutdown(sockets)


@contextmanager
def _running(
    served: list[tuple[Handler, Line]],
    doors: list[socket.socket],
    context: ssl.SSLContext | None,
    names: AbstractAsyncContextManager[None],
) -> Iterator[None]:
    servers = [_Server(handle, line, context) for handle, line in served]

    async def together() -> None:
        async with names:
            await asyncio.gather(*(server.serve([door]) for server, door in zip(servers, doors, strict=True)))

    thread = threading.Thread(target=lambda: asyncio.run(together()), name="leadrelay-sandbox", daemon=True)
    thread.start()
    try:
        yield
    finally:
        for server in servers:
            server.should_exit = True
        thread.join()


def _config(application: Starlette, context: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="asyncio",
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        date_header=False,  # the CRM's own clock is told by `wire.application`
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        # Both CRMs take addresses of up to 16 kB; what is longer is theirs to refuse, not the protocol's.
        h11_max_incomplete_event_size=65_536,
        ssl_context_factory=(lambda _config, _default: context) if context else None,
    )


@contextmanager
def _signals() -> Iterator[threading.Event]:
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
