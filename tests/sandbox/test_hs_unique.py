"""A task under a unique key: created once, found by its key, and every answer that a second one may get."""

import json

import pytest

TASKS = "/crm/v3/objects/tasks"
KEY = "lsx1-abcdefghijklmnopqrstuvwxyz"
LINK = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]


def turn(portal, **wanted):
    answer = portal.call("POST", "/_sandbox/settings", wanted)
    assert answer.status == 200, answer.body


def task(key, contact=None, trace=None, **properties):
    body = {"properties": {"hs_timestamp": "2026-01-01", "leadrelay_key": key, **properties}}
    if contact:
        body["associations"] = [{"to": {"id": contact}, "types": LINK}]
    return {**body, "objectWriteTraceId": trace} if trace else body


def codes(answer):
    return [error["code"] for error in answer.body["errors"]]


def test_the_sample_portal_has_a_unique_key_on_tasks(portal):
    prop = portal.get("/crm/v3/properties/tasks/leadrelay_key").body

    assert (prop["type"], prop["fieldType"], prop["hasUniqueValue"], prop["hubspotDefined"]) == (
        "string",
        "text",
        True,
        False,
    )


def test_a_task_is_read_and_changed_by_its_key(portal):
    made = portal.post(TASKS, task(KEY)).body["id"]

    assert portal.get(f"{TASKS}/{KEY}", idProperty="leadrelay_key").body["id"] == made
    changed = portal.call(
        "PATCH", f"{TASKS}/{KEY}", {"properties": {"hs_task_subject": "A"}}, idProperty="leadrelay_key"
    )
    assert (changed.status, changed.body["id"]) == (200, made)
    read = portal.post(f"{TASKS}/batch/read", {"idProperty": "leadrelay_key", "inputs": [{"id": KEY}, {"id": "none"}]})
    assert read.status == 207
    assert [found["id"] for found in read.body["results"]] == [made]
    assert read.body["errors"][0]["context"] == {"ids": ["none"]}
    inputs = [{"id": key, "idProperty": "leadrelay_key", "properties": {"hs_timestamp": "0"}} for key in (KEY, "other")]
    upserted = portal.post(f"{TASKS}/batch/upsert", {"inputs": inputs})
    assert [(found["id"] == made, found["new"]) for found in upserted.body["results"]] == [(True, False), (False, True)]


def test_a_second_task_under_the_key_is_a_conflicting_value(portal):
    first = portal.post(TASKS, task(KEY)).body["id"]

    answer = portal.post(TASKS, task(KEY))

    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert codes(answer) == ["CONFLICTING_UNIQUE_VALUE"]
    listed = json.loads(answer.body["message"].removeprefix("Property values were not valid: "))
    assert (listed[0]["error"], listed[0]["name"]) == ("CONFLICTING_UNIQUE_VALUE", "leadrelay_key")
    assert listed[0]["message"].endswith(f"{first} already has that value.")


def test_a_second_task_under_the_key_is_a_conflict_when_turned_so(portal):
    turn(portal, duplicate_answer="conflict")
    first = portal.post(TASKS, task(KEY)).body["id"]

    answer = portal.post(TASKS, task(KEY))

    assert (answer.status, answer.body["category"]) == (409, "CONFLICT")
    assert answer.body["message"] == f"Task already exists. Existing ID: {first}"


@pytest.mark.parametrize("kept", [False, True])
def test_a_deleted_task_holds_its_key_or_not(portal, kept):
    turn(portal, bin_keeps_unique=kept, duplicate_answer="conflict")
    first = portal.post(TASKS, task(KEY)).body["id"]
    assert portal.post(f"{TASKS}/batch/archive", {"inputs": [{"id": first}]}).status == 204

    answer = portal.post(TASKS, task(KEY))

    assert answer.status == (409 if kept else 201)
    assert portal.get(f"{TASKS}/{KEY}", idProperty="leadrelay_key").status == (404 if kept else 200)
    archived = portal.get(f"{TASKS}/{KEY}", idProperty="leadrelay_key", archived="true").body
    assert (archived["id"], archived["archived"]) == (first, True)


def test_a_deleted_task_whose_key_was_given_away_is_not_restored(portal):
    first = portal.post(TASKS, task(KEY)).body["id"]
    portal.call("DELETE", f"{TASKS}/{first}")
    portal.post(TASKS, task(KEY))

    answer = portal.call("POST", "/_sandbox/act", {"action": "restore", "object": "tasks", "id": first})

    assert answer.status == 400
    assert "CONFLICTING_UNIQUE_VALUE" in answer.body["error"]


def test_a_portal_without_unique_tasks_refuses_lookups_by_the_key_and_lets_two_tasks_have_it(portal):
    turn(portal, unique_tasks=False)

    assert portal.get("/crm/v3/properties/tasks/leadrelay_key").body["hasUniqueValue"] is False
    assert [portal.post(TASKS, task(KEY)).status for _ in range(2)] == [201, 201]
    assert portal.get(f"{TASKS}/{KEY}", idProperty="leadrelay_key").status == 400
    by_key = {"idProperty": "leadrelay_key", "inputs": [{"id": KEY}]}
    assert portal.post(f"{TASKS}/batch/read", by_key).status == 400
    upsert = {"inputs": [{"id": KEY, "idProperty": "leadrelay_key", "properties": {}}]}
    assert "non-unique 0-27 property leadrelay_key" in portal.post(f"{TASKS}/batch/upsert", upsert).body["message"]
    back = portal.call("POST", "/_sandbox/settings", {"unique_tasks": True})
    assert (back.status, portal.settings.unique_tasks) == (400, False)
    assert back.body["error"] == "tasks share a value of leadrelay_key; delete the extra ones, or reset"


