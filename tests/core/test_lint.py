"""Every kind of finding: what it is found in, and what comes near it and is left alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadrelay import playbooks
from leadrelay.core.lints.lint import lint, world_of
from leadrelay.core.playbook.loading import load

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
REAL = Path(__file__).parents[1] / "real/x_education_playbook.toml"
HEAD = 'name = "Test"\n'
QUALIFICATION = '[qualification]\nwhen = "bant_met >= 1"\n'
STAGES = '[[stages]]\nname = "new"\nside = "lead-generation"\n'
BUDGET = "[bant.budget]\nmet = 'budget_amount >= 1000'\nunmet = 'budget_amount = 0'\n"


def rule(when, name="A", points=10, key="engagement", more=""):
    return f'[[score.{key}]]\nname = "{name}"\nwhen = """{when}"""\npoints = {points}\n{more}\n'


def stage(name, when):
    return f'[[stages]]\nname = "{name}"\nside = "lead-generation"\nwhen = """{when}"""\n'


def status(name, when=""):
    return f'[[qualification.statuses]]\nname = "{name}"\n' + (f'when = """{when}"""\n' if when else "")


def shut(when, name="Out"):
    return f'[[disqualify]]\nname = "{name}"\nwhen = """{when}"""\n'


def book(*tables, qualification=QUALIFICATION, stages=STAGES):
    return load("\n".join([HEAD, *tables, qualification, stages]), "p.toml")


def found(*tables, **more):
    return [(one.hint, one.message) for one in lint(book(*tables, **more), NOW)]


def warned(*tables, **more):
    assert not any(hint for hint, _ in found(*tables, **more))
    return [message for _, message in found(*tables, **more)]


@pytest.mark.parametrize("file", [None, REAL], ids=["it-discovery", "x_education"])
def test_the_playbooks_that_we_keep_give_nothing_to_look_at(file):
    text = file.read_text(encoding="utf-8") if file else playbooks.text("it-discovery")
    assert lint(load(text, "p.toml"), NOW) == ()


def test_a_rule_that_can_never_hold_is_told_with_its_line():
    [one] = lint(book(rule("employees >= 500 and employees < 100"), BUDGET), NOW)
    assert one.place == "p.toml:5 score.engagement[0].when"
    assert one.message == "rule 'A' can never hold: employees >= 500 and employees < 100."
    assert one.cure
    assert warned(rule("employees >= 500 and employees < 501"), BUDGET) == []


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([rule("created_at > now() and created_at < now() - interval '1 day'")], "rule 'A' can never hold"),
        ([shut("company = 'a' and company = 'b'")], "disqualifier 'Out' can never hold"),
        (["[bant.need]\nmet = 'visits > 5 and visits < 3'\n"], "'met' of need can never hold"),
        ([BUDGET, rule("bant_need = 'met'")], "rule 'A' can never hold: bant_need = 'met'."),
        ([BUDGET, rule("bant_budget = 'contradicted'")], "rule 'A' can never hold"),
        ([BUDGET, rule("bant_met >= 2")], "rule 'A' can never hold: bant_met >= 2."),
        (["[[gate]]\nname = 'G'\nwhen = 'visits > 5 and visits < 3'\n"], "gate condition 'G' can never hold"),
        ([BUDGET, "[handoff]\nwhen = 'qualified and disqualified'\n"], "the hand-off can never hold"),
        ([BUDGET, "[handoff]\nwhen = \"stage = 'new' and not stage = 'new'\"\n"], "the hand-off can never hold"),
    ],
)
def test_other_parts_that_can_never_hold(tables, message):
    told = (
        [one for one in warned(BUDGET, *tables) if one.startswith(message)] if BUDGET not in tables else warned(*tables)
    )
    assert len(told) == 1
    assert told[0].startswith(message)


def test_what_always_holds():
    assert warned(BUDGET, rule("employees is null or employees >= 0 or employees < 0")) == [
        "rule 'A' holds for every lead."
    ]
    assert warned(BUDGET, shut("bant_met >= 0")) == ["disqualifier 'Out' shuts every lead out."]
    assert warned(BUDGET, stages=stage("all", "score >= 0") + STAGES) == [
        "stage 'all' takes every lead that comes to it."
    ]
    assert warned(BUDGET, rule("employees >= 0 or employees < 0")) == []


def test_a_threshold_that_the_points_cannot_reach():
    points = rule("visits > 1", points=60) + rule("downloads > 1", "B", points=25)
    assert warned(BUDGET, points, stages=stage("hot", "score >= 90") + STAGES) == [
        "score >= 90 can never hold: the rules give score from 0 to 85."
    ]
    assert warned(BUDGET, points, stages=stage("hot", "score >= 85") + STAGES) == []
    assert warned(BUDGET, points, stages=stage("hot", "engagement + intent > 85") + STAGES) == [
        "engagement + intent > 85 can never hold: the rules give engagement from 0 to 85, intent from 0 to 0."
    ]
    assert warned(
        BUDGET, points, "[caps]\nengagement = { max = 50 }\n", stages=stage("hot", "score > 50") + STAGES
    ) == ["score > 50 can never hold: the rules give score from 0 to 50."]


@pytest.mark.parametrize(
    ("tables", "score"),
    [
        ([rule("visits > 1"), rule("downloads > 1", "B")], (0, 20)),
        ([rule("visits > 10"), rule("visits <= 10", "B", 3)], (0, 10)),
        ([rule("visits > 10"), rule("visits <= 20", "B", 3)], (0, 13)),
        ([rule("visits > 10"), rule("visits > 20", "B", -3)], (0, 10)),
        ([rule("visits > 10 and visits < 5")], (0, 0)),
        ([rule("visits > 10", points=-4)], (-4, 0)),
        ([rule("visits > 1", points=8, more='since = "created_at"\nhalf_life_days = 5')], (0, 8)),
        ([rule("source = 'a'"), rule("source = 'b'", "B", 7)], (0, 10)),
        ([rule("'a' = any(pains)"), rule("'b' = any(pains)", "B", 7)], (0, 17)),
        ([BUDGET, rule("bant_budget = 'met'", key="bant"), rule("bant_budget = 'unmet'", "B", -7, "bant")], (-7, 10)),
        ([BUDGET, rule("bant_met >= 1", key="bant"), rule("bant_unmet >= 1", "B", 7, "bant")], (0, 17)),
        ([rule("visits > 1", more='group = "Web"'), "[caps.groups]\nWeb = { max = 4 }\n"], (0, 4)),
        ([rule("visits > 1"), "[caps]\nscore = { min = 5 }\n"], (5, 10)),
    ],
)
def test_between_what_a_score_lies(tables, score):
    playbook = book(*tables)
    bounds = world_of(playbook, NOW).ranges["score"]
    assert (bounds.least, bounds.most) == score


def test_grades_and_bands_that_no_lead_can_get():
    points = rule("visits > 1", points=30)
    grade = "[grade]\nfit = { A = 3, B = 2, C = 0 }\ninterest = { 1 = 31, 2 = 30, 3 = 5 }\n"
    told = lint(book(BUDGET, points, grade, "[bands]\nhot = 31\nwarm = 30\n"), NOW)
    assert [(one.place.partition(" ")[0], one.message) for one in told] == [
        ("p.toml:14", "no lead can get A: it begins at 3, and the most that the rules give is 0."),
        ("p.toml:14", "no lead can get B: it begins at 2, and the most that the rules give is 0."),
        ("p.toml:15", "no lead can get 1: it begins at 31, and the most that the rules give is 30."),
        ("p.toml:18", "no lead can be in band 'hot': it begins at 31, and the most that the rules give is 30."),
    ]


def test_two_steps_of_one_number_both_give_points():
    [(hint, message)] = found(BUDGET, rule("visits >= 10"), rule("visits >= 5", "B", 3))
    assert hint
    assert message == "a lead with visits 10 gets 'A' +10 and 'B' +3."


@pytest.mark.parametrize(
    "second",
    [
        rule("visits >= 5 and visits < 10", "B"),
        rule("downloads >= 5", "B"),
        rule("visits >= 5", "B", key="intent"),
        rule("visits is not null", "B"),
        rule("visits >= 5 and downloads > 1", "B"),
        rule("visits >= 5", "B", more='group = "Web"'),
    ],
)
def test_rules_that_are_apart_or_about_something_else_are_left_alone(second):
    assert found(BUDGET, rule("visits >= 10"), second) == []


@pytest.mark.parametrize(
    "pair",
    [
        ("'a' = any(pains)", "any_of(pains, 'a', 'b')"),
        ("title matches 'director'", "title matches 'it'"),
        ("opted_out", "opted_out or converted"),
    ],
)
def test_lists_patterns_and_several_fields_may_well_speak_together(pair):
    assert found(BUDGET, *(rule(when, name) for name, when in zip("AB", pair, strict=True))) == []


def test_of_a_ladder_each_step_is_told_once():
    steps = [rule(f"visits >= {least}", f"R{least}", 1) for least in range(1, 301)]
    told = found(BUDGET, *steps, rule("visits > 299", "again", 1))
    assert [message for hint, message in told if not hint] == ["rule 'again' says the same as 'R300'."]
    assert len(told) == 300


def test_the_same_rule_twice():
    assert warned(BUDGET, rule("employees > 4"), rule("employees >= 5", "B")) == ["rule 'B' says the same as 'A'."]
    assert warned(BUDGET, rule("title matches 'x'"), rule("title matches 'x'", "B")) == [
        "rule 'B' says the same as 'A'."
    ]


def test_a_criterion_that_one_field_makes_met_and_unmet():
    both = "[bant.timeline]\nmet = 'timeline_months <= 12 or visits > 9'\nunmet = 'timeline_months >= 12'\n"
    assert warned(BUDGET, both) == ["timeline is met and unmet at once for a lead with timeline_months 12."]
    assert warned(BUDGET, both.replace(">= 12", "> 12")) == []


@pytest.mark.parametrize(
    ("met", "unmet"),
    [
        ("budget_status = 'approved' or budget_amount >= 10", "budget_status = 'none'"),
        ("'a' = any(pains)", "'b' = any(pains)"),
        ("need_summary matches 'yes'", "need_summary matches 'no'"),
    ],
)
def test_a_contradiction_across_fields_lists_and_patterns_is_a_finding_about_the_lead(met, unmet):
    assert warned(BUDGET, f'[bant.need]\nmet = "{met}"\nunmet = "{unmet}"\n') == []


SHADOWED = [
    ([("mql", "score >= 20"), ("sal", "score >= 40")], "no lead comes to stage 'sal': 'mql' stands before it"),
    ([("mql", "score >= 20"), ("sal", "score >= 40 and employees > 5")], "no lead comes to stage 'sal': 'mql'"),
    (
        [("low", "score < 30"), ("high", "score >= 30"), ("sal", "score = 40")],
        "no lead comes to stage 'sal': 'high' stands",
    ),
    (
        [("low", "score < 30"), ("high", "score > 30"), ("sal", "score <> 30")],
        "no lead comes to stage 'sal': 'low' or 'high' stands before it",
    ),
    ([("mql", "bant_met >= 1"), ("sal", "qualified")], "no lead comes to stage 'sal': 'mql' stands before it"),
]


@pytest.mark.parametrize(("stages", "message"), SHADOWED)
def test_a_stage_that_an_earlier_one_leaves_nothing_to(stages, message):
    told = warned(BUDGET, rule("visits > 1", points=60), stages="".join(stage(*one) for one in stages) + STAGES)
    assert len(told) == 1
    assert told[0].startswith(message)


@pytest.mark.parametrize(
    "stages",
    [
        [("sal", "score >= 40"), ("mql", "score >= 20")],
        [("mql", "score >= 20 and employees > 5"), ("sal", "score >= 40")],
        [("low", "score < 30"), ("high", "score > 30"), ("sal", "score < 50")],
        [("mql", "bant_met >= 1 and visits > 1"), ("sal", "qualified")],
        [("mql", "title matches 'a'"), ("sal", "title matches 'ab'")],
    ],
)
def test_stages_that_leave_something_to_the_next(stages):
    assert warned(BUDGET, rule("visits > 1", points=60), stages="".join(stage(*one) for one in stages) + STAGES) == []


def test_statuses_stand_in_an_order_too():
    ladder = [status("met", "bant_met >= 1"), status("yes", "bant_budget = 'met'"), status("open")]
    [told] = warned(BUDGET, qualification=QUALIFICATION + "".join(ladder))
    assert told.startswith("no lead comes to status 'yes': 'met' stands before it")
    assert (
        warned(BUDGET, qualification=QUALIFICATION + "".join([ladder[1], status("out", "bant_unmet > 0"), ladder[2]]))
        == []
    )


def test_a_disqualifier_that_shuts_nobody_out():
    first, second = shut("employees < 50"), shut("employees < 10", "Tiny")
    assert warned(BUDGET, first, second) == ["disqualifier 'Tiny' shuts nobody out whom 'Out' does not."]
    assert warned(BUDGET, second, first) == []


def test_an_example_that_drifts():
    dated = '[[examples]]\nname = "E"\nlead = { last_activity_at = 2026-05-30T09:00:00Z }\nexpect = { score = 0 }\n'
    [told] = warned(BUDGET, dated)
    assert told == "example 'E' gives last_activity_at by the calendar, and is judged at each check anew."
    assert warned(BUDGET, dated.replace('"E"\n', '"E"\nat = 2026-06-01\n')) == []
    assert warned(BUDGET, dated.replace("2026-05-30T09:00:00Z", "'2 days ago'")) == []


WAYS = stage("out", "disqualified") + stage("sal", "qualified") + STAGES


def test_stages_to_which_no_way_leads_and_from_which_none_leads_on():
    shut_out = shut("converted")
    told = warned(BUDGET, shut_out, '[transitions]\nnew = ["sal"]\n', stages=WAYS)
    assert told == [
        "no way leads to stage 'out', so that only leads without a stage come there.",
        "no way leads on from stage 'out'.",
        "no way leads on from stage 'sal'.",
    ]
    assert (
        warned(BUDGET, shut_out, '[transitions]\nnew = ["sal"]\nsal = []\nout = ["new"]\n"*" = ["out"]\n', stages=WAYS)
        == []
    )
    assert warned(BUDGET, shut_out, '[transitions]\nnew = "*"\nsal = ["out"]\nout = []\n', stages=WAYS) == []


def test_a_stage_that_an_earlier_one_shadows_only_where_ways_lead_to_it():
    ladder = stage("mql", "score >= 20") + stage("sal", "score >= 40") + STAGES
    points = rule("visits > 1", points=60)
    free = '[transitions]\nnew = ["mql", "sal"]\nmql = ["sal"]\nsal = []\n'
    assert len(warned(BUDGET, points, free, stages=ladder)) == 1
    beside = '[transitions]\nnew = ["sal"]\nmql = ["sal"]\nsal = ["mql"]\n'
    assert warned(BUDGET, points, beside, stages=ladder) == []


def recycle(name, when):
    return f'[[recycle]]\nname = "{name}"\nwhen = """{when}"""\nafter = "90 days"\n'


def test_recycle_rules_that_speak_after_another_only():
    back = stage("back", "recycled") + STAGES
    told = found(BUDGET, recycle("Small", "employees < 50"), recycle("Tiny", "employees < 10"), stages=back)
    assert told == [(True, "recycle rule 'Tiny' speaks only for leads that 'Small' sent back once already.")]
    assert found(BUDGET, recycle("Tiny", "employees < 10"), recycle("Small", "employees < 50"), stages=back) == []
    [told] = warned(BUDGET, stages=back)
    assert told == "stage 'back' can never hold: recycled."


def test_one_of_several_ways_to_meet_a_criterion():
    named = (
        '[bant.need]\nmet = { "Said" = "visits > 5", "Never" = "visits > 5 and visits < 3" }\nunmet = "visits > 9"\n'
    )
    assert warned(BUDGET, named) == [
        "'met' of need by 'Never' can never hold: visits > 5 and visits < 3.",
        "need is met and unmet at once for a lead with visits 10.",
    ]


def test_many_patterns_and_members_cost_little_and_say_little():
    rules = [rule(f"title matches 'a{n}' or 'm{n}' = any(pains)", f"R{n}") for n in range(40)]
    rules += [rule(f"title matches 'b{n}'", f"S{n}") for n in range(40)] + [
        rule(f"'x{n}' = any(pains)", f"T{n}") for n in range(40)
    ]
    assert warned(BUDGET, *rules) == []
    [told] = warned(BUDGET, *rules, rule("title matches 'b3'", "Again"))
    assert told == "rule 'Again' says the same as 'S3'."
