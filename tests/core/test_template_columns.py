from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.lead import Type
from leadrelay.core.template import fill, places
from leadrelay.core.template_columns import as_text, filled

TEMPLATES = [
    "{a} {b}",
    "Mr. {a}, {b}",
    "({a}) {b}: {c}",
    "{a}-{b} | {c}",
    "[{a}] ; {b} \u00b7 {c}!",
    "x {a} { b }",
    "{c}",
]
TEXTS = st.none() | st.sampled_from(["Ann", "a (b), ", "  x  y ", " : ", "-"]) | st.text("aZ ,;:(|)[]-\n", min_size=1)


@given(st.sampled_from(TEMPLATES), st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=6))
@settings(max_examples=80, deadline=None)
def test_a_column_is_filled_as_a_line_is(template, rows):
    frame = pl.DataFrame(rows, dict.fromkeys("abc", pl.String), orient="row")
    given_to = [dict(zip("abc", row, strict=True)) for row in rows]
    wanted = [
        fill(template, values) or None if any(values[name] for name in places(template)) else None
        for values in given_to
    ]
    assert frame.select(filled(template, {name: pl.col(name) for name in "abc"})).to_series().to_list() == wanted


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("a", Type.TEXT, "a"),
        ("", Type.TEXT, None),
        (12, Type.INTEGER, "12"),
        (12.0, Type.NUMBER, "12"),
        (2.5, Type.NUMBER, "2.5"),
        (True, Type.BOOLEAN, "true"),
        (date(2026, 1, 31), Type.DATE, "2026-01-31"),
        (datetime(2026, 1, 31, 23, 5, tzinfo=UTC), Type.DATETIME, "2026-02-01 00:05"),
        (["a", "b"], Type.LIST, "a, b"),
        ([], Type.LIST, None),
        (None, Type.NUMBER, None),
        (None, Type.LIST, None),
    ],
)
def test_values_as_people_read_them(value, kind, text):
    frame = pl.DataFrame({"it": [value]}, schema={"it": kind.dtype})
    assert frame.select(as_text(pl.col("it"), kind, "Europe/Berlin")).item() == text
