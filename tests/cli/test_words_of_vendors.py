"""What a provider says in words of its own: used by the rules, written where the CRM takes it, and never in the way."""

import json
from urllib.request import Request, urlopen

import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox
from tests.cli.conftest import Crm

COMPANIES = """\
site,trade,heads,town
same.example,retail,120,Graz
odd.example,Crypto Mining,1000000000,Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch
other.example, TRADE_FAIRS ,51-200,n/a
"""

PROVIDER = """
[providers.companies]
kind = "table"
file = "companies.csv"
match = ["domain"]
columns = { domain = "site" }
fields = { industry = "trade", employees = "heads", city = "town" }
"""

PLAYBOOK = """
name = "small"
[qualification]
when = "industry in ('Retail', 'Crypto Mining', 'Trade Fairs')"
[[stages]]
name = "sal"
label = "Accepted"
side = "sales"
when = "qualified"
[[stages]]
name = "rest"
label = "Rest"
side = "lead-generation"
[handoff]
when = "qualified"
subject = "Call: {industry}"
due_hours = 24
[enrichment.fields.industry]
from = ["companies"]
[enrichment.fields.employees]
from = ["companies"]
[enrichment.fields.city]
from = ["companies"]
"""

MAPPING = """
object = "{object}"
empty = ["n/a"]
[read]
website = "{website}"
industry = "{industry}"
city = "{city}"
[read.employees]
field = "{employees}"
values = {{ "51-200" = 51 }}
[write]
{industry} = {{ from = "industry", policy = "unless-edited" }}
{employees} = {{ from = "employees", policy = "unless-edited" }}
{city} = {{ from = "city", policy = "unless-edited" }}
[task]
key = "{key}"
"""

OPTIONS = ["Retail", "Trade Fairs", "Mining", "Other"]

NAMES = {
    "salesforce": {
        "object": "Lead",
        "website": "Website",
        "industry": "Industry",
        "employees": "NumberOfEmployees",
        "city": "City",
        "key": "Leadrelay_Key__c",
    },
    "hubspot": {
        "object": "contacts",
        "website": "website",
        "industry": "trade",
        "employees": "numemployees",
        "city": "city",
        "key": "leadrelay_key",
    },
}


@pytest.fixture(scope="module")
def org():
    with Sandbox(Options(leads=4, seed=5)) as running:
        Crm("salesforce", running).act("restrict", object="Lead", field="Industry", values=OPTIONS)
        options = [{"label": one, "value": one, "displayOrder": place} for place, one in enumerate(OPTIONS)]
        made = {"name": "trade", "label": "Trade", "type": "enumeration", "fieldType": "select"}
        _post(running, made | {"groupName": "contactinformation", "options": options})
        yield running


def _post(running, document):
    request = Request(  # noqa: S310 - the sandbox on this machine
        f"{running.hubspot_url}/crm/v3/properties/contacts",
        json.dumps(document).encode(),
        {"Authorization": f"Bearer {credentials.HS_TOKEN}", "Content-Type": "application/json"},
    )
    urlopen(request, timeout=10).close()  # noqa: S310 - the sandbox on this machine


@pytest.fixture(params=["salesforce", "hubspot"])
def job(request, org, make_desk, tmp_path):
    """A CRM with three leads of which the table knows something, and a desk to run its job."""
    crm, names = Crm(request.param, org), NAMES[request.param]
    desk = make_desk(tmp_path, org)
    shipped = {"salesforce": "salesforce-lead", "hubspot": "hubspot-contact"}[crm.name]
    small = ('playbook = "it-discovery"', 'playbook = "small.toml"')
    desk.write(lambda text: text.replace(*small).replace(f'"{shipped}"', '"mapping.toml"') + PROVIDER)
    for file, text in (
        ("companies.csv", COMPANIES),
        ("small.toml", PLAYBOOK),
        ("mapping.toml", MAPPING.format(**names)),
    ):
        (tmp_path / file).write_text(text)
    leads = list(crm.rows(names["object"]))
    nothing = None if crm.name == "salesforce" else ""
    for lead in leads:
        crm.edit(lead, **{names[name]: nothing for name in ("website", "industry", "employees", "city")})
    sites = ("same.example", "odd.example", "other.example")
    for lead, site in zip(leads, sites, strict=False):
        crm.edit(lead, **{names["website"]: site})
    return crm, desk, names, dict(zip(sites, leads, strict=False))


def test_words_that_the_crm_does_not_take_are_used_and_not_written(job):
    crm, desk, names, leads = job
    ahead = desk.json("plan", crm.name)
    told = {lead["lead"]: {kept["field"]: kept["why"] for kept in lead["withheld"]} for lead in ahead["leads"]}
    done = desk.json("run", crm.name)
    assert (done["parked"], done["pending"], done["tasks_created"]) == (0, 0, 3)

    def held(site):
        row = crm.rows(names["object"])[leads[site]]
        return [row[names[name]] for name in ("industry", "employees", "city")]

    big = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
    takes = {"salesforce": [None, None, None], "hubspot": [None, 1_000_000_000, big]}[crm.name]
    assert held("same.example") == ["Retail", 120, "Graz"]
    assert held("odd.example") == takes
    assert held("other.example") == ["Trade Fairs", 51, None]
    why = told[leads["odd.example"]]
    assert why[names["industry"]] == "has no option 'Crypto Mining'; the nearest: 'Mining'"
    if crm.name == "salesforce":
        assert why["NumberOfEmployees"] == "takes numbers below 100,000,000 only"
        assert why["City"] == "takes 40 characters, not 58"
    assert done["withheld"] == len(why) == {"salesforce": 3, "hubspot": 1}[crm.name]
    again = desk.json("run", crm.name, "--all")
    assert (again["done"], again["parked"]) == (0, 0)


def test_explain_shows_the_word_that_the_rules_see(job):
    crm, desk, _, leads = job
    told = desk.json("explain", crm.name, leads["odd.example"])
    assert told["known"]["industry"] == "Crypto Mining"
    assert [kept["field"] for kept in told["withheld"]]
    told = desk.json("explain", crm.name, leads["other.example"])
    assert (told["known"]["industry"], told["known"]["employees"]) == ("Trade Fairs", 51)
    silent = {one["field"]: one["silent"] for one in told["enriched"]}["city"]
    assert silent["companies"].startswith("does not know it")
