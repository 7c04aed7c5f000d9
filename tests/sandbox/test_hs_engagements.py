"""Calls, e-mails, meetings, messages: what they need, how they hang on contacts, and what people do with them."""

import pytest

from leadrelay.sandbox.hubspot.app import HubSpot
from leadrelay.sandbox.hubspot.objecttypes import CALLS, TASKS
from leadrelay.sandbox.store import Store

CONTACTS = "/crm/v3/objects/contacts"
IDS = {"calls": (193, 194), "emails": (197, 198), "meetings": (199, 200), "communications": (82, 81)}
LEAST = {
    "calls": {"hs_timestamp": "0"},
    "emails": {"hs_timestamp": "0"},
    "meetings": {"hs_meeting_start_time": "2026-05-04T09:00:00.000Z"},
    "communications": {"hs_communication_channel_type": "LINKEDIN_MESSAGE", "hs_communication_logged_from": "CRM"},
}


def act(portal, action, **given):
    return portal.call("POST", "/_sandbox/act", {"action": action, **given})


def done(portal, action, **given):
    answer = act(portal, action, **given)
    assert answer.status == 200, answer.body
    return answer.body["id"]


def linked(portal, kind, key):
    found = portal.get(f"/crm/v4/objects/contacts/{key}/associations/{kind}").body["results"]
    return [one["toObjectId"] for one in found]


@pytest.mark.parametrize("kind", IDS)
def test_an_engagement_hangs_on_its_contact_by_the_ids_of_the_client(portal, kind):
    contact = portal.contact()
    there, back = IDS[kind]
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": back}]
    made = portal.make(kind, LEAST[kind], [{"to": {"id": contact}, "types": spec}])
    assert linked(portal, kind, contact) == [made]
    labels = portal.get(f"/crm/v4/associations/contacts/{kind}/labels").body["results"]
    assert [label["typeId"] for label in labels] == [there]


@pytest.mark.parametrize("kind", IDS)
def test_an_engagement_without_what_it_needs_is_refused(portal, kind):
    answer = portal.post(f"/crm/v3/objects/{kind}", {"properties": {}})
    assert answer.status == 400
    assert "required properties were not set" in answer.body["message"]


def test_a_meeting_is_dated_by_its_start_unless_said_otherwise(portal):
    made = portal.make("meetings", LEAST["meetings"])
    assert portal.properties(made, "hs_timestamp", kind="meetings")["hs_timestamp"] == "2026-05-04T09:00:00Z"


def test_a_task_knows_when_it_was_completed_and_forgets_it_when_it_is_opened_again(portal):
    task = portal.make("tasks", {"hs_timestamp": "0"})
    done(portal, "complete_task", task=task, actor="lena.vogt@sandbox.example")
    read = portal.get(f"/crm/v3/objects/tasks/{task}", propertiesWithHistory="hs_task_status,hs_task_completion_date")
    newest = read.body["propertiesWithHistory"]["hs_task_status"][0]
    assert (newest["value"], newest["sourceType"], newest["updatedByUserId"]) == ("COMPLETED", "CRM_UI", 9590237)
    assert read.body["properties"]["hs_task_completion_date"] == newest["timestamp"]
    assert portal.patch(f"/crm/v3/objects/tasks/{task}", {"hs_task_completion_date": "0"}).status == 400
    portal.patch(f"/crm/v3/objects/tasks/{task}", {"hs_task_status": "NOT_STARTED"})
    assert portal.properties(task, "hs_task_completion_date", kind="tasks")["hs_task_completion_date"] is None


@pytest.mark.parametrize("kind", ["TODO", "CALL", "EMAIL", "MEETING", "LINKED_IN", "LINKED_IN_MESSAGE"])
def test_tasks_have_the_types_of_a_sequence(portal, kind):
    task = portal.make("tasks", {"hs_timestamp": "0", "hs_task_type": kind, "hs_task_reminders": "1764579600000"})
    assert portal.properties(task, "hs_task_type", kind="tasks")["hs_task_type"] == kind


