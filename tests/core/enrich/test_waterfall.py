"""Who is asked, who wins, and what stays: rule by rule, on leads by hand."""

from datetime import timedelta

import polars as pl
import pytest

from tests.core.enrich.falls import (
    DAY,
    NOW,
    answers,
    asked,
    employees,
    fall,
    industry,
    leads,
    merged,
    ours,
    said,
    wanted,
    when,
    won,
)

NOTHING = leads({"employees": None, "industry": None})


def test_a_field_without_a_value_is_open_and_the_first_of_its_providers_is_asked():
    one = fall(employees("crm", "pdl"), industry("pdl"))
    found = merged(one, NOTHING)
    assert found.open.rows() == [("0", True, True)]
    assert wanted(one, found) == [("0", "crm", ["employees"])]


def test_a_provider_is_asked_once_for_all_the_fields_whose_turn_it_has():
    one = fall(employees("pdl", "crm"), industry("pdl"))
    assert wanted(one, merged(one, NOTHING)) == [("0", "pdl", ["employees", "industry"])]


def test_one_provider_at_a_time_since_its_answer_may_settle_the_other_field_too():
    one = fall(employees("pdl"), industry("apollo", "pdl"))
    found = merged(one, NOTHING)
    assert wanted(one, found) == [("0", "pdl", ["employees"])]
    both = merged(one, NOTHING, said("pdl", "employees", "70"), said("pdl", "industry", "Banking"))
    assert wanted(one, both) == []
    half = merged(one, NOTHING, said("pdl", "employees", "70"))
    assert wanted(one, half) == [("0", "apollo", ["industry"])]


def test_the_first_good_answer_ends_it():
    one = fall(employees("crm", "pdl"))
    found = merged(one, NOTHING, said("crm", "employees", "1200"))
    assert found.leads["employees"].to_list() == [1200]
    assert (wanted(one, found), found.open.rows()) == ([], [("0", False)])


def test_an_answer_at_hand_settles_a_field_though_another_stands_before_it():
    """What is free, or paid already, is not bought again; who wins is another matter."""
    one = fall(employees("pdl", "companies"))
    found = merged(one, NOTHING, said("companies", "employees", "70"))
    assert wanted(one, found) == []
    both = merged(one, NOTHING, said("companies", "employees", "70"), said("pdl", "employees", "90"))
    assert both.leads["employees"].to_list() == [90]


def test_who_does_not_know_passes_the_question_on():
    one = fall(employees("crm", "pdl", "apollo"))
    found = merged(one, NOTHING, said("crm", None, None), said("pdl", "industry", "Banking"))
    assert wanted(one, found) == [("0", "apollo", ["employees"])]
    all_three = merged(one, NOTHING, *(said(name, None, None) for name in ("crm", "pdl", "apollo")))
    assert (wanted(one, all_three), all_three.open["employees"].to_list()) == ([], [False])


def test_who_cannot_be_asked_now_is_passed_over():
    one = fall(employees("crm", "pdl"))
    found = merged(one, NOTHING)
    assert wanted(one, found, ("0", "crm")) == [("0", "pdl", ["employees"])]
    assert wanted(one, found, ("0", "crm"), ("0", "pdl"), ("0", "pdl")) == []
    assert wanted(one, found, ("of another page", "crm")) == [("0", "crm", ["employees"])]


def test_who_is_withheld_for_one_field_may_be_asked_for_another():
    one = fall(employees("pdl"), industry("pdl"))
    found = merged(one, NOTHING)
    withheld = asked(("0", "pdl")).with_columns(field=pl.lit("employees"))
    assert one.wanted(found, withheld)["fields"].to_list() == [["industry"]]
    assert one.wanted(found, withheld.with_columns(field=pl.lit(None, pl.String))).height == 0


def test_a_look_up_says_which_answers_are_too_old_for_it():
    one = fall(employees("pdl", fresh=100 * DAY), industry("pdl", fresh=30 * DAY))
    [since] = one.wanted(merged(one, NOTHING), asked())["since"]
    assert since == NOW - 30 * DAY


def test_the_value_of_a_person_stays_whoever_says_otherwise():
    one = fall(employees())
    found = merged(one, leads({"employees": 50}), said("crm", "employees", "1200", 1.0))
    assert found.leads["employees"].to_list() == [50]
    assert (wanted(one, found), won(found)) == ([], {})
    assert found.facts.select("provider", "won", "conflict").rows() == [("crm", False, False)]


