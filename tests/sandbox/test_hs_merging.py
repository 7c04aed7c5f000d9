"""A merge in the user interface or over the API: which id lives on, and where the others lead."""

import pytest

CONTACTS = "/crm/v3/objects/contacts"
LINK = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]


def act(portal, action, **given):
    return portal.call("POST", "/_sandbox/act", {"action": action, **given})


def merge(portal, answer, primary, loser):
    portal.call("POST", "/_sandbox/settings", {"merge_answer": answer})
    done = act(portal, "merge", primary=primary, loser=loser)
    assert done.status == 200, done.body
    return done.body["id"]


def read(portal, *keys):
    return portal.post(f"{CONTACTS}/batch/read", {"inputs": [{"id": key} for key in keys]})


@pytest.fixture
def pair(portal):
    return portal.contact(email="a@b.example", firstname="A"), portal.contact(email="c@d.example", phone="1")


def test_both_old_ids_lead_to_a_new_one(portal, pair):
    new = merge(portal, "new-id", *pair)

    assert new not in pair
    assert [portal.get(f"{CONTACTS}/{key}").body["id"] for key in pair] == [new, new]
    answer = read(portal, *pair)
    assert (answer.status, [found["id"] for found in answer.body["results"]]) == (200, [new])
    assert portal.properties(new, "hs_merged_object_ids", "firstname", "phone")["hs_merged_object_ids"] == ";".join(
        pair
    )


def test_the_primary_record_keeps_its_id_and_the_loser_leads_to_it(portal, pair):
    primary, loser = pair

    assert merge(portal, "primary-id", *pair) == primary

    assert [portal.get(f"{CONTACTS}/{key}").body["id"] for key in pair] == [primary, primary]
    assert [found["id"] for found in read(portal, loser).body["results"]] == [primary]
    found = portal.properties(primary, "hs_merged_object_ids", "email", "firstname", "phone")
    assert (found["hs_merged_object_ids"], found["email"], found["phone"]) == (loser, "a@b.example", "1")


def test_the_loser_is_gone(portal, pair):
    primary, loser = pair

    assert merge(portal, "gone", *pair) == primary

    assert portal.get(f"{CONTACTS}/{loser}").status == 404
    answer = read(portal, *pair)
    assert (answer.status, [found["id"] for found in answer.body["results"]]) == (207, [primary])
    error = answer.body["errors"][0]
    assert (error["category"], error["context"]) == ("OBJECT_NOT_FOUND", {"ids": [loser]})
    assert portal.properties(primary, "hs_merged_object_ids")["hs_merged_object_ids"] == loser


@pytest.mark.parametrize("answer", ["new-id", "primary-id", "gone"])
def test_merges_of_merged_records_list_all_losers_and_keep_their_tasks(portal, pair, answer):
    primary, loser = pair
    third = portal.contact(lastname="T")
    tasks = [
        portal.make("tasks", {"hs_timestamp": "0"}, [{"to": {"id": key}, "types": LINK}]) for key in (loser, third)
    ]
    first = merge(portal, answer, primary, loser)
    last = merge(portal, answer, third, first)

    losers = {"new-id": [third, primary, loser, first]}.get(answer, [loser, primary])
    assert set(portal.properties(last, "hs_merged_object_ids")["hs_merged_object_ids"].split(";")) == set(losers)
    linked = portal.get(f"/crm/v4/objects/contacts/{last}/associations/tasks").body["results"]
    assert [found["toObjectId"] for found in linked] == tasks
    both = [] if answer == "gone" else [primary, loser, third]
    read_all = portal.post("/crm/v4/associations/contacts/tasks/batch/read", {"inputs": [{"id": k} for k in both]}).body
    assert [(r["from"]["id"], len(r["to"])) for r in read_all["results"]] == [(last, 2)] * len(both)
    if answer != "gone":
        assert {portal.get(f"{CONTACTS}/{key}").body["id"] for key in (primary, loser, third)} == {last}


@pytest.mark.parametrize("answer", ["new-id", "primary-id", "gone"])
def test_the_history_names_loser_and_survivor_and_what_the_survivor_took_over(portal, pair, answer):
    primary, loser = pair
    start = portal.app.store.history()[-1]["seq"]

    survivor = merge(portal, answer, *pair)

    effects = portal.app.store.history(after=start)
    assert {(e["actor"], e["action"]) for e in effects} == {("person", "merge")}
    lost = {e["record"]: e["new"] for e in effects if not e["field"]}
    assert lost == ({primary: survivor, loser: survivor} if answer == "new-id" else {loser: survivor})
    taken = {e["field"]: e["new"] for e in effects if e["field"] and e["record"] == survivor}
    assert (taken["phone"], taken.get("firstname")) == ("1", "A" if answer == "new-id" else None)


@pytest.mark.parametrize("answer", ["new-id", "primary-id", "gone"])
def test_a_merged_record_has_the_past_of_both(portal, pair, answer):
    primary, loser = pair
    portal.clock.advance(5)
    portal.patch(f"{CONTACTS}/{primary}", {"zip": "1", "city": "Rome"})
    portal.clock.advance(5)
    portal.call("POST", "/_sandbox/edit", {"object": "contacts", "id": loser, "fields": {"zip": "2", "state": "X"}})
    portal.clock.advance(5)

    survivor = merge(portal, answer, *pair)

    record = portal.get(f"{CONTACTS}/{survivor}", propertiesWithHistory="zip,city,state").body
    past = {
        name: [(version["value"], version["sourceType"]) for version in versions]
        for name, versions in record["propertiesWithHistory"].items()
    }
    assert past == {
        "zip": [("1", "MERGE_OBJECTS"), ("2", "CRM_UI"), ("1", "INTEGRATION")],
        "city": [("Rome", "INTEGRATION")],
        "state": [("X", "CRM_UI")],
    }


def test_a_survivor_goes_on_being_written(portal, pair):
    new = merge(portal, "new-id", *pair)
    portal.clock.advance(1)

    answer = portal.patch(f"{CONTACTS}/{pair[1]}", {"zip": "9"})

    assert (answer.status, answer.body["id"]) == (200, new)
    past = portal.get(f"{CONTACTS}/{new}", propertiesWithHistory="zip").body["propertiesWithHistory"]["zip"]
    assert [(v["value"], v["sourceType"]) for v in past] == [("9", "INTEGRATION")]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"primary": "1"}, "merge takes primary, loser, object, actor, and needs primary, loser"),
        ({"primary": "1", "loser": "2"}, "there is no contact 1"),
        ({"primary": "1", "loser": "2", "object": "x"}, "Unable to infer object type from: x"),
    ],
)
def test_a_merge_that_cannot_be_is_refused_in_words(portal, given, why):
    answer = act(portal, "merge", **given)

    assert (answer.status, answer.body) == (400, {"error": why})


def test_a_record_is_not_merged_with_itself(portal, pair):
    assert act(portal, "merge", primary=pair[0], loser=pair[0]).status == 400
