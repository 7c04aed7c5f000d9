"""What the Salesforce connector says of people: against the sandbox, in few calls, and never of what it cannot see."""

import pytest
import requests

from leadrelay.connectors.people import Closed, Firm
from leadrelay.connectors.transport import Rejection
from leadrelay.errors import ConfigError, Refused
from leadrelay.sandbox.wire import Response
from tests.connectors.contract_people import PeopleContract


@pytest.fixture
def crm(salesforce_crm):
    yield salesforce_crm
    salesforce_crm.app.faults.clear()
    requests.delete(f"{salesforce_crm.url}/_sandbox/faults", timeout=10)


class TestSalesforcePeople(PeopleContract):
    pass


def test_closed_leads_are_nobody_s_work(crm):
    lost, *_ = crm.fill(2)
    closed = Closed("Status", ("It's over", "Closed - Not Converted"))
    with crm.connector() as connector:
        crm.edit(lost, {"Status": "Closed - Not Converted"})
        crm.tick(10)
        assert sum(connector.workload(closed).values()) == sum(connector.workload().values()) - 1
        with pytest.raises(ConfigError, match="cannot be a Salesforce name"):
            connector.workload(Closed("Status IN ('') OR Id", ("x",)))


def site(crm, name, website, owner=None):
    return crm.put("Account", {"Name": name, "Website": website, "OwnerId": owner or crm.owners[0]})


def contact(crm, **fields):
    return crm.put("Contact", {"LastName": "Byron", **fields})


def lead(crm, **fields):
    [key] = crm.fill(1)
    crm.edit(key, fields)
    return key


# -- companies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "website",
    ["acme.example", "www.acme.example", "http://ACME.example", "https://acme.example/", "https://www.acme.example/"],
)
def test_a_web_site_is_known_as_people_type_it(crm, website):
    account = site(crm, "Acme", website)
    with crm.connector() as connector:
        found = connector.accounts([Firm("x", "acme.example", "Other")])["x"]
    assert (found.id, found.domain) == (account, "acme.example")


@pytest.mark.parametrize(
    ("held", "said", "same"),
    [
        ("Acme Logistics GmbH", "Acme Logistics", True),
        ("acme logistics", "Acme Logistics, Inc.", True),
        ("Acme Logistics North", "Acme Logistics", False),
        ("O'Neil & Sons", "O'Neil & Sons Ltd", True),
        ("100% Metal_Works", "100% Metal_Works AG", True),
        ("100 Metal Works", "100% Metal_Works AG", False),
        ("AB", "AB", True),
        ("Back\\Slash", "Back\\Slash", True),
    ],
)
def test_a_name_is_known_in_another_legal_form_and_no_further(crm, held, said, same):
    account = site(crm, held, None)
    with crm.connector() as connector:
        found = connector.accounts([Firm("x", "", said)])
    assert {one.id for one in found.values()} == ({account} if same else set())


def test_of_several_accounts_the_one_that_was_changed_last_counts(crm):
    first, second = (site(crm, "Acme", "acme.example") for _ in range(2))
    crm.post("edit", {"object": "Account", "id": first, "fields": {"Phone": "1"}})
    with crm.connector() as connector:
        firms = [Firm("x", "acme.example"), Firm("y", "", "Acme")]
        assert {one.id for one in connector.accounts(firms).values()} == {first}
    assert first != second


def test_what_a_firm_says_gets_nowhere_else(crm):
    site(crm, "Acme", "acme.example")
    evil = ["' OR Name != '", "\\' OR Name != \\'", "%", "_", "{}", "a\nb", ""]
    with crm.connector() as connector:
        firms = [Firm(str(at), text, text) for at, text in enumerate(evil)]
        assert connector.accounts(firms) == {}
        assert connector.colleagues(firms) == {}


# -- colleagues -------------------------------------------------------------------------------------------------------


