"""What is different where leads are kept in Salesforce contacts or custom objects, in HubSpot's leads or in its own."""

from contextlib import closing

import pytest
import requests

from leadrelay.connectors.base import HandOff, Once, Update
from leadrelay.connectors.hubspot import HubSpotConnector, HubSpotSettings
from leadrelay.connectors.people import Firm, Note
from leadrelay.connectors.salesforce import SalesforceConnector, SalesforceSettings
from leadrelay.errors import Refused
from leadrelay.sandbox import credentials

LENA = "41630112"


def of_salesforce(crm, kind):
    found = SalesforceSettings(
        client_id=credentials.SF_CLIENT_ID, client_secret=credentials.SF_CLIENT_SECRET, instance_url=crm.url
    )
    return closing(SalesforceConnector.connect(found, kind, crm.pace))


def of_hubspot(crm, kind):
    found = HubSpotSettings(access_token=credentials.HS_TOKEN, base_url=crm.url)
    return closing(HubSpotConnector.connect(found, kind, crm.pace, "leadrelay_key"))


# -- Salesforce contacts ----------------------------------------------------------------------------------------------


@pytest.fixture
def contact(salesforce_crm):
    """contact(account, **fields): a contact of it."""
    return lambda account="", **fields: salesforce_crm.put(
        "Contact", {"LastName": "Byron", **({"AccountId": account} if account else {}), **fields}
    )


def test_a_contact_has_an_account_of_its_own(salesforce_crm, contact):
    crm = salesforce_crm
    own = crm.account("Own", "own.example", crm.owners[0])
    other = crm.account("Other", "other.example", crm.owners[0])
    mate, here, alone = contact(own), contact(own, Email="a@other.example"), contact(Email="b@other.example")
    firms = [Firm(here, "other.example"), Firm(alone, "other.example")]
    with of_salesforce(crm, "Contact") as connector:
        assert {lead: found.id for lead, found in connector.accounts(firms).items()} == {here: own, alone: other}
        known = {lead: {one.id for one in found} for lead, found in connector.colleagues(firms).items()}
    assert mate in known[here]
    assert here not in known[here]


def test_a_contact_becomes_an_opportunity_by_its_first_role(salesforce_crm, contact):
    crm = salesforce_crm
    account = crm.account("Own", "own.example", crm.owners[0])
    buyer, other = contact(account), contact(account)
    deals = [
        crm.put(
            "Opportunity", {"Name": name, "AccountId": account, "StageName": "Prospecting", "CloseDate": "2027-01-01"}
        )
        for name in ("first", "second")
    ]
    for deal in reversed(deals):
        crm.put("OpportunityContactRole", {"OpportunityId": deal, "ContactId": buyer})
    with of_salesforce(crm, "Contact") as connector:
        found = connector.milestones([buyer, other])
    assert found.keys() == {buyer}
    assert found[buyer].opportunity_at[:19] == crm.store.get("Opportunity", deals[0])["CreatedDate"][:19]


def test_merged_contacts_are_a_family_and_custom_objects_have_none(salesforce_crm, contact):
    crm = salesforce_crm
    master, loser = contact(), contact()
    crm.act("merge", object="Contact", master=master, losers=[loser])
    with of_salesforce(crm, "Contact") as connector:
        assert connector.families([master]) == {master: [loser]}
    crm.act("create_object", name="Prospect__c")
    with of_salesforce(crm, "Prospect__c") as connector:
        assert connector.families([crm.put("Prospect__c", {"Name": "P"})]) == {}


def test_a_detail_has_no_owner_to_count_by(salesforce_crm):
    crm = salesforce_crm
    crm.act("create_object", name="Detail__c", master="Account")
    account = crm.account("Own", "own.example", crm.owners[0])
    detail = crm.put("Detail__c", {"Account__c": account})
    with of_salesforce(crm, "Detail__c") as connector:
        assert connector.workload() is None
        assert "no owner of their own" in " ".join(lack.message for lack in connector.lacks())
        assert connector.responses({detail: crm.clock()}) == {}
        assert connector.milestones([detail]) == {}


