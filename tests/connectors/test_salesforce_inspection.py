"""One look at a Salesforce organisation: what it tells, in how few calls, and what is left where it is refused."""

from contextlib import closing
from dataclasses import replace

import pytest
import requests

from leadrelay.connectors.base import Once, Usage
from leadrelay.connectors.inspection import PARTS, Inspectable, Rule, RuleKind
from leadrelay.connectors.needs import Uses, missing, needed
from leadrelay.connectors.salesforce import SalesforceConnector, SalesforceSettings
from leadrelay.connectors.salesforce_needs import NEEDS, surplus
from leadrelay.connectors.saved import Saved, from_text, to_text
from leadrelay.errors import Refused
from leadrelay.sandbox import credentials
from leadrelay.sandbox.wire import Response


@pytest.fixture
def crm(salesforce_crm):
    salesforce_crm.fill(5)
    yield salesforce_crm
    salesforce_crm.post("reset")


def look(crm, parts=PARTS, related=("Account",), **settings):
    with crm.connector(**settings) as connector:
        return connector.inspect(parts, related)


def signed_in(crm):
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.SF_CLIENT_ID,
        "client_secret": credentials.SF_CLIENT_SECRET,
    }
    token = requests.post(f"{crm.url}/services/oauth2/token", data=form, timeout=30).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def told(found):
    return [f"{lack.message} {lack.cure}" for lack in found.lacks]


def test_a_whole_inspection_takes_at_most_eight_calls(crm):
    before = crm.calls()
    with crm.connector() as connector:
        found = connector.inspect(PARTS, ["Account", "Campaign__c"])
        assert connector.calls == crm.calls() - before == 6
        assert isinstance(connector, Inspectable)
        assert connector.lacks() is not None
        assert connector.guarantee() == found.guarantee
        assert connector.calls == 6, "what was told is not asked again"
    assert "Campaign__c" not in found.related


def test_it_tells_who_the_organisation_is_and_what_it_has(crm):
    found = look(crm)
    assert (found.kind, found.object, found.organisation_name, found.test) == (
        "salesforce",
        "Lead",
        "Sandbox Discovery",
        True,
    )
    assert found.organisation.startswith("00D")
    assert found.zone == "Europe/London"
    assert found.records == 5
    assert found.usage
    assert found.usage == Usage(found.usage.used, 100_000)
    assert found.taken_at.endswith("Z")
    assert found.guarantee
    assert found.guarantee.once is Once.ATOMIC
    assert found.rules == (Rule(RuleKind.ASSIGNMENT, "Standard"),)
    assert {owner.name for owner in found.owners if owner.queue} == {"Inbound Leads", "Nurture"}
    assert [owner.name for owner in found.owners if not owner.active] == ["Greta Nilsson"]
    assert found.lacks == ()


def test_fields_tell_what_check_asks_of_them(crm):
    found = look(crm)
    status, last = found.fields["Status"], found.fields["LastName"]
    assert status.default == "Open - Not Contacted"
    assert last.required
    assert not last.nillable
    assert last.createable
    assert not last.custom
    assert found.fields["City"].part_of == "Address"
    assert not found.fields["Address"].createable
    assert found.fields["Address"].part_of == ""
    assert found.fields["HasOptedOutOfEmail"].default == "false"
    key = found.task_fields["Leadrelay_Key__c"]
    assert key.custom
    assert key.unique
    assert key.external_id
    assert "Website" in found.related["Account"]


def test_only_what_is_wanted_is_asked_for(crm):
    before = crm.calls()
    found = look(crm, {"fields"}, ())
    assert crm.calls() - before == 2
    assert found.fields
    assert found.organisation
    assert (found.owners, found.granted, found.records, found.usage, found.guarantee) == (None,) * 5


def test_a_single_currency_is_told_without_rates(crm):
    crm.post("settings", {"currency": "EUR", "time_zone": "Europe/Berlin"})
    found = look(crm)
    assert (found.currencies.default, found.currencies.several, dict(found.currencies.rates)) == ("EUR", False, {})
    assert found.zone == "Europe/Berlin"
    assert "CurrencyIsoCode" not in found.fields


def test_where_connect_is_refused_the_currency_is_not_known(crm):
    said = [{"errorCode": "FUNCTIONALITY_NOT_ENABLED", "message": "Connect is not enabled"}]
    crm.app.faults.append(lambda request: Response(403, said) if "/connect/" in request.path else None)
    try:
        found = look(crm)
    finally:
        crm.app.faults.clear()
    assert (found.currencies.default, found.currencies.several) == ("", False)
    assert found.records == 5


