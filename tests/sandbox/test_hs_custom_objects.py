"""Objects that a portal defines itself, over the schemas API; and what leads ask for."""

import pytest

SCHEMA = {
    "name": "prospects",
    "labels": {"singular": "Prospect", "plural": "Prospects"},
    "primaryDisplayProperty": "prospect_name",
    "requiredProperties": ["prospect_name"],
    "searchableProperties": ["prospect_name"],
    "properties": [
        {"name": "prospect_name", "label": "Name", "type": "string", "fieldType": "text"},
        {"name": "score", "label": "Score", "type": "number", "fieldType": "number"},
    ],
    "associatedObjects": ["CONTACT", "COMPANY"],
}
SCHEMAS = "/crm-object-schemas/v3/schemas"


@pytest.fixture
def made(portal):
    """A portal with an object of its own; what the API told of it."""
    answer = portal.call("POST", SCHEMAS, SCHEMA)
    assert answer.status == 201, answer.body
    return answer.body


def test_a_schema_says_how_it_may_be_called(portal, made):
    assert (made["name"], made["labels"]["plural"]) == ("prospects", "Prospects")
    assert made["objectTypeId"].startswith("2-")
    assert made["fullyQualifiedName"].endswith("_prospects")
    assert {"prospect_name", "score", "hs_createdate", "hs_object_id"} <= {prop["name"] for prop in made["properties"]}
    assert [one["objectTypeId"] for one in portal.get(SCHEMAS).body["results"]] == [made["objectTypeId"]]


def test_records_are_found_by_each_of_its_names(portal, made):
    names = (made["objectTypeId"], made["fullyQualifiedName"], "prospects", "p_prospects")
    keys = [portal.make(name, {"prospect_name": f"N{at}", "score": at}) for at, name in enumerate(names)]
    for name in names:
        listed = portal.get(f"/crm/v3/objects/{name}", properties="score").body["results"]
        assert [record["id"] for record in listed] == keys
    wanted = {"filterGroups": [{"filters": [{"propertyName": "score", "operator": "GTE", "value": "2"}]}]}
    assert portal.call("POST", "/crm/v3/objects/prospects/search", wanted).body["total"] == 2
    batch = {"inputs": [{"id": keys[0], "properties": {"score": 9}}]}
    answer = portal.call("POST", f"/crm/v3/objects/{names[1]}/batch/update", batch)
    assert answer.body["results"][0]["properties"]["score"] == "9"


@pytest.mark.usefixtures("made")
def test_required_properties_are_required(portal):
    answer = portal.call("POST", "/crm/v3/objects/prospects", {"properties": {"score": 1}})
    assert (answer.status, answer.body["context"]["properties"]) == (400, ["prospect_name"])


def test_tasks_are_associated_by_a_type_of_the_portals_own(portal, made):
    [found] = portal.get("/crm/v4/associations/tasks/prospects/labels").body["results"]
    assert (found["category"], found["label"]) == ("USER_DEFINED", None)
    key = portal.make("prospects", {"prospect_name": "N"})
    spec = {"associationCategory": "USER_DEFINED", "associationTypeId": found["typeId"]}
    task = portal.make("tasks", {"hs_timestamp": "2026-01-01"}, [{"to": {"id": key}, "types": [spec]}])
    linked = portal.get(f"/crm/v4/objects/{made['objectTypeId']}/{key}/associations/tasks").body["results"]
    assert [one["toObjectId"] for one in linked] == [task]
    wrong = {"properties": {"hs_timestamp": "2026-01-01"}}
    wrong["associations"] = [{"to": {"id": key}, "types": [{**spec, "associationCategory": "HUBSPOT_DEFINED"}]}]
    assert portal.call("POST", "/crm/v3/objects/tasks", wrong).status == 400


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "Prospects"}, 409),
        ({"name": "2fast"}, 400),
        ({"name": "other", "requiredProperties": ["nobody"]}, 400),
        ({"name": "other", "labels": {}}, 400),
        ({"name": "other", "properties": []}, 400),
        ({"name": "other", "associatedObjects": ["NOTHING"]}, 400),
    ],
)
def test_a_definition_that_is_wrong_leaves_nothing(portal, change, status):
    assert portal.call("POST", SCHEMAS, {**SCHEMA, **change}).status == status
    assert len(portal.get(SCHEMAS).body["results"]) == 1


@pytest.mark.usefixtures("made")
def test_it_is_deleted_once_it_is_empty(portal):
    key = portal.make("prospects", {"prospect_name": "N"})
    assert portal.call("DELETE", f"{SCHEMAS}/prospects").status == 400
    portal.call("POST", "/crm/v3/objects/prospects/gdpr-delete", {"objectId": key})
    assert portal.call("DELETE", f"{SCHEMAS}/prospects").status == 204
    assert portal.get("/crm/v3/objects/prospects").status == 400


@pytest.mark.usefixtures("made")
def test_it_takes_scopes_of_its_own(portal):
    portal.call("POST", "/_sandbox/act", {"action": "scopes", "remove": ["crm.objects.custom.read"]})
    answer = portal.get("/crm/v3/objects/prospects")
    assert answer.body["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.custom.read"]


@pytest.mark.usefixtures("made")
def test_a_reset_takes_it_away(portal):
    portal.call("POST", "/_sandbox/reset", {})
    assert portal.get("/crm/v3/objects/prospects").status == 400
    assert portal.call("POST", SCHEMAS, SCHEMA).status == 201


def test_a_lead_takes_a_name_and_a_contact(portal):
    contact = portal.contact(firstname="A")
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}
    to = [{"to": {"id": contact}, "types": [spec]}]
    assert portal.call("POST", "/crm/v3/objects/leads", {"properties": {"hs_lead_name": "N"}}).status == 400
    assert portal.call("POST", "/crm/v3/objects/leads", {"properties": {}, "associations": to}).status == 400
    lead = portal.make("leads", {"hs_lead_name": "N"}, to)
    emptied = portal.call("PATCH", f"/crm/v3/objects/leads/{lead}", {"properties": {"hs_lead_name": ""}})
    assert "REQUIRED_PROPERTY" in emptied.body["message"]
