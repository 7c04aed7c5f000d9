import json

import pytest

CONTACTS = "/crm/v3/objects/contacts"


def issues(answer):
    """The codes by property of a refused write, from the message's own JSON."""
    assert answer.status == 400
    prefix, _, listed = answer.body["message"].partition(": ")
    assert prefix == "Property values were not valid"
    found = json.loads(listed)
    assert [i["name"] for i in found] == [e["context"]["propertyName"][0] for e in answer.body["errors"]]
    return {issue["name"]: issue["error"] for issue in found}


def test_a_new_contact_comes_back_with_all_that_is_set(portal):
    answer = portal.post(CONTACTS, {"properties": {"email": "Ada@Byrne.example", "firstname": "Ada", "zip": ""}})

    assert answer.status == 201
    record = answer.body
    assert record["id"] == record["properties"]["hs_object_id"]
    assert record["properties"]["email"] == "ada@byrne.example"
    assert record["properties"]["hs_email_domain"] == "byrne.example"
    assert record["properties"]["lifecyclestage"] == "lead"
    assert "zip" not in record["properties"]
    assert record["createdAt"] == record["properties"]["createdate"] == record["updatedAt"]
    assert record["archived"] is False


def test_a_get_gives_defaults_or_what_was_asked_for_and_null_for_what_is_unset(portal):
    key = portal.contact(email="a@b.example", firstname="A")

    assert set(portal.get(f"{CONTACTS}/{key}").body["properties"]) == {
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    }
    assert portal.properties(key, "phone", "no_such_property", "firstname") == {
        "createdate": portal.properties(key)["createdate"],
        "firstname": "A",
        "hs_object_id": key,
        "lastmodifieddate": portal.properties(key)["lastmodifieddate"],
        "phone": None,
    }


def test_a_contact_is_found_by_its_address_and_by_no_property_that_others_may_share(portal):
    key = portal.contact(email="a@b.example", firstname="A")

    assert portal.get(f"{CONTACTS}/A@B.example", idProperty="email").body["id"] == key
    assert portal.get(f"{CONTACTS}/A", idProperty="firstname").status == 400


@pytest.mark.parametrize("key", ["999", "9" * 40, "a@b.example"])
def test_an_unknown_record_is_a_404(portal, key):
    answer = portal.get(f"{CONTACTS}/{key}")

    assert answer.status == 404
    assert answer.body["category"] == "OBJECT_NOT_FOUND"
    assert portal.patch(f"{CONTACTS}/{key}", {"firstname": "x"}).status == 404


def test_an_address_belongs_to_one_contact(portal):
    key = portal.contact(email="a@b.example")
    other = portal.contact(firstname="B")

    answer = portal.post(CONTACTS, {"properties": {"email": "A@B.example"}})

    assert (answer.status, answer.body["category"]) == (409, "CONFLICT")
    assert answer.body["message"] == f"Contact already exists. Existing ID: {key}"
    assert portal.patch(f"{CONTACTS}/{other}", {"email": "a@b.example"}).status == 409
    assert portal.patch(f"{CONTACTS}/{key}", {"email": "a@b.example"}).status == 200


