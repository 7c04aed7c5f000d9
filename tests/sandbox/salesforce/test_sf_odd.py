"""Whatever a client sends, it gets an answer that a Salesforce could give: never a crash."""

import copy
import itertools

import pytest

DATA = "/services/data/v59.0"
ODD = [None, 1, -1.5, True, "", "x", "@{a.id}", [], [1], {}, {"a": 1}, [{}], "2026-01-01"]
LEAD = {"attributes": {"type": "Lead", "referenceId": "a"}, "LastName": "x", "Company": "y", "Servers__c": 1}
PART = {
    "method": "POST",
    "url": f"{DATA}/sobjects/Lead",
    "referenceId": "a",
    "body": {"LastName": "x"},
    "httpHeaders": {},
}
METADATA = {
    "label": "K",
    "type": "Picklist",
    "valueSet": {"restricted": True, "valueSetDefinition": {"value": [{"fullName": "a"}]}},
}
REQUESTS = {
    "create": ("POST", "sobjects/Lead", {"LastName": "x", "DoNotCall": True, "Meeting_At__c": "2026-01-01T00:00:00Z"}),
    "task": ("POST", "sobjects/Task", {"WhoId": "00Q", "WhatId": "001", "ActivityDate": "2026-01-01"}),
    "permission": (
        "POST",
        "sobjects/FieldPermissions",
        {"ParentId": "0PS", "SobjectType": "Lead", "Field": "Lead.Title"},
    ),
    "collection": ("POST", "composite/sobjects", {"allOrNone": False, "records": [LEAD]}),
    "changes": ("PATCH", "composite/sobjects", {"records": [{**LEAD, "id": "00QHs0000000001MAA"}]}),
    "read": ("POST", "composite/sobjects/Lead", {"ids": ["00QHs0000000001MAA"], "fields": ["Id"]}),
    "composite": ("POST", "composite", {"allOrNone": True, "compositeRequest": [PART]}),
    "graph": ("POST", "composite/graph", {"graphs": [{"graphId": "1", "compositeRequest": [PART]}]}),
    "batch": (
        "POST",
        "composite/batch",
        {"haltOnError": True, "batchRequests": [{"method": "GET", "url": "v59.0/limits"}]},
    ),
    "tree": ("POST", "composite/tree/Lead", {"records": [{**LEAD, "Tasks": {"records": [LEAD]}}]}),
    "query job": ("POST", "jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead", "lineEnding": "LF"}),
    "ingest job": ("POST", "jobs/ingest", {"object": "Lead", "operation": "upsert", "externalIdFieldName": "Id"}),
    "field": ("POST", "tooling/sobjects/CustomField", {"FullName": "Lead.K__c", "Metadata": METADATA}),
}


def spoiled(value):
    """The value with one part of it, in turn, replaced by something odd."""
    yield from (copy.deepcopy(odd) for odd in ODD)
    if isinstance(value, dict):
        for name, part in value.items():
            for odd in spoiled(part):
                yield {**value, name: odd}
    if isinstance(value, list):
        for place, part in enumerate(value):
            for odd in spoiled(part):
                yield [*value[:place], odd, *value[place + 1 :]]


@pytest.mark.parametrize("name", REQUESTS)
def test_no_body_makes_it_crash(sf, name):
    method, path, body = REQUESTS[name]
    for odd in [body, *spoiled(body)]:
        answer = sf.call(method, path, odd)
        assert answer.status < 500, (odd, answer.body)
        answer.payload()


