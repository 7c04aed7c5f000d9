"""Criteria: named sides, answers that expire, evidence that names field, value and rule."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest

from leadrelay.core.drift import affected
from leadrelay.core.explain import trace
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.predicates import Op
from leadrelay.core.qualify import qualify
from leadrelay.core.recheck import RECHECK
from leadrelay.errors import ConfigError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HEAD = 'name = "Small"\n'
REST = """
[qualification]
when = "bant_met >= 1"

[[stages]]
name = "name"
side = "lead-generation"
"""
BUDGET = """
[bant.budget]
met = { "Amount named" = "budget_amount >= 25000", "Approved" = "budget_status = 'approved'" }
unmet = "budget_status = 'none'"
evidence = ["budget_amount", "budget_status"]
question = "How much?"
expires_after = "180 days"
as_of = "bant_checked_at"

[bant.timeline]
met = "timeline_months <= 12"
question = "By when?"
expires_after = "6 months"
as_of = "project_start"
"""
WHOLE = HEAD + BUDGET + REST
RICH = {"budget_amount": 50_000.0, "bant_checked_at": NOW - timedelta(days=31)}


def verdict(lead, text=WHOLE):
    playbook = load(text, "my.toml")
    schema = {"id": pl.String, **{field.name: field.type.dtype for field in playbook.schema.values()}}
    [found] = qualify(pl.DataFrame([{"id": "L0", **lead}], schema=schema), playbook, NOW, frozenset(OUTPUTS)).to_dicts()
    assert {name: found[name] for name in OUTPUTS} == trace(lead, playbook, NOW).outputs
    return found


def evidence(lead, text=WHOLE):
    """What is said of the criteria of which something is known."""
    parts = verdict(lead, text)["bant_evidence"].split("; ")
    return [part for part in parts if not part.endswith(" unknown")]


def why(lead, output, text=WHOLE):
    return trace(lead, load(text, "my.toml"), NOW).because(output)


@pytest.mark.parametrize(
    ("lead", "told"),
    [
        ({}, []),
        (RICH, ["Budget met by Amount named: budget_amount 50000 (asked 2026-05-01)"]),
        ({**RICH, "bant_checked_at": None}, ["Budget met by Amount named: budget_amount 50000"]),
        (
            {**RICH, "budget_status": "approved"},
            ["Budget met by Amount named, Approved: budget_amount 50000, budget_status approved (asked 2026-05-01)"],
        ),
        (
            {"budget_status": "none", "bant_checked_at": NOW},
            ["Budget unmet: budget_status none (asked 2026-06-01)"],
        ),
        (
            {**RICH, "budget_status": "none"},
            ["Budget contradicted by Amount named: budget_amount 50000, budget_status none (asked 2026-05-01)"],
        ),
        ({"budget_amount": 1.0, "bant_checked_at": NOW}, ["Budget unknown: budget_amount 1"]),
        (
            {**RICH, "bant_checked_at": NOW - timedelta(days=273)},
            ["Budget unknown, expired 2026-03-01: budget_amount 50000"],
        ),
        (
            {"timeline_months": 6, "project_start": date(2025, 8, 31)},
            ["Timeline unknown, expired 2026-03-01: timeline_months 6"],
        ),
        ({"project_start": date(2025, 8, 31)}, []),
    ],
)
def test_evidence_names_the_field_the_value_the_rule_and_the_day(lead, told):
    assert evidence(lead) == told


def test_evidence_of_a_criterion_that_shows_no_field():
    text = WHOLE.replace('evidence = ["budget_amount", "budget_status"]', "evidence = []")
    assert evidence(RICH, text) == ["Budget met by Amount named (asked 2026-05-01)"]
    assert evidence({**RICH, "bant_checked_at": NOW - timedelta(days=273)}, text) == [
        "Budget unknown, expired 2026-03-01"
    ]


@pytest.mark.parametrize(
    ("days", "hours", "word"), [(180, 0, "met"), (180, 12, "met"), (180, 13, "unknown"), (181, 0, "unknown")]
)
def test_an_answer_counts_until_the_end_of_its_last_day(days, hours, word):
    found = verdict({**RICH, "bant_checked_at": NOW - timedelta(days=days, hours=hours)})
    assert found["bant_budget"] == word
    assert found["question"] == ("How much?" if word == "unknown" else "By when?")


def test_what_has_expired_is_asked_again_and_counts_as_unknown():
    found = verdict({**RICH, "budget_status": "none", "bant_checked_at": NOW - timedelta(days=400)})
    assert (found["bant_unknown"], found["bant_contradicted"], found["qualified"]) == (4, 0, False)
    assert found["questions"] == "How much?\nBy when?"


@pytest.mark.parametrize("asked", [NOW - timedelta(days=31), datetime(2026, 2, 28, 23, tzinfo=UTC)])
def test_the_re_check_comes_when_the_answer_expires(asked):
    playbook = load(WHOLE, "my.toml")
    schema = {"id": pl.String, **{field.name: field.type.dtype for field in playbook.schema.values()}}
    leads = pl.DataFrame([{"id": "L0", **RICH, "bant_checked_at": asked}], schema=schema)
    [moment] = qualify(leads, playbook, NOW, frozenset([RECHECK]))[RECHECK]
    assert moment == datetime.combine(playbook.criteria[0].expiry.until(asked.date()), time(), UTC)


def test_a_named_side_is_one_condition_and_keeps_its_names():
    budget = load(WHOLE, "my.toml").criteria[0]
    assert budget.met.node.op is Op.OR
    assert budget.met.text == "(budget_amount >= 25000) or (budget_status = 'approved')"
    assert [saying.name for saying in budget.sayings] == ["Amount named", "Approved", ""]
    assert budget.expiry.fresh.text == "bant_checked_at is null or bant_checked_at >= today() - interval '180 days'"
    assert "bant_checked_at" in load(WHOLE, "my.toml").fields_used


def test_named_sides_may_stand_as_tables_of_their_own():
    inline = 'met = { "Amount named" = "budget_amount >= 25000", "Approved" = "budget_status = \'approved\'" }\n'
    table = """[bant.budget.met]
