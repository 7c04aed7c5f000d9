"""If-Unmodified-Since, wherever a record is written, and what an answer says where it failed."""

import pytest

FAILED = [
    {
        "message": "The record was modified since the date that the request's precondition names",
        "errorCode": "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK",
    }
]
HALTED = [
    {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same transaction failed.",
    }
]
OLD = {"If-Unmodified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}


def last_modified(sf, key):
    return sf.call("GET", f"sobjects/Lead/{key}").headers["Last-Modified"]


def test_a_record_that_changed_since_is_neither_read_nor_written(sf):
    key = sf.lead()
    for method, body in (("GET", None), ("PATCH", {"Title": "x"})):
        answer = sf.call(method, f"sobjects/Lead/{key}", body, OLD)
        assert (answer.status, answer.body) == (412, FAILED)
    assert sf.read("Lead", key, "Title") is None


def test_the_grain_is_one_second(sf):
    """Who edits in the second that the header names is overwritten: the reason for the quiet second."""
    sf.begin_second()
    key = sf.lead()
    seen = last_modified(sf, key)
    assert sf.person_edits("Lead", key, {"Title": "by a person"}).status == 200
    assert last_modified(sf, key) == seen
    assert sf.update("Lead", key, {"If-Unmodified-Since": seen}, Title="mine").status == 204
    sf.pass_time(1)
    sf.person_edits("Lead", key, {"Title": "by a person"})
    assert sf.update("Lead", key, {"If-Unmodified-Since": seen}, Title="mine").status == 412


@pytest.mark.parametrize("value", ["yesterday", "2026-01-01T00:00:00Z", ""])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_what_is_no_date_is_refused(sf, method, value):
    key = sf.lead()
    answer = sf.call(method, f"sobjects/Lead/{key}", {"Title": "x"}, {"If-Unmodified-Since": value})
    assert (answer.status, answer.body[0]["errorCode"]) == (400, "INVALID_HEADER")


def test_a_write_may_ask_that_the_record_did_change(sf):
    key = sf.lead()
    seen = last_modified(sf, key)
    assert sf.update("Lead", key, {"If-Modified-Since": seen}, Title="x").status == 412
    assert sf.update("Lead", key, {"If-Modified-Since": OLD["If-Unmodified-Since"]}, Title="x").status == 204


def test_an_upsert_is_a_write_too(sf):
    sf.add_field("Lead.Key__c", externalId=True)
    key = sf.lead(Key__c="k")
    answer = sf.call("PATCH", "sobjects/Lead/Key__c/k", {"Title": "x"}, OLD)
    assert (answer.status, answer.body) == (412, FAILED)
    assert sf.read("Lead", key, "Title") is None


def test_in_composite_by_switch(sf):
    key = sf.lead()
    part = sf.node("PATCH", f"sobjects/Lead/{key}", {"Title": "x"}, OLD)
    (answer,) = sf.call("POST", "composite", {"compositeRequest": [part]}).body["compositeResponse"]
    assert (answer["httpStatusCode"], answer["body"]) == (412, FAILED)
    sf.turn(graph_conditions=False)
    (answer,) = sf.call("POST", "composite", {"compositeRequest": [part]}).body["compositeResponse"]
    assert (answer["httpStatusCode"], sf.read("Lead", key, "Title")) == (204, "x")


def test_in_a_graph_by_switch(sf):
    key = sf.lead()
    task = sf.node("POST", "sobjects/Task", {"Subject": "Call", "WhoId": key}, name="task")
    patch = sf.node("PATCH", f"sobjects/Lead/{key}", {"Title": "x"}, {**OLD, "Sforce-Auto-Assign": "FALSE"}, "lead")
    ((done, nodes),) = sf.graphs([task, patch])
    assert not done
    assert nodes == [
        {"body": HALTED, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": "task"},
        {"body": FAILED, "httpHeaders": {}, "httpStatusCode": 412, "referenceId": "lead"},
    ]
    assert sf.query("SELECT Id FROM Task") == []
    sf.turn(graph_conditions=False)
    ((done, nodes),) = sf.graphs([task, patch])
    assert (done, [node["httpStatusCode"] for node in nodes]) == (True, [201, 204])
    # Outside of graphs the header is documented, so no switch ignores it.
    assert sf.call("PATCH", f"sobjects/Lead/{key}", {"Title": "y"}, OLD).status == 412
