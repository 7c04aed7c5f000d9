from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core import examples
from leadrelay.core.examples import expect_proof, judge
from leadrelay.core.explain import trace
from leadrelay.core.playbook.loading import load
from leadrelay.errors import ConfigError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLAYBOOK = """
name = "Test"

[bant.budget]
met = "budget_amount >= 25000"
unmet = "budget_status = 'none'"
question = "How much?"

[[score.fit]]
name = "Enterprise"
about = "organisation"
when = "employees >= 1000"
points = 10

[[score.fit]]
name = "ServiceNow in use"
about = "organisation"
when = "'ServiceNow' = any(technologies)"
points = 5

[[score.engagement]]
name = "Active"
when = "visits > 0"
points = 8
half_life_days = 2
since = "last_activity_at"

[[score.engagement]]
name = "Project soon"
when = "project_start between today() and today() + interval '30 days'"
points = 2

[caps]
organisation = { max = 12 }

[grade]
fit = { A = 12, B = 10, C = 5 }
interest = { 1 = 8, 2 = 4, 3 = 1 }

[[disqualify]]
name = "Test entry"
when = "company = 'Test'"

[qualification]
when = "bant_met >= 1"

[[stages]]
name = "out"
side = "lead-generation"
when = "disqualified"

[[stages]]
name = "sal"
side = "sales"
when = "qualified"

[[stages]]
name = "mql"
side = "lead-generation"
when = "score >= 10"

[[stages]]
name = "new"
side = "lead-generation"
"""
HANDOFF = '[handoff]\nwhen = "qualified"\n'


def book(*tables, more=""):
    return load(PLAYBOOK + more + "".join(f"\n[[examples]]\n{table}\n" for table in tables), "p.toml")


def example(lead, expect, name="E", at="2026-06-01T09:00:00Z"):
    when = f"at = {at}\n" if at else ""
    return f'name = "{name}"\n{when}lead = {{ {lead} }}\nexpect = {{ {expect} }}'


def told(lead, expect, more="", at="2026-06-01T09:00:00Z"):
    [found] = judge(book(example(lead, expect, at=at), more=more), NOW)
    return [difference.message for difference in found.differences]


def problems(text):
    with pytest.raises(ConfigError) as found:
        book(text)
    return [(problem.place, problem.message, problem.cure) for problem in found.value.problems]


HOLDING = [
    ("employees = 5000, technologies = ['ServiceNow']", "stage = 'mql', fit = 12, score = [10, 12], grade = 'A4'"),
    (
        "budget_amount = 30000",
        "stage = 'sal', qualified = true, disqualified = false, bant_budget = 'met', question = ''",
    ),
    ("budget_amount = 30000.5", "bant_met = 1, bant_unknown = [3, 4]"),
    ("company = 'Test'", "stage = 'out', reasons = ['Test entry'], not_reasons = 'Enterprise', question = 'How much?'"),
    ("visits = 1, last_activity_at = '2 days ago'", "engagement = 4, reasons = ['Active']"),
    ("visits = 1, last_activity_at = 'in 3 weeks'", "engagement = 8"),
    ("visits = 1, last_activity_at = 2026-05-30T09:00:00Z", "engagement = 4"),
    ("visits = 1, last_activity_at = '2026-05-30'", "engagement = 4"),
    ("visits = 1, last_activity_at = 2026-05-30", "engagement = 4"),
    ("visits = 1", "engagement = 0, not_reasons = ['Active']"),
    ("project_start = 'in 1 month'", "engagement = 2"),
    ("project_start = '1 day ago'", "engagement = 0"),
    ("project_start = '2026-06-02'", "engagement = 2"),
    ("employees = 1", "bant = 'Budget unknown · Authority unknown · Need unknown · Timeline unknown', handoff = false"),
]


@pytest.mark.parametrize(("lead", "expect"), HOLDING)
@pytest.mark.parametrize("others", [0, examples.FEW])
def test_what_comes_out_as_expected_passes(lead, expect, others):
    """By closures where there are few, as a frame where there are more."""
    crowd = [example("employees = 5", "score = 0", name=str(number)) for number in range(others)]
    judged = judge(book(example(lead, expect), *crowd), NOW)
    assert [found.differences for found in judged] == [()] * (others + 1)
    assert all(found.passed for found in judged)


