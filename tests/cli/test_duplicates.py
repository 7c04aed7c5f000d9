"""`leadrelay duplicates` on both sandboxes, and one person who is handed off once."""

import pytest

WRITES = "hold_duplicates = true\n"


@pytest.fixture
def held(desk):
    text = desk.config.read_text()
    parts = [part + WRITES if part.startswith(("salesforce]", "hubspot]")) else part for part in text.split("[jobs.")]
    desk.config.write_text("[jobs.".join(parts))
    return desk


@pytest.mark.parametrize("job", ["salesforce", "hubspot"])
def test_leads_of_one_person_are_listed_and_one_of_them_is_handed_off(held, job):
    assert held.json("duplicates", job) == {"job": job, "known": 0, "asked": True, "groups": []}
    assert "after: leadrelay run" in held.run("duplicates", job).stdout
    held.json("run", job)
    found = held.json("duplicates", job)
    assert found["known"] > 0
    for group in found["groups"]:
        assert len(group["leads"]) > 1
        assert sum(lead["oldest"] for lead in group["leads"]) == 1
        assert sum(lead["handed_off"] for lead in group["leads"]) <= 1
        assert set(group["agree"]) <= {"e-mail", "telephone and family name", "name and company"}
    said = held.run("duplicates", job)
    assert said.returncode == 0
    assert "@" not in said.stdout


def test_a_job_that_does_not_ask_says_so(desk):
    assert "hold_duplicates" in desk.run("duplicates", "salesforce").stdout
