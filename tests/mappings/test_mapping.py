from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.core.lead import Type
from leadrelay.mappings.mapping import Reader, Writer, load, read, wanted

FIELDS = """
object = "Lead"
empty = ["Select", "N/A"]

[read]
email = "Email"
employees = { field = "Size", values = { "Huge" = 10_000 }, default = 1 }
revenue = "Revenue"
opted_out = { field = "OptOut", default = false }
created_at = "Created"
project_start = "Start"
technologies = { field = "Tech", values = { "SNOW" = "ServiceNow", "Now Platform" = "ServiceNow" } }
industry = { field = "Industry", values = { "Financial Services" = "Banking" } }
source = { field = "Source", other = "outbound", default = "unknown", values = { "Web" = "inbound" } }
pains = { field = "Pains", other = "something", separator = "," }

[write]
Leadrelay_Score = "score"
Leadrelay_Reasons = { from = "reasons", cut = 10 }
Qualified = { from = "qualified", policy = "own", values = { true = "Yes", false = "No" } }
Status = { from = "stage", policy = "unless-edited", values = { sal = "Working" } }
Industry = { from = "industry", policy = "fill" }
Origin = { constant = "leadrelay", policy = "fill" }
Created = { from = "created_at", policy = "fill" }
"""
CRM = ("Email", "Size", "Revenue", "OptOut", "Created", "Start", "Tech", "Industry", "Source", "Pains")


@pytest.fixture(scope="session")
def mapping(playbook):
    return load(FIELDS, "map.toml", playbook)


def records(*rows):
    columns = {"id": [str(number) for number in range(len(rows))]}
    columns |= {name: [row.get(name) for row in rows] for name in CRM}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def lead(mapping, playbook, **row):
    return read(records(row), mapping, playbook).row(0, named=True)


def test_a_record_becomes_a_typed_lead(mapping, playbook):
    found = lead(
        mapping,
        playbook,
        Email="  ann@example.com ",
        Size="1200.0",
        Revenue="9.0E7",
        OptOut="True",
        Created="2026-01-31T12:00:00.000+0000",
        Start="2026-02-01",
        Tech="SNOW; VMware ;now platform;",
        Industry="financial services",
        Source="web",
        Pains="a, b",
    )
    assert found == {
        "id": "0",
        "email": "ann@example.com",
        "employees": 1200,
        "revenue": 9e7,
        "opted_out": True,
        "created_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "project_start": date(2026, 2, 1),
        "technologies": ["ServiceNow", "VMware"],
        "industry": "Banking",
        "source": "inbound",
        "pains": ["something"],
        "budget_amount": None,
        "minutes": None,
        "bad_values": 0,
    }


@pytest.mark.parametrize("nothing", [None, "", "  ", "Select", " select ", "n/a"])
def test_what_counts_as_not_given(nothing, mapping, playbook):
    found = lead(mapping, playbook, **dict.fromkeys(CRM, nothing))
    assert found.pop("employees") == 1
    assert found.pop("opted_out") is False
    assert found.pop("source") == "unknown"
    assert found.pop("bad_values") == 0
    assert set(found.values()) == {"0", None}


def test_text_that_no_value_map_knows(mapping, playbook):
    found = lead(mapping, playbook, Industry=" Banking", Source="Billboard", Size="12", Tech="VMware")
    assert (found["industry"], found["source"], found["employees"]) == ("Banking", "outbound", 12)
    assert found["technologies"] == ["VMware"]


def test_what_does_not_fit_is_null_and_marked(mapping, playbook):
    rows = [{"Size": "12 people", "OptOut": "perhaps"}, {"Size": "huge"}, {"Start": "soon"}, {}]
    found = read(records(*rows), mapping, playbook)
    assert found["employees"].to_list() == [None, 10_000, 1, 1]
    assert found["opted_out"].to_list() == [None, False, False, False]
    told = [[misfit.lead for misfit in mapping.misfits(mask)] for mask in found["bad_values"]]
    assert told == [["employees", "opted_out"], [], ["project_start"], []]