def test_everything_that_is_not_valid_is_told_at_once_and_nothing_is_written(portal):
    key = portal.contact(firstname="A")
    given = {
        "firstname": "B",
        "email": "nobody",
        "numemployees": "many",
        "hs_lead_status": "new",
        "technologies": "ServiceNow;Abacus",
        "last_activity_at": "yesterday",
        "project_start": "1521225089103",
        "converted": "yes",
        "hs_object_id": "7",
        "createdate": "2026-01-01",
        "hubspot_owner_id": "9586504",
        "favourite_colour": "red",
        "message": "x" * 65_537,
    }

    answer = portal.patch(f"{CONTACTS}/{key}", given)

    assert issues(answer) == {
        "email": "INVALID_EMAIL",
        "numemployees": "INVALID_NUMBER",
        "hs_lead_status": "INVALID_OPTION",
        "technologies": "INVALID_OPTION",
        "last_activity_at": "INVALID_LONG",
        "project_start": "INVALID_DATE",
        "converted": "INVALID_OPTION",
        "hs_object_id": "READ_ONLY_VALUE",
        "createdate": "READ_ONLY_VALUE",
        "hubspot_owner_id": "INVALID_OPTION",
        "favourite_colour": "PROPERTY_DOESNT_EXIST",
        "message": "INVALID_LENGTH",
    }
    assert "1521225089103 is at 18:31:29.103 UTC, not midnight!" in answer.body["message"]
    assert portal.properties(key, "firstname")["firstname"] == "A"


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("numemployees", 1200, "1200"),
        ("numemployees", "12.50", "12.5"),
        ("numemployees", "0", "0"),
        ("converted", True, "true"),
        ("converted", "false", "false"),
        ("project_start", "2026-03-01", "2026-03-01"),
        ("project_start", 1772323200000, "2026-03-01"),
        ("last_activity_at", "1772323200000", "2026-03-01T00:00:00Z"),
        ("last_activity_at", "2026-03-01T01:30:00.250+01:00", "2026-03-01T00:30:00.250Z"),
        ("technologies", "ServiceNow;SAP;ServiceNow", "ServiceNow;SAP"),
        ("hubspot_owner_id", "41629779", "41629779"),
        ("company", " Ünïcode & Söhne ", " Ünïcode & Söhne "),
    ],
)
def test_values_come_back_in_their_normal_form(portal, name, given, kept):
    key = portal.contact(**{name: given})

    assert portal.properties(key, name)[name] == kept


def test_blanks_around_a_number_are_refused(portal):
    assert issues(portal.post(CONTACTS, {"properties": {"numemployees": " 5"}})) == {"numemployees": "INVALID_NUMBER"}


def test_an_empty_text_clears_and_null_leaves_alone(portal):
    key = portal.contact(firstname="A", numemployees="5", technologies="SAP")

    portal.patch(f"{CONTACTS}/{key}", {"firstname": "", "numemployees": "", "technologies": None})

    found = portal.properties(key, "firstname", "numemployees", "technologies")
    assert (found["firstname"], found["numemployees"], found["technologies"]) == (None, None, "SAP")


def test_a_leading_semicolon_adds_options(portal):
    key = portal.contact(technologies="SAP")

    portal.patch(f"{CONTACTS}/{key}", {"technologies": ";ServiceNow;SAP"})

    assert portal.properties(key, "technologies")["technologies"] == "SAP;ServiceNow"


def test_the_modification_time_moves_with_a_change_and_only_then(portal):
    key = portal.contact(firstname="A")
    before = portal.properties(key, "lastmodifieddate", "hs_lastmodifieddate")
    portal.clock.advance(5)

    same = portal.patch(f"{CONTACTS}/{key}", {"firstname": "A"})
    changed = portal.patch(f"{CONTACTS}/{key}", {"firstname": "B"})

    assert before["hs_lastmodifieddate"] == before["lastmodifieddate"] == same.body["updatedAt"]
    assert changed.body["updatedAt"] > same.body["updatedAt"]
    assert changed.body["properties"]["lastmodifieddate"] == changed.body["updatedAt"]


def test_a_lifecycle_stage_does_not_go_back_although_the_answer_is_a_success(portal):
    key = portal.contact(lifecyclestage="salesqualifiedlead")
    stage = "lifecyclestage"

    back = portal.patch(f"{CONTACTS}/{key}", {stage: "lead", "firstname": "A"})
    assert (back.status, back.body["properties"][stage]) == (200, "salesqualifiedlead")
    assert portal.properties(key, "firstname")["firstname"] == "A"

    portal.patch(f"{CONTACTS}/{key}", {stage: ""})
    portal.patch(f"{CONTACTS}/{key}", {stage: "lead"})
    assert portal.properties(key, stage)[stage] == "lead"


def test_the_list_walks_all_records_in_order_of_id(portal):
    made = [portal.contact(firstname=str(n)) for n in range(5)]

    first = portal.get(CONTACTS, limit="3").body
    second = portal.get(CONTACTS, limit="3", after=first["paging"]["next"]["after"]).body

    assert [r["id"] for page in (first, second) for r in page["results"]] == made
    assert "paging" not in second


@pytest.mark.parametrize("query", [{"limit": "101"}, {"limit": "0"}, {"limit": "51", "propertiesWithHistory": "email"}])
def test_a_page_has_a_greatest_size(portal, query):
    assert portal.get(CONTACTS, **query).status == 400