@pytest.mark.parametrize(
    ("kind", "where", "values"),
    [
        ("call", "calls", {"hs_call_direction": "OUTBOUND"}),
        ("email", "emails", {"hs_email_direction": "EMAIL", "hs_email_status": "SENT"}),
        ("meeting", "meetings", {"hs_meeting_outcome": "NO_SHOW"}),
        ("linkedin", "communications", {"hs_communication_channel_type": "LINKEDIN_MESSAGE"}),
    ],
)
def test_a_person_logs_what_was_done_with_a_contact(portal, kind, where, values):
    contact = portal.contact()
    fields = {"hs_meeting_outcome": "NO_SHOW"} if kind == "meeting" else {}
    actor = "marc.dupont@sandbox.example"
    told = {"at": "2026-05-04T09:00:00Z", "owner": actor, "fields": fields, "actor": actor}
    made = done(portal, "log", kind=kind, contact=contact, **told)
    assert linked(portal, where, contact) == [made]
    told = portal.properties(made, *values, "hubspot_owner_id", "hs_object_source", "hs_created_by_user_id", kind=where)
    assert {name: told[name] for name in values} == values
    assert (told["hubspot_owner_id"], told["hs_object_source"]) == ("41630113", "CRM_UI")
    assert told["hs_created_by_user_id"] == "9590240"


def test_a_person_changes_an_owner_and_takes_one_away(portal):
    contact = portal.contact()
    done(portal, "change_owner", object="contacts", id=contact, owner="lena.vogt@sandbox.example")
    assert portal.properties(contact, "hubspot_owner_id")["hubspot_owner_id"] == "41630112"
    done(portal, "change_owner", object="contacts", id=contact, owner="")
    assert not portal.properties(contact, "hubspot_owner_id")["hubspot_owner_id"]


def test_a_deal_makes_an_opportunity_with_its_date(portal):
    contact = portal.contact()
    deal = done(portal, "open_deal", contact=contact, fields={"amount": 5000})
    assert linked(portal, "deals", contact) == [deal]
    names = ("lifecyclestage", "hs_v2_date_entered_opportunity", "hs_lifecyclestage_opportunity_date")
    told = portal.properties(contact, *names)
    assert told["lifecyclestage"] == "opportunity"
    assert told["hs_v2_date_entered_opportunity"] == told["hs_lifecyclestage_opportunity_date"] is not None


def test_what_sales_says_of_a_lead(portal):
    contact = portal.contact()
    for name, form in (("sales_verdict", "text"), ("sales_reason", "text"), ("sales_verdict_at", "date")):
        body = {"name": name, "label": name, "type": "datetime" if form == "date" else "string", "fieldType": form}
        answer = portal.post("/crm/v3/properties/contacts", body | {"groupName": "contactinformation"})
        assert answer.status in {201, 409}  # a lead field of its own has a property already
    done(portal, "verdict", contact=contact, verdict="rejected", reason="no budget")
    told = portal.properties(contact, "sales_verdict", "sales_reason", "sales_verdict_at")
    assert (told["sales_verdict"], told["sales_reason"]) == ("rejected", "no budget")
    assert told["sales_verdict_at"]


@pytest.mark.parametrize(
    ("action", "given", "why"),
    [
        ("log", {"kind": "fax", "contact": "1"}, "kind must be one of call, email, meeting, linkedin"),
        ("log", {"kind": "call", "contact": "1"}, "there is no contact 1"),
        ("complete_task", {"task": "1"}, "there is no task 1"),
        ("change_owner", {"object": "contacts", "id": "1", "owner": "x"}, "there is no contact 1"),
    ],
)
def test_what_people_cannot_do_is_refused_in_words(portal, action, given, why):
    answer = act(portal, action, **given)
    assert (answer.status, answer.body["error"]) == (400, why)


