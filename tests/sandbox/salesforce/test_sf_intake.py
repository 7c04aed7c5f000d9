"""What happens to a request before the API looks at it; over a real socket, where the address is as it was sent."""

import gzip
import json
import zlib
from urllib.parse import quote

import pytest
import requests

from leadrelay.sandbox.credentials import SF_CLIENT_ID, SF_CLIENT_SECRET
from leadrelay.sandbox.server import Options, Sandbox

LEAD = {"LastName": "Doe", "Company": "Acme"}


@pytest.fixture(scope="module")
def data():
    """A session that is logged in, and the address of the API."""
    with Sandbox(Options()) as sandbox, requests.Session() as session:
        form = {"grant_type": "client_credentials", "client_id": SF_CLIENT_ID, "client_secret": SF_CLIENT_SECRET}
        token = session.post(f"{sandbox.salesforce_url}/services/oauth2/token", form).json()["access_token"]
        session.headers.update({"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        yield session, f"{sandbox.salesforce_url}/services/data/v62.0/"


def query_of_length(url, length):
    """The address of a query so long, from its path on."""
    address = f"{url}query?q=" + quote("SELECT Id FROM Lead WHERE Company = ''")
    path = address[address.index("/services") :]
    return address[:-3] + "x" * (length - len(path)) + address[-3:]


def test_addresses_and_headers_end_at_16_kilobytes(data):
    session, url = data
    assert session.get(query_of_length(url, 15_000)).status_code == 200
    refused = session.get(query_of_length(url, 16_385))
    assert (refused.status_code, refused.text) == (414, "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>")
    refused = session.get(query_of_length(url, 15_000), headers={"X-Much": "x" * 1_500})
    assert (refused.status_code, "Request Header Fields Too Large" in refused.text) == (431, True)


def bare_deflate(body):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress), ("deflate", bare_deflate)],
)
def test_a_packed_body_is_unpacked(data, encoding, pack):
    session, url = data
    body = pack(json.dumps(LEAD).encode())
    answer = session.post(f"{url}sobjects/Lead", body, headers={"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["success"]) == (201, True)


@pytest.mark.parametrize(
    ("encoding", "status", "code"),
    [
        ("gzip", 400, "INVALID_INPUT"),
        ("deflate", 400, "INVALID_INPUT"),
        ("br", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_a_body_that_cannot_be_unpacked(data, encoding, status, code):
    session, url = data
    answer = session.post(f"{url}sobjects/Lead", b"{}", headers={"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)
    assert "Sforce-Limit-Info" in answer.headers


def test_half_a_packed_body(data):
    session, url = data
    half = gzip.compress(json.dumps(LEAD).encode())[:-9]
    answer = session.post(f"{url}sobjects/Lead", half, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_INPUT")


def test_a_post_may_stand_for_another_method(data):
    session, url = data
    key = session.post(f"{url}sobjects/Lead", json=LEAD).json()["id"]
    row = f"{url}sobjects/Lead/{key}"
    assert session.post(f"{row}?_HttpMethod=PATCH", json={"Title": "CIO"}).status_code == 204
    assert session.get(f"{row}?fields=Title").json()["Title"] == "CIO"
    assert session.get(f"{row}?_HttpMethod=DELETE").status_code == 200
    assert session.post(f"{row}?_HttpMethod=DELETE").status_code == 204
    assert session.get(row).status_code == 404


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE"])
def test_a_method_that_no_resource_takes_is_refused_as_others_are(data, method):
    session, url = data
    answer = session.request(method, f"{url}limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Sforce-Limit-Info"].startswith("api-usage=")


def test_a_slash_in_an_external_id_must_be_encoded(data):
    session, url = data
    field = {"FullName": "Lead.Key__c", "Metadata": {"label": "Key", "type": "Text", "length": 40, "externalId": True}}
    assert session.post(f"{url}tooling/sobjects/CustomField/", json=field).status_code == 201
    found = session.get(f"{url}query", params={"q": "SELECT Id FROM PermissionSet"}).json()["records"]
    grant = {"ParentId": found[0]["Id"], "SobjectType": "Lead", "Field": "Lead.Key__c"}
    grant |= {"PermissionsRead": True, "PermissionsEdit": True}
    assert session.post(f"{url}sobjects/FieldPermissions/", json=grant).status_code == 201
    record = f"{url}sobjects/Lead/Key__c/"
    assert session.patch(f"{record}a%2Fb", json=LEAD).status_code == 201
    assert session.get(f"{record}a%2Fb/?fields=Key__c").json()["Key__c"] == "a/b"
    refused = session.patch(f"{record}a/b", json=LEAD)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (404, "NOT_FOUND")
