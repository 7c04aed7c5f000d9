"""Packed bits and firsts that hold, against the same said in Python."""

from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.lookup import first_of, pack

BITS = st.lists(st.lists(st.sampled_from([True, False, None]), min_size=3, max_size=3), min_size=1, max_size=63)
quick = settings(max_examples=30, deadline=None)


def frame(columns):
    return pl.DataFrame({str(number): pl.Series(column, dtype=pl.Boolean) for number, column in enumerate(columns)})


@quick
@given(BITS)
def test_packed_bits_are_read_back(columns):
    packed = frame(columns).select(pack([pl.col(str(number)) for number in range(len(columns))], pl.Int64()))
    for row, number in enumerate(packed.to_series()):
        assert [bool(number >> place & 1) for place in range(len(columns))] == [bool(column[row]) for column in columns]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_first_that_holds(count):
    rows = list(product([True, False, None], repeat=count))
    columns = [[row[number] for row in rows] for number in range(count)]
    entries = [f"entry {number}" for number in range(count + 1)]
    asked = frame(columns) if columns else pl.DataFrame({"0": [None]})
    found = asked.select(first_of([pl.col(str(number)) for number in range(count)], entries, pl.String())).to_series()
    assert list(found) == [entries[next((n for n, value in enumerate(row) if value), count)] for row in rows]
