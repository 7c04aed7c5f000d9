"""Leads that go back to nurture and come back by themselves: the whole of their life, by frame and by tracer."""

import json
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.explain import Tracer
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import Decider
from leadrelay.errors import ConfigError

START = date(2026, 1, 31)
TEXT = """
name = "Test"

[bant.budget]
met = "budget_amount > 0"
unmet = "budget_status = 'none'"

[qualification]
when = "bant_budget = 'met'"

[[recycle]]
name = "No budget"
when = "bant_budget = 'unmet'"
after = "90 days"

[[recycle]]
name = "Too busy"
when = "'too busy' = any(objections)"
after = "1 month"

[[recycle]]
name = "Wait"
when = "initiatives = 'wait'"
after = "2 weeks"

[[recycle]]
name = "Turned down"
when = "sales_verdict = 'rejected'"
after = "10 days"

[[stages]]
name = "recycled"
side = "lead-generation"
when = "recycled"

[[stages]]
name = "engaged"
side = "lead-generation"
when = "visits > 0"

[[stages]]
name = "name"
side = "lead-generation"
"""
PLAYBOOK = load(TEXT, "my.toml")
KEPT = {"recycle_reason": "current_recycle_reason", "reengage_on": "current_reengage_on"}
MEMORY = {**KEPT, "recycled_before": "current_recycled_before"}
TOLD = ("recycled", "recycle_reason", "reengage_on", "stage")


def verdict(lead, day, playbook=PLAYBOOK, hour=12):
    """What both say about a lead on a day."""
    now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    schema = {"id": pl.String, **{name: playbook.schema[name].type.dtype for name in sorted(playbook.fields_used)}}
    [row] = Decider(playbook, now, frozenset(OUTPUTS))(pl.DataFrame([{"id": "1", **lead}], schema=schema)).to_dicts()
    trace = Tracer(playbook, now)(lead)
    assert {name: row[name] for name in OUTPUTS} == trace.outputs
    return trace


class Life:
    """One lead and its CRM, which keeps what was decided."""

    def __init__(self, memory=MEMORY, **lead):
        self.lead, self.memory, self.day = {"visits": 1, **lead}, memory, START

    def on(self, days, **changes):
        """So many days after the start, and what changed until then."""
        self.day, self.lead = START + timedelta(days=days), {**self.lead, **changes}
        self.trace = verdict(self.lead, self.day)
        self.lead.update({name: self.trace.outputs[output] for output, name in self.memory.items()})
        return tuple(self.trace.outputs[name] for name in TOLD)


def day(number):
    return START + timedelta(days=number)


def noon(of):
    return datetime(of.year, of.month, of.day, 12, tzinfo=UTC)


NO_BUDGET = {"budget_status": "none"}
BACK = (False, None, None, "engaged")


def test_a_lead_goes_to_nurture_and_comes_back_by_itself():
    life = Life(**NO_BUDGET)
    gone = (True, "No budget", day(90), "recycled")
    assert [life.on(days) for days in (0, 1, 89)] == [gone] * 3
    back = (False, "No budget", day(90), "engaged")
    assert [life.on(days) for days in (90, 91, 300)] == [back] * 3


def test_the_day_is_that_of_the_run_in_utc():
    lead = {**NO_BUDGET, "current_recycle_reason": "No budget", "current_reengage_on": START}
    assert verdict(lead, START - timedelta(days=1), hour=23).outputs["recycled"] is True
    assert verdict(lead, START, hour=0).outputs["recycled"] is False


def test_a_cause_that_goes_away_before_the_day_brings_the_lead_back():
    life = Life(**NO_BUDGET)
    life.on(0)
    assert life.on(10, budget_status="planned") == BACK
    assert life.on(20, budget_status="none") == (True, "No budget", day(110), "recycled")


def test_a_cause_that_comes_anew_recycles_anew():
    life = Life(**NO_BUDGET)
    life.on(0)
    assert life.on(100)[0] is False
    assert life.on(120, budget_status="planned") == BACK
    assert life.on(130, budget_status="none") == (True, "No budget", day(220), "recycled")


