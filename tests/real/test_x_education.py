"""4,644 real leads of somebody else, through the public commands, in both CRMs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data" / "x_education_leads.csv"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real leads are not at {DATA}")

CONFIG = """\
[state]
url = "sqlite:///state.db"
[connections.salesforce]
kind = "salesforce"
instance_url = "{salesforce}"
client_id = "{client_id}"
client_secret = {{ env = "SECRET" }}
[connections.hubspot]
kind = "hubspot"
base_url = "{hubspot}"
access_token = {{ env = "TOKEN" }}
[jobs.salesforce]
connection = "salesforce"
mapping = "x_education_mapping_salesforce.toml"
playbook = "x_education_playbook.toml"
[jobs.hubspot]
connection = "hubspot"
mapping = "x_education_mapping_hubspot.toml"
playbook = "x_education_playbook.toml"
"""
WRITTEN = {
    "salesforce": "SELECT Converted__c AS converted, Leadrelay_Score__c AS score, Leadrelay_Stage__c AS stage, "
    "Leadrelay_Reasons__c AS reasons FROM Lead",
    "hubspot": "SELECT converted, leadrelay_score AS score, leadrelay_stage AS stage, leadrelay_reasons AS reasons "
    "FROM contacts",
}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Options(load=DATA)) as running:
        yield running


@pytest.fixture(scope="module")
def config(sandbox, tmp_path_factory):
    folder = tmp_path_factory.mktemp("x_education")
    for file in HERE.glob("x_education_*.toml"):
        (folder / file.name).write_text(file.read_text())
    urls = {"salesforce": sandbox.salesforce_url, "hubspot": sandbox.hubspot_url}
    (folder / "config.toml").write_text(CONFIG.format(**urls, client_id=credentials.SF_CLIENT_ID))
    return folder / "config.toml"


def leadrelay(config, *words):
    environment = {**os.environ, "SECRET": credentials.SF_CLIENT_SECRET, "TOKEN": credentials.HS_TOKEN}
    command = [sys.executable, "-m", "leadrelay", *words, "--config", str(config), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def roc_area(scores, outcomes):
    """The chance that a converted lead scores above one that is not (ties count half)."""
    frame = pl.DataFrame({"score": scores, "converted": outcomes}).with_columns(rank=pl.col("score").rank("average"))
    ranks, good = frame.filter(pl.col("converted"))["rank"], int(frame["converted"].sum())
    bad = frame.height - good
    return (ranks.sum() - good * (good + 1) / 2) / (good * bad)


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_every_real_lead_is_decided_once(crm, sandbox, config):
    leads = pl.read_csv(DATA, infer_schema=False).height
    assert leadrelay(config, "check", crm)["findings"]
    first = leadrelay(config, "run", crm)
    assert first["read"] == leads
    assert first["read"] == first["unchanged"] + first["done"] + first["pending"] + first["parked"]
    assert first["done"] == leads

    rows = pl.DataFrame(getattr(sandbox, crm).store.select(WRITTEN[crm]), infer_schema_length=None)
    assert rows.height == leads
    assert rows.select(pl.col("score", "stage", "reasons").null_count()).row(0) == (0, 0, 0)
    area = roc_area(rows["score"].cast(pl.Float64), rows["converted"].cast(pl.Float64) > 0)
    shares = dict(rows.group_by("stage").len().sort("len", descending=True).iter_rows())
    print(f"\n{crm}: area under the ROC curve {area:.4f}, stages {shares}")  # noqa: T201 - figures of the note
    assert area > 0.85

    history = len(getattr(sandbox, crm).store.history(limit=10**9))
    second = leadrelay(config, "run", crm)
    assert (second["changed"], second["done"], second["pending"], second["parked"]) == (0, 0, 0, 0)
    assert second["read"] == second["unchanged"]
    assert len(getattr(sandbox, crm).store.history(limit=10**9)) == history


def test_the_area_is_the_one_of_the_textbook():
    assert roc_area([1, 2, 3, 4], [False, False, True, True]) == 1.0
    assert roc_area([1, 1, 1, 1], [False, True, False, True]) == 0.5
    assert roc_area([1, 3, 2, 4], [False, False, True, True]) == 0.75