def test_what_the_guarantee_needs_and_is_refused_leaves_the_rest(crm):
    said = [{"errorCode": "INVALID_FIELD", "message": "No such column 'IsConverted' on entity 'Lead'."}]
    crm.app.faults.append(lambda request: Response(400, said) if "IsConverted" in request.query.get("q", "") else None)
    try:
        found = look(crm)
    finally:
        crm.app.faults.clear()
    assert found.guarantee is None
    assert any("exactly once cannot be told (INVALID_FIELD)" in lack for lack in told(found))
    assert found.fields


def test_guests_are_nobody_who_could_own_a_lead(crm):
    crm.store.db.execute("""UPDATE User SET UserType = 'Guest' WHERE LastName = 'Okafor'""")
    found = look(crm, {"owners"})
    assert "Ada Okafor" not in {owner.name for owner in found.owners}
    with crm.connector() as connector:
        assert connector.owners() == list(found.owners)


def test_several_currencies_come_with_what_one_unit_is_worth(crm):
    crm.post("settings", {"several_currencies": True})
    found = look(crm)
    assert found.currencies.default == "USD"
    assert found.currencies.several
    assert found.currencies.rates["USD"] == 1
    assert found.currencies.rates["EUR"] == pytest.approx(1 / 0.92)
    assert found.fields["CurrencyIsoCode"].default == "USD"
    [sampled] = look_at(crm, ["CurrencyIsoCode"], 1)["CurrencyIsoCode"]
    assert sampled == "USD"


def test_duplicate_rules_and_an_idle_assignment_rule_are_told(crm):
    crm.act("duplicates", object="Lead", rule="block", fields=["Email"])
    crm.act("duplicates", object="Contact", rule="alert", fields=["Email"])
    crm.act("assignment_rule", active=False)
    assert look(crm).rules == (
        Rule(RuleKind.ASSIGNMENT, "Standard", active=False),
        Rule(RuleKind.DUPLICATE, "Lead Duplicate Rule 1", blocks=None),
    )
    crm.act("clear_rules", object="Lead")
    assert len(look(crm).rules) == 1


def test_private_leads_are_told_unless_this_user_sees_them_all(crm):
    crm.post("settings", {"lead_access": "None"})
    found = look(crm)
    assert [lack.message.partition(":")[0] for lack in found.lacks] == ["records of Lead are private here"]
    crm.store.db.execute("UPDATE ObjectPermissions SET PermissionsViewAllRecords = 1")
    found = look(crm)
    assert "Lead.ViewAllRecords" in found.granted
    assert found.lacks == ()
    crm.act("revoke", permission="ViewSetup")
    assert any("are private" in lack for lack in told(look(crm, {"granted"})))
    crm.act("grant", permission="ViewAllData")
    assert told(look(crm, {"granted"})) == []


def test_a_permission_that_the_edition_has_not_hides_none_of_the_others(crm):
    known = crm.store.columns("UserPermissionAccess")["permissionsauthorapex"]
    crm.store.change_column("UserPermissionAccess", replace(known, meta={**known.meta, "granted": False}))
    granted = look(crm, {"granted"}).granted
    assert {"ApiEnabled", "CustomizeApplication"} <= granted
    assert "AuthorApex" not in granted


def test_a_custom_object_is_looked_at_as_leads_are(crm):
    crm.post("act", {"action": "create_object", "name": "Prospect__c"})
    settings = SalesforceSettings(
        client_id=credentials.SF_CLIENT_ID, client_secret=credentials.SF_CLIENT_SECRET, instance_url=crm.url
    )
    with closing(SalesforceConnector.connect(settings, "prospect__c", crm.pace)) as connector:
        found = connector.inspect(PARTS, ["Account"])
        assert connector.calls <= 8
    assert {"prospect__c.Read", "prospect__c.Edit"} <= found.granted
    assert found.rules == ()
    assert found.records == 0


