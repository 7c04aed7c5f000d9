"""Every description that comes with us gets answers from the vendor that the sandbox plays, by each way of asking."""

from importlib import resources

import pytest
import requests

from leadrelay.core.enrich.values import MICRO
from leadrelay.core.toml_text import parse
from leadrelay.enrichers.base import Found, Question
from leadrelay.enrichers.describe import describe
from leadrelay.enrichers.http import make
from leadrelay.sandbox.server import Options, Sandbox

FILES = sorted(
    (file for file in resources.files("leadrelay.enrichers.descriptions").iterdir() if file.name.endswith(".toml")),
    key=lambda file: file.name,
)


@pytest.fixture(scope="module")
def running():
    with Sandbox(Options(leads=40, seed=3)) as sandbox:
        everything = {"known": 1, "stale": 0, "wrong": 0, "gaps": 0}
        requests.post(f"{sandbox.provider_url}/_sandbox/settings", json=everything, timeout=5).raise_for_status()
        sandbox.provider.directory.build()
        yield sandbox


@pytest.fixture(scope="module")
def known(running):
    """What is known of somebody, by lead field."""
    person = next(one for one in running.provider.directory._contacts.values() if one.title)
    return {
        "domain": person.firm.domain,
        "email_clean": person.email,
        "first_name_clean": person.given,
        "last_name_clean": person.family,
        "company_clean": person.firm.name,
        "country_code": person.firm.code,
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_description_is_answered(running, known, file):
    description = describe(parse(file.read_text(), file.name), file.name.removesuffix(".toml"))
    host = running.provider_url.removeprefix("http://")
    provider = make("vendor", description, {"key": running.provider_key}, hosts=[host], private=True)
    for names in description.asks:
        [answer] = provider.ask([Question("vendor", {name: known[name] for name in names})])
        assert (answer.found, answer.why) == (Found.HIT, "")
        assert answer.cost == MICRO
        assert answer.fields
    provider.close()
