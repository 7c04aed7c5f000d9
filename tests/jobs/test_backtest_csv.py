"""A CSV file is read in blocks, and says the same in blocks of any size."""

import csv
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.errors import ConfigError
from leadrelay.jobs.backtest_csv import CsvFile, _records
from leadrelay.jobs.reading import Nobody

TEXT = st.text(st.sampled_from("ab\u00e9 \"',;\n\r|"), max_size=8)
ROWS = st.lists(st.tuples(TEXT, st.just("x"), TEXT), min_size=1, max_size=12)
COLUMNS = {"first": "a", "third": 'c, \n"c"'}


def read(file, columns=COLUMNS):
    return pl.concat(list(file.batches(columns, Nobody())))


@given(rows=ROWS, separator=st.sampled_from(",;"), end=st.sampled_from(["\n", "\r\n"]), size=st.integers(20, 200))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_records_come_whole_whatever_the_block(tmp_path, rows, separator, end, size):
    path = tmp_path / "export.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
        writer.writerows([("a", "b", COLUMNS["third"]), *rows])
    if separator == ";":  # a head with more commas than semicolons would be taken for one parted by commas
        path.write_bytes(path.read_bytes().replace(b"c, ", b"c_ "))
    columns = COLUMNS if separator == "," else {"first": "a", "third": COLUMNS["third"].replace("c, ", "c_ ")}
    found = read(replace(CsvFile.open(path), block=size), columns)
    assert found["id"].to_list() == [f"row {number + 1}" for number in range(len(rows))]
    assert [text or "" for text in found["first"]] == [row[0] for row in rows]
    assert [text or "" for text in found["third"]] == [row[2] for row in rows]


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("a,b\n" + '5" pipe,x\n' + "1,2\n" * 400)
    with path.open("rb") as file:
        assert max(map(len, _records(file, 64))) < 5 * 64
    with pytest.raises(ConfigError, match=r"cannot be read as CSV. Is each text that holds a quote quoted"):
        read(CsvFile.open(path), {})


def test_empty_lines_and_what_is_left_out_at_the_end_of_a_line(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("a,b,c\n\n1\n,2,3\n\n\n")
    found = read(CsvFile.open(path), {"a": "a", "c": "c"})
    assert found.rows() == [("row 1", "1", None), ("row 2", None, "3")]


def test_the_id_is_found_under_the_names_that_crms_give_it(tmp_path):
    path = tmp_path / "export.csv"
    for name in ("Id", "ID", "Record ID", "hs_object_id", "Prospect ID"):
        path.write_text(f"b,{name}\n1,x7\n")
        assert read(CsvFile.open(path), {})["id"].to_list() == ["x7"]
    path.write_text("b,Id\n1,\n2,x8\n")
    assert read(CsvFile.open(path), {})["id"].to_list() == ["row 1", "x8"]


@pytest.mark.parametrize("columns", [{}, {"b": "b"}])
def test_uneven_rows_are_told_with_their_line(tmp_path, columns):
    path = tmp_path / "export.csv"
    path.write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(ConfigError, match=r"export.csv:3: has 3 values where the head line names 2 columns"):
        read(CsvFile.open(path), columns)
