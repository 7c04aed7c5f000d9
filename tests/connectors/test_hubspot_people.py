"""What HubSpot says of the people around a lead: its account, its colleagues, who answered it, what became of it."""

from datetime import datetime, timedelta

import pytest

from leadrelay.connectors.people import Account, Firm, Lacking, Milestones
from tests.connectors.contract_people import PeopleContract

LENA, MARC = "41630112", "41630113"
LENAS = "lena.vogt@sandbox.example"


@pytest.fixture
def crm(hubspot_crm):
    return hubspot_crm


@pytest.fixture
def connector(crm):
    with crm.connector() as found:
        yield found


def firms(crm, *pairs):
    ids = crm.fill(len(pairs))
    return [Firm(one, domain, name) for one, (domain, name) in zip(ids, pairs, strict=True)]


class TestHubSpotPeople(PeopleContract):
    pass


# -- accounts ---------------------------------------------------------------------------------------------------------


def test_the_company_of_the_domain_is_the_account_else_the_one_of_the_name(crm, connector):
    acme = crm.make("companies", {"name": "ACME", "domain": "acme.example", "hubspot_owner_id": LENA})
    crm.make("companies", {"name": "Globex", "domain": "elsewhere.example"})
    initech = crm.make("companies", {"name": "Initech GmbH", "domain": "initech.example", "hubspot_owner_id": MARC})
    asked = firms(crm, ("Acme.example", "Globex"), ("", "initech gmbh"), ("nobody.example", "Nobody"), ("", ""))
    found = connector.accounts(asked)
    assert found == {
        asked[0].lead: Account(acme, "ACME", "acme.example", LENA),
        asked[1].lead: Account(initech, "Initech GmbH", "initech.example", MARC),
    }


def test_of_several_companies_the_one_that_was_changed_last_counts(crm, connector):
    first = crm.make("companies", {"name": "One", "domain": "acme.example"})
    crm.make("companies", {"name": "Two", "domain": "acme.example"})
    crm.tick(10)
    crm.post("edit", {"object": "companies", "id": first, "fields": {"phone": "1"}})
    [firm] = firms(crm, ("acme.example", ""))
    assert connector.accounts([firm])[firm.lead].id == first


def test_a_hundred_accounts_take_one_search_and_three_hundred_three(crm, connector):
    for at in range(250):
        crm.make("companies", {"name": f"Firm {at}", "domain": f"firm-{at}.example"})
    asked = firms(crm, *((f"firm-{at % 250}.example", "") for at in range(300)))
    for count, calls in ((100, 1), (300, 3)):
        before = connector.calls
        assert len(connector.accounts(asked[:count])) == count
        assert connector.calls - before == calls


def test_without_the_scope_for_companies_no_account_is_known(crm, connector):
    crm.make("companies", {"name": "ACME", "domain": "acme.example"})
    asked = firms(crm, ("acme.example", "ACME"))
    crm.act("scopes", remove=["crm.objects.companies.read"])
    assert connector.accounts(asked) == {}
    assert connector.colleagues(asked) == {}


def test_nobody_asked_for_takes_no_call(connector):
    assert (
        connector.accounts([]) == connector.colleagues([]) == connector.responses({}) == connector.milestones([]) == {}
    )
    assert connector.calls == 0


def test_the_workload_is_left_to_the_store(connector):
    assert connector.workload() is None
    assert connector.calls == 0


# -- colleagues -------------------------------------------------------------------------------------------------------


def test_colleagues_are_the_other_contacts_of_the_company(crm, connector):
    lead, boss, clerk, stranger = crm.fill(4)
    crm.edit(
        boss,
        {
            "firstname": "Ada",
            "lastname": "Byrne",
            "jobtitle": "CIO",
            "phone": "1",
            "hs_buying_role": "DECISION_MAKER;CHAMPION",
        },
    )
    crm.edit(clerk, {"email": "clerk@acme.example"})
    crm.make("companies", {"name": "ACME", "domain": "acme.example"}, [lead, boss, clerk])
    crm.edit(stranger, {"email": "stranger@acme.example"})
    found = connector.colleagues([Firm(lead, "acme.example")])[lead]
    assert [one.id for one in found] == [boss, clerk]
    assert (found[0].name, found[0].title, found[0].phone) == ("Ada Byrne", "CIO", "1")
    assert set(found[0].role.split(", ")) == {"champion", "decision maker"}
    assert found[1].email == "clerk@acme.example"


def test_without_a_company_colleagues_share_the_domain_of_the_address_and_no_more_come_than_asked_for(crm, connector):
    ids = crm.fill(8)
    for at, one in enumerate(ids):
        crm.edit(one, {"email": f"p{at}@{'acme' if at < 6 else 'other'}.example"})
    asked = [Firm(ids[0], "ACME.example"), Firm(ids[6], "other.example"), Firm(ids[7], "nobody.example")]
    found = connector.colleagues(asked, 3)
    assert [one.id for one in found[ids[0]]] == ids[5:2:-1]
    assert [one.id for one in found[ids[6]]] == [ids[7]]
    assert ids[7] not in found


