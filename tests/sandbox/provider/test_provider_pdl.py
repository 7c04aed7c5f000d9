"""People Data Labs as the sandbox plays it, and the ledger of what was asked."""

from leadrelay.sandbox.provider.truth import Directory

COMPANY = "/v5/company/enrich"


def test_a_company_is_told_as_it_is(providers):
    providers.honest()
    domain = providers.domains[0]
    true = providers.truth(domain=domain)
    told = providers.ask(COMPANY, website=f"https://www.{domain}/about")
    body = told.json()
    assert (told.status_code, body["status"], body["website"]) == (200, 200, domain)
    assert (body["employee_count"], body["industry"]) == (true["employees"], true["industry"].lower())
    assert 6 <= body["likelihood"] <= 10
    by_name = providers.ask(COMPANY, name=true["name"].upper()).json()
    assert by_name["website"] == domain
    assert by_name["likelihood"] < body["likelihood"]


def test_a_person_is_told_with_the_company(providers):
    providers.honest()
    email = providers.emails[0]
    true = providers.truth(email=email)
    data = providers.ask("/v5/person/enrich", email=email.upper(), titlecase="true").json()["data"]
    assert (data["work_email"], data["job_title"], data["job_company_name"]) == (
        email,
        true["title"],
        true["firm"]["name"],
    )


def test_an_unknown_company_is_free(providers):
    answer = providers.ask(COMPANY, website="nobody.example")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found")
    paid = providers.paid()
    assert (paid["lookups"], paid["billed"], paid["entries"][0]["found"]) == (1, 0, False)


def test_companies_of_no_sample_can_be_invented(providers):
    providers.turn(invents=True, known=1, wrong=0)
    [one, again] = [providers.ask(COMPANY, website="some-where.example").json() for _ in range(2)]
    assert one == again
    assert one["website"] == "some-where.example"


def test_each_vendor_knows_another_part(providers):
    def known(path, name):
        return {
            domain
            for domain in providers.domains
            if (answer := providers.ask(path, **{name: domain})).ok and answer.json().get("organization", 1)
        }

    pdl, apollo = known(COMPANY, "website"), known("/api/v1/organizations/enrich", "domain")
    everybody = set(providers.domains)
    assert 0.5 < len(pdl) / len(everybody) < 0.95
    assert pdl - apollo
    assert apollo - pdl
    assert everybody - pdl - apollo


def test_vendors_disagree_where_one_is_stale(providers):
    providers.turn(known=1, wrong=0, gaps=0, stale=1)
    domain = providers.domains[0]
    told = {
        providers.ask(COMPANY, website=domain).json()["employee_count"],
        providers.ask("/api/v1/organizations/enrich", domain=domain).json()["organization"]["estimated_num_employees"],
    }
    assert len(told) == 2
    assert max(told) < providers.truth(domain=domain)["employees"]


def test_a_wrong_company_is_less_likely(providers):
    providers.turn(known=1, wrong=1, gaps=0)
    domain = providers.domains[0]
    told = providers.ask(COMPANY, website=domain).json()
    assert told["employee_count"] != providers.truth(domain=domain)["employees"]
    assert told["likelihood"] < 7
    assert providers.ask(COMPANY, website=domain, min_likelihood="7").status_code == 404
    assert [entry["credits"] for entry in providers.paid()["entries"]] == [1, 0]


def test_the_ledger_tells_what_was_asked_twice(providers):
    providers.honest()
    domain = providers.domains[0]
    for website in (domain, f"http://{domain}"):
        providers.ask(COMPANY, website=website)
    told = providers.paid()
    assert (told["lookups"], told["distinct"], told["duplicates"], told["billed_twice"]) == (2, 1, 1, 1)
    assert (told["credits"], told["vendors"]["pdl"]["hits"]) == (2, 2)
    assert told["entries"][0]["asked"] == {"website": domain}
    assert told["repeated"][0]["times"] == 2
    providers.control("paid/reset")
    assert providers.paid()["lookups"] == 0


def test_a_wrong_key_is_refused_and_costs_nothing(providers):
    answer = providers.ask(COMPANY, key="other", website="a.example")
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
    assert providers.paid()["lookups"] == 0


def test_credits_and_rate_have_their_limits(providers):
    providers.honest()
    providers.turn(credits=1)
    first, second = providers.domains[:2]
    assert providers.ask(COMPANY, website=first).status_code == 200
    refused = providers.ask(COMPANY, website=second)
    assert (refused.status_code, refused.json()["error"]["type"]) == (402, "payment_required")
    assert providers.paid()["credits"] == 1
    providers.turn(credits=None, per_second=1)
    providers.ask(COMPANY, website=second)
    late = providers.ask(COMPANY, website=second)
    assert (late.status_code, late.headers["Retry-After"]) == (429, "1")
    providers.control("clock", {"advance": 1})
    assert providers.ask(COMPANY, website=second).ok


def test_a_question_that_is_none_is_refused(providers):
    assert providers.ask(COMPANY).status_code == 400
    assert providers.ask("/v5/person/enrich").status_code == 400
    domain = providers.domains[0]
    providers.honest()
    assert providers.ask(COMPANY, website=domain, min_likelihood="11").status_code == 400
    assert providers.ask(COMPANY, method="POST", website=domain).status_code == 405
    assert providers.ask("/v5/nothing").status_code == 404
    assert providers.paid()["lookups"] == 0


def test_tests_say_what_is_true(providers):
    providers.honest()
    providers.control("act", {"action": "company", "domain": "Acme.example", "employees": 4321, "industry": "Banking"})
    told = providers.ask(COMPANY, website="acme.example").json()
    assert (told["employee_count"], told["industry"]) == (4321, "banking")
    providers.control("act", {"action": "person", "email": "Ann@acme.example", "title": "CIO", "given": "Ann"})
    person = providers.ask("/v5/person/enrich", email="ann@acme.example").json()["data"]
    assert (person["job_title"], person["job_company_website"]) == ("cio", "acme.example")
    providers.control("reset")
    assert providers.ask(COMPANY, website="acme.example").status_code == 404


def test_the_truth_is_the_same_for_a_seed():
    def of(seed):
        directory = Directory(seed)
        directory.hold(40, seed)
        directory.build()
        return directory._firms

    assert of(3) == of(3)
    assert of(3) != of(4)
