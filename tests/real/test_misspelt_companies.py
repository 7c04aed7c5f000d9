"""Misspelt names of 503 real companies find the right one, or none; a fifth of them is not there to be found."""

import csv
from pathlib import Path
from random import Random

import polars as pl
import pytest

from bench.misspelt import truth
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.enrichers import table

DATA = Path(__file__).parents[3] / "shared" / "data" / "sp500_constituents.csv"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real companies are not at {DATA}")


def test_precision_and_recall(tmp_path):
    with DATA.open(encoding="utf-8") as file:
        names = list(dict.fromkeys(row["Security"] for row in csv.DictReader(file)))
    known = set(names) - set(Random(3).sample(names, len(names) // 5))
    pl.DataFrame({"name": sorted(known)}).write_csv(tmp_path / "firms.csv")
    cases = truth(names, 3_000, 7)
    provider = table.make(
        "firms", "here", file=tmp_path / "firms.csv", columns={"name": "name"}, fields={"initiatives": "name"}
    )
    leads = pl.DataFrame({"id": [str(one) for one in range(len(cases))], "company": [wrong for wrong, _ in cases]})
    found = dict(provider.look_up(Cleaner(provider.needs)(leads)).select("id", "value").iter_rows())
    right = sum(found.get(str(one)) == meant for one, (_, meant) in enumerate(cases))
    there = sum(meant in known for _, meant in cases)
    assert right / len(found) >= 0.98
    assert right / there >= 0.90
