"""The unmodified simple-salesforce, over real sockets. It insists on https, so an adapter leads it to the sandbox."""

import json

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from leadrelay.sandbox.credentials import (
    SF_CLIENT_ID,
    SF_CLIENT_SECRET,
    SF_PASSWORD,
    SF_SECURITY_TOKEN,
    SF_USERNAME,
)
from leadrelay.sandbox.server import Options, Sandbox

CLIENT = {"consumer_key": SF_CLIENT_ID, "consumer_secret": SF_CLIENT_SECRET, "domain": "acme.my"}


class ToSandbox(HTTPAdapter):
    """Sends what is meant for any https host to the sandbox."""

    def __init__(self, url):
        super().__init__()
        self._url = url

    def send(self, request, *args, **kwargs):
        request.url = self._url + "/" + request.url.split("/", 3)[3]
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def served():
    with Sandbox(Options()) as sandbox:
        yield sandbox


@pytest.fixture
def session(served):
    with requests.Session() as session:
        session.mount("https://", ToSandbox(served.salesforce_url))
        session.headers["Sforce-Auto-Assign"] = "FALSE"
        yield session


@pytest.fixture
def client(session):
    return Salesforce(session=session, **CLIENT)


def grant(client, field):
    parent = client.query("SELECT Id FROM PermissionSet LIMIT 1")["records"][0]["Id"]
    permissions = {"PermissionsRead": True, "PermissionsEdit": True}
    client.FieldPermissions.create({"ParentId": parent, "SobjectType": "Lead", "Field": field, **permissions})


# -- login ------------------------------------------------------------------------------------------------------------


def test_client_credentials(session, served):
    client = Salesforce(session=session, **CLIENT)
    assert client.sf_instance == served.salesforce_url.removeprefix("http://")
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    assert client.api_usage["api-usage"].total == 100_000


def test_jwt_bearer(session, served):
    known = {"username": SF_USERNAME, "consumer_key": SF_CLIENT_ID, "domain": "acme.my"}
    client = Salesforce(privatekey_file=str(served.salesforce.jwt_private_key), session=session, **known)
    assert client.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_password_with_security_token_by_soap(session):
    known = {"username": SF_USERNAME, "password": SF_PASSWORD, "security_token": SF_SECURITY_TOKEN}
    assert Salesforce(session=session, **known).query("SELECT Id FROM Organization")["totalSize"] == 1
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        Salesforce(session=session, **{**known, "password": "wrong"})


def test_password_by_oauth(session):
    known = {"username": SF_USERNAME, "password": SF_PASSWORD, **CLIENT}
    assert Salesforce(session=session, **known).query("SELECT Id FROM Organization")["totalSize"] == 1
    with pytest.raises(SalesforceAuthenticationFailed, match="authentication failure"):
        Salesforce(session=session, **{**known, "password": "wrong"})


def test_an_expired_session_is_renewed(client, served):
    served.salesforce.sessions.clear()
    assert client.query("SELECT Id FROM Organization")["totalSize"] == 1
    direct = Salesforce(session_id="gone", instance_url=served.salesforce_url, session=client.session)
    with pytest.raises((SalesforceExpiredSession, RuntimeError)):
        direct.query("SELECT Id FROM Organization")


# -- records ----------------------------------------------------------------------------------------------------------


def test_create_read_update_delete(client):
    made = client.Lead.create({"LastName": "Doe", "Company": "Acme"})
    assert made["success"] is True
    key = made["id"]
    assert client.Lead.update(key, {"Title": "CIO"}) == 204
    assert client.Lead.get(key)["Title"] == "CIO"
    assert client.Lead.delete(key) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Lead.get(key)
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.Lead.create({"LastName": "Doe"})
    assert caught.value.content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"


def test_custom_field_upsert_and_get_by_custom_id(client):
    field = {"label": "Ext", "type": "Text", "length": 40, "externalId": True}
    made = client.toolingexecute("sobjects/CustomField/", "POST", {"FullName": "Lead.Ext__c", "Metadata": field})
    assert made["success"] is True
    grant(client, "Lead.Ext__c")
    assert client.Lead.upsert("Ext__c/e-1", {"LastName": "Doe", "Company": "Acme"}) == 201
    assert client.Lead.upsert("Ext__c/e-1", {"Title": "CIO"}) == 200
    assert client.Lead.get_by_custom_id("Ext__c", "e-1")["Title"] == "CIO"


def test_collections_in_both_directions(client):
    rows = [{"attributes": {"type": "Lead"}, "LastName": f"many{n}", "Company": "Many"} for n in range(200)]
    made = client.restful("composite/sobjects", method="POST", data=json.dumps({"records": rows}))
    assert all(one["success"] for one in made)
    changes = [{"attributes": {"type": "Lead"}, "id": one["id"], "Title": "CIO"} for one in made]
    changes[7]["Email"] = "nobody"
    told = client.restful("composite/sobjects", method="PATCH", json={"records": changes})
    assert [place for place, one in enumerate(told) if not one["success"]] == [7]
    found = client.query_all("SELECT Id, Title FROM Lead WHERE Company = 'Many' AND Title = 'CIO'")
    assert (found["totalSize"], len(found["records"]), found["done"]) == (199, 199, True)


def test_query_all_follows_the_pages(client):
    rows = [{"attributes": {"type": "Lead"}, "LastName": f"p{n}", "Company": "Pages"} for n in range(200)]
    for _ in range(2):
        client.restful("composite/sobjects", method="POST", json={"records": rows})
    headers = {"Sforce-Query-Options": "batchSize=200"}
    found = client.query_all("SELECT Id FROM Lead WHERE Company = 'Pages'", headers=headers)
    assert len({record["Id"] for record in found["records"]}) == 400


def test_composite(client):
    parts = [
        {"method": "POST", "url": "/services/data/v59.0/sobjects/Account", "referenceId": "a", "body": {"Name": "x"}},
        {"method": "GET", "url": "/services/data/v59.0/sobjects/Account/@{a.id}", "referenceId": "b"},
    ]
    answer = client.restful("composite", method="POST", json={"compositeRequest": parts})
    assert answer["compositeResponse"][1]["body"]["Name"] == "x"


# -- bulk -------------------------------------------------------------------------------------------------------------


def test_bulk2_insert_and_query(client):
    records = [{"LastName": f"bulk{n}", "Company": "Bulk"} for n in range(50)] + [{"LastName": "bad", "Company": ""}]
    (job,) = client.bulk2.Lead.insert(records=records, wait=0.03)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (51, 1)
    assert "REQUIRED_FIELD_MISSING" in client.bulk2.Lead.get_failed_records(job["job_id"])
    soql = "SELECT Id, LastName FROM Lead WHERE Company = 'Bulk'"
    pages = list(client.bulk2.Lead.query(soql, max_records=20, wait=0.03))
    assert [len(page.splitlines()) - 1 for page in pages] == [20, 20, 10]
