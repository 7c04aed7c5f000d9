"""The `/_sandbox/` endpoints of both CRMs: history, requests, edit as a person, act, clock, settings, reset.

An app keeps one as `self.control` and begins its `handle` with:
    if self.control.handles(request): return self.control.handle(request)
    self.control.count(request)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Protocol

from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Handler, Request, Response, Router

PREFIX = "/_sandbox/"
LAST_YEAR = 9000
"""The clock goes no further, so that what is counted from it stays a date."""
MOST_LATE = 86_400
CLOCK_KEPT_AS = "sandbox.clock"

Route = tuple[str, str, Handler]
Action = Callable[[Mapping[str, Any]], Response]
"""action(arguments): something that people or the CRM itself do, such as a merge; BadRequest where they do not fit."""


class BadRequest(Exception):
    """A request to `/_sandbox/` that cannot be carried out; the message says why."""


class Edit(Protocol):
    """The change of one record as the API makes it, with its validation and its stamps."""

    def __call__(self, name: str, key: str, fields: Mapping[str, Any], actor: str, *, late: float = 0.0) -> Response:
        """`late`: seconds after which the change can be seen, though its stamp is of now (a long transaction)."""


class Settings(Protocol):
    """The switches of one CRM by name."""

    def get(self) -> dict[str, Any]:
        """All of them, as they are now."""

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Turn those that are named, all or none; BadRequest says which is no switch, or has no such value."""


class Control:
    """`edit`, `reset`, `settings` are the app's: change one record as a person; empty the org and prepare it anew.

    `actions` too: what else happens in a CRM, by name. The server's are `refill`, what it puts back after a reset
    (samples, a loaded table), and `renew`, what it does once that is done.
    """

    def __init__(
        self,
        store: Store,
        edit: Edit,
        reset: Callable[[], None],
        settings: Settings | None = None,
        *,
        actions: Mapping[str, Action] = MappingProxyType({}),
    ) -> None:
        self.actions = actions
        self._store = store
        self._settings = settings
        self._edit_record = edit
        self._empty = reset
        self.refill: Callable[[], None] = _nothing
        self.renew: Callable[[], None] = _nothing
        self._counts: Counter[str] = Counter()
        self._router = Router()
        self.extend(self._routes())

    def extend(self, routes: Iterable[Route]) -> None:
        """Take more endpoints: methods, the name after `/_sandbox/`, handler."""
        for methods, name, handler in routes:
            self._router.add(methods, PREFIX + name, handler)

    def _routes(self) -> Iterable[Route]:
        return (
            ("GET", "health", self._health),
            ("GET", "history", self._history),
            ("GET", "requests", self._requests),
            ("POST", "requests/reset", self._requests_reset),
            ("POST", "edit", self._edit),
            ("POST", "act", self._act),
            ("POST", "clock", self._clock),
            ("GET", "settings", self._show_settings),
            ("POST", "settings", self._change_settings),
            ("POST", "reset", self._reset),
        )

    def handles(self, request: Request) -> bool:
        """Whether the request is for `/_sandbox/` and not for the CRM."""
        return request.path.startswith(PREFIX)

    def handle(self, request: Request) -> Response:
        """Answer a request to `/_sandbox/`; 400, 404 and 405 carry `{"error": why}`."""
        handler, request.parts, allowed = self._router.find(request.method, request.path)
        if handler is None:
            why = f"use {' or '.join(allowed)}" if allowed else f"the sandbox has no {request.path}"
            return Response(405 if allowed else 404, {"error": why})
        try:
            return handler(request)
        except BadRequest as error:
            return Response(400, {"error": str(error)})

    def settings(self) -> dict[str, Any]:
        """The switches as they are now; none where the CRM has none."""
        return self._settings.get() if self._settings else {}

    def count(self, request: Request) -> None:
        """Count one request to the CRM (not the parts of a composite one)."""
        self._counts[f"{request.method} {pattern_of(request.path)}"] += 1

    def _health(self, _: Request) -> Response:
        return Response(200, {"ready": True, "now": self._store.clock.stamp()})

    def _history(self, request: Request) -> Response:
        after, limit = _number(request.query, "after", 0), _number(request.query, "limit", 10_000)
        return Response(200, {"history": self._store.history(request.query.get("record") or None, after, limit)})

    def _requests(self, _: Request) -> Response:
        return Response(200, {"total": self._counts.total(), "requests": dict(sorted(self._counts.items()))})

    def _requests_reset(self, _: Request) -> Response:
        self._counts.clear()
        return Response(204)

    def _edit(self, request: Request) -> Response:
        body = body_of(request)
        if "edits" not in body:
            edit, late = _edit_of(body)
            return self._edit_record(*edit, late=late)
        if not isinstance(body["edits"], list):
            raise BadRequest('"edits" must be a list of edits')
        edits = [_edit_of(edit) for edit in body["edits"]]
        with self._store.transaction():
            answers = [self._edit_record(*edit, late=late) for edit, late in edits]
        return Response(200, {"results": [{"status": answer.status, "body": answer.body} for answer in answers]})

    def _act(self, request: Request) -> Response:
        arguments = body_of(request)
        name = arguments.pop("action", None)
        action = self.actions.get(name) if isinstance(name, str) else None
        if action is None:
            raise BadRequest(f'say {{"action": name, ...}}; there are: {", ".join(sorted(self.actions)) or "none"}')
        return action(arguments)

    def _clock(self, request: Request) -> Response:
        seconds = body_of(request).get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise BadRequest('say {"advance": seconds}, zero or more: the clock never runs backwards')
        try:
            year = (self._store.clock.now() + timedelta(seconds=seconds)).year
        except OverflowError:
            year = LAST_YEAR
        if year >= LAST_YEAR:
            raise BadRequest(f"the clock goes no further than the year {LAST_YEAR}")
        self._store.clock.advance(seconds)
        self._keep_clock()
        return Response(200, {"now": self._store.clock.stamp()})

    def _show_settings(self, _: Request) -> Response:
        return Response(200, self._switches().get())

    def _change_settings(self, request: Request) -> Response:
        self._switches().change(body_of(request))
        return Response(200, self._switches().get())

    def _switches(self) -> Settings:
        if self._settings is None:
            raise BadRequest("this CRM has no settings")
        return self._settings

    def _reset(self, _: Request) -> Response:
        try:
            with self._store.transaction():
                self._empty()
                self._keep_clock()
                self.refill()
            self.renew()
        except SandboxError as error:
            raise BadRequest(str(error)) from None
        self._counts.clear()
        return Response(204)

    def _keep_clock(self) -> None:
        """A state file that is opened again goes on at the time it had reached."""
        self._store.remember(CLOCK_KEPT_AS, self._store.clock.offset.total_seconds())