def test_a_deleted_record_is_in_the_recycling_bin_only(portal):
    key = portal.contact(email="a@b.example")

    assert portal.call("DELETE", f"{CONTACTS}/{key}").status == 204
    assert portal.call("DELETE", f"{CONTACTS}/{key}").status == 204
    assert portal.call("DELETE", f"{CONTACTS}/987654").status == 204

    assert portal.get(f"{CONTACTS}/{key}").status == 404
    assert portal.get(CONTACTS).body["results"] == []
    found = portal.get(CONTACTS, archived="true").body["results"][0]
    assert (found["id"], found["archived"]) == (key, True)
    assert found["archivedAt"] == portal.get(f"{CONTACTS}/{key}", archived="true").body["archivedAt"]
    assert portal.contact(email="a@b.example") != key


def test_past_values_tell_who_wrote_them(portal):
    key = portal.contact(firstname="A")
    portal.app.control.handle(
        request("POST", "/_sandbox/edit", {"object": "contacts", "id": key, "fields": {"firstname": "B"}})
    )
    portal.patch(f"{CONTACTS}/{key}", {"firstname": ""})

    found = portal.get(f"{CONTACTS}/{key}", propertiesWithHistory="firstname").body["propertiesWithHistory"]

    assert [(v["value"], v["sourceType"]) for v in found["firstname"]] == [
        ("", "INTEGRATION"),
        ("B", "CRM_UI"),
        ("A", "INTEGRATION"),
    ]
    assert found["firstname"][1]["updatedByUserId"] == 9586504
    assert all(v["timestamp"] and v["sourceId"] for v in found["firstname"])


def request(method, path, body):
    from leadrelay.sandbox.wire import Request

    return Request(method, path, body=json.dumps(body).encode())


def test_a_person_is_held_to_the_same_rules_but_may_move_the_stage_back(portal):
    key = portal.contact(lifecyclestage="customer")

    def edit(**fields):
        return portal.app.control.handle(
            request("POST", "/_sandbox/edit", {"object": "contact", "id": key, "fields": fields, "actor": "Grace"})
        )

    assert edit(numemployees="many").status == 400
    assert edit(lifecyclestage="lead").body["properties"]["lifecyclestage"] == "lead"
    assert portal.app.store.history(key)[-1]["actor"] == "Grace"


def test_a_new_task_is_a_to_do_that_nobody_began(portal):
    key = portal.make("tasks", {"hs_timestamp": "2026-01-01", "hs_task_priority": "HIGH"})

    found = portal.properties(key, "hs_task_status", "hs_task_priority", "hs_task_type", "hs_timestamp", kind="tasks")
    assert (found["hs_task_status"], found["hs_task_priority"], found["hs_task_type"]) == (
        "NOT_STARTED",
        "HIGH",
        "TODO",
    )
    assert found["hs_timestamp"] == "2026-01-01T00:00:00Z"


def test_a_task_needs_its_due_date_and_known_words(portal):
    tasks = "/crm/v3/objects/tasks"
    subject = {"hs_task_subject": "Call"}

    absent = portal.post(tasks, {"properties": subject})
    assert (absent.status, absent.body["context"]) == (400, {"properties": ["hs_timestamp"]})
    assert issues(portal.post(tasks, {"properties": {"hs_timestamp": "soon", "hs_task_type": "FAX"}})) == {
        "hs_timestamp": "INVALID_LONG",
        "hs_task_type": "INVALID_OPTION",
    }
    key = portal.make("tasks", {**subject, "hs_timestamp": 1772323200000, "hs_task_priority": "HIGH"})
    assert set(portal.properties(key, kind="tasks")) == {"hs_createdate", "hs_lastmodifieddate", "hs_object_id"}


def test_a_lead_needs_a_name_and_a_contact(portal):
    contact = portal.contact(firstname="A")
    link = [{"to": {"id": contact}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]}]

    assert portal.post("/crm/v3/objects/leads", {"properties": {"hs_lead_name": "L"}}).status == 400
    assert portal.post("/crm/v3/objects/leads", {"properties": {}, "associations": link}).status == 400
    key = portal.make("leads", {"hs_lead_name": "L", "hs_lead_label": "HOT"}, link)
    assert portal.get("/crm/v3/objects/leads").body["results"][0]["id"] == key


