"""What people leave behind in an org: history of leads, notes, calls, events, and the accounts of the sample leads."""

from datetime import UTC, datetime

import pytest

from leadrelay.sandbox.samples import people

HISTORY = "SELECT Field, DataType, OldValue, NewValue, CreatedById FROM LeadHistory WHERE LeadId = '{}' ORDER BY Id"


def history(sf, lead):
    rows = sf.query(HISTORY.format(lead))
    return [(row["Field"], row["DataType"], row["OldValue"], row["NewValue"]) for row in rows]


def refused(sf, method, path, body=None):
    answer = sf.call(method, path, body)
    assert answer.status >= 400, answer.body
    return answer.body[0]["errorCode"]


def users(sf):
    return {row["FirstName"]: row["Id"] for row in sf.query("SELECT Id, FirstName FROM User")}


# -- history of leads -------------------------------------------------------------------------------------------------


def test_a_status_is_tracked_with_who_changed_it(sf):
    lead = sf.lead()
    sf.person_edits("Lead", lead, {"Status": "Working - Contacted", "City": "Ulm"}, "Ada Okafor")
    assert history(sf, lead) == [("Status", "Text", "Open - Not Contacted", "Working - Contacted")]
    assert sf.query(HISTORY.format(lead))[0]["CreatedById"] == users(sf)["Ada"]


def test_an_owner_is_tracked_by_name_and_by_id(sf):
    lead, ids = sf.lead(), users(sf)
    sf.update("Lead", lead, OwnerId=ids["Ben"])
    assert history(sf, lead) == [
        ("Owner", "Text", "Integration User", "Ben Lindqvist"),
        ("Owner", "EntityId", ids["Integration"], ids["Ben"]),
    ]


def test_the_owner_that_an_assignment_rule_gives_is_tracked(sf):
    lead = sf.lead()
    sf.call("PATCH", f"sobjects/Lead/{lead}", {"City": "Ulm"})
    assert [entry[3] for entry in history(sf, lead)][:1] == ["Inbound Leads"]


def test_what_does_not_change_and_what_is_new_is_not_tracked(sf):
    lead = sf.lead(Status="Working - Contacted")
    sf.update("Lead", lead, Status="Working - Contacted")
    assert history(sf, lead) == []


def test_an_org_that_tracks_nothing_has_no_history(sf):
    sf.turn(lead_history=False)
    lead = sf.lead()
    sf.update("Lead", lead, Status="Working - Contacted")
    assert history(sf, lead) == []


def test_history_cannot_be_written_or_filtered_by_its_values(sf):
    lead = sf.lead()
    assert refused(sf, "POST", "sobjects/LeadHistory", {"LeadId": lead}) in {
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    }
    query = "query?q=SELECT Id FROM LeadHistory WHERE NewValue = 'x'"
    assert refused(sf, "GET", query) == "INVALID_FIELD"


def test_the_history_of_a_deleted_lead_is_in_the_bin_with_it(sf):
    lead = sf.lead()
    sf.update("Lead", lead, Status="Working - Contacted")
    sf.act("delete", object="Lead", id=lead)
    assert history(sf, lead) == []
    sf.act("restore", object="Lead", id=lead)
    assert len(history(sf, lead)) == 1


# -- notes ------------------------------------------------------------------------------------------------------------


def test_a_note_belongs_to_its_lead_and_goes_with_it(sf):
    lead = sf.lead()
    note = sf.create("Note", ParentId=lead, Title="Handed off", Body="b" * 32_000)
    assert sf.read("Note", note, "ParentId", "IsPrivate") == [lead, False]
    sf.act("delete", object="Lead", id=lead)
    assert sf.query(f"SELECT Id FROM Note WHERE ParentId = '{lead}'") == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Body": "x"}, "REQUIRED_FIELD_MISSING"),
        ({"Title": "t" * 81}, "STRING_TOO_LONG"),
        ({"Title": "t", "Body": "b" * 32_001}, "STRING_TOO_LONG"),
        ({"Title": "t", "ParentId": "00T000000000001AAA"}, "MALFORMED_ID"),
    ],
)
def test_a_note_that_cannot_be_is_refused(sf, fields, code):
    assert refused(sf, "POST", "sobjects/Note", {"ParentId": sf.lead(), **fields}) == code


def test_a_note_is_found_by_its_parent_and_not_by_its_text(sf):
    sf.create("Note", ParentId=sf.lead(), Title="Handed off", Body="text")
    assert refused(sf, "GET", "query?q=SELECT Id FROM Note WHERE Body = 'text'") == "INVALID_FIELD"


def test_a_note_fails_with_its_graph(sf):
    lead = sf.lead()
    note = sf.node("POST", "sobjects/Note", {"ParentId": lead, "Title": "t"}, name="note")
    wrong = sf.node("POST", "sobjects/Task", {"WhoId": lead, "TaskSubtype": "Fax"}, name="task")
    [(whole, _)] = sf.graphs([note, wrong])
    assert not whole
    assert sf.query("SELECT Id FROM Note") == []