def _nothing() -> None:
    return None


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request to `/_sandbox/` carries."""
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def _edit_of(body: Any) -> tuple[tuple[str, str, dict[str, Any], str], float]:
    """Object, id, fields and actor of one edit, and how late it is."""
    edit = body if isinstance(body, dict) else {}
    name, key, fields, late = edit.get("object"), edit.get("id"), edit.get("fields"), edit.get("late", 0)
    if not (isinstance(name, str) and isinstance(key, str | int) and isinstance(fields, dict)):
        raise BadRequest('say {"object": name, "id": id, "fields": {field: value}, "actor": who (or leave it out)}')
    if isinstance(late, bool) or not isinstance(late, int | float) or not 0 <= late <= MOST_LATE:
        raise BadRequest(f"late must be seconds, from 0 to {MOST_LATE}")
    return (name, str(key), fields, str(edit.get("actor") or "person")), float(late)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name) or str(default)
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise BadRequest(f"{name} must be a whole number")
    return int(text)


_ID = re.compile(r"\d+|(?=\D*\d)[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?(?:-\d+)?|.*@.*")
_VERSION = re.compile(r"v\d+\.\d+")


def pattern_of(path: str) -> str:
    """A path with `{version}` for Salesforce's version, and `{id}` for ids, locators and external ids."""
    folded: list[str] = []
    for part in path.rstrip("/").split("/"):
        if _VERSION.fullmatch(part):
            folded.append("{version}")
        elif _ID.fullmatch(part) or (folded[-3:-2] == ["sobjects"] and folded[-1].endswith("__c")):
            folded.append("{id}")
        else:
            folded.append(part)
    return "/".join(folded)
