"""A sandbox with sample leads, shared by the tests of the commands."""

import json
import os
import socket
import time
from dataclasses import dataclass
from functools import partial
from urllib.request import Request, urlopen

import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox
from torture.nursery_client import Child, Nursery

ENVIRONMENT = {"SECRET": credentials.SF_CLIENT_SECRET, "TOKEN": credentials.HS_TOKEN, "COLUMNS": "80"}

SAMPLE = Options(leads=40, seed=5)
"""Sample leads of which more than one is to be handed off."""


@pytest.fixture(scope="session")
def sandbox():
    with Sandbox(SAMPLE) as running:
        yield running


@pytest.fixture
def desk(make_desk, sandbox, tmp_path):
    return make_desk(tmp_path, sandbox).write()


@pytest.fixture
def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@dataclass
class Crm:
    """One of the two CRMs of a sandbox, as a test stages it; every case begins with `reset`."""

    name: str
    sandbox: Sandbox
    due: int = 3
    """How many of the leads are to be handed off."""
    touches: int = 4
    """Tasks of a hand-off by the shipped playbook: its own, and the follow-ups."""

    @property
    def url(self):
        return self.sandbox.salesforce_url if self.name == "salesforce" else self.sandbox.hubspot_url

    @property
    def line(self):
        return self.sandbox.salesforce_line if self.name == "salesforce" else self.sandbox.hubspot_line

    @property
    def kind(self):
        return "Lead" if self.name == "salesforce" else "contacts"

    def post(self, what, **document):
        sent = Request(f"{self.url}/_sandbox/{what}", json.dumps(document).encode(), method="POST")  # noqa: S310 - the sandbox on this machine
        with urlopen(sent, timeout=10) as answer:  # noqa: S310 - the sandbox on this machine
            return json.loads(answer.read() or b"{}")

    def act(self, action, **arguments):
        return self.post("act", action=action, **arguments)

    def faults(self, *faults):
        self.post("faults", seed=7, faults=list(faults))

    def edit(self, lead, **fields):
        self.post("edit", object=self.kind, id=lead, fields=fields, actor="Ada")

    def fired(self):
        with urlopen(f"{self.url}/_sandbox/faults", timeout=10) as answer:  # noqa: S310 - the sandbox on this machine
            return sum(fault["fired"] for fault in json.load(answer)["faults"])

    def wait_for_fault(self):
        end = time.monotonic() + 30
        while not self.fired():
            assert time.monotonic() < end
            time.sleep(0.02)

    def effects(self):
        """Every effect that is ours, without stamps."""
        history = self.line.store.history(limit=1_000_000)
        return [row for row in history if row["actor"] == "integration" and row["object"] != "Organization"]

    def rows(self, kind):
        key = self.line.store.key
        return {str(row[key]): row for row in self.line.store.select(f'SELECT * FROM "{kind}"')}

    def business(self):
        """What the job may write, by lead."""
        shared = {"Status", "OwnerId", "hs_lead_status", "lifecyclestage", "hubspot_owner_id"}
        return {
            lead: {name: value for name, value in row.items() if name in shared or name.lower().startswith("leadrelay")}
            for lead, row in self.rows(self.kind).items()
        }

    def tasks(self):
        """Leads by task; those that were deleted too."""
        return self.rows("Task" if self.name == "salesforce" else "tasks")

    def secrets_and_people(self):
        """What no output may hold."""
        names = ("Email", "Phone", "LastName") if self.name == "salesforce" else ("email", "phone", "lastname")
        values = {str(row[name]) for row in self.rows(self.kind).values() for name in names if row[name]}
        return {value for value in values if len(value) > 5} | {credentials.SF_CLIENT_SECRET, credentials.HS_TOKEN}


@pytest.fixture
def make_crm(sandbox):
    """make_crm(name): one of the two, as new."""

    def made(name):
        found = Crm(name, sandbox)
        found.post("reset")
        return found

    return made


@pytest.fixture(params=["salesforce", "hubspot"])
def crm(request, make_crm):
    return make_crm(request.param)


@dataclass
class Process:
    """A command in a process of its own, which may be stopped and killed."""

    nursery: Nursery
    child: Child

    @property
    def pid(self):
        return self.child.pid

    def runs(self):
        return not self.nursery.ended(self.child, 0.001)

    def send(self, number):
        os.kill(self.pid, number)

    def end(self, seconds=60):
        """How it ended, what it said, and what it said of faults."""
        code = self.nursery.wait(self.child, seconds)
        return code, self.child.out.read_text(), self.child.err.read_text()

    def kill(self):
        """How it ended."""
        self.child.kill()
        return self.nursery.wait(self.child)


@pytest.fixture(scope="session")
def _nursery():
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def start(_nursery):
    """start(desk, *words): a command in a process of its own, without the second that one takes to load everything."""
    started = []

    def run(desk, *words):
        order = [*words, "--config", str(desk.config)]
        started.append(Process(_nursery, _nursery.start(order, desk.folder, ENVIRONMENT)))
        return started[-1]

    yield run
    for process in started:
        process.kill()


@dataclass
class Told:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def tell_in(call, monkeypatch):
    """tell_in(folder, *words): a command in this process."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    def run(folder, *words):
        done = call([*words, "--config", str(folder / "config.toml")], {})
        return Told(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def tell(desk, tell_in):
    """tell(*words): the same in the folder of the sandbox's desk."""
    return partial(tell_in, desk.folder)
