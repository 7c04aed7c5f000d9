"""Date literals as spans of days; the days are those of the documentation's table."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.sandbox.salesforce.soql_macros import MACROS

WEDNESDAY = date(2026, 3, 18)


@pytest.mark.parametrize(
    ("macro", "count", "first", "last"),
    [
        ("YESTERDAY", None, date(2026, 3, 17), date(2026, 3, 17)),
        ("TODAY", None, date(2026, 3, 18), date(2026, 3, 18)),
        ("TOMORROW", None, date(2026, 3, 19), date(2026, 3, 19)),
        ("LAST_WEEK", None, date(2026, 3, 8), date(2026, 3, 14)),
        ("THIS_WEEK", None, date(2026, 3, 15), date(2026, 3, 21)),
        ("NEXT_WEEK", None, date(2026, 3, 22), date(2026, 3, 28)),
        ("LAST_MONTH", None, date(2026, 2, 1), date(2026, 2, 28)),
        ("THIS_MONTH", None, date(2026, 3, 1), date(2026, 3, 31)),
        ("THIS_QUARTER", None, date(2026, 1, 1), date(2026, 3, 31)),
        ("LAST_QUARTER", None, date(2025, 10, 1), date(2025, 12, 31)),
        ("NEXT_YEAR", None, date(2027, 1, 1), date(2027, 12, 31)),
        ("LAST_90_DAYS", None, date(2025, 12, 18), date(2026, 3, 18)),
        ("NEXT_90_DAYS", None, date(2026, 3, 19), date(2026, 6, 16)),
        ("LAST_N_DAYS", 7, date(2026, 3, 11), date(2026, 3, 18)),
        ("NEXT_N_DAYS", 7, date(2026, 3, 19), date(2026, 3, 25)),
        ("N_DAYS_AGO", 7, date(2026, 3, 11), date(2026, 3, 11)),
        ("LAST_N_WEEKS", 2, date(2026, 3, 1), date(2026, 3, 14)),
        ("NEXT_N_MONTHS", 2, date(2026, 4, 1), date(2026, 5, 31)),
        ("N_MONTHS_AGO", 14, date(2025, 1, 1), date(2025, 1, 31)),
        ("LAST_N_FISCAL_QUARTERS", 2, date(2025, 7, 1), date(2025, 12, 31)),
        ("N_YEARS_AGO", 2, date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_date_literal_spans_the_documented_days(macro, count, first, last):
    assert MACROS[macro].span(count, WEDNESDAY) == (first, last + timedelta(days=1))


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.sampled_from(["WEEK", "MONTH", "QUARTER", "YEAR"]))
def test_last_this_and_next_follow_each_other(today, unit):
    last, this, after = (MACROS[f"{word}_{unit}"].span(None, today) for word in ("LAST", "THIS", "NEXT"))
    assert last[1] == this[0] <= today < this[1] == after[0]
    assert MACROS[f"LAST_N_{unit}S"].span(1, today) == last
    assert MACROS[f"NEXT_N_{unit}S"].span(1, today) == after