DIFFERING = [
    (
        "budget_status = 'none'",
        "stage = 'sal'",
        "stage is new, not sal: qualified does not hold: bant_met >= 1 [bant_met 0]",
    ),
    ("company = 'Test'", "stage = 'mql'", "stage is out, not mql: score >= 10 does not hold [score 0]"),
    (
        "company = 'Test', budget_amount = 30000",
        "stage = 'sal'",
        "stage is out, not sal: disqualified by 'Test entry': company = 'Test' [company Test]",
    ),
    (
        "company = 'Test', employees = 2000",
        "stage = 'mql'",
        "stage is out, not mql: out comes first, and disqualified holds [disqualified yes]",
    ),
    (
        "employees = 5000, technologies = ['ServiceNow']",
        "score = [60, 100]",
        "score is 12, not 60 to 100: Enterprise +10 · ServiceNow in use +5 · organisation fit cap -3",
    ),
    ("employees = 5", "score = 60", "score is 0, not 60: no rule spoke"),
    (
        "budget_status = 'none'",
        "bant_budget = 'met'",
        "bant_budget is unmet, not met: met is unknown: budget_amount >= 25000 [budget_amount unknown]; "
        "unmet holds: budget_status = 'none' [budget_status none]",
    ),
    ("employees = 5000", "grade = 'A1'", "grade is B4, not A1: B: fit 10, 4: engagement and intent 0"),
    (
        "employees = 500",
        "reasons = ['Enterprise']",
        "'Enterprise' did not speak: employees >= 1000 does not hold [employees 500]",
    ),
    (
        "company = 'Test', employees = 5000",
        "not_reasons = ['Test entry', 'Enterprise']",
        "'Test entry' spoke: company = 'Test' holds [company Test]; "
        "'Enterprise' spoke: employees >= 1000 holds [employees 5000]",
    ),
    (
        "visits = 1, last_activity_at = '100 days ago'",
        "reasons = ['Active']",
        "'Active' did not speak: it holds, but nothing is left of its points since last_activity_at 2026-02-21 09:00",
    ),
    (
        "visits = 1",
        "reasons = ['Active']",
        "'Active' did not speak: it holds, but fades since last_activity_at, which is not given",
    ),
    ("employees = 5", "qualified = true", "qualified is false, not true: does not hold: bant_met >= 1 [bant_met 0]"),
    ("employees = 5", "disqualified = true", "disqualified is false, not true: no disqualifier holds"),
    ("company = 'Test'", "stage = ''", "stage is out, not none: out, since disqualified holds [disqualified yes]"),
    ("employees = 5", "question = ''", "question is 'How much?', not none: budget is unknown"),
]


@pytest.mark.parametrize(("lead", "expect", "message"), DIFFERING)
def test_a_difference_is_told_in_words_with_the_reason(lead, expect, message):
    assert told(lead, expect) == [message]


def test_a_hand_off_is_expected():
    assert told("budget_amount = 30000", "handoff = true", HANDOFF) == []
    [message] = told("employees = 5", "handoff = true", HANDOFF)
    assert message.startswith(
        "handoff is false, not true: qualified and not recycled and not disqualified does not hold"
    )
    assert "qualified does not hold: bant_met >= 1 [bant_met 0]" in message
    [message] = told("budget_amount = 30000", "handoff = false", HANDOFF)
    assert message.startswith("handoff is true, not false: qualified and not recycled and not disqualified holds")


def test_examples_without_a_moment_are_judged_now():
    lead = "visits = 1, last_activity_at = 2026-05-30T12:00:00Z"
    assert told(lead, "engagement = 4", at="") == []
    assert told(lead, "engagement = 4", at="2026-06-10T12:00:00Z") != []


def test_every_difference_is_a_problem_with_its_line():
    playbook = book('name = "E"\n[examples.lead]\nemployees = 5\n[examples.expect]\nscore = 1\nstage = "new"\nfit = 2')
    with pytest.raises(ConfigError) as found:
        expect_proof(playbook, NOW)
    lines = PLAYBOOK.count("\n")
    places = [f"p.toml:{lines + 7} examples[0].expect.score", f"p.toml:{lines + 9} examples[0].expect.fit"]
    assert [problem.place for problem in found.value.problems] == places
    [judged] = judge(playbook, NOW)
    assert [problem.place for problem in judged.problems()] == places
    assert next(judged.problems()).message == "example 'E': score is 0, not 1: no rule spoke."
    expect_proof(book(example("employees = 5", "score = 0")), NOW)
    expect_proof(book(), NOW)


