"""Answers of providers in the CRM's words, and what its fields have room for."""

import polars as pl
import pytest

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.changes import Policy, Write
from leadrelay.core.enrich.values import ANSWERS
from leadrelay.core.fitting import Room, Speller
from leadrelay.core.lead import Type
from leadrelay.mappings.mapping_values import Mapping, Read
from leadrelay.mappings.wording import Wording, rooms, spellers


def picklist(name, *options, restricted=True, **more):
    return FieldInfo(name, name, "picklist", picklist=options, restricted=restricted, **more)


def mapping(*reads, writes=()):
    return Mapping("Lead", reads, writes, "f")


def said(read, *words, schema=None):
    rows = [("L", "pdl", read.lead, word, 0.9, None, 0) for word in words]
    answers = pl.DataFrame(rows, schema=ANSWERS, orient="row")
    return Wording(mapping(read), [read.lead], schema or {})(answers)["value"].to_list()


INDUSTRY = Read("industry", Type.TEXT, "Industry", {"banking": "Finance", "it": "Software"}, empty=("n/a",))


def test_an_answer_goes_through_the_table_of_its_field():
    assert said(INDUSTRY, "Banking", " IT ", "Mining", "N/A", "  ") == ["Finance", "Software", "Mining", None, None]


def test_the_words_of_the_lead_field_stand_for_themselves():
    others = Read("industry", Type.TEXT, "Industry", {"banking": "Finance"}, other="Elsewhere")
    assert said(others, "finance", "Banking", "Mining", "elsewhere") == ["Finance", "Finance", "Elsewhere", "Elsewhere"]


def test_bands_become_numbers_and_numbers_stay():
    heads = Read("employees", Type.INTEGER, "Size", {"51-200": "51"}, other="0")
    assert said(heads, "51-200", "1200", "many") == ["51", "1200", "many"]


def test_every_entry_of_a_list_is_read_by_itself():
    tools = Read("technologies", Type.LIST, "Tools", {"snow": "ServiceNow"}, empty=("none",))
    assert said(tools, "SNOW; Nagios;snow", "none") == ["ServiceNow;Nagios", None]


def test_an_option_is_spelled_as_the_crm_spells_it_before_its_table():
    schema = {"Industry": picklist("Industry", "Retail Trade", "IT", restricted=False)}
    assert said(INDUSTRY, "retail  trade", "RETAIL_TRADE", "it", "retail", schema=schema) == [
        "Retail Trade",
        "Retail Trade",
        "Software",
        "retail",
    ]


def test_other_fields_and_other_answers_stay_as_they_are():
    rows = [("L", "pdl", "company", "IT", 0.9, None, 0), ("L", "pdl", None, None, None, None, 5)]
    answers = pl.DataFrame(rows, schema=ANSWERS, orient="row")
    assert Wording(mapping(INDUSTRY), ["industry"], {})(answers).equals(answers)
    assert Wording(mapping(INDUSTRY), ["company"], {})(answers) is answers


def test_options_that_differ_in_letters_only_are_never_confused():
    frame = pl.DataFrame({"text": ["a", "A", "b", "B ", None]})
    found = frame.select(Speller(["A", "a", "B"])(pl.col("text"))).to_series()
    assert found.to_list() == ["a", "A", "B", "B", None]


WRITE = Write("Sector", Type.TEXT, Policy.UNLESS_EDITED, "sector")


def test_rooms_are_of_fields_that_hold_the_words_of_providers():
    own = Write("Leadrelay_Stage", Type.TEXT, Policy.OWN, "stage")
    line = Write("Enriched_By", Type.TEXT, Policy.OWN, "provenance")
    schema = {
        "Sector": picklist("Sector", "Retail", length=40),
        "Leadrelay_Stage": picklist("Leadrelay_Stage", "sal"),
        "Enriched_By": FieldInfo("Enriched_By", "", "string", length=80),
    }
    found = rooms(mapping(writes=(WRITE, own, line)), ["industry"], schema)
    assert found == {"Sector": Room(("Retail",), 40), "Enriched_By": Room(length=80)}
    assert spellers(mapping(writes=(WRITE, own, line)), ["industry"], schema).keys() == {"Sector"}


def test_a_picklist_that_its_own_lead_field_is_read_from_needs_no_spelling():
    write = Write("Industry", Type.TEXT, Policy.UNLESS_EDITED, "industry")
    schema = {"Industry": picklist("Industry", "Retail")}
    assert not spellers(mapping(INDUSTRY, writes=(write,)), ["industry"], schema)


@pytest.mark.parametrize(
    ("info", "below"),
    [
        (FieldInfo("Size", "", "int", extra={"digits": 8, "precision": 0, "scale": 0}), 1e8),
        (FieldInfo("Size", "", "currency", extra={"digits": 0, "precision": 5, "scale": 2}), 999.995),
        (FieldInfo("Size", "", "number"), None),
    ],
)
def test_a_number_has_as_many_digits_as_its_field(info, below):
    write = Write("Size", Type.NUMBER, Policy.FILL, "employees")
    assert rooms(mapping(writes=(write,)), ["employees"], {"Size": info})["Size"].below == below


@pytest.mark.parametrize(
    ("room", "kind", "values", "told"),
    [
        (
            Room(("Retail", "IT")),
            Type.TEXT,
            ["Retail", "retial", None],
            [None, "has no option 'retial'; the nearest: 'Retail'", None],
        ),
        (Room(("A", "B")), Type.LIST, [["A", "B"], ["A", "zz"]], [None, "has no option 'zz'"]),
        (Room(length=3), Type.TEXT, ["abc", "abcd"], [None, "takes 3 characters, not 4"]),
        (Room(below=1000.0), Type.INTEGER, [999, -1000, None], [None, "takes numbers below 1,000 only", None]),
        (Room(address=True), Type.TEXT, ["a@b.de", "a at b"], [None, "takes e-mail addresses only, not 'a at b'"]),
    ],
)
def test_what_does_not_fit_is_told(room, kind, values, told):
    assert room.refusals(pl.Series("v", values, kind.dtype), kind).to_list() == told


def test_a_text_without_end_is_told_in_short():
    [why] = Room(("Retail",)).refusals(pl.Series("v", ["retail " * 100_000]), Type.TEXT)
    assert why.startswith("has no option 'retail retail")
    assert len(why) < 120
