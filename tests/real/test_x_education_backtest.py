"""A back-test on 4,644 real leads of somebody else: no CRM, no sign-in, only their export."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from sklearn.metrics import accuracy_score, precision_score, recall_score, roc_auc_score

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data" / "x_education_leads.csv"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real leads are not at {DATA}")

CONFIG = """\
[connections.salesforce]
kind = "salesforce"
instance_url = "http://127.0.0.1:9"
client_id = "none"
client_secret = { env = "NOT_THERE" }
[jobs.inbound]
connection = "salesforce"
mapping = "x_education_mapping_salesforce.toml"
playbook = "x_education_playbook.toml"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("backtest")
    (folder / "config.toml").write_text(CONFIG)
    for file in HERE.glob("x_education_*.toml"):
        (folder / file.name).write_text(file.read_text())
    text = (HERE / "x_education_playbook.toml").read_text()
    assert "score >= 55" in text
    (folder / "new.toml").write_text(text.replace("score >= 55", "score >= 39"))
    frame = pl.read_csv(DATA)
    frame.write_parquet(folder / "export.parquet", row_group_size=1_000)
    return folder


def backtest(folder, *words):
    command = [sys.executable, "-m", "leadrelay", "backtest", "inbound", "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told(folder):
    options = ("--outcome", "Converted = '1'", "--html", "report.html", "--at", "2026-01-31", "--limit", "100000")
    return backtest(folder, "--playbook", "new.toml", "--from", str(DATA), *options)


def test_every_lead_is_counted_and_judged(told, folder):
    leads = pl.read_csv(DATA, infer_schema=False)
    won = leads.filter(pl.col("Converted") == "1").height
    assert told["leads"] == leads.height
    assert told["outcome"] == {"won": won, "lost": leads.height - won, "unknown": 0}
    assert told["live"]["quality"]["area"]["value"] > 0.85
    print(f"\narea {told['live']['quality']['area']}")  # noqa: T201 - figures of the note
    assert (folder / "report.html").stat().st_size > 50_000


def test_the_figures_are_those_of_scikit_learn(told):
    """From the histogram of the report alone, lead by lead."""
    for side in ("live", "new"):
        quality = told[side]["quality"]
        curve = quality["roc"]
        won, lost = told["outcome"]["won"], told["outcome"]["lost"]
        scores, outcomes = [], []
        for before, after in itertools.pairwise(curve):
            for name, total, outcome in (("hits", won, True), ("false_alarms", lost, False)):
                count = round((after[name] - before[name]) * total)
                scores += [after["threshold"]] * count
                outcomes += [outcome] * count
        assert quality["area"]["value"] == pytest.approx(roc_auc_score(outcomes, scores))
        cut = quality["playbook_threshold"]
        said = [score >= cut["threshold"] for score in scores]
        assert cut["accuracy"]["value"] == pytest.approx(accuracy_score(outcomes, said))
        assert cut["precision"]["value"] == pytest.approx(precision_score(outcomes, said))
        assert cut["recall"]["value"] == pytest.approx(recall_score(outcomes, said))


def test_a_lower_threshold_qualifies_more_and_moves_nobody_else(told):
    qualified = told["changes"]["qualified"]
    assert qualified["live_only"]["leads"] == 0
    assert qualified["new_only"]["leads"] == told["changes"]["moved"] > 0
    assert {move["new"] for move in told["changes"]["stages"] if move["live"] != move["new"]} == {"sal"}
    assert len(told["changes"]["leads"]) == told["changes"]["moved"]
    assert told["live"]["axes"] == told["new"]["axes"]
    assert told["changes"]["area_gained"]["value"] == 0


def test_a_parquet_file_with_types_of_its_own_says_the_same(told, folder):
    options = ("--outcome", "Converted = 1", "--at", "2026-01-31", "--limit", "100000")
    other = backtest(folder, "--playbook", "new.toml", "--from", "export.parquet", *options)
    for head in ("from", "predicate"):
        assert told[head] != other[head]
    assert {**told, "from": "", "predicate": ""} == {**other, "from": "", "predicate": ""}