@pytest.mark.parametrize(
    ("permission", "path", "body"),
    [
        ("CustomizeApplication", "tooling/sobjects/CustomField", {}),
        ("ManageProfilesPermissionsets", "sobjects/PermissionSet", {"Name": "A", "Label": "A"}),
        ("AssignPermissionSets", "sobjects/PermissionSetAssignment", {}),
    ],
)
def test_setting_up_takes_the_permissions_that_the_table_names(crm, permission, path, body):
    crm.act("revoke", permission=permission)
    uses = Uses("Lead", setup=True)
    with crm.connector() as connector:
        [lost] = missing(needed(NEEDS, uses), connector.inspect({"granted"}).granted)
    answer = requests.post(f"{crm.url}/services/data/v60.0/{path}", json=body, headers=signed_in(crm), timeout=30)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS")
    assert lost.grant == permission


def test_without_api_enabled_nothing_is_told(crm):
    crm.act("revoke", permission="ApiEnabled")
    with pytest.raises(Refused, match="Give the API user the permission API Enabled"):
        look(crm)


def test_what_is_granted_is_enough_for_all_that_leadrelay_does(crm):
    uses = Uses("Lead", **dict.fromkeys(["writes", "owners", "tasks", "notes", "roster", "sla", "report"], True))
    granted = look(crm).granted
    assert missing(needed(NEEDS, uses), granted) == ()
    crm.act("revoke", permission="TransferAnyLead")
    crm.act("grant", permission="ModifyAllData")
    granted = look(crm).granted
    [lost] = missing(needed(NEEDS, uses), granted)
    assert (lost.grant, lost.vital) == ("TransferAnyLead", False)
    assert [excess.grant for excess in surplus(granted, uses)] == [
        "ModifyAllData",
        "CustomizeApplication",
        "ManageProfilesPermissionsets",
        "AssignPermissionSets",
    ]


@pytest.mark.parametrize(
    ("name", "part", "said"),
    [
        ("User", "owners", "may not see users: no owner can be checked"),
        ("UserPermissionAccess", "granted", "does not tell this user's permissions"),
        ("AssignmentRule", "rules", "may not see assignment rules"),
        ("Account", "related", "may not see Account, or there is none"),
    ],
)
def test_what_is_refused_is_a_lack_and_the_rest_is_told(crm, name, part, said):
    crm.act("hide_object", object=name)
    try:
        found = look(crm)
    finally:
        crm.act("show_object", object=name)
    assert not getattr(found, part)
    assert any(said in lack for lack in told(found))
    assert found.fields
    assert found.records == 5


def test_without_view_setup_duplicate_rules_are_not_seen(crm):
    crm.act("duplicates", object="Lead", rule="alert", fields=["Email"])
    crm.act("revoke", permission="ViewSetup")
    found = look(crm)
    assert found.rules == (Rule(RuleKind.ASSIGNMENT, "Standard"),)
    assert any("duplicate rules" in lack and "View Setup" in lack for lack in told(found))


def test_an_object_that_is_not_seen_is_refused(crm):
    crm.act("hide_object", object="Lead")
    try:
        with pytest.raises(Refused, match="has no object Lead, or hides it from the API user") as caught:
            look(crm)
        assert "api_version" not in str(caught.value)
    finally:
        crm.act("show_object", object="Lead")


def look_at(crm, fields, count):
    with crm.connector() as connector:
        return connector.sample(fields, count)


def test_a_sample_is_of_what_changed_last(crm):
    [first, *_, _last] = crm.ids()
    crm.tick(5)
    crm.edit(first, {"Company": "Newest"})
    found = look_at(crm, ["company", "NumberOfEmployees", "Owner.Name"], 3)
    assert found.columns == ["id", "company", "NumberOfEmployees", "Owner.Name"]
    assert found.height == 3
    assert found.row(0)[:3] == (first, "Newest", None)
    assert set(found.dtypes) == {found.schema["id"]}


def test_a_sample_of_more_fields_than_fit_into_one_query_is_whole(crm):
    with crm.connector() as connector:
        names = [name for name in connector.describe() if name != "Address"]
        many = [f"Owner.{name}" if at % 2 else f"CreatedBy.{name}" for at, name in enumerate(["Name", "Email"] * 1)]
        before = connector.calls
        found = connector.sample([*names, *many], 4)
        assert found.height == 4
        assert found["LastName"].null_count() == 0
        assert connector.calls - before >= 1


def test_an_inspection_comes_back_from_a_file_without_people(crm):
    found = look(crm)
    text = to_text(Saved("acme", found))
    back = from_text(text, "crm.json").inspection
    people = [owner for owner in found.owners if not owner.queue]
    assert not any(owner.name in text or owner.email in text for owner in people)
    assert replace(back, owners=found.owners, usage=found.usage) == found
