import pytest

PROPERTIES = "/crm/v3/properties/contacts"
CONTACTS = "/crm/v3/objects/contacts"
SCORE = {
    "name": "risk_score",
    "label": "Risk score",
    "type": "number",
    "fieldType": "number",
    "groupName": "contactinformation",
}


def test_a_new_property_can_be_written_at_once(portal):
    answer = portal.post(PROPERTIES, SCORE)

    assert answer.status == 201
    assert answer.body["modificationMetadata"] == {
        "archivable": True,
        "readOnlyDefinition": False,
        "readOnlyOptions": False,
        "readOnlyValue": False,
    }
    assert not answer.body["hubspotDefined"]
    key = portal.contact(risk_score="7")
    assert portal.properties(key, "risk_score")["risk_score"] == "7"
    assert portal.post(PROPERTIES, SCORE).status == 409
    assert portal.call("DELETE", f"{PROPERTIES}/risk_score").status == 204
    assert portal.get(f"{PROPERTIES}/risk_score").status == 404
    assert "risk_score" not in portal.properties(key, "risk_score")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Risk"},
        {"name": "7risk"},
        {"label": ""},
        {"groupName": "nowhere"},
        {"type": "decimal"},
        {"fieldType": "textarea"},
        {"type": "enumeration", "fieldType": "select", "options": [{"label": "No value"}]},
        {"type": "date", "fieldType": "date", "hasUniqueValue": True},
        {"type": "enumeration", "fieldType": "select"},
        {"type": "bool", "fieldType": "booleancheckbox"},
        {"type": "bool", "fieldType": "booleancheckbox", "options": [{"label": "Yes", "value": "true"}]},
    ],
)
def test_a_definition_that_does_not_fit_is_refused(portal, change):
    assert portal.post(PROPERTIES, {**SCORE, **change}).status == 400


def test_definitions_tell_what_may_be_written(portal):
    by_name = {prop["name"]: prop for prop in portal.get(PROPERTIES).body["results"]}

    assert by_name["email"]["hasUniqueValue"]
    assert by_name["hs_object_id"]["modificationMetadata"]["readOnlyValue"]
    assert by_name["hs_email_domain"]["calculated"]
    assert by_name["hubspot_owner_id"]["externalOptions"]
    assert by_name["hubspot_owner_id"]["options"] == []
    assert "SAP" in [option["value"] for option in by_name["technologies"]["options"]]
    assert (by_name["leadrelay_score"]["type"], by_name["leadrelay_score"]["groupName"]) == ("number", "leadrelay")
    assert portal.get(f"{PROPERTIES}/lifecyclestage").body["options"][0]["value"] == "subscriber"


def test_a_change_of_options_holds_for_the_next_write(portal):
    options = [{"label": "Open", "value": "OPEN"}, {"label": "Paused", "value": "PAUSED"}]
    key = portal.contact(hs_lead_status="OPEN")

    answer = portal.call("PATCH", f"{PROPERTIES}/hs_lead_status", {"options": options})

    assert (answer.status, len(answer.body["options"])) == (200, 2)
    assert portal.patch(f"{CONTACTS}/{key}", {"hs_lead_status": "PAUSED"}).status == 200
    assert portal.patch(f"{CONTACTS}/{key}", {"hs_lead_status": "NEW"}).status == 400


def test_what_hubspot_defined_stays(portal):
    assert portal.call("PATCH", f"{PROPERTIES}/email", {"label": "Mail"}).status == 400
    assert portal.call("DELETE", f"{PROPERTIES}/email").status == 400


def test_a_custom_property_may_change_but_not_its_type(portal):
    portal.post(PROPERTIES, SCORE)

    assert portal.call("PATCH", f"{PROPERTIES}/risk_score", {"label": "Risk"}).body["label"] == "Risk"
    assert portal.call("PATCH", f"{PROPERTIES}/risk_score", {"type": "string", "fieldType": "text"}).status == 400


def test_ten_properties_may_be_unique_and_their_values_are(portal):
    for number in range(10):
        unique = {**SCORE, "name": f"key_{number}", "type": "string", "fieldType": "text", "hasUniqueValue": True}
        assert portal.post(PROPERTIES, unique).status == 201
    assert portal.post(PROPERTIES, {**unique, "name": "key_10"}).status == 400

    first, second = portal.contact(key_1="a"), portal.contact(key_1="b")
    answer = portal.patch(f"{CONTACTS}/{second}", {"key_1": "a"})
    assert answer.status == 400
    assert "CONFLICTING_UNIQUE_VALUE" in answer.body["message"]
    assert portal.get(f"{CONTACTS}/a", idProperty="key_1").body["id"] == first
    upserted = {"id": "c", "idProperty": "key_1", "properties": {"firstname": "C"}}
    made = portal.post(f"{CONTACTS}/batch/upsert", {"inputs": [upserted]}).body["results"][0]
    assert (made["new"], portal.properties(made["id"], "key_1")["key_1"]) == (True, "c")
    assert portal.call("DELETE", f"{PROPERTIES}/key_1").status == 204


