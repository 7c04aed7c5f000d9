"""The command line on a sandbox: a folder with a configuration for both CRMs, and a way to run commands in it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Sandbox

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
