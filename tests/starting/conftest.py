"""Both CRMs as a company has them before leadrelay came."""

from __future__ import annotations

import pytest

from leadrelay.sandbox.server import Options, Sandbox


@pytest.fixture(scope="session")
def bare():
    with Sandbox(Options(leads=40, seed=5, bare=True)) as running:
        yield running


@pytest.fixture
def begin(call, bare, tmp_path):
    """begin(crm, words): `leadrelay init` on the sandbox, into a folder of its own."""

    def run(crm, *words, **environment):
        url = bare.salesforce_url if crm == "salesforce" else bare.hubspot_url
        given = ["init", "--crm", crm, "--folder", str(tmp_path), "--instance-url", url, *words]
        return call(given, {"COLUMNS": "160"} | environment)

    return run