def test_what_a_job_refuses_to_run_for_holds_no_value_of_an_example():
    with pytest.raises(ConfigError, match="example 'E' comes out otherwise") as found:
        expect_proof(book(example("company = 'Secret', employees = 4711", "not_reasons = ['Enterprise']")), NOW)
    assert "4711" not in str(found.value)
    assert "leadrelay check" in found.value.problems[0].cure


def test_examples_decide_nothing_so_that_the_fingerprint_stays():
    assert book(example("employees = 5", "score = 0")).fingerprint == book().fingerprint


WRONG = [
    ('expect = { stage = "new" }', "", "lacks 'name'.", "name"),
    ('name = "E"', "", "lacks 'expect'.", "expect"),
    (example("employes = 5", "score = 0"), ".lead.employes", "unknown lead field 'employes'.", "'employees'"),
    (example("employees = 'many'", "score = 0"), ".lead.employees", "a whole number is wanted", ""),
    (example("employees = 5.5", "score = 0"), ".lead.employees", "a whole number is wanted", ""),
    (example("employees = true", "score = 0"), ".lead.employees", "a whole number is wanted", ""),
    (example("revenue = inf", "score = 0"), ".lead.revenue", "a number is wanted", ""),
    (example("company = 5", "score = 0"), ".lead.company", "a text is wanted", ""),
    (example("company = ' '", "score = 0"), ".lead.company", "a text is wanted", "left out"),
    (example("opted_out = 'yes'", "score = 0"), ".lead.opted_out", "true or false is wanted", ""),
    (example("technologies = [1]", "score = 0"), ".lead.technologies", "a list of texts is wanted", ""),
    (example("technologies = []", "score = 0"), ".lead.technologies", "a list of texts is wanted", ""),
    (example("last_activity_at = '3 days'", "score = 0"), ".lead.last_activity_at", "a moment is wanted", "3 days ago"),
    (example("last_activity_at = 'in 3 days ago'", "score = 0"), ".lead.last_activity_at", "a moment is wanted", ""),
    (example("last_activity_at = 'in 999999 years'", "score = 0"), ".lead.last_activity_at", "a moment is wanted", ""),
    (example("project_start = '3 hours ago'", "score = 0"), ".lead.project_start", "a date is wanted", ""),
    (example("project_start = 2026-06-01T09:00:00Z", "score = 0"), ".lead.project_start", "a date is wanted", ""),
    (example("employees = 5", "scor = 0"), ".expect.scor", "unknown output 'scor'.", "'score'"),
    (example("employees = 5", "score = 'high'"), ".expect.score", "must be a whole number", "[60, 100]"),
    (example("employees = 5", "score = [1, 2, 3]"), ".expect.score", "must be a whole number", ""),
    (example("employees = 5", "score = [9, 1]"), ".expect.score", "the least, 9, is above the most, 1.", "Exchange"),
    (example("employees = 5", "stage = 'mqll'"), ".expect.stage", "'mqll' is never the stage", "'mql'"),
    (example("employees = 5", "bant_budget = 'yes'"), ".expect.bant_budget", "'yes' is never the bant_budget", "met"),
    (example("employees = 5", "grade = 'E1'"), ".expect.grade", "'E1' is never the grade", "A1, A2"),
    (example("employees = 5", "question = 'How many?'"), ".expect.question", "is never the question", "How much?"),
    (example("employees = 5", "qualified = 'yes'"), ".expect.qualified", "must be true or false.", ""),
    (example("employees = 5", "reasons = ['Enterprize']"), ".expect.reasons", "there is no rule", "'Enterprise'"),
    (example("employees = 5", "handoff = true"), ".expect.handoff", "the playbook has no [handoff]", ""),
    (example("employees = 5", "handoff = 1"), ".expect.handoff", "must be true or false.", ""),
    ('name = "E"\nexpect = {}', ".expect", "expects nothing.", "stage"),
    (example("employees = 5", "score = 0", at='"soon"'), ".at", "is no moment.", "at = 2026"),
    (example("employees = 5", "score = 0", at='"3 days ago"'), ".at", "is no moment.", "at = 2026"),
    (example("employees = 5", "score = 0", at="0001-01-01T00:00:00Z"), ".at", "lies before the year 1000", "a day"),
    (example("employees = 5", "score = 0", at="9999-12-31"), ".at", "or after 8999", "a day"),
    (f'{example("employees = 5", "score = 0")}\nwhen = "x"', ".when", "unknown key 'when'.", ""),
]


