"""/_sandbox/act: what people, admins, workflows and HubSpot itself do."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CONTACTS = "/crm/v3/objects/contacts"
LINK = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]
BATCH = f"{CONTACTS}/batch/update"


def act(portal, action, **given):
    return portal.call("POST", "/_sandbox/act", {"action": action, **given})


def done(portal, action, **given):
    answer = act(portal, action, **given)
    assert answer.status == 200, answer.body
    return answer.body


def update(portal, *pairs):
    return portal.post(BATCH, {"inputs": [{"id": key, "properties": properties} for key, properties in pairs]})


def issues(answer):
    """The codes of a refusal by property."""
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    listed = json.loads(answer.body["message"].removeprefix("Property values were not valid: "))
    return {issue["name"]: issue["error"] for issue in listed}


def effects(portal, key):
    return [(e["actor"], e["action"], e["field"], e["new"]) for e in portal.app.store.history(key)]


# -- records ----------------------------------------------------------------------------------------------------------


def test_a_person_deletes_a_record_and_takes_it_back_with_its_tasks(portal):
    contact = portal.contact(zip="1")
    task = portal.make("tasks", {"hs_timestamp": "0"}, [{"to": {"id": contact}, "types": LINK}])
    done(portal, "delete", object="contacts", id=contact)
    assert portal.get(f"{CONTACTS}/{contact}").status == 404
    assert portal.get(f"/crm/v4/objects/tasks/{task}/associations/contacts").body["results"] == []
    portal.clock.advance(1)
    deleted = portal.get(f"{CONTACTS}/{contact}", archived="true").body["updatedAt"]

    done(portal, "restore", object="contacts", id=contact)

    assert portal.get(f"{CONTACTS}/{contact}").body["updatedAt"] > deleted
    linked = portal.get(f"/crm/v4/objects/contacts/{contact}/associations/tasks").body["results"]
    assert [found["toObjectId"] for found in linked] == [task]
    assert effects(portal, contact)[-2:] == [("person", "delete", "", None), ("person", "restore", "", None)]


def test_two_deleted_ends_of_an_association_have_it_again_once_both_are_back(portal):
    contact = portal.contact()
    task = portal.make("tasks", {"hs_timestamp": "0"}, [{"to": {"id": contact}, "types": LINK}])
    for kind, key in (("tasks", task), ("contacts", contact)):
        done(portal, "delete", object=kind, id=key)
    done(portal, "restore", object="tasks", id=task)
    assert portal.get(f"/crm/v4/objects/tasks/{task}/associations/contacts").body["results"] == []
    done(portal, "restore", object="contacts", id=contact)

    for one, other, target in ((task, contact, "contacts"), (contact, task, "tasks")):
        kind = "tasks" if target == "contacts" else "contacts"
        linked = portal.get(f"/crm/v4/objects/{kind}/{one}/associations/{target}").body["results"]
        assert [found["toObjectId"] for found in linked] == [other]


def test_one_stamp_on_many_records(portal):
    keys = [portal.contact(zip="0") for _ in range(6)]
    portal.clock.advance(60)
    stamp = portal.clock.stamp()
    portal.clock.advance(60)

    body = done(portal, "same_stamp", object="contacts", count=4, stamp=stamp)

    assert body == {"count": 4, "first": keys[0], "last": keys[3], "stamp": stamp}
    equal = {"filters": [{"propertyName": "lastmodifieddate", "operator": "EQ", "value": stamp}]}
    assert [r["id"] for r in portal.post(f"{CONTACTS}/search", equal).body["results"]] == keys[:4]
    assert len(effects(portal, keys[0])) == len(effects(portal, keys[5]))
    changed = done(portal, "same_stamp", object="contacts", count=2, fields={"zip": "7"}, actor="import")["stamp"]
    assert ("import", "update", "zip", "7") in effects(portal, keys[1])
    assert {portal.get(f"{CONTACTS}/{key}", properties="zip").body["updatedAt"] for key in keys[:2]} == {changed}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"count": 0}, "count must be a whole number, one or more"),
        ({"count": 2}, "there are 1 contacts; load more"),
        ({"count": 1, "stamp": "2099-01-01"}, "stamp must be a moment that is not in the future"),
        ({"count": 1, "fields": {"email": "a@b.example"}}, "email cannot have one value on many records"),
        ({"count": 1, "fields": {"numemployees": "many"}}, "many was not a valid number."),
        ({"count": 1, "much": 1}, "same_stamp takes object, count, stamp, fields, actor, and needs object, count"),
    ],
)
def test_a_stamp_that_cannot_be_is_refused_in_words(portal, given, why):
    portal.contact()

    answer = act(portal, "same_stamp", object="contacts", **given)

    assert answer.status == 400
    assert answer.body["error"].startswith(why)


# -- workflows and rules ----------------------------------------------------------------------------------------------


def test_a_workflow_answers_a_write_of_the_api_after_its_answer(portal):
    key = portal.contact(zip="0")
    done(portal, "automation", object="contacts", property="zip", value="flow", times=1)
    portal.clock.advance(1)

    answer = portal.patch(f"{CONTACTS}/{key}", {"zip": "1"})

    assert answer.body["properties"]["zip"] == "1"
    read = portal.get(f"{CONTACTS}/{key}", propertiesWithHistory="zip").body
    assert read["properties"]["zip"] == "flow"
    past = [(v["value"], v["sourceType"]) for v in read["propertiesWithHistory"]["zip"]]
    assert past == [("flow", "AUTOMATION_PLATFORM"), ("1", "INTEGRATION"), ("0", "INTEGRATION")]
    assert ("automation", "update", "zip", "flow") in effects(portal, key)
    portal.patch(f"{CONTACTS}/{key}", {"zip": "2"})
    assert portal.properties(key, "zip")["zip"] == "2"


def test_a_workflow_runs_for_the_api_only_and_until_it_is_ended(portal):
    done(portal, "automation", object="contacts", property="zip", value="flow")
    key = portal.contact(zip="0")
    assert portal.properties(key, "zip")["zip"] == "flow"
    portal.call("POST", "/_sandbox/edit", {"object": "contacts", "id": key, "fields": {"zip": "mine"}})
    assert portal.properties(key, "zip")["zip"] == "mine"
    for _ in range(2):
        update(portal, (key, {"zip": "1"}))
        assert portal.properties(key, "zip")["zip"] == "flow"
    update(portal, (key, {"city": "Rome"}))
    done(portal, "automation", object="contacts", property="zip", value=None)
    update(portal, (key, {"zip": "1"}))
    assert portal.properties(key, "zip")["zip"] == "1"


def test_a_refused_call_starts_no_workflow_and_uses_none_up(portal):
    done(portal, "automation", object="contacts", property="zip", value="flow", times=1)
    key, other = portal.contact(city="A"), portal.contact(city="B")

    assert update(portal, (key, {"zip": "1"}), (other, {"servers": "x"})).status == 400
    assert portal.properties(key, "zip")["zip"] is None
    update(portal, (key, {"zip": "1"}))
    assert portal.properties(key, "zip")["zip"] == "flow"


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"type": "MAX_LENGTH", "argument": 3}, "abc", "abcd"),
        ({"type": "MIN_LENGTH", "argument": 3}, "abc", "ab"),
        ({"type": "REGEX", "argument": "[A-Z]+"}, "ABC", "ABc"),
        ({"type": "MAX_NUMBER", "argument": 10}, "10", "11"),
        ({"type": "MIN_NUMBER", "argument": "10"}, "10", "ten"),
    ],
)
def test_a_validation_rule_refuses_a_whole_batch_until_it_is_ended(portal, rule, good, bad):
    first, second = portal.contact(), portal.contact()
    done(portal, "validation", object="contacts", property="zip", rule=rule)
    assert update(portal, (first, {"zip": good})).status == 200

    answer = update(portal, (first, {"zip": good, "city": "Rome"}), (second, {"zip": bad}))

    assert issues(answer) == {"zip": f"INVALID_{rule['type']}"}
    assert portal.properties(first, "city")["city"] is None
    assert update(portal, (first, {"zip": ""})).status == 200
    done(portal, "validation", object="contacts", property="zip", rule=None)
    assert update(portal, (second, {"zip": bad})).status == 200


@pytest.mark.parametrize("rule", [1, {}, {"type": "SIZE"}, {"type": "REGEX", "argument": "("}, {"type": "MAX_LENGTH"}])
def test_a_rule_that_is_none_is_refused_in_words(portal, rule):
    answer = act(portal, "validation", object="contacts", property="zip", rule=rule)

    assert answer.status == 400
    assert "rule" in answer.body["error"] or "argument" in answer.body["error"]


# -- properties -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["restrict", "remove_option"])
def test_an_option_that_was_removed_is_refused_and_stays_where_it_is(portal, name):
    key, other = portal.contact(hs_lead_status="OPEN"), portal.contact()
    done(portal, name, object="contacts", property="hs_lead_status", value="OPEN")

    assert issues(update(portal, (other, {"hs_lead_status": "OPEN"}))) == {"hs_lead_status": "INVALID_OPTION"}
    assert portal.properties(key, "hs_lead_status")["hs_lead_status"] == "OPEN"
    done(portal, "add_option", object="contacts", property="hs_lead_status", value="OPEN")
    assert update(portal, (other, {"hs_lead_status": "OPEN"})).status == 200


def test_a_property_that_was_dropped_does_not_exist_until_it_is_restored(portal):
    key = portal.contact(servers="3")
    done(portal, "drop_property", object="contacts", property="servers")

    assert "servers" not in portal.properties(key, "servers")
    assert issues(update(portal, (key, {"servers": "4"}))) == {"servers": "PROPERTY_DOESNT_EXIST"}
    assert portal.get("/crm/v3/properties/contacts/servers").status == 404
    assert portal.get("/crm/v3/properties/contacts/servers", archived="true").body["archived"] is True
    done(portal, "restore_property", object="contacts", property="servers")
    assert portal.properties(key, "servers")["servers"] is None
    assert update(portal, (key, {"servers": "4"})).status == 200


def test_a_property_gets_another_type_and_its_records_the_values_that_fit(portal):
    number, text = portal.contact(need_summary="12"), portal.contact(need_summary="many")
    retype = {"object": "contacts", "property": "need_summary"}
    done(portal, "retype_property", **retype, type="number", fieldType="number")

    assert portal.get("/crm/v3/properties/contacts/need_summary").body["type"] == "number"
    values = [portal.properties(key, "need_summary")["need_summary"] for key in (number, text)]
    assert values == ["12", None]
    assert issues(update(portal, (text, {"need_summary": "many"}))) == {"need_summary": "INVALID_NUMBER"}
    above = {"filters": [{"propertyName": "need_summary", "operator": "GT", "value": "9"}]}
    assert [r["id"] for r in portal.post(f"{CONTACTS}/search", above).body["results"]] == [number]
    done(portal, "retype_property", **retype, type="enumeration", fieldType="select")
    assert portal.properties(number, "need_summary")["need_summary"] == "12"
    assert [o["value"] for o in portal.get("/crm/v3/properties/contacts/need_summary").body["options"]] == ["12"]


def test_a_hidden_property_is_in_no_answer_and_cannot_be_written_or_searched(portal):
    key = portal.contact(servers="3")
    done(portal, "hide_property", object="contacts", property="servers")

    read = portal.get(f"{CONTACTS}/{key}", propertiesWithHistory="servers,zip").body
    assert "servers" not in read["properties"] | read["propertiesWithHistory"]
    assert "servers" not in portal.post(f"{CONTACTS}/batch/create", {"inputs": [{"properties": {}}]}).body["results"][0]
    refused = update(portal, (key, {"servers": "4", "zip": "1"}))
    assert (refused.status, refused.body["category"]) == (403, "MISSING_SCOPES")
    assert refused.body["errors"][0]["context"] == {
        "requiredGranularScopes": ["crm.objects.contacts.sensitive.write.v2"]
    }
    assert portal.properties(key, "zip")["zip"] is None
    asked = {"filters": [{"propertyName": "servers", "operator": "EQ", "value": "3"}]}
    assert portal.post(f"{CONTACTS}/search", asked).status == 403

    def listed(**query):
        return {prop["name"] for prop in portal.get("/crm/v3/properties/contacts", **query).body["results"]}

    assert "servers" not in listed()
    assert listed(dataSensitivity="sensitive") == {"servers"}
    done(portal, "show_property", object="contacts", property="servers")
    assert portal.properties(key, "servers")["servers"] == "3"


def test_a_person_still_edits_a_hidden_property(portal):
    key = portal.contact(servers="3")
    done(portal, "hide_property", object="contacts", property="servers")
    edit = {"object": "contacts", "id": key, "fields": {"servers": "5"}}

    assert portal.call("POST", "/_sandbox/edit", edit).status == 200
    done(portal, "show_property", object="contacts", property="servers")
    assert portal.properties(key, "servers")["servers"] == "5"


@pytest.mark.parametrize(
    ("action", "given", "why"),
    [
        ("drop_property", {"property": "zip"}, "zip is HubSpot's own property; an admin can only hide it"),
        ("drop_property", {"property": "none"}, "contacts have no property none"),
        ("restore_property", {"property": "zip"}, "contacts had no property zip"),
        ("retype_property", {"property": "servers", "type": "date", "fieldType": "text"}, "fieldType text does not go"),
        ("remove_option", {"property": "zip", "value": "1"}, "zip has no options of its own"),
        ("remove_option", {"property": "hs_lead_status", "value": "X"}, "hs_lead_status has no such an option"),
        ("add_option", {"property": "hs_lead_status", "value": "NEW"}, "hs_lead_status has such an option already"),
        ("automation", {"property": "zip", "value": "1", "times": 0}, "times must be a whole number"),
        ("automation", {"property": "numemployees", "value": "x"}, "x was not a valid number."),
        ("hide_property", {}, "hide_property takes object, property, and needs object, property"),
    ],
)
def test_what_an_admin_cannot_do_is_refused_in_words(portal, action, given, why):
    answer = act(portal, action, object="contacts", **given)

    assert answer.status == 400
    assert answer.body["error"].startswith(why)


def test_the_key_of_tasks_keeps_its_type(portal):
    given = {"object": "tasks", "property": "leadrelay_key", "type": "number", "fieldType": "number"}

    assert act(portal, "retype_property", **given).body == {
        "error": "leadrelay_key has unique values; HubSpot does not change its type"
    }


# -- the account ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "method", "path"),
    [
        ("crm.objects.contacts.read", "GET", CONTACTS),
        ("crm.objects.contacts.read", "POST", f"{CONTACTS}/search"),
        ("crm.objects.contacts.write", "POST", f"{CONTACTS}/batch/update"),
        ("crm.objects.contacts.write", "POST", "/crm/v3/objects/tasks/batch/create"),
        ("crm.objects.contacts.write", "PUT", "/crm/v4/objects/tasks/1/associations/default/contacts/2"),
        ("crm.objects.contacts.read", "GET", "/crm/v4/objects/contacts/1/associations/tasks"),
        ("crm.schemas.contacts.write", "POST", "/crm/v3/properties/tasks"),
        ("crm.objects.owners.read", "GET", "/crm/v3/owners"),
        ("crm.objects.leads.write", "POST", "/crm/objects/2026-03/0-136/batch/create"),
    ],
)
def test_a_lost_scope_closes_its_addresses_until_it_is_back(portal, lost, method, path):
    assert portal.call(method, path, {"inputs": []}).status != 403
    assert lost not in done(portal, "scopes", remove=[lost])["granted"]

    answer = portal.call(method, path, {"inputs": []})

    assert (answer.status, answer.body["category"]) == (403, "MISSING_SCOPES")
    assert answer.body["errors"][0]["context"] == {"requiredGranularScopes": [lost]}
    done(portal, "scopes", all=True)
    assert portal.call(method, path, {"inputs": []}).status != 403


def test_reading_properties_needs_one_of_two_scopes(portal):
    done(portal, "scopes", remove=["crm.schemas.contacts.read"])
    assert portal.get("/crm/v3/properties/contacts").status == 200
    done(portal, "scopes", remove=["crm.objects.contacts.read"])

    answer = portal.get("/crm/v3/properties/contacts")
    assert answer.body["errors"][0]["context"]["requiredGranularScopes"] == [
        "crm.objects.contacts.read",
        "crm.schemas.contacts.read",
    ]
    token = portal.get("/oauth/v1/refresh-tokens/sandbox-refresh-token").body
    assert "crm.schemas.contacts.read" not in token["scopes"]


def test_a_locked_record_stands_in_the_way_of_every_write_that_touches_it(portal):
    locked, free = portal.contact(zip="0"), portal.contact(zip="0")
    done(portal, "lock", ids=[locked], seconds=30)

    for answer in (
        portal.patch(f"{CONTACTS}/{locked}", {"zip": "1"}),
        update(portal, (free, {"zip": "1"}), (locked, {"zip": "1"})),
        portal.call("DELETE", f"{CONTACTS}/{locked}"),
        portal.post(f"{CONTACTS}/batch/archive", {"inputs": [{"id": free}, {"id": locked}]}),
    ):
        assert (answer.status, answer.body["status"]) == (423, "error")
        assert "category" not in answer.body
        assert "Retry-After" not in answer.headers
    assert [portal.properties(key, "zip")["zip"] for key in (locked, free)] == ["0", "0"]
    assert update(portal, (free, {"zip": "1"})).status == 200
    portal.call("POST", "/_sandbox/edit", {"object": "contacts", "id": locked, "fields": {"zip": "2"}})
    assert portal.properties(locked, "zip")["zip"] == "2"
    portal.clock.advance(30)
    assert portal.patch(f"{CONTACTS}/{locked}", {"zip": "3"}).status == 200


def test_a_lock_ends_early_and_concerns_the_call_even_where_inputs_are_set_apart(portal):
    locked = portal.contact(email="a@b.example")
    done(portal, "lock", ids=[locked], seconds=30)
    one = {"id": "a@b.example", "idProperty": "email", "properties": {"zip": "1"}, "objectWriteTraceId": "t"}

    assert portal.post(f"{CONTACTS}/batch/upsert", {"inputs": [one]}).status == 423
    done(portal, "lock", ids=[locked], seconds=0)
    assert portal.post(f"{CONTACTS}/batch/upsert", {"inputs": [one]}).status == 200


def test_an_account_on_its_way_says_for_how_long(portal):
    done(portal, "migrate", seconds=3600)

    answer = portal.get(CONTACTS)

    assert (answer.status, answer.body["status"], answer.headers["Retry-After"]) == (477, "error", "3600")
    portal.clock.advance(3599)
    assert portal.get(CONTACTS).headers["Retry-After"] == "1"
    portal.clock.advance(1)
    assert portal.get(CONTACTS).status == 200
    done(portal, "migrate", seconds=60)
    done(portal, "migrate", seconds=0)
    assert portal.get(CONTACTS).status == 200


@pytest.mark.parametrize("named", ["41629780", "ravi.menon@sandbox.example"])
def test_an_owner_who_left_is_archived_and_owns_nothing_new(portal, named):
    mine = portal.contact(hubspot_owner_id="41629780")
    done(portal, "archive_owner", owner=named)

    assert portal.get("/crm/v3/owners/41629780").status == 404
    gone = portal.get("/crm/v3/owners/41629780", archived="true").body
    assert (gone["archived"], "userId" in gone, gone["userIdIncludingInactive"]) == (True, False, 9586511)
    assert "41629780" not in {owner["id"] for owner in portal.get("/crm/v3/owners").body["results"]}
    other = portal.contact()
    assert issues(update(portal, (other, {"hubspot_owner_id": "41629780"}))) == {"hubspot_owner_id": "INVALID_OPTION"}
    assert portal.properties(mine, "hubspot_owner_id")["hubspot_owner_id"] == "41629780"
    done(portal, "restore_owner", owner="41629780")
    assert update(portal, (other, {"hubspot_owner_id": "41629780"})).status == 200


@pytest.mark.parametrize(
    ("action", "given", "why"),
    [
        ("scopes", {}, 'say {"remove": [scope, ...]} or {"all": true}'),
        ("scopes", {"remove": ["content"]}, 'say {"remove": [scope, ...]} or {"all": true}'),
        ("lock", {"ids": "1", "seconds": 1}, "ids must be a list of record ids"),
        ("lock", {"ids": ["1"], "seconds": -1}, "seconds must be a number from 0 to"),
        ("migrate", {"seconds": "long"}, "seconds must be a number from 0 to"),
        ("archive_owner", {"owner": "41635001"}, "there is no such owner"),
        ("delete", {"object": "contacts", "id": "1"}, "there is no contact 1"),
        ("restore", {"object": "contacts", "id": "1"}, "there is no deleted contact 1"),
    ],
)
def test_what_cannot_happen_is_refused_in_words(portal, action, given, why):
    answer = act(portal, action, **given)

    assert answer.status == 400
    assert answer.body["error"].startswith(why)


GIVEN = {
    "merge": {"primary": "100451", "loser": "100452", "object": "contacts", "actor": "p"},
    "delete": {"object": "contacts", "id": "100451", "actor": "p"},
    "automation": {"object": "contacts", "property": "zip", "value": "1", "times": 1},
    "validation": {"object": "contacts", "property": "zip", "rule": {"type": "REGEX", "argument": "1"}},
    "remove_option": {"object": "contacts", "property": "hs_lead_status", "value": "NEW"},
    "add_option": {"object": "contacts", "property": "hs_lead_status", "value": "1"},
    "drop_property": {"object": "contacts", "property": "servers"},
    "retype_property": {"object": "contacts", "property": "servers", "type": "string", "fieldType": "text"},
    "hide_property": {"object": "contacts", "property": "zip"},
    "scopes": {"remove": ["oauth"], "all": False},
    "lock": {"ids": ["1"], "seconds": 1},
    "migrate": {"seconds": 1},
    "same_stamp": {"object": "contacts", "count": 1, "stamp": "2026-01-01", "fields": {"zip": "1"}, "actor": "p"},
    "archive_owner": {"owner": "41629780"},
}
JUNK = st.sampled_from([None, True, 0, -1, 1.5, 10**18, [], {}, [[]], "", "x", "9" * 40, {"type": []}, {"zip": []}])


class Undone(Exception):
    pass


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(action=st.sampled_from(sorted(GIVEN)), data=st.data(), junk=JUNK)
def test_no_argument_breaks_an_action(portal, action, data, junk):
    argument = data.draw(st.sampled_from(sorted(GIVEN[action])))

    with suppress(Undone), portal.app.store.transaction():
        for _ in range(2):
            portal.contact(servers="1")
        fine = act(portal, action, **GIVEN[action])
        strange = act(portal, action, **{**GIVEN[action], argument: junk})
        raise Undone

    portal.app.conduct.restore()
    assert fine.status == 200, fine.body
    assert strange.status in {200, 400}
