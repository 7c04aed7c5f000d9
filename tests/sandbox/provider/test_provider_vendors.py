"""Apollo, Hunter and Clearbit as the sandbox plays them: their shapes, refusals and bills."""

from base64 import b64encode

import pytest

from leadrelay.sandbox.credentials import PROVIDER_KEY


@pytest.fixture
def asked(providers):
    """An honest sandbox, and a company and a person in it with what is true of them."""
    providers.honest()
    email = next(address for address in providers.emails if providers.truth(email=address)["title"])
    person = providers.truth(email=email)
    return providers, person, person["firm"]


def test_apollo_answers_in_its_shape(asked):
    providers, person, firm = asked
    path = "/api/v1/organizations/enrich"
    told = [
        providers.ask(path, domain=firm["domain"]).json(),
        providers.ask(path, method="POST", json={"domain": firm["domain"]}).json(),
    ]
    assert told[0] == told[1]
    organization = told[0]["organization"]
    assert (organization["estimated_num_employees"], organization["annual_revenue"]) == (
        firm["employees"],
        firm["revenue"],
    )
    assert organization["technology_names"] == firm["technologies"]
    match = providers.ask("/api/v1/people/match", method="POST", json={"email": person["email"]}).json()["person"]
    assert (match["title"], match["organization"]["primary_domain"]) == (person["title"], firm["domain"])


def test_apollo_has_nobody_for_free_with_200(asked):
    providers, _, _ = asked
    assert providers.ask("/api/v1/organizations/enrich", domain="nobody.example").json() == {"organization": None}
    assert providers.ask("/api/v1/people/match", email="x@nobody.example").json() == {"person": None}
    assert providers.paid()["vendors"]["apollo"] == {"lookups": 2, "hits": 0, "billed": 0, "credits": 0}


def test_hunter_answers_in_its_shape(asked):
    providers, person, firm = asked
    company = providers.hunter("/v2/companies/find", domain=firm["domain"]).json()["data"]
    assert (company["domain"], company["category"]["industry"]) == (firm["domain"], firm["industry"])
    assert isinstance(company["metrics"]["employees"], str)
    found = providers.hunter("/v2/people/find", email=person["email"]).json()["data"]
    assert found["employment"]["title"] == person["title"]
    both = providers.hunter("/v2/combined/find", email=person["email"]).json()["data"]
    assert (both["person"], both["company"]) == (found, company)


def test_hunter_verifies_addresses(asked):
    providers, person, firm = asked
    addresses = (person["email"], f"somebody.else@{firm['domain']}", "x@nobody.example")
    told = [providers.hunter("/v2/email-verifier", email=address).json()["data"] for address in addresses]
    assert [one["status"] for one in told] == ["valid", "accept_all", "invalid"]
    assert told[0]["score"] > told[1]["score"] > told[2]["score"]


def test_clearbit_bills_what_is_not_found_and_the_same_question_once(asked):
    providers, person, firm = asked
    for _ in range(2):
        company = providers.clearbit("/v2/companies/find", domain=firm["domain"]).json()
        missing = providers.clearbit("/v2/companies/find", domain="nobody.example")
    assert company["metrics"]["employees"] == firm["employees"]
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "unknown_record")
    assert providers.paid()["vendors"]["clearbit"] == {"lookups": 4, "hits": 2, "billed": 2, "credits": 2}
    basic = "Basic " + b64encode(f"{PROVIDER_KEY}:".encode()).decode()
    both = providers.clearbit("/v2/combined/find", token=basic, email=person["email"]).json()
    assert both["company"] == company
    assert both["person"] == providers.clearbit("/v2/people/find", email=person["email"]).json()


@pytest.mark.parametrize("token", ["Bearer other", "Basic !!!", "Basic b3RoZXI6", "Nonsense"])
def test_clearbit_refuses_a_wrong_key(providers, token):
    assert providers.clearbit("/v2/companies/find", token=token, domain="a.example").status_code == 401
    assert providers.paid()["lookups"] == 0


REFUSALS = {
    "pdl": (lambda p, **q: p.ask("/v5/company/enrich", website=q.get("domain")), 400, 402, 429),
    "apollo": (lambda p, **q: p.ask("/api/v1/organizations/enrich", **q), 422, 403, 429),
    "hunter": (lambda p, **q: p.hunter("/v2/companies/find", **q), 400, 429, 403),
    "clearbit": (lambda p, **q: p.clearbit("/v2/companies/find", **q), 422, 402, 429),
}


@pytest.mark.parametrize("vendor", REFUSALS)
def test_each_vendor_refuses_in_its_own_way(asked, vendor):
    providers, _, firm = asked
    ask, no_question, no_credits, too_fast = REFUSALS[vendor]
    assert ask(providers).status_code == no_question
    providers.turn(credits=0)
    assert ask(providers, domain=firm["domain"]).status_code == no_credits
    providers.turn(credits=None, per_second=1)
    providers.control("clock", {"advance": 2})
    assert ask(providers, domain=firm["domain"]).status_code == 200
    late = ask(providers, domain=firm["domain"])
    assert (late.status_code, late.headers["Retry-After"]) == (too_fast, "1")
    assert providers.paid()["vendors"][vendor]["lookups"] == 1


def test_people_are_found_by_their_names_too(asked):
    providers, person, firm = asked
    names = {"first_name": person["given"], "last_name": person["family"].upper()}
    told = providers.ask("/v5/person/enrich", **names, company=firm["domain"])
    assert told.json()["data"]["work_email"] == person["email"]
    assert told.headers["x-call-credits-spent"] == "1"
    by_company = providers.ask("/v5/person/enrich", **names, company=firm["name"]).json()
    assert by_company == told.json()
    match = providers.ask("/api/v1/people/match", **names, domain=firm["domain"]).json()["person"]
    assert match["email"] == person["email"]
    found = providers.hunter("/v2/email-finder", **names, domain=firm["domain"]).json()["data"]
    assert (found["email"], found["position"]) == (person["email"], person["title"])
    nobody = {**names, "first_name": "Nobody"}
    missing = providers.ask("/v5/person/enrich", **nobody, company=firm["domain"])
    assert (missing.status_code, missing.headers["x-call-credits-spent"]) == (404, "0")
    assert providers.hunter("/v2/email-finder", **nobody, domain=firm["domain"]).status_code == 404
    assert providers.hunter("/v2/email-finder", domain=firm["domain"]).status_code == 400
    assert providers.ask("/v5/person/enrich", **names).status_code == 400
