"""The one loop, on a CRM in memory that fails as told."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.connectors.base import Standing
from leadrelay.errors import Unavailable


def accounts(summary):
    return (summary.read, summary.unchanged, summary.done, summary.pending, summary.parked)


def test_every_lead_is_read_decided_and_written_once(bench):
    bench.add(25)
    first = bench.run()
    assert accounts(first) == (25, 0, 25, 0, 0)
    assert first.stages == {"name": 25}
    assert {record["Leadrelay_Score"] for record in bench.crm.records.values()} == {"20"}
    second = bench.run()
    assert (second.changed, second.read) == (0, second.unchanged)
    assert len(bench.crm.written) == 25


def test_nothing_changed_reads_nothing_once_the_overlap_has_passed(bench):
    bench.add(25)
    bench.run()
    bench.clock.pass_by(hours=1)
    bench.run()
    bench.clock.pass_by(hours=1)
    summary = bench.run()
    assert accounts(summary) == (0, 0, 0, 0, 0)
    assert summary.complete


def test_a_person_wins(bench):
    bench.add(1)
    bench.run()
    bench.crm.put("L00000", {"Status": "On hold", "Budget": 50_000})
    summary = bench.run()
    record = bench.crm.records["L00000"]
    assert (record["Leadrelay_Stage"], record["Status"]) == ("sal", "On hold")
    assert summary.withheld == 1
    assert summary.attention


def test_what_we_wrote_is_ours_to_change(bench):
    bench.add(1)
    bench.run()
    bench.crm.put("L00000", {"Budget": 50_000})
    bench.run()
    assert bench.crm.records["L00000"]["Status"] == "Working"
    bench.crm.put("L00000", {"Budget": None})
    bench.run()
    assert bench.crm.records["L00000"]["Status"] == "Open"


@pytest.mark.parametrize("written", [0, 1, 9, 10, 11, 24])
def test_a_line_lost_while_writing_loses_and_doubles_nothing(bench, written):
    bench.add(25)
    bench.crm.lose_line_after = written
    with pytest.raises(Unavailable):
        bench.run()
    assert bench.store.runs.last("job").outcome == "failed"
    bench.crm.lose_line_after = None
    bench.run()
    assert sorted(bench.crm.written) == sorted(bench.crm.records)
    assert bench.store.outbox.counts("job") == {}


@pytest.mark.parametrize("pages", [0, 1, 2])
def test_a_line_lost_while_reading_goes_on_from_the_page(bench, pages):
    bench.add(25)
    bench.crm.pages_before_loss = pages
    with pytest.raises(Unavailable):
        bench.run()
    bench.crm.pages_before_loss = None
    bench.run()
    assert sorted(bench.crm.written) == sorted(bench.crm.records)


def test_a_lead_that_is_refused_waits_until_somebody_changes_it(bench):
    bench.add(3)
    bench.crm.verdicts["L00001"] = Standing.PARKED
    assert accounts(bench.run()) == (3, 0, 2, 0, 1)
    assert accounts(bench.run()) == (3, 2, 0, 0, 1)
    assert [(w.lead, w.attempts) for w in bench.store.outbox.waiting("job")] == [("L00001", 1)]
    del bench.crm.verdicts["L00001"]
    bench.crm.put("L00001", {"Employees": 3000})
    assert accounts(bench.run()) == (3, 2, 1, 0, 0)
    assert bench.store.outbox.waiting("job") == []


def test_a_retry_tries_a_parked_lead_again(bench):
    bench.add(2)
    bench.crm.verdicts["L00001"] = Standing.PARKED
    bench.run()
    bench.clock.pass_by(hours=1)
    bench.run()
    bench.clock.pass_by(hours=1)
    del bench.crm.verdicts["L00001"]
    assert bench.run().read == 0
    bench.store.outbox.release("job")
    assert accounts(bench.run()) == (1, 0, 1, 0, 0)


def test_a_pending_lead_is_tried_by_the_next_run(bench):
    bench.add(2)
    bench.crm.verdicts["L00001"] = Standing.PENDING
    assert accounts(bench.run()) == (2, 0, 1, 1, 0)
    bench.clock.pass_by(hours=1)
    bench.run()
    bench.clock.pass_by(hours=1)
    del bench.crm.verdicts["L00001"]
    summary = bench.run()
    assert accounts(summary) == (1, 0, 1, 0, 0)
    assert bench.store.outbox.waiting("job") == []


def test_a_lead_that_is_gone_is_let_go(bench):
    bench.add(2)
    bench.crm.verdicts["L00001"] = Standing.PENDING
    bench.run()
    del bench.crm.records["L00001"]
    assert bench.run().pending == 0
    assert bench.store.outbox.waiting("job") == []


def test_other_rules_decide_every_lead_anew(bench):
    bench.add(12)
    bench.run()
    bench.clock.pass_by(hours=1)
    bench.run()
    bench.playbook = bench.playbook.replace("points = 20", "points = 30")
    assert accounts(bench.run()) == (12, 0, 12, 0, 0)


def test_leads_to_leave_are_read_and_never_written(bench):
    bench.add(3)
    bench.crm.put("L00001", {"Budget_Status": "none"})
    bench.mapping = bench.mapping.replace('object = "Lead"', 'object = "Lead"\nleave = "budget_status = \'none\'"')
    assert accounts(bench.run()) == (3, 1, 2, 0, 0)
    assert bench.crm.written == ["L00000", "L00002"]


def test_asked_to_stop_it_ends_after_the_page_and_goes_on_later(bench):
    bench.add(25)
    bench.stopping = lambda: True
    first = bench.run()
    assert (first.read, first.complete, first.balanced) == (10, False, True)
    bench.stopping = lambda: False
    bench.run()
    assert sorted(bench.crm.written) == sorted(bench.crm.records)


def test_asked_to_stop_while_it_writes_the_rest_is_pending(bench):
    bench.crm = type(bench.crm)(bench.crm.describe().values(), now=bench.clock, page_size=2_000)
    bench.add(1_200)
    bench.stopping = lambda: len(bench.crm.written) >= 500
    first = bench.run()
    assert accounts(first) == (1_200, 0, 500, 700, 0)
    assert not first.complete
    bench.stopping = lambda: False
    bench.run()
    assert sorted(bench.crm.written) == sorted(bench.crm.records)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    verdicts=st.dictionaries(st.integers(0, 29), st.sampled_from([Standing.PARKED, Standing.PENDING])),
    runs=st.integers(1, 3),
)
def test_every_lead_is_accounted_for_whatever_the_crm_answers(bench, verdicts, runs):
    bench.add(30 - len(bench.crm.records))
    bench.crm.verdicts = {f"L{number:05}": verdict for number, verdict in verdicts.items()}
    for number in range(runs):
        bench.crm.put(f"L{number:05}", {"Employees": 1000 + number + len(bench.crm.written)})
        assert bench.run().balanced


@pytest.mark.parametrize("meanwhile", [True, False], ids=["changed before the next run", "changed after it"])
def test_what_was_written_when_the_line_was_lost_is_known_as_ours(bench, meanwhile):
    bench.add(3, Budget=20_000)
    bench.crm.lose_line_after = 2
    with pytest.raises(Unavailable):
        bench.run()
    bench.crm.lose_line_after = None
    assert bench.crm.records["L00001"]["Status"] == "Working"
    if not meanwhile:
        bench.run()
    bench.crm.put("L00001", {"Budget": 10})
    assert bench.run().withheld == 0
    assert bench.crm.records["L00001"]["Status"] == "Open"


def test_what_a_person_typed_after_the_line_was_lost_stays(bench):
    bench.add(3, Budget=20_000)
    bench.crm.lose_line_after = 2
    with pytest.raises(Unavailable):
        bench.run()
    bench.crm.lose_line_after = None
    bench.crm.put("L00001", {"Budget": 10, "Status": "Mine"})
    assert bench.run().withheld == 1
    assert bench.crm.records["L00001"]["Status"] == "Mine"
