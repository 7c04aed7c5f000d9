"""From bytes to columns of text."""

import json

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.connectors import frames
from leadrelay.connectors.transport import Broken
from leadrelay.errors import Unexpected


class Page(msgspec.Struct):
    records: list[msgspec.Raw]


def page(*records):
    return json.dumps({"records": records}).encode()


def column(body, path):
    return frames.lines(frames.decode(body, Page).records, [path])[path].to_list()


TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)


@given(st.lists(st.one_of(st.none(), TEXT), max_size=8), st.booleans(), st.sampled_from([None, 2]))
def test_texts_come_out_as_they_went_in(values, ascii_only, indent):
    body = json.dumps({"records": [{"a": v} for v in values]}, ensure_ascii=ascii_only, indent=indent).encode()
    assert column(body, "a") == values


@given(st.lists(st.one_of(st.none(), TEXT.filter(bool)), min_size=1, max_size=8))
def test_so_do_the_cells_of_a_table(values):
    quoted = ["" if value is None else '"' + value.replace('"', '""') + '"' for value in values]
    body = "\n".join(['"Id","a"', *(f'"{at}",{cell}' for at, cell in enumerate(quoted))]) + "\n"
    assert frames.table(body.encode())["a"].to_list() == values


def test_numbers_and_booleans_are_text():
    assert column(page({"a": 7}, {"a": 0.1}, {"a": True}, {"a": None}, {}), "a") == ["7", "0.1", "true", None, None]
    assert [float(text) for text in column(b'{"records":[{"a":1.0E7},{"a":-12.5},{"a":100000000000.55}]}', "a")] == [
        1e7,
        -12.5,
        100000000000.55,
    ]


def test_a_column_that_begins_with_nulls_keeps_its_texts():
    assert column(page(*[{"a": None}] * 500, {"a": "x"}), "a")[-1] == "x"


def test_a_path_looks_into_an_object():
    body = page({"Owner": {"Name": "Ada", "Role": {"Name": "r"}}}, {"Owner": None}, {})
    assert column(body, "Owner.Name") == ["Ada", None, None]
    assert column(body, "Owner.Role.Name") == ["r", None, None]


def test_no_records_are_an_empty_frame():
    assert frames.lines([], ["a", "b"]).schema == {"a": pl.String, "b": pl.String}


def test_half_an_emoji_does_not_take_the_page_with_it():
    body = rb'{"records":[{"a":"cut \ud83d"},{"a":"\ud83d\ude00"},{"a":"\ude00 low"},{"a":"back\\ud83d"}]}'
    assert column(body, "a") == ["cut \ufffd", "\U0001f600", "\ufffd low", "back\\ud83d"]


def test_a_page_cut_at_any_byte_is_no_page():
    body = page({"Id": "1", "a": "x\ny"}, {"Id": "2", "a": None})
    for end in range(len(body)):
        with pytest.raises(msgspec.MsgspecError):
            frames.decode(body[:end], Page)


def test_a_record_that_is_no_json_says_so():
    with pytest.raises(Unexpected, match="cannot be read as JSON"):
        frames.lines([msgspec.Raw(b'{"a":1e999}')], ["a"])


def test_the_crms_own_spelling_is_found():
    record = msgspec.Raw(b'{"Email":"x","Owner":{"Name":"y"},"Parent":null}')
    asked = ["email", "OWNER.name", "Parent.Name", "Nothing", "No.Thing"]
    assert frames.spelling(record, asked) == {
        "email": "Email",
        "OWNER.name": "Owner.Name",
        "Parent.Name": "Parent.Name",
    }
    assert frames.header_spelling(["Id", "Owner.Name"], ["id", "owner.NAME", "x"]) == {
        "id": "Id",
        "owner.NAME": "Owner.Name",
    }


def test_a_table_that_lost_rows_is_broken():
    frame = frames.table(b'"Id"\n"1"\n"2"\n')
    assert frames.whole(frame, 2) is frame
    with pytest.raises(Broken):
        frames.whole(frame, 3)


def test_an_empty_cell_is_null_with_quotes_and_without():
    assert frames.table(b'"Id","a","b"\n"1","",\n').select("a", "b").row(0) == (None, None)
