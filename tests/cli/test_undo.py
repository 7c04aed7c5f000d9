"""`rollback` over the command line on both CRMs, and the screens around it."""

import sqlite3
import time

import pytest

from torture.kills import born


def ran(crm, tell):
    """A run's id. A second later nothing counts as changed just now."""
    run = tell("run", crm.name, "--json").json["run"]
    crm.post("clock", advance=2)
    return run


def test_a_run_is_undone_within_its_own_second_and_done_again_by_no_one(crm, tell):
    before = crm.business()
    run = tell("run", crm.name, "--json").json["run"]
    dry = tell("rollback", run, "--dry-run")
    assert (dry.code, "would be restored" in dry.out) == (0, True)
    assert crm.business() != before
    undone = tell("rollback", run)
    assert (undone.code, f"records restored, {crm.touches * crm.due} tasks taken back." in undone.out) == (0, True)
    assert crm.business() == before
    assert "0 of" in tell("rollback", run).out
    assert [entry["kind"] for entry in tell("runs", crm.name, "--json").json["runs"]] == ["rollback", "rollback", "run"]
    again = tell("run", crm.name, "--json").json
    assert again["tasks_created"] == 0
    assert len(crm.tasks()) == crm.touches * crm.due


def test_what_a_person_changed_since_stays_and_is_listed(crm, tell):
    before = crm.business()
    run = ran(crm, tell)
    lead = sorted(before)[5]
    field = "Status" if crm.name == "salesforce" else "hs_lead_status"
    value = "Closed - Not Converted" if crm.name == "salesforce" else "UNQUALIFIED"
    crm.edit(lead, **{field: value})
    ours = tell("audit", run, "--lead", lead, "--json").json["effects"]
    crm.post("clock", advance=2)
    undone = tell("rollback", run, "--json").json
    assert crm.business()[lead] == {**before[lead], field: value}
    touched = any(field in effect["fields"] for effect in ours)
    assert [(entry["lead"], entry["field"]) for entry in undone["kept"]] == ([(lead, field)] if touched else [])


def test_a_rollback_that_is_killed_is_finished_by_the_same_again(crm, desk, tell, start):
    before = crm.business()
    run = ran(crm, tell)
    writes, running = [], []

    def at(request, when):
        writing = "/composite/" in request.path or request.path.endswith("contacts/batch/update")
        if writing and when == "after" and not writes:
            writes.append(request)
            born(running).kill()

    crm.line.interceptors.append(at)
    killed = start(desk, "rollback", run)
    running.append(killed.child)
    assert killed.end()[0] == -9
    crm.line.interceptors.remove(at)
    assert crm.business() != before
    assert tell("rollback", run).code == 0
    assert crm.business() == before


def test_another_organisation_is_not_touched(crm, desk, tell):
    run = ran(crm, tell)
    after = crm.business()
    with sqlite3.connect(desk.folder / "state.db") as store:
        store.execute("UPDATE pins SET organisation = 'another'")
    for words in (("run", crm.name), ("rollback", run), ("rollback", run, "--dry-run")):
        told = tell(*words)
        assert (told.code, "this state store was made with another" in told.err) == (4, True), words
    assert crm.business() == after


def test_an_unknown_run_is_told(tell):
    for words in (("rollback", "nothing"), ("audit", "nothing")):
        told = tell(*words)
        assert (told.code, "there is no run 'nothing'" in told.err) == (2, True)


def test_screens_fit_80_columns(crm, tell):
    run = ran(crm, tell)
    for words in (("status",), ("runs", crm.name), ("parked", crm.name), ("audit", run, "--limit", "3")):
        tables = [line for line in tell(*words).out.splitlines() if "  " in line.strip()]
        assert not [line for line in tables if len(line) > 80 and "score" not in line], words


def test_plan_and_explain_go_on_without_a_field_that_vanished(crm, tell):
    ran(crm, tell)
    if crm.name == "salesforce":
        crm.act("drop_field", object="Lead", field="Servers__c")
    else:
        crm.act("drop_property", object="contacts", property="servers")
    gone = "Servers__c" if crm.name == "salesforce" else "servers"
    after = crm.business()
    plan = tell("plan", crm.name, "--all", "--json")
    assert (plan.code, plan.json["missing"], plan.json["changed"]) == (0, [gone], 0)
    assert f"no field {gone} any more" in tell("plan", crm.name).out
    assert tell("explain", crm.name, min(after)).code == 0
    run = tell("run", crm.name, "--all")
    assert (run.code, f"no field {gone} any more" in run.out) == (1, True)
    assert crm.business() == after
    assert tell("check", crm.name).code == 2


