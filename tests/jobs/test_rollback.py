"""Undoing a run: what still holds what we wrote goes back, what somebody changed since stays."""

import pytest

from leadrelay.errors import Unavailable

QUALIFIED = {"Budget": 50_000}


def business(bench):
    return {
        lead: {name: value for name, value in record.items() if name != "modified"}
        for lead, record in bench.crm.records.items()
    }


def test_run_and_rollback_leave_an_untouched_crm_as_it_was(passing):
    passing.add(25, Status="Open")
    for lead in ("L00003", "L00010"):
        passing.crm.put(lead, QUALIFIED)
    before = business(passing)
    first = passing.run()
    assert business(passing) != before
    undone, kept = passing.roll_back(first.run)
    assert business(passing) == before
    assert (undone.done, undone.balanced, kept) == (25, True, [])
    assert all(task.deleted for task in passing.crm.tasks.values())
    assert len(passing.crm.tasks) == 2


def test_what_a_person_changed_since_stays(passing):
    passing.add(2)
    passing.crm.put("L00001", QUALIFIED)
    first = passing.run()
    passing.crm.put("L00001", {"Status": "On hold"})
    undone, kept = passing.roll_back(first.run)
    assert passing.crm.records["L00001"]["Status"] == "On hold"
    assert passing.crm.records["L00001"]["Leadrelay_Score"] is None
    assert [(entry.id, entry.field) for entry in kept] == [("L00001", "Status")]
    assert undone.attention


def test_a_task_that_somebody_worked_on_stays(passing):
    passing.add(1, **QUALIFIED)
    first = passing.run()
    (task,) = passing.crm.tasks.values()
    task.touched = True
    _, kept = passing.roll_back(first.run)
    assert not task.deleted
    assert [entry.field for entry in kept] == ["task"]


def test_a_lead_whose_hand_off_was_undone_is_not_handed_off_by_itself(passing):
    passing.add(1, **QUALIFIED)
    first = passing.run()
    passing.roll_back(first.run)
    assert passing.run(everything=True).tasks_created == 0
    assert [task.deleted for task in passing.crm.tasks.values()] == [True]


def test_a_persons_value_that_was_restored_is_no_value_of_ours(bench):
    bench.add(1)
    first = bench.run()
    assert bench.crm.records["L00000"]["Status"] == "Open"
    bench.crm.put("L00000", QUALIFIED)
    second = bench.run()
    assert bench.crm.records["L00000"]["Status"] == "Working"
    bench.roll_back(second.run)
    assert bench.crm.records["L00000"]["Status"] == "Open"
    bench.clock.pass_by(hours=2)
    bench.crm.put("L00000", {"Employees": 9})
    bench.run()
    assert bench.crm.records["L00000"]["Status"] == "Open"
    assert first.run != second.run


@pytest.mark.parametrize("lost", [1, 2])
def test_a_rollback_that_is_cut_off_can_be_done_again(passing, lost):
    passing.add(12)
    passing.crm.put("L00003", QUALIFIED)
    before = business(passing)
    first = passing.run()
    answers = iter([*[False] * (lost - 1), True])
    passing.crm.lose_replies = lambda: next(answers, False)
    with pytest.raises(Unavailable):
        passing.roll_back(first.run)
    passing.crm.lose_replies = lambda: False
    passing.roll_back(first.run)
    assert business(passing) == before


def test_a_rollback_can_be_rolled_back(bench):
    bench.add(5)
    first = bench.run()
    after = business(bench)
    undone, _ = bench.roll_back(first.run)
    bench.roll_back(undone.run)
    assert business(bench) == after


def test_a_dry_rollback_tells_and_touches_nothing(bench):
    bench.add(5)
    first = bench.run()
    after, calls = business(bench), len(bench.crm.written)
    told, _ = bench.roll_back(first.run, dry=True)
    assert (told.read, told.changed) == (5, 5)
    assert (business(bench), len(bench.crm.written)) == (after, calls)
    assert bench.store.runs.get(told.run) is None


def test_the_audit_is_kept_as_long_as_it_is_wished(bench):
    bench.extras = {"audit_days": 2}
    bench.add(3)
    first = bench.run()
    bench.clock.pass_by(days=1)
    bench.run()
    assert len(list(bench.store.audit.of_run(first.run))) == 3
    bench.clock.pass_by(days=2)
    bench.run()
    assert list(bench.store.audit.of_run(first.run)) == []


def test_tasks_that_no_key_finds_are_taken_back_by_their_ids(passing):
    passing.add(3, **QUALIFIED)
    first = passing.run()
    passing.crm.claims = lambda _: {}
    passing.roll_back(first.run)
    assert [task.deleted for task in passing.crm.tasks.values()] == [True] * 3
