import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.numbers_in import NumberIn, Range


def found(text, decimal=".", span=Range.LOW, *, whole=False):
    return pl.select(NumberIn(decimal, span).of(pl.lit(text, pl.String), whole=whole)).item()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ca. 1.200 MA", 1200),
        ("50-200", 50),
        ("10k", 10_000),
        ("10 Tsd.", 10_000),
        ("1,2 Mio", 1_200_000),
        ("2 Mrd. EUR", 2e9),
        ("$5M", 5e6),
        ("5 m²", 5),
        ("5 MA", 5),
        ("-5", -5),
        ("\u22125 °C", -5),
        ("- 50 Leute", 50),
        ("1000+", 1000),
        (">500", 500),
        ("1 200 300", 1_200_300),
        ("1\u00a0200", 1200),
        ("12'000", 12_000),
        ("12\u2019000", 12_000),
        ("100.000", 100_000),
        ("EUR 1.200,-", 1200),
        ("12, 13", 12),
        ("9.0E7", 9e7),
        ("0", 0),
        ("1.2000", None),
        ("1.5", None),
        ("3.5.2026", None),
        ("2026-01-31", None),
        ("10-20-30", None),
        ("many", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_in_a_text(text, number):
    assert found(text, ",") == number


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("50\u2013200 people", 50, 200),
        ("50 bis 200", 50, 200),
        ("between 50 and 200", 50, 200),
        ("from 1,000 to 5,000", 1000, 5000),
        ("200-50", 50, 200),
        ("1-2 million", 1e6, 2e6),
        ("500k-1M", 5e5, 1e6),
        ("50 - 2k", 50, 2000),
        ("$5M to $10M", 5e6, 1e7),
        ("50-200 (since 2019)", 50, 200),
        ("100...200", 100, 200),
    ],
)
def test_a_range(text, low, high):
    assert [found(text, span=span) for span in Range] == [low, high, (low + high) / 2]


def test_the_middle_of_whole_numbers_is_one():
    assert found("1-2", span=Range.MIDDLE) == 1.5
    assert found("1-2", span=Range.MIDDLE, whole=True) == 2


WORDS = st.sampled_from(["", "ca. ", "about ", "EUR ", "> "])
TAILS = st.sampled_from(["", " MA", "+", " people", " EUR", "."])


@given(st.decimals(0, 10**12, places=2), WORDS, TAILS, st.sampled_from(["", ",", " ", "'"]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_is_spelled_is_read(number, before, behind, apart, german):
    text = f"{number:,.2f}".replace(",", apart)
    decimal = "."
    if german:
        text, decimal = text.replace(",", "#").replace(".", ",").replace("#", "."), ","
    assert found(f"{before}{text}{behind}", decimal) == float(number)


@given(st.text(max_size=20), st.sampled_from([".", ","]), st.sampled_from(list(Range)))
@settings(max_examples=40, deadline=None)
def test_no_text_is_an_error(text, decimal, span):
    number = found(text, decimal, span)
    assert number is None or any(character.isdigit() for character in text)
