import pytest

LINK = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]


@pytest.fixture
def pair(portal):
    """A task and a contact, not yet associated."""
    return portal.make("tasks", {"hs_timestamp": "2026-01-01"}), portal.contact(firstname="A")


def linked(portal, source, key, target):
    answer = portal.get(f"/crm/v4/objects/{source}/{key}/associations/{target}")
    assert answer.status == 200
    return {r["toObjectId"]: [t["typeId"] for t in r["associationTypes"]] for r in answer.body["results"]}


def test_a_default_association_is_seen_from_both_sides(portal, pair):
    task, contact = pair

    answer = portal.call("PUT", f"/crm/v4/objects/tasks/{task}/associations/default/contacts/{contact}")

    assert (answer.status, answer.body["results"][0]["associationSpec"]["associationTypeId"]) == (200, 204)
    assert linked(portal, "tasks", task, "contacts") == {contact: [204]}
    assert linked(portal, "contacts", contact, "tasks") == {task: [203]}
    effects = [(e["action"], e["field"], e["new"]) for e in portal.app.store.history(task)]
    assert ("associate", "contacts:204", contact) in effects


def test_an_association_of_a_type_and_its_end(portal, pair):
    task, contact = pair
    path = f"/crm/v4/objects/tasks/{task}/associations/contacts/{contact}"

    assert portal.call("PUT", path, LINK).status == 201
    assert portal.call("PUT", path, [{**LINK[0], "associationTypeId": 202}]).status == 400
    assert portal.call("DELETE", path).status == 204
    assert linked(portal, "tasks", task, "contacts") == {}
    assert linked(portal, "contacts", contact, "tasks") == {}


def test_associations_made_with_the_record_come_back_inside_it(portal):
    contact, company = portal.contact(firstname="A"), portal.make("companies", {"name": "C"})
    primary = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
    both = [{"to": {"id": company}, "types": [primary, {**primary, "associationTypeId": 1}]}]
    other = portal.make("contacts", {"firstname": "B"}, both)
    task = portal.make("tasks", {"hs_timestamp": "2026-01-01"}, [{"to": {"id": contact}, "types": LINK}])

    record = portal.get(f"/crm/v3/objects/tasks/{task}", associations="contacts,companies").body
    assert record["associations"] == {"contacts": {"results": [{"id": contact, "type": "task_to_contact"}]}}
    listed = portal.get("/crm/v3/objects/contacts", associations="companies").body["results"]
    assert "associations" not in listed[0]
    assert [r["type"] for r in listed[1]["associations"]["companies"]["results"]] == [
        "contact_to_company",
        "contact_to_company_unlabeled",
    ]
    v3 = portal.get(f"/crm/v3/objects/contacts/{other}/associations/companies").body["results"]
    assert {r["id"] for r in v3} == {company}


def test_a_record_with_an_association_to_nobody_is_not_made(portal):
    given = {"properties": {"hs_timestamp": "2026-01-01"}, "associations": [{"to": {"id": "7"}, "types": LINK}]}

    answer = portal.post("/crm/v3/objects/tasks", given)

    assert (answer.status, answer.body["context"]["objectId"]) == (400, ["7"])
    assert portal.get("/crm/v3/objects/tasks").body["results"] == []
    assert portal.app.store.history() == []


def test_batches(portal, pair):
    task, contact = pair
    base = "/crm/v4/associations/tasks/contacts/"
    ends = {"from": {"id": task}, "to": {"id": contact}}

    made = portal.post(f"{base}batch/create", {"inputs": [{**ends, "types": LINK}]})
    assert (made.status, made.body["results"][0]["toObjectId"]) == (201, contact)
    read = portal.post(f"{base}batch/read", {"inputs": [{"id": task}]})
    assert read.status == 200
    assert read.body["results"][0]["to"][0]["toObjectId"] == contact
    assert (
        portal.post(f"{base}batch/archive", {"inputs": [{"from": {"id": task}, "to": [{"id": contact}]}]}).status == 204
    )
    read = portal.post(f"{base}batch/read", {"inputs": [{"id": task}]})
    assert (read.status, read.body["errors"][0]["subCategory"]) == (207, "crm.associations.NO_ASSOCIATIONS_FOUND")
    assert portal.post(f"{base}batch/associate/default", {"inputs": [ends]}).status == 200
    assert portal.post(f"{base}batch/labels/archive", {"inputs": [{**ends, "types": LINK}]}).status == 204
    assert linked(portal, "tasks", task, "contacts") == {}
    assert portal.post(f"{base}batch/read", {"inputs": [{"id": str(n)} for n in range(1001)]}).status == 400


def test_labels_of_a_pair_of_types(portal):
    labels = portal.get("/crm/v4/associations/contacts/companies/labels").body["results"]

    assert [(label["typeId"], label["label"]) for label in labels] == [(279, None), (1, "Primary")]
    assert portal.get("/crm/v4/associations/notes/tasks/labels").status == 400


def test_a_merge_keeps_associations_and_a_delete_ends_them(portal, pair):
    task, contact = pair
    other = portal.contact(firstname="B")
    for key in pair[1], other:
        portal.call("PUT", f"/crm/v4/objects/tasks/{task}/associations/default/contacts/{key}")

    new = portal.post("/crm/v3/objects/contacts/merge", {"primaryObjectId": contact, "objectIdToMerge": other}).body[
        "id"
    ]
    assert linked(portal, "tasks", task, "contacts") == {new: [204]}
    portal.call("DELETE", f"/crm/v3/objects/contacts/{new}")
    assert linked(portal, "tasks", task, "contacts") == {}