LONG = "9" * 5000
MANY_PARENTS = ",".join(
    f"{way}.{name}.{last}.Name"
    for way in ("CreatedBy", "LastModifiedBy", "ConvertedAccount.CreatedBy")
    for name in ("CreatedBy", "LastModifiedBy", "Manager")
    for last in (
        "CreatedBy",
        "LastModifiedBy",
        "Manager",
        "Manager.Manager",
        "Manager.CreatedBy",
        "Manager.LastModifiedBy",
    )
)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"query?q=SELECT {MANY_PARENTS} FROM Lead", "QUERY_TOO_COMPLICATED"),
        (f"query?q=SELECT Id FROM Lead WHERE AnnualRevenue > {LONG}", None),
        (f"query?q=SELECT Id FROM Lead WHERE NumberOfEmployees < {LONG}", None),
        (f"query?q=SELECT Id FROM Lead LIMIT {LONG}", "MALFORMED_QUERY"),
        ("query/{}-²", "INVALID_QUERY_LOCATOR"),
        (f"query/{{}}-{LONG}", "INVALID_QUERY_LOCATOR"),
        ("jobs/query/{}/results?maxRecords=²", "INVALID_INPUT"),
        (f"jobs/query/{{}}/results?maxRecords={LONG}", "INVALID_INPUT"),
        ("sobjects/Lead/updated?start=9999-12-31T23:59:59-14:00&end=2026-01-01T00:00:00Z", "INVALID_REPLICATION_DATE"),
        (
            "sobjects/Lead/deleted?start=2026-01-01T00:00:00Z&end=0001-01-01T00:00:00%2B14:00",
            "INVALID_REPLICATION_DATE",
        ),
    ],
)
def test_numbers_and_queries_beyond_all_measure(sf, path, code):
    for _ in range(2):
        assert sf.call("POST", "composite/sobjects", {"records": [LEAD] * 150}).status == 200
    pages = sf.call("GET", "query?q=SELECT Id FROM Lead", headers={"Sforce-Query-Options": "batchSize=200"}).body
    job = sf.call("POST", "jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).body["id"]
    sf.pass_time(1)
    known = job if path.startswith("jobs") else pages["nextRecordsUrl"].split("/")[-1].split("-")[0]
    answer = sf.call("GET", path.format(known).replace("%2B", "+"))
    assert (answer.status, answer.body[0]["errorCode"]) == (400, code) if code else answer.status == 200, answer.body


def test_a_filter_with_more_terms_than_sqlite_takes(sf):
    terms = ",".join(f"'{number};a'" for number in range(3000))
    answer = sf.call("GET", f"query?q=SELECT Id FROM Lead WHERE Technologies__c INCLUDES ({terms})")
    assert (answer.status, answer.body[0]["errorCode"]) == (400, "QUERY_TOO_COMPLICATED")


def test_more_odd_numbers(sf):
    lead = {"LastName": "x", "Company": "y", "NumberOfEmployees": LONG}
    assert sf.call("POST", "sobjects/Lead", lead).body[0]["errorCode"] == "JSON_PARSER_ERROR"
    headers = {"Sforce-Query-Options": "batchSize=²"}
    assert sf.call("GET", "query?q=SELECT Id FROM Lead", headers=headers).body[0]["errorCode"] == "INVALID_QUERY_OPTION"
    part = {"method": "GET", "url": f"{DATA}/composite/sobjects/Lead?ids=x&fields=Id", "referenceId": "a"}
    after = {**part, "referenceId": "b", "url": f"{DATA}/sobjects/Lead/@{{a[{LONG}].id}}"}
    assert sf.call("POST", "composite", {"compositeRequest": [part, after]}).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "sobjects/Lead/{}",
        "sobjects/{}/x",
        "sobjects/Lead/Id/{}",
        "sobjects/Lead/{}/x",
        "composite/sobjects/{}/x",
        "jobs/query/{}",
        "jobs/ingest/{}/batches",
        "jobs/query/{}/results",
        "tooling/sobjects/CustomField/{}",
        "{}",
    ],
)
def test_no_path_makes_it_crash(sf, path):
    methods = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD")
    odd_parts = ("x", "%", "é", "00Q", "00QHs0000000001MAA", "a" * 300, "'", "v59.0", "Id", "*")
    for method, odd, body in itertools.product(methods, odd_parts, (b"", b"{}", b"\xff", b"[[]]")):
        answer = sf.call(method, path.format(odd), body)
        assert 400 <= answer.status < 500 or answer.status in {200, 201, 204}, (method, odd, body, answer.body)
