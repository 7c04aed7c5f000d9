from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.core.casts import LARGEST, Target, cast, fits, spelled, to_text
from leadrelay.core.lead import Type
from leadrelay.core.predicates.to_closure import WHITE_SPACE

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def cast_texts(kind, texts, separator=";"):
    frame = pl.DataFrame({"it": texts}, schema={"it": pl.String})
    found = cast(frame, {"it": Target(kind, separator)})
    rows = found.misfits["it"].to_list() if "it" in found.misfits else []
    return found.frame["it"], rows


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1200", 1200),
        ("1200.0", 1200),
        ("9.0E7", 90_000_000),
        (" 5 ", 5),
        ("-7", -7),
        ("12 people", None),
        ("1.5", None),
        ("nan", None),
        ("inf", None),
        (str(LARGEST), LARGEST),
        (str(LARGEST + 1), None),
        ("9223372036854775808", None),
    ],
)
def test_integers(text, number):
    column, misfits = cast_texts(Type.INTEGER, [text])
    assert column.to_list() == [number]
    assert misfits == ([] if number is not None else [0])


@pytest.mark.parametrize("other", ["1200", "1200.0", "x"])
@pytest.mark.parametrize("first", ["7", "7.0", " 7"])
def test_the_first_spelling_of_a_column_does_not_decide_for_the_others(first, other):
    column, _ = cast_texts(Type.INTEGER, [first, other])
    assert column.to_list() == [7, None if other == "x" else 1200]


@pytest.mark.parametrize("text", ["NaN", "inf", "-Infinity", "1e400", "a lot", "1,5"])
def test_numbers_are_finite(text):
    column, misfits = cast_texts(Type.NUMBER, ["2.5", text])
    assert column.to_list() == [2.5, None]
    assert misfits == [1]


def test_booleans_as_people_and_crms_write_them():
    texts = ["true", "False", "YES", "no", "1", "0", " Yes ", "maybe", None, ""]
    column, misfits = cast_texts(Type.BOOLEAN, texts)
    assert column.to_list() == [True, False, True, False, True, False, True, None, None, None]
    assert misfits == [7]


@pytest.mark.parametrize("first", ["2026-01-01T00:00:00.000+0000", "2026-01-01T00:00:00.000Z"])
@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T00:00:00.000+0000",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T05:30:00+05:30",
        "2025-12-31T19:00:00.000-0500",
        "2026-01-01",
        "2026-01-01 00:00:00",
        " 2026-01-01T00:00:00Z ",
        "1767225600000",
    ],
)
def test_moments_of_every_spelling_are_one_instant(first, text):
    column, misfits = cast_texts(Type.DATETIME, [first, text])
    assert column.to_list() == [NEW_YEAR, NEW_YEAR]
    assert misfits == []


@pytest.mark.parametrize("text", ["0000-01-01T00:00:00.000Z", "2026-13-01", "soon", "99999999999999999", "2026-02-30"])
def test_what_is_no_moment(text):
    column, misfits = cast_texts(Type.DATETIME, [text])
    assert column.to_list() == [None]
    assert misfits == [0]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T23:00:00.000Z", date(2026, 1, 31)),
        ("1769817600000", date(2026, 1, 31)),
        ("2026-02-30", None),
        ("0000-01-01", None),
    ],
)
def test_dates(text, day):
    column, misfits = cast_texts(Type.DATE, [text])
    assert column.to_list() == [day]
    assert misfits == ([] if day else [0])


def test_lists_are_split_trimmed_and_without_holes():
    column, misfits = cast_texts(Type.LIST, ["A;B", " A ; B;;", "A", ";", "", None])
    assert column.to_list() == [["A", "B"], ["A", "B"], ["A"], None, None, None]
    assert misfits == []
    assert cast_texts(Type.LIST, ["A, B;C"], ",")[0].to_list() == [["A", "B;C"]]


def test_a_column_without_any_value():
    for kind in Type:
        column, misfits = cast_texts(kind, [None, None])
        assert column.dtype == kind.dtype
        assert column.null_count() == 2
        assert misfits == []
        assert cast_texts(kind, [])[0].dtype == kind.dtype


@given(st.sampled_from(list(Type)), st.lists(st.none() | st.text(max_size=30), max_size=6))
def test_any_text_becomes_a_value_or_nothing(kind, texts):
    column, misfits = cast_texts(kind, texts)
    assert column.dtype == kind.dtype
    assert len(column.to_list()) == len(texts)
    for row, (text, value) in enumerate(zip(texts, column.to_list(), strict=True)):
        given_something = bool((text or "").strip(WHITE_SPACE))
        assert (row in misfits) == (given_something and value is None and kind not in {Type.TEXT, Type.LIST})


@given(st.lists(st.integers(-LARGEST, LARGEST), min_size=1, max_size=5))
def test_integers_keep_every_digit(numbers):
    assert cast_texts(Type.INTEGER, [str(number) for number in numbers])[0].to_list() == numbers


@given(
    st.datetimes(timezones=st.just(UTC)).map(
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    )
)
def test_moments_go_out_and_come_back(moment):
    column = pl.Series("it", [moment], dtype=Type.DATETIME.dtype)
    (text,) = column.to_frame().select(to_text(pl.col("it"), Type.DATETIME)).to_series()
    assert text.endswith("Z")
    assert cast_texts(Type.DATETIME, [text])[0].to_list() == [moment]


def test_spelling_and_fitting():
    assert spelled(["a", "b"]) == "a;b"
    assert spelled(value=True) == "true"
    assert fits(date(2026, 1, 31), Target(Type.DATE))
    assert fits(NEW_YEAR, Target(Type.DATETIME))
    assert not fits("many", Target(Type.INTEGER))