def test_a_portal_that_gets_its_unique_tasks_back_finds_them_by_key(portal):
    turn(portal, unique_tasks=False)
    made = portal.post(TASKS, task(KEY)).body["id"]
    turn(portal, unique_tasks=True)

    assert portal.get(f"{TASKS}/{KEY}", idProperty="leadrelay_key").body["id"] == made


@pytest.mark.parametrize("unique", [True, False])
def test_a_unique_task_property_can_be_created_or_not(portal, unique):
    turn(portal, unique_tasks=unique)
    prop = {"name": "my_key", "label": "K", "type": "string", "fieldType": "text", "groupName": "task_information"}

    answer = portal.post("/crm/v3/properties/tasks", {**prop, "hasUniqueValue": True})

    assert answer.status == (201 if unique else 400)
    assert portal.post("/crm/v3/properties/tasks", {**prop, "name": "plain"}).status == 201


def test_an_object_has_at_most_ten_unique_properties(portal):
    prop = {
        "label": "K",
        "type": "string",
        "fieldType": "text",
        "groupName": "task_information",
        "hasUniqueValue": True,
    }

    answers = [portal.post("/crm/v3/properties/tasks", {**prop, "name": f"key_{n}"}).status for n in range(10)]

    assert answers == [201] * 9 + [400]


def test_a_batch_of_tasks_without_trace_ids_is_all_or_nothing(portal):
    contact = portal.contact()
    portal.post(TASKS, task("taken"))

    answer = portal.post(f"{TASKS}/batch/create", {"inputs": [task("a", contact), task("taken"), task("taken")]})

    assert (answer.status, codes(answer)) == (400, ["CONFLICTING_UNIQUE_VALUE"])
    assert portal.get(f"{TASKS}/a", idProperty="leadrelay_key").status == 404
    assert portal.get(f"/crm/v4/objects/contacts/{contact}/associations/tasks").body["results"] == []


@pytest.mark.parametrize("answer_of", ["validation", "conflict"])
def test_a_batch_of_tasks_with_trace_ids_has_a_verdict_for_each(portal, answer_of):
    turn(portal, duplicate_answer=answer_of)
    contact = portal.contact()
    portal.post(TASKS, task("taken"))
    inputs = [task("a", contact, "t1"), task("taken", contact, "t2"), task("c", "999", "t3"), task("a", contact, "t4")]

    answer = portal.post(f"{TASKS}/batch/create", {"inputs": inputs})

    assert (answer.status, answer.body["numErrors"], answer.body["status"]) == (207, 3, "COMPLETE")
    assert [(r["properties"]["leadrelay_key"], r["objectWriteTraceId"]) for r in answer.body["results"]] == [
        ("a", "t1")
    ]
    category = {"validation": "VALIDATION_ERROR", "conflict": "CONFLICT"}[answer_of]
    assert [(e["context"]["objectWriteTraceId"], e["category"]) for e in answer.body["errors"]] == [
        (["t2"], category),
        (["t3"], "VALIDATION_ERROR"),
        (["t4"], category),
    ]
    linked = portal.get(f"/crm/v4/objects/contacts/{contact}/associations/tasks").body["results"]
    assert [found["toObjectId"] for found in linked] == [answer.body["results"][0]["id"]]


def test_trace_ids_that_are_not_all_different_do_not_set_the_inputs_apart(portal):
    portal.post(TASKS, task("taken"))

    answer = portal.post(f"{TASKS}/batch/create", {"inputs": [task("a", None, "t"), task("taken", None, "t")]})

    assert answer.status == 400


def test_the_tasks_of_contacts_are_read_from_the_primary_store_at_once(portal):
    turn(portal, index_lag_seconds=60)
    contact, lonely = portal.contact(), portal.contact()
    made = portal.post(f"{TASKS}/batch/create", {"inputs": [task("a", contact), task("b", contact)]}).body["results"]

    read = portal.post("/crm/v4/associations/contacts/tasks/batch/read", {"inputs": [{"id": contact}, {"id": lonely}]})

    assert read.status == 207
    assert [to["toObjectId"] for to in read.body["results"][0]["to"]] == [found["id"] for found in made]
    assert read.body["errors"][0]["context"]["fromObjectId"] == [lonely]
    portal.call("DELETE", f"{TASKS}/{made[0]['id']}")
    one = portal.get(f"/crm/v4/objects/contacts/{contact}/associations/tasks").body["results"]
    assert [found["toObjectId"] for found in one] == [made[1]["id"]]


def test_the_id_property_of_a_batch_is_not_the_record_id(portal):
    contact = portal.contact()
    given = {"id": contact, "idProperty": "hs_object_id", "properties": {"zip": "1"}}

    answer = portal.post("/crm/v3/objects/contacts/batch/update", {"inputs": [given]})

    assert answer.status == 400
    assert answer.body["message"].startswith("Unable to perform update/upsert by non-unique 0-1 property hs_object_id")


def test_the_history_tells_of_a_claim_and_of_its_end(portal):
    contact = portal.contact()
    start = portal.app.store.history()[-1]["seq"]
    [made] = portal.post(f"{TASKS}/batch/create", {"inputs": [task(KEY, contact)]}).body["results"]
    portal.post(f"{TASKS}/batch/archive", {"inputs": [{"id": made["id"]}]})

    told = [
        (e["actor"], e["action"], e["object"], e["record"], e["field"], e["new"])
        for e in portal.app.store.history(after=start)
        if e["field"] in {"", "leadrelay_key", "contacts:204"}
    ]
    by = ("integration", "create", "tasks", made["id"])
    assert told == [
        (*by, "leadrelay_key", KEY),
        ("integration", "associate", "tasks", made["id"], "contacts:204", contact),
        ("integration", "delete", "tasks", made["id"], "", None),
    ]
