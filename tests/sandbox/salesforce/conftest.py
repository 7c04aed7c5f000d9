"""An org, and a client of it that needs no socket."""

import json
import shutil

import pytest

from leadrelay.sandbox.credentials import SF_CLIENT_ID, SF_CLIENT_SECRET
from leadrelay.sandbox.salesforce.app import Salesforce
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, query_of

URL = "http://127.0.0.1:1234"


class Api:
    """Sends requests to an org as its integration user; paths are below `/services/data/v59.0/`."""

    def __init__(self, app):
        self.app = app
        self.version = "59.0"
        self.token = ""

    def send(self, method, path, body=None, headers=None):
        path, _, query = path.partition("?")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        return self.app.handle(Request(method, path, query_of(query), sent, data))

    def call(self, method, path, body=None, headers=None):
        return self.send(method, f"/services/data/v{self.version}/{path}", body, headers)

    def log_in(self):
        form = f"grant_type=client_credentials&client_id={SF_CLIENT_ID}&client_secret={SF_CLIENT_SECRET}"
        answer = self.send("POST", "/services/oauth2/token", form.encode())
        assert answer.status == 200, answer.body
        self.token = answer.body["access_token"]
        return self

    def create(self, name, headers=None, **fields):
        answer = self.call("POST", f"sobjects/{name}/", fields, headers)
        assert answer.status == 201, answer.body
        return answer.body["id"]

    def lead(self, **fields):
        """A lead that no assignment rule touched."""
        return self.create("Lead", {"Sforce-Auto-Assign": "FALSE"}, **{"LastName": "Doe", "Company": "Acme", **fields})

    def update(self, name, key, headers=None, **fields):
        return self.call("PATCH", f"sobjects/{name}/{key}", fields, {"Sforce-Auto-Assign": "FALSE", **(headers or {})})

    def read(self, name, key, *fields):
        answer = self.call("GET", f"sobjects/{name}/{key}?fields={','.join(fields)}")
        assert answer.status == 200, answer.body
        values = [answer.body[field] for field in fields]
        return values if len(values) > 1 else values[0]

    def query(self, soql):
        answer = self.call("GET", f"query?q={soql}".replace("+", "%2B"))
        assert answer.status == 200, answer.body
        return answer.body["records"]

    def add_field(self, full_name="Lead.Key__c", granted=True, **metadata):
        """A custom field, permitted to the integration user."""
        metadata = {"label": "Key", "type": "Text", "length": 40, **metadata}
        made = self.call("POST", "tooling/sobjects/CustomField/", {"FullName": full_name, "Metadata": metadata})
        assert made.status == 201, made.body
        return (made.body["id"], self.grant(full_name)) if granted else (made.body["id"], None)

    def grant(self, full_name, edit=True):
        owner = full_name.split(".")[0]
        permissions = {"PermissionsRead": True, "PermissionsEdit": edit}
        parent = self.query("SELECT Id FROM PermissionSet")[0]["Id"]
        return self.create("FieldPermissions", ParentId=parent, SobjectType=owner, Field=full_name, **permissions)

    def person_edits(self, name, key, fields, actor="person", **more):
        edit = {"object": name, "id": key, "fields": fields, "actor": actor, **more}
        return self.send("POST", "/_sandbox/edit", edit)

    def act(self, action, **arguments):
        """Have something happen in the org; the answer's body."""
        answer = self.send("POST", "/_sandbox/act", {"action": action, **arguments})
        assert answer.status == 200, answer.body
        return answer.body

    def turn(self, **settings):
        answer = self.send("POST", "/_sandbox/settings", settings)
        assert answer.status == 200, answer.body

    def node(self, method, path, body=None, headers=None, name="node"):
        url = f"/services/data/v{self.version}/{path}"
        node = {"method": method, "url": url, "referenceId": name, "httpHeaders": headers or {}}
        return node if body is None else {**node, "body": body}

    def graphs(self, *graphs):
        """The answers to graphs, each a list of nodes."""
        body = {"graphs": [{"graphId": str(n), "compositeRequest": nodes} for n, nodes in enumerate(graphs)]}
        answer = self.call("POST", "composite/graph", body)
        assert answer.status == 200, answer.body
        return [(one["isSuccessful"], one["graphResponse"]["compositeResponse"]) for one in answer.body["graphs"]]

    def history(self, record):
        return self.send("GET", f"/_sandbox/history?record={record}").body["history"]

    def pass_time(self, seconds):
        self.app.org.store.clock.advance(seconds)

    def begin_second(self, second=None):
        """Go on to the start of a second, of the next one or of that one of a minute, and give the moment."""
        now = self.app.org.now()
        ahead = 1 if second is None else (second - now.second) % 60 or 60
        self.pass_time(ahead - now.microsecond / 1e6 + 0.01)
        return self.app.org.now().replace(microsecond=0)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """The state file of a new org, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("salesforce") / "prepared.db"
    store = Store(str(path))
    Salesforce(store, lambda: URL).prepare()
    store.close()
    return path


@pytest.fixture
def org(prepared, tmp_path):
    """An org that nobody is logged in to."""
    path = shutil.copy(prepared, tmp_path / "org.db")
    store = Store(str(path))
    app = Salesforce(store, lambda: URL)
    app.prepare()
    yield app
    store.close()


@pytest.fixture
def sf(org):
    """A client that is logged in."""
    return Api(org).log_in()


@pytest.fixture
def stranger(org):
    """A client that is not."""
    return Api(org)
