import pytest

BATCH = "/crm/v3/objects/contacts/batch/"


def inputs(*items):
    return {"inputs": list(items)}


def one(key, **properties):
    return {"id": key, "properties": properties}


def names(portal, *keys):
    return [portal.properties(key, "firstname")["firstname"] for key in keys]


def test_read_gives_the_records_and_one_error_for_those_that_are_not_there(portal):
    first, second = portal.contact(firstname="A"), portal.contact(firstname="B")
    wanted = [{"id": first}, {"id": second}]

    answer = portal.post(BATCH + "read", {"inputs": wanted, "properties": ["firstname", "phone"]})
    assert answer.status == 200
    assert [r["properties"]["firstname"] for r in answer.body["results"]] == ["A", "B"]
    assert answer.body["results"][0]["properties"]["phone"] is None
    assert "errors" not in answer.body

    answer = portal.post(BATCH + "read", {"inputs": [*wanted, {"id": "7"}, {"id": "x"}]})
    assert (answer.status, answer.body["numErrors"]) == (207, 1)
    assert answer.body["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer.body["errors"][0]["context"] == {"ids": ["7", "x"]}


def test_read_finds_by_a_unique_property_and_gives_past_values(portal):
    key = portal.contact(email="a@b.example")

    by_mail = {"idProperty": "email", "propertiesWithHistory": ["email"], **inputs({"id": "A@b.example"})}
    found = portal.post(BATCH + "read", by_mail).body["results"][0]

    assert found["id"] == key
    assert found["propertiesWithHistory"]["email"][0]["value"] == "a@b.example"
    many = [{"id": str(n)} for n in range(51)]
    assert portal.post(BATCH + "read", {"inputs": many, "propertiesWithHistory": ["email"]}).status == 400


def test_create_makes_all_or_none(portal):
    answer = portal.post(BATCH + "create", inputs({"properties": {"firstname": "A"}}, {"properties": {"zip": "1"}}))
    assert (answer.status, len(answer.body["results"])) == (201, 2)

    key = portal.contact(email="a@b.example")
    before = portal.get("/crm/v3/objects/contacts").body
    given = inputs({"properties": {"email": "new@b.example"}}, {"properties": {"email": "a@b.example"}})
    answer = portal.post(BATCH + "create", given)
    assert (answer.status, answer.body["message"]) == (409, f"Contact already exists. Existing ID: {key}")
    assert portal.get("/crm/v3/objects/contacts").body == before


def test_create_with_trace_ids_tells_them_apart(portal):
    given = inputs(
        {"properties": {"email": "a@b.example"}, "objectWriteTraceId": "one"},
        {"properties": {"missing": "1"}, "objectWriteTraceId": "two"},
        {"properties": {"email": "a@b.example"}, "objectWriteTraceId": "three"},
    )

    answer = portal.post(BATCH + "create", given)

    assert (answer.status, answer.body["status"], answer.body["numErrors"]) == (207, "COMPLETE", 2)
    assert [r["objectWriteTraceId"] for r in answer.body["results"]] == ["one"]
    assert [(e["category"], e["context"]["objectWriteTraceId"]) for e in answer.body["errors"]] == [
        ("VALIDATION_ERROR", ["two"]),
        ("CONFLICT", ["three"]),
    ]
    given["inputs"][0]["objectWriteTraceId"] = "two"
    assert portal.post(BATCH + "create", given).status == 409


def test_update_writes_each_record(portal):
    first, second = portal.contact(firstname="A"), portal.contact(firstname="B")

    answer = portal.post(BATCH + "update", inputs(one(first, firstname="C"), one(second, phone="1")))

    assert answer.status == 200
    assert [r["id"] for r in answer.body["results"]] == [first, second]
    assert set(answer.body["results"][1]["properties"]) == {"phone", "createdate", "hs_object_id", "lastmodifieddate"}
    assert names(portal, first, second) == ["C", "B"]


def test_update_fails_as_a_whole_for_a_value_that_is_not_valid(portal):
    first, second = portal.contact(firstname="A"), portal.contact(firstname="B")

    answer = portal.post(BATCH + "update", inputs(one(first, firstname="C"), one(second, numemployees="x")))

    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert names(portal, first, second) == ["A", "B"]


def test_update_tells_unknown_ids_apart(portal):
    key = portal.contact(firstname="A")

    answer = portal.post(BATCH + "update", inputs(one("7", firstname="X"), one(key, firstname="B")))

    assert answer.status == 207
    assert [r["id"] for r in answer.body["results"]] == [key]
    assert answer.body["errors"][0]["context"] == {"ids": ["7"]}
    assert names(portal, key) == ["B"]


def test_a_record_may_be_named_once_a_batch(portal):
    key = portal.contact(email="a@b.example")

    answer = portal.post(BATCH + "update", inputs(one(key, firstname="A"), one(key, firstname="B")))
    assert answer.status == 400
    assert answer.body["message"] == f"Duplicate IDs found in batch input: [{key}]. IDs must be unique"

    twice = [{**one(mail, firstname="C"), "idProperty": "email"} for mail in ("a@b.example", "A@B.example")]
    assert portal.post(BATCH + "upsert", inputs(*twice)).status == 400
    assert names(portal, key) == [None]


def test_upsert_says_what_is_new(portal):
    key = portal.contact(email="a@b.example")
    given = [{**one(mail, firstname="N"), "idProperty": "email"} for mail in ("a@b.example", "c@d.example")]

    answer = portal.post(BATCH + "upsert", inputs(*given))

    assert answer.status == 200
    assert [(r["id"] == key, r["new"]) for r in answer.body["results"]] == [(True, False), (False, True)]
    made = answer.body["results"][1]["id"]
    assert portal.properties(made, "email")["email"] == "c@d.example"


def test_upsert_wants_a_unique_property(portal):
    portal.contact(firstname="A")

    answer = portal.post(BATCH + "upsert", inputs({**one("A", phone="1"), "idProperty": "firstname"}))

    assert answer.status == 400
    assert (
        answer.body["message"]
        == "Unable to perform update/upsert by non-unique 0-1 property firstname in portal ID 26892217"
    )


def test_archive_is_content_with_ids_that_are_not_there(portal):
    key = portal.contact(firstname="A")

    assert portal.post(BATCH + "archive", inputs({"id": key}, {"id": "7"})).status == 204
    assert portal.get(f"/crm/v3/objects/contacts/{key}").status == 404


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert", "archive"])
def test_a_batch_has_a_greatest_size_and_a_form(portal, verb):
    many = inputs(*({"id": str(n), "properties": {}} for n in range(101)))

    answer = portal.post(BATCH + verb, many)

    assert answer.status == 400
    assert answer.body["message"].startswith("The maximum number of inputs supported in a batch is 100.")
    assert portal.post(BATCH + verb, {"input": []}).status == 400
    assert portal.post(BATCH + verb, inputs("7")).status == 400


def test_results_come_in_another_order_when_a_test_wants_that(portal):
    keys = [portal.contact(firstname=str(n)) for n in range(20)]
    portal.settings.shuffle_batches = True

    found = [r["id"] for r in portal.post(BATCH + "read", inputs(*({"id": k} for k in keys))).body["results"]]

    assert found != keys
    assert sorted(found) == sorted(keys)
