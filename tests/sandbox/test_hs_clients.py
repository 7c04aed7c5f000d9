"""The official client, unmodified, over a real socket."""

import pytest
from hubspot import HubSpot
from hubspot.crm import companies, contacts, objects, owners, properties
from hubspot.crm.associations import v4
from hubspot.crm.objects import tasks

from leadrelay.sandbox.credentials import HS_TOKEN


@pytest.fixture
def client(hubspot_url):
    return HubSpot(access_token=HS_TOKEN, host=hubspot_url, base_url=hubspot_url)


@pytest.fixture
def crm(client):
    return client.crm


def test_contacts_one_by_one(crm):
    api = crm.contacts.basic_api
    made = api.create({"properties": {"email": "a@b.example", "firstname": "A"}})
    assert made.properties["firstname"] == "A"
    assert made.created_at.tzinfo is not None

    changed = api.update(made.id, {"properties": {"firstname": "B"}})
    assert changed.properties["firstname"] == "B"
    got = api.get_by_id("a@b.example", id_property="email", properties=["firstname", "phone"])
    assert (got.id, got.properties["firstname"], got.properties["phone"]) == (made.id, "B", None)
    history = api.get_by_id(made.id, properties_with_history=["firstname"]).properties_with_history
    assert [version.value for version in history["firstname"]] == ["B", "A"]
    assert history["firstname"][0].source_type == "INTEGRATION"
    page = api.get_page(limit=100, properties=["firstname", "lastname"])
    assert [contact.properties["firstname"] for contact in page.results] == ["B"]

    assert api.archive(made.id) is None
    with pytest.raises(contacts.exceptions.ApiException) as caught:
        api.get_by_id(made.id)
    assert caught.value.status == 404


def test_all_pages_are_fetched(crm, portal):
    inputs = {"inputs": [{"properties": {"firstname": str(n)}} for n in range(100)]}
    for _ in range(3):
        portal.post("/crm/v3/objects/contacts/batch/create", inputs)

    assert len({contact.id for contact in crm.contacts.get_all()}) == 300


def test_the_link_to_the_next_page_leads_there(client, portal, hubspot_url):
    for number in range(3):
        portal.contact(firstname=str(number))
    first = client.api_request({"path": "/crm/objects/2026-03/contacts", "qs": {"limit": "2"}}).json()

    link = first["paging"]["next"]["link"]
    assert link.startswith(hubspot_url)
    second = client.api_request({"path": link.removeprefix(hubspot_url)}).json()
    assert [record["properties"]["firstname"] for record in second["results"]] == ["2"]


def test_batches_never_come_back_as_nothing(crm):
    api = crm.contacts.batch_api
    made = api.create({"inputs": [{"properties": {"email": f"{n}@b.example"}} for n in range(3)]})
    ids = [contact.id for contact in made.results]
    assert (len(ids), made.status) == (3, "COMPLETE")

    read = api.read({"inputs": [{"id": key} for key in ids], "properties": ["email"], "propertiesWithHistory": []})
    assert {contact.id for contact in read.results} == set(ids)
    partial = api.read({"inputs": [{"id": "7"}], "properties": [], "propertiesWithHistory": []})
    assert (partial.num_errors, partial.errors[0].context) == (1, {"ids": ["7"]})
    updated = api.update({"inputs": [{"id": ids[0], "properties": {"zip": "1"}}]})
    assert updated.results[0].properties["zip"] == "1"
    unknown = api.update({"inputs": [{"id": "7", "properties": {"zip": "1"}}]})
    assert unknown.errors[0].category == "OBJECT_NOT_FOUND"
    upserts = [{"id": m, "idProperty": "email", "properties": {"zip": "2"}} for m in ("0@b.example", "9@b.example")]
    assert [result.new for result in api.upsert({"inputs": upserts}).results] == [False, True]
    traced = [{"properties": {"nothing": "1"}, "objectWriteTraceId": "t"}]
    assert api.create({"inputs": traced}).errors[0].context == {"objectWriteTraceId": ["t"]}
    assert api.archive({"inputs": [{"id": ids[0]}]}) is None


