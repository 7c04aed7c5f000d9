"""The HubSpot of the sandbox: one call comes in, one answer goes out."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from leadrelay.sandbox.control import Control
from leadrelay.sandbox.hubspot.account import AccountApi
from leadrelay.sandbox.hubspot.actions import Actions
from leadrelay.sandbox.hubspot.associations import Associations
from leadrelay.sandbox.hubspot.associations_api import AssociationsApi
from leadrelay.sandbox.hubspot.associations_v3 import AssociationsV3Api
from leadrelay.sandbox.hubspot.auth import Auth, is_public
from leadrelay.sandbox.hubspot.batch import BatchApi
from leadrelay.sandbox.hubspot.conduct import Conduct
from leadrelay.sandbox.hubspot.errors import Refusal
from leadrelay.sandbox.hubspot.index import Index
from leadrelay.sandbox.hubspot.loading import Loader
from leadrelay.sandbox.hubspot.merge import MergeApi
from leadrelay.sandbox.hubspot.objects import ObjectsApi
from leadrelay.sandbox.hubspot.owners_api import OwnersApi
from leadrelay.sandbox.hubspot.pipelines import PipelinesApi
from leadrelay.sandbox.hubspot.portal import INTEGRATION, Portal
from leadrelay.sandbox.hubspot.properties_api import PropertiesApi
from leadrelay.sandbox.hubspot.property_groups_api import GroupsApi
from leadrelay.sandbox.hubspot.rate import Limits
from leadrelay.sandbox.hubspot.records import Records
from leadrelay.sandbox.hubspot.schemas_api import SchemasApi
from leadrelay.sandbox.hubspot.scopes import expect_granted
from leadrelay.sandbox.hubspot.search import SearchApi
from leadrelay.sandbox.hubspot.settings import Settings, Switchboard
from leadrelay.sandbox.hubspot.writes import Writer
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, Response, Router

LONGEST_QUERY = 16_000

_log = logging.getLogger(__name__)


class HubSpot:
    """A portal over one store.

    `faults`: each is asked before a call is carried out, and may answer in HubSpot's place. `settings`: its limits.
    """

    def __init__(self, store: Store) -> None:
        self.bare = False
        self.store = store
        self.settings = Settings()
        self.faults: list[Callable[[Request], Response | None]] = []
        self.limits = Limits(self.settings, store.clock)
        self.portal = Portal(store)
        self.conduct = Conduct(store)
        self._auth = Auth(store, self.conduct, self.settings)
        self._index = Index(self.portal, self.settings)
        records = Records(self.portal)
        self._writer = Writer(records, Associations(records), self.conduct, self._index)
        self._objects = ObjectsApi(self._writer)
        self._merge = MergeApi(self._writer)
        self._actions = Actions(self._writer, self._merge)
        self._router = Router()
        for methods, pattern, handler in self._routes():
            self._router.add(methods, pattern, handler)
        self._switches = Switchboard(self.settings, store, self._actions.make_key_unique)
        self.control = Control(store, self._edit, self._reset, self._switches, actions=self._actions.by_name())

    def prepare(self) -> None:
        """Create the org, unless the store has it."""
        self.portal.prepare(bare=self.bare)
        self._switches.restore()
        self.conduct.restore()

    def load(self, people: Iterable[Mapping[str, Any]]) -> None:
        """Fill in sample leads as contacts, as if they had always been there."""
        Loader(self.portal).load(people)

    def load_table(self, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
        """Fill in any table as contacts, with a custom property for each column that is new."""
        Loader(self.portal).load_table(columns, rows)

    def handle(self, request: Request) -> Response:
        """Answer one request. What goes wrong in here is a 500 of HubSpot's form."""
        if self.control.handles(request):
            return self.control.handle(request)
        self.control.count(request)
        path = undated(request.path)
        # As Jersey does: HEAD is GET without the body, which the server leaves out.
        method = "GET" if request.method == "HEAD" else request.method
        try:
            answer = self._answer(replace(request, method=method, path=path, actor=request.actor or INTEGRATION))
            return _linked_as_asked(answer, path, request.path)
        except Refusal as refusal:
            return refusal.response()
        except Exception as error:  # noqa: BLE001 - whatever breaks in here must reach the client as an answer
            # Not the traceback: its texts may hold values of records.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("%s failed: %s at %s:%s", request.method, type(error).__name__, frame.filename, frame.lineno)
            return Refusal(500, "internal error", "INTERNAL_ERROR").response()

    def _answer(self, request: Request) -> Response:
        if is_public(request.path):
            return self._dispatch(request)
        self.conduct.expect_at_home()
        oauth = self._auth.check(request)
        for fault in self.faults:
            if (answer := fault(request)) is not None:
                return answer
        answer = self.limits.admit(request) or self._guarded(request)
        answer.headers.update(self.limits.headers(request, oauth=oauth))
        return answer

    def _guarded(self, request: Request) -> Response:
        try:
            return self._dispatch(request)
        except Refusal as refusal:
            return refusal.response()

    def _dispatch(self, request: Request) -> Response:
        if sum(len(name) + len(value) for name, value in request.query.items()) > LONGEST_QUERY:
            raise Refusal(414, "URI Too Long", None)
        expect_granted(request.method, request.path, self.conduct.facts("scope"))
        handler, request.parts, allowed = self._router.find(request.method, request.path)
        if handler is None and allowed:
            raise Refusal(405, f"HTTP 405 Method Not Allowed; this address takes {', '.join(allowed)}", None)
        if handler is None:
            raise Refusal(404, "resource not found", "OBJECT_NOT_FOUND")
        if request.body and "json" not in request.headers.get("content-type", "json") and not is_public(request.path):
            raise Refusal(415, "HTTP 415 Unsupported Media Type", None)
        self._writer.drop_workflows()
        with self.store.transaction():
            answer = handler(request)
        with self.store.transaction():
            self._writer.run_workflows()
        return answer

    def _routes(self) -> Iterable[tuple[str, str, Any]]:
        writer = self._writer
        properties = PropertiesApi(self.portal, self.settings, self.conduct)
        parts: Sequence[Any] = (
            BatchApi(writer, self.settings),
            SearchApi(writer.records, self._index),
            self._merge,
            self._objects,
            GroupsApi(self.portal),
            properties,
            AssociationsApi(writer.associations),
            AssociationsV3Api(writer.associations),
            OwnersApi(self.conduct),
            PipelinesApi(self.store),
            AccountApi(self.portal, self.limits),
            SchemasApi(self.portal, properties),
            self._auth,
        )
        return (route for part in parts for route in part.routes())

    def _edit(self, name: str, key: str, fields: Mapping[str, Any], actor: str, *, late: float = 0.0) -> Response:
        """Change a record as a person in the user interface does.

        HubSpot has no transactions: a late edit is in the record at once, and search sees it so many seconds later.
        """
        body = orjson.dumps({"properties": fields})
        request = Request("PATCH", "", body=body, parts={"type": name, "id": key}, actor=actor)
        try:
            with self.store.transaction(), self._index.late(late):
                return self._objects.update(request)
        except Refusal as refusal:
            return refusal.response()

    def _reset(self) -> None:
        self._index.reset()
        self.store.wipe()
        self.settings.reset()
        self.limits.reset()
        self.prepare()