def test_what_sales_says_once_more_recycles_once_more():
    life = Life(sales_verdict="rejected", sales_verdict_at=noon(day(-1)))
    assert life.on(0) == (True, "Turned down", day(10), "recycled")
    assert life.on(10) == life.on(20) == (False, "Turned down", day(10), "engaged")
    again = (True, "Turned down", day(40), "recycled")
    assert [life.on(days, sales_verdict_at=noon(day(30))) for days in (30, 31, 39)] == [again] * 3
    assert life.on(40)[0] is False
    assert life.on(41, sales_verdict_at=noon(day(90)))[0] is False  # nobody has said that yet


def test_another_cause_recycles_a_lead_that_came_back():
    life = Life(**NO_BUDGET)
    life.on(0)
    life.on(90)
    busy = (True, "Too busy", date(2026, 6, 11), "recycled")
    assert life.on(100, objections=["too busy"]) == busy
    assert life.on(101) == busy
    assert life.lead["current_recycled_before"] == "No budget"
    assert life.on(200) == (False, "Too busy", date(2026, 6, 11), "engaged")
    assert life.on(400)[0] is False
    assert life.on(401, objections=None) == BACK
    assert life.lead["current_recycled_before"] == "No budget"
    assert life.on(402, budget_status="planned") == BACK
    assert life.lead["current_recycled_before"] is None


def test_an_earlier_cause_waits_until_the_day_of_the_present_one():
    life = Life(objections=["too busy"])
    busy = (True, "Too busy", date(2026, 2, 28), "recycled")
    assert life.on(0) == busy
    assert life.on(5, **NO_BUDGET) == busy
    assert life.on(28) == (True, "No budget", day(118), "recycled")
    assert life.on(118)[0] is False


def test_causes_that_last_are_served_one_after_the_other_and_then_never_again():
    life = Life(objections=["too busy"], initiatives="wait", **NO_BUDGET)
    days = {number: life.on(number) for number in range(0, 500, 7)}
    reasons = [reason for gone, reason, *_ in days.values() if gone]
    assert list(dict.fromkeys(reasons)) == ["No budget", "Too busy", "Wait"]
    assert sorted(reasons, key=["No budget", "Too busy", "Wait"].index) == reasons
    assert [gone for gone, *_ in days.values()].count(True) == len(reasons) < 25
    assert life.lead["current_recycled_before"] == "No budget · Too busy"


def test_without_the_third_field_two_causes_that_last_take_turns():
    life = Life(KEPT, objections=["too busy"], **NO_BUDGET)
    assert [life.on(days)[1] for days in (0, 90, 121, 211)] == ["No budget", "Too busy", "No budget", "Too busy"]


def test_a_single_cause_needs_no_third_field():
    text = TEXT[: TEXT.index('[[recycle]]\nname = "Too busy"')] + TEXT[TEXT.index("[[stages]]") :]
    playbook = load(text, "my.toml")
    kept = {name: playbook.schema[name] for name in playbook.fields_used if name.startswith("current_")}
    assert sorted(kept) == ["current_recycle_reason", "current_reengage_on"]
    lead = {**NO_BUDGET, "current_recycle_reason": "No budget", "current_reengage_on": START}
    assert verdict(lead, START, playbook).outputs["recycled"] is False
    assert verdict({**lead, "current_reengage_on": None}, START, playbook).outputs["recycled"] is True


def test_who_clears_the_reason_asks_for_another_round():
    life = Life(**NO_BUDGET)
    life.on(0)
    life.on(95)
    assert life.on(96, current_recycle_reason=None) == (True, "No budget", day(186), "recycled")
    assert life.on(97, current_reengage_on=None) == (True, "No budget", day(187), "recycled")


def test_who_sets_another_day_is_heeded():
    life = Life(**NO_BUDGET)
    life.on(0)
    assert life.on(1, current_reengage_on=day(200))[2] == day(200)
    assert life.on(150)[0] is True
    assert life.on(151, current_reengage_on=day(151)) == (False, "No budget", day(151), "engaged")