def test_a_field_that_was_never_there_is_a_mistake(crm, tell):
    if crm.name == "salesforce":
        crm.act("drop_field", object="Lead", field="Servers__c")
    else:
        crm.act("drop_property", object="contacts", property="servers")
    for words in (("run", crm.name), ("plan", crm.name)):
        assert tell(*words).code == 3
    assert crm.tasks() == {}


def test_the_brake_and_the_way_past_it(crm, desk, tell):
    desk.write(lambda text: text.replace(f"[jobs.{crm.name}]", f'[jobs.{crm.name}]\nmax_changes = "20%"'))
    begin = crm.business()
    told = tell("run", crm.name)
    assert (told.code, "more than max_changes = 20%" in told.err) == (4, True)
    assert f"leadrelay run {crm.name} --no-brake" in told.err
    assert crm.business() == begin
    assert tell("run", crm.name, "--no-brake").code == 0


def test_a_share_of_the_quota_is_kept(crm, tell):
    ran(crm, tell)
    crm.post("settings", **({"daily_requests": 12} if crm.name == "salesforce" else {"per_day": 12}))
    told = tell("run", crm.name, "--all")
    assert (told.code, "is paused until" in told.err) == (4, True)
    assert "paused until" in tell("runs", crm.name).out


def test_tasks_without_a_key_are_refused_before_anything_is_written(crm, tell):
    if crm.name == "salesforce":
        crm.act("hide_field", object="Task", field="Leadrelay_Key__c")
    else:
        crm.act("drop_property", object="tasks", property="leadrelay_key")
    before = crm.business()
    assert tell("check", crm.name).code == 2
    told = tell("run", crm.name)
    assert (told.code, "tasks" in told.err) == (2, True)
    assert (crm.business(), crm.tasks()) == (before, {})


def test_without_a_unique_key_check_says_so_and_a_lost_reply_makes_no_second_task(crm, tell):
    if crm.name == "salesforce":
        pytest.skip("Salesforce's key is unique or refused")
    crm.post("settings", unique_tasks=False)
    check = tell("check", "hubspot")
    assert (check.code, "is not unique" in check.out.replace("\n", " ")) == (0, True)
    crm.faults({"kind": "drop-reply", "method": "POST", "path": "*tasks/batch/create*", "times": 1})
    tell("run", "hubspot")
    assert crm.fired()
    crm.faults()
    started = time.monotonic()
    tell("run", "hubspot")
    assert time.monotonic() - started < 30
    assert len({task["leadrelay_key"] for task in crm.tasks().values()}) == len(crm.tasks())


def test_what_the_token_may_not_see_is_told_with_its_cure_and_stops_nothing(crm, tell):
    if crm.name == "salesforce":
        pytest.skip("Salesforce's rights are those of fields")
    crm.act("scopes", remove=["crm.objects.companies.read", "sales-email-read"])
    crm.post("settings", unique_notes=False)
    check = tell("check", "hubspot", "--json")
    assert check.code == 0
    told = [found for found in check.json["findings"] if found["level"] == "warning"]
    assert {found["section"] for found in told} == {"hubspot: access", "hubspot: people"}
    said = " ".join(found["message"] + found["cure"] for found in told)
    for words in ("companies.read is not granted", "sales-email-read is not granted", "Note properties"):
        assert said.count(words) == 1


def test_a_field_of_another_type_is_not_scored_as_if_it_were_empty(crm, tell):
    ran(crm, tell)
    if crm.name == "salesforce":
        crm.act("retype_field", object="Lead", field="Servers__c", kind="date")
    else:
        crm.act("retype_property", object="contacts", property="servers", type="date", fieldType="date")
    changed = "Servers__c" if crm.name == "salesforce" else "servers"
    before = crm.business()
    run = tell("run", crm.name, "--all", "--json")
    assert (run.code, run.json["missing"], run.json["changed"]) == (1, [changed], 0)
    assert crm.business() == before
