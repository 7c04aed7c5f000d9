"""People Data Labs as the sandbox plays it, and the ledger of what was asked."""

import pytest
import requests

from leadrelay.sandbox.provider.truth import Directory
from leadrelay.sandbox.server import Options, Sandbox


@pytest.fixture(scope="module")
def running():
    with Sandbox(Options(leads=60, seed=3)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    requests.post(f"{running.provider_url}/_sandbox/reset", timeout=5).raise_for_status()
    return running


def ask(sandbox, path, key="sandbox-provider-key", **query):
    return requests.get(f"{sandbox.provider_url}{path}", query, headers={"X-Api-Key": key}, timeout=5)


def turn(sandbox, **settings):
    requests.post(f"{sandbox.provider_url}/_sandbox/settings", json=settings, timeout=5).raise_for_status()


def paid(sandbox):
    return requests.get(f"{sandbox.provider_url}/_sandbox/paid", timeout=5).json()


def domains(sandbox):
    sandbox.provider.directory.build()
    return sorted(sandbox.provider.directory._firms)


def test_a_company_is_told_as_it_is(sandbox):
    turn(sandbox, known=1, stale=0, wrong=0, gaps=0)
    domain = domains(sandbox)[0]
    true = requests.get(f"{sandbox.provider_url}/_sandbox/truth?domain={domain}", timeout=5).json()
    told = ask(sandbox, "/v5/company/enrich", website=f"https://www.{domain}/about")
    assert told.status_code == 200
    body = told.json()
    assert (body["status"], body["website"], body["employee_count"]) == (200, domain, true["employees"])
    assert body["industry"] == true["industry"].lower()
    assert 6 <= body["likelihood"] <= 10


def test_an_unknown_company_is_free(sandbox):
    answer = ask(sandbox, "/v5/company/enrich", website="nobody.example")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found")
    assert paid(sandbox)["lookups"] == 1
    assert paid(sandbox)["billed"] == 0


def test_each_vendor_knows_a_part(sandbox):
    found = [ask(sandbox, "/v5/company/enrich", website=domain).status_code for domain in domains(sandbox)]
    assert 0.5 < found.count(200) / len(found) < 0.95


def test_the_ledger_tells_what_was_asked_twice(sandbox):
    turn(sandbox, known=1, wrong=0)
    domain = domains(sandbox)[0]
    for website in (domain, f"http://{domain}"):
        ask(sandbox, "/v5/company/enrich", website=website)
    told = paid(sandbox)
    assert (told["lookups"], told["distinct"], told["duplicates"], told["billed_twice"]) == (2, 1, 1, 1)
    assert (told["credits"], told["vendors"]["pdl"]["hits"]) == (2, 2)
    assert told["entries"][0]["asked"] == {"website": domain}
    assert told["repeated"][0]["times"] == 2


def test_a_wrong_key_is_refused_and_costs_nothing(sandbox):
    answer = ask(sandbox, "/v5/company/enrich", key="other", website="a.example")
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
    assert paid(sandbox)["lookups"] == 0


def test_credits_and_rate_have_their_limits(sandbox):
    turn(sandbox, known=1, wrong=0, credits=1)
    first, second = domains(sandbox)[:2]
    assert ask(sandbox, "/v5/company/enrich", website=first).status_code == 200
    assert ask(sandbox, "/v5/company/enrich", website=second).json()["error"]["type"] == "payment_required"
    assert paid(sandbox)["credits"] == 1
    turn(sandbox, credits=None, per_second=1)
    ask(sandbox, "/v5/company/enrich", website=second)
    late = ask(sandbox, "/v5/company/enrich", website=second)
    assert (late.status_code, late.headers["Retry-After"]) == (429, "1")


def test_a_question_that_is_none_is_refused(sandbox):
    assert ask(sandbox, "/v5/company/enrich").status_code == 400
    assert ask(sandbox, "/v5/company/enrich", website="a.example", min_likelihood="11").status_code in {400, 404}
    assert paid(sandbox)["billed"] == 0


def test_the_truth_is_the_same_for_a_seed():
    def of(seed):
        directory = Directory(seed)
        directory.hold(40, seed)
        directory.build()
        return directory._firms

    assert of(3) == of(3)
    assert of(3) != of(4)