def test_a_reason_unheard_of_counts_as_none():
    life = Life(current_recycle_reason="Whim", current_reengage_on=day(50), **NO_BUDGET)
    assert life.on(0) == (True, "No budget", day(90), "recycled")
    assert Life(current_recycle_reason="Whim", current_reengage_on=day(50)).on(0) == BACK


def test_why_is_told_in_words():
    life = Life(**NO_BUDGET)
    life.on(0)
    line = "bant_budget = 'unmet' [bant_budget unmet]"
    assert life.trace.because("recycled")[0] == f"No budget: {line}"
    assert "Too busy, which is unknown: 'too busy' = any(objections) [objections unknown]" in life.trace.because(
        "recycled"
    )
    assert life.trace.because("reengage_on") == [f"90 days from today: No budget: {line}"]
    assert life.trace.in_short("recycled") == "No budget: bant_budget unmet"
    assert json.loads(json.dumps(life.trace.to_json()))["outputs"]["reengage_on"] == "2026-05-01"
    life.on(1)
    assert life.trace.because("reengage_on") == ["the CRM has it since No budget recycled the lead"]
    life.on(90)
    served = f"No budget holds, but has served its time: {line}"
    assert life.trace.because("recycled")[0] == served
    assert life.trace.because("recycled_before") == [served]


REASONS = [*PLAYBOOK.recycling.names, "Whim", ""]
LEADS = st.fixed_dictionaries(
    {
        "budget_status": st.sampled_from([None, "none", "planned"]),
        "objections": st.sampled_from([None, ["too busy"], ["x"]]),
        "initiatives": st.sampled_from([None, "wait"]),
        "sales_verdict": st.sampled_from([None, "rejected"]),
        "sales_verdict_at": st.none() | st.integers(-40, 40).map(lambda days: noon(day(days))),
        "current_recycle_reason": st.none() | st.sampled_from(REASONS),
        "current_reengage_on": st.none() | st.integers(-40, 40).map(day),
        "current_recycled_before": st.none()
        | st.lists(st.sampled_from(REASONS), max_size=3).map(" · ".join)
        | st.sampled_from(["No budget ·Too busy", "·", "No  budget"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(LEADS)
def test_the_frame_and_the_tracer_agree_and_one_decision_settles_it(lead):
    life = Life(**lead)
    first = life.on(0)
    assert life.on(0) == first
    gone, reason, until, stage = first
    assert (stage == "recycled") is gone
    assert (reason is None) is (until is None)
    assert not gone or until > START


@settings(max_examples=20, deadline=None)
@given(LEADS)
def test_whatever_stood_there_a_lead_comes_back(lead):
    """With all three fields kept: after at most the sum of all rests, whatever causes last."""
    life = Life(**lead)
    went = [life.on(days)[0] for days in range(0, 250, 10)]
    assert not went[-1]


WRONG = {
    "no interval": ('"90 days"', '"quarter"', "recycle[0].after: 'quarter' is no interval of days", "'90 days'"),
    "hours": ('"90 days"', '"90 hours"', "'90 hours' is no interval of days"),
    "no time at all": ('"90 days"', '"0 days"', "'0 days' is not between one day and 100 years"),
    "an age": ('"90 days"', '"101 years"', "'101 years' is not between one day"),
    "a name twice": ('"Too busy"', '"No budget"', "recycle[1].name: 'No budget' recycles leads already."),
    "a name that parts": ('"Too busy"', '"Too · busy"', "without '·'"),
    "a later output": ("bant_budget = 'unmet'", "stage = 'name'", "cannot be asked for: stage."),
    "a reason unheard of": (
        'when = "recycled"', "when = \"recycle_reason = 'No bugdet'\"",
        "'No bugdet' is never", "'No budget'",
    ),
    "no name": ('name = "No budget"\n', "", "recycle[0]: lacks 'name'."),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(case):
    old, new, *expected = case
    assert TEXT.count(old) == 1
    with pytest.raises(ConfigError) as caught:
        load(TEXT.replace(old, new), "my.toml")
    told = [str(problem) for problem in caught.value.problems]
    assert any(all(words in problem for words in expected) for problem in told), told
