"""The command line on a sandbox: a folder with a configuration for both CRMs, and a way to run commands in it.

And a PostgreSQL server, from a wheel, for what must hold on both databases.
"""

import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Sandbox
from torture.postgres import Postgres

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
        secrets = {"SECRET": credentials.SF_CLIENT_SECRET, "TOKEN": credentials.HS_TOKEN, "COLUMNS": "120"}
        return {**os.environ, **secrets, **more}

    def command(self, *words):
        return [sys.executable, "-m", "leadrelay", *words, "--config", str(self.config)]

    def run(self, *words, **environment):
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, check=False, env=self.environment(**environment)
        )

    def json(self, *words, exits=(0, 1)):
        done = self.run(*words, "--json")
        assert done.returncode in exits, done.stderr
        return json.loads(done.stdout)


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
