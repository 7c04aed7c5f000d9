"""One look at a HubSpot portal: what it tells, in how few calls, and what is left where a scope is missing."""

from dataclasses import replace

import pytest
import requests

from leadrelay.connectors.base import Once
from leadrelay.connectors.hubspot import HubSpotConnector, HubSpotSettings
from leadrelay.connectors.hubspot_needs import scopes_needed, surplus
from leadrelay.connectors.inspection import PARTS, Inspectable
from leadrelay.connectors.needs import Uses, missing
from leadrelay.connectors.saved import Saved, from_text, to_text
from leadrelay.errors import Refused
from leadrelay.sandbox import credentials

ALL = Uses(
    "contacts",
    **dict.fromkeys(
        ["writes", "owners", "tasks", "notes", "roster", "sla", "report", "accounts", "people", "rates", "setup"], True
    ),
)


@pytest.fixture
def crm(hubspot_crm):
    hubspot_crm.fill(5)
    yield hubspot_crm
    hubspot_crm.act("scopes", all=True)
    hubspot_crm.post("reset")


def look(crm, parts=PARTS, related=("companies",), **settings):
    with crm.connector(**settings) as connector:
        return connector.inspect(parts, related)


def told(found):
    return [f"{lack.message} {lack.cure}" for lack in found.lacks]


def test_a_whole_inspection_takes_at_most_twelve_calls(crm):
    crm.post("settings", {"several_currencies": True})
    before = crm.calls()
    with crm.connector() as connector:
        assert connector.organisation() == "26892217"
        found = connector.inspect(PARTS, ["companies"])
        assert connector.calls == crm.calls() - before == 11
        assert found.test
        assert isinstance(connector, Inspectable)
        assert found.guarantee == connector.guarantee()
    assert found.lacks == ()


def test_it_tells_who_the_portal_is_and_what_it_has(crm):
    crm.post("settings", {"account_type": "STANDARD", "time_zone": "Asia/Tokyo", "currency": "EUR"})
    found = look(crm)
    assert (found.kind, found.object, found.organisation, found.test) == ("hubspot", "contacts", "26892217", False)
    assert found.zone == "Asia/Tokyo"
    assert (found.currencies.default, found.currencies.several, dict(found.currencies.rates)) == ("EUR", False, {})
    assert found.records == 5
    assert found.usage.total == 625_000
    assert found.guarantee.once is Once.CLAIM
    assert found.rules == ()
    assert any(owner.queue for owner in found.owners)
    assert any(not owner.active for owner in found.owners)


def test_several_currencies_come_with_what_one_unit_is_worth(crm):
    crm.post("settings", {"several_currencies": True})
    found = look(crm, {"currencies"})
    assert found.currencies.rates == {"USD": 1.0, "EUR": 1.08, "GBP": 1.27, "JPY": 0.0067, "KWD": 3.25}
    crm.act("scopes", remove=["settings.currencies.read"])
    found = look(crm, {"currencies"})
    assert (found.currencies.default, found.currencies.several, dict(found.currencies.rates)) == ("USD", True, {})
    assert any("exchange rates" in lack and "settings.currencies.read" in lack for lack in told(found))


def test_fields_tell_what_check_asks_of_them(crm):
    fields = look(crm, {"fields"}).fields
    stage = fields["lifecyclestage"]
    assert stage.words["marketingqualifiedlead"] == "Marketing Qualified Lead"
    assert not stage.custom
    made = fields["hs_object_id"]
    assert not made.updateable
    assert not made.createable


def test_what_is_granted_is_told_and_what_is_too_much(crm):
    found = look(crm, {"granted"})
    assert missing(scopes_needed(ALL), found.granted) == ()
    reads = Uses("contacts")
    assert {excess.grant for excess in surplus(found.granted, reads)} == found.granted - {
        "oauth",
        "crm.objects.contacts.read",
        "crm.schemas.contacts.read",
        "crm.schemas.custom.read",
    }
    crm.act("scopes", remove=["sales-email-read", "crm.objects.contacts.write"])
    lost = missing(scopes_needed(ALL), look(crm, {"granted"}).granted)
    assert {(need.grant, need.vital) for need in lost} == {
        ("crm.objects.contacts.write", True),
        ("sales-email-read", False),
    }


@pytest.mark.parametrize("tells", [True, False])
def test_what_may_not_be_read_is_a_lack_whether_the_token_tells_its_scopes_or_not(crm, tells):
    crm.post("settings", {"tells_scopes": tells})
    crm.act("scopes", remove=["crm.objects.deals.read", "sales-email-read"])
    found = look(crm)
    assert [lack.message.partition(":")[0] for lack in found.lacks] == [
        "the token may not read deals",
        "the token may not read emails",
    ]
    assert (found.granted is not None) is tells
    with crm.connector() as connector:
        assert connector.lacks() == list(found.lacks)


def test_twelve_calls_are_enough_where_the_token_does_not_tell_its_scopes(crm):
    crm.post("settings", {"tells_scopes": False})
    before = crm.calls()
    assert look(crm, PARTS, ()).lacks == ()
    assert crm.calls() - before <= 12


