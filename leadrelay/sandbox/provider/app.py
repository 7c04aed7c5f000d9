"""The providers of the sandbox: one call comes in, is let in, counted, billed and answered as its vendor does."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from leadrelay.sandbox.control import BadRequest, Control, Route
from leadrelay.sandbox.credentials import PROVIDER_KEY
from leadrelay.sandbox.provider.apollo import APOLLO
from leadrelay.sandbox.provider.clearbit import CLEARBIT
from leadrelay.sandbox.provider.dns import Responder
from leadrelay.sandbox.provider.hunter import HUNTER
from leadrelay.sandbox.provider.ledger import Ledger
from leadrelay.sandbox.provider.pdl import PDL
from leadrelay.sandbox.provider.settings import Settings
from leadrelay.sandbox.provider.truth import Contact, Directory, Firm
from leadrelay.sandbox.provider.vendor import Endpoint, No, Unanswerable, Vendor
from leadrelay.sandbox.provider.views import View
from leadrelay.sandbox.provider.zones import Zones
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, Response

VENDORS = (PDL, APOLLO, HUNTER, CLEARBIT)
STRANGER = "stranger"
"""The actor of a request whose answer is to be about somebody else."""

_log = logging.getLogger(__name__)

Served = tuple[Vendor, Endpoint, View, View]
"""An endpoint with what its vendor knows, and what it knows when it takes everybody for somebody else."""


class Provider:
    """All vendors over one truth. `directory`: what is true; `ledger`: what was asked and billed; `names`: in DNS."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self.store = store
        self.directory = directory
        self.settings = Settings()
        self.ledger = Ledger()
        self._building: asyncio.Task[None] | None = None
        self._served: dict[tuple[str, bool], Served] = {}
        self._recent: dict[str, deque[float]] = {vendor.name: deque() for vendor in VENDORS}
        for vendor in VENDORS:
            view, mistaken = (View(vendor.name, directory, self.settings) for _ in range(2))
            mistaken.mistaken = True
            for endpoint in vendor.endpoints:
                self._served[endpoint.path, vendor is CLEARBIT] = (vendor, endpoint, view, mistaken)
        self.control = Control(store, _no_edit, self._reset, self.settings, actions=self._actions())
        self.names = Responder(Zones(directory, self.settings), self.ready)
        self.control.extend([*self._routes(), *self.names.routes()])

    async def ready(self) -> None:
        """Wait until everybody in the samples is known; that is found out beside the event loop."""
        if not self.directory.built:
            self._building = self._building or asyncio.create_task(asyncio.to_thread(self.directory.build))
            await self._building
            self._building = None

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if self.control.handles(request):
            return self.control.handle(request)
        self.control.count(request)
        path = request.path.rstrip("/")
        # Hunter and Clearbit have the same paths, on hosts of their own: they are told apart by how the key comes.
        served = self._served.get((path, "authorization" in request.headers)) or self._served.get((path, False))
        if served is None:
            return Response(404, {"error": "there is no such address"})
        try:
            return self._served_by(*served, request)
        except Exception as error:  # noqa: BLE001 - whatever breaks in here must reach the client as an answer
            # Not the traceback: its texts may hold personal data.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("%s failed: %s at %s:%s", served[0].name, type(error).__name__, frame.filename, frame.lineno)
            return Response(500, {"error": "internal error"})

    def _served_by(self, vendor: Vendor, endpoint: Endpoint, view: View, mistaken: View, request: Request) -> Response:
        if request.method not in endpoint.methods.split():
            return vendor.refuse(No.ADDRESS, "The method is not allowed on this resource")
        if vendor.key(request) != PROVIDER_KEY:
            return vendor.refuse(No.KEY, "The API key is missing or invalid")
        known = mistaken if request.actor == STRANGER else view
        return self._limited(vendor) or self._answered(vendor, endpoint, known, request)

    def _limited(self, vendor: Vendor) -> Response | None:
        most = self.settings.per_second
        if most is None:
            return None
        now = self.store.clock.now().timestamp()
        recent = self._recent[vendor.name]
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) < most:
            recent.append(now)
            return None
        refused = vendor.refuse(No.RATE, "Too many requests within a second")
        refused.headers["Retry-After"] = "1"
        return refused

    def _answered(self, vendor: Vendor, endpoint: Endpoint, view: View, request: Request) -> Response:
        try:
            asked = endpoint.read(request)
            found = endpoint.answer(view, asked, request)
        except Unanswerable as why:
            return vendor.refuse(No.QUESTION, str(why))
        price = endpoint.price(found is not None)
        if endpoint.once and self.ledger.paid_before(vendor.name, endpoint.name, asked):
            price = 0
        if self._left(vendor) < price:
            return vendor.refuse(No.CREDITS, "All credits of this account are used")
        at = self.store.clock.stamp()
        self.ledger.add(at, vendor.name, endpoint.name, asked, found=found is not None, cost=price)
        answer = Response(200, found)
        if found is None:
            answer = endpoint.miss() if endpoint.miss else vendor.refuse(No.NOBODY, "No records were found")
        answer.headers.update(vendor.spent(price))
        return answer

    def _left(self, vendor: Vendor) -> float:
        most = self.settings.credits
        return float("inf") if most is None else most - self.ledger.spent(vendor.name)

    # -- /_sandbox/ ---------------------------------------------------------------------------------------------------

    def _routes(self) -> Iterable[Route]:
        return (
            ("GET", "paid", self._paid),
            ("POST", "paid/reset", self._forget_paid),
            ("GET", "truth", self._truth),
        )

    def _paid(self, request: Request) -> Response:
        after, limit = (_whole(request.query, name, least) for name, least in (("after", 0), ("limit", 10_000)))
        return Response(200, self.ledger.shown(after, limit))

    def _forget_paid(self, _: Request) -> Response:
        self.ledger.clear()
        return Response(204)

    def _truth(self, request: Request) -> Response:
        domain, email = request.query.get("domain", ""), request.query.get("email", "")
        found = self.directory.contact(email) if email else self.directory.firm(domain)
        if found is None and self.settings.invents and domain:
            found = self.directory.invented(domain)
        return Response(200, _shown(found)) if found else Response(404, {"error": "nobody in the samples has it"})

    def _actions(self) -> Mapping[str, Any]:
        return {"company": self._tell_company, "person": self._tell_person}

    def _tell_company(self, told: Mapping[str, Any]) -> Response:
        """What is true of a company from now on; all else stays as it is, or as it is invented."""
        domain = _told(told, "domain", Firm)
        changed = {**told, "domain": domain}
        if "technologies" in told:
            changed["technologies"] = tuple(told["technologies"])
        firm = replace(self._company(domain), **changed)
        self.directory.tell(firm=firm)
        return Response(200, _shown(firm))

    def _tell_person(self, told: Mapping[str, Any]) -> Response:
        """The same of a person; `domain` is the company's, else it is that of the address."""
        email = _told({name: told[name] for name in told.keys() - {"domain"}}, "email", Contact)
        changed = {**told, "email": email}
        domain = changed.pop("domain", None) or email.rpartition("@")[2]
        before = self.directory.contact(email) or Contact(email, "", "", None, "", 0, self._company(domain))
        contact = replace(before, **{"firm": self._company(domain), **changed})
        self.directory.tell(contact=contact)
        return Response(200, _shown(contact))

    def _company(self, domain: str) -> Firm:
        return self.directory.firm(domain) or self.directory.invented(domain)

    def _reset(self) -> None:
        self.store.wipe()
        self.ledger.clear()
        self.settings.reset()
        self.names.reset()
        self.directory.forget()


def _no_edit(*_told: Any, **_more: Any) -> Response:
    raise BadRequest("providers keep no records; say what is true with the action company or person")


def _told(told: Mapping[str, Any], key: str, kind: type[Firm | Contact]) -> str:
    """The key of the company or person that something is told of; BadRequest where there is none, or too much."""
    value = told.get(key)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"say whom: {key}, and what is true")
    if unknown := told.keys() - {field.name for field in fields(kind) if field.name != "firm"}:
        raise BadRequest(f"nobody has {', '.join(sorted(unknown))}")
    return value.lower()


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdecimal()):
        raise BadRequest(f"{name} must be a whole number")
    return int(text)


def _shown(found: Firm | Contact) -> dict[str, Any]:
    told = {field.name: getattr(found, field.name) for field in fields(found)}
    return {name: _shown(value) if isinstance(value, Firm) else value for name, value in told.items()}
