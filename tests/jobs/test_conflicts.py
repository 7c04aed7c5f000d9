"""Others work on the records while we do: a person wins, automations are not fought, a missing input is not scored."""

import pytest

from leadrelay.errors import Refused, Unavailable
from leadrelay.state.store import Store
from tests.stores import new_store

QUALIFIED = {"Budget": 50_000}


def once(effect):
    """Something that happens just before our first effect."""
    first = iter([True])
    return lambda: effect() if next(first, False) else None


def test_an_edit_between_reading_and_writing_is_seen_in_the_same_run(bench):
    bench.add(3)
    bench.run()
    bench.clock.pass_by(hours=2)
    bench.crm.put("L00001", QUALIFIED)
    bench.clock.pass_by(minutes=1)
    bench.crm.meanwhile = once(lambda: bench.crm.put("L00001", {"Status": "On hold"}))
    summary = bench.run()
    record = bench.crm.records["L00001"]
    assert (record["Status"], record["Leadrelay_Stage"]) == ("On hold", "sal")
    assert summary.balanced
    assert (summary.done, summary.pending, summary.withheld) == (1, 0, 1)


def test_somebody_who_edits_without_end_makes_it_wait_for_the_next_run(bench):
    bench.add(1, **QUALIFIED)
    count = iter(range(1000))
    bench.crm.meanwhile = lambda: bench.crm.put("L00000", {"Employees": 3000 + next(count)})
    summary = bench.run()
    assert (summary.pending, summary.balanced) == (1, True)
    bench.crm.meanwhile = lambda: None
    assert bench.run().done == 1


def test_a_cleared_field_stays_cleared(bench):
    bench.add(1)
    bench.crm.put("L00000", QUALIFIED)
    bench.run()
    bench.crm.put("L00000", {"Status": None})
    for _ in range(3):
        bench.clock.pass_by(hours=30)
        bench.crm.put("L00000", {"Employees": 10})
        bench.run(everything=True)
        assert bench.crm.records["L00000"]["Status"] is None


def test_an_automation_that_fights_us_is_written_once_a_day_at_most(bench):
    bench.add(1)
    bench.run()
    written, withheld = len(bench.crm.written), 0
    for _ in range(47):
        bench.clock.pass_by(hours=1)
        bench.crm.put("L00000", {"Leadrelay_Score": 99})
        withheld += bench.run().withheld
    assert len(bench.crm.written) - written == 2
    assert withheld


def test_our_own_echo_is_not_decided_again(bench):
    bench.add(25)
    bench.run()
    echo = bench.run()
    assert (echo.read, echo.unchanged, sum(echo.stages.values())) == (25, 25, 0)
    bench.clock.pass_by(hours=30)
    assert sum(bench.run(everything=True).stages.values()) == 25


def test_a_lead_that_is_deleted_meanwhile_is_given_up(bench):
    bench.add(3)
    bench.crm.meanwhile = once(lambda: bench.crm.delete("L00001"))
    summary = bench.run()
    assert (summary.done, summary.unchanged, summary.balanced) == (2, 1, True)
    assert bench.store.outbox.counts("job") == {}
    bench.crm.meanwhile = lambda: None
    bench.crm.restore("L00001")
    assert bench.run().done == 1


def test_a_field_that_vanished_stops_what_depends_on_it_and_comes_back(passing):
    passing.add(12)
    passing.run()
    passing.crm.put("L00004", {"Employees": 1, **QUALIFIED})
    gone = passing.crm.drop_field("Budget")
    for _ in range(2):
        summary = passing.run()
        assert summary.missing == ["Budget"]
        assert summary.attention
    record = passing.crm.records["L00004"]
    assert (record["Leadrelay_Stage"], record["Leadrelay_Score"], record["Status"]) == ("name", "0", "Open")
    assert passing.crm.tasks == {}
    passing.crm.add_field(gone)
    passing.crm.put("L00004", QUALIFIED)
    back = passing.run()
    assert (back.missing, back.tasks_created) == ([], 1)
    assert passing.crm.records["L00004"]["Leadrelay_Stage"] == "sal"


def test_one_field_after_the_other_may_vanish(bench):
    bench.add(1)
    bench.run()
    bench.crm.drop_field("Status")
    assert bench.run().missing == ["Status"]
    bench.crm.drop_field("Employees")
    assert sorted(bench.run().missing) == ["Employees", "Status"]


def test_a_field_that_vanishes_while_a_lead_is_read_again_leaves_every_lead_accounted_for(bench):
    bench.add(3)
    bench.run()
    bench.clock.pass_by(hours=2)
    bench.crm.put("L00001", QUALIFIED)
    bench.clock.pass_by(minutes=1)

    def crossing():
        bench.crm.put("L00001", {"Status": "On hold"})
        bench.crm.drop_field("Employees")

    bench.crm.meanwhile = once(crossing)
    summary = bench.run()
    assert (summary.missing, summary.complete, summary.balanced) == (["Employees"], True, True)


def test_a_field_that_was_never_there_is_a_mistake_in_the_mapping(bench):
    bench.add(1)
    bench.crm.drop_field("Status")
    with pytest.raises(Refused, match="Status"):
        bench.run()
    assert bench.crm.written == []


@pytest.mark.parametrize("lost", range(1, 4))
def test_a_lost_answer_is_told_from_the_record_and_audited(bench, lost):
    bench.add(25)
    answers = iter([*[False] * (lost - 1), True])
    bench.crm.lose_replies = lambda: next(answers, False)
    with pytest.raises((Unavailable, Refused)):
        bench.run()
    bench.crm.lose_replies = lambda: False
    bench.run()
    rows = [row for lead in bench.crm.records for row in bench.store.audit.of_lead(lead)]
    assert sorted(row.lead for row in rows) == sorted(bench.crm.records)
    assert {row.action for row in rows} == {"write"}


FILL = """
[write.Email]
constant = "known@acme.example"
policy = "fill"
"""


def test_a_cleared_field_stays_cleared_though_the_state_is_lost(bench, tmp_path):
    bench.mapping += FILL
    bench.add(2)
    bench.run()
    bench.crm.put("L00000", {"Email": None})
    bench.store.close()
    bench.store = Store.open(new_store(tmp_path / "new.db"))
    for _ in range(3):
        bench.clock.pass_by(hours=30)
        bench.run(everything=True)
    assert [record["Email"] for record in bench.crm.records.values()] == [None, "known@acme.example"]
    bench.add(1)
    bench.run()
    assert bench.crm.records["L00002"]["Email"] == "known@acme.example"


def test_what_another_installation_filled_and_a_person_cleared_stays_cleared(bench, tmp_path):
    bench.mapping += FILL
    bench.add(1)
    bench.run()
    first, bench.store = bench.store, Store.open(new_store(tmp_path / "other.db"))
    bench.run()
    bench.crm.put("L00000", {"Email": None})
    bench.run(everything=True)
    assert bench.crm.records["L00000"]["Email"] is None
    bench.store.close()
    bench.store = first