_DATED = re.compile(r"/(2026-03|2026-09)(?=/|$)")
_VERSIONED = (
    (re.compile(r"/crm/objects/DATE/([^/]+/[^/]+/associations/.*)"), r"/crm/v4/objects/\1"),
    (re.compile(r"/crm/objects/DATE/(.*)"), r"/crm/v3/objects/\1"),
    (re.compile(r"/crm/associations/DATE/(.*)"), r"/crm/v4/associations/\1"),
    (re.compile(r"/crm/(properties|owners|pipelines|exports|imports|lists)/DATE(/.*)?"), r"/crm/v3/\1\2"),
    (re.compile(r"/(crm-object-schemas|account-info|oauth)/DATE/(.*)"), r"/\1/v3/\2"),
    (re.compile(r"/settings/currencies/DATE/(.*)"), r"/settings/v3/currencies/\1"),
)
"""Where the dated versions of an address lead; https://developers.hubspot.com/docs/api-reference/latest."""


def undated(path: str) -> str:
    """The v3 or v4 address of a dated one; any other as it is."""
    marked = _DATED.sub("/DATE", path, count=1)
    for pattern, target in _VERSIONED:
        if marked != path and (found := pattern.fullmatch(marked)):
            return found.expand(target)
    return path


def _linked_as_asked(answer: Response, path: str, asked: str) -> Response:
    """The next page of a dated address is at the dated address."""
    if path != asked and isinstance(answer.body, dict) and "paging" in answer.body:
        following = answer.body["paging"]["next"]
        if "link" in following:
            following["link"] = following["link"].replace(path, asked, 1)
    return answer
