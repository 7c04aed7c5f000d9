from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from leadrelay import playbooks
from leadrelay.core.examples import judge
from leadrelay.core.explain import Tracer
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import qualify
from leadrelay.sandbox.samples import people

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLAYBOOK = load(playbooks.text("it-discovery"), "it-discovery.toml")
TRACER = Tracer(PLAYBOOK, NOW)

REACHABLE = {"email": "kim@corp.example", "phone": "+1 555 0100"}
ENTERPRISE = {"employees": 8000, "industry": "Banking", "servers": 1500, "technologies": ["ServiceNow"]}
KEEN = {"source": "inbound", "created_at": NOW, "visits": 12, "downloads": 1, "last_activity_at": NOW}
CAN_BUY = {"budget_status": "approved", "authority": "decides", "pains": ["CMDB accuracy"], "timeline_months": 6}
MEETING = {"meeting_at": NOW + timedelta(days=3), "requirements": "Agentless.", "stakeholders": 3}

STAGES = {
    "awareness": {"visits": 1},
    "name": REACHABLE,
    "engaged": {**REACHABLE, **KEEN, "employees": 20},
    "target": {**REACHABLE, **ENTERPRISE, "source": "event", "created_at": NOW},
    "mql": {**REACHABLE, **ENTERPRISE, **KEEN, "title": "CIO"},
    "sal": {**REACHABLE, **ENTERPRISE, **CAN_BUY},
    "sql": {**REACHABLE, **ENTERPRISE, **CAN_BUY, **MEETING},
    "recycled": {**REACHABLE, **ENTERPRISE, **CAN_BUY, "timeline_months": 20},
    "disqualified": {**REACHABLE, **ENTERPRISE, **CAN_BUY, "title": "Student"},
    "opportunity": {**REACHABLE, "converted": True},
}


@pytest.mark.parametrize(("stage", "lead"), STAGES.items(), ids=STAGES.keys())
def test_a_lead_reaches_each_stage(stage, lead):
    assert TRACER(lead).outputs["stage"] == stage


def test_every_stage_has_an_example():
    assert set(STAGES) == {stage.name for stage in PLAYBOOK.stages}


def test_the_baton_is_passed_once():
    sides = [
        stage.side for stage in PLAYBOOK.stages if stage.name in {"sql", "sal", "mql", "target", "engaged", "name"}
    ]
    assert sides == ["sales", *["lead-generation"] * 5]


@pytest.mark.parametrize("condition", MEETING)
def test_the_gate_to_sales_needs_all_of_its_conditions(condition):
    lead = {**STAGES["sql"], condition: None}
    assert TRACER(lead).outputs["stage"] == "sal"


@pytest.mark.parametrize("said", [{"budget_status": "none"}, {"timeline_months": 18}, {"status": "UNQUALIFIED"}])
def test_who_is_not_ready_is_recycled_and_comes_back(said):
    lead = STAGES["sql"]
    assert TRACER({**lead, **said}).outputs["stage"] == "recycled"
    assert TRACER(lead).outputs["stage"] == "sql"


OVER = [
    {"budget_status": "none"},
    {"status": "UNQUALIFIED"},
    {"sales_verdict": "rejected"},
    {"title": "Student"},
    {"converted": True},
]


@pytest.mark.parametrize("said", OVER)
def test_who_is_in_nurture_or_out_or_won_is_not_handed_off_though_the_gate_is_passed(said):
    assert TRACER(STAGES["sql"]).handoff.holds
    assert not TRACER({**STAGES["sql"], **said}).handoff.holds


def test_a_lead_that_sales_turned_down_is_handed_off_again_on_its_day():
    lead = {**STAGES["sql"], "sales_verdict": "rejected", "current_recycle_reason": "Turned down by sales"}
    assert not TRACER({**lead, "current_reengage_on": NOW.date() + timedelta(days=1)}).handoff.holds
    assert TRACER({**lead, "current_reengage_on": NOW.date()}).handoff.holds


def test_somebody_who_takes_up_a_lead_accepts_it():
    assert TRACER({**STAGES["mql"], "status": "Working - Contacted"}).outputs["stage"] == "sal"
    assert TRACER({**STAGES["name"], "status": "Working - Contacted"}).outputs["stage"] == "name"


def test_what_sales_took_over_does_not_fall_back_among_the_unread():
    outputs = TRACER({**STAGES["name"], "current_stage": "sql"}).outputs
    assert (outputs["stage"], outputs["stage_held"]) == ("sql", "name")
    assert TRACER({**STAGES["name"], "current_stage": "mql"}).outputs["stage"] == "name"


