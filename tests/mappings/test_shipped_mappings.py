from datetime import UTC, datetime

import polars as pl
import pytest

from leadrelay import mappings, playbooks
from leadrelay.core.changes import Policy
from leadrelay.core.lead import LEAD, Type
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.mappings.mapping import load, read
from leadrelay.sandbox.samples import people
from tests.mappings.conftest import TEAM

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OURS = {
    "score", "fit", "engagement", "intent", "bant_score", "grade", "stage", "reasons", "bant", "bant_evidence",
    "next_question", "bant_budget", "bant_authority", "bant_need", "bant_timeline", "band", "qualification",
    "gate_missing", "recycle_reason", "reengage_on", "recycled_before",
}  # fmt: skip


@pytest.fixture(scope="module")
def playbook():
    return load_playbook(playbooks.text("it-discovery"), "it-discovery")


@pytest.fixture(scope="module", params=mappings.names())
def mapping(request, playbook):
    return load(mappings.text(request.param), request.param, playbook)


def test_there_is_one_for_each_crm():
    assert mappings.names() == ("hubspot-contact", "salesforce-lead")


def test_every_lead_field_is_read(mapping):
    assert {one.lead for one in mapping.reads} == set(LEAD)


def test_every_field_of_ours_is_written(mapping):
    own = {one.field.lower().removesuffix("__c") for one in mapping.writes if one.policy is Policy.OWN}
    assert own == {f"leadrelay_{name}" for name in OURS}


def test_shared_fields_are_never_taken_from_people(mapping):
    assert {one.policy for one in mapping.writes if not one.field.lower().startswith("leadrelay_")} == {
        Policy.UNLESS_EDITED
    }
    assert all(one.initial for one in mapping.writes if one.policy is Policy.UNLESS_EDITED)


def as_record(value, kind, crm):
    if value is None:
        return None
    if kind is Type.DATETIME:
        return value.strftime("%Y-%m-%dT%H:%M:%S.000") + ("+0000" if crm == "Lead" else "Z")
    if kind is Type.LIST:
        return ";".join(value)
    if kind in {Type.INTEGER, Type.NUMBER}:
        return str(float(value)) if crm == "Lead" else str(value)
    return str(value).lower() if kind is Type.BOOLEAN else str(value)


@pytest.mark.parametrize(
    ("name", "field"),
    [("salesforce-lead", "Leadrelay_Owner_Reason__c"), ("hubspot-contact", "leadrelay_owner_reason")],
)
def test_where_owners_are_chosen_the_reason_has_a_field(name, field, playbook):
    chooses = load_playbook(playbooks.text("it-discovery") + TEAM, "it-discovery")
    assert load(mappings.text(name), name, chooses).task.reason == field
    assert field not in load(mappings.text(name), name, playbook).crm_fields()


def test_the_sample_leads_come_through(mapping, playbook):
    crowd = list(people(300, 7, NOW))
    columns = {"id": [str(number) for number in range(len(crowd))]}
    for one in mapping.reads:
        columns[one.field] = [as_record(person.get(one.lead), one.type, mapping.object) for person in crowd]
    if mapping.object == "contacts":
        columns["lifecyclestage"] = ["opportunity" if person.get("converted") else "lead" for person in crowd]
    leads = read(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), mapping, playbook)
    assert leads["bad_values"].sum() == 0
    for name, field in LEAD.items():
        for person, value in zip(crowd, leads[name].to_list(), strict=True):
            assert equal(person.get(name), value) or (name in MAPPED and field.type is Type.TEXT), name


MAPPED = {"source", "industry", "country"}


def equal(original, value):
    if isinstance(original, str):
        original = original.strip() or None
    if isinstance(original, list):
        original = original or None
    if isinstance(original, datetime):
        original = original.replace(microsecond=0)
    return original == value


def test_sources_become_channels_and_countries_one_spelling(mapping, playbook):
    by_lead = {one.lead: one.field for one in mapping.reads}
    columns = {field: [None] * 8 for field in by_lead.values()} | {"id": [str(number) for number in range(8)]}
    sources = [
        "Web",
        "Phone Inquiry",
        "Partner Referral",
        "Purchased List",
        "Webinar",
        "Trade Show",
        "Outbound",
        "Other",
    ]
    columns[by_lead["source"]] = sources
    columns[by_lead["country"]] = ["USA", "U.S.", "us", "Deutschland", "日本", "UK", "Atlantis", " usa "]
    leads = read(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), mapping, playbook)
    channels = ["inbound", "inbound", "referral", "outbound", "event", "event", "outbound", "Other"]
    assert leads["source"].to_list() == channels
    us = "United States"
    assert leads["country"].to_list() == [us, us, us, "Germany", "Japan", "United Kingdom", "Atlantis", us]
