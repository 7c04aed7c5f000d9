"""Objects that an admin of the org made: describe, records, tasks and notes about them, and what is refused."""

import pytest

NAME = "Prospect__c"


@pytest.fixture
def made(sf):
    sf.act("create_object", name=NAME, label="Prospect")
    sf.add_field(f"{NAME}.Score__c", type="Number", precision=3, scale=0)
    return sf


def refusal(answer):
    return answer.body[0]["errorCode"], answer.body[0]["fields"]


def test_it_is_described_as_every_object_is(made):
    told = made.call("GET", f"sobjects/{NAME}/describe").body
    names = {field["name"] for field in told["fields"]}
    assert (told["custom"], told["keyPrefix"], told["label"]) == (True, "a00", "Prospect")
    assert {"Id", "Name", "OwnerId", "SystemModstamp", "LastActivityDate", "Score__c"} <= names
    assert not names & {"Company", "IsConverted", "Status", "MasterRecordId"}
    assert NAME in [kind["name"] for kind in made.call("GET", "sobjects").body["sobjects"]]


def test_records_are_made_found_changed_and_binned(made):
    key = made.create(NAME, Name="Acme", Score__c=3)
    assert key.startswith("a00")
    assert made.update(NAME, key, Score__c=4).status == 204
    assert [row["Score__c"] for row in made.query(f"SELECT Score__c FROM {NAME} ORDER BY SystemModstamp, Id")] == [4.0]
    task = made.create("Task", WhatId=key, Subject="Call")
    note = made.create("Note", ParentId=key, Title="Told")
    assert made.query(f"SELECT What.Type FROM Task WHERE WhatId = '{key}'")[0]["What"]["Type"] == NAME
    assert made.call("DELETE", f"sobjects/{NAME}/{key}").status == 204
    assert made.query(f"SELECT Id FROM {NAME}") == []
    assert [
        made.query(f"SELECT Id FROM {kind} WHERE Id = '{one}'") for kind, one in (("Task", task), ("Note", note))
    ] == [
        [],
        [],
    ]


def test_a_record_of_it_is_nobody_to_talk_to(made):
    key = made.create(NAME, Name="Acme")
    answer = made.call("POST", "sobjects/Task", {"WhoId": key, "Subject": "Call"})
    assert refusal(answer) == ("FIELD_INTEGRITY_EXCEPTION", ["WhoId"])


def test_without_activities_no_task_is_about_it(sf):
    sf.act("create_object", name="Quiet__c", activities=False)
    key = sf.create("Quiet__c", Name="Acme")
    answer = sf.call("POST", "sobjects/Task", {"WhatId": key, "Subject": "Call"})
    assert refusal(answer) == ("FIELD_INTEGRITY_EXCEPTION", ["WhatId"])
    assert sf.create("Note", ParentId=key, Title="Told")


def test_a_detail_has_a_master_and_no_owner(sf):
    sf.act("create_object", name="Detail__c", master="Account")
    account = sf.create("Account", Name="Acme")
    key = sf.create("Detail__c", Account__c=account)
    assert sf.read("Detail__c", key, "Account__c") == account
    assert sf.call("GET", f"sobjects/Detail__c/{key}?fields=OwnerId").body[0]["errorCode"] == "INVALID_FIELD"
    assert sf.call("POST", "sobjects/Detail__c", {}).body[0]["errorCode"] == "REQUIRED_FIELD_MISSING"


@pytest.mark.parametrize("name", [NAME, NAME.upper(), "Lead", "Lead__x", "Two__words__c"])
def test_a_name_that_is_taken_or_wrong_is_refused(made, name):
    assert made.send("POST", "/_sandbox/act", {"action": "create_object", "name": name}).status == 400


def test_a_reset_takes_it_away(made):
    made.send("POST", "/_sandbox/reset", {})
    made.log_in()
    assert made.call("GET", f"sobjects/{NAME}/describe").status == 404
