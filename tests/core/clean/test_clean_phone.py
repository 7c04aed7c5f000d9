"""Telephone numbers: the quick way says what the library says, on every number.

`LEADRELAY_HUNT=50000 pytest tests/core/clean/test_clean_phone.py` looks at all regions, and at that many numbers.
"""

import os
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.phones import COUNTRIES, differences, examples, hunted
from leadrelay.core.clean import phone
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.phone import number, numbers

HUNT = int(os.environ.get("LEADRELAY_HUNT", "0"))


@pytest.mark.parametrize(
    ("text", "country", "found"),
    [
        ("+49 (0)30 901820", None, "+4930901820"),
        ("030/90 18 20", "DE", "+4930901820"),
        ("0049-30-901820", "DE", "+4930901820"),
        ("011 49 30 901820", "US", "+4930901820"),
        ("(415) 555-0123", "US", "+14155550123"),
        ("415.555.0123 x12", "US", "+14155550123"),
        ("415-555-0123 ext. 7", "US", "+14155550123"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("91 22 2550 1234", "IN", "+912225501234"),
        ("02 5550 1234", "IT", "+390255501234"),
        ("+800 1234 5678", None, "+80012345678"),
        ("٠٣٠ ٩٠١٨٢٠", "DE", "+4930901820"),
        ("\u202a+49 30 901820\u202c", None, "+4930901820"),
        ("030 901820", None, None),
        ("030 901820", "AQ", None),
        ("12345", "US", None),
        ("+49", "DE", None),
        ("+999 123456789", "DE", None),
        ("0000000000", "DE", None),
        ("n/a", "DE", None),
        ("😅", "DE", None),
        ("1" * 10_000, "DE", None),
        ("+" * 10_000, "DE", None),
        ("", "DE", None),
        (None, "DE", None),
    ],
)
def test_a_number_has_one_spelling(text, country, found):
    for worth in (1, phone.WORTH_A_PLAN):
        assert numbers(pl.Series([text], dtype=pl.String), pl.Series([country], dtype=pl.String), worth).to_list() == [
            found
        ]


def test_the_country_may_be_spelled_as_people_do():
    leads = pl.DataFrame(
        {"country": ["Deutschland", "USA"], "phone": ["030 901820"] * 2, "mobile": ["0151 23456789"] * 2}
    )
    found = Cleaner(["phone_e164", "mobile_e164"])(leads)
    assert found["phone_e164"].to_list() == ["+4930901820", None]
    assert found["mobile_e164"].to_list() == ["+4915123456789", None]


def test_the_examples_of_all_regions_in_many_spellings():
    rows = []
    for region, code, national in list(examples())[:: 1 if HUNT else 24]:
        country = None if region == "001" else region
        texts = (
            f"+{code}{national}",
            f"+{code} (0) {national}",
            national,
            f"0{national}",
            f"{code}{national}",
            f"00{code} {national}",
        )
        rows += [(text, country) for text in texts]
    assert len(rows) > (7_000 if HUNT else 250)
    assert differences(rows) == []
    frame = pl.DataFrame(rows, schema=["text", "country"], orient="row")
    assert numbers(frame["text"], frame["country"], worth=1).is_not_null().mean() > 0.5


def test_numbers_as_people_write_and_mistype_them():
    source = hunted(random.Random(20261123))
    assert differences([next(source) for _ in range(HUNT or 600)]) == []


SIGNS = st.sampled_from(
    [*"0123456789" * 3, *"+ ()-./xX#*;,~", "ext", "\u00a0", "٣", "\uff0b", "\u2060", "\u066b", "tel:", "a"]
)


@settings(max_examples=25, deadline=None)  # the first example loads the tables
@given(
    st.lists(
        st.tuples(st.lists(SIGNS, max_size=24).map("".join), st.sampled_from([*COUNTRIES[:12], "ZZ", None])), min_size=1
    )
)
def test_any_text_at_all(rows):
    assert differences(rows) == []


def test_most_of_what_is_common_needs_no_library():
    # Else the quick way could be right and useless.
    rows = [(f"+49 30 {place:06}", None) for place in range(200, 400)] + [
        (f"(415) 555-{n:04}", "US") for n in range(200)
    ]
    texts = pl.DataFrame(rows, schema={"text": pl.String, "country": pl.String}, orient="row").with_row_index("row")
    decided = pl.concat(phone._by_plan(phone._plain(texts), phone.WORTH_A_PLAN))
    assert decided.height == len(rows)
    assert number(*rows[0]) == decided.sort("row")["found"][0]