def test_batches_of_definitions(portal):
    other = {**SCORE, "name": "other"}

    made = portal.post(f"{PROPERTIES}/batch/create", {"inputs": [SCORE, other]})
    assert (made.status, len(made.body["results"])) == (201, 2)
    again = portal.post(f"{PROPERTIES}/batch/create", {"inputs": [SCORE, {**SCORE, "name": "third"}]})
    assert (again.status, again.body["numErrors"], len(again.body["results"])) == (207, 1, 1)
    names = {"inputs": [{"name": "other"}, {"name": "unknown"}]}
    read = portal.post(f"{PROPERTIES}/batch/read", names)
    assert (read.status, [p["name"] for p in read.body["results"]]) == (207, ["other"])
    assert portal.post(f"{PROPERTIES}/batch/archive", names).status == 204
    assert portal.get(f"{PROPERTIES}/other").status == 404


def test_groups(portal):
    groups = f"{PROPERTIES}/groups"

    assert portal.post(groups, {"name": "mine", "label": "Mine"}).status == 201
    assert portal.post(groups, {"name": "mine", "label": "Mine"}).status == 409
    assert portal.get(f"{groups}/mine").body["label"] == "Mine"
    assert portal.call("PATCH", f"{groups}/mine", {"label": "Ours"}).body["label"] == "Ours"
    assert "mine" in [group["name"] for group in portal.get(groups).body["results"]]
    assert portal.call("DELETE", f"{groups}/contactinformation").status == 400
    assert portal.call("DELETE", f"{groups}/mine").status == 204
    assert portal.get(f"{groups}/mine").status == 404


def test_owners_have_an_id_that_is_not_their_users(portal):
    listed = portal.get("/crm/v3/owners").body["results"]

    assert all(owner["id"] != str(owner.get("userId")) for owner in listed)
    assert {owner["type"] for owner in listed} == {"PERSON", "QUEUE"}
    gone = portal.get("/crm/v3/owners", archived="true").body["results"]
    assert [owner["archived"] for owner in gone] == [True]
    assert portal.get(f"/crm/v3/owners/{gone[0]['id']}").status == 404
    assert portal.get(f"/crm/v3/owners/{gone[0]['id']}", archived="true").status == 200
    by_mail = portal.get("/crm/v3/owners", email=listed[1]["email"]).body["results"]
    assert by_mail == [listed[1]]
    by_user = portal.get(f"/crm/v3/owners/{listed[0]['userId']}", idProperty="userId")
    assert by_user.body == listed[0]


def test_owners_come_in_pages(portal):
    met, after = [], {}
    while True:
        page = portal.get("/crm/v3/owners", limit="3", **after).body
        met += [owner["id"] for owner in page["results"]]
        if "paging" not in page:
            break
        after = {"after": page["paging"]["next"]["after"]}

    assert met == [owner["id"] for owner in portal.get("/crm/v3/owners").body["results"]]


def test_the_account_tells_who_it_is_and_what_was_used(portal):
    assert portal.get("/account-info/v3/details").body["portalId"] == 26892217
    usage = portal.get("/account-info/v3/api-usage/daily/private-apps").body["results"][0]
    assert (usage["usageLimit"], usage["currentUsage"]) == (625_000, 2)
    assert portal.get("/crm-object-schemas/v3/schemas").body == {"results": []}
    schema = portal.get("/crm-object-schemas/v3/schemas/contacts").body
    assert (schema["objectTypeId"], schema["primaryDisplayProperty"]) == ("0-1", "email")
    assert portal.get("/crm/v3/pipelines/leads").body["results"][0]["stages"][0]["label"] == "New"


