"""Leads that nobody touches, and about which time changes something: they are asked for, and no others."""

import pytest

from leadrelay.connectors.base import FieldInfo, Standing
from leadrelay.core.limits import Brake, Limit
from leadrelay.errors import Stopped, Unavailable
from leadrelay.jobs.preview import Preview
from leadrelay.jobs.reading import Nobody

TIMED = """
[[score.engagement]]
name = "lately"
when = "last_activity_at >= now() - interval '7 days'"
points = 5
"""
CAPPED = "[caps]\nengagement = { max = 0 }\n"
SEEN = "2026-11-20T12:00:00.000Z"
"""Two days before the clock begins."""


@pytest.fixture
def aging(bench):
    """Leads that are worth 25 points for five days more, and 20 from then on."""
    bench.crm.add_field(FieldInfo("Seen", "Seen", "datetime"))
    bench.playbook += TIMED
    bench.mapping = bench.mapping.replace("[read]", '[read]\nlast_activity_at = "Seen"')
    bench.add(12, Seen=SEEN)
    return bench


def quiet(bench, **time):
    """A run after so much time in which nobody touched anything, what it cost in calls, and what it wrote."""
    bench.clock.pass_by(**time)
    calls, written = bench.crm.calls, len(bench.crm.written)
    summary = bench.run()
    return summary, bench.crm.calls - calls, len(bench.crm.written) - written


def settle(bench):
    """Decide all leads; afterwards no reading reaches back to any of our writes."""
    first = bench.run()
    bench.clock.pass_by(hours=1)
    bench.run()
    return first


def scores(bench):
    return {record["Leadrelay_Score"] for record in bench.crm.records.values()}


def test_a_lead_that_nobody_touched_is_decided_anew_when_its_time_has_come(aging):
    first = settle(aging)
    assert (first.due, scores(aging)) == (0, {"25"})
    before, calls, _ = quiet(aging, days=4)
    assert (before.read, before.due, calls) == (0, 0, 1)
    after, _, written = quiet(aging, days=2)
    assert (after.read, after.due, after.done, written) == (12, 12, 12, 12)
    assert (scores(aging), after.to_json()["due"]) == ({"20"}, 12)
    quiet(aging, hours=1)
    for days in (1, 30, 800):
        later, calls, _ = quiet(aging, days=days)
        assert (later.read, later.due, calls) == (0, 0, 1)


def test_what_is_due_and_does_not_change_costs_one_reading(aging):
    aging.playbook += CAPPED
    settle(aging)
    summary, calls, written = quiet(aging, days=6)
    assert (summary.read, summary.due, summary.unchanged, written) == (12, 12, 12, 0)
    assert calls == 2
    assert not summary.attention
    assert quiet(aging, days=1)[0].read == 0


def test_the_echo_of_our_own_write_is_decided_when_it_is_due(aging):
    aging.crm.put("L00000", {"Seen": "2026-11-15T12:03:00.000Z"})
    aging.run()
    assert aging.crm.records["L00000"]["Leadrelay_Score"] == "25"
    summary, _, written = quiet(aging, minutes=3)
    assert (summary.read, summary.due, written) == (12, 0, 1)
    assert aging.crm.records["L00000"]["Leadrelay_Score"] == "20"


def test_a_lead_that_is_deleted_is_asked_for_once_more_and_forgotten(aging):
    settle(aging)
    aging.crm.delete("L00003")
    summary, _, _ = quiet(aging, days=6)
    assert (summary.read, summary.due, summary.balanced) == (11, 11, True)
    assert list(aging.store.memory.due("job", aging.clock())) == []
    aging.crm.restore("L00003")
    assert aging.run().done == 1
    assert scores(aging) == {"20"}


