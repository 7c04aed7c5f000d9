"""Brake, quota and pins: what stops a run before it does harm, and how it goes on."""

import pytest

from leadrelay.connectors.base import Usage
from leadrelay.core.limits import Brake, Limit, Quota
from leadrelay.errors import Paused, Stopped, Unavailable


def brake(**limits):
    return {"brake": Brake(**{name: Limit.parse(limit) for name, limit in limits.items()})}


def test_a_mass_change_is_stopped_before_the_first_write(bench):
    bench.extras = brake(changes="20%")
    bench.add(30)
    with pytest.raises(Stopped, match="30 of 30 leads"):
        bench.run()
    assert bench.crm.written == []
    assert bench.store.runs.last("job").outcome == "stopped"
    assert bench.run(brake=False).done == 30


def test_a_few_changes_among_many_leads_are_let_through(bench):
    bench.add(30)
    bench.run()
    bench.extras = brake(changes="20%")
    bench.clock.pass_by(hours=2)
    for lead in range(6):
        bench.crm.put(f"L{lead:05}", {"Employees": 5})
    assert bench.run().done == 6
    bench.clock.pass_by(hours=2)
    for lead in range(10, 17):
        bench.crm.put(f"L{lead:05}", {"Employees": 5})
    with pytest.raises(Stopped):
        bench.run()


def test_owners_and_cleared_fields_have_limits_of_their_own(passing):
    passing.add(10)
    passing.crm.put("L00001", {"Budget": 50_000})
    passing.extras = brake(changes="100%", owners=0)
    with pytest.raises(Stopped, match="max_owners"):
        passing.run()
    passing.extras = brake(owners=1)
    assert passing.run().tasks_created == 1


def test_a_cleared_field_counts(bench):
    bench.mapping = bench.mapping.replace('Leadrelay_Stage = "stage"', 'Leadrelay_Stage = "grade"')
    bench.add(3, Leadrelay_Stage="something")
    bench.extras = brake(cleared=2)
    with pytest.raises(Stopped, match="clear a field of 3 of 3"):
        bench.run()


def test_a_used_up_share_of_the_quota_pauses_the_run_and_loses_nothing(bench):
    bench.extras = {"quota": Quota()}
    bench.add(25)
    bench.crm.usage = Usage(850, 1000)
    with pytest.raises(Paused) as stop:
        bench.run()
    last = bench.store.runs.last("job")
    assert (last.outcome, last.paused_until) == ("paused", stop.value.until)
    assert bench.store.runs.paused_until("job") == stop.value.until
    bench.crm.usage = Usage(10, 1000)
    assert bench.run().done == 25
    assert bench.store.runs.paused_until("job") is None


def test_what_is_promised_may_use_the_reserve(bench):
    bench.add(25)
    reads = iter([Usage(0, 1000), Usage(850, 1000)])
    bench.crm.usage = next(reads)
    bench.crm.meanwhile = lambda: setattr(bench.crm, "usage", Usage(850, 1000))
    with pytest.raises(Paused, match="reading"):
        bench.run()
    assert bench.store.runs.last("job").summary["done"] == 10
    bench.crm.meanwhile = lambda: None
    bench.crm.usage = Usage(1000, 1000)
    with pytest.raises(Paused):
        bench.run()


def test_a_crm_that_asks_for_patience_makes_a_pause(bench):
    bench.add(5)

    def patience():
        raise Unavailable("the daily limit is used up.", retry_after=3600)

    bench.crm.meanwhile = patience
    with pytest.raises(Paused):
        bench.run()
    assert bench.store.runs.last("job").outcome == "paused"
    bench.crm.meanwhile = lambda: None
    summary = bench.run()
    assert (summary.done, summary.pending, summary.balanced) == (5, 0, True)


def test_another_organisation_behind_the_connection_is_refused(bench):
    bench.add(1)
    bench.run()
    bench.crm.organisation = lambda: "another"
    written = len(bench.crm.written)
    with pytest.raises(Stopped, match="another"):
        bench.run()
    assert len(bench.crm.written) == written


def test_a_first_run_that_was_cut_off_does_not_make_the_brake_believe_that_there_are_few_leads(bench):
    bench.extras = brake(changes="100%")
    bench.add(30)
    bench.crm.lose_line_after = 5
    with pytest.raises(Unavailable):
        bench.run()
    bench.crm.lose_line_after = None
    assert bench.run().complete
    assert bench.store.outbox.counts("job") == {}
