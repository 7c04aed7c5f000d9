"""propertiesWithHistory: who set which value when, the newest first."""

from datetime import UTC, datetime, timedelta

from leadrelay.sandbox import samples

CONTACTS = "/crm/v3/objects/contacts"
PERSON = 9586504


def past(portal, key, *names):
    return portal.get(f"{CONTACTS}/{key}", propertiesWithHistory=",".join(names)).body["propertiesWithHistory"]


def edit(portal, key, fields, actor=None):
    body = {"object": "contacts", "id": key, "fields": fields, **({"actor": actor} if actor else {})}
    assert portal.call("POST", "/_sandbox/edit", body).status == 200


def load(portal, count=60):
    portal.app.load(samples.people(count, 1, datetime(2026, 6, 1, tzinfo=UTC)))
    found = portal.get(CONTACTS, limit="100", properties="servers,zip").body["results"]
    return [record["id"] for record in found if record["properties"]["servers"] is not None]


def test_each_version_names_its_source(portal):
    key = load(portal)[0]
    before = portal.properties(key, "servers")["servers"]
    stamps = []
    for actor, value in (("integration", "7"), ("person", "8"), ("automation", "9")):
        portal.clock.advance(60)
        edit(portal, key, {"servers": value}, actor)
        stamps.append(portal.get(f"{CONTACTS}/{key}").body["updatedAt"])

    versions = past(portal, key, "servers")["servers"]

    assert [(v["value"], v["sourceType"]) for v in versions] == [
        ("9", "AUTOMATION_PLATFORM"),
        ("8", "CRM_UI"),
        ("7", "INTEGRATION"),
        (before, "IMPORT"),
    ]
    for version, stamp in zip(versions, reversed(stamps), strict=False):
        assert abs(datetime.fromisoformat(version["timestamp"]) - datetime.fromisoformat(stamp)) < timedelta(seconds=30)
    assert [v.get("updatedByUserId") for v in versions] == [None, PERSON, None, None]
    assert [v["sourceId"] for v in versions] == [
        "enrollmentId:1;actionExecutionIndex:0",
        f"userId:{PERSON}",
        "1512050",
        "1",
    ]


def test_a_cleared_value_is_a_version_without_one(portal):
    key = portal.contact(zip="1")
    portal.clock.advance(1)
    edit(portal, key, {"zip": ""})

    assert [(v["value"], v["sourceType"]) for v in past(portal, key, "zip")["zip"]] == [
        ("", "CRM_UI"),
        ("1", "INTEGRATION"),
    ]


def test_what_was_never_set_has_no_past_and_what_does_not_exist_is_left_out(portal):
    assert past(portal, portal.contact(), "zip", "nonsense") == {"zip": []}


def test_lists_and_batches_carry_histories_of_at_most_fifty_records(portal):
    keys = load(portal)[:3]
    edit(portal, keys[1], {"zip": "77"})
    listed = portal.get(CONTACTS, limit="50", propertiesWithHistory="zip").body["results"]
    assert len(listed) == 50
    inputs = [{"id": key} for key in keys]
    read = portal.post(f"{CONTACTS}/batch/read", {"inputs": inputs, "propertiesWithHistory": ["zip"], "properties": []})
    by_id = {record["id"]: record["propertiesWithHistory"]["zip"] for record in read.body["results"]}
    assert by_id == {r["id"]: r["propertiesWithHistory"]["zip"] for r in listed if r["id"] in keys}
    assert (by_id[keys[1]][0]["value"], by_id[keys[1]][0]["sourceType"]) == ("77", "CRM_UI")

    assert portal.get(CONTACTS, limit="51", propertiesWithHistory="zip").status == 400
    many = {"inputs": [{"id": str(n)} for n in range(51)], "propertiesWithHistory": ["zip"], "properties": []}
    refused = portal.post(f"{CONTACTS}/batch/read", many)
    assert refused.status == 400
    assert "batch request for property histories is 50" in refused.body["message"]


def test_fifty_records_times_fifteen_properties_take_a_handful_of_queries(portal):
    """One by one they would be 750."""
    keys = load(portal, 100)[:20]
    for key in keys:
        portal.patch(f"{CONTACTS}/{key}", {"servers": 5, "zip": "1"})
    names = list(portal.get("/crm/v3/properties/contacts").body["results"])[:15]
    asked = []
    portal.app.store.db.set_trace_callback(asked.append)

    body = {"inputs": [{"id": key} for key in keys], "propertiesWithHistory": [n["name"] for n in names]}
    assert len(portal.post(f"{CONTACTS}/batch/read", {**body, "properties": []}).body["results"]) == 20

    portal.app.store.db.set_trace_callback(None)
    assert len([sql for sql in asked if "_history" in sql]) == 1


def test_a_value_from_before_a_change_of_type_is_shown_as_it_was(portal):
    key = portal.contact(need_summary="many")
    portal.clock.advance(1)
    portal.patch(f"{CONTACTS}/{key}", {"need_summary": "12"})
    act = {"action": "retype_property", "object": "contacts", "property": "need_summary"}
    assert portal.call("POST", "/_sandbox/act", {**act, "type": "number", "fieldType": "number"}).status == 200

    assert [v["value"] for v in past(portal, key, "need_summary")["need_summary"]] == ["12", "many"]
    assert portal.properties(key, "need_summary")["need_summary"] == "12"
