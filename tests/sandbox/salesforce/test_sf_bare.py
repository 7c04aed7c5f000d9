"""An org as a company has it before leadrelay came."""

import pytest

from leadrelay.sandbox.salesforce.app import Salesforce
from leadrelay.sandbox.samples import people
from leadrelay.sandbox.store import Store
from tests.sandbox.salesforce.conftest import URL, Api


@pytest.fixture
def bare():
    store = Store()
    app = Salesforce(store, lambda: URL)
    app.bare = True
    app.prepare()
    app.load(list(people(20, 7, store.clock.now())))
    yield Api(app).log_in()
    store.close()


def fields(api, name):
    return [field["name"] for field in api.call("GET", f"sobjects/{name}/describe").body["fields"]]


def own(api):
    defined = api.call("GET", "tooling/query?q=SELECT DeveloperName FROM CustomField").body["records"]
    names = [*fields(api, "Lead"), *fields(api, "Task"), *(one["DeveloperName"] for one in defined)]
    return [name for name in names if name.startswith("Leadrelay_")]


def test_a_bare_org_has_what_the_company_has_and_nothing_of_ours(bare):
    assert own(bare) == []
    assert "Cmdb_Status__c" in fields(bare, "Lead")
    assert len(bare.query("SELECT Id FROM Lead WHERE LastName != null")) == 20
    assert bare.query("SELECT Id FROM Lead WHERE Cmdb_Status__c != null")


def test_after_a_reset_it_is_bare_again(bare):
    bare.add_field("Lead.Leadrelay_Score__c")
    assert own(bare) == ["Leadrelay_Score__c", "Leadrelay_Score"]
    bare.send("POST", "/_sandbox/reset")
    assert own(bare) == []


def test_an_org_with_leadrelay_has_what_the_readme_lists(sf):
    lead = {field["name"]: field for field in sf.call("GET", "sobjects/Lead/describe").body["fields"]}
    assert (lead["Leadrelay_Score__c"]["precision"], lead["Leadrelay_Grade__c"]["length"]) == (4, 40)
    assert lead["Leadrelay_Reasons__c"]["length"] == 4000
