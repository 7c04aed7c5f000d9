from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from leadrelay.core.outputs import OUTPUTS, TEXTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import ALWAYS, Decider, qualify

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVERYTHING = frozenset(OUTPUTS)
LAST = """
[qualification]
when = "bant_met >= 1"
[[stages]]
name = "name"
side = "lead-generation"
"""


def playbook(text, last=LAST):
    return load(f'name = "Test"\n{text}\n{last}', "test.toml")


def verdicts(text, *leads, last=LAST, now=NOW):
    plays = playbook(text, last)
    schema = {"id": pl.String, **{field.name: field.type.dtype for field in plays.schema.values()}}
    frame = pl.DataFrame([{"id": f"L{number}", **lead} for number, lead in enumerate(leads)], schema=schema)
    return qualify(frame, plays, now, EVERYTHING).to_dicts()


def verdict(text, lead, last=LAST, now=NOW):
    return verdicts(text, lead, last=last, now=now)[0]


BUDGET = """
[bant.budget]
met = "budget_amount >= 1000"
unmet = "budget_status = 'none'"
question = "How much?"
[bant.authority]
met = "authority = 'decides'"
question = ["Who decides?", "Who else?"]
"""


@pytest.mark.parametrize(
    ("lead", "word"),
    [
        ({}, "unknown"),
        ({"budget_amount": 999.0}, "unknown"),
        ({"budget_amount": 1000.0}, "met"),
        ({"budget_status": "none"}, "unmet"),
        ({"budget_amount": 999.0, "budget_status": "none"}, "unmet"),
        ({"budget_amount": 1000.0, "budget_status": "none"}, "contradicted"),
        ({"budget_amount": 1000.0, "budget_status": "planned"}, "met"),
    ],
)
def test_a_criterion_is_met_unmet_contradicted_or_unknown(lead, word):
    found = verdict(BUDGET, lead)
    assert found["bant_budget"] == word
    assert found[f"bant_{word}"] == (4 if word == "unknown" else 1)


def test_criteria_that_the_playbook_leaves_out_are_unknown():
    found = verdict(BUDGET, {"budget_amount": 1000.0, "authority": "decides"})
    assert (found["bant_need"], found["bant_timeline"]) == ("unknown", "unknown")
    assert (found["bant_met"], found["bant_unknown"]) == (2, 2)


def test_bant_is_told_in_one_line():
    assert verdict(BUDGET, {"budget_status": "none"})["bant"] == (
        "Budget unmet · Authority unknown · Need unknown · Timeline unknown"
    )


def test_evidence_names_fields_and_values():
    found = verdict(BUDGET, {"budget_amount": 1000.5, "budget_status": "none"})
    assert found["bant_evidence"] == (
        "Budget contradicted: budget_amount 1000.5, budget_status none; "
        "Authority unknown; Need unknown; Timeline unknown"
    )
    later = verdict(BUDGET, {"budget_status": "none", "authority": "decides"})
    assert later["bant_evidence"].startswith("Budget unmet: budget_status none; Authority met: authority decides; ")


def test_the_next_question_is_that_of_the_first_criterion_that_is_unknown():
    found = verdict(BUDGET, {"budget_status": "none"})
    assert (found["question"], found["questions"]) == ("Who decides?", "Who decides?\nWho else?")


def test_contradictions_are_asked_about_last():
    found = verdict(BUDGET, {"budget_amount": 1000.0, "budget_status": "none"})
    assert found["questions"] == "Who decides?\nWho else?\nHow much?"


def test_nothing_is_asked_when_everything_is_known():
    found = verdict(BUDGET, {"budget_amount": 1000.0, "authority": "decides"})
    assert (found["question"], found["questions"]) == (None, None)


def rule(axis, name, when, points, more=""):
    return f"[[score.{axis}]]\nname = {name!r}\nwhen = {when!r}\npoints = {points}\n{more}\n"


def test_a_rule_that_is_unknown_does_not_speak():
    text = rule("intent", "Big", "employees >= 10", 5) + rule("intent", "Not big", "not employees >= 10", -2)
    told = [(found["intent"], found["reasons"]) for found in verdicts(text, {"employees": 10}, {"employees": 9}, {})]
    assert told == [(5, "Big +5"), (-2, "Not big -2"), (0, "")]


