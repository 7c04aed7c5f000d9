"""What a newcomer's first `check` says about the shipped playbook and mappings on the sample CRMs."""


def test_nothing_to_mend_in_what_is_shipped(crm, tell):
    told = tell("check", crm.name, "--json")
    assert told.code == 0
    said = [finding for finding in told.json["findings"] if finding["level"] != "ok"]
    assert {finding["level"] for finding in said} == {"hint"}
    assert any(finding["message"].startswith("status is never") for finding in said)
    assert [f["message"] for f in said if f["section"].endswith(": access")] in ([], [_SETUP])


_SETUP = (
    "CustomizeApplication, ManageProfilesPermissionsets, AssignPermissionSets: granted, and needed for "
    "`leadrelay setup` only"
)
