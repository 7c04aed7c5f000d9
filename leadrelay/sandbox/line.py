"""What lies between the sockets and one CRM: faults, interceptors, people at work, the acts of a scenario."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

import orjson

from leadrelay.sandbox.actors import Person, read_actors
from leadrelay.sandbox.control import PREFIX, BadRequest, Control, Route, body_of
from leadrelay.sandbox.dialects import Dialect
from leadrelay.sandbox.faults import Fault, HangUp, Hit, read_faults, read_list
from leadrelay.sandbox.keys import Findings
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Delivery, Handler, Request, Response

Interceptor = Callable[[Request, Literal["before", "after"]], None]
"""Called right before and right after a request is carried out; HangUp closes the connection without an answer."""


class Line:
    """The line to one CRM. `interceptors` are of tests in this process; `/_sandbox/` and scenarios set all else.

    `watch` sees every request to the CRM before it is carried out.
    """

    def __init__(self, handle: Handler, control: Control, store: Store, dialect: Dialect) -> None:
        self.interceptors: list[Interceptor] = []
        self.faults: list[Fault] = []
        self.actors: list[Person] = []
        self.watch: Callable[[], None] | None = None
        self.store = store
        self.control = control
        self._handle = handle
        self._dialect = dialect
        self._ended: set[str] = set()
        self._closing = asyncio.Event()
        control.extend(self._routes())

    @property
    def quiet(self) -> bool:
        """Whether requests pass as if the line were not there."""
        return not (self.faults or self.interceptors or self.actors or self.watch or self._ended)

    def post(self, name: str, body: Mapping[str, Any]) -> Response:
        """What `POST /_sandbox/{name}` answers."""
        return self._handle(Request("POST", PREFIX + name, body=orjson.dumps(body)))

    def close(self) -> None:
        """Wake what waits, for the server ends; to be called by the event loop's thread."""
        self._closing.set()

    async def carry(self, request: Request) -> Delivery:
        """Have a request answered, with the faults that hit it."""
        if request.path.startswith(PREFIX):
            return Delivery(self._handle(request))
        if self.watch:
            self.watch()
        now = self.store.clock.now()
        hit = Hit([fault for fault in self.faults if fault.hits(request, now, self._dialect.signs_in)])
        try:
            return hit.spoil(await self._through(request, hit), self._wait)
        except HangUp as end:
            return Delivery(None, reset=end.reset)

    # -- the way of a request -----------------------------------------------------------------------------------------

    async def _through(self, request: Request, hit: Hit) -> Response:
        await self._wait(hit.seconds("late-request"))
        if self._closing.is_set():
            raise HangUp
        hit.end(applied=False)
        instead = hit.instead(self._dialect)
        answer = None if instead and not hit.applied else self._carried_out(self._signed_in(request, hit), hit)
        hit.end(applied=True)
        await self._wait(hit.seconds("late"))
        if found := instead or answer:
            return found
        raise HangUp

    def _carried_out(self, request: Request, hit: Hit) -> Response:
        if hit.first("twice"):
            self._intercepted(replace(request))
        answer = self._intercepted(request)
        for actor in self.actors:
            actor.work(self.post)
        return answer

    def _intercepted(self, request: Request) -> Response:
        for interceptor in self.interceptors:
            interceptor(request, "before")
        answer = self._handle(request)
        for interceptor in self.interceptors:
            interceptor(request, "after")
        return answer

    def _signed_in(self, request: Request, hit: Hit) -> Request:
        """The request, but with no good token where that was ended."""
        token = request.headers.get("authorization", "")
        if hit.first("expire") and token and self._dialect.sessions:
            self._ended.add(token)
        if hit.first("expire") or token in self._ended:
            return replace(request, headers={**request.headers, "authorization": "Bearer ended"})
        return request

    async def _wait(self, seconds: float) -> None:
        """Waits on the machine's clock, at most until the server ends."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)

    # -- /_sandbox/ ---------------------------------------------------------------------------------------------------

    def _routes(self) -> Iterable[Route]:
        return (
            ("GET", "faults", self._show_faults),
            ("POST", "faults", self._set_faults),
            ("DELETE", "faults", self._clear_faults),
            ("GET", "actors", self._show_actors),
            ("POST", "actors", self._set_actors),
            ("DELETE", "actors", self._clear_actors),
        )

    def _show_faults(self, _: Request) -> Response:
        return Response(200, {"faults": [fault.shown() for fault in self.faults]})

    def _set_faults(self, request: Request) -> Response:
        tables, seed = read_list(body_of(request), "faults")
        findings = Findings()
        faults = read_faults(tables, seed, "faults", findings)
        _refuse(findings)
        self.faults = faults
        return self._show_faults(request)

    def _clear_faults(self, _: Request) -> Response:
        self.faults = []
        return Response(204)

    def _show_actors(self, _: Request) -> Response:
        return Response(200, {"actors": [actor.shown() for actor in self.actors]})

    def _set_actors(self, request: Request) -> Response:
        tables, seed = read_list(body_of(request), "actors")
        findings = Findings()
        actors = read_actors(tables, seed, "actors", self.store, findings)
        _refuse(findings)
        self.actors = actors
        return self._show_actors(request)

    def _clear_actors(self, _: Request) -> Response:
        self.actors = []
        return Response(204)


def _refuse(findings: Findings) -> None:
    if findings:
        raise BadRequest("; ".join(findings))
