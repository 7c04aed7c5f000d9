"""docs/cleaning.md names every derived field, and every word of those that have few."""

import polars as pl
import pytest

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.fields import DERIVED
from leadrelay.core.clean.words import WORDS
from tests.pages import keys_named, page, table_rows

TEXT = page("cleaning.md")


def test_every_derived_field_is_told():
    rows = table_rows(TEXT, "| field | from | example |")
    assert {name for row in rows for name in keys_named(row[0])} == set(DERIVED)


HEADS = {
    "seniority": "| `seniority` | such as |",
    "sector": "| `sector` | NAICS | among others |",
    "email_kind": "| kind | when | source |",
}


@pytest.mark.parametrize("field", HEADS)
def test_every_word_has_its_row(field):
    rows = table_rows(TEXT, HEADS[field])
    assert sorted(row[0].strip("`") for row in rows) == sorted(WORDS[field])


@pytest.mark.parametrize("field", ["job_function", "employee_band", "revenue_band"])
def test_every_word_is_listed_in_its_order(field):
    assert ", ".join(f"`{word}`" for word in WORDS[field]) in TEXT


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("email_clean", {"email": "Ann Lee <ANN@Acme.com>"}),
        ("domain", {"website": "https://www.acme.co.uk/about"}),
        ("phone_e164", {"phone": "030 901820", "country": "Germany"}),
        ("state_code", {"state": "Calif.", "country": "USA"}),
        ("language_code", {"language": "Allemand"}),
        ("time_zone", {"state": "Texas", "country": "USA"}),
        ("last_name_clean", {"last_name": "MÜLLER-LÜDENSCHEIDT"}),
        ("company_clean", {"company": "acme gmbh & co kg"}),
        ("company_key", {"company": "acme gmbh & co kg"}),
        ("seniority", {"title": "Leiter IT-Einkauf"}),
        ("job_function", {"title": "Leiter IT-Einkauf"}),
        ("employee_band", {"employees": 1200}),
        ("sector", {"industry": "Oil & Energy"}),
    ],
)
def test_the_examples_come_out_as_the_page_says(field, given):
    [example] = [row[2] for row in table_rows(TEXT, "| field | from | example |") if f"`{field}`" in row[0]]
    asked, _, told = example.partition("→")
    assert all(str(value) in asked for value in given.values())
    found = Cleaner([field])(pl.DataFrame({name: [value] for name, value in given.items()}))[field][0]
    assert f"`{found}`" in told
