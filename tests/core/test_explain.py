import json
from datetime import UTC, datetime, timedelta

import pytest

from leadrelay.core.explain import Tracer, trace
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLAYBOOK = load(
    """
name = "Test"

[bant.budget]
met = "budget_amount >= 1000"
unmet = "budget_status = 'none'"
question = "How much?"

[[score.fit]]
name = "Enterprise"
about = "organisation"
when = "employees >= 1000"
points = 20

[[score.fit]]
name = "Director"
about = "contact"
when = "title ilike '%director%'"
points = 5

[[score.engagement]]
name = "Active"
when = "visits > 0"
points = 8
half_life_days = 10
since = "last_activity_at"

[caps]
organisation = { max = 15 }

[grade]
fit = { A = 15, B = 10, C = 5 }
interest = { 1 = 8, 2 = 4, 3 = 1 }

[[disqualify]]
name = "Gone"
when = "converted"

[qualification]
when = "bant_met >= 1"

[[stages]]
name = "sql"
side = "sales"
when = "qualified and score >= 15"

[[stages]]
name = "mql"
side = "lead-generation"
when = "score >= 15"

[[stages]]
name = "name"
side = "lead-generation"
""",
    "test.toml",
)
LEAD = {
    "employees": 2000,
    "title": "Clerk",
    "visits": 3,
    "last_activity_at": NOW - timedelta(days=10),
    "budget_status": "none",
    "company": "Acme",
}


@pytest.fixture
def traced():
    return trace(LEAD, PLAYBOOK, NOW)


WHY = {
    "bant_budget": [
        "budget is unmet",
        "met is unknown: budget_amount >= 1000 [budget_amount unknown]",
        "unmet holds: budget_status = 'none' [budget_status none]",
    ],
    "bant": [
        "budget is unmet: budget_status = 'none' [budget_status none]",
        "authority is unknown",
        "need is unknown",
        "timeline is unknown",
    ],
    "bant_unmet": [
        "budget is unmet: budget_status = 'none' [budget_status none]",
        "authority is unknown",
        "need is unknown",
        "timeline is unknown",
    ],
    "question": [],
    "contact_fit": [],
    "organisation_fit": ["Enterprise +20: employees >= 1000 [employees 2000]", "organisation fit cap -5"],
    "fit": ["contact fit 0", "organisation fit 15"],
    "engagement": [
        "Active +4 (fading from +8): visits > 0 [visits 3], since last_activity_at 2026-05-22 12:00",
    ],
    "score": ["fit 15", "engagement 4", "intent 0", "bant score 0"],
    "grade": ["A: fit 15", "2: engagement and intent 4"],
    "disqualified": ["no disqualifier holds"],
    "qualified": ["it does not hold: bant_met >= 1 [bant_met 0]"],
    "stage": [
        "mql: score >= 15 [score 19]",
        "not sql, which does not hold: qualified and score >= 15 [qualified no, score 19]",
    ],
    "reasons": [
        "Enterprise +20: employees >= 1000 [employees 2000]",
        "organisation fit cap -5",
        "Active +4 (fading from +8): visits > 0 [visits 3], since last_activity_at 2026-05-22 12:00",
    ],
    "company": ["the lead's company is Acme"],
    "industry": [],
    "no such thing": [],
}


@pytest.mark.parametrize(("output", "lines"), WHY.items(), ids=WHY.keys())
def test_why_an_output_has_its_value(traced, output, lines):
    assert traced.because(output) == lines


def test_rules_that_did_not_speak_say_what_they_looked_at(traced):
    director = traced.rules[0]
    assert (director.rule, director.points, director.finding.holds) == ("Director", 0, False)
    assert str(director.finding) == "title ilike '%director%' [title Clerk]"


def test_what_is_unknown_is_no_miss():
    found = trace({}, PLAYBOOK, NOW)
    assert [rule.finding.holds for rule in found.rules] == [None, None, None]
    assert found.because("stage") == [
        "name: no other stage takes it",
        "not mql, which does not hold: score >= 15 [score 0]",
        "not sql, which does not hold: qualified and score >= 15 [qualified no, score 0]",
    ]
    assert found.because("question") == ["budget is unknown"]


def test_who_is_disqualified_is_told_why():
    found = trace({**LEAD, "converted": True, "budget_status": "planned", "budget_amount": 2000.0}, PLAYBOOK, NOW)
    assert found.because("disqualified") == ["Gone: converted [converted yes]"]
    assert found.because("qualified") == ["it holds: bant_met >= 1 [bant_met 1]", "Gone: converted [converted yes]"]
    assert found.because("reasons")[0] == "Gone: converted [converted yes]"


def test_a_trace_is_json(traced):
    told = json.loads(json.dumps(traced.to_json()))
    assert set(told["outputs"]) == set(OUTPUTS)
    assert told["because"]["score"] == WHY["score"]
    assert told["rules"][1]["finding"]["facts"] == [{"field": "employees", "value": "2000"}]


def test_a_tracer_serves_many_leads():
    tracer = Tracer(PLAYBOOK, NOW)
    assert [tracer({"employees": size}).outputs["score"] for size in (999, 1000)] == [0, 15]
