"""Lead fields that come from several CRM fields, or none, where others look at what they come from."""

import polars as pl
import pytest

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.changes import Policy, Write
from leadrelay.core.enrich.values import ANSWERS
from leadrelay.core.lead import Type
from leadrelay.core.numbers_in import NumberIn
from leadrelay.jobs.enriching.ours import Ours
from leadrelay.mappings.doctor import examine, unreadable
from leadrelay.mappings.mapping_values import Mapping, Read
from leadrelay.mappings.vocabulary import words_of
from leadrelay.mappings.wording import Wording, rooms, spellers

FIRST = Read("industry", Type.TEXT, first=("Sector", "Industry"), empty=("n/a",))


def mapping(*reads, writes=()):
    return Mapping("Lead", reads, writes, "f")


def picklist(name, *options, restricted=True):
    return FieldInfo(name, name, "picklist", picklist=options, restricted=restricted, updateable=True)


SCHEMA = {"Sector": picklist("Sector", "Retail Trade"), "Industry": picklist("Industry", "Banking", "IT")}


def test_an_answer_is_spelled_as_any_of_the_fields_spells_it():
    rows = [("L", "pdl", "industry", word, 0.9, None, 0) for word in ("retail trade", "it", "N/A")]
    answers = pl.DataFrame(rows, schema=ANSWERS, orient="row")
    said = Wording(mapping(FIRST), ["industry"], SCHEMA)(answers)["value"].to_list()
    assert said == ["Retail Trade", "IT", None]
    template = Read("industry", Type.TEXT, template="{Sector} {Industry}")
    assert Wording(mapping(template), ["industry"], SCHEMA)(answers) is answers


def test_what_is_read_from_one_of_them_is_its_own_option_already():
    write = Write("Industry", Type.TEXT, Policy.FILL, "industry")
    other = Write("Branch", Type.TEXT, Policy.FILL, template="{industry}!")
    schema = {**SCHEMA, "Branch": picklist("Branch", "Banking")}
    assert spellers(mapping(FIRST, writes=(write, other)), ["industry"], schema).keys() == {"Branch"}
    assert rooms(mapping(FIRST, writes=(write, other)), ["industry"], schema).keys() == {"Industry", "Branch"}


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (FIRST, ("Retail Trade", "Banking", "IT")),
        (Read("industry", Type.TEXT, first=("Sector", "Free")), None),
        (Read("industry", Type.TEXT, template="{Sector}"), None),
        (Read("industry", Type.TEXT, constant="Mining"), ("Mining",)),
        (Read("technologies", Type.LIST, constant="a;b"), ("a", "b")),
    ],
)
def test_the_words_that_a_field_can_hold(read, words):
    assert words_of(read, {**SCHEMA, "Free": FieldInfo("Free", "Free", "string")}) == words


def ours(read, policy, rows, *, append=False, kind=Type.TEXT):
    write = Write("Phone", kind, policy, read.lead, append=append)
    names = ("Mobile", "Phone")
    records = pl.DataFrame(
        {"id": [str(number) for number in range(len(rows))]} | {name: [row.get(name) for row in rows] for name in names}
    )
    seen = records.select("id", Phone=pl.lit("1"))
    return Ours(mapping(read, writes=(write,)), [read.lead])(records, seen)[read.lead].to_list()


def test_a_value_is_ours_only_where_the_field_that_we_write_speaks():
    rows = [
        {"Phone": "1", "Mobile": "2"},
        {"Phone": "1", "Mobile": " N/A"},
        {"Phone": "3"},
        {"Phone": "1", "Mobile": ""},
    ]
    first = Read("phone", Type.TEXT, first=("Mobile", "Phone"), empty=("n/a",))
    assert ours(first, Policy.FILL, rows) == [False, True, False, True]
    assert ours(Read("phone", Type.TEXT, "Phone"), Policy.FILL, rows) == [True, True, False, True]
    assert ours(Read("phone", Type.TEXT, template="{Phone}"), Policy.FILL, rows) == [False] * 4
    listed = Read("technologies", Type.LIST, "Phone")
    assert ours(listed, Policy.UNLESS_EDITED, rows, kind=Type.LIST) == [True, True, False, True]
    assert ours(listed, Policy.UNLESS_EDITED, rows, append=True, kind=Type.LIST) == [False] * 4


@pytest.mark.parametrize(
    ("kind", "zone", "cure"),
    [
        (Type.DATE, "", 'Say in which time zone, such as zone = "Europe/Berlin", or write another field.'),
        (Type.DATE, "UTC", "Remove 'zone': it is of this type already."),
        (Type.DATETIME, "UTC", None),
    ],
)
def test_the_doctor_knows_which_way_a_zone_goes(kind, zone, cure):
    write = Write("At", kind, Policy.FILL, "project_start", zone=zone)
    schema = {"At": FieldInfo("At", "At", "datetime", updateable=True)}
    found = [one.cure for one in examine(mapping(writes=(write,)), schema, "salesforce") if one.level == "error"]
    assert found == ([cure] if cure else [])


def test_the_doctor_knows_how_numbers_are_spelled_by_the_crm():
    schema = {"N": FieldInfo("N", "N", "double")}
    for decimal, errors in ((",", 1), (".", 0)):
        read = Read("employees", Type.INTEGER, "N", number=NumberIn(decimal))
        found = [one for one in examine(mapping(read), schema, "salesforce") if one.level == "error"]
        assert len(found) == errors


def test_the_doctor_looks_at_every_field():
    schema = {"A": FieldInfo("A", "A", "date"), "B": FieldInfo("B", "B", "double"), "P": picklist("P", "1-5", "many")}
    first = Read("employees", Type.INTEGER, first=("B", "A", "C"), place="m:1", beside=("Iso",))
    told = [(one.level, one.message.split(" holds ")[0]) for one in examine(mapping(first), schema, "salesforce")]
    assert ("error", "'A'") in told
    assert [one for one in told if one[0] == "error"][1:] == [
        ("error", "the CRM has no field 'C', or this user may not see it."),
        ("error", "the CRM has no field 'Iso', or this user may not see it."),
    ]
    assert unreadable(mapping(first), schema, "salesforce") == ["A"]
    assert (
        examine(
            mapping(Read("phone", Type.TEXT, template="{A} {B}"), Read("x", Type.TEXT, constant="c")),
            schema,
            "salesforce",
        )
        == []
    )
    (found,) = examine(mapping(Read("employees", Type.INTEGER, "P", number=NumberIn())), schema, "salesforce")
    assert "'many' of 'P' would count as not given" in found.message