def test_what_is_not_said_to_be_ours_is_a_persons():
    one = fall(employees())
    frame = leads({"employees": 50})
    found = one.merge(frame, ours(frame.clear(), "employees"), answers(said("crm", "employees", "1200")))
    assert found.leads["employees"].to_list() == [50]
    unnamed = one.merge(frame, frame.select("id"), answers(said("crm", "employees", "1200")))
    assert unnamed.leads["employees"].to_list() == [50]


def test_our_own_value_makes_way_for_a_better_one():
    one = fall(employees("crm", "pdl"))
    rows = [said("pdl", "employees", "50", days=40), said("crm", "employees", "1200")]
    found = merged(one, leads({"employees": 50}), *rows, mine=["employees"])
    assert (found.leads["employees"].to_list(), won(found)) == ([1200], {"employees": "crm"})


def test_our_own_value_stays_while_nothing_better_is_there():
    one = fall(employees("pdl", min_confidence=0.8, half_life=100 * DAY, fresh=400 * DAY))
    kept = leads({"employees": 50})
    found = merged(one, kept, said("pdl", "employees", "50", 0.9, days=200), mine=["employees"])
    assert (found.leads["employees"].to_list(), won(found)) == ([50], {"employees": "pdl"})
    alone = merged(one, kept, mine=["employees"])
    assert (alone.leads["employees"].to_list(), won(alone)) == ([50], {"employees": "kept"})
    assert wanted(one, alone) == [("0", "pdl", ["employees"])]
    gone = merged(one, NOTHING, said("pdl", "employees", "50", 0.9, days=200))
    assert gone.leads["employees"].to_list() == [None]


def test_the_form_of_the_lead_stands_above_providers_and_below_a_person():
    one = fall(employees("pdl", form="form_employees"))
    row = {"employees": None, "form_employees": 300}
    found = merged(one, leads(row), said("pdl", "employees", "1200"))
    assert (found.leads["employees"].to_list(), won(found)) == ([300], {"employees": "form"})
    assert wanted(one, found) == []
    assert found.facts.select("provider", "conflict").rows() == [("form", True), ("pdl", True)]
    typed = merged(one, leads({"employees": 50, "form_employees": 300}))
    assert (typed.leads["employees"].to_list(), won(typed)) == ([50], {})
    mine = merged(one, leads({"employees": 50, "form_employees": 300}), mine=["employees"])
    assert mine.leads["employees"].to_list() == [300]
    unread = merged(one, NOTHING)
    assert wanted(one, unread) == [("0", "pdl", ["employees"])]


def test_who_is_not_sure_enough_is_passed_over():
    one = fall(employees("crm", "pdl", min_confidence=0.8))
    rows = [said("crm", "employees", "70", 0.79), said("pdl", "employees", "1200", 0.8)]
    found = merged(one, NOTHING, *rows)
    assert found.leads["employees"].to_list() == [1200]
    assert found.facts.select("provider", "won", "conflict").rows() == [("crm", False, False), ("pdl", True, False)]
    assert wanted(one, merged(one, NOTHING, rows[0])) == [("0", "pdl", ["employees"])]


def test_confidence_halves_with_every_half_life():
    one = fall(employees("crm", "pdl", min_confidence=0.4, half_life=100 * DAY, fresh=400 * DAY))
    rows = [said("crm", "employees", "70", 0.9, days=120), said("pdl", "employees", "1200", 0.9, days=100)]
    found = merged(one, NOTHING, *rows)
    assert found.leads["employees"].to_list() == [1200]
    left = found.facts["left"].to_list()
    assert left == pytest.approx([0.9 * 0.5**1.2, 0.45])
    assert found.facts["confidence"].to_list() == [0.9, 0.9]


@pytest.mark.parametrize("confidence", [None, float("nan"), -1.0])
def test_who_does_not_say_how_sure_he_is_is_not_sure_at_all(confidence):
    one = fall(employees("pdl", min_confidence=0.01))
    assert merged(one, NOTHING, said("pdl", "employees", "70", confidence)).leads["employees"].to_list() == [None]


def test_an_old_answer_is_asked_for_again_and_used_meanwhile():
    one = fall(employees("crm", "pdl", fresh=30 * DAY))
    rows = [said("crm", None, None, days=31), said("pdl", "employees", "1200", days=31)]
    found = merged(one, NOTHING, *rows)
    assert found.leads["employees"].to_list() == [1200]
    assert wanted(one, found) == [("0", "crm", ["employees"])]
    assert wanted(one, found, ("0", "crm")) == [("0", "pdl", ["employees"])]
    again = merged(one, NOTHING, *rows, said("pdl", "employees", "1300"))
    assert (again.leads["employees"].to_list(), wanted(one, again)) == ([1300], [])