def test_scores_add_up_by_axis():
    text = (
        rule("fit", "Director", "title = 'Director'", 3, 'about = "contact"')
        + rule("fit", "Bank", "industry = 'Bank'", 4, 'about = "organisation"')
        + rule("engagement", "Visits", "visits > 0", 5)
        + rule("intent", "Intent", "intent_score > 0", 6)
        + rule("bant", "Soon", "timeline_months < 3", 7)
    )
    lead = {"title": "Director", "industry": "Bank", "visits": 1, "intent_score": 1.0, "timeline_months": 1}
    found = verdict(text, lead)
    scores = ("contact_fit", "organisation_fit", "fit", "engagement", "intent", "bant_score", "score")
    assert [found[name] for name in scores] == [3, 4, 7, 5, 6, 7, 25]
    assert found["reasons"] == "Director +3 · Bank +4 · Visits +5 · Intent +6 · Soon +7"


def test_a_cap_takes_and_gives_and_says_so():
    text = (
        rule("intent", "Much", "visits = 1", 50)
        + rule("intent", "Little", "visits = 2", -50)
        + rule("fit", "Fits", "visits = 1", 9, 'about = "contact"')
        + "[caps]\nintent = { min = -5, max = 30 }\nscore = { max = 33 }\n"
    )
    high, low, none = verdicts(text, {"visits": 1}, {"visits": 2}, {})
    assert (high["intent"], high["score"]) == (30, 33)
    assert high["reasons"] == "Fits +9 · Much +50 · intent cap -20 · score cap -6"
    assert (low["intent"], low["score"], low["reasons"]) == (-5, -5, "Little -50 · intent floor +45")
    assert (none["intent"], none["score"], none["reasons"]) == (0, 0, "")


def test_a_floor_above_nothing_lifts_everybody():
    found = verdict(rule("intent", "Much", "visits = 1", 50) + "[caps]\nintent = { min = 3 }\n", {})
    assert (found["intent"], found["reasons"]) == (3, "intent floor +3")


FADES = rule("engagement", "Active", "visits > 0", 15, 'half_life_days = 10\nsince = "last_activity_at"')


@pytest.mark.parametrize(
    ("days", "points"),
    [(0, 15), (0.99, 15), (1, 14), (10, 8), (20, 4), (30, 2), (40, 1), (49, 1), (50, 0), (9999, 0), (-3, 15)],
)
def test_points_halve_with_every_half_life_rounded_half_away_from_zero(days, points):
    found = verdict(FADES, {"visits": 1, "last_activity_at": NOW - timedelta(days=days)})
    assert found["engagement"] == points


def test_negative_points_fade_too():
    text = FADES.replace("points = 15", "points = -15")
    found = verdict(text, {"visits": 1, "last_activity_at": NOW - timedelta(days=10)})
    assert (found["engagement"], found["reasons"]) == (-8, "Active -8 (fading from -15)")


def test_a_fading_rule_without_a_date_does_not_speak():
    assert verdict(FADES, {"visits": 1})["reasons"] == ""


def test_a_rule_fades_since_a_day_as_well():
    text = FADES.replace("last_activity_at", "project_start")
    found = verdict(text, {"visits": 1, "project_start": date(2026, 5, 22)})
    assert (found["engagement"], found["reasons"]) == (8, "Active +8 (fading from +15)")


def test_rules_that_fade_are_told_last_within_their_axis():
    text = FADES + rule("engagement", "Opens mail", "visits > 0", 1)
    found = verdict(text, {"visits": 1, "last_activity_at": NOW})
    assert found["reasons"] == "Opens mail +1 · Active +15"


def test_the_mask_has_a_bit_for_each_rule_that_spoke():
    rules = [rule("intent", f"Rule {number}", f"visits >= {number}", 1) for number in range(70)]
    plays = playbook("".join(rules))
    found = verdict("".join(rules), {"visits": 65})
    spoke = [found[f"mask_{number // 63}"] >> number % 63 & 1 for number in range(len(plays.rules))]
    assert spoke == [1] * 66 + [0] * 4
    assert found["intent"] == 66