def test_a_call_about_a_record_is_an_answer(salesforce_crm):
    crm = salesforce_crm
    crm.act("create_object", name="Prospect__c")
    record = crm.put("Prospect__c", {"Name": "P"})
    before = crm.clock()
    crm.tick(1)
    crm.put("Task", {"WhatId": record, "Subject": "Call", "Status": "Completed", "TaskSubtype": "Call"})
    with of_salesforce(crm, "Prospect__c") as connector:
        assert connector.responses({record: before})[record].kind == "call"


def test_an_object_without_activities_gets_no_task(salesforce_crm):
    salesforce_crm.act("create_object", name="Quiet__c", activities=False)
    with of_salesforce(salesforce_crm, "Quiet__c") as connector:
        found = connector.guarantee()
    assert (found.once, "Allow Activities" in found.cure) == (Once.NEVER, True)


# -- HubSpot ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def lead(hubspot_crm):
    """A lead of HubSpot's, with its contact."""
    [contact] = hubspot_crm.fill(1)
    return made(hubspot_crm, "leads", {"hs_lead_name": "N"}, contact)


def made(crm, kind, properties, contact=""):
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]
    body = {"properties": properties, "associations": [{"to": {"id": contact}, "types": types}] if contact else []}
    return post(crm, f"/crm/v3/objects/{kind}", body)["id"]


def post(crm, path, body):
    headers = {"Authorization": f"Bearer {credentials.HS_TOKEN}"}
    answer = requests.post(f"{crm.url}{path}", json=body, headers=headers, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


def test_a_lead_that_is_moved_in_its_pipeline_was_answered(hubspot_crm, lead):
    crm = hubspot_crm
    before = crm.clock()
    crm.tick(1)
    body = {"object": "leads", "id": lead, "fields": {"hs_pipeline_stage": "attempting-stage-id"}, "actor": LENA}
    crm.post("edit", body)
    with of_hubspot(crm, "leads") as connector:
        assert connector.responses({lead: before})[lead].kind == "status"
        assert connector.link(lead).endswith(f"/0-136/{lead}")
        assert connector.milestones([lead])[lead].opportunity_at == ""
        assert connector.guarantee().once is Once.CLAIM


def define(crm):
    labels = {"singular": "Prospect", "plural": "Prospects"}
    names = [{"name": "prospect_name", "label": "Name"}]
    schema = {"name": "prospects", "labels": labels, "requiredProperties": ["prospect_name"], "properties": names}
    return post(crm, "/crm-object-schemas/v3/schemas", {**schema, "associatedObjects": []})


def test_an_object_of_the_portal_goes_by_its_id_in_addresses(hubspot_crm):
    crm = hubspot_crm
    told = define(crm)
    record = made(crm, "prospects", {"prospect_name": "N"})
    for name in ("prospects", told["fullyQualifiedName"], told["objectTypeId"]):
        with of_hubspot(crm, name) as connector:
            assert connector.link(record).endswith(f"/{told['objectTypeId']}/{record}")
            assert connector.families([record]) == {}
            assert connector.responses({record: crm.clock()}) == {}
            assert connector.guarantee().once is Once.CLAIM


@pytest.mark.parametrize("kept", ["tasks", "notes"])
def test_what_an_object_is_not_associated_with_is_not_made_for_it(hubspot_crm, kept):
    """A portal may have an object without tasks, or without notes."""
    crm = hubspot_crm
    define(crm)
    record = made(crm, "prospects", {"prospect_name": "N"})
    gone = {"tasks", "notes"} - {kept}
    types = [one for one in crm.store.recall("custom associations") if not gone & {one["source"], one["target"]}]
    crm.store.remember("custom associations", types)
    due = HandOff("key-1", Update(record, {}), "Call", "", "2027-01-01T00:00:00Z", note=Note("key-2", "Told", "Told"))
    with of_hubspot(crm, "prospects") as connector, pytest.raises(Refused, match=f"{gone.pop()} cannot be associated"):
        list(connector.hand_off([due]))
    assert crm.tasks() == []
