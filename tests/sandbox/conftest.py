"""What the tests of the sandbox share."""

import asyncio
import threading

import orjson
import pytest
import uvicorn

from leadrelay.sandbox.credentials import HS_TOKEN
from leadrelay.sandbox.hubspot.app import HubSpot
from leadrelay.sandbox.store import Column, Store
from leadrelay.sandbox.wire import Request, application

NOTE_FIELDS = [Column("Id"), Column("Text"), Column("Size", "integer")]


@pytest.fixture
def notes():
    """A store with one small object type, "Note"."""
    store = Store()
    store.create("Note", NOTE_FIELDS)
    yield store
    store.close()


class Portal:
    """A HubSpot that is called without a network."""

    def __init__(self):
        self.app = HubSpot(Store())
        self.app.prepare()
        self.settings = self.app.settings
        self.clock = self.app.store.clock

    def call(self, method, path, body=None, *, token=HS_TOKEN, **query):
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.app.handle(Request(method, path, query, {"authorization": f"Bearer {token}"}, data))

    def get(self, path, **query):
        return self.call("GET", path, **query)

    def post(self, path, body=None):
        return self.call("POST", path, body)

    def patch(self, path, properties):
        return self.call("PATCH", path, {"properties": properties})

    def contact(self, **properties):
        """A new contact's id."""
        return self.make("contacts", properties)

    def make(self, kind, properties, associations=None):
        answer = self.post(f"/crm/v3/objects/{kind}", {"properties": properties, "associations": associations})
        assert answer.status == 201, answer.body
        return answer.body["id"]

    def properties(self, key, *names, kind="contacts"):
        return self.get(f"/crm/v3/objects/{kind}/{key}", properties=",".join(names)).body["properties"]


@pytest.fixture
def portal():
    """A prepared portal without limits on the rate."""
    portal = Portal()
    portal.settings.per_ten_seconds = portal.settings.searches_per_second = None
    yield portal
    portal.app.store.close()


class _Served:
    """Serves whichever portal a test has put in."""

    portal = None

    def handle(self, request):
        return self.portal.app.handle(request)


@pytest.fixture(scope="session")
def _hubspot_door():
    served = _Served()
    config = uvicorn.Config(application(served.handle), port=0, log_level="error", lifespan="off", http="h11")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield served, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def hubspot_url(portal, _hubspot_door):
    """Where the test's portal is served over a real socket."""
    served, url = _hubspot_door
    served.portal = portal
    return url