def test_a_company_without_contacts_of_its_own_has_those_of_its_domain(crm, connector):
    lead, other = crm.fill(2)
    for at, one in enumerate((lead, other)):
        crm.edit(one, {"email": f"p{at}@acme.example"})
    crm.make("companies", {"name": "ACME", "domain": "acme.example"}, [lead])
    assert [one.id for one in connector.colleagues([Firm(lead, "acme.example")])[lead]] == [other]


# -- responses --------------------------------------------------------------------------------------------------------


def before(moment, seconds):
    return (datetime.fromisoformat(moment) - timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize(
    ("kind", "told"), [("call", "call"), ("email", "e-mail"), ("meeting", "event"), ("linkedin", "message")]
)
def test_what_a_person_logged_is_a_response(crm, connector, kind, told):
    [lead] = crm.fill(1)
    since = crm.clock()
    crm.tick(60)
    at = crm.clock()
    crm.act("log", kind=kind, contact=lead, at=before(at, -3600 if kind == "meeting" else 0), owner=LENAS, actor=LENAS)
    found = connector.responses({lead: since})[lead]
    assert (found.lead, found.kind, found.by) == (lead, told, LENA)
    assert abs(datetime.fromisoformat(found.at) - datetime.fromisoformat(at)) < timedelta(seconds=10)
    assert connector.responses({lead: before(at, -30)}) == {}


def test_a_task_that_a_person_completed_is_a_response_and_one_that_a_client_completed_is_none(crm, connector):
    ids = crm.fill(3)
    since = crm.clock()
    tasks = [crm.make("tasks", {"hs_timestamp": "0"}, [one]) for one in ids]
    crm.tick(60)
    crm.act("complete_task", task=tasks[0], actor=LENAS)
    crm.edit_here(tasks[1], {"hs_task_status": "COMPLETED"}, actor="integration", kind="tasks")
    found = connector.responses(dict.fromkeys(ids, since))
    assert {lead: (one.kind, one.by) for lead, one in found.items()} == {ids[0]: ("task", LENA)}


def test_a_change_of_status_by_a_person_is_a_response_and_ours_is_none(crm, connector):
    ids = crm.fill(4)
    since = crm.clock()
    crm.tick(60)
    crm.edit_here(ids[0], {"hs_lead_status": "OPEN"}, actor=LENAS)
    crm.edit_here(ids[1], {"hs_lead_status": "OPEN"}, actor="integration")
    crm.edit_here(ids[2], {"hs_lead_status": "OPEN"}, actor="automation")
    crm.edit_here(ids[3], {"zip": "1"}, actor=LENAS)
    found = connector.responses(dict.fromkeys(ids, since))
    assert {lead: (one.kind, one.by) for lead, one in found.items()} == {ids[0]: ("status", LENA)}


def test_who_opened_a_deal_answered_and_an_app_that_did_did_not(crm, connector):
    ids = crm.fill(2)
    since = crm.clock()
    crm.tick(60)
    crm.act("open_deal", contact=ids[0], fields={"hubspot_owner_id": LENA}, actor=LENAS)
    crm.make("deals", {"dealname": "By an app", "dealstage": "appointmentscheduled"}, [ids[1]])
    found = connector.responses(dict.fromkeys(ids, since))
    assert {lead: (one.kind, one.by) for lead, one in found.items()} == {ids[0]: ("deal", LENA)}
    assert connector.responses({ids[0]: before(crm.clock(), -60)}) == {}


def test_the_first_response_counts(crm, connector):
    [lead] = crm.fill(1)
    since = crm.clock()
    crm.tick(60)
    crm.act("log", kind="call", contact=lead, actor=LENAS, owner=LENAS)
    crm.tick(60)
    crm.edit_here(lead, {"hs_lead_status": "OPEN"}, actor=LENAS)
    assert connector.responses({lead: since})[lead].kind == "call"
    later = before(crm.clock(), 30)
    assert connector.responses({lead: later})[lead].kind == "status"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("email", {"hs_email_direction": "INCOMING_EMAIL"}),
        ("email", {"hs_email_status": "BOUNCED"}),
        ("email", {"hs_email_status": "SCHEDULED"}),
        ("call", {"hs_call_status": "CANCELED"}),
    ],
)
def test_what_did_not_reach_the_lead_is_no_response(crm, connector, kind, fields):
    [lead] = crm.fill(1)
    since = crm.clock()
    crm.tick(60)
    crm.act("log", kind=kind, contact=lead, fields=fields)
    assert connector.responses({lead: since}) == {}


