"""`mapping test` on both sandboxes: the screen and the document."""

import pytest

from leadrelay import mappings

SHIPPED = {"salesforce": "salesforce-lead", "hubspot": "hubspot-contact"}
PHONE = {
    "salesforce": ('phone = "Phone"', 'phone = { first = ["MobilePhone", "Phone"] }', "MobilePhone"),
    "hubspot": ('phone = "phone"', 'phone = { first = ["mobilephone", "phone"] }', "mobilephone"),
}


@pytest.fixture
def own(crm, desk):
    """A desk whose job reads phones from two fields, and a lead that has both."""
    shipped = SHIPPED[crm.name]
    before, after, mobile = PHONE[crm.name]
    (desk.folder / "own.toml").write_text(mappings.text(shipped).replace(before, after))
    desk.write(lambda text: text.replace(f'"{shipped}"', '"own.toml"'))
    lead = min(crm.rows(crm.kind))
    crm.edit(lead, **{mobile: "+49 171 1234567"})
    return desk, crm, lead, mobile


def test_a_record_there_and_back(own):
    desk, crm, lead, mobile = own
    before = len(crm.effects())
    found = desk.json("mapping", "test", crm.name, "--lead", lead, exits=(0,))
    phone = next(one for one in found["read"] if one["lead"] == "phone")
    assert phone["from"][0] == {"field": mobile, "text": "+49 171 1234567"}
    assert (phone["value"], phone["given"], phone["type"]) == ("+49 171 1234567", True, "text")
    assert phone["steps"][0].endswith(f": {mobile}")
    does = {one["field"].lower().removesuffix("__c"): one["does"] for one in found["write"]}
    assert does["leadrelay_score"] == does["leadrelay_stage"] == "write"
    assert set(does.values()) <= {"write", "same", "nothing", "withheld"}
    assert len(crm.effects()) == before

    screen = desk.run("mapping", "test", crm.name, "--lead", lead, COLUMNS="200")
    assert screen.returncode == 0
    lines = screen.stdout.splitlines()
    assert "Record → lead" in lines
    assert "Lead → record" in lines
    assert any(mobile in line and "+49 171 1234567" in line and "first of" in line for line in lines)
    assert any("eadrelay_" in line and "written" in line for line in lines)


@pytest.mark.parametrize("crm", ["salesforce"], indirect=True)
def test_a_lead_that_is_not_there_and_one_that_is_not_named(crm, desk):
    missing = desk.run("mapping", "test", crm.name, "--lead", "00Q000000000000AAA")
    assert missing.returncode == 2
    assert f"mapping test {crm.name}" in missing.stderr
    assert desk.run("mapping", "test", crm.name).returncode == 2