def test_a_merged_contact_has_a_new_id_that_the_old_ones_lead_to(portal):
    first = portal.contact(email="a@b.example", firstname="A")
    second = portal.contact(email="c@d.example", firstname="C", phone="1")

    answer = portal.post(f"{CONTACTS}/merge", {"primaryObjectId": first, "objectIdToMerge": second})

    new = answer.body["id"]
    assert answer.status == 200
    assert new not in {first, second}
    assert {key: answer.body["properties"][key] for key in ("email", "firstname", "phone")} == {
        "email": "a@b.example",
        "firstname": "A",
        "phone": "1",
    }
    assert answer.body["properties"]["hs_merged_object_ids"] == f"{first};{second}"
    assert portal.get(f"{CONTACTS}/{first}").body["id"] == portal.get(f"{CONTACTS}/{second}").body["id"] == new
    assert [r["id"] for r in portal.get(CONTACTS).body["results"]] == [new]
    third = portal.contact(firstname="T")
    again = portal.post(f"{CONTACTS}/merge", {"primaryObjectId": second, "objectIdToMerge": third}).body
    assert again["properties"]["hs_merged_object_ids"] == f"{first};{second};{new};{third}"
    assert portal.get(f"{CONTACTS}/{first}").body["id"] == again["id"]


def test_a_purged_contact_is_gone_for_good(portal):
    key = portal.contact(email="a@b.example")

    assert portal.post(f"{CONTACTS}/gdpr-delete", {"objectId": "a@b.example", "idProperty": "email"}).status == 204
    assert portal.get(f"{CONTACTS}/{key}", archived="true").status == 404
    assert portal.get(CONTACTS, archived="true").body["results"] == []


def test_every_effect_is_in_the_history_and_nothing_else(portal):
    key = portal.contact(firstname="A")
    start = portal.app.store.history()[-1]["seq"]
    portal.patch(f"{CONTACTS}/{key}", {"firstname": "B", "numemployees": "x"})
    assert portal.app.store.history(after=start) == []

    portal.app.store.clock.advance(1)
    portal.patch(f"{CONTACTS}/{key}", {"firstname": "B"})
    portal.call("DELETE", f"{CONTACTS}/{key}")

    found = [(e["action"], e["field"], e["old"], e["new"]) for e in portal.app.store.history(key, start)]
    assert found[0] == ("update", "firstname", "A", "B")
    assert found[1][:2] == ("update", "lastmodifieddate")
    assert found[2] == ("delete", "", None, None)


def test_a_company_has_a_lifecycle_stage_that_does_not_go_back_either(portal):
    key = portal.make("companies", {"name": "Firm", "lifecyclestage": "opportunity", "hs_lead_status": "OPEN"})

    portal.patch(f"/crm/v3/objects/companies/{key}", {"lifecyclestage": "lead"})

    assert portal.properties(key, "lifecyclestage", kind="companies")["lifecyclestage"] == "opportunity"


def test_a_lone_semicolon_adds_no_option(portal):
    key = portal.contact(technologies="SAP")

    for given, kept in ((";", "SAP"), ("", None), (";", None)):
        assert portal.patch(f"{CONTACTS}/{key}", {"technologies": given}).status == 200
        assert portal.properties(key, "technologies")["technologies"] == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [("1e22", "10000000000000000000000"), ("0.0000001", "0.0000001"), ("-2.50", "-2.5"), ("123456789012345", None)],
)
def test_a_number_is_answered_without_an_exponent(portal, given, kept):
    key = portal.contact(budget_amount=given)

    assert portal.properties(key, "budget_amount")["budget_amount"] == (kept or given)


@pytest.mark.parametrize(
    ("kind", "name"), [("tasks", "hs_timestamp"), ("notes", "hs_timestamp"), ("leads", "hs_lead_name")]
)
def test_what_a_record_needs_cannot_be_cleared(portal, kind, name):
    to = {"id": portal.contact(firstname="A")}
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]
    links = [{"to": to, "types": types}] if kind == "leads" else None
    key = portal.make(kind, {name: "2026-01-01"}, links)

    answer = portal.patch(f"/crm/v3/objects/{kind}/{key}", {name: ""})

    assert issues(answer) == {name: "REQUIRED_PROPERTY"}


def test_a_stage_of_a_pipeline(portal):
    path = "/crm/v3/pipelines/deals/default/stages/"

    assert portal.get(path + "closedwon").body["metadata"]["isClosed"] == "true"
    assert portal.get(path + "closedmoon").status == 404
