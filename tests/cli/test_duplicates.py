"""`leadrelay duplicates` on both sandboxes, and one person who is handed off once."""

import pytest


@pytest.fixture
def held(desk):
    text = desk.config.read_text()
    parts = text.split("[jobs.")
    desk.config.write_text("[jobs.".join([parts[0], *(f"{part}hold_duplicates = true\n" for part in parts[1:])]))
    return desk


def test_leads_of_one_person_are_listed_and_one_of_them_is_handed_off(held, crm):
    assert held.json("duplicates", crm.name) == {"job": crm.name, "known": 0, "asked": True, "groups": []}
    assert "after: leadrelay run" in held.run("duplicates", crm.name).stdout
    due = [lead["lead"] for lead in held.json("plan", crm.name)["leads"] if lead["task"]]
    one, other = due[:2]
    phone, family = ("Phone", "LastName") if crm.name == "salesforce" else ("phone", "lastname")
    for lead in (one, other):
        crm.edit(lead, **{phone: "+49 30 1234567", family: "Zweimal"})
    held.json("run", crm.name)
    found = held.json("duplicates", crm.name)
    assert found["known"] > 2
    [group] = [group for group in found["groups"] if {lead["id"] for lead in group["leads"]} == {one, other}]
    assert group["agree"] == ["telephone and family name"]
    assert sorted((lead["handed_off"], lead["held"]) for lead in group["leads"]) == [(False, True), (True, False)]
    assert [lead["oldest"] for lead in group["leads"]] == [True, False]
    [waiting] = [lead["id"] for lead in group["leads"] if lead["held"]]
    [handed] = {one, other} - {waiting}
    told = held.json("explain", crm.name, waiting)
    assert (told["task"], told["duplicates"]) == ("", [handed])
    assert told["no_task"].startswith(f"no task is created: {handed} is the same person (telephone and family name)")
    said = held.run("duplicates", crm.name)
    assert said.returncode == 0
    assert "1 person in 2" in said.stdout
    assert "Zweimal" not in said.stdout


def test_a_job_that_does_not_ask_says_so(desk):
    assert "hold_duplicates" in desk.run("duplicates", "salesforce").stdout