def test_tasks_that_are_out_of_sight_leave_the_rest(crm):
    define(crm, "prospects")
    crm.act("scopes", remove=["crm.objects.contacts.read", "crm.schemas.contacts.read"])
    settings = HubSpotSettings(name="test", access_token=credentials.HS_TOKEN, base_url=crm.url)
    connector = HubSpotConnector.connect(settings, "p26892217_prospects", crm.pace, crm.task_key)
    found = connector.inspect(PARTS)
    connector.close()
    assert found.guarantee is None
    assert found.task_fields == {}
    assert found.fields
    assert any("properties of tasks" in lack for lack in told(found))


def test_owners_and_records_that_are_refused_are_lacks(crm):
    crm.act("scopes", remove=["crm.objects.owners.read", "crm.objects.companies.read", "crm.schemas.companies.read"])
    found = look(crm)
    assert found.owners is None
    assert found.related == {}
    assert any("read owners" in lack and "crm.objects.owners.read" in lack for lack in told(found))
    assert any("properties of companies" in lack for lack in told(found))
    assert found.records == 5


def test_an_object_that_may_not_be_described_is_refused(crm):
    crm.act("scopes", remove=["crm.objects.contacts.read", "crm.schemas.contacts.read"])
    with pytest.raises(Refused):
        look(crm)


def test_a_portal_without_unique_keys_is_told_as_it_is(crm):
    crm.post("settings", {"unique_tasks": False, "unique_notes": False})
    found = look(crm)
    assert found.guarantee.once is Once.MARKER
    with crm.connector() as connector:
        assert connector.guarantee() == found.guarantee
        assert connector.lacks() == list(found.lacks)
    assert len(found.lacks) == 1


def test_an_oauth_token_is_asked_about_elsewhere(crm):
    form = {
        "grant_type": "refresh_token",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "refresh_token": "sandbox-refresh-token",
    }
    token = requests.post(f"{crm.url}/oauth/v1/token", data=form, timeout=30).json()["access_token"]
    settings = HubSpotSettings(name="oauth", access_token=token, base_url=crm.url)
    connector = HubSpotConnector.connect(settings, "contacts", crm.pace)
    found = connector.inspect({"granted", "usage"})
    connector.close()
    assert "crm.objects.contacts.read" in found.granted
    assert found.usage is None, "daily figures are told to private apps only"


def test_a_sample_is_of_what_changed_last(crm):
    first, *_ = crm.ids()
    crm.tick(5)
    crm.edit(first, {"company": "Newest"})
    with crm.connector() as connector:
        found = connector.sample(["company", "email"], 3)
        assert connector.calls == 1
        assert connector.sample(["company"], 50).height == 5
    assert found.columns == ["id", "company", "email"]
    assert found.height == 3
    assert found.row(0) == (first, "Newest", None)


def test_an_inspection_comes_back_from_a_file_without_people(crm):
    found = look(crm)
    text = to_text(Saved("acme", found))
    people = [owner for owner in found.owners if not owner.queue]
    assert not any(owner.name in text or owner.email in text for owner in people)
    back = from_text(text, "crm.json").inspection
    assert replace(back, owners=found.owners, usage=found.usage) == found


@pytest.mark.parametrize("kind", ["leads", "p26892217_prospects"])
def test_other_objects_take_at_most_twelve_calls_too(crm, kind):
    if kind != "leads":
        define(crm, "prospects")
    settings = HubSpotSettings(name="test", access_token=credentials.HS_TOKEN, base_url=crm.url)
    connector = HubSpotConnector.connect(settings, kind, crm.pace, crm.task_key)
    found = connector.inspect(PARTS, ["companies"])
    connector.close()
    assert connector.calls <= 12
    assert found.fields
    scopes = {need.grant for need in scopes_needed(Uses(kind, writes=True))}
    word = kind if kind == "leads" else "custom"
    assert scopes - {"crm.schemas.custom.read"} == {f"crm.objects.{word}.read", f"crm.objects.{word}.write"}
    assert scopes <= found.granted


def define(crm, name):
    body = {
        "name": name,
        "labels": {"singular": "Prospect", "plural": "Prospects"},
        "primaryDisplayProperty": "title",
        "requiredProperties": ["title"],
        "properties": [{"name": "title", "label": "Title", "type": "string", "fieldType": "text"}],
        "associatedObjects": ["CONTACT"],
    }
    headers = {"Authorization": f"Bearer {credentials.HS_TOKEN}"}
    answer = requests.post(f"{crm.url}/crm-object-schemas/v3/schemas", json=body, headers=headers, timeout=30)
    assert answer.ok, answer.text


def test_a_sample_of_many_fields_is_read_from_the_records(crm):
    first, *_ = crm.ids()
    crm.app.load_table([f"A column with a long name {at}" for at in range(40)], [["x"] * 40])
    crm.tick(5)
    crm.edit(first, {"company": "Newest"})
    with crm.connector() as connector:
        names = list(connector.describe())
        before = connector.calls
        found = connector.sample(names, 3)
        assert connector.calls - before == 2
    assert found.columns == ["id", *names]
    assert found["company"].to_list()[0] == "Newest"
    assert found["id"].to_list()[0] == first
    assert found.height == 3
