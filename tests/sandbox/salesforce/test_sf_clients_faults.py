"""What simple-salesforce, unmodified, makes of refusals that only happen when others act too."""

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceGeneralError, SalesforceMalformedRequest

from leadrelay.sandbox.credentials import SF_CLIENT_ID, SF_CLIENT_SECRET
from leadrelay.sandbox.server import Options, Sandbox

KEY = "lsx1-abcdefghijklmnopqrstuvwxyz"


class ToSandbox(HTTPAdapter):
    """Sends what is meant for any https host to the sandbox."""

    def __init__(self, url):
        super().__init__()
        self.url = url

    def send(self, request, *args, **kwargs):
        request.url = self.url + "/" + request.url.split("/", 3)[3]
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def served():
    with Sandbox(Options()) as sandbox:
        yield sandbox


@pytest.fixture
def client(served):
    with requests.Session() as session:
        session.mount("https://", ToSandbox(served.salesforce_url))
        session.headers["Sforce-Auto-Assign"] = "FALSE"
        yield Salesforce(session=session, consumer_key=SF_CLIENT_ID, consumer_secret=SF_CLIENT_SECRET, domain="acme.my")


def act(client, action, **arguments):
    answer = client.session.post("https://any/_sandbox/act", json={"action": action, **arguments})
    assert answer.status_code == 200, answer.text


def lead(client):
    return client.Lead.create({"LastName": "Doe", "Company": "Acme"})["id"]


def test_a_task_is_inserted_once(client):
    made = client.Task.create({"Subject": "Call", "Leadrelay_Key__c": KEY})["id"]
    act(client, "delete", object="Task", id=made)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Task.create({"Subject": "Call", "Leadrelay_Key__c": KEY})
    assert refused.value.content[0]["errorCode"] == "DUPLICATE_VALUE"
    found = client.query(f"SELECT Id FROM Task WHERE Leadrelay_Key__c = '{KEY}'", include_deleted=True)
    assert [row["Id"] for row in found["records"]] == [made]


def test_a_record_that_changed_since_is_left_alone(client):
    key = lead(client)
    old = {"If-Unmodified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}
    with pytest.raises(SalesforceGeneralError) as refused:
        client.Lead.update(key, {"Title": "x"}, headers=old)
    assert refused.value.status == 412
    url = f"/services/data/v59.0/sobjects/Lead/{key}"
    node = {"method": "PATCH", "url": url, "referenceId": "lead", "body": {"Title": "x"}, "httpHeaders": old}
    graphs = {"graphs": [{"graphId": "1", "compositeRequest": [node]}]}
    (graph,) = client.restful("composite/graph", method="POST", json=graphs)["graphs"]
    (answer,) = graph["graphResponse"]["compositeResponse"]
    assert (graph["isSuccessful"], answer["httpStatusCode"]) == (False, 412)
    assert client.Lead.get(key)["Title"] is None


def test_a_lock_and_its_end(client):
    key = lead(client)
    act(client, "lock", object="Lead", ids=[key], seconds=60)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Lead.update(key, {"Title": "x"})
    assert refused.value.content[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    act(client, "unlock", object="Lead", ids=[key])
    assert client.Lead.update(key, {"Title": "x"}) == 204


def test_a_walk_whose_locator_expired(client):
    rows = [{"attributes": {"type": "Account"}, "Name": "x"}] * 200
    for _ in range(2):
        client.restful("composite/sobjects", method="POST", json={"records": rows})
    page = client.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": "batchSize=200"})
    act(client, "expire_locators")
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.query_more(page["nextRecordsUrl"], identifier_is_url=True)
    assert refused.value.content[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