def test_notes_follow_a_lead_that_is_converted(sf):
    lead = sf.lead()
    note = sf.create("Note", ParentId=lead, Title="Handed off")
    done = sf.act("convert", lead=lead, opportunity="Discovery")
    assert sf.read("Note", note, "ParentId") == done["contact"]
    assert sf.read("Lead", lead, "ConvertedOpportunityId") == done["opportunity"]


# -- work -------------------------------------------------------------------------------------------------------------


def test_a_person_completes_a_task(sf):
    task = sf.create("Task", WhoId=sf.lead(), Subject="Call", OwnerId=users(sf)["Ada"])
    sf.act("complete_task", id=task, actor="Ada Okafor")
    done, closed, by = sf.read("Task", task, "CompletedDateTime", "IsClosed", "LastModifiedById")
    assert (bool(done), closed, by) == (True, True, users(sf)["Ada"])


def test_calls_emails_and_events_are_logged(sf):
    lead = sf.lead()
    call = sf.act("log_call", lead=lead, actor="Ben Lindqvist")["id"]
    mail = sf.act("log_email", lead=lead)["id"]
    event = sf.act("log_event", lead=lead, starts_in=-60, minutes=45)["id"]
    assert sf.read("Task", call, "TaskSubtype", "Status", "OwnerId") == ["Call", "Completed", users(sf)["Ben"]]
    assert sf.read("Task", mail, "TaskSubtype") == "Email"
    start, end = sf.read("Event", event, "StartDateTime", "EndDateTime")
    assert (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() == 45 * 60


@pytest.mark.parametrize(
    "fields", [{}, {"StartDateTime": "2026-12-01T10:00:00Z"}, {"EndDateTime": "2026-12-01T10:00:00Z"}]
)
def test_an_event_needs_its_time(sf, fields):
    assert refused(sf, "POST", "sobjects/Event", {"WhoId": sf.lead(), **fields}) == "REQUIRED_FIELD_MISSING"


def test_an_owner_is_changed_and_sales_says_its_verdict(sf):
    lead, ids = sf.lead(), users(sf)
    sf.act("change_owner", id=lead, owner=ids["Chiara"], actor="Farid Haddad")
    sf.act("sales_verdict", lead=lead, verdict="rejected", reason="no budget")
    assert sf.read("Lead", lead, "OwnerId", "Sales_Verdict__c", "Sales_Reason__c") == [
        ids["Chiara"],
        "rejected",
        "no budget",
    ]


def test_who_left_gets_no_lead(sf):
    sf.act("deactivate_user", user="ada.okafor@sandbox.example")
    ids = users(sf)
    assert refused(sf, "PATCH", f"sobjects/Lead/{sf.lead()}", {"OwnerId": ids["Ada"]}) == "INACTIVE_OWNER_OR_USER"
    sf.act("activate_user", user=ids["Ada"])
    assert sf.update("Lead", sf.lead(), OwnerId=ids["Ada"]).status == 204


def test_an_object_out_of_sight_is_none(sf):
    lead = sf.lead()
    sf.act("hide_object", object="Note")
    assert refused(sf, "GET", "query?q=SELECT Id FROM Note") == "INVALID_TYPE"
    assert refused(sf, "GET", "sobjects/Note/describe") == "NOT_FOUND"
    note = sf.node("POST", "sobjects/Note", {"ParentId": lead, "Title": "t"})
    assert sf.graphs([note])[0][0] is False
    several = {"records": [{"attributes": {"type": "Note"}, "ParentId": lead, "Title": "t"}]}
    assert refused(sf, "POST", "composite/sobjects", several) == "INVALID_TYPE"
    sf.act("show_object", object="Note")
    assert sf.query("SELECT Id FROM Note") == []


def test_a_state_of_an_older_sandbox_gets_the_objects_that_it_lacks(sf, org):
    lead = sf.lead()
    org.org.store.db.execute("DROP TABLE LeadHistory")
    org.org.store.db.execute("DELETE FROM _columns WHERE object = 'LeadHistory'")
    org.org.store._reload()
    org.prepare()
    sf.update("Lead", lead, Status="Working - Contacted")
    assert len(history(sf, lead)) == 1
    assert len(sf.query("SELECT Id FROM Group")) == 2


# -- samples ----------------------------------------------------------------------------------------------------------


def test_the_workload_is_one_query(sf, org):
    org.load(people(300, 7, datetime(2026, 11, 1, tzinfo=UTC)))
    query = "SELECT OwnerId, COUNT(Id) n FROM Lead WHERE IsConverted = false GROUP BY OwnerId"
    rows = sf.query(query)
    assert sum(row["n"] for row in rows) == len(sf.query("SELECT Id FROM Lead WHERE IsConverted = false"))
    assert len(rows) > 2


def test_some_sample_leads_have_an_account_with_an_owner_and_contacts(sf, org):
    org.load(people(300, 7, datetime(2026, 11, 1, tzinfo=UTC)))
    accounts = sf.query("SELECT Id, Name, Website, Owner.IsActive FROM Account")
    contacts = sf.query("SELECT AccountId, Email, Name FROM Contact")
    assert len(accounts) > 10
    assert all(account["Owner"]["IsActive"] for account in accounts)
    assert {contact["AccountId"] for contact in contacts} == {account["Id"] for account in accounts}
    assert len({account["Website"].split("example")[0][:9] for account in accounts}) > 3