def test_colleagues_come_by_account_then_by_address_then_as_open_leads(crm):
    account = site(crm, "Acme", "acme.example")
    by_account = contact(crm, AccountId=account, Email="private@home.example")
    by_address = contact(crm, Email="Ada@mail.ACME.example")
    contact(crm, Email="x@pacme.example")
    open_lead = lead(crm, Email="bo@acme.example")
    gone = lead(crm, Email="cy@acme.example")
    crm.act("convert", lead=gone)
    crm.store.update("Contact", crm.store.get("Lead", gone)["ConvertedContactId"], {"IsDeleted": 1}, "x")
    own = lead(crm, Email="me@acme.example")
    contact(crm, Email="ME@acme.example")
    with crm.connector() as connector:
        found = connector.colleagues([Firm(own, "acme.example", "Acme")])
    assert [one.id for one in found[own]] == [by_account, by_address, open_lead]


@pytest.mark.parametrize("seen", [True, False])
def test_who_has_a_role_in_an_opportunity_comes_first(crm, seen):
    account = site(crm, "Acme", "acme.example")
    buyer = contact(crm, AccountId=account, LastName="Buyer")
    newer = contact(crm, AccountId=account, LastName="Newer")
    opportunity = {"Name": "One", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2027-01-01"}
    deal = crm.put("Opportunity", opportunity)
    crm.put("OpportunityContactRole", {"OpportunityId": deal, "ContactId": buyer, "Role": "Economic Buyer"})
    if not seen:
        crm.act("hide_object", object="OpportunityContactRole")
    with crm.connector() as connector:
        found = connector.colleagues([Firm("x", "acme.example")])["x"]
    expected = [(buyer, "Economic Buyer"), (newer, "")] if seen else [(newer, ""), (buyer, "")]
    assert [(one.id, one.role) for one in found] == expected


# -- responses --------------------------------------------------------------------------------------------------------


@pytest.fixture
def assigned(crm):
    [one] = crm.fill(1)
    crm.tick(60)
    since = crm.clock()
    crm.tick(60)
    return one, since


def first(crm, one, since):
    with crm.connector() as connector:
        found = connector.responses({one: since})
    return found[one].kind if one in found else None


@pytest.mark.parametrize(
    ("act", "kind"),
    [("log_call", "call"), ("log_email", "e-mail"), ("log_event", "event")],
)
def test_what_a_person_does_is_a_response(crm, assigned, act, kind):
    one, since = assigned
    crm.act(act, lead=one)
    assert first(crm, one, since) == kind


def test_a_task_that_a_person_completes_is_a_response_at_that_moment(crm, assigned):
    one, since = assigned
    task = crm.put("Task", {"WhoId": one, "Subject": "Call"})
    assert first(crm, one, since) is None
    crm.tick(60)
    crm.act("complete_task", id=task, actor=crm.person(crm.owners[0]))
    done = crm.clock()
    crm.tick(600)
    crm.post("edit", {"object": "Task", "id": task, "fields": {"Description": "later"}})
    with crm.connector() as connector:
        found = connector.responses({one: since})[one]
    assert (found.kind, found.at[:19]) == ("task", done[:19])


def test_without_the_moment_of_completion_the_last_change_stands_for_it(crm, assigned):
    one, since = assigned
    crm.act("hide_field", object="Task", field="CompletedDateTime")
    crm.act("log_call", lead=one)
    assert first(crm, one, since) == "call"


def test_a_status_that_a_person_sets_is_a_response_and_one_of_ours_is_not(crm, assigned):
    one, since = assigned
    with crm.connector() as connector:
        user = connector._account.user()
    crm.store.insert("LeadHistory", [history(one, since, user, "017000000000001AAA")], "x")
    assert first(crm, one, since) is None
    crm.edit(one, {"Status": "Working - Contacted"})
    assert first(crm, one, since) == "status"


def history(one, at, user, key):
    who = {"CreatedById": user, "CreatedDate": at}
    return {"Id": key, "IsDeleted": 0, "LeadId": one, "Field": "Status", "NewValue": "x", **who}


def test_an_owner_that_changes_is_no_response(crm, assigned):
    one, since = assigned
    crm.edit(one, {"OwnerId": crm.owners[1]})
    assert first(crm, one, since) is None


def test_where_no_history_is_to_be_seen_tasks_still_count(crm, assigned):
    one, since = assigned
    crm.act("hide_object", object="LeadHistory")
    crm.act("log_call", lead=one)
    assert first(crm, one, since) == "call"


@pytest.mark.parametrize("name", ["Task", "Event"])
def test_activities_out_of_sight_are_no_silence(crm, assigned, name):
    one, since = assigned
    crm.act("hide_object", object=name)
    with crm.connector() as connector, pytest.raises(Refused, match="INVALID_TYPE"):
        connector.responses({one: since})


def test_the_response_of_a_converted_lead_is_at_its_contact(crm, assigned):
    one, since = assigned
    crm.act("log_call", lead=one)
    crm.tick(60)
    crm.act("convert", lead=one)
    assert first(crm, one, since) == "call"


def test_the_token_alone_tells_who_we_are(crm, assigned):
    one, since = assigned
    with crm.connector() as connector:
        account = connector._account
        told = account.user()
        account._user = ""
        assert account.user() == told
        assert connector.responses({one: since}) == {}


@pytest.mark.parametrize("name", ["Account", "Contact", "Lead"])
def test_companies_out_of_sight_are_unknown_and_stop_nobody(crm, name):
    account = site(crm, "Acme", "acme.example")
    contact(crm, AccountId=account, Email="ada@acme.example")
    one = lead(crm, Email="bo@acme.example")
    crm.act("hide_object", object=name)
    with crm.connector() as connector:
        found = connector.accounts([Firm(one, "acme.example", "Acme")])
        around = connector.colleagues([Firm(one, "acme.example", "Acme")])
    assert bool(found) == (name != "Account")
    assert bool(around) == (name != "Contact")


# -- milestones -------------------------------------------------------------------------------------------------------


def test_a_meeting_is_planned_while_it_is_to_come_and_its_first_counts(crm):
    past, ahead, none = crm.fill(3)
    crm.act("log_event", lead=past, starts_in=-90)
    crm.act("log_event", lead=past, starts_in=60)
    crm.act("log_event", lead=ahead, starts_in=60)
    with crm.connector() as connector:
        found = connector.milestones([past, ahead, none])
    assert (found[past].meeting, found[ahead].meeting) == ("", "planned")
    assert found[past].meeting_at < found[ahead].meeting_at
    assert none not in found


def test_events_out_of_sight_leave_the_rest_of_a_milestone(crm):
    [one] = crm.fill(1)
    crm.act("convert", lead=one, opportunity="Discovery")
    crm.act("hide_object", object="Event")
    with crm.connector() as connector:
        assert connector.milestones([one])[one].opportunity_at


def test_a_conversion_without_an_opportunity_is_none(crm):
    one, other = crm.fill(2)
    crm.act("convert", lead=one)
    crm.act("convert", lead=other, opportunity="Discovery")
    crm.act("log_event", lead=crm.fill(1)[0])
    with crm.connector() as connector:
        found = connector.milestones([one, other])
    assert set(found) == {other}


def test_an_opportunity_that_was_there_before_counts_from_the_conversion(crm):
    [one] = crm.fill(1)
    crm.act("convert", lead=one, opportunity="Discovery")
    row = crm.store.get("Lead", one)
    old = {"CreatedDate": "2020-01-01T00:00:00.000Z"}
    crm.store.update("Opportunity", row["ConvertedOpportunityId"], old, "x")
    with crm.connector() as connector:
        assert connector.milestones([one])[one].opportunity_at == f"{row['ConvertedDate']}T00:00:00.000Z"


def test_opportunities_out_of_sight_count_from_the_conversion(crm):
    [one] = crm.fill(1)
    crm.act("convert", lead=one, opportunity="Discovery")
    day = crm.store.get("Lead", one)["ConvertedDate"]
    relation = [{"errorCode": "INVALID_FIELD", "message": "Didn't understand relationship 'ConvertedOpportunity'"}]

    def blind(request):
        asked = request.query.get("q", "")
        return Response(400, relation) if "ConvertedOpportunity.CreatedDate" in asked else None

    crm.app.faults.append(blind)
    with crm.connector() as connector:
        assert connector.milestones([one])[one].opportunity_at == f"{day}T00:00:00.000Z"


# -- calls ------------------------------------------------------------------------------------------------------------


def test_two_hundred_leads_are_few_calls(crm):
    ids = crm.fill(200)
    firms = [Firm(one, f"company-{at}.example", f"Company number {at} Ltd") for at, one in enumerate(ids)]
    used = {}
    with crm.connector() as connector:
        connector.organisation()
        asks = {
            "owners": connector.owners,
            "workload": connector.workload,
            "accounts": lambda: connector.accounts(firms),
            "colleagues": lambda: connector.colleagues(firms),
            "responses": lambda: connector.responses(dict.fromkeys(ids, crm.clock())),
            "milestones": lambda: connector.milestones(ids),
        }
        for name, ask in asks.items():
            before = connector.calls
            ask()
            used[name] = connector.calls - before
    assert used == {"owners": 1, "workload": 1, "accounts": 3, "colleagues": 4, "responses": 3, "milestones": 2}


# -- what is missing --------------------------------------------------------------------------------------------------


def test_nothing_is_missing_in_an_organisation_that_shows_all(crm):
    with crm.connector() as connector:
        assert connector.lacks() == []


@pytest.mark.parametrize("name", ["Note", "Task", "Event", "LeadHistory", "Account", "Contact", "Opportunity"])
def test_an_object_out_of_sight_is_told_with_what_follows_and_the_way_out(crm, name):
    crm.act("hide_object", object=name)
    with crm.connector() as connector:
        found = connector.lacks()
    assert {f"may not see {name}" in lack.message for lack in found} == {True}
    assert all(lack.cure and "{" not in lack.cure for lack in found)


def test_fields_out_of_reach_are_named(crm):
    crm.act("read_only", object="Task", field="ReminderDateTime")
    crm.act("hide_field", object="Account", field="Website")
    with crm.connector() as connector:
        found = [lack.message for lack in connector.lacks()]
    assert ["ReminderDateTime of Task" in found[0], "Website of Account" in found[1], len(found)] == [True, True, 2]


def test_more_owners_than_can_be_told_are_not_counted(crm):
    no = [{"errorCode": "EXCEEDED_ID_LIMIT", "message": "Aggregate query does not support queryMore()"}]
    crm.app.faults.append(lambda request: Response(400, no) if "GROUP BY" in request.query.get("q", "") else None)
    with crm.connector() as connector:
        assert connector.workload() is None


def test_a_part_of_a_call_that_fails_in_passing_is_asked_again(crm, assigned):
    one, since = assigned
    crm.act("log_call", lead=one)
    no = [{"errorCode": "SERVER_UNAVAILABLE", "message": "no"}]
    busy = [{"httpStatusCode": 503, "body": no, "referenceId": f"q{at}"} for at in range(3)]
    answers = [Response(200, {"compositeResponse": busy})]
    crm.app.faults.append(lambda r: answers.pop() if r.path.endswith("/composite") and answers else None)
    assert first(crm, one, since) == "call"


def test_one_refusal_among_many_is_told(crm):
    with crm.connector() as connector:
        questions = connector._relations._questions
        good, bad = questions.each(["SELECT Id FROM User", "SELECT Nothing FROM User"])
    assert len(good) > 1
    assert isinstance(bad, Rejection)
    assert bad.code == "INVALID_FIELD"
