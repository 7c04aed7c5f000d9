"""Where enriched values come from, as lines that a CRM field can hold."""

import polars as pl
import pytest

from leadrelay.core.enrich.provenance import Provenance
from leadrelay.core.enrich.values import Enrichment
from tests.core.enrich.falls import FIELDS, employees, fall, industry, leads, merged, said

PLANS = (employees("crm", "pdl", "apollo", form="form_employees"), industry("crm", "pdl"))
NOTHING = leads({"employees": None, "industry": None})


def lines(*rows, frame=NOTHING, asked=("provenance", "provenance.employees"), mine=(), plans=PLANS):
    found = merged(fall(*plans), frame, *rows, mine=mine)
    told = Provenance(Enrichment(plans), FIELDS, asked)(found)
    return told.drop(found.leads.columns).to_dicts()


def test_a_line_names_each_value_with_provider_confidence_and_day():
    rows = [said("pdl", "employees", "1200", 0.924, days=3), said("crm", "industry", "Banking", 1.0)]
    [told] = lines(*rows)
    assert told == {
        "provenance": "employees 1200 (pdl, 92 %, 2026-11-20) · industry Banking (crm, 100 %, 2026-11-23)",
        "provenance.employees": "pdl, 92 %, 2026-11-20",
    }


def test_a_line_stays_the_same_while_the_confidence_fades():
    """What is written to the CRM would otherwise change every day."""
    plan = industry("crm", half_life=PLANS[0].fresh)
    assert lines(said("crm", "industry", "A", 0.9, days=90), asked=["provenance"], plans=[plan]) == [
        {"provenance": "industry A (crm, 90 %, 2026-08-25)"}
    ]


def test_nothing_is_told_of_what_a_person_says_and_of_what_is_not_known():
    row = said("pdl", "employees", "1200")
    assert lines(row, frame=leads({"employees": 5})) == [{"provenance": None, "provenance.employees": None}]
    assert lines() == [{"provenance": None, "provenance.employees": None}]


def test_a_form_and_what_stands_from_before_have_no_day():
    assert lines(frame=leads({"form_employees": 300})) == [
        {"provenance": "employees 300 (form)", "provenance.employees": "form"}
    ]
    assert lines(frame=leads({"employees": 50}), mine=["employees"]) == [
        {"provenance": "employees 50 (kept)", "provenance.employees": "kept"}
    ]


def test_a_page_in_pieces_of_which_one_is_empty_is_told_as_any_other():
    """Leads that are set aside leave such pieces; of its pages a run makes them every day."""
    pieces = [leads({"employees": None}), leads({"employees": 7}, {"employees": 8}), leads({"employees": 9})]
    named = [piece.with_columns(id=pl.lit(str(n)) + pl.col("id")) for n, piece in enumerate(pieces)]
    whole = pl.concat(named, rechunk=False)
    rest = pl.DataFrame([column.filter(whole["employees"].is_not_null()) for column in whole])
    assert rest["employees"].chunk_lengths() == [0, 2, 1]
    told = lines(frame=rest, mine=["employees"], asked=["provenance"])
    assert [line["provenance"] for line in told] == [f"employees {n} (kept)" for n in (7, 8, 9)]


def test_the_line_for_all_fields_tells_a_conflict():
    rows = [said("pdl", "employees", "1200"), said("apollo", "employees", "950"), said("crm", "employees", "1190")]
    [told] = lines(*rows)
    assert told["provenance"] == "employees 1190 (crm, 90 %, 2026-11-23; apollo: 950)"
    assert told["provenance.employees"] == "crm, 90 %, 2026-11-23"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Ban\x1b[31m\tking\r\n", "Ban[31m king"),
        ("\u202egniknaB\u2066", "gniknaB"),
        ("a\nb\u00adc\u200b", "a b c"),
        ("x" * 100, "x" * 79 + "…"),
        ("<b>{{ 7 }}</b>", "<b>{{ 7 }}</b>"),
    ],
)
def test_what_comes_from_outside_is_shown_and_never_followed(value, told):
    rows = [said("crm", "industry", value), said("pdl", "industry", f"no {value}")]
    [line] = lines(*rows, asked=["provenance"])
    other = f"no {told}" if len(value) < 100 else "no " + "x" * 76 + "…"
    assert line["provenance"] == f"industry {told} (crm, 90 %, 2026-11-23; pdl: {other})"


def test_a_line_of_control_characters_alone_is_none():
    [line] = lines(said("crm", "industry", "\u202e"), asked=["provenance"])
    assert line == {"provenance": None}


def test_only_what_is_asked_for_is_made():
    assert lines(said("crm", "industry", "A"), asked=["provenance.industry"]) == [
        {"provenance.industry": "crm, 90 %, 2026-11-23"}
    ]
    assert lines(said("crm", "industry", "A"), asked=["employees"]) == [{}]


def test_leads_keep_their_order():
    frame = leads(*({"industry": None} for _ in range(5)))
    rows = [said("crm", "industry", f"I{lead}", lead=lead) for lead in "413"]
    told = [row["provenance"] for row in lines(*rows, frame=frame, asked=["provenance"])]
    assert [bool(line) for line in told] == [False, True, False, True, True]
    assert told[4].startswith("industry I4 (")


def test_a_page_without_leads_has_its_lines():
    [found] = [lines(frame=NOTHING.clear())]
    assert found == []


def test_every_type_is_told_as_people_read_it():
    plan = [type(PLANS[0])(name, ("crm",)) for name in ("technologies", "revenue", "competitor_research")]
    frame = leads({"technologies": None, "revenue": None, "competitor_research": None})
    values = {"technologies": "A;B", "revenue": "1.5e6", "competitor_research": "true"}
    rows = [said("crm", name, value) for name, value in values.items()]
    [line] = lines(*rows, frame=frame, asked=["provenance"], plans=plan)
    assert [part.split(" (")[0] for part in line["provenance"].split(" · ")] == [
        "technologies A + B",
        "revenue 1500000",
        "competitor_research yes",
    ]
