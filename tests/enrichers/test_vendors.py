"""The descriptions that come along, against the vendors of the sandbox: what they tell, what fails, what is billed."""

import pytest
import requests

from leadrelay.core.enrich.values import MICRO
from leadrelay.enrichers.answers import ANOTHER
from leadrelay.enrichers.base import Found, Question
from leadrelay.enrichers.describe import load
from leadrelay.enrichers.http import make
from leadrelay.sandbox.credentials import PROVIDER_KEY
from leadrelay.sandbox.server import Options, Sandbox

COMPANIES = ("people-data-labs-company", "apollo-organization", "hunter-company", "clearbit-company")
PEOPLE = ("people-data-labs-person", "apollo-person", "clearbit-combined", "hunter-email-verifier")


@pytest.fixture(scope="module")
def running():
    with Sandbox(Options(leads=40, seed=3)) as sandbox:
        yield sandbox


class Vendors:
    def __init__(self, url, folder):
        self._url, self._folder = url, folder

    def post(self, what, body=None):
        requests.post(f"{self._url}/_sandbox/{what}", json=body or {}, timeout=30).raise_for_status()

    def get(self, what):
        return requests.get(f"{self._url}/_sandbox/{what}", timeout=30).json()

    def provider(self, name, **settings):
        told = {
            "hosts": [self._url.removeprefix("http://")],
            "private": True,
            "per_second": 10_000,
            "sleep": lambda _: None,
        }
        return make(name, load(name, self._folder), {"key": PROVIDER_KEY}, **{**told, **settings})

    def one(self, name, asked, **settings):
        provider = self.provider(name, **settings)
        try:
            return provider.ask([Question(name, asked)])[0]
        finally:
            provider.close()


@pytest.fixture
def vendors(running, tmp_path):
    made = Vendors(running.provider_url, tmp_path)
    made.post("reset")
    made.post("settings", {"known": 1, "stale": 0, "wrong": 0, "gaps": 0})
    running.provider.directory.build()
    return made


@pytest.fixture
def domain(vendors, running):  # noqa: ARG001 - which has the samples known
    return min(domain for domain, firm in running.provider.directory._firms.items() if firm.technologies)


@pytest.fixture
def email(vendors, running):  # noqa: ARG001 - the same
    return min(running.provider.directory._contacts)


@pytest.mark.parametrize("name", COMPANIES)
def test_a_company_is_told_as_it_is(vendors, domain, name):
    true = vendors.get(f"truth?domain={domain}")
    answer = vendors.one(name, {"domain": domain})
    assert answer.found is Found.HIT, answer
    assert answer.why == ""
    assert answer.fields["industry"].lower() == true["industry"].lower()
    assert answer.fields["company"].lower() == true["name"].lower()
    told, real = int(answer.fields["employees"]), true["employees"]
    assert told == real if name != "hunter-company" else told <= real
    assert answer.cost == MICRO == vendors.get("paid")["billed"] * MICRO


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_is_told_as_it_is(vendors, email, name):
    answer = vendors.one(name, {"email_clean": email})
    assert answer.found is Found.HIT, answer
    assert answer.why == ""
    assert answer.fields.get("title") or answer.fields["email_kind"] == "company"
    assert answer.cost == vendors.get("paid")["billed"] * MICRO


@pytest.mark.parametrize("name", COMPANIES)
def test_nobody_is_a_miss_that_costs_no_less_than_is_billed(vendors, name):
    answer = vendors.one(name, {"domain": "nobody-at-all.com"})
    assert (answer.found, answer.why) == (Found.MISS, "not found")
    assert answer.cost == vendors.get("paid")["billed"] * MICRO


@pytest.mark.parametrize("name", COMPANIES)
def test_a_stranger_is_told_apart_and_paid(vendors, domain, name):
    vendors.post("faults", {"faults": [{"kind": "stranger"}]})
    answer = vendors.one(name, {"domain": domain})
    assert (answer.found, answer.fields, answer.why, answer.cost) == (Found.MISS, {}, ANOTHER, MICRO)


FAULTS = {
    "drop-request": {},
    "drop-reply": {},
    "cut": {"bytes": 20},
    "garbage": {},
    "reset": {"applied": True},
    "redirect": {"location": "http://169.254.169.254/latest/meta-data/"},
    "flood": {"bytes": 5_000_000},
    "bomb": {"bytes": 20_000_000},
    "deep": {},
    "storm": {"seconds": 60},
    "status": {"status": 500, "applied": True},
}


@pytest.mark.parametrize("kind", FAULTS)
def test_whatever_goes_wrong_is_a_failure_that_counts_no_less_than_is_billed(vendors, domain, kind):
    vendors.post("faults", {"faults": [{"kind": kind, **FAULTS[kind]}]})
    answer = vendors.one("people-data-labs-company", {"domain": domain})
    assert (answer.found, answer.fields) == (Found.FAILED, {})
    assert answer.why
    assert answer.cost >= vendors.get("paid")["billed"] * MICRO


def test_a_rate_that_is_too_high_is_waited_out(vendors, domain):
    vendors.post("settings", {"per_second": 1})
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        vendors.post("clock", {"advance": seconds})

    provider = vendors.provider("people-data-labs-company", sleep=sleep)
    answers = provider.ask([Question(provider.name, {"domain": domain})] * 2)
    assert [answer.found for answer in answers] == [Found.HIT] * 2
    assert 1 <= sum(slept) < 3
    provider.close()


def test_who_has_no_credits_left_asks_no_more(vendors, domain):
    vendors.post("settings", {"credits": 1})
    provider = vendors.provider("people-data-labs-company")
    answers = provider.ask([Question(provider.name, {"domain": domain})] * 4)
    assert [(answer.found, answer.down) for answer in answers] == [(Found.HIT, False)] + [(Found.FAILED, True)] * 3
    assert sum(answer.cost for answer in answers) == MICRO
    assert vendors.get("requests")["total"] == 2
    provider.close()


def test_over_tls_with_an_authority_of_ones_own(tmp_path):
    with Sandbox(Options(tls=True)) as sandbox:
        url = sandbox.provider_url.removeprefix("https://")
        description = load("people-data-labs-company", tmp_path)
        told = {"hosts": [url], "private": True, "sleep": lambda _: None}
        provider = make("pdl", description, {"key": PROVIDER_KEY}, ca_file=sandbox.ca_path, **told)
        assert provider.ask([Question("pdl", {"domain": "nobody-at-all.com"})])[0].found is Found.MISS
        provider.close()