def test_only_fields_that_the_playbook_asks_for_are_added(mapping, playbook):
    added = set(read(records(), mapping, playbook).columns) - {"id", "bad_values"} - {one.lead for one in mapping.reads}
    assert added == playbook.fields_used - {"employees"}


TEXTS = (
    st.none()
    | st.text(max_size=12)
    | st.sampled_from(["1", "1.0", "true", "2026-01-31", "Web", "a;b", "Select", "NaN"])
)
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(CRM, TEXTS)), max_size=5)
LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(rows=ROWS)
@LAW
def test_any_text_can_be_read(mapping, playbook, rows):
    found = read(records(*rows), mapping, playbook)
    assert found.height == len(rows)
    for name in found.columns:
        if name not in {"id", "bad_values"}:
            assert found[name].dtype == playbook.schema[name].type.dtype
    for row in found.to_dicts():
        assert all(row[misfit.lead] is None for misfit in mapping.misfits(row["bad_values"]))
        assert row["revenue"] is None or row["revenue"] == row["revenue"]


@given(rows=ROWS, cut=st.integers(0, 5))
@LAW
def test_the_others_in_a_page_do_not_matter(mapping, playbook, rows, cut):
    reader = Reader(mapping, playbook)
    page = records(*rows)
    assert pl.concat([reader.read(page[:cut]), reader.read(page[cut:])]).equals(reader.read(page))


def decided(*verdicts):
    leads = pl.DataFrame(
        {
            "id": [str(number) for number in range(len(verdicts))],
            "industry": ["Banking"] * len(verdicts),
            "created_at": [datetime(2026, 1, 31, tzinfo=UTC)] * len(verdicts),
        },
        schema_overrides={"created_at": Type.DATETIME.dtype},
    )
    names = ("score", "reasons", "qualified", "stage")
    return leads, leads.select("id").hstack(pl.DataFrame(list(verdicts), schema=names, orient="row"))


def test_what_is_wanted(mapping):
    found = wanted(*decided((20, "Big +20", True, "sal"), (0, "", False, "name"), (1, None, None, None)), mapping)
    assert found.to_dict(as_series=False) == {
        "id": ["0", "1", "2"],
        "Leadrelay_Score": [20, 0, 1],
        "Leadrelay_Reasons": ["Big +20", None, None],
        "Qualified": ["Yes", "No", None],
        "Status": ["Working", None, None],
        "Industry": ["Banking"] * 3,
        "Origin": ["leadrelay"] * 3,
        "Created": [datetime(2026, 1, 31, tzinfo=UTC)] * 3,
    }
    assert {write.field: write.type.dtype for write in mapping.writes} == {
        name: found[name].dtype for name in found.columns if name != "id"
    }


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("0123456789", "0123456789"),
        ("0123456789a", "012345678…"),
        ("ää·ääää·ää", "ää·ääää·ää"),
        ("ä" * 11, "ä" * 9 + "…"),
    ],
)
def test_long_text_is_cut_by_characters(mapping, text, short):
    found = Writer(mapping).wanted(*decided((1, text, True, "sal"), (1, "Big +20", True, "sal")))
    assert found["Leadrelay_Reasons"].to_list() == [short, "Big +20"]


def test_verdicts_of_other_leads_are_refused(mapping):
    leads, verdicts = decided((1, "", True, "sal"), (2, "", True, "sal"))
    with pytest.raises(ValueError, match="order"):
        wanted(leads, verdicts.reverse(), mapping)


def test_a_mapping_may_write_nothing(playbook):
    mapping = load('object = "Lead"\n[read]\nemail = "Email"\n', "map.toml", playbook)
    leads, verdicts = decided((1, "", True, "sal"))
    assert wanted(leads, verdicts, mapping).columns == ["id"]
    assert mapping.shared_fields == ()
