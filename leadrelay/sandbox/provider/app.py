"""The providers of the sandbox: one call comes in, is let in, counted, billed and answered as its vendor does."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from leadrelay.sandbox.control import BadRequest, Control, Route
from leadrelay.sandbox.credentials import PROVIDER_KEY
from leadrelay.sandbox.provider.ledger import Ledger
from leadrelay.sandbox.provider.pdl import PDL
from leadrelay.sandbox.provider.settings import Settings
from leadrelay.sandbox.provider.truth import Contact, Directory, Firm
from leadrelay.sandbox.provider.vendor import Endpoint, No, Unanswerable, Vendor
from leadrelay.sandbox.provider.views import View
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, Response

VENDORS = (PDL,)


class Provider:
    """All vendors over one truth. `directory`: what is true; `ledger`: what was asked and billed."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self.store = store
        self.directory = directory
        self.settings = Settings()
        self.ledger = Ledger()
        self._served: dict[str, tuple[Vendor, Endpoint, View]] = {}
        self._recent: dict[str, deque[float]] = {vendor.name: deque() for vendor in VENDORS}
        for vendor in VENDORS:
            view = View(vendor.name, directory, self.settings)
            for endpoint in vendor.endpoints:
                self._served[endpoint.path] = (vendor, endpoint, view)
        self.control = Control(store, _no_edit, self._reset, self.settings, actions=self._actions())
        self.control.extend(self._routes())

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if self.control.handles(request):
            return self.control.handle(request)
        self.control.count(request)
        served = self._served.get(request.path.rstrip("/"))
        if served is None:
            return Response(404, {"error": "there is no such address"})
        vendor, endpoint, view = served
        if request.method not in endpoint.methods.split():
            return vendor.refuse(No.ADDRESS, "The method is not allowed on this resource")
        if vendor.key(request) != PROVIDER_KEY:
            return vendor.refuse(No.KEY, "The API key is missing or invalid")
        return self._limited(vendor) or self._answered(vendor, endpoint, view, request)

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
        if found is None:
            return vendor.refuse(No.NOBODY, "No records were found matching your request")
        return found if isinstance(found, Response) else Response(200, found)

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
        return {"company": self._tell_company}

    def _tell_company(self, told: Mapping[str, Any]) -> Response:
        """What is true of a company from now on; all else stays as it is, or as it is invented."""
        domain = told.get("domain")
        if not isinstance(domain, str) or not domain:
            raise BadRequest('say {"action": "company", "domain": ..., and what is true of it}')
        if unknown := told.keys() - {field.name for field in fields(Firm)}:
            raise BadRequest(f"a company has no {', '.join(sorted(unknown))}")
        changed = {**told, "domain": domain.lower(), "technologies": tuple(told.get("technologies", ()))}
        firm = replace(self.directory.firm(domain.lower()) or self.directory.invented(domain.lower()), **changed)
        self.directory.tell(firm=firm)
        return Response(200, _shown(firm))

    def _reset(self) -> None:
        self.store.wipe()
        self.ledger.clear()
        self.settings.reset()
        self.directory.forget()


def _no_edit(*_told: Any, **_more: Any) -> Response:
    raise BadRequest("providers keep no records; say what is true with the action company or person")


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdecimal()):
        raise BadRequest(f"{name} must be a whole number")
    return int(text)


def _shown(found: Firm | Contact) -> dict[str, Any]:
    told = {field.name: getattr(found, field.name) for field in fields(found)}
    return {name: _shown(value) if isinstance(value, Firm) else value for name, value in told.items()}