def test_the_disqualified_are_never_qualified():
    text = BUDGET + '[[disqualify]]\nname = "Gone"\nwhen = "converted"\n'
    leads = [{"budget_amount": 1000.0, "converted": gone} for gone in (True, False, None)]
    found = verdicts(text, *leads)
    assert [(one["disqualified"], one["qualified"]) for one in found] == [(True, False), (False, True), (False, True)]
    assert found[0]["reasons"] == "Disqualified: Gone"


def test_more_than_eight_disqualifiers():
    text = "".join(f"[[disqualify]]\nname = 'No {number}'\nwhen = 'visits = {number}'\n" for number in range(11))
    found = verdicts(text, {"visits": 0}, {"visits": 10}, {"visits": 11})
    assert [one["reasons"] for one in found] == ["Disqualified: No 0", "Disqualified: No 10", ""]
    assert [one["disqualified"] for one in found] == [True, True, False]


STAGES = """
[qualification]
when = "bant_met >= 1"
[[stages]]
name = "sal"
side = "sales"
when = "qualified and score >= 5"
[[stages]]
name = "engaged"
side = "lead-generation"
when = "engagement >= 5"
[[stages]]
name = "name"
side = "lead-generation"
"""


def test_the_first_stage_that_holds_takes_the_lead():
    text = BUDGET + rule("engagement", "Visits", "visits > 0", 5)
    leads = [{"visits": 1, "budget_amount": 1000.0}, {"visits": 1}, {"budget_amount": 1000.0}, {}]
    assert [found["stage"] for found in verdicts(text, *leads, last=STAGES)] == ["sal", "engaged", "name", "name"]


def test_bant_rules_may_ask_for_verdicts():
    text = BUDGET + rule("bant", "Paid", "bant_budget = 'met' and bant_met = 1", 4)
    assert verdict(text, {"budget_amount": 1000.0})["bant_score"] == 4


def test_grades_by_fit_and_by_interest():
    text = (
        rule("fit", "Fits", "employees >= 1000", 20, 'about = "organisation"')
        + rule("engagement", "Visits", "visits > 0", 5)
        + rule("intent", "Intent", "intent_score > 50", 5)
        + "[grade]\nfit = { A = 20, B = 10, C = 0 }\ninterest = { 1 = 10, 2 = 5, 3 = 1 }\n"
    )
    leads = [{"employees": 1000, "visits": 1, "intent_score": 60.0}, {"employees": 1000, "visits": 1}, {}]
    assert [found["grade"] for found in verdicts(text, *leads)] == ["A1", "A2", "C4"]
    assert verdict("", {})["grade"] is None


def test_texts_are_made_only_when_asked_for():
    plays = playbook(BUDGET)
    leads = pl.DataFrame([{"id": "L0"}], schema={"id": pl.String, **dict.fromkeys(plays.fields_used, pl.String)})
    leads = leads.with_columns(pl.col("budget_amount").cast(pl.Float64))
    assert qualify(leads, plays, NOW, frozenset()).columns == ["id", *ALWAYS]
    for name in TEXTS:
        assert qualify(leads, plays, NOW, frozenset([name])).columns == ["id", *ALWAYS, name]


@pytest.mark.parametrize("text", ["", BUDGET, FADES, BUDGET + FADES])
def test_the_outputs_have_the_types_that_are_promised(text):
    plays = playbook(text)
    schema = {"id": pl.String, **{name: plays.schema[name].type.dtype for name in plays.fields_used}}
    for frame in (pl.DataFrame(schema=schema), pl.DataFrame([{"id": "L0"}], schema=schema)):
        found = Decider(plays, NOW, EVERYTHING)(frame)
        assert found.height == frame.height
        assert {name: found.schema[name] for name in OUTPUTS} == {f.name: f.type.dtype for f in OUTPUTS.values()}


def test_now_is_pinned_and_may_be_in_any_zone():
    text = rule("intent", "Fresh", "last_intent_at >= now() - interval '1 day'", 5)
    there = NOW.astimezone(timezone(timedelta(hours=5))).replace(microsecond=999)
    lead = {"last_intent_at": NOW - timedelta(days=1)}
    assert [verdict(text, lead, now=now)["intent"] for now in (NOW, there, NOW + timedelta(hours=1))] == [5, 5, 0]
