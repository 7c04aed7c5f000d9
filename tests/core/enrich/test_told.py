"""Of one lead, where each enriched value comes from, and why nothing is known of the others."""

import json

import polars as pl
import pytest

from leadrelay.core.enrich.told import Teller
from leadrelay.core.enrich.values import Enrichment
from tests.core.enrich.falls import DAY, NOW, answers, employees, fall, industry, leads, ours, said, when

NOBODY = pl.DataFrame(schema={"id": pl.String, "provider": pl.String, "why": pl.String})


def told(plan, *rows, frame=None, mine=(), not_asked=NOBODY):
    frame = leads({"employees": None, "industry": None}) if frame is None else frame
    merged = fall(plan).merge(frame, ours(frame, *mine), answers(*rows))
    [one] = Teller(Enrichment((plan,)), merged, not_asked, {"pdl": "USD"})("0")
    return one


def reason(provider, why):
    return pl.DataFrame([("0", provider, why)], schema=NOBODY.schema, orient="row")


def test_a_value_is_told_with_who_said_it_how_sure_when_and_for_how_much():
    plan = employees("pdl", "apollo", half_life=100 * DAY)
    rows = [said("pdl", "employees", "1200", 0.92, days=10, cost=0), said("pdl", "city", "Bern", days=10, cost=100_000)]
    one = told(plan, *rows)
    assert list(one.lines()) == [
        "employees 1200: pdl, 92 %, 86 % now, 2026-11-13, 0.1 USD",
        "apollo: not asked: it is known",
    ]
    assert (one.by, one.winner.value) == ("pdl", "1200")


def test_who_loses_is_told_with_the_reason():
    plan = employees("crm", "pdl", "apollo", "mine", "yours", min_confidence=0.5)
    rows = [
        said("crm", "employees", "many"),
        said("pdl", "employees", "70", 0.4),
        said("apollo", "employees", "1200"),
        said("mine", "employees", "950"),
        said("yours", "employees", "1190"),
    ]
    assert list(told(plan, *rows).lines()) == [
        "employees 1200: apollo, 90 %, 2026-11-23",
        "crm, 90 %, 2026-11-23: many, which is no value of this field",
        "pdl, 40 %, 2026-11-23: 70, not sure enough: at least 50 %",
        "mine, 90 %, 2026-11-23: 950, which differs",
        "yours, 90 %, 2026-11-23: 1190, which comes after",
    ]


def test_a_persons_value_is_told_as_such_and_ours_as_what_it_is():
    frame = leads({"employees": 50})
    one = told(employees("pdl"), said("pdl", "employees", "70"), frame=frame)
    assert list(one.lines()) == [
        "employees 50: a person's, who has the last word",
        "pdl, 90 %, 2026-11-23: 70, which a person's value stands above",
    ]
    same = told(employees("pdl"), said("pdl", "employees", "52"), frame=frame)
    assert [*same.lines()][1:] == ["pdl, 90 %, 2026-11-23: 52, which the person says too"]
    kept = told(employees("pdl"), frame=frame, mine=["employees"])
    assert (kept.by, next(kept.lines())) == (
        "kept",
        "employees 50: written by leadrelay; the answer that it came from is not kept any more",
    )
    form = told(employees("pdl", form="form_employees"), frame=leads({"form_employees": 300}))
    assert list(form.lines()) == ["employees 300: form", "pdl: not asked: it is known"]


@pytest.mark.parametrize(
    ("why", "plan", "rows", "not_asked"),
    [
        ("not asked yet", industry("pdl"), [], NOBODY),
        ("does not know it, 2026-11-20", industry("pdl"), [said("pdl", None, None, days=3)], NOBODY),
        ("not asked: over budget", industry("pdl"), [], reason("pdl", "over budget")),
        ("not asked yet", industry("pdl"), [], reason("apollo", "over budget")),
        ("not asked: run_if does not hold: employees > 5", industry("pdl", run_if=when("employees > 5")), [], NOBODY),
    ],
)
def test_why_nothing_is_known_is_told_by_provider(why, plan, rows, not_asked):
    one = told(plan, *rows, not_asked=not_asked)
    assert list(one.lines()) == ["industry: not known", f"pdl: {why}"]
    assert (one.value, one.by, one.winner) == (None, "", None)


def test_of_another_lead_nothing_is_told():
    plan = industry("pdl")
    frame = leads({"industry": None}, {"industry": None})
    one = told(plan, said("pdl", "industry", "Banking", lead="1"), frame=frame)
    assert one.facts == ()


def test_it_can_be_read_by_programs():
    rows = [said("pdl", "employees", "1200", 0.92, days=1, cost=100_000)]
    one = json.loads(json.dumps(told(employees("pdl", "crm"), *rows).to_json()))
    assert one == {
        "field": "employees",
        "value": "1200",
        "by": "pdl",
        "facts": [
            {
                "provider": "pdl",
                "value": "1200",
                "confidence": 0.92,
                "left": 0.92,
                "at": (NOW - DAY).isoformat(),
                "cost": 0.1,
                "unit": "USD",
                "won": True,
                "conflict": False,
                "why": "",
            }
        ],
        "silent": {"crm": "not asked: it is known"},
    }


def test_what_comes_from_outside_is_one_harmless_line():
    one = told(industry("pdl"), said("pdl", "industry", "Ban\x1b[2Jk\u202eing\n" + "x" * 200))
    [line] = one.lines()
    assert line.startswith("industry Ban[2Jking xxx")
    assert line.isprintable()
    assert len(one.value) == 80
