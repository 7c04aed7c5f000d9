from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.amounts import PLACES, RATE, Currency, Rate, inward, outward

NUMBERS = st.integers(-(10**11), 10**11)
RATES = st.floats(1e-6, 1e4).map(lambda rate: float(f"{rate:.6g}"))


@given(st.lists(st.tuples(NUMBERS, RATES, st.sampled_from([0, 2, 3, 4])), max_size=20))
@settings(max_examples=30, deadline=None)
def test_an_amount_comes_back_to_the_cent(given):
    rows = [(number / 10**places, rate, places) for number, rate, places in given]
    frame = pl.DataFrame(rows, {"amount": pl.Float64, RATE: pl.Float64, PLACES: pl.Int64}, orient="row")
    back = frame.with_columns(inward(pl.col("amount")).alias("lead")).select(outward(pl.col("lead"))).to_series()
    assert back.to_list() == [amount for amount, *_ in rows]


def test_each_currency_has_its_own_smallest_unit():
    currency = Currency("EUR", "Iso", rates=(Rate("JPY", 0.006), Rate("KWD", 3.0), Rate("USD", 0.9)))
    records = pl.DataFrame({"Iso": ["EUR", "jpy", "KWD", "USD", None]})
    paid = currency.rated(records).select(outward(pl.lit(1000.0))).to_series()
    assert paid.to_list() == [1000.0, 166667.0, 333.333, 1111.11, None]


def test_what_is_worth_a_round_sum_is_that():
    frame = pl.DataFrame({"amount": [1200.0, 100.0, 3.0], RATE: [0.92, 1.1, 0.1]})
    assert frame.select(inward(pl.col("amount"))).to_series().to_list() == [1104.0, 110.0, 0.3]


CODES = st.sampled_from(["EUR", "USD", "GBP", "JPY", "", None])
DAYS = st.dates(date(2025, 1, 1), date(2025, 3, 31))


@given(
    st.dictionaries(st.tuples(st.sampled_from(["USD", "GBP"]), st.none() | DAYS), st.floats(0.1, 10), max_size=8),
    st.lists(st.tuples(CODES, st.none() | DAYS), max_size=12),
    st.sampled_from(["", "USD", "JPY"]),
)
@settings(max_examples=30, deadline=None)
def test_the_last_rate_before_the_day_holds(rates, rows, usual):
    table = tuple(Rate(code, worth, since) for (code, since), worth in rates.items())
    currency = Currency("EUR", "Iso", usual, table, "On")
    texts = [(code, day.isoformat() if day else None) for code, day in rows]
    records = pl.DataFrame(texts, {"Iso": pl.String, "On": pl.String}, orient="row")

    def worth(code, day):
        known = {since or date.min: rate for (name, since), rate in rates.items() if name == (code or usual)}
        held = [since for since in known if since <= (day or date.min)]
        return 1.0 if (code or usual) == "EUR" else known[max(held)] if held else None

    assert currency.of(records).to_list() == [worth(*row) for row in rows]
