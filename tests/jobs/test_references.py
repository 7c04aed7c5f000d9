"""Fields that hold the id of something else: users by e-mail, companies by domain, asked for as rarely as can be."""

import pytest

from leadrelay.connectors.base import FieldInfo, Owner
from leadrelay.connectors.people import Account
from leadrelay.jobs.desk import Desk
from leadrelay.jobs.past import past
from tests.stores import new_store

MAPPING = """
object = "Lead"
[read]
employees = "Employees"
budget_amount = "Budget"
email = "Email"
owner = { field = "Keeper", reference = "owner" }
website = "Website"
[write]
Leadrelay_Score = "score"
Rep = { from = "owner", policy = "own", reference = "owner" }
Advisor = { from = "email", policy = "fill", reference = "owner" }
Company = { from = "website", policy = "fill", reference = "account" }
"""
PEOPLE = [
    Owner("UANA", "Ana", "Ana@acme.example", active=True),
    Owner("UBO", "Bo", "bo@acme.example", active=False),
    Owner("UCY", "Cy", "cy@acme.example", active=True),
    Owner("UCY2", "Cy", "cy@acme.example", active=True),
    Owner("QIN", "Inbound", "inbound@acme.example", active=True, queue=True),
]


@pytest.fixture
def store_url(tmp_path):
    """References touch no table: one kind of database will do."""
    return new_store(tmp_path / "state.db")


@pytest.fixture
def referring(bench):
    bench.mapping = MAPPING
    for name in ("Keeper", "Website", "Rep", "Advisor", "Company"):
        bench.crm.add_field(FieldInfo(name, name, "string"))
    bench.crm._owners = PEOPLE
    bench.crm.known = [Account("A1", "Acme", "acme.example", "UANA")]
    return bench


def held(bench, name):
    return [record[name] for record in bench.crm.records.values()]


def withheld(bench):
    job = bench.job()
    records = bench.crm.fetch(list(bench.crm.records), job.mapping.crm_fields()).records
    plan = Desk(job, bench.clock.moment).decide(records, past(job, bench.store, records)).plan
    return {(one.field, one.why) for one in plan.withheld}


def test_ids_are_read_as_addresses_and_addresses_written_as_ids(referring):
    referring.add(1, Keeper="UANA", Email="Ana@ACME.example")
    referring.add(1, Keeper="uana")
    referring.add(1, Keeper="UGONE")
    referring.add(1)
    referring.run()
    assert held(referring, "Rep") == ["UANA", "UANA", None, None]
    assert held(referring, "Advisor") == ["UANA", None, None, None]
    assert referring.run().changed == 0


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("nobody@acme.example", "refers to a user, and the CRM has none with this e-mail address"),
        ("bo@acme.example", "refers to a user, and the one with this e-mail address is not active"),
        ("cy@acme.example", "refers to a user, and several have this e-mail address"),
        ("inbound@acme.example", "refers to a user, and the CRM has none with this e-mail address"),
    ],
)
def test_who_cannot_be_told_is_withheld_with_the_reason_and_without_the_address(referring, email, why):
    referring.add(1, Email=email)
    assert withheld(referring) == {("Advisor", why)}
    referring.run()
    assert held(referring, "Advisor") == [None]


def test_a_company_is_found_by_its_domain_and_asked_for_once(referring):
    referring.add(12, Website="https://www.acme.example/about")
    referring.add(12, Website="ACME.example")
    referring.add(1, Website="other.example")
    referring.add(1, Website="https://gmail.com")
    asked = []
    accounts = referring.crm.accounts
    referring.crm.accounts = lambda firms: (asked.extend(firms), accounts(firms))[1]
    referring.run()
    assert held(referring, "Company") == ["A1"] * 24 + [None, None]
    assert sorted(firm.domain for firm in asked) == ["acme.example", "other.example"]
    assert withheld(referring) == set()


def test_without_references_nothing_is_asked(bench):
    bench.add(3)
    bench.crm.owners = bench.crm.accounts = None
    assert bench.run().changed == 3


def test_a_user_is_kept_in_a_field_that_a_person_chose(referring):
    referring.mapping = MAPPING.replace(
        'Advisor = { from = "email", policy = "fill"', 'Advisor = { from = "email", policy = "unless-edited"'
    )
    referring.add(1, Email="ana@acme.example")
    referring.run()
    referring.crm.put("L00000", {"Advisor": "UCY"})
    referring.run()
    assert held(referring, "Advisor") == ["UCY"]


def test_rules_see_addresses_where_the_crm_has_ids(referring):
    referring.playbook = referring.playbook.replace(
        'when = "employees >= 1000"', "when = \"owner = 'ana@acme.example'\""
    )
    referring.add(1, Keeper="UANA")
    referring.add(1, Keeper="UBO")
    referring.run()
    assert held(referring, "Leadrelay_Score") == ["20", "0"]


def test_a_company_that_is_not_known_leaves_the_field_as_it_is(referring):
    referring.mapping = MAPPING.replace(
        'policy = "fill", reference = "account"', 'policy = "own", reference = "account"'
    )
    referring.add(1, Website="other.example", Company="A9")
    referring.add(1, Website="acme.example", Company="A9")
    referring.run()
    assert held(referring, "Company") == ["A9", "A1"]