def test_search(crm):
    crm.contacts.basic_api.create({"properties": {"firstname": "Zoë", "numemployees": "50"}})
    request = contacts.PublicObjectSearchRequest(
        filter_groups=[
            contacts.FilterGroup(
                filters=[contacts.Filter(property_name="numemployees", operator="GTE", value="50")],
            )
        ],
        sorts=["-createdate"],
        properties=["firstname"],
        limit=1,
        after="0",
    )

    found = crm.contacts.search_api.do_search(public_object_search_request=request)

    assert (found.total, found.results[0].properties["firstname"]) == (1, "Zoë")


def test_a_refusal_is_an_exception_with_hubspots_body(crm):
    with pytest.raises(companies.exceptions.ApiException) as caught:
        crm.companies.basic_api.create({"properties": {"testproperty": "1"}})

    assert caught.value.status == 400
    assert "PROPERTY_DOESNT_EXIST" in caught.value.body


def test_tasks_notes_and_associations(crm):
    contact = crm.contacts.basic_api.create({"properties": {"firstname": "A"}})
    task = crm.objects.tasks.basic_api.create(
        objects.SimplePublicObjectInputForCreate(
            properties={"hs_timestamp": "2026-01-01T00:00:00Z", "hs_task_subject": "Call"},
            associations=[
                {
                    "to": {"id": contact.id},
                    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}],
                }
            ],
        )
    )
    note = crm.objects.basic_api.create("notes", {"properties": {"hs_timestamp": "1767225600000", "hs_note_body": "N"}})
    link = crm.associations.v4.basic_api

    assert link.create_default("notes", note.id, "contacts", contact.id).results[0].association_spec is not None
    spec = [v4.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=202)]
    assert link.create("notes", note.id, "contacts", contact.id, spec).to_object_id == contact.id
    assert [found.to_object_id for found in link.get_page("contacts", contact.id, "tasks").results] == [task.id]
    batch = crm.associations.v4.batch_api.get_page("tasks", "contacts", {"inputs": [{"id": task.id}]})
    assert batch.results[0].to[0].to_object_id == contact.id
    got = crm.objects.tasks.basic_api.get_by_id(task.id, associations=["contacts"])
    assert got.associations["contacts"].results[0].type == "task_to_contact"
    assert link.archive("notes", note.id, "contacts", contact.id) is None


def test_properties_owners_and_the_account(crm, client):
    definition = properties.PropertyCreate(
        name="tier", label="Tier", type="enumeration", field_type="select", group_name="contactinformation",
        options=[{"label": "One", "value": "1", "hidden": False}],
    )  # fmt: skip
    assert crm.properties.core_api.create("contacts", definition).options[0].value == "1"
    assert "tier" in [prop.name for prop in crm.properties.core_api.get_all("contacts").results]
    assert crm.properties.groups_api.get_all("contacts").results
    with pytest.raises(properties.exceptions.ApiException) as caught:
        crm.properties.core_api.create("contacts", definition)
    assert caught.value.status == 409

    listed = crm.owners.owners_api.get_page(limit=500).results
    assert crm.owners.owners_api.get_by_id(int(listed[0].id)).user_id == listed[0].user_id
    with pytest.raises(owners.exceptions.ApiException):
        crm.owners.owners_api.get_by_id(listed[0].user_id)
    assert client.api_request({"path": "/account-info/v3/details"}).json()["accountType"] == "SANDBOX"


def test_merge_and_purge(crm):
    api = crm.contacts.basic_api
    first, second = (api.create({"properties": {"firstname": name}}).id for name in "AB")

    new = api.merge({"primaryObjectId": first, "objectIdToMerge": second})
    assert api.get_by_id(second).id == new.id
    assert api.purge({"objectId": new.id}) is None


