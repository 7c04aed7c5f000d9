"""What leadrelay needs to be granted, as tables."""

import pytest

from leadrelay.connectors import hubspot_needs, salesforce_needs
from leadrelay.connectors.hubspot_scopes import SEEN
from leadrelay.connectors.needs import Need, Uses, missing, needed


def test_only_what_is_used_is_needed():
    assert [need.grant for need in needed(salesforce_needs.NEEDS, Uses("My_Lead__c"))] == [
        "ApiEnabled",
        "My_Lead__c.Read",
    ]
    assert [need.grant for need in hubspot_needs.scopes_needed(Uses("contacts"))] == ["crm.objects.contacts.read"]


def test_one_grant_for_several_uses_comes_once_and_is_vital_where_one_of_them_is():
    table = [
        Need("a", ("reads",), "x", "y", "z", vital=False),
        Need("a", ("writes",), "for {object}", "y", "z"),
        Need("b", ("tasks",), "x", "y", "z"),
    ]
    [only] = needed(table, Uses("Lead", writes=True))
    assert (only.vital, only.what) == (True, "for Lead")
    [weak] = needed(table, Uses("Lead"))
    assert not weak.vital
    assert missing([only, weak], {"a"}) == ()
    assert missing([only], set()) == (only,)


@pytest.mark.parametrize("table", [salesforce_needs.NEEDS, hubspot_needs.NEEDS])
def test_every_row_says_for_what_and_what_follows(table):
    for row in table:
        assert Uses("x").any_of(()) is False
        assert all(hasattr(Uses("x"), name) for name in row.features), row
        assert all((row.features, row.what, row.without, row.how)), row


def test_objects_of_a_portals_own_stand_under_custom():
    uses = Uses("p123_prospects", writes=True, notes=True)
    assert [need.grant for need in hubspot_needs.scopes_needed(uses)] == [
        "crm.objects.custom.read",
        "crm.objects.custom.write",
        "crm.schemas.custom.read",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
    ]


def test_what_is_read_beside_leads_has_its_row():
    assert {scope for scope, _ in SEEN.values()} <= {row.grant for row in hubspot_needs.NEEDS}


def test_what_is_too_much_is_told_with_the_reason():
    uses = Uses("contacts", writes=True)
    granted = {"oauth", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.export", "automation"}
    assert [(excess.grant) for excess in hubspot_needs.surplus(granted, uses)] == ["automation", "crm.export"]
    lead = Uses("Lead", setup=True)
    granted = {"ApiEnabled", "CustomizeApplication", "ViewAllData", "Lead.Delete"}
    assert [excess.grant for excess in salesforce_needs.surplus(granted, lead)] == ["ViewAllData"]
    [_, left] = salesforce_needs.surplus(granted, Uses("Lead"))
    assert (left.grant, "setup --export" in left.cure) == ("CustomizeApplication", True)
