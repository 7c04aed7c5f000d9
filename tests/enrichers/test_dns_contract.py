"""The DNS provider keeps the laws of remote providers, against the sandbox's name server."""

import pytest
import requests

from leadrelay.enrichers.dns import make
from leadrelay.sandbox.server import Options, Sandbox
from tests.enrichers.contract import RemoteContract


@pytest.fixture(scope="module")
def running():
    with Sandbox(Options(leads=30, seed=5)) as sandbox:
        yield sandbox


class Case:
    """Domains of the sandbox, one that has mail and one that is none."""

    def __init__(self, running):
        self._running = running
        self._url = f"{running.provider_url}/_sandbox/"
        requests.post(f"{self._url}reset", timeout=5).raise_for_status()
        directory = running.provider.directory
        directory.build()
        zones = running.provider.names.zones
        self.hit = {"domain": next(domain for domain in sorted(directory._firms) if zones.mail(domain) == "microsoft")}
        self.miss = {"domain": "nobody.example"}

    def remote(self, **settings):
        return make("mail", nameservers=[self._running.dns_address], **settings)

    def break_down(self):
        self._fault("servfail")

    def garble(self):
        self._fault("loop")

    def asked(self):
        return requests.get(f"{self._url}dns", timeout=5).json()["asked"].get("MX", 0)

    def _fault(self, kind):
        requests.post(f"{self._url}dns", json={"faults": [{"kind": kind}]}, timeout=5).raise_for_status()


@pytest.fixture
def case(running):
    return Case(running)


class TestDns(RemoteContract):
    pass
