"""`check` as a judgement of values: what each section says of a CRM that was seen."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from leadrelay import config
from leadrelay.checkup import access, automation, fields, timing
from leadrelay.checkup.values import Sight, Subject
from leadrelay.connectors.base import FieldInfo, Guarantee, Once, Usage
from leadrelay.connectors.inspection import Inspection, Rule, RuleKind
from leadrelay.connectors.moments import stamp_field
from leadrelay.connectors.needs import Uses
from leadrelay.connectors.people import Lack
from leadrelay.core.limits import Quota
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.findings import Level
from leadrelay.mappings.mapping import load as load_mapping

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
PLAYBOOK = """
name = "small"
[qualification]
when = "employees >= 10"
[[score.fit]]
name = "large"
about = "organisation"
when = "employees >= 1000"
points = 5
[[stages]]
name = "sal"
side = "sales"
when = "qualified"
[[stages]]
name = "name"
side = "lead-generation"
[handoff]
when = "qualified"
subject = "Call"
"""
TEAM = """
[teams.t]
members = [{ email = "ann@acme.example" }]
[assignment]
fallback = "ann@acme.example"
[[assignment.rules]]
name = "All"
team = "t"
"""
MAPPING = """
object = "Lead"
[read]
employees = "Size__c"
[write]
Leadrelay_Score__c = "score"
[task]
key = "Leadrelay_Key__c"
owner = "OwnerId"
"""
KEY = FieldInfo("Leadrelay_Key__c", "Key", "string", 40, unique=True, external_id=True)
STAMP = FieldInfo("SystemModstamp", "Stamp", "datetime", updateable=False, extra={"filterable": True, "sortable": True})
FIELDS = {
    one.name: one
    for one in (
        FieldInfo("Size__c", "Size", "int"),
        FieldInfo("Leadrelay_Score__c", "Score", "double", extra={"precision": 18, "scale": 2}),
        FieldInfo("OwnerId", "Owner", "reference"),
        STAMP,
    )
}
SEEN = Inspection("salesforce", "Lead", "00D000000000001AAA", "Acme", fields=FIELDS, task_fields={KEY.name: KEY})


def subject(playbook=PLAYBOOK, schedule="every 5 minutes", **limits):
    book = load_playbook(playbook, "p.toml")
    mapping = load_mapping(MAPPING, "m.toml", book)
    job = config.Job(connection="acme", mapping="m.toml", playbook="p.toml", schedule=schedule, **limits)
    return Subject("inbound", job, "salesforce", mapping, book, lambda key: f"config.toml {key}")


def sight(worked=(), **seen):
    return Sight("acme", replace(SEEN, **seen), "", "Leadrelay_Key__c", frozenset(worked))


def told(found):
    return [(one.level, one.message) for one in found]


def wrong(found):
    return [(one.level, one.place, one.message, one.cure) for one in found if one.level != "ok"]


# -- where it leads, and what is granted -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meant", "level", "said"),
    [
        (None, "ok", "any organisation is taken"),
        ("00D000000000001", "ok", "it is the organisation that is meant"),
        ("00D000000000002", "error", "but the configuration means 00D000000000002."),
    ],
)
def test_the_organisation_that_is_meant(meant, level, said):
    found = access.organisation("acme: access", sight(), meant, "config.toml:1")
    assert (found.level, said in found.message) == (level, True)


def granted_by(*without, more=(), test=False):
    uses = subject().uses
    needs = {need.grant for need in access.salesforce_needs.needed(access.salesforce_needs.NEEDS, uses)}
    seen = sight(granted=frozenset((needs - {*without}) | {*more}), test=test)
    return list(access.grants("acme: access", seen, [uses], "config.toml:1"))


def test_all_that_is_needed_is_granted():
    ((level, message),) = told(granted_by())
    assert (level, message.endswith("permissions needed are granted")) == ("ok", True)


def test_what_is_not_granted_is_an_error_only_where_the_job_cannot_do_without():
    found = {one.message.split()[0]: one for one in granted_by("Lead.Edit", "TransferAnyLead")}
    assert (found["Lead.Edit"].level, found["TransferAnyLead"].level) == ("error", "warning")
    assert "nothing can be written" in found["Lead.Edit"].message
    assert "Permission set" in found["Lead.Edit"].cure
    assert "all" not in found


def test_surplus_is_a_warning_of_a_hint_where_little_is_at_stake():
    more = ("ModifyAllData", "CustomizeApplication", "AssignPermissionSets")
    live = {one.level: one.message for one in granted_by(more=more)}
    assert "ModifyAllData" in live["warning"]
    assert "CustomizeApplication, AssignPermissionSets" in live["hint"]
    assert {one.level for one in granted_by(more=more, test=True)} == {"ok", "hint", "warning"}


def test_what_only_the_report_needs_stops_no_job():
    found = {one.message.split()[0]: one.level for one in granted_by("Event.Read", "Task.Create")}
    assert (found["Event.Read"], found["Task.Create"]) == ("warning", "error")
    seen = sight(granted=frozenset({"Lead.Read"}))
    assert "no meeting is known, and a job with an [sla] stops" in access.told_of(seen, subject().uses)


def test_surplus_is_what_no_job_needs():
    uses = [Uses("Lead"), Uses("Lead", setup=True)]
    found = access.grants("a", sight(granted=frozenset({"ApiEnabled", "Lead.Read", "AssignPermissionSets"})), uses, "c")
    assert not [one for one in found if "AssignPermissionSets" in one.message and one.level == "hint"]


def test_a_crm_that_does_not_tell_is_no_error():
    ((level, _),) = told(access.grants("acme: access", sight(granted=None, records=5), [subject().uses], ""))
    assert level == "hint"


# -- fields ------------------------------------------------------------------------------------------------------------


def of_fields(worked=(), **more):
    return wrong(fields.examine("inbound: fields", subject(), sight(worked, fields={**FIELDS, **more})))


def test_nothing_is_wrong():
    assert of_fields() == []


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        (replace(STAMP, extra={"filterable": False}), "can be neither filtered nor sorted by"),
        (replace(STAMP, type="string"), "is no moment but string"),
    ],
)
def test_changes_cannot_be_found_without_their_stamp(stamp, said):
    ((level, place, message, cure),) = of_fields(SystemModstamp=stamp)
    assert (level, place, said in message, bool(cure)) == ("error", "config.toml jobs.inbound.mapping", True, True)


def test_the_stamp_that_is_out_of_sight():
    left = {name: info for name, info in FIELDS.items() if name != "SystemModstamp"}
    ((_, _, message, _),) = wrong(fields.examine("f", subject(), sight(fields=left)))
    assert message == "'SystemModstamp', by which changed records are found, is not there, or hidden from this user."


@pytest.mark.parametrize(
    ("kind", "object_type", "name"),
    [
        ("salesforce", "Lead", "SystemModstamp"),
        ("hubspot", "contacts", "lastmodifieddate"),
        ("hubspot", "0-1", "lastmodifieddate"),
        ("hubspot", "leads", "hs_lastmodifieddate"),
    ],
)
def test_each_crm_and_object_has_its_stamp(kind, object_type, name):
    assert stamp_field(kind, object_type) == name


def test_a_field_that_vanished_is_endured_by_a_job_that_worked():
    left = {name: info for name, info in FIELDS.items() if name != "Size__c"}
    new, old = (list(fields.examine("f", subject(), sight(worked, fields=left))) for worked in ((), ("inbound",)))
    assert [(one.level, one.endured) for one in new] == [("error", False)]
    ((level, endured, message),) = [(one.level, one.endured, one.message) for one in old]
    assert (level, endured) == ("error", True)
    assert "the job goes on without fit, gate_passed, handoff," in message


# -- tasks -------------------------------------------------------------------------------------------------------------


def of_tasks(guarantee=None, **key):
    seen = sight(guarantee=guarantee, task_fields={KEY.name: replace(KEY, **key)})
    return wrong(fields.tasks("inbound: tasks", subject(), seen))


def test_a_sound_key():
    assert of_tasks() == of_tasks(Guarantee(Once.ATOMIC, "one transaction")) == []


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ({"unique": False}, "is not unique"),
        ({"external_id": False}, "is no external id"),
        ({"length": 20}, "holds 20 characters, and a key has 40"),
        ({"updateable": False, "createable": False}, "cannot be written by this user"),
    ],
)
def test_a_key_that_does_not_serve(key, said):
    ((level, place, message, cure),) = of_tasks(**key)
    assert (level, place, said in message, bool(cure)) == ("error", "m.toml:7 task", True, True)


def test_a_key_that_is_not_there():
    ((level, _, message, cure),) = wrong(fields.tasks("t", subject(), sight(task_fields={"Subject": KEY})))
    assert (level, message, cure) == (
        "error",
        "tasks have no field 'Leadrelay_Key__c'.",
        "Create it: leadrelay setup acme --apply",
    )


def test_what_the_crm_promises_comes_first():
    ((level, _, message, _),) = of_tasks(Guarantee(Once.NEVER, "no key", "create one"), unique=False)
    assert (level, message) == ("error", "no key")
    assert [level for level, *_ in of_tasks(Guarantee(Once.MARKER, "searched", "a key"))] == ["warning"]


# -- rules of the CRM --------------------------------------------------------------------------------------------------


def of_rules(*rules, playbook=PLAYBOOK):
    return told(automation.examine("inbound: rules of the CRM", subject(playbook), sight(rules=rules)))


ASSIGNMENT = Rule(RuleKind.ASSIGNMENT, "Standard")
DUPLICATE = Rule(RuleKind.DUPLICATE, "Same mail")


def test_an_assignment_rule_matters_where_two_give_leads_away():
    ((level, message),) = of_rules(ASSIGNMENT)
    assert (level, "Sforce-Auto-Assign: FALSE" in message) == ("hint", True)
    ((level, message),) = of_rules(ASSIGNMENT, playbook=PLAYBOOK + TEAM)
    assert (level, "gives new leads to owners, and so does the playbook" in message) == ("warning", True)


@pytest.mark.parametrize(("blocks", "level"), [(True, "warning"), (None, "warning"), (False, "ok")])
def test_a_duplicate_rule_matters_where_it_blocks(blocks, level):
    assert [one for one, _ in of_rules(replace(DUPLICATE, blocks=blocks))] == [level]


def test_rules_that_are_switched_off_say_nothing():
    ((level, message),) = of_rules(replace(ASSIGNMENT, active=False))
    assert (level, message.startswith("no assignment or duplicate rule")) == ("ok", True)


# -- when, and how many calls ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "runs"), [("every 5 minutes", 288), ("*/5 * * * *", 288), ("0 6 * * 1", 1), (None, 0)]
)
def test_runs_of_a_day(schedule, runs):
    assert timing.runs_a_day(schedule, NOW) == runs


def test_a_schedule_that_never_comes():
    found = timing.schedule("s", subject(schedule="0 0 30 2 *"), NOW)
    assert (found.level, found.place, bool(found.cure)) == ("error", "config.toml jobs.inbound.schedule", True)
    assert timing.schedule("s", subject(), NOW).level == "ok"


@pytest.mark.parametrize(
    ("schedule", "slow"),
    [("every 5 minutes", False), ("every 1 hours", False), ("0 */2 * * *", True), ("0 6 * * 1", True), (None, False)],
)
def test_a_schedule_slower_than_the_first_step_after_an_assignment(schedule, slow):
    promise = f'{TEAM}[sla]\nfirst_response = "1 hour"\n[[sla.steps]]\nafter = "1 hour"\ndo = "remind"\n'
    found = list(timing.pace("s", subject(PLAYBOOK + promise, schedule), NOW))
    assert [(one.level, one.place) for one in found] == [("warning", "config.toml jobs.inbound.schedule")] * slow
    assert all("slower than the first of [[sla.steps]]" in one.message and one.cure for one in found)
    assert list(timing.pace("s", subject(schedule=schedule), NOW)) == []


def of_calls(**seen):
    return told(timing.calls("inbound: API calls", subject(schedule="every 1 minutes"), sight(**seen), Quota(), NOW))


def test_the_forecast_of_api_calls():
    ((level, message),) = of_calls(records=2_000, usage=Usage(1_000, 100_000))
    assert (level, "4,320 a day at least; 79,000 of 80,000 that may be taken are left today" in message) == ("ok", True)
    ((level, _),) = of_calls(records=None)
    assert level == "hint"
    assert [level for level, _ in of_calls(records=10, usage=Usage(0, 1_000))] == ["error", "ok"]
    assert [level for level, _ in of_calls(records=2_000, usage=Usage(79_999, 100_000))] == ["warning", "ok"]
    assert "does not tell its quota" in of_calls(records=5)[0][1]


PLAIN = PLAYBOOK.partition("[handoff]")[0]
LACK = Lack("records of Lead are private here.", "Share them.")


@pytest.mark.parametrize(
    ("playbook", "saved", "seen", "said"),
    [
        (PLAYBOOK, "", (LACK,), [Level.WARNING]),
        (PLAYBOOK, "", (), [Level.OK]),
        (PLAYBOOK, "crm.json", (LACK,), [Level.WARNING]),
        (PLAIN, "", (LACK,), [Level.WARNING]),
        (PLAIN, "", (), []),
        (PLAIN, "crm.json", (LACK,), []),
    ],
)
def test_what_lacks_is_told_where_it_was_asked_for(playbook, saved, seen, said):
    found = replace(sight(lacks=seen), saved=saved)
    assert [one.level for one in access.lacks("people", subject(playbook), found, "here")] == said
