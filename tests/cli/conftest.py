"""A sandbox with sample leads and a configuration for it, shared by the tests of the commands."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox

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
def sandbox():
    with Sandbox(Options(leads=40)) as running:
        yield running


@pytest.fixture
def desk(sandbox, tmp_path):
    return Desk(tmp_path, sandbox).write()


@pytest.fixture
def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]
