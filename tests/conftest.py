"""The command line on a sandbox: a folder with a configuration for both CRMs, and a way to run commands in it.

And a PostgreSQL server, from a wheel, for what must hold on both databases.
"""

import gc
import itertools
import json
import os
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from leadrelay.cli import execute
from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Sandbox
from tests.stores import Pool, new_store
from torture.postgres import Postgres

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
"""A hundred processes begin in the tests; each would compile all of the product anew."""

CONFIG = """\
[state]
url = "sqlite:///state.db"
[connections.salesforce]
kind = "salesforce"
instance_url = "{salesforce}"
client_id = "{client_id}"
client_secret = {{ env = "SECRET" }}
[connections.hubspot]
kind = "hubspot"
base_url = "{hubspot}"
access_token = {{ env = "TOKEN" }}
[jobs.salesforce]
connection = "salesforce"
mapping = "salesforce-lead"
playbook = "it-discovery"
schedule = "every 1 hours"
[jobs.hubspot]
connection = "hubspot"
mapping = "hubspot-contact"
playbook = "it-discovery"
"""
SECRETS = {"SECRET": credentials.SF_CLIENT_SECRET, "TOKEN": credentials.HS_TOKEN, "COLUMNS": "120"}


def called(words, environment):
    """A command in this process, which has everything loaded; a process of its own takes a second to begin."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in environment.items():
            patch.setenv(name, value)
        code = execute([*words])
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return CompletedProcess(words, code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def pytest_collection_finish():
    """What was loaded by now stays: it is not looked through again and again."""
    gc.freeze()


@dataclass
class Desk:
    """A folder with a configuration, and the command line in it."""

    folder: Path
    sandbox: Sandbox

    @property
    def config(self):
        return self.folder / "config.toml"

    def write(self, change=lambda text: text):
        urls = {"salesforce": self.sandbox.salesforce_url, "hubspot": self.sandbox.hubspot_url}
        self.config.write_text(change(CONFIG.format(**urls, client_id=credentials.SF_CLIENT_ID)))
        return self

    def environment(self, **more):
        return os.environ | SECRETS | more

    def command(self, *words):
        return [sys.executable, "-m", "leadrelay", *words, "--config", str(self.config)]

    def run(self, *words, **environment):
        """In this process."""
        return called([*words, "--config", str(self.config)], SECRETS | environment)

    def json(self, *words, exits=(0, 1)):
        done = self.run(*words, "--json")
        assert done.returncode in exits, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def call():
    """call(words, environment): a command in this process; what it said, as of a process that ended."""
    return called


@pytest.fixture(scope="session")
def make_desk():
    """make_desk(folder, sandbox): a desk whose configuration is not written yet."""
    return Desk


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server, started when the first test asks for it."""
    with Postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def _numbers():
    return itertools.count()


@pytest.fixture
def postgresql_url(postgresql, _numbers):
    """The address of a place of its own, which is quicker to make than a database."""
    name = f"test{next(_numbers)}"
    postgresql.create(name)
    yield postgresql.url(name)
    postgresql.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The address of a new, empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture(scope="session")
def _pool(postgresql):
    return Pool(postgresql)


@pytest.fixture
def _store_on_postgresql(_pool):
    name = _pool.take()
    yield _pool.url(name)
    _pool.give_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """The address of a new store, once on each kind of database; nothing is in it but its tables."""
    if request.param == "sqlite":
        return new_store(tmp_path / "state.db")
    return request.getfixturevalue("_store_on_postgresql")
