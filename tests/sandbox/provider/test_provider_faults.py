"""What goes wrong between a client and a provider, and what of it is billed."""

import json

import pytest
import requests

from leadrelay.sandbox.credentials import PROVIDER_KEY
from leadrelay.sandbox.server import Options, Sandbox

COMPANY = "/v5/company/enrich"


@pytest.fixture
def domain(providers):
    providers.honest()
    return providers.domains[0]


def test_somebody_else_is_told_of(providers, domain):
    providers.fault("stranger")
    told = providers.ask(COMPANY, website=domain).json()
    assert told["website"] != domain
    email = providers.emails[0]
    person = providers.ask("/v5/person/enrich", email=email).json()["data"]
    assert person["work_email"] != email
    assert providers.paid()["credits"] == 2


def test_what_is_billed_may_not_arrive(providers, domain):
    providers.fault("drop-reply", times=1)
    with pytest.raises(requests.ConnectionError):
        providers.ask(COMPANY, website=domain)
    assert providers.ask(COMPANY, website=domain).ok
    assert providers.paid()["billed_twice"] == 1


def test_a_refusal_is_not_billed(providers, domain):
    providers.fault("status", status=429, retry_after=7, times=1)
    answer = providers.ask(COMPANY, website=domain)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["error"]["type"] == "rate_limit_error"
    assert providers.paid()["lookups"] == 0


def test_a_redirect_leads_elsewhere(providers, domain):
    providers.fault("redirect", location="http://127.0.0.1:1/else")
    answer = requests.get(f"{providers.url}{COMPANY}", params={"website": domain}, allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:1/else")


@pytest.mark.parametrize("kind", ["flood", "bomb"])
def test_a_body_can_be_huge(providers, domain, kind):
    providers.fault(kind, bytes=5_000_000, applied=True)
    answer = providers.ask(COMPANY, website=domain)
    assert len(answer.content) == 5_000_000
    assert set(answer.json()) == {"name"}
    if kind == "bomb":
        assert answer.raw._fp_bytes_read < 50_000
    else:
        assert "Content-Length" not in answer.headers
    assert providers.paid()["billed"] == 1


def test_a_flood_ends_with_its_client(providers, domain):
    providers.fault("flood", bytes=10_000_000_000, times=1)
    with requests.get(f"{providers.url}{COMPANY}?website={domain}", stream=True, timeout=5) as answer:
        assert len(next(answer.iter_content(1000))) > 0
    assert providers.ask(COMPANY, website=domain).ok


def test_a_body_can_be_deep(providers, domain):
    providers.fault("deep", levels=20_000)
    text = providers.ask(COMPANY, website=domain).text
    assert len(text) == 40_000
    with pytest.raises(RecursionError):
        json.loads(text)


def test_latency_holds_nobody_up(providers, domain):
    providers.turn(latency_ms=60_000)
    for _ in range(3):
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{providers.url}{COMPANY}?website={domain}&api_key={PROVIDER_KEY}", timeout=0.1)
    assert providers.paid()["billed"] == 3


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"credits": -1}, "credits must be a whole number, 0 or more, or null"),
        ({"known": 2}, "known must be a number from 0 to 1, or null"),
        ({"latency_ms": None}, "latency_ms must be a number from 0 to 60000"),
        ({"price": 1}, "there is no setting price"),
    ],
)
def test_a_setting_that_is_none_is_told(providers, settings, why):
    answer = requests.post(f"{providers.url}/_sandbox/settings", json=settings, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(why)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"action": "company"}, "say whom: domain"),
        ({"action": "company", "domain": "a.example", "size": 1}, "nobody has size"),
        ({"action": "person", "email": 7}, "say whom: email"),
        ({"action": "merge"}, 'say {"action": name, ...}; there are: company, person'),
    ],
)
def test_an_action_that_is_none_is_told(providers, body, why):
    answer = requests.post(f"{providers.url}/_sandbox/act", json=body, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(why)


def test_a_scenario_sets_the_providers_too(tmp_path):
    path = tmp_path / "poor.toml"
    path.write_text('[provider.settings]\ncredits = 0\n[[provider.faults]]\nkind = "late"\nseconds = 0\n')
    with Sandbox(Options(leads=5, scenario=(path,))) as sandbox:
        url = sandbox.provider_url
        assert requests.get(f"{url}/_sandbox/settings", timeout=5).json()["credits"] == 0
        assert len(requests.get(f"{url}/_sandbox/faults", timeout=5).json()["faults"]) == 1
        assert sandbox.announcement()["provider"]["url"] == url


def test_providers_are_served_with_tls():
    with Sandbox(Options(leads=5, tls=True)) as sandbox:
        assert sandbox.provider_url.startswith("https://")
        answer = requests.get(f"{sandbox.provider_url}/_sandbox/health", verify=str(sandbox.ca_path), timeout=5)
        assert answer.json()["ready"]


def test_a_kept_state_keeps_its_people(tmp_path):
    with Sandbox(Options(leads=5, seed=9, state=tmp_path)) as sandbox:
        sandbox.provider.directory.build()
        before = sandbox.provider.directory._firms
    with Sandbox(Options(state=tmp_path)) as sandbox:
        sandbox.provider.directory.build()
        assert sandbox.provider.directory._firms == before
        assert before
