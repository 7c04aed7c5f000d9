"""The contract, over a server of the tests' own and over the sandbox's provider."""

import pytest
import requests

from leadrelay.enrichers.describe import load
from leadrelay.enrichers.http import make
from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox
from tests.enrichers.conftest import ACME, reply
from tests.enrichers.contract import RemoteContract


class OwnServer:
    def __init__(self, server, remote):
        self.hit, self.miss = {"domain": "acme.com"}, {"domain": "nobody.example"}
        self._server = server
        self.remote = remote
        server.answer = lambda asked: reply(ACME) if "acme.com" in asked.target else reply({}, 404)

    def break_down(self):
        self._server.answer = lambda _: reply({"error": "it is on fire"}, 500)

    def garble(self):
        self._server.answer = lambda _: reply(b"<html>", kind="text/html")

    def asked(self):
        return len(self._server.asked)


class TestOwnServer(RemoteContract):
    @pytest.fixture
    def case(self, server, remote):
        return OwnServer(server, remote)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Options()) as running:
        yield running


class SandboxProvider:
    """People Data Labs as the sandbox plays it, by the description that is shipped."""

    def __init__(self, url, folder):
        self.hit = {"domain": "made-up-company.com"}
        self.miss = {"company_clean": "Nobody At All", "country_code": "DE"}
        self._url = url
        self._folder = folder
        self._post("reset")
        self._post("settings", {"invents": True, "known": 1, "wrong": 0, "gaps": 0})

    def remote(self):
        description = load("people-data-labs-company", self._folder)
        secrets = {"key": credentials.PROVIDER_KEY}
        hosts = [self._url.removeprefix("http://")]
        return make("pdl", description, secrets, hosts=hosts, private=True, per_second=1000, sleep=lambda _: None)

    def break_down(self):
        self._post("faults", {"faults": [{"kind": "drop-reply"}]})

    def garble(self):
        self._post("faults", {"faults": [{"kind": "garbage"}]})

    def asked(self):
        return requests.get(f"{self._url}/_sandbox/requests", timeout=30).json()["total"]

    def _post(self, what, body=None):
        answer = requests.post(f"{self._url}/_sandbox/{what}", json=body or {}, timeout=30)
        assert answer.ok, answer.text


class TestSandbox(RemoteContract):
    @pytest.fixture
    def case(self, sandbox, tmp_path):
        return SandboxProvider(sandbox.provider_url, tmp_path)