def test_emails_take_a_scope_of_their_own_and_the_rest_that_of_contacts(portal):
    act(portal, "scopes", remove=["sales-email-read"])
    answer = portal.post("/crm/v3/objects/emails/batch/read", {"inputs": [{"id": "1"}], "properties": []})
    assert answer.status == 403
    assert answer.body["errors"][0]["context"] == {"requiredGranularScopes": ["sales-email-read"]}
    assert portal.post("/crm/v3/objects/calls/search", {}).status == 200
    act(portal, "scopes", remove=["crm.objects.contacts.read"])
    assert portal.post("/crm/v3/objects/calls/search", {}).status == 403


@pytest.mark.parametrize("kind", ["tasks", "notes"])
def test_whether_there_may_be_unique_keys_is_a_setting(portal, kind):
    properties = {"hs_timestamp": "0", "leadrelay_key": "one"}
    portal.make(kind, properties)
    assert portal.post(f"/crm/v3/objects/{kind}", {"properties": properties}).status == 400
    portal.call("POST", "/_sandbox/settings", {f"unique_{kind}": False})
    portal.make(kind, properties)
    body = {"name": "other", "label": "Other", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    answer = portal.post(f"/crm/v3/properties/{kind}", body | {"groupName": f"{kind[:-1]}_information"})
    assert "cannot have unique values" in answer.body["message"]
    answer = portal.call("POST", "/_sandbox/settings", {f"unique_{kind}": True})
    assert f"{kind} share a value of leadrelay_key" in answer.body["error"]


def test_a_filter_takes_a_hundred_values(portal):
    def asked(count):
        names = [{"propertyName": "domain", "operator": "IN", "values": [f"{at}.example" for at in range(count)]}]
        return portal.post("/crm/v3/objects/companies/search", {"filterGroups": [{"filters": names}]}).status

    assert (asked(100), asked(101)) == (200, 400)


def test_sample_contacts_have_companies_with_owners_of_whom_some_left(portal):
    people = [person(at) for at in range(40)]
    portal.app.load(people)
    store = portal.app.store
    companies = store.select("SELECT * FROM companies")
    assert len(companies) == 20
    assert {row["domain"] for row in companies} == {f"firm-{at}.example" for at in range(20)}
    owners = {row["hubspot_owner_id"] for row in companies}
    assert None in owners
    assert len(owners) > 3
    [row] = store.select("SELECT * FROM companies WHERE domain = 'firm-3.example'")
    colleagues = portal.get(f"/crm/v4/objects/companies/{row['Id']}/associations/contacts").body["results"]
    assert len(colleagues) == 2
    assert {kind["typeId"] for kind in colleagues[0]["associationTypes"]} == {280, 2}
    portal.app.load([{**person(3), "email": "third@firm-3.example"}])
    assert len(store.select("SELECT * FROM companies")) == 20


def person(at):
    return {
        "first_name": "Ada",
        "last_name": f"Person {at}",
        "email": f"person.{at}@firm-{at % 20}.example",
        "company": f"Firm {at % 20}",
        "status": "new",
        "created_at": None,
        "last_activity_at": None,
    }


def test_a_state_file_of_before_gets_what_is_new_in_hubspot(tmp_path):
    before = HubSpot(Store(tmp_path / "state.db"))
    before.prepare()
    store = before.store
    for name in ("calls", "behind:calls"):
        store.db.execute(f'DROP TABLE "{name}"')
    store.db.execute("DELETE FROM _columns WHERE object = 'calls'")
    before.portal.drop(TASKS, before.portal.properties(TASKS)["hs_task_completion_date"])
    store.close()
    again = HubSpot(Store(tmp_path / "state.db"))
    again.prepare()
    assert "hs_call_title" in again.portal.properties(CALLS)
    assert "hs_task_completion_date" in again.portal.properties(TASKS)
    again.store.close()
