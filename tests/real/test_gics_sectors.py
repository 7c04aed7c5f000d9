"""Every sub-industry of GICS that 503 real companies have is of a sector, and of the one that is expected."""

import csv
from pathlib import Path

import polars as pl
import pytest

from leadrelay.core.clean.sectors import sector

DATA = Path(__file__).parents[3] / "shared" / "data" / "sp500_constituents.csv"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real companies are not at {DATA}")

MANUFACTURING = {"Semiconductors", "Pharmaceuticals", "Biotechnology", "Steel", "Soft Drinks & Non-alcoholic Beverages"}
USUAL = {
    "Financials": "Finance and Insurance",
    "Real Estate": "Real Estate",
    "Utilities": "Utilities",
}


def test_every_sub_industry_has_its_sector():
    with DATA.open(encoding="utf-8") as file:
        rows = {(row["GICS Sector"], row["GICS Sub-Industry"]) for row in csv.DictReader(file)}
    frame = pl.DataFrame(sorted(rows), schema=["gics", "industry"], orient="row")
    found = frame.with_columns(sector=sector(pl.col("industry")))
    assert found.height > 100
    assert not found.filter(pl.col("sector").is_null())["industry"].to_list()
    for gics, expected in USUAL.items():
        assert set(found.filter(gics=gics)["sector"]) == {expected}
    assert set(found.filter(pl.col("industry").is_in(MANUFACTURING))["sector"]) == {"Manufacturing"}
    retail = found.filter(pl.col("industry").str.ends_with("Retail"))
    assert set(retail["sector"]) == {"Retail"}