def test_what_was_not_known_lately_is_not_asked_for_again_yet():
    one = fall(employees("pdl", fresh=30 * DAY))
    assert wanted(one, merged(one, NOTHING, said("pdl", None, None, days=30))) == []
    assert wanted(one, merged(one, NOTHING, said("pdl", None, None, days=30.01))) == [("0", "pdl", ["employees"])]


def test_an_answer_is_as_fresh_as_each_field_wants_it():
    one = fall(employees("pdl", fresh=100 * DAY), industry("pdl", fresh=30 * DAY))
    rows = [said("pdl", "employees", "70", days=50), said("pdl", "industry", "Banking", days=50)]
    assert wanted(one, merged(one, NOTHING, *rows)) == [("0", "pdl", ["industry"])]


def test_a_provider_that_takes_its_word_back_is_heard():
    one = fall(employees("crm", "pdl"))
    rows = [said("crm", "employees", "70", days=9), said("crm", "employees", None, days=1)]
    assert merged(one, NOTHING, *rows, said("pdl", "employees", "90")).leads["employees"].to_list() == [90]


def test_of_two_answers_of_the_same_moment_the_surer_one_counts():
    one = fall(employees("crm"))
    rows = [
        said("crm", "employees", "70", 0.5),
        said("crm", "employees", "90", 0.9),
        said("crm", "employees", "80", 0.6),
    ]
    assert merged(one, NOTHING, *rows).leads["employees"].to_list() == [90]


def test_for_whom_run_if_does_not_hold_nobody_is_asked():
    one = fall(employees("pdl", run_if=when("industry = 'Banking'")))
    frame = leads({"industry": "Banking"}, {"industry": "Steel"}, {"industry": None})
    assert [row[0] for row in wanted(one, merged(one, frame))] == ["0"]


def test_run_if_sees_what_was_found_and_what_is_derived():
    known = when("industry = 'Banking' and company_key = 'acme'")
    one = fall(industry("pdl"), employees("apollo", run_if=known))
    frame = leads({"company": "ACME GmbH", "industry": None})
    found = merged(one, frame, said("pdl", "industry", "Banking", days=1))
    assert found.open["employees"].to_list() == [True]
    assert found.leads.columns == ["id", "company", "industry", "employees"]


def test_what_is_known_already_counts_though_run_if_does_not_hold_any_more():
    """Otherwise a field that asks only while it is empty would lose its value once it has one."""
    one = fall(employees("pdl", run_if=when("employees is null")))
    found = merged(one, NOTHING, said("pdl", "employees", "70"))
    assert found.leads["employees"].to_list() == [70]


def test_a_value_of_another_type_is_no_answer_and_is_told():
    one = fall(employees("crm", "pdl"))
    rows = [said("crm", "employees", "about a hundred"), said("pdl", "employees", " 1200.0 ")]
    found = merged(one, NOTHING, *rows)
    assert found.leads["employees"].to_list() == [1200]
    assert found.facts.select("value", "fits", "conflict").rows() == [
        ("about a hundred", False, False),
        ("1200.0", True, False),
    ]


def test_blank_is_no_answer():
    one = fall(industry("crm", "pdl"))
    found = merged(one, NOTHING, said("crm", "industry", " \t"), said("pdl", "industry", " Banking "))
    assert (found.leads["industry"].to_list(), found.facts.height) == (["Banking"], 1)


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("\u202eknaB\u202c ing", "knaB ing"),
        ("Ban\x00k\x07\x1b[31m", "Bank[31m"),
        ("two\nlines", "two\nlines"),
        ("\u200b", None),
    ],
)
def test_what_steers_a_screen_or_turns_the_writing_around_is_no_part_of_a_value(told, value):
    """Whoever the provider is: tables and extensions too."""
    found = merged(fall(industry("crm")), leads({"industry": None}), said("crm", "industry", told))
    assert found.leads["industry"].to_list() == [value]


def test_nobody_else_is_heard():
    one = fall(employees("pdl"))
    rows = [said("apollo", "employees", "70"), said("pdl", "city", "Bern"), said("pdl", "employees", "9", lead="x")]
    found = merged(one, NOTHING, *rows)
    assert (found.leads["employees"].to_list(), found.facts.height) == ([None], 0)


@pytest.mark.parametrize(
    ("plan", "one", "other", "conflict"),
    [
        (industry(), "Banking", " banking", False),
        (industry(), "Banking  and Insurance", "banking and insurance", False),
        (industry(), "Banking", "Bank", True),
        (employees(), "1000", "1100", False),
        (employees(), "1000", "1112", True),
        (employees(), "0", "0", False),
    ],
)
def test_answers_that_differ_are_a_conflict(plan, one, other, conflict):
    found = merged(fall(plan), NOTHING, said("crm", plan.field, one), said("pdl", plan.field, other))
    assert found.facts["conflict"].to_list() == [conflict, conflict]
    assert won(found) == {plan.field: "crm"}


