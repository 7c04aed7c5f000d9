"""Handing leads off on a CRM in memory: one task each, whatever fails, and owners in turns."""

import contextlib
from collections import Counter

import pytest

from leadrelay.connectors.base import Once
from leadrelay.errors import ConfigError, Unavailable
from leadrelay.state.store import Store
from tests.stores import new_store

QUALIFIED = {"Budget": 50_000}


def tasks(bench):
    return [task for task in bench.crm.tasks.values() if not task.deleted]


def test_a_qualified_lead_is_handed_off_once_with_its_own_changes(passing):
    passing.add(3)
    passing.crm.put("L00001", QUALIFIED)
    first = passing.run()
    assert (first.tasks_created, first.done, first.balanced) == (1, 3, True)
    (task,) = tasks(passing)
    record = passing.crm.records["L00001"]
    assert (task.lead, task.owner, record["Owner"]) == ("L00001", "Uana", "Uana")
    assert record["Leadrelay_Stage"] == "sal"
    assert task.subject == "Call: 2000 people"
    passing.clock.pass_by(hours=2)
    passing.crm.put("L00001", {"Employees": 3000})
    again = passing.run()
    assert (again.tasks_created, len(tasks(passing))) == (0, 1)


def test_owners_take_turns_over_runs(passing):
    passing.add(7, **QUALIFIED)
    passing.run()
    passing.clock.pass_by(hours=2)
    passing.add(5, **QUALIFIED)
    passing.run()
    assert Counter(task.owner for task in tasks(passing)) == {"Uana": 4, "Ubo": 4, "Ucy": 4}


def test_a_lead_of_one_of_the_owners_stays_with_him(passing):
    passing.add(1, Owner="Ucy", **QUALIFIED)
    passing.run()
    assert [task.owner for task in tasks(passing)] == ["Ucy"]
    assert passing.store.assignments.ledger("job").entries == {}


def test_a_template_that_fails_for_some_leads_is_told_and_they_are_handed_off(passing):
    passing.playbook += "body = '{% if lead.employees and lead.employees > lead.budget_amount %}many{% endif %}.'\n"
    passing.playbook = passing.playbook.replace('when = "qualified"\nsubject', 'when = "employees > 0"\nsubject')
    passing.add(2)
    passing.add(1, **QUALIFIED)
    summary = passing.run()
    assert (summary.tasks_created, summary.attention) == (3, True)
    [(trouble, leads)] = summary.failed_templates.items()
    assert trouble.startswith("playbook.toml:")
    assert " handoff.body fails in line 1: something is missing, or of a type" in trouble
    assert leads == 2
    assert sorted(task.body[:3] for task in tasks(passing)) == [".", "■ Q", "■ Q"]


@pytest.mark.parametrize("lost", range(1, 6))
def test_lost_replies_make_no_second_task(passing, lost):
    passing.add(12, **QUALIFIED)
    answers = iter([*[False] * (lost - 1), True])
    passing.crm.lose_replies = lambda: next(answers, False)
    with contextlib.suppress(Unavailable):
        passing.run()
    passing.crm.lose_replies = lambda: False
    summary = passing.run()
    assert summary.balanced
    assert (summary.pending, summary.parked) == (0, 0)
    assert sorted(task.lead for task in tasks(passing)) == sorted(passing.crm.records)
    assert all(passing.crm.records[task.lead]["Owner"] == task.owner for task in tasks(passing))
    assert Counter(task.owner for task in tasks(passing)) == {"Uana": 4, "Ubo": 4, "Ucy": 4}


def test_a_lost_state_makes_no_second_task(passing, tmp_path):
    passing.add(6, **QUALIFIED)
    passing.run()
    owners = {lead: record["Owner"] for lead, record in passing.crm.records.items()}
    passing.store.close()
    passing.store = Store.open(new_store(tmp_path / "new.db"))
    summary = passing.run()
    assert (summary.tasks_created, summary.tasks_found, len(passing.crm.tasks)) == (0, 6, 6)
    assert {lead: record["Owner"] for lead, record in passing.crm.records.items()} == owners