def test_what_an_app_logged_counts_where_it_names_a_user(crm, connector):
    ids = crm.fill(2)
    since = crm.clock()
    crm.tick(60)
    at = crm.clock()
    crm.make("calls", {"hs_timestamp": at, "hubspot_owner_id": MARC}, [ids[0]])
    crm.make("calls", {"hs_timestamp": at}, [ids[1]])
    found = connector.responses(dict.fromkeys(ids, since))
    assert {lead: one.by for lead, one in found.items()} == {ids[0]: MARC}


def test_a_meeting_for_several_leads_is_a_response_to_each(crm, connector):
    ids = crm.fill(2)
    since = crm.clock()
    crm.tick(60)
    crm.make("meetings", {"hs_meeting_start_time": before(crm.clock(), -3600)}, ids, actor=LENAS)
    assert set(connector.responses(dict.fromkeys(ids, since))) == set(ids)


def test_without_the_scope_for_emails_the_rest_is_known_still(crm, connector):
    [lead] = crm.fill(1)
    since = crm.clock()
    crm.tick(60)
    crm.act("log", kind="email", contact=lead)
    crm.tick(60)
    crm.act("log", kind="call", contact=lead)
    crm.act("scopes", remove=["sales-email-read"])
    assert connector.responses({lead: since})[lead].kind == "call"


def test_the_responses_of_a_hundred_leads_take_few_calls_and_no_search(crm, connector):
    ids = crm.fill(100)
    since = crm.clock()
    crm.tick(60)
    for lead in ids:
        crm.make("tasks", {"hs_timestamp": "0"}, [lead])
        crm.act("log", kind="call", contact=lead)
    before = connector.calls
    assert len(connector.responses(dict.fromkeys(ids, since))) == 100
    assert connector.calls - before == 10  # six kinds of association, tasks and calls, the status of fifty at a time
    assert not [path for path in crm.requests() if "search" in path]


# -- milestones -------------------------------------------------------------------------------------------------------


def test_the_first_deal_makes_an_opportunity(crm, connector):
    ids = crm.fill(3)
    early = crm.clock()
    crm.act("open_deal", contact=ids[0], fields={"createdate": early})
    crm.tick(60)
    crm.act("open_deal", contact=ids[0])
    crm.edit_here(ids[1], {"lifecyclestage": "opportunity"})
    found = connector.milestones(ids)
    assert set(found) == set(ids)
    assert abs(datetime.fromisoformat(found[ids[0]].opportunity_at) - datetime.fromisoformat(early)) < timedelta(
        seconds=1
    )
    assert found[ids[1]].opportunity_at > early
    assert found[ids[2]] == Milestones()


@pytest.mark.parametrize(
    ("outcome", "told"),
    [("COMPLETED", "held"), ("NO_SHOW", "missed"), ("CANCELED", "cancelled"), ("SCHEDULED", "planned"), ("", "")],
)
def test_the_first_meeting_and_what_came_of_it(crm, connector, outcome, told):
    [lead] = crm.fill(1)
    later, first = "2026-12-02T09:00:00Z", "2026-12-01T09:00:00Z"
    crm.act("log", kind="meeting", contact=lead, at=later)
    crm.act("log", kind="meeting", contact=lead, at=first, fields={"hs_meeting_outcome": outcome})
    crm.act(
        "log", kind="meeting", contact=lead, at="2026-11-30T09:00:00Z", fields={"hs_meeting_outcome": "RESCHEDULED"}
    )
    found = connector.milestones([lead])[lead]
    assert (found.meeting_at, found.meeting) == (first, told)


def test_without_the_scope_for_deals_the_lifecycle_stage_tells(crm, connector):
    [lead] = crm.fill(1)
    crm.act("open_deal", contact=lead)
    crm.act("scopes", remove=["crm.objects.deals.read"])
    assert connector.milestones([lead])[lead].opportunity_at


# -- what is lacking --------------------------------------------------------------------------------------------------


def test_nothing_is_lacking_in_a_portal_that_has_all(connector):
    assert isinstance(connector, Lacking)
    assert connector.lacks() == []


def test_scopes_that_are_missing_are_told_with_their_cure(crm, connector):
    lost = ["sales-email-read", "crm.objects.companies.read", "crm.objects.deals.read"]
    crm.act("scopes", remove=lost)
    told = {lack.message.split(":")[0]: lack.cure for lack in connector.lacks()}
    assert set(told) == {f"the token may not read {kind}" for kind in ("companies", "deals", "emails")}
    assert told["the token may not read emails"] == "Give its token the scope sales-email-read."


def test_notes_without_a_unique_key_are_told_with_their_cure(crm):
    crm.post("settings", {"unique_notes": False})
    with crm.connector() as connector:
        [lack] = connector.lacks()
    assert "the notes' property leadrelay_key is not unique" in lack.message
    assert "Note properties" in lack.cure
