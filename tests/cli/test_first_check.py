"""What a newcomer's first `check` says about the shipped playbook and mappings on the sample CRMs."""


def test_nothing_to_mend_in_what_is_shipped(crm, tell):
    told = tell("check", crm.name, "--json")
    assert told.code == 0
    said = [finding for finding in told.json["findings"] if finding["level"] != "ok"]
    assert {finding["level"] for finding in said} == {"hint"}
    assert any(finding["message"].startswith("status is never") for finding in said)
    sections = [finding["section"].partition(": ")[2] or finding["section"] for finding in told.json["findings"]]
    assert list(dict.fromkeys(sections)) == [one for one in ORDER if one in sections]
    assert tell("check", crm.name).out.splitlines()[-1].endswith(f"leadrelay plan {crm.name} --out plan.json")


ORDER = (
    "configuration",
    "sign-in",
    "access",
    "fields",
    "tasks",
    "people",
    "rules of the CRM",
    "rules",
    "examples",
    "providers",
    "schedule",
    "API calls",
    "state store",
)
