"""One sandbox for all tests of the providers, each of which begins with it as it was."""

import pytest
import requests

from leadrelay.sandbox.server import Options, Sandbox

KEY = "sandbox-provider-key"


class Providers:
    """Asks the sandbox's vendors, each with its way of showing the key."""

    def __init__(self, running):
        self.running = running
        self.url = running.provider_url
        self._session = requests.Session()
        self._session.trust_env = False

    def ask(self, path, *, key=KEY, method="GET", json=None, **query):
        return self._session.request(
            method, f"{self.url}{path}", params=query, json=json, headers={"X-Api-Key": key}, timeout=10
        )

    def hunter(self, path, **query):
        return self._session.get(f"{self.url}{path}", params={**query, "api_key": KEY}, timeout=10)

    def clearbit(self, path, token=f"Bearer {KEY}", **query):
        return self._session.get(f"{self.url}{path}", params=query, headers={"Authorization": token}, timeout=10)

    def control(self, name, body=None, method="POST"):
        answer = self._session.request(method, f"{self.url}/_sandbox/{name}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def turn(self, **settings):
        self.control("settings", settings)

    def honest(self):
        """Every vendor knows everybody, as they are."""
        self.turn(known=1, stale=0, wrong=0, gaps=0)

    def fault(self, kind, **keys):
        self.control("faults", {"faults": [{"kind": kind, **keys}]})

    def paid(self):
        return self.control("paid", method="GET")

    def truth(self, **whom):
        return self._session.get(f"{self.url}/_sandbox/truth", params=whom, timeout=10).json()

    @property
    def domains(self):
        self.running.provider.directory.build()
        return sorted(self.running.provider.directory._firms)

    @property
    def emails(self):
        self.running.provider.directory.build()
        return sorted(self.running.provider.directory._contacts)


@pytest.fixture(scope="session")
def _running_providers():
    with Sandbox(Options(leads=60, seed=3)) as sandbox:
        yield Providers(sandbox)


@pytest.fixture
def providers(_running_providers):
    """The sandbox's providers, with 60 sample leads."""
    _running_providers.control("reset")
    return _running_providers