def test_its_examples_hold():
    assert len(judge(PLAYBOOK, NOW)) >= 5
    assert all(not found.differences for found in judge(PLAYBOOK, NOW))


def test_questions_begin_with_the_need_and_end_with_the_budget():
    questions = TRACER(REACHABLE).outputs["questions"].split("\n")
    assert len(questions) == 6
    assert "CMDB" in questions[1]
    assert "budget" in questions[-1]


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ({}, "Where do you lose sight"),
        ({"pains": ["compliance"]}, "By when"),
        ({"pains": ["compliance"], "timeline_months": 3}, "Who apart from you"),
        ({"pains": ["compliance"], "timeline_months": 3, "authority": "decides"}, "Which budget"),
    ],
)
def test_the_next_question_follows_from_what_is_unknown(known, asked):
    assert TRACER({**REACHABLE, **known}).outputs["question"].startswith(asked)


TITLES = {
    "CIO": 8,
    "chief information officer": 8,
    "情報システム部長": 8,
    "Head of Infrastructure": 6,
    "VP Infrastructure & Operations": 6,
    "Leiter IT-Infrastruktur": 6,
    "IT-Leiter": 6,
    "Director de TI": 6,
    "Directeur des systèmes d'information": 6,
    "IT Manager": 4,
    "CMDB Manager": 6,
    "Software Asset Manager": 6,
    "IT Procurement Manager": 2,
    "Account Executive": 0,
    "Assistant to the CIO": -8,
    "Executive Assistant to the Director of IT": -8,
    "Assistentin des IT-Leiters": -8,
    "Werkstudent IT": -8,
}


@pytest.mark.parametrize(("title", "points"), TITLES.items())
def test_a_title_is_read_by_words(title, points):
    assert TRACER({"title": title}).outputs["contact_fit"] == points


def test_a_free_mail_address_costs_points_and_its_owner_does_not():
    of_their_own = TRACER({"email": "kim@corp.example"}).outputs["contact_fit"]
    assert TRACER({"email": "kim@gmail.com"}).outputs["contact_fit"] < 0 < of_their_own
    assert TRACER({"email": "gmail.com@corp.example"}).outputs["contact_fit"] == of_their_own


def test_all_points_together_are_at_most_a_hundred():
    most = {name: cap.most for name, cap in PLAYBOOK.caps.by_output.items() if cap.most is not None}
    assert sum(most.values()) == 100


def test_the_best_and_the_worst_lead_are_told_apart():
    best = TRACER({**STAGES["sql"], **KEEN, "title": "CIO", "intent_score": 90.0, "last_intent_at": NOW}).outputs
    worst = TRACER({"email": "x@gmail.com", "title": "Intern", "employees": 5, "opted_out": True}).outputs
    assert best["score"] > 80
    assert (best["grade"], worst["grade"], worst["score"]) == ("A1", "D4", 0)


@pytest.fixture(scope="module")
def leads():
    leads = list(people(3000, 1, NOW))
    channels = {"Web": "inbound", "Partner Referral": "referral", "Trade Show": "event", "Other": "mql"}
    for number, lead in enumerate(leads):
        lead |= {"id": str(number), "source": channels.get(lead["source"])}
    schema = {"id": pl.String, **{field.name: field.type.dtype for field in PLAYBOOK.schema.values()}}
    return pl.DataFrame(leads, schema=schema)


@pytest.fixture(scope="module")
def sample(leads):
    return qualify(leads, PLAYBOOK, NOW, frozenset(OUTPUTS))


def test_every_rule_speaks_for_some_of_the_sample_leads(sample):
    told = " · ".join(sample["reasons"])
    silent = [rule.name for rule in PLAYBOOK.rules if f"{rule.name} {'+' if rule.points > 0 else '-'}" not in told]
    assert not silent


def test_the_sample_leads_spread_over_stages_and_grades(sample):
    assert set(sample["stage"]) == set(STAGES)
    assert set(sample["grade"]) == {letter + digit for letter in "ABCD" for digit in "1234"}
    assert 0.05 < sample["qualified"].mean() < 0.4


def test_reasons_fit_into_the_crm_field(sample):
    assert sample["reasons"].str.len_chars().max() < 4000
    assert sample["bant"].str.len_chars().max() <= 255


def test_there_are_two_playbooks_to_choose():
    assert playbooks.names() == ("it-discovery", "starter")
    assert len(PLAYBOOK.rules) == 70


def test_many_leads_get_the_verdicts_that_few_get(leads, sample):
    """Frames of 20,000 leads and more look at each title once."""
    many = qualify(pl.concat([leads] * 7), PLAYBOOK, NOW, frozenset(OUTPUTS))
    assert many.equals(pl.concat([sample] * 7))
