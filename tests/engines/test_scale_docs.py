"""docs/scale.md: what it shows runs, and what it says of limits is so."""

import re
from pathlib import Path

import pytest

from leadrelay.engines.base import versions
from leadrelay.engines.folder import LIST
from leadrelay.engines.pieces import SIZE
from tests.pages import boxes, page

PAGE = page("scale.md")


def test_what_the_page_shows_runs(records, leads, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("lake/leads").mkdir(parents=True)
    records.write_parquet("records.parquet")
    records.write_parquet("lake/leads/a.parquet", row_group_size=1_000)
    names = {"__name__": "__main__"}
    for block in boxes(PAGE, "python"):
        exec(compile(block, "scale.md", "exec"), names)  # noqa: S102 - our own page
    told = capsys.readouterr().out
    assert f"{leads.height} verdicts in 3 parts; 0 leads have an error" in told
    assert names["verdict"]["error"] is None
    assert names["verdict"]["stage"] in told
    assert names["moment"] == names["moment"].replace(year=2026)
    assert Path("lake/verdicts", LIST).exists()


def test_what_the_page_says_of_limits_is_so():
    assert f"reads it, {SIZE:,} leads at a time" in PAGE
    assert f"`{LIST}` lists what was written" in PAGE
    assert all(name in PAGE for name in versions())


@pytest.mark.parametrize("name", ["embedded", "dask", "spark"])
def test_every_engine_is_told(name):
    assert re.search(rf"open_engine\(\"{name}\"|--engine {name}", PAGE)
