"""The Salesforce of the sandbox: one org behind one `handle`, from the versions list to the last collection."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from leadrelay.sandbox.control import Control
from leadrelay.sandbox.salesforce import (
    changes,
    connect,
    describe,
    errors,
    limits,
    loading,
    objects,
    org,
    query,
    setup_state,
)
from leadrelay.sandbox.salesforce.acts import actions
from leadrelay.sandbox.salesforce.auth import OAuth
from leadrelay.sandbox.salesforce.bulk_ingest import BulkIngest
from leadrelay.sandbox.salesforce.bulk_query import BulkQuery
from leadrelay.sandbox.salesforce.collections_api import SobjectCollections
from leadrelay.sandbox.salesforce.composite import Composite
from leadrelay.sandbox.salesforce.errors import SalesforceError
from leadrelay.sandbox.salesforce.graph import CompositeGraph
from leadrelay.sandbox.salesforce.intake import received, too_long
from leadrelay.sandbox.salesforce.limits import Usage
from leadrelay.sandbox.salesforce.person import People
from leadrelay.sandbox.salesforce.sessions import Sessions, organization_id, token_of
from leadrelay.sandbox.salesforce.settings import Switches, change
from leadrelay.sandbox.salesforce.soap_login import SoapLogin
from leadrelay.sandbox.salesforce.sobjects import Sobjects
from leadrelay.sandbox.salesforce.tooling import Tooling
from leadrelay.sandbox.salesforce.tree import SobjectTree
from leadrelay.sandbox.salesforce.writes import Writer
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, Response, Router

OLDEST, NEWEST = 31, 68
ACTOR = "integration"
"""Who did it, in the history, where the API did."""

_SOBJECT = re.compile(r"/services/data/v\d{1,3}\.\d/(?:composite/)?sobjects/(\w+)", re.IGNORECASE)
_VERSIONED = re.compile(r"/services/data/v(\d{1,3})\.(\d)(?:/|$)", re.IGNORECASE)
_GONE = "The requested resource is no longer available: this API version is retired or does not exist"
_CRASHED = "An unexpected error occurred. The sandbox's log has its traceback."
_RESOURCES = ("composite", "connect", "jobs", "limits", "query", "queryAll", "sobjects", "tooling")
_log = logging.getLogger(__name__)


class Salesforce:
    """An org that answers requests. `url_of()` tells where it is served, for the addresses in its answers."""

    def __init__(self, store: Store, url_of: Callable[[], str]) -> None:
        self.bare = False
        self.org = org.Org(store, url_of)
        self.faults: list[Callable[[Request], Response | None]] = []
        self.sessions = Sessions(self.org)
        self.usage = Usage(self.org)
        self._oauth = OAuth(self.org, self.sessions)
        self._writer = Writer(self.org)
        self._people = People(self.org, self._writer)
        acts = actions(self.org, self._people)
        self.control = Control(store, self._edit, self._reset, Switches(self.org), actions=acts)
        self._queries = BulkQuery(self.org)
        self._ingest = BulkIngest(self.org, self._writer)
        self._public = Router()
        self._router = Router()
        self._add_routes()

    def prepare(self) -> None:
        """Create the org, unless the store has it."""
        org.prepare(self.org.store, bare=self.bare)

    def load(self, people: Iterable[Mapping[str, Any]]) -> None:
        """Add sample people as leads that were always there."""
        loading.load(self.org.store, people)

    def load_table(self, columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
        """Add the rows of a CSV file as leads, with a custom field per column that Lead does not have."""
        loading.load_table(self.org.store, columns, rows)

    @property
    def jwt_private_key(self) -> Path:
        """A file with the key whose certificate the org knows, for the JWT bearer flow."""
        return self._oauth.jwt.private_key_path

    def set(self, name: str, value: float | bool) -> None:
        """Turn a switch of settings.py."""
        change(self.org, name, value)

    def handle(self, request: Request) -> Response:
        """Answer a request. Whatever happens here, the client gets an answer."""
        try:
            self._people.settle()
            self._ingest.work()
            if self.control.handles(request):
                return self.control.handle(request)
            self.control.count(request)
            request.actor = ACTOR
            return too_long(request) or self._answer(received(request))
        except SalesforceError as error:
            return self._metered(error.response())
        except Exception:  # noqa: BLE001 - a mistake of ours must look like a failing CRM, not like a dead one
            _log.exception("%s %s failed", request.method, request.path)
            return self._metered(Response(500, [{"message": _CRASHED, "errorCode": "UNKNOWN_EXCEPTION"}]))

    # -- the way of a request -----------------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Response:
        if request.path.rstrip("/").lower() == "/services/data":
            return self._routed(self._public, request)
        if not request.path.lower().startswith("/services/data/"):
            return self._faulty(request) or self._routed(self._public, request)
        _check_version(request)
        if not self.sessions.is_open(token_of(request)):
            raise errors.session_expired()
        faulty = self._faulty(request)
        if faulty is not None:
            return self._metered(faulty)
        if not self.usage.take():
            raise errors.limit_exceeded()
        if not setup_state.may(self.org.store, "ApiEnabled"):
            raise errors.api_disabled()
        return self._metered(self._dispatch(request))

    def _faulty(self, request: Request) -> Response | None:
        return next((answer for fault in self.faults if (answer := fault(request)) is not None), None)

    def _dispatch(self, request: Request) -> Response:
        """Answer one request of a session, be it a part of a composite one."""
        try:
            _check_version(request)
            self._check_visible(request)
            return self._routed(self._router, request)
        except SalesforceError as error:
            return error.response()

    def _check_visible(self, request: Request) -> None:
        """An object type that the API user may not see is none to it."""
        found = _SOBJECT.match(request.path)
        kind = objects.find(self.org.store, found[1]) if found else None
        if kind and not self.org.sees(kind.name):
            raise errors.not_found()

    def _routed(self, router: Router, request: Request) -> Response:
        handler, request.parts, allowed = router.find(request.method, request.path)
        if handler is not None:
            return handler(request)
        if not allowed:
            return errors.not_found().response()
        refusal = errors.method_not_allowed(request.method, allowed).response()
        refusal.headers["Allow"] = ",".join(sorted(allowed))
        return refusal

    def _metered(self, response: Response) -> Response:
        response.headers.setdefault("Sforce-Limit-Info", self.usage.header())
        return response

    # -- routes -----------------------------------------------------------------------------------------------------

    def _add_routes(self) -> None:
        self._public.add("GET HEAD", "/services/data", _versions)
        self._oauth.add_routes(self._public)
        SoapLogin(self.org, self.sessions).add_routes(self._public)
        self._router.add("GET HEAD", "/services/data/v{version}", self._resources)
        for part in (describe, changes, query, connect):
            part.add_routes(self._router, self.org)
        limits.add_routes(self._router, self.usage, self._queries.left_today)
        for resource in (
            Composite(self.org, self._dispatch, self.usage.take),
            CompositeGraph(self.org, self._dispatch),
            SobjectTree(self.org, self._writer),
            SobjectCollections(self.org, self._writer),
            self._queries,
            self._ingest,
            Tooling(self.org),
            Sobjects(self.org, self._writer),
        ):
            resource.add_routes(self._router)

    def _resources(self, request: Request) -> Response:
        base = f"/services/data/v{request.parts['version']}"
        identity = f"{self.org.url_of()}/id/{organization_id(self.org)}/{self.org.user_id()}"
        return Response(200, {**{name: f"{base}/{name}" for name in _RESOURCES}, "identity": identity})

    # -- control ----------------------------------------------------------------------------------------------------

    def _edit(self, name: str, key: str, fields: Mapping[str, Any], actor: str, *, late: float = 0.0) -> Response:
        try:
            return Response(200, self._people.edit(name, key, fields, actor, late=late))
        except SalesforceError as error:
            return error.response()

    def _reset(self) -> None:
        """Sessions stay open: who is logged in sees an org that is new."""
        self._queries.clear()
        self._ingest.clear()
        self.usage.clear()
        self.org.forget()
        self.org.store.wipe()
        self.prepare()


def _check_version(request: Request) -> None:
    found = _VERSIONED.match(request.path)
    if found is None:
        raise errors.not_found()
    if not OLDEST <= int(found.group(1)) <= NEWEST or found.group(2) != "0":
        raise SalesforceError(410, "GONE", _GONE)


def _versions(_: Request) -> Response:
    """Versions by season; https://developer.salesforce.com/docs/platform/api-rest/guide/resources-versions.html ."""
    seasons = ("Spring", "Summer", "Winter")
    return Response(
        200,
        [
            {
                "label": f"{seasons[number % 3]} '{14 + (number - 29) // 3}",
                "url": f"/services/data/v{number}.0",
                "version": f"{number}.0",
            }
            for number in range(OLDEST, NEWEST + 1)
        ],
    )