def test_a_task_that_a_person_deleted_stays_deleted(passing, tmp_path):
    passing.add(1, **QUALIFIED)
    passing.run()
    next(iter(passing.crm.tasks.values())).deleted = True
    passing.store.close()
    passing.store = Store.open(new_store(tmp_path / "new.db"))
    passing.run()
    assert tasks(passing) == []


def test_a_lead_that_took_in_one_that_was_handed_off_is_not_handed_off_again(passing, tmp_path):
    passing.add(2)
    passing.crm.put("L00000", QUALIFIED)
    passing.run()
    passing.crm.merge("L00001", "L00000")
    passing.crm.put("L00001", QUALIFIED)
    summary = passing.run()
    assert (summary.tasks_created, summary.tasks_found, len(tasks(passing))) == (0, 1, 1)
    passing.store.close()
    passing.store = Store.open(new_store(tmp_path / "new.db"))
    assert passing.run().tasks_created == 0


def test_no_unique_key_no_task(passing):
    passing.add(1, **QUALIFIED)
    passing.crm.once = Once.NEVER
    with pytest.raises(ConfigError):
        passing.run()
    assert passing.crm.tasks == {}
    assert passing.store.outbox.counts("job") == {}


def test_one_person_in_two_leads_is_handed_off_once_where_wished(passing):
    passing.mapping = passing.mapping.replace("[read]", '[read]\nemail = "Email"')
    passing.extras["hold_duplicates"] = True
    passing.add(3, Email="Kim@Example.com", **QUALIFIED)
    summary = passing.run()
    assert (summary.tasks_created, summary.withheld) == (1, 2)
    passing.clock.pass_by(hours=2)
    passing.add(1, Email="kim@example.com ", **QUALIFIED)
    assert passing.run().tasks_created == 0


def test_a_lead_whose_owner_a_person_changes_meanwhile_is_decided_anew(passing):
    passing.add(1, **QUALIFIED)
    once = iter([True])
    passing.crm.meanwhile = lambda: passing.crm.put("L00000", {"Owner": "Udana"}) if next(once, False) else None
    summary = passing.run()
    assert summary.balanced
    assert (summary.tasks_created, len(tasks(passing))) == (1, 1)
    assert passing.crm.records["L00000"]["Owner"] == "Udana"


def test_a_hand_off_that_was_cut_off_is_sent_though_the_owners_field_vanished(passing):
    passing.run()
    passing.add(1, **QUALIFIED)
    lost = iter([True])
    passing.crm.lose_requests = lambda: next(lost, False)
    with contextlib.suppress(Unavailable):
        passing.run()
    assert passing.crm.tasks == {}
    passing.crm.drop_field("Owner")
    summary = passing.run()
    assert (summary.missing, summary.tasks_created, summary.balanced) == (["Owner"], 1, True)


@pytest.mark.parametrize("once", [Once.ATOMIC, Once.CLAIM])
def test_a_lost_state_leaves_a_lead_with_whom_a_person_gave_it_to_since(passing, tmp_path, once):
    passing.crm.once = once
    passing.add(1, **QUALIFIED)
    passing.run()
    passing.crm.put("L00000", {"Owner": "Udana"})
    passing.store.close()
    passing.store = Store.open(new_store(tmp_path / "new.db"))
    passing.clock.pass_by(hours=1)
    summary = passing.run()
    assert (summary.tasks_created, summary.tasks_found, len(passing.crm.tasks)) == (0, 1, 1)
    assert passing.crm.records["L00000"]["Owner"] == "Udana"


def test_another_job_of_the_same_store_does_not_hand_off_again(passing):
    passing.add(4, **QUALIFIED)
    passing.run()
    passing.name = "another"
    summary = passing.run()
    assert (summary.tasks_created, summary.tasks_found, len(passing.crm.tasks)) == (0, 0, 4)
    assert passing.store.outbox.counts("job") == passing.store.outbox.counts("another") == {}