def test_company_names_that_mean_the_same_are_no_conflict():
    plan = industry()
    named = fall(type(plan)("company", plan.providers))
    frame = leads({"company": None})
    same = merged(named, frame, said("crm", "company", "ACME GmbH"), said("pdl", "company", "Acme"))
    assert same.facts["conflict"].to_list() == [False, False]
    other = merged(named, frame, said("crm", "company", "ACME GmbH"), said("pdl", "company", "Emca"))
    assert other.facts["conflict"].to_list() == [True, True]


def test_lists_are_the_same_in_any_order():
    plan = type(industry())("technologies", ("crm", "pdl", "apollo"))
    found = merged(
        fall(plan),
        leads({"technologies": None}),
        said("crm", "technologies", "ServiceNow; Nagios"),
        said("pdl", "technologies", "nagios;servicenow"),
        said("apollo", "technologies", "Nagios"),
    )
    assert found.leads["technologies"].to_list() == [["ServiceNow", "Nagios"]]
    assert found.facts["conflict"].to_list() == [True, False, True]


def again(plan, *rows, frame=NOTHING, mine=()):
    [moment] = merged(fall(plan), frame, *rows, mine=mine).again_at
    return moment and moment - NOW


SOON = timedelta(milliseconds=1)


def test_a_lead_is_looked_at_again_when_what_is_used_is_stale():
    plan = employees("crm", "pdl", fresh=30 * DAY)
    rows = [said("crm", None, None, days=20), said("pdl", "employees", "70", days=10)]
    assert again(plan, *rows) == 20 * DAY + SOON


def test_a_lead_is_looked_at_again_when_who_did_not_know_may_be_asked_again():
    plan = employees("crm", "pdl", fresh=30 * DAY)
    assert again(plan, said("crm", None, None, days=20), said("pdl", None, None, days=10)) == 10 * DAY + SOON
    assert again(plan, said("crm", None, None, days=40), said("pdl", None, None, days=10)) == 20 * DAY + SOON


def test_a_lead_is_looked_at_again_when_nobody_is_sure_any_more():
    plan = employees("pdl", min_confidence=0.4, half_life=100 * DAY, fresh=400 * DAY)
    moment = again(plan, said("pdl", "employees", "70", 0.8, days=10))
    assert moment == pytest.approx(90 * DAY, abs=2 * SOON)
    later = fall(plan, now=NOW + moment).merge(NOTHING, ours(NOTHING), answers(said("pdl", "employees", "70", 0.8, 10)))
    assert later.leads["employees"].to_list() == [None]


def test_a_lead_is_looked_at_again_when_run_if_comes_to_hold():
    plan = employees("pdl", run_if=when("created_at < now() - interval '7 days'"))
    frame = leads({"employees": None, "created_at": NOW - 5 * DAY})
    assert again(plan, frame=frame) <= 2 * DAY + SOON
    assert again(plan, frame=frame.with_columns(employees=pl.lit(5, pl.Int64))) is None


def test_nothing_is_to_come_where_a_person_or_form_has_spoken_or_nobody_was_asked():
    plan = employees("pdl", form="form_employees", fresh=30 * DAY)
    row = said("pdl", "employees", "70", days=10)
    assert again(plan, row, frame=leads({"employees": 5})) is None
    assert again(plan, row, frame=leads({"form_employees": 5})) is None
    assert again(plan) is None
    assert again(employees("pdl", run_if=when("converted")), said("pdl", None, None, days=1)) is None


def test_without_a_plan_leads_stay_as_they_are():
    one = fall()
    found = merged(one, NOTHING, said("pdl", "employees", "70"))
    assert found.leads.equals(NOTHING)
    assert (found.facts.height, found.open.rows(), found.again_at.to_list()) == (0, [("0",)], [None])
    assert one.wanted(found, asked()).height == 0


def test_a_page_without_leads_has_the_same_columns():
    one = fall(employees("pdl", form="form_employees", half_life=DAY, min_confidence=0.5), industry())
    full, empty = merged(one, NOTHING, said("pdl", "employees", "7")), merged(one, NOTHING.clear())
    assert empty.leads.schema == full.leads.schema
    assert empty.facts.schema == full.facts.schema
    assert empty.open.schema == full.open.schema
    assert one.wanted(empty, asked()).schema == one.wanted(full, asked()).schema
    assert (empty.again_at.dtype, fall().merge(NOTHING, ours(NOTHING), answers()).facts.schema) == (
        full.again_at.dtype,
        full.facts.schema,
    )
