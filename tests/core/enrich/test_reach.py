"""Which open fields of a lead matter, and what is still within its reach."""

from datetime import UTC, datetime

import polars as pl
import pytest

from bench.relevance import COMPANY, PERSON, measure
from leadrelay.core.enrich.reach import Reach
from leadrelay.core.enrich.reach_asked import Asked
from leadrelay.core.playbook.loading import load

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SMALL = """
name = "Small"

[[score.fit]]
name = "Large"
about = "organisation"
when = "employees >= 1000"
points = 10

[[score.fit]]
name = "Rich"
about = "organisation"
when = "revenue >= 1e6"
points = 4

[[score.fit]]
name = "Chief"
about = "contact"
when = "title matches 'chief'"
points = 6

[[score.engagement]]
name = "Visits"
when = "visits >= 3"
points = 10

[caps]
organisation = { max = 10 }

[qualification]
when = "score >= 20"

[[disqualify]]
name = "Rival"
when = "company_key = 'rival'"

[[stages]]
name = "disqualified"
side = "lead-generation"
when = "disqualified"

[[stages]]
name = "hot"
side = "sales"
when = "qualified"

[[stages]]
name = "cold"
side = "lead-generation"
"""
FIELDS = ("employees", "revenue", "title", "company", "city")
EMPTY = dict.fromkeys((*FIELDS, "visits"))


def told(lead, opened, text=SMALL, asked=(), fields=FIELDS):
    playbook = load(text, "small.toml")
    schema = {"id": pl.String, **{name: playbook.schema[name].type.dtype for name in {**EMPTY, **lead}}}
    leads = pl.DataFrame([{"id": "1", **EMPTY, **lead}], schema)
    open_ = pl.DataFrame({"id": ["1"], **{name: [name in opened] for name in fields}})
    reach = Reach(playbook, NOW, fields, asked)
    found = reach(leads, open_)
    assert reach.matters(leads, open_).equals(found.select("id", *fields))
    return found.row(0, named=True)


def matter(*args, **kwargs):
    found = told(*args, **kwargs)
    return {name for name in kwargs.get("fields", FIELDS) if found[name]}


@pytest.mark.parametrize(
    ("lead", "opened", "found"),
    [
        ({"visits": 3}, FIELDS, {"employees", "company"} | {"revenue", "title"}),
        ({"visits": 3, "company": "Acme"}, ("employees", "city"), {"employees"}),
        ({"visits": 3, "company": "Acme", "employees": 5}, ("revenue",), set()),
        ({"visits": 3, "company": "Acme", "employees": 5}, ("revenue", "title"), {"revenue", "title"}),
        ({"visits": 3, "company": "Acme", "employees": 2000}, ("revenue", "title"), set()),
        ({"visits": 0, "company": "Acme"}, ("employees", "revenue", "title"), set()),
        ({"visits": None, "company": "Rival GmbH"}, ("employees", "title"), set()),
        ({"visits": 3, "company": "Acme", "employees": 1}, (), set()),
    ],
)
def test_what_can_change_the_stage(lead, opened, found):
    assert matter(lead, opened) == found


def test_what_is_within_reach():
    found = told({"visits": 3, "company": "Acme"}, ("employees", "revenue"))
    assert (found["best_stage"], found["worst_stage"]) == ("hot", "cold")
    assert (found["best_score"], found["worst_score"], found["routes"]) == (20, 10, 1)


def test_what_is_known_is_all_that_is_within_reach():
    found = told({"visits": 3, "company": "Rival", "employees": 2000}, ())
    assert found["best_stage"] == found["worst_stage"] == "disqualified"
    assert found["best_score"] == found["worst_score"] == 20


def test_what_an_open_field_holds_now_says_nothing():
    lead = {"visits": 3, "company": "Acme", "employees": 5}
    assert matter(lead, ("employees",)) == {"employees"}


