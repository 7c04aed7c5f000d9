"""What a run left in the air, as `plan` and a rollback see it before the next run settles it."""

import pytest

from leadrelay.errors import Stopped, Unavailable
from leadrelay.jobs.preview import Preview
from leadrelay.jobs.reading import Nobody
from leadrelay.jobs.schedule import Bell

QUALIFIED = {"Budget": 50_000}


def cut_off(bench):
    """A run whose last write was carried out, and never answered."""
    bench.crm.lose_replies = lambda: True
    with pytest.raises(Unavailable):
        bench.run()
    bench.crm.lose_replies = lambda: False


def preview(bench):
    found = Preview(bench.job(), bench.store, bench.clock(), Nobody(), shown=None)
    found.gather(everything=True)
    return found


def test_plan_takes_our_own_write_for_no_persons(bench):
    bench.add(1)
    bench.run()
    bench.crm.put("L00000", QUALIFIED)
    cut_off(bench)
    assert bench.crm.records["L00000"]["Status"] == "Working"
    bench.crm.put("L00000", {"Budget": None})
    found = preview(bench)
    assert [kept.why for lead in found.leads for kept in lead.withheld] == []
    assert ("Status", "Working", "Open") in {(c.field, c.old, c.new) for lead in found.leads for c in lead.changes}


def test_plan_leaves_what_a_person_wrote_over_it(bench):
    bench.add(1)
    bench.run()
    bench.crm.put("L00000", QUALIFIED)
    cut_off(bench)
    bench.crm.put("L00000", {"Budget": None, "Status": "On hold"})
    assert [kept.field for lead in preview(bench).leads for kept in lead.withheld] == ["Status"]


def test_a_run_that_was_cut_off_is_settled_before_it_is_undone(bench):
    bench.add(1)
    before = dict(bench.crm.records["L00000"])
    cut_off(bench)
    assert bench.crm.records["L00000"]["Leadrelay_Score"] is not None
    undone, kept = bench.roll_back(bench.store.runs.last("job").id)
    assert (undone.done, kept) == (1, [])
    now = bench.crm.records["L00000"]
    assert {name: value for name, value in now.items() if name != "modified"} == {
        name: value for name, value in before.items() if name != "modified"
    }


def test_a_person_who_came_upon_the_value_that_we_promised_makes_no_write_of_ours(bench):
    bench.add(1)
    bench.crm.put("L00000", QUALIFIED)
    bench.crm.lose_line_after = 0
    with pytest.raises(Unavailable):
        bench.run()
    lost = bench.store.runs.last("job").id
    bench.crm.lose_line_after = None
    bench.crm.put("L00000", {"Status": "Working"})
    done = bench.run().run
    told = [(row.run, row.action, sorted(row.fields)) for run in (lost, done) for row in bench.store.audit.of_run(run)]
    assert (done, "write", ["Leadrelay_Score", "Leadrelay_Stage"]) in told
    assert [run for run, action, _ in told if action == "write"] == [done]


def test_a_rollback_refuses_another_organisation(bench):
    bench.add(1)
    run = bench.run().run
    bench.crm.organisation = lambda: "another"
    for options in ({}, {"dry": True}):
        with pytest.raises(Stopped, match="leads to organisation another"):
            bench.roll_back(run, **options)


def test_who_is_asked_to_end_waits_no_longer():
    bell = Bell()
    bell.pause(0.01)
    bell.ring()
    with pytest.raises(Unavailable, match="Asked to end"):
        bell.pause(60)