def test_a_lead_out_of_sight_is_asked_for_once_a_day_until_it_is_back(aging):
    settle(aging)
    aging.crm.out_of_sight = frozenset({"L00003"})
    first, _, _ = quiet(aging, days=6)
    assert (first.read, first.due, first.done, first.unchanged, first.attention) == (12, 11, 11, 1, False)
    quiet(aging, hours=2)
    assert quiet(aging, hours=10)[0].read == 0
    aging.crm.out_of_sight = frozenset()
    back, _, _ = quiet(aging, hours=13)
    assert (back.read, back.due, back.done) == (1, 1, 1)


@pytest.mark.parametrize("written", [0, 1, 5, 11])
def test_a_run_that_is_cut_off_leaves_due_what_it_did_not_decide(aging, written):
    settle(aging)
    aging.clock.pass_by(days=6)
    aging.crm.lose_line_after = 12 + written
    with pytest.raises(Unavailable):
        aging.run()
    aging.crm.lose_line_after = None
    aging.run()
    assert (scores(aging), len(aging.crm.written)) == ({"20"}, 24)


def test_a_run_that_is_asked_to_stop_while_it_reads_goes_on_with_the_rest(aging):
    settle(aging)
    aging.clock.pass_by(days=6)
    aging.stopping = lambda: aging.crm.calls > calls + 1
    calls = aging.crm.calls
    first = aging.run()
    assert (first.complete, first.balanced) == (False, True)
    aging.stopping = lambda: False
    aging.run()
    assert scores(aging) == {"20"}


def test_the_brake_and_the_preview_look_at_what_is_due(aging):
    settle(aging)
    aging.clock.pass_by(days=6)
    preview = Preview(aging.job(), aging.store, aging.clock(), Nobody(), shown=None)
    preview.gather()
    assert (preview.read, preview.changed, len(preview.leads)) == (12, 12, 12)
    aging.extras = {"brake": Brake(changes=Limit(3))}
    with pytest.raises(Stopped, match="12"):
        aging.run()
    assert scores(aging) == {"25"}
    assert aging.run(brake=False).done == 12


def test_every_lead_in_a_whole_run_is_decided_once(aging):
    aging.run()
    aging.clock.pass_by(days=6)
    whole = aging.run(everything=True)
    assert (whole.read, whole.due, whole.done) == (12, 0, 12)


def test_a_lead_that_is_left_alone_until_a_moment_is_written_after_it(aging):
    aging.mapping = "leave = \"last_activity_at >= now() - interval '3 days'\"\n" + aging.mapping
    assert settle(aging).done == 0
    summary, _, _ = quiet(aging, days=2)
    assert (summary.due, summary.done) == (12, 12)


def test_time_gives_what_the_crm_refused_another_chance(aging):
    aging.crm.verdicts["L00002"] = Standing.PARKED
    settle(aging)
    assert aging.store.outbox.counts("job") == {"parked": 1}
    aging.crm.verdicts.clear()
    summary, _, _ = quiet(aging, days=6)
    assert (summary.due, summary.done, summary.parked) == (12, 12, 0)
    assert aging.store.outbox.counts("job") == {}


def test_what_something_else_wrote_over_us_is_written_again_after_a_day(aging):
    settle(aging)
    for _ in range(2):
        aging.crm.put("L00000", {"Leadrelay_Score": 99})
        aging.run()
    assert aging.crm.records["L00000"]["Leadrelay_Score"] == "99"
    assert quiet(aging, hours=20)[0].due == 0
    assert aging.crm.records["L00000"]["Leadrelay_Score"] == "99"
    summary, _, written = quiet(aging, hours=5)
    assert (summary.due, written, aging.crm.records["L00000"]["Leadrelay_Score"]) == (1, 1, "25")


def test_an_unfinished_lead_that_is_due_too_is_read_once(aging):
    settle(aging)
    aging.crm.verdicts["L00002"] = Standing.PENDING
    aging.crm.put("L00002", {"Employees": 1})
    assert aging.run().pending == 1
    aging.clock.pass_by(hours=1)
    aging.run()
    aging.crm.verdicts.clear()
    summary, _, written = quiet(aging, days=6)
    assert (summary.read, summary.due, written) == (12, 11, 12)