def test_a_token_by_refresh(client, hubspot_url):
    token = client.oauth.tokens_api.create(
        grant_type="refresh_token",
        client_id="sandbox-client",
        client_secret="sandbox-secret",
        refresh_token="sandbox-refresh-token",
    )

    other = HubSpot(access_token=token.access_token, host=hubspot_url)
    assert other.crm.contacts.basic_api.get_page().results == []
    with pytest.raises(contacts.exceptions.ApiException) as caught:
        HubSpot(access_token="wrong", host=hubspot_url).crm.contacts.basic_api.get_page()
    assert caught.value.status == 401


def test_raw_bytes_come_through_one_connection(crm):
    api = crm.contacts.basic_api
    api.create({"properties": {"firstname": "A"}})

    answer = api.get_page(limit=1, _preload_content=False)

    assert answer.status == 200
    assert b'"firstname":"A"' in answer.data
    assert answer.headers["X-HubSpot-RateLimit-Daily"] == "625000"


def test_a_task_under_its_key_with_the_official_client(crm, portal):
    contact = portal.contact()
    api, link = crm.objects.tasks, [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]

    def made(key, trace):
        properties = {"hs_timestamp": "2026-01-01", "leadrelay_key": key}
        inline = [{"to": {"id": contact}, "types": link}]
        return {"properties": properties, "associations": inline, "objectWriteTraceId": trace}

    first = api.batch_api.create({"inputs": [made("k1", "t1")]}).results[0]
    again = api.batch_api.create({"inputs": [made("k1", "t1"), made("k2", "t2")]})

    assert again.num_errors == 1
    assert again.errors[0].context["objectWriteTraceId"] == ["t1"]
    assert [found.properties["leadrelay_key"] for found in again.results] == ["k2"]
    assert api.basic_api.get_by_id("k1", id_property="leadrelay_key").id == first.id
    read = api.batch_api.read({"idProperty": "leadrelay_key", "inputs": [{"id": "k1"}, {"id": "k2"}], "properties": []})
    assert [found.id for found in read.results] == [first.id, again.results[0].id]
    page = crm.associations.v4.basic_api.get_page("contacts", contact, "tasks")
    assert [found.to_object_id for found in page.results] == [found.id for found in read.results]
    api.batch_api.archive({"inputs": [{"id": first.id}]})
    with pytest.raises(tasks.exceptions.ApiException) as caught:
        api.basic_api.get_by_id("k1", id_property="leadrelay_key")
    assert caught.value.status == 404


def test_histories_and_merges_with_the_official_client(crm, portal):
    first, second = portal.contact(zip="1"), portal.contact(zip="2")
    portal.call("POST", "/_sandbox/edit", {"object": "contacts", "id": first, "fields": {"zip": "3"}})
    done = portal.call("POST", "/_sandbox/act", {"action": "merge", "primary": first, "loser": second}).body

    body = {"inputs": [{"id": first}, {"id": second}], "properties": [], "propertiesWithHistory": ["zip"]}
    found = crm.contacts.batch_api.read(body).results

    assert [record.id for record in found] == [done["id"]]
    versions = found[0].properties_with_history["zip"]
    assert [(v.value, v.source_type, v.updated_by_user_id) for v in versions] == [
        ("3", "CRM_UI", 9586504),
        ("2", "INTEGRATION", None),
        ("1", "INTEGRATION", None),
    ]


@pytest.mark.parametrize(("action", "status"), [("lock", 423), ("migrate", 477)])
def test_locks_and_migrations_reach_the_official_client_as_their_status(crm, portal, action, status):
    key = portal.contact()
    given = {"lock": {"ids": [key], "seconds": 9}, "migrate": {"seconds": 9}}[action]
    portal.call("POST", "/_sandbox/act", {"action": action, **given})

    with pytest.raises(contacts.exceptions.ApiException) as caught:
        crm.contacts.basic_api.update(key, {"properties": {"zip": "1"}})

    assert caught.value.status == status
    assert caught.value.headers.get("Retry-After") == (None if action == "lock" else "9")
