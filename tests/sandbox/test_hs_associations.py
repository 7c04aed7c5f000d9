import pytest

LINK = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]


@pytest.fixture
def pair(portal):
    """A task and a contact, not yet associated."""
    return portal.make("tasks", {"hs_timestamp": "2026-01-01"}), portal.contact(firstname="A")


@pytest.fixture
def employment(portal):
    """A contact and a company, not yet associated."""
    return portal.contact(firstname="A"), portal.make("companies", {"name": "Firm"})


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


def test_a_labelled_association_is_an_unlabelled_one_besides(portal, employment):
    contact, company = employment
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    portal.call("PUT", f"{path}/{company}", [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}])
    ids = [{t["typeId"] for t in each["associationTypes"]} for each in portal.get(path).body["results"]]
    assert ids == [{279, 1}]


def test_a_contact_has_one_primary_company_and_the_others_stay_associated(portal, employment):
    contact, company = employment
    other = portal.make("companies", {"name": "Other"})
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    for key in (company, other):
        portal.call("PUT", f"{path}/{key}", [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}])
    found = {e["toObjectId"]: [t["label"] for t in e["associationTypes"]] for e in portal.get(path).body["results"]}
    assert {key: "Primary" in labels for key, labels in found.items()} == {company: False, other: True}
    back = portal.get(f"/crm/v4/objects/companies/{company}/associations/contacts").body["results"]
    assert [t["typeId"] for t in back[0]["associationTypes"]] == [280]


def test_a_merged_contact_has_one_primary_company_too(portal):
    companies = [portal.make("companies", {"name": name}) for name in "ab"]
    contacts = [portal.contact(email=f"{name}@a.io") for name in "ab"]
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    for contact, company in zip(contacts, companies, strict=True):
        portal.call("PUT", f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}", spec)
    body = {"primaryObjectId": contacts[0], "objectIdToMerge": contacts[1]}
    merged = portal.post("/crm/v3/objects/contacts/merge", body).body["id"]
    found = portal.get(f"/crm/v4/objects/contacts/{merged}/associations/companies").body["results"]
    assert {e["toObjectId"]: {t["typeId"] for t in e["associationTypes"]} for e in found} == {
        companies[0]: {279, 1},
        companies[1]: {279},
    }


def test_a_label_goes_alone_and_the_unlabelled_association_takes_all(portal, employment):
    contact, company = employment
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    batch = "/crm/v4/associations/contacts/companies/batch/labels/archive"

    def types_after(type_id):
        spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
        portal.call("PUT", f"{path}/{company}", spec)
        given = {"from": {"id": contact}, "to": {"id": company}, "types": [{**spec[0], "associationTypeId": type_id}]}
        assert portal.post(batch, {"inputs": [given]}).status == 204
        return [t["typeId"] for e in portal.get(path).body["results"] for t in e["associationTypes"]]

    assert types_after(1) == [279]
    assert types_after(279) == []


def test_contacts_may_be_associated_with_each_other(portal):
    one, other = portal.contact(email="a@a.io"), portal.contact(email="b@a.io")
    path = "/crm/v4/objects/contacts/{}/associations/{}contacts"
    assert portal.call("PUT", path.format(one, "default/") + f"/{other}").status == 200
    for key, seen in ((one, other), (other, one)):
        assert [e["toObjectId"] for e in portal.get(path.format(key, "")).body["results"]] == [seen]


def test_nobody_to_associate_with_is_told_by_type_and_id(portal, employment):
    answer = portal.call("PUT", f"/crm/v4/objects/contacts/{employment[0]}/associations/default/companies/99")
    assert (answer.status, answer.body["message"]) == (400, "One or more associations are invalid")
    assert answer.body["context"] == {
        "INVALID_OBJECT_IDS": ["COMPANY=99 is not valid"],
        "objectId": ["99"],
        "objectType": ["COMPANY"],
    }


@pytest.mark.parametrize("word", ["contact_to_company_unlabeled", "279"])
def test_v3_names_the_type_in_the_address(portal, employment, word):
    contact, company = employment
    path = f"/crm/v3/objects/contacts/{contact}/associations/companies"
    answer = portal.call("PUT", f"{path}/{company}/{word}")
    linked = [{"id": company, "type": "contact_to_company_unlabeled"}]
    assert (answer.status, answer.body["id"]) == (200, contact)
    assert answer.body["associations"] == {"companies": {"results": linked}}
    assert portal.get(path).body == {"results": linked}
    assert portal.call("DELETE", f"{path}/{company}/{word}").status == 204
    assert portal.get(path).body == {"results": []}
    assert portal.call("PUT", f"{path}/{company}/contact_to_moon").status == 400


def test_v3_batches(portal, employment):
    contact, company = employment
    path = "/crm/v3/associations/contact/company/"
    given = {"from": {"id": contact}, "to": {"id": company}, "type": "contact_to_company"}
    made = portal.post(path + "batch/create", {"inputs": [given]})
    assert (made.status, made.body["results"]) == (201, [given])
    read = portal.post(path + "batch/read", {"inputs": [{"id": contact}, {"id": "9"}]})
    types = ["contact_to_company", "contact_to_company_unlabeled"]
    assert (read.status, read.body["numErrors"]) == (207, 1)
    nothing = {"fromObjectId": ["9"], "fromObjectType": ["contact"], "toObjectType": ["company"]}
    assert read.body["errors"][0]["context"] == nothing
    assert [(r["from"]["id"], [(t["id"], t["type"]) for t in r["to"]]) for r in read.body["results"]] == [
        (contact, [(company, each) for each in types])
    ]
    names = {each["name"]: each["id"] for each in portal.get(path + "types").body["results"]}
    assert names == {"contact_to_company": "1", "contact_to_company_unlabeled": "279"}
    for gone, left in ((types[0], types[1:]), (types[1], [])):
        assert portal.post(path + "batch/archive", {"inputs": [{**given, "type": gone}]}).status == 204
        listed = portal.get(f"/crm/v3/objects/contacts/{contact}/associations/companies").body["results"]
        assert [each["type"] for each in listed] == left


def test_v3_batch_read_gives_a_hundred_of_a_record_and_tells_where_the_others_are(portal):
    company = portal.make("companies", {"name": "Large"})
    contacts = [portal.contact(email=f"c{i}@a.io") for i in range(101)]
    inputs = [{"from": {"id": company}, "to": {"id": key}} for key in contacts]
    portal.post("/crm/v4/associations/companies/contacts/batch/associate/default", {"inputs": inputs})
    body = {"inputs": [{"id": company}]}
    found = portal.post("/crm/v3/associations/companies/contacts/batch/read", body).body["results"][0]
    assert [each["id"] for each in found["to"]] == contacts[:100]
    assert found["paging"]["next"]["after"] == contacts[99]
    path, _, query = found["paging"]["next"]["link"].partition("?")
    rest = portal.get(path.partition("api.hubapi.com")[2], after=query.partition("=")[2])
    assert [each["id"] for each in rest.body["results"]] == contacts[100:]


def test_an_association_type_of_the_other_direction_is_told_which_object_it_is_for(portal, employment):
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    body = {"properties": {"name": "B"}, "associations": [{"to": {"id": employment[0]}, "types": types}]}
    answer = portal.post("/crm/v3/objects/companies", body)
    text = "invalid from object type 0-2 for associations to be created. expected: 0-1"
    assert (answer.status, answer.body["message"]) == (400, text)