def test_a_name_that_is_taken_is_told_as_such(portal):
    portal.post(PROPERTIES, SCORE)
    again = portal.post(PROPERTIES, SCORE)

    assert (again.status, again.body["category"]) == (409, "OBJECT_ALREADY_EXISTS")
    assert again.body["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"
    assert again.body["message"] == "A property named 'risk_score' already exists."


def test_an_archived_property_is_in_the_archive_until_its_name_is_used_again(portal):
    portal.post(PROPERTIES, SCORE)
    portal.call("DELETE", f"{PROPERTIES}/risk_score")

    gone = portal.get(f"{PROPERTIES}/risk_score", archived="true")
    assert (gone.status, gone.body["archived"], gone.body["label"]) == (200, True, SCORE["label"])
    assert gone.body["archivedAt"]
    listed = portal.get(PROPERTIES, archived="true").body["results"]
    assert [prop["name"] for prop in listed] == ["risk_score"]
    assert portal.post(PROPERTIES, {**SCORE, "label": "Anew"}).body["archived"] is False
    assert portal.get(PROPERTIES, archived="true").body["results"] == []
    assert portal.get(f"{PROPERTIES}/risk_score").body["label"] == "Anew"


def test_a_yes_or_no_property_is_written_once_it_has_both_options(portal):
    options = [{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}]
    made = portal.post(PROPERTIES, {**SCORE, "type": "bool", "fieldType": "booleancheckbox", "options": options})

    assert made.status == 201
    assert portal.properties(portal.contact(risk_score=True), "risk_score")["risk_score"] == "true"


def test_groups_keep_their_place_and_are_not_archived_while_in_use(portal):
    groups = f"{PROPERTIES}/groups"

    made = portal.post(groups, {"name": "mine", "label": "Mine", "displayOrder": 3})
    assert made.body == {"name": "mine", "label": "Mine", "displayOrder": 3, "archived": False}
    assert portal.call("PATCH", f"{groups}/mine", {"displayOrder": 4}).body == {**made.body, "displayOrder": 4}
    used = portal.call("DELETE", f"{groups}/leadrelay")
    assert used.body["subCategory"] == "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"


def test_an_archived_property_comes_back_under_its_name(portal):
    made = portal.post(PROPERTIES, SCORE).body
    key = portal.contact(risk_score="7")
    portal.call("DELETE", f"{PROPERTIES}/risk_score")

    again = portal.post(PROPERTIES, {**SCORE, "label": "Risk"})

    assert (again.status, again.body["label"], again.body["createdAt"]) == (201, "Risk", made["createdAt"])
    assert "risk_score" not in portal.get(PROPERTIES, archived="true").body["results"]
    assert portal.properties(key, "risk_score")["risk_score"] is None


def test_the_archive_forgets_after_ninety_days(portal):
    made = portal.post(PROPERTIES, SCORE).body
    portal.call("DELETE", f"{PROPERTIES}/risk_score")
    portal.app.store.clock.advance(90 * 86_400 + 1)

    assert portal.get(PROPERTIES, archived="true").body["results"] == []
    assert portal.post(PROPERTIES, SCORE).body["createdAt"] > made["createdAt"]


def test_what_a_workflow_uses_is_not_archived(portal):
    portal.post(PROPERTIES, SCORE)
    use = {"action": "use_property", "object": "contacts", "property": "risk_score"}
    portal.post("/_sandbox/act", {**use, "by": "Welcome"})

    answer = portal.call("DELETE", f"{PROPERTIES}/risk_score")

    assert (answer.status, answer.body["subCategory"]) == (
        400,
        "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
    )
    assert answer.body["errors"][0]["context"]["parentName"] == ["Welcome"]
    portal.post("/_sandbox/act", use)
    assert portal.call("DELETE", f"{PROPERTIES}/risk_score").status == 204


def test_an_object_has_so_many_custom_properties_and_no_more(portal):
    known = portal.get(PROPERTIES).body["results"]
    portal.settings.custom_properties = 1 + sum(not prop["hubspotDefined"] for prop in known)

    assert portal.post(PROPERTIES, SCORE).status == 201
    assert portal.post(PROPERTIES, {**SCORE, "name": "another"}).status == 400


def test_a_property_of_users_takes_their_ids_only(portal):
    body = {"name": "rep", "label": "Rep", "type": "enumeration", "fieldType": "select", "externalOptions": True}
    body |= {"groupName": "contactinformation"}
    assert portal.call("POST", "/crm/v3/properties/contacts", body).status == 400
    made = portal.call("POST", "/crm/v3/properties/contacts", {**body, "referencedObjectType": "OWNER"})
    assert (made.status, made.body["externalOptions"], made.body["referencedObjectType"]) == (201, True, "OWNER")
    contact = portal.contact(rep="41629780")
    refused = portal.call("PATCH", f"/crm/v3/objects/contacts/{contact}", {"properties": {"rep": "nobody"}})
    assert "INVALID_OPTION" in refused.body["message"]
