"""Nothing that leads do is missing among the cases: so what holds in every case holds for every lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.core.lead import LEAD
from leadrelay.core.lints.regions import Joint, Range, World
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.predicates import bind, parse, to_closure
from tests.core.test_predicates_agreement import LEADS, NOW, conditions, law

WORLD = World(NOW, {}, {"score": Range(0, 85), "fit": Range(-5, 40)})
VERDICTS = Joint(("bant_budget", "bant_met"), (("met", 1), ("unknown", 0)))
KNOWN = World(NOW, {"bant_budget": VERDICTS, "bant_met": VERDICTS}, {})
SCHEMA = LEAD.extended(OUTPUTS.values())


def as_read(lead):
    """A mapping leaves no empty list, and no empty member of one."""
    lists = {name: [part for part in value if part] or None for name, value in lead.items() if isinstance(value, list)}
    return {**lead, **lists}


REAL = [as_read(lead) for lead in LEADS]


def holds(predicate, world=WORLD, missing=frozenset()):
    """In which cases; None where there are too many."""
    cases = world.cases([parse(predicate, SCHEMA, "")], missing)
    return cases and cases.holds[0]


@given(pairs=st.lists(st.tuples(conditions, conditions), min_size=25, max_size=25))
@law(predicates=200)
def test_what_leads_do_is_among_the_cases(pairs):
    for pair in pairs:
        nodes = [parse(predicate, LEAD, "law") for predicate in pair]
        cases = WORLD.cases(nodes)
        if cases is None:
            continue
        first, second = (to_closure(bind(node, NOW)) for node in nodes)
        seen = {(first(lead) is True, second(lead) is True) for lead in REAL}
        assert seen <= set(zip(*cases.holds, strict=True)), pair


NEVER = [
    "employees >= 500 and employees < 100",
    "employees > 5 and employees < 6",
    "employees = 5.5",
    "employees is null and employees > 5",
    "not (opted_out or opted_out is not true)",
    "industry = 'a' and industry = 'b'",
    "industry = 'A' and lower(industry) = 'b'",
    "lower(industry) = 'Banking'",
    "trim(industry) = ' a '",
    "coalesce(phone, mobile) = 'x' and phone is null and mobile is null",
    "'a' = any(pains) and pains is null",
    "all_of(pains, 'a', 'b') and not any_of(pains, 'a', 'c')",
    "all_of(pains, 'a', 'b') and length(pains) < 2",
    "length(pains) = 0",
    "'Servicenow' = any(lower(technologies))",
    "'servicenow' = any(lower(technologies)) and technologies is null",
    "title matches 'x' and title is null",
    "title matches 'director' and title = 'Manager'",
    "title matches 'x' and not title matches 'x'",
    "created_at > now() and created_at < now() - interval '1 day'",
    "days_since(created_at) < 5 and days_since(created_at) > 10",
    "project_start > today() and project_start < today()",
    "project_start > '2026-01-01' and project_start < '2026-01-02'",
    "revenue / employees > 5 and revenue / employees < 4",
    "score > 85",
    "score < 0",
    "score is null",
    "score + fit > 125",
    "fit - score < -90",
    "1 = 2",
    "false",
]
SOMETIMES = [
    "employees >= 500 and employees < 501",
    "revenue > 5 and revenue < 6",
    "employees is null or employees > 5",
    "industry = 'a' and lower(industry) = 'a'",
    "industry <> 'a' and industry <> 'b'",
    "all_of(pains, 'a', 'b') and any_of(pains, 'c')",
    "length(pains) > 2 and not any_of(pains, 'a', 'b')",
    "title matches 'x' and not title matches 'y'",
    "title matches 'director' and title = 'Director'",
    "created_at > now() - interval '1 day' and created_at < now()",
    "project_start = today()",
    "phone = mobile",
    "score >= 85",
    "score + fit >= 125",
    "coalesce(employees, 0) < 5 and employees is null",
]
ALWAYS = [
    "employees is null or employees is not null",
    "score >= 0",
    "true",
    "fit + score >= -5",
    "opted_out is null = false or true",
]


@pytest.mark.parametrize("predicate", NEVER)
def test_what_can_never_hold(predicate):
    assert not any(holds(predicate))


@pytest.mark.parametrize("predicate", SOMETIMES)
def test_what_holds_for_some(predicate):
    assert set(holds(predicate)) == {True, False}


@pytest.mark.parametrize("predicate", ALWAYS)
def test_what_holds_for_all(predicate):
    assert all(holds(predicate))


def test_outputs_that_depend_on_each_other():
    assert not any(holds("bant_budget = 'met' and bant_met = 0", KNOWN))
    assert not any(holds("bant_budget = 'unmet'", KNOWN))
    assert any(holds("bant_budget = 'met' and bant_met >= 1 and employees > 5", KNOWN))


def test_a_field_that_is_never_given():
    assert not any(holds("employees > 5 or title matches 'x'", missing=frozenset({"employees", "title"})))
    assert any(holds("employees > 5 or title matches 'x'", missing=frozenset({"employees"})))


def test_too_many_cases_say_nothing():
    fields = ["visits", "downloads", "webinars", "servers", "employees", "stakeholders"]
    wide = " and ".join(f"({name} > 1 or {name} = 5 or {name} = 9 or {name} is null)" for name in fields)
    assert holds(wide) is not None
    wider = " and ".join(f"(title matches '{number}' or company matches '{number}')" for number in range(8))
    assert holds(wider) is None


@pytest.mark.parametrize("size", [1, 500])
def test_frames_and_closures_answer_alike(size):
    """Each further pattern doubles the cases."""
    more = "".join(f" or title matches '{number}'" for number in range(7 if size > 1 else 0))
    found = holds(f"employees > 5 and industry = 'y' and (title = 'x'{more})")
    assert len(found) > size
    assert set(found) == {True, False}


def test_a_case_is_shown_by_its_fields():
    cases = WORLD.cases([parse("employees > 5 and phone = mobile", LEAD, "")])
    row = cases.row(cases.holds[0].index(True))
    assert row == {"employees": 6}


def test_more_patterns_than_can_be_told_apart_are_given_up_at_once():
    patterns = [f"title matches 'x{at}'" for at in range(60)]
    assert holds(" or ".join(patterns)) is None
    assert (
        holds(" or ".join(f"'x{at}' = any(pains) and not all_of(pains, 'y{at}', 'z{at}')" for at in range(40))) is None
    )