"Amount named" = "budget_amount >= 25000"
Approved = "budget_status = 'approved'"
"""
    text = WHOLE.replace(inline, "").replace("\n[bant.timeline]", table + "\n[bant.timeline]")
    assert load(text, "my.toml").criteria == load(WHOLE, "my.toml").criteria


def test_the_trace_tells_rule_and_age():
    lead = {**RICH, "bant_checked_at": NOW - timedelta(days=31)}
    assert why(lead, "bant_budget") == [
        "budget is met",
        "met by Amount named holds: budget_amount >= 25000 [budget_amount 50000]",
        "met by Approved is unknown: budget_status = 'approved' [budget_status unknown]",
        "unmet is unknown: budget_status = 'none' [budget_status unknown]",
        "asked 2026-05-01, 31 days ago; expires 2026-10-29",
    ]
    assert why(lead, "bant")[0] == "budget is met: Amount named: budget_amount >= 25000 [budget_amount 50000]"
    found = trace(lead, load(WHOLE, "my.toml"), NOW)
    assert found.in_short("bant_budget") == "by Amount named: budget_amount 50000 (asked 2026-05-01)"
    assert found.criteria[0].spoke == ("Amount named",)
    assert found.in_short("bant_need") == ""


@pytest.mark.parametrize(
    ("asked", "age"),
    [
        (None, "bant_checked_at unknown, so nothing expires"),
        (NOW, "asked 2026-06-01, today; expires 2026-11-29"),
        (NOW + timedelta(days=1), "asked 2026-06-02, 1 day ahead; expires 2026-11-30"),
        (NOW - timedelta(days=1), "asked 2026-05-31, 1 day ago; expires 2026-11-28"),
        (NOW - timedelta(days=365), "asked 2025-06-01, 365 days ago; expired 2025-11-29"),
        (datetime(9999, 12, 31, tzinfo=UTC), "asked 9999-12-31, 2912291 days ahead; never expires"),
    ],
)
def test_the_age_of_an_answer_in_words(asked, age):
    assert why({"bant_checked_at": asked}, "bant_budget")[-1] == age
    told = why({**RICH, "bant_checked_at": asked}, "bant")[0]
    assert told == (f"budget is unknown: {age}" if "expired" in age else why(RICH, "bant")[0])


@pytest.mark.parametrize(
    ("missing", "lost"),
    [
        ("bant_checked_at", {"bant_budget"}),
        ("project_start", {"bant_timeline"}),
        ("budget_status", {"bant_budget"}),
    ],
)
def test_what_goes_with_the_date_of_the_answers(missing, lost):
    counts = {"bant_met", "bant_unmet", "bant_unknown", "bant_contradicted"}
    texts = {"bant", "bant_evidence", "question", "questions"}
    assert affected(load(WHOLE, "my.toml"), [missing]) == {*lost, *counts, *texts, "qualified", "gate_passed"}


WRONG = {
    "half an expiry": ('as_of = "bant_checked_at"\n', "", ":3 ", "'expires_after' and 'as_of' belong together."),
    "the other half": ('expires_after = "180 days"\n', "", ":3 ", "'expires_after' and 'as_of' belong together."),
    "no interval": ('"180 days"', '"half a year"', ":8 ", "'half a year' is not an interval. Such as: expires_after"),
    "hours": ('"180 days"', '"48 hours"', ":8 ", "answers expire by the day."),
    "no time at all": ('"180 days"', '"0 days"', ":8 ", "must be at least 1 day and at most 100 years."),
    "too long": ('"180 days"', '"101 years"', ":8 ", "must be at least 1 day and at most 100 years."),
    "a number": ('"180 days"', "180", ":8 ", "must be text, not a whole number."),
    "no date": ('"bant_checked_at"', '"visits"', ":9 ", "lead field 'visits' is not a date."),
    "a date unheard of": ('"bant_checked_at"', '"bant_checked"', ":9 ", "is unknown. Did you mean 'bant_checked_at'?"),
    "a field unheard of": ("budget_amount >= 25000", "budget >= 25000", ":4:27 ", "unknown field 'budget'"),
    "an output": ("budget_amount >= 25000", "bant_need = 'met'", ":4:27 ", "What is decided later cannot be asked for"),
    "no names": ('{ "Amount named" = "budget_amount >= 25000", "Approved" = "budget_status = \'approved\'" }', "{}",
        ":4 ", "names no predicate."),
    "an empty name": ('"Approved" =', '" " =', ":4 ", "a name has one line of at most 80 characters."),
    "a name too long": ('"Approved" =', f'"{"x" * 81}" =', ":4 ", "a name has one line of at most 80 characters."),
    "a number for a predicate": ("\"budget_status = 'approved'\"", "7", ":4 ", "must be text, not a whole number."),
    "a list of predicates": ("\"budget_status = 'none'\"", '["a"]', ":5 ", "must be text, not a list."),
    "a name on both sides": ("\"budget_status = 'none'\"", '{ Approved = "opted_out" }', ":5 ", "under 'met' too."),
    "too many": ('"Approved" =', " ".join(f'"{at}" = "visits > {at}",' for at in range(5)) + '"Approved" =',
        ":4 ", "has more than 6 predicates."),
}  # fmt: skip


@pytest.mark.parametrize(("was", "now", "line", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_line(was, now, line, told):
    assert was in WHOLE
    with pytest.raises(ConfigError) as caught:
        load(WHOLE.replace(was, now, 1), "my.toml")
    assert len(caught.value.problems) == 1
    first = str(caught.value.problems[0])
    assert first.startswith(f"my.toml{line}")
    assert told in first


def test_a_date_field_that_no_predicate_can_name_is_told():
    own = '[fields.like]\ntype = "date"\nmeaning = "A word of SQL"\n'
    with pytest.raises(ConfigError) as caught:
        load(WHOLE.replace('"project_start"', '"like"').replace("[bant.budget]", own + "[bant.budget]"), "my.toml")
    assert "no predicate can ask for 'like'" in str(caught.value)