def test_a_field_that_only_lets_another_be_asked_for_matters_as_that_does():
    run_if = '[enrichment.fields.employees]\nfrom = ["pdl"]\nrun_if = "city = \'Berlin\'"\n'
    lead = {"visits": 3, "company": "Acme"}
    assert matter(lead, ("city",), SMALL + run_if) == {"city", "employees"}
    assert matter({**lead, "employees": 7}, ("city",), SMALL + run_if) == set()


BY_TITLE_OR_CITY = Asked((frozenset({"title"}), frozenset({"city", "company"})), frozenset({"employees"}))


@pytest.mark.parametrize(
    ("lead", "opened", "found"),
    [
        ({}, ("city",), {"city", "employees"}),
        ({"employees": 7}, ("city",), set()),  # nothing more is asked
        ({"title": "Clerk"}, ("city",), set()),
        # The title may still turn out to be another, or nothing: then the city says what is asked.
        ({"title": "Clerk"}, ("city", "title"), {"city", "title", "employees"}),
        # With a city that is known, the title is what changes the question, which may have another answer.
        ({"city": "Berlin"}, ("title",), {"title", "employees"}),
    ],
)
def test_a_field_matters_where_it_changes_what_is_asked_for_another(lead, opened, found):
    assert matter({"visits": 3, "company": "Acme", **lead}, opened, asked=[BY_TITLE_OR_CITY]) == found


def test_a_question_that_can_never_be_put_together_leads_to_nothing():
    lead, fields = {"visits": 3, "company": None}, ("employees", "title", "city")
    assert matter(lead, ("city",), asked=[BY_TITLE_OR_CITY], fields=fields) == set()
    assert matter({**lead, "company": "Acme"}, ("city",), asked=[BY_TITLE_OR_CITY], fields=fields) == set(fields[::2])


def test_a_domain_by_the_address_stays_whatever_web_site_is_found():
    # It may become another one, so the web site matters; what stands behind it in the list is not asked with.
    asked = [Asked((frozenset({"domain"}), frozenset({"city"})), frozenset({"employees"}))]
    lead, fields = {"visits": 3, "email": "ann@acme.com", "website": None}, ("employees", "website", "city")
    assert matter(lead, ("website", "city"), asked=asked, fields=fields) == {"website", "employees"}
    lead["email"] = "ann@gmail.com"
    assert matter(lead, ("website", "city"), asked=asked, fields=fields) == {"website", "city", "employees"}


def test_where_too_much_hangs_together_all_that_is_looked_at_may_matter():
    names = (
        "first_name",
        "last_name",
        "department",
        "country",
        "state",
        "postal_code",
        "language",
        "industry",
        "title",
    )
    asked = " or ".join(f"{name} ilike '%{number}%'" for number, name in enumerate((*names, "website")))
    text = SMALL.replace("title matches 'chief'", asked)
    fields = (*names, "website", "city", "employees", "revenue", "company")
    found = told(dict.fromkeys(fields), fields, text, fields=fields)
    assert {name for name in fields if not found[name]} == {"city"}
    assert (found["best_score"], found["worst_score"]) == (26, 0)


def test_sample_leads_come_to_the_same_with_less_bought():
    found = measure(20, 0.1, (*COMPANY, *PERSON))
    assert 0.1 < found["saved"] <= found["hindsight"]


def test_lists_longer_than_any_that_is_tried():
    text = SMALL.replace("employees >= 1000", "length(technologies) >= 20")
    lead = {"visits": 3, "company": "Acme", "technologies": None}
    assert matter(lead, ("technologies",), text, fields=("technologies", "city")) == {"technologies"}


def test_a_field_that_stands_beside_scores():
    text = SMALL.replace("score >= 20", "score + revenue >= 20")
    lead = {"visits": 3, "company": "Acme", "employees": None}
    assert matter(lead, ("revenue", "city"), text) == {"revenue"}
    assert matter(lead, ("employees", "city"), text) == set()