@pytest.mark.parametrize(("text", "key", "message", "cure"), WRONG)
def test_what_is_wrong_is_told_with_place_and_way_out(text, key, message, cure):
    [(place, said, way_out)] = problems(text)
    assert place.endswith(f" examples[0]{key}")
    assert message in said
    assert cure in way_out


def test_everything_wrong_is_told_at_once():
    found = problems(example("employes = 5, company = 5", "scor = 0, stage = 'x'", at="1"))
    assert len(found) == 5


LEADS = st.fixed_dictionaries(
    {},
    optional={
        "employees": st.sampled_from([5, 999, 1000]),
        "visits": st.sampled_from([0, 3]),
        "last_activity_at": st.sampled_from(["'1 day ago'", "'in 1 day'", "'9 days ago'"]),
        "company": st.sampled_from(["'Test'", "'Bank'"]),
        "budget_amount": st.sampled_from([1, 30000]),
    },
)


@settings(max_examples=25, deadline=None)
@given(st.lists(LEADS, min_size=examples.FEW + 1, max_size=examples.FEW + 1))
def test_closures_and_frame_judge_alike(leads):
    texts = [
        example(
            ", ".join(f"{name} = {value}" for name, value in lead.items()),
            "score = 10, stage = 'mql', reasons = ['Active', 'Test entry'], not_reasons = 'Enterprise', handoff = true",
        )
        for lead in leads
    ]
    together = judge(book(*texts, more=HANDOFF), NOW)
    alone = [found for text in texts for found in judge(book(text, more=HANDOFF), NOW)]
    assert [[d.message for d in found.differences] for found in together] == [
        [d.message for d in found.differences] for found in alone
    ]


def test_what_is_judged_is_what_the_tracer_says():
    playbook = book(example("employees = 5000", "score = 10"))
    [one] = playbook.examples
    assert trace(examples.lead_of(one, playbook, NOW), playbook, NOW).outputs["score"] == 10


MORE = """
[bands]
hot = 10
[[qualification.statuses]]
name = "yes"
when = "qualified"
[[qualification.statuses]]
name = "open"
[[recycle]]
name = "No budget"
when = "bant_budget = 'unmet'"
after = "90 days"
[transitions]
new = ["mql"]
"""


@pytest.mark.parametrize(
    ("lead", "expect"),
    [
        ("employees = 5000", "band = 'hot', qualification = 'open', side = 'lead-generation', stage_label = 'mql'"),
        ("employees = 5", "band = '', recycled = false, recycle_reason = '', stage_held = ''"),
        ("budget_status = 'none'", "recycled = true, recycle_reason = 'No budget', reengage_on = 'in 90 days'"),
        ("budget_status = 'none'", "reengage_on = 2026-08-30, gate_passed = false, gate_missing = ''"),
        ("budget_amount = 30000, current_stage = 'new'", "stage = 'new', stage_held = 'sal'"),
    ],
)
@pytest.mark.parametrize("others", [0, examples.FEW])
def test_every_output_may_be_expected(lead, expect, others):
    crowd = [example("employees = 5", "score = 0", name=str(number)) for number in range(others)]
    judged = judge(book(example(lead, expect), *crowd, more=MORE), NOW)
    assert [str(problem) for found in judged for problem in found.problems()] == []


def test_a_stage_to_which_no_way_leads_is_told():
    message = "stage is new, not sal: sal holds, but the playbook lists no way from new to sal"
    assert told("budget_amount = 30000, current_stage = 'new'", "stage = 'sal'", MORE) == [message]
