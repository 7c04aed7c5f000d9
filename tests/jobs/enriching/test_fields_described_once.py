"""What the CRM's fields take is asked for once in a run, and only where providers are asked."""

import pytest

from tests.jobs.enriching.conftest import ENRICHMENT


@pytest.fixture
def described(house):
    asked, describe = [], house.bench.crm.describe

    def counting():
        asked.append(house.now)
        return describe()

    house.bench.crm.describe = counting
    return asked


def test_a_run_with_providers_asks_once(house, described):
    house.providers.pdl.knows["acme.com"] = {"employees": "1200"}
    house.add("L1", "acme.com")
    house.run()
    assert (len(described), house.employees("L1")) == (1, "1200")


def test_a_run_without_providers_does_not_ask(house, described):
    house.bench.playbook = house.bench.playbook.replace(ENRICHMENT, "")
    house.add("L1", "acme.com", Employees="5")
    house.run()
    assert described == []
