import csv
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.tables import cast, hubspot_name, kind_of, read_table, salesforce_name


@pytest.fixture
def table(tmp_path):
    """Reads a file that holds these bytes."""

    def read(data):
        path = tmp_path / "leads.csv"
        path.write_bytes(data)
        return read_table(path)

    return read


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_columns_and_rows_whatever_parts_them(table, mark):
    read = table(f'\ufeffName{mark}"Size, in m"\r\nAda{mark}"1{mark}5"\r\n\r\n{mark}  \r\nBob{mark}\r\n'.encode())
    assert read.columns == ["Name", "Size, in m"]
    assert read.rows == [["Ada", f"1{mark}5"], ["Bob", None]]


def test_a_cell_may_hold_lines_and_quotes(table):
    assert table(b'a,b\n"one\ntwo","say ""x"""\n').rows == [["one\ntwo", 'say "x"']]


def test_a_single_column_and_utf_16(table):
    assert table("Größe\n1\n".encode("utf-16")).columns == ["Größe"]


def test_headers_are_cleaned_and_made_unique(table):
    assert table(b" First  Name ,,name,NAME,,Name 2\n").columns == [
        "First Name",
        "Column 2",
        "name",
        "NAME 2",
        "Column 5",
        "Name 2 2",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"leads\.csv is empty: its first line must name the columns"),
        (b"\n , \n", "is empty"),
        (b"x," * 800 + b"x", r"leads\.csv has 801 columns, a CRM takes 800; leave some out"),
        (b"a,b\n1,2\n3\n", r"leads\.csv, line 3: 1 cells where the header has 2"),
        (b"a,b\n1,2,3\n", r"line 2: 3 cells where the header has 2"),
        (b'a,b\n1,"2\n3,4\n', r"line 3: unexpected end of data; is a quote left open\?"),
        (b"a,b\n1,2\n3,\xe4\n", r"line 3: not UTF-8 text; save the file as CSV UTF-8"),
    ],
)
def test_a_broken_file_is_told_with_its_line(table, data, message):
    with pytest.raises(SandboxError, match=message):
        table(data)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(SandboxError, match=r"none\.csv cannot be read: No such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(SandboxError, match="cannot be read: Is a directory"):
        read_table(tmp_path)


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: not text.isspace())


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1))
def test_what_csv_writes_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    assert read_table(path).rows == rows


@pytest.mark.parametrize(
    ("values", "kind", "typed"),
    [
        (["1", "-20", None, "0"], "integer", [1, -20, None, 0]),
        (["1", "2.5", "-0.25"], "real", [1.0, 2.5, -0.25]),
        (["1", "x"], "text", ["1", "x"]),
        (["01234"], "text", ["01234"]),
        (["+49"], "text", ["+49"]),
        (["1e5"], "text", ["1e5"]),
        (["\u0661"], "text", ["\u0661"]),
        (["1234567890123456"], "text", ["1234567890123456"]),
        ([None, None], "text", [None, None]),
        ([], "text", []),
        (["a" * 255], "text", ["a" * 255]),
        (["a" * 256, None], "long", ["a" * 256, None]),
    ],
)
def test_the_kind_of_a_column(values, kind, typed):
    assert kind_of(values) == kind
    cells = [cast(value, kind) for value in values]
    assert cells == typed
    assert list(map(type, cells)) == list(map(type, typed))


def test_names_in_salesforce():
    assert salesforce_name("Total Time Spent on Website", []) == "Total_Time_Spent_on_Website__c"
    assert salesforce_name("  Größe (m²)!", []) == "Grosse_m2__c"
    assert salesforce_name("1st visit", []) == "X1st_visit__c"
    assert salesforce_name("予算", []) == "Column__c"
    assert salesforce_name("Visits", ["visits__c", "VISITS_2__C"]) == "Visits_3__c"
    assert salesforce_name("x" * 50, ["x" * 40 + "__c"]) == "x" * 38 + "_2__c"


def test_names_in_hubspot():
    assert hubspot_name("Total Time Spent on Website", []) == "total_time_spent_on_website"
    assert hubspot_name("Time", {"time"}) == "time_2"


@settings(deadline=None)
@given(st.lists(st.text(max_size=60)))
def test_names_are_legal_and_unique(headers):
    for name_of, legal in (
        (salesforce_name, r"(?=.{4,43}$)[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*__c"),
        (hubspot_name, r"[a-z][a-z0-9_]{0,99}"),
    ):
        taken = []
        for header in headers:
            taken.append(name_of(header, taken))
            assert re.fullmatch(legal, taken[-1], re.ASCII)
        assert len({name.lower() for name in taken}) == len(headers)
